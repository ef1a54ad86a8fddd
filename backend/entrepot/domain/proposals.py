"""Changes of a lender's policies: proposed by one person, confirmed by another, in force from a
date.

A policy is a document here, nested as it is kept. Two of them are compared field by field, and a
field is a path: `terms.interest_bps`, `bands.2.approvals`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, cast

from entrepot.domain.accrual import DAY_S

Document = Mapping[str, Any]


class PolicyKind(StrEnum):
    """What two persons change."""

    APPROVAL_BANDS = "APPROVAL_BANDS"
    OFFER = "OFFER"


class Word(StrEnum):
    """What has been said to a proposal."""

    OPEN = "OPEN"
    CONFIRMED = "CONFIRMED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"


def is_past(effective_at: int, now: int) -> bool:
    """Whether the date lies on a day that is over (UTC); today is not in the past."""
    return effective_at // DAY_S < now // DAY_S


def begins_at(effective_at: int, now: int) -> int:
    """From when what is confirmed now holds: its date, or now where that has come."""
    return max(effective_at, now)


def changes(old: Document, new: Document) -> tuple[tuple[str, Any, Any], ...]:
    """Each field that differs, as it was and as it is to be; None where there is none."""
    before, after = dict(_fields(old)), dict(_fields(new))
    return tuple(
        (field, before.get(field), after.get(field))
        for field in {**after, **before}
        if before.get(field) != after.get(field)
    )


def _fields(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every field by its path. A list of plain values is one field; things in a list are counted
    from 1."""
    if isinstance(value, Mapping):
        named: Iterator[tuple[Any, Any]] = iter(cast("Mapping[Any, Any]", value).items())
    elif isinstance(value, list) and any(isinstance(each, dict) for each in cast("Any", value)):
        named = enumerate(cast("list[Any]", value), 1)
    else:
        yield path, value
        return
    for name, each in named:
        yield from _fields(each, f"{path}.{name}" if path else str(name))
