"""Lists a page at a time: sorted as asked, each page going on where the last one ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import tuple_
from sqlmodel import Session

from entrepot.views.cursors import read_row, write_row
from entrepot.views.values import page_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How much of a list, and in which order.

    limit: rows. after: the `next` of the page before, in the same order. sort: one of the list's
    orders, "-" before it for the greatest first; None for the newest first.
    """

    limit: int = 50
    after: str | None = None
    sort: str | None = None


NEWEST = Asked()


def narrowed(query: Any, wanted: Mapping[Any, object]) -> Any:
    """Only rows that have these values; None is no wish."""
    for column, value in wanted.items():
        if value is not None:
            query = query.where(column == value)
    return query


def turn(
    session: Session,
    query: Any,
    asked: Asked,
    *,
    sorts: Mapping[str, Any],
    row_id: Any,
    within: str | None,
) -> tuple[list[Any], str | None]:
    """The rows of the page that is asked for, and its `next`; None after the last.

    sorts: columns of whole numbers by the names of the orders, the default one first. row_id: the
    column that tells rows apart that are equal in it. within: the currency that the list is
    narrowed to; without one, amounts can't be put in an order. BadCursor, ValueError when
    asked wrongly.
    """
    default = next(iter(sorts))
    name = asked.sort or f"-{default}"
    column = sorts.get(name.removeprefix("-"))
    if column is None:
        known = ", ".join(f"{each}, -{each}" for each in sorts)
        raise ValueError(f"this list is sorted by {known}, not by {name[:40]!r}")
    if column.key.endswith("_minor") and within is None:
        raise ValueError("amounts of several currencies have no order: ask for one, &currency=")
    falls = name.startswith("-")
    place = (column, row_id)
    if asked.after is not None:
        at = tuple_(*read_row(asked.after))
        query = query.where(tuple_(*place) < at if falls else tuple_(*place) > at)
    size = page_size(asked.limit)
    query = query.order_by(*(each.desc() if falls else each.asc() for each in place))
    rows = list(session.exec(query.limit(size + 1)))
    if len(rows) <= size:
        return rows, None
    last = rows[size - 1]
    return rows[:size], write_row(getattr(last, column.key), getattr(last, row_id.key))
