"""Alembic's entry: one connection, one transaction, a lock so that two starters do not collide."""

from typing import Literal

from alembic import context
from sqlalchemy import create_engine, text
from sqlmodel import AutoString

from entrepot.store import policies, tables
from entrepot.store.columns import Whole


def render(kind: str, item: object, _: object) -> str | Literal[False]:
    """Types of our own and of SQLModel's, as the plain ones that they are in the database."""
    if kind == "type" and isinstance(item, AutoString):
        return "sa.String()"
    if kind == "type" and isinstance(item, Whole):
        return "sa.Numeric(78, 0)"
    return False


def _is_current() -> bool:
    heads = context.script.get_heads()
    return context.get_context().get_current_heads() == tuple(heads)


engine = create_engine(context.config.attributes["url"])
with engine.begin() as connection:
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('migrations', 0))"))
    connection.execute(text("SET LOCAL lock_timeout = '10s'"))
    context.configure(
        connection=connection, target_metadata=tables.PROJECTIONS[0].metadata, render_item=render
    )
    policies_stand = context.config.attributes["lay"] and _is_current()
    if not policies_stand:
        policies.lift(connection)
    context.run_migrations()
    if context.config.attributes["lay"]:
        policies.lay(connection)
engine.dispose()
