"""What changed between two moments of the read model, row by row and field by field."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlmodel import Session, SQLModel, select

from entrepot.store.asking import Question, ask_all
from entrepot.store.columns import Row
from entrepot.store.tables import PROJECTIONS, Decision, Posting

Snapshot = dict[str, dict[str, dict[str, str]]]
"""Table, key of the row, field -> value as text."""

NOT_TOLD = ("stream", "terms")


@dataclass(frozen=True, slots=True)
class Change:
    """`before` and `after` are None where the row, or the field, was not there."""

    table: str
    key: str
    field: str
    before: str | None
    after: str | None


def snapshot(session: Session, *, decisions: bool = False) -> Snapshot:
    """Every projection and the journal, as text; decisions: those as well."""
    tables = (*PROJECTIONS, Posting, *((Decision,) if decisions else ()))
    answers = ask_all(session, [(_every(str(table.__tablename__)), {}) for table in tables])
    return {
        str(table.__tablename__): dict(_told(table, rows))
        for table, rows in zip(tables, answers, strict=True)
    }


def changes(before: Snapshot, after: Snapshot) -> list[Change]:
    """What `after` says that `before` did not, and the other way round, in a fixed order."""
    return [
        Change(table, key, field, old.get(field), new.get(field))
        for table in after
        for key in sorted(before[table].keys() | after[table].keys())
        for old, new in [(before[table].get(key, {}), after[table].get(key, {}))]
        for field in sorted(old.keys() | new.keys())
        if old.get(field) != new.get(field)
    ]


@cache
def _every(table: str) -> Question:
    """Every row of a table, without what is not told."""
    columns = SQLModel.metadata.tables[table].columns
    return Question(select(*(c for c in columns if c.name not in NOT_TOLD)))


def _told(table: type[Row], rows: Sequence[Any]) -> Iterator[tuple[str, dict[str, str]]]:
    columns = SQLModel.metadata.tables[str(table.__tablename__)]
    keys = [column.name for column in columns.primary_key]
    for row in rows:
        values = {name: _text(value) for name, value in zip(row._fields, row, strict=True)}
        yield "/".join(values[key] for key in keys), values


def _text(value: Any) -> str:
    """Ids that are LEIs are told as such, other bytes as hex, lists and objects as JSON."""
    if isinstance(value, bytes):
        if len(value) == 20 and value.isalnum():
            return value.decode("ascii")
        return "0x" + value.hex()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
