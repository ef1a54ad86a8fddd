"""One hash over everything that was learnt from the chain: equal tables, equal digest."""

import hashlib

from sqlalchemy import text
from sqlmodel import Session, SQLModel

from entrepot.store.tables import PROJECTIONS, Block, Log, Posting

TABLES = (Block, Log, *PROJECTIONS, Posting)
ROWS_AT_ONCE = 5_000


def digest(session: Session) -> str:
    """SHA-256 over every row of blocks, logs, projections and journal, in the order of their keys,
    as PostgreSQL writes them."""
    total = hashlib.sha256()
    for table in TABLES:
        name = str(table.__tablename__)
        keys = ", ".join(f'"{c.name}"' for c in SQLModel.metadata.tables[name].primary_key)
        total.update(name.encode() + b"\n")
        rows = session.execute(
            text(f'SELECT t::text FROM "{name}" t ORDER BY {keys}'),  # noqa: S608 (names of our own tables)
            execution_options={"yield_per": ROWS_AT_ONCE},
        )
        for (row,) in rows:
            total.update(str(row).encode() + b"\n")
    return total.hexdigest()
