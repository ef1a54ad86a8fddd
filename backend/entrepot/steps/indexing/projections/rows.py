"""The rows that a batch of events touches, in memory: read once, folded, written back set-wise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from operator import attrgetter
from typing import Any, Generic, ParamSpec, TypeVar, cast

from sqlmodel import Session

from entrepot.store import bulk
from entrepot.store.columns import Row

R = TypeVar("R", bound=Row)
P = ParamSpec("P")

Key = tuple[Any, ...]
Values = tuple[Any, ...]
Table = type[Row]


class Rows:
    """What the handlers of one batch see of the projections.

    A handler asks about the stream of its own event only. The first question about a table reads it
    for every stream of the batch that has an event of that type, so that a batch costs as many
    queries as it has types of events, however long it is.

    A row is a plain record with the attributes of its table, not an object of the ORM: making one
    of those takes twenty times as long.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stream = b""
        self._peers: Collection[bytes] = ()
        self._kept: defaultdict[tuple[Table, bytes], dict[Key, Row]] = defaultdict(dict)
        self._stored: defaultdict[Table, dict[Key, Values]] = defaultdict(dict)
        self._read: defaultdict[Table, set[bytes]] = defaultdict(set)

    def turn_to(self, stream: bytes, peers: Collection[bytes]) -> None:
        """The next questions are about this stream; `peers` will be asked the same ones."""
        self._stream, self._peers = stream, peers

    def add(self, table: Callable[P, R], *_: P.args, **values: P.kwargs) -> R:
        """A new row: its values by column, the rest by default."""
        return self._keep(record_of(cast("type[R]", table)), values)

    def put(self, table: Callable[P, R], *_: P.args, **values: P.kwargs) -> R:
        """A row that may be there already, and is then replaced."""
        self._see(cast("type[R]", table))
        return self._keep(record_of(cast("type[R]", table)), values)

    def get(self, table: type[R], *key: Any) -> R | None:
        """The row of this stream with that primary key."""
        kept = self._kept[table, self._stream]
        if key not in kept:
            self._see(table)
        return cast("R | None", kept.get(key))

    def of_stream(self, table: type[R]) -> list[R]:
        """Every row of this stream, in no order."""
        self._see(table)
        return cast("list[R]", list(self._kept[table, self._stream].values()))

    def remove(self, table: Table, *key: Any) -> None:
        """Takes a row of this stream away; KeyError when it is not there."""
        self._see(table)
        del self._kept[table, self._stream][key]

    def write(self) -> None:
        """Writes what is new or has changed, and deletes what is gone."""
        fresh: defaultdict[Table, list[Values]] = defaultdict(list)
        stale: defaultdict[Table, list[Key]] = defaultdict(list)
        for (table, _), kept in self._kept.items():
            values_of, stored = record_of(table).values, self._stored[table]
            for key, row in kept.items():
                values, before = values_of(row), stored.pop(key, None)
                if values != before:
                    fresh[table].append(values)
                    if before is not None:
                        stale[table].append(key)
        for table, stored in self._stored.items():
            stale[table] += stored  # read, and no longer kept
        for table, keys in stale.items():
            if keys:
                bulk.remove(self._session, table, keys)
        for table, rows in fresh.items():
            bulk.add(self._session, table, rows)

    def _keep(self, of: RecordOf[R], values: dict[str, Any]) -> R:
        row = of.row({**of.defaults(), **values})
        self._kept[of.table, self._stream][of.key(row)] = row
        return row

    def _see(self, table: Table) -> None:
        """Reads the rows of this stream, and with them those that will be asked for next."""
        seen = self._read[table]
        if self._stream in seen:
            return
        unseen = {self._stream, *self._peers} - seen
        seen |= unseen
        of, stored = record_of(table), self._stored[table]
        stream_of = attrgetter("stream")
        for values in bulk.read(self._session, table, list(unseen)):
            row = of.row(dict(zip(of.columns, values, strict=True)))
            key, kept = of.key(row), self._kept[table, stream_of(row)]
            if key in kept:
                raise bulk.RowExists(f"{table.__name__} was there already")
            kept[key], stored[key] = row, values


class _Record:
    """A row: the columns' values as attributes."""


class RecordOf(Generic[R]):
    """How rows of one table are made and taken apart."""

    def __init__(self, table: type[R]) -> None:
        self.table = table
        layout = bulk.layout(table)
        self.columns = layout.columns
        self.values: Callable[[Row], Values] = attrgetter(*layout.columns)
        self.key: Callable[[Row], Key] = _tuple_of(layout.key)
        optional = {n: f for n, f in table.model_fields.items() if not f.is_required()}
        self._fixed = {n: f.default for n, f in optional.items() if f.default_factory is None}
        self._made = [(n, f) for n, f in optional.items() if f.default_factory is not None]

    def row(self, values: dict[str, Any]) -> R:
        """A row of these values."""
        made = object.__new__(_Record)
        made.__dict__ = values
        return cast("R", made)

    def defaults(self) -> dict[str, Any]:
        """What the columns hold that nobody gives a value."""
        if not self._made:
            return self._fixed
        made = {n: f.get_default(call_default_factory=True) for n, f in self._made}
        return {**self._fixed, **made}


_known: dict[Table, RecordOf[Any]] = {}


def record_of(table: type[R]) -> RecordOf[R]:
    """How that table's rows are made."""
    found = _known.get(table)
    if found is None:
        found = _known[table] = RecordOf(table)
    return found


def _tuple_of(names: tuple[str, ...]) -> Callable[[Row], Key]:
    of = attrgetter(*names)
    return of if len(names) > 1 else lambda row: (of(row),)
