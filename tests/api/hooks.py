"""A member's receiver of webhooks: a real server that keeps what comes, and answers as told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from entrepot.kit.clock import ManualClock
from entrepot.kit.egress import Rules
from entrepot.steps import World
from entrepot.steps.notification import service as notification
from tests.api.stage import NOW, Stage

RULES = Rules(local=True, timeout_s=5)


@dataclass
class Came:
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class Hook:
    """answer: the status for each event, by the event."""

    answer: Callable[[dict[str, Any]], int] = lambda _: 204
    came: list[Came] = field(default_factory=list)
    url: str = ""

    @property
    def ids(self) -> list[str]:
        return [each.headers["webhook-id"] for each in self.came]


@contextmanager
def hook() -> Iterator[Hook]:
    found, lock = Hook(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            came = Came(headers, body)
            with lock:
                found.came.append(came)
            self.send_response(found.answer(came.event))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing: what came is looked at by the test."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_address[1]}/in"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def world_of(stage: Stage) -> World:
    """The stage's world with a clock of its own, and where this machine may be sent to."""
    settings = stage.world.settings.model_copy(update={"webhook_local": True})
    return replace(stage.world, clock=ManualClock(NOW), settings=settings)


def drain(world: World, limit: int = 50) -> int:
    """Sends until nothing is due; answers how many messages were taken."""
    sent = 0
    while taken := notification.run(world, limit, RULES):
        sent += taken
    return sent


def subscribe(stage: Stage, to: Hook, actor: str = "exporter", **wanted: Any) -> dict[str, Any]:
    """A webhook that is told from the beginning."""
    body = {"url": to.url, "after": "0.0", **wanted}
    answer = stage.post(f"{actor}.admin", "/v1/webhooks", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def move(world: World, by: timedelta) -> None:
    clock: Any = world.clock
    clock.move(by)


def shown(stage: Stage, made: dict[str, Any], actor: str = "exporter") -> dict[str, Any]:
    answer: dict[str, Any] = stage.get(actor, f"/v1/webhooks/{made['webhook_id']}").json()
    return answer


def deliveries(stage: Stage, made: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    path = f"/v1/webhooks/{made['webhook_id']}/deliveries"
    return list(stage.get("exporter", path, params=query).json()["items"])
