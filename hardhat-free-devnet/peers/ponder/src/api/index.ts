// Ponder insists on an API; nothing asks this one.
import { Hono } from "hono";

export default new Hono();
