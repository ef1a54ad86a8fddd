"""Alembic's entry: one connection, one transaction, a lock so that two starters do not collide."""

from alembic import context
from sqlalchemy import create_engine, text
from sqlmodel import SQLModel

from entrepot.store import tables

assert tables.PROJECTIONS  # noqa: S101 (imported for its tables)

engine = create_engine(context.config.attributes["url"])
with engine.begin() as connection:
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('migrations', 0))"))
    connection.execute(text("SET LOCAL lock_timeout = '10s'"))
    context.configure(connection=connection, target_metadata=SQLModel.metadata)
    context.run_migrations()
engine.dispose()
