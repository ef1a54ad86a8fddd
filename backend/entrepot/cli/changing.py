"""Changed rows in words: one line for one row, what it is now or how it differs."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from string import hexdigits
from typing import Protocol

from entrepot.kit.clock import from_unix
from entrepot.store.facts import kinds_of

ID_WIDTH = 10
SETS = ("kinds", "required", "required_twice", "blocking")
AT_LENGTH = ("facts", "outcome")
"""Fields of a decision that `entrepot explain` tells better."""


class Change(Protocol):
    """One field of one row, as `views.changes` and cases have it."""

    @property
    def table(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def field(self) -> str: ...
    @property
    def before(self) -> str | None: ...
    @property
    def after(self) -> str | None: ...


def rows(changes: Iterable[Change]) -> Iterator[str]:
    """The lines, in the order of the changes."""
    for (table, key), group in groupby(changes, lambda change: (change.table, change.key)):
        yield row(table, key, [change for change in group if change.field not in AT_LENGTH])


def row(table: str, key: str, fields: list[Change]) -> str:
    """One line for one row: what it is now, or how it differs."""
    name = f"{table.replace('_', ' ')} {short_id(key)}"
    if all(change.before is None for change in fields):
        telling = [c for c in fields if _is_telling(c, key)]
        return f"+ {name}  " + ", ".join(f"{c.field} {value_of(c.field, c.after)}" for c in telling)
    if all(change.after is None for change in fields):
        return f"- {name}"
    return f"~ {name}  " + ", ".join(
        f"{c.field} {value_of(c.field, c.before)} -> {value_of(c.field, c.after)}" for c in fields
    )


def _is_telling(change: Change, key: str) -> bool:
    """Whether a field of a new row says something that its key and its being new do not."""
    value = change.after or ""
    empty = not value.strip("0x") or value in ("None", "False", "[]")
    return not empty and value not in key.split("/")


def value_of(field: str, value: str | None) -> str:
    """Times as people write them, sets of kinds by name, ids by their beginning."""
    if value and field in SETS:
        return "+".join(kinds_of(int(value))) or "nothing"
    if value and value != "0" and (field.endswith(("_at", "_by")) or field == "not_before"):
        return f"{from_unix(int(value)):%Y-%m-%d %H:%M:%SZ}"
    return short_id(value)


def short_id(value: str | None) -> str:
    """Ids and addresses by their beginning."""
    parts = (value or "none").split("/")
    return "/".join(part[:ID_WIDTH] + "…" if _is_hex(part) else part for part in parts)


def _is_hex(part: str) -> bool:
    digits = part.removeprefix("0x")
    return len(digits) >= 40 and all(digit in hexdigits for digit in digits)
