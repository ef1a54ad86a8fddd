"""Many rows at once, in the transaction of the session: read by stream, written by binary COPY.

The ORM writes some 5,000 rows a second, COPY some 200,000. A row is a tuple of the table's columns
in their order, values as the ORM has them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg.errors import UniqueViolation
from psycopg.sql import SQL, Composable, Identifier, Placeholder
from sqlalchemy import ARRAY, BigInteger, Boolean, Integer, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine
from sqlmodel import AutoString, Session

from entrepot.store import cells
from entrepot.store.asking import driver
from entrepot.store.columns import Row, Whole
from entrepot.store.packing import HEAD, TAIL, pack

_TYPES: tuple[tuple[type[TypeEngine[Any]], LiteralString], ...] = (
    (Whole, "numeric"),
    (LargeBinary, "bytea"),
    (BigInteger, "int8"),
    (Integer, "int4"),
    (Boolean, "bool"),
    (JSONB, "jsonb"),
    (AutoString, "text"),
)


class RowExists(Exception):
    """A row that should be new is there already."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A table's columns in their order, their PostgreSQL types, and which of them are the key."""

    table: str
    columns: tuple[str, ...]
    types: tuple[LiteralString, ...]
    key: tuple[str, ...]

    @property
    def wholes(self) -> tuple[int, ...]:
        """The places of the columns that PostgreSQL answers as decimals, and we count in."""
        return tuple(at for at, kind in enumerate(self.types) if kind == "numeric")


def layout(table: type[Row]) -> Layout:
    found = _known.get(table)
    if found is None:
        described = table.metadata.tables[str(table.__tablename__)]
        found = _known[table] = Layout(
            table=described.name,
            columns=tuple(column.name for column in described.columns),
            types=tuple(_type_of(column.type) for column in described.columns),
            key=tuple(column.name for column in described.primary_key),
        )
    return found


_known: dict[type[Row], Layout] = {}


def _type_of(kind: TypeEngine[Any]) -> LiteralString:
    if isinstance(kind, ARRAY):
        return _type_of(kind.item_type) + "[]"
    return next(name for known, name in _TYPES if isinstance(kind, known))


def read(session: Session, table: type[Row], streams: Sequence[bytes]) -> Iterator[tuple[Any, ...]]:
    """The rows of these streams, in no order."""
    of = layout(table)
    wholes = of.wholes
    query = SQL("SELECT {} FROM {} WHERE stream = ANY({})").format(
        _listed(of.columns), Identifier(of.table), Placeholder()
    )
    with driver(session).cursor() as cursor:
        for row in cursor.execute(query, [list(streams)]):
            values = list(row)
            for at in wholes:
                values[at] = None if values[at] is None else int(values[at])
            yield tuple(values)


def packed(table: type[Row], rows: Sequence[tuple[Any, ...]]) -> bytes:
    """The rows as `copy` takes them."""
    return pack(layout(table).types, rows) if rows else b""


def packed_columns(table: type[Row], columns: Mapping[str, Any], count: int) -> bytes:
    """`count` rows as `copy` takes them: of each column an array, or what all of them share."""
    of = layout(table)
    return cells.pack(of.types, [columns[name] for name in of.columns], count)


def add(session: Session, table: type[Row], rows: Sequence[tuple[Any, ...]]) -> None:
    """Writes new rows; RowExists when one of them is there."""
    copy(session, table, packed(table, rows))


def copy(session: Session, table: type[Row], rows: bytes) -> None:
    """Writes new rows that are packed already, in another thread perhaps; RowExists as above."""
    if not rows:
        return
    of = layout(table)
    statement = SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        Identifier(of.table), _listed(of.columns)
    )
    try:
        with driver(session).cursor() as cursor, cursor.copy(statement) as out:
            out.write(b"".join((HEAD, rows, TAIL)))
    except UniqueViolation as error:
        raise RowExists(f"a row of {of.table} was there already") from error


def remove(session: Session, table: type[Row], keys: Sequence[tuple[Any, ...]]) -> None:
    """Deletes the rows with these primary keys."""
    of = layout(table)
    kinds = dict(zip(of.columns, of.types, strict=True))
    arrays = [SQL("{}::{}[]").format(Placeholder(), SQL(kinds[name])) for name in of.key]
    query = SQL("DELETE FROM {} WHERE ({}) IN (SELECT * FROM unnest({}))").format(
        Identifier(of.table), _listed(of.key), SQL(", ").join(arrays)
    )
    with driver(session).cursor() as cursor:
        cursor.execute(query, [list(part) for part in zip(*keys, strict=True)])


def remove_streams(session: Session, table: type[Row], streams: Sequence[bytes]) -> None:
    """Deletes the rows of these streams."""
    query = SQL("DELETE FROM {} WHERE stream = ANY({})").format(
        Identifier(layout(table).table), Placeholder()
    )
    with driver(session).cursor() as cursor:
        cursor.execute(query, [list(streams)])


def _listed(names: Iterable[str]) -> Composable:
    return SQL(", ").join(map(Identifier, names))
