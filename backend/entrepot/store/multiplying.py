"""Many rows like one, for measuring what the number of rows costs; never used in earnest."""

from collections.abc import Mapping, Sequence

from sqlalchemy import text
from sqlmodel import SQLModel

from entrepot.store.session import Session, Store

Copies = Mapping[str, Mapping[str, str]]
"""By table, the columns of a copy that differ, as SQL of its number `n` and of `one`, the row that
is copied."""


def multiply(
    session: Session, copies: Copies, numbers: range, *, order_id: bytes, financing_id: bytes
) -> None:
    """Copies an order's rows for each number; its facility's where the table has a financing_id."""
    for table, changed in copies.items():
        span = {"first": numbers.start, "last": numbers.stop - 1, "step": numbers.step}
        model = {"order_id": order_id, "financing_id": financing_id}
        session.connection().execute(text(_copy(table, changed)), {**model, **span})


def analyze(store: Store) -> None:
    """Brings up to date what the planner knows of the tables."""
    with store.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


def read_through(store: Store, tables: Sequence[str]) -> dict[str, int]:
    """By table: how many of its rows have been read so far in going through it, not by an index."""
    store.engine.dispose()  # a connection tells its counts when it ends
    query = "SELECT relname, seq_tup_read FROM pg_stat_user_tables WHERE relname = ANY(:tables)"
    with store.reading() as session:
        rows = session.connection().execute(text(query), {"tables": list(tables)})
        return {name: int(count) for name, count in rows}


def _copy(table: str, changed: Mapping[str, str]) -> str:
    columns = [column.name for column in SQLModel.metadata.tables[table].columns]
    model = "financing_id = :financing_id" if "financing_id" in columns else "stream = :order_id"
    values = ", ".join(changed.get(name, f"one.{name}") for name in columns)
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values}"  # noqa: S608 (our own names)
        f" FROM generate_series(CAST(:first AS int), CAST(:last AS int), CAST(:step AS int)) n,"
        f" (SELECT * FROM {table} WHERE {model}) one"
    )
