"""Lists a page at a time: sorted as asked, each page going on where the last one ended."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import tuple_
from sqlmodel import Session

from entrepot.views.cursors import BadCursor, read_row, write_row
from entrepot.views.values import page_size

ID_BYTES = 32


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
    return cut(
        session,
        query,
        (column, row_id),
        at=lambda row: (getattr(row, column.key), getattr(row, row_id.key)),
        asked=asked,
        falls=name.startswith("-"),
    )


def cut(
    session: Session,
    query: Any,
    place: Sequence[Any],
    *,
    at: Callable[[Any], tuple[int, *tuple[bytes, ...]]],
    asked: Asked,
    falls: bool = True,
    numbered: Callable[[int], Any] = int,
) -> tuple[list[Any], str | None]:
    """The rows of one page in the order of `place`, and its `next`; None after the last.

    place: a column of whole numbers, then the ids that tell rows apart that are equal in it; of
    several ids, each has the 32 bytes of one on the ledger. at: where a row stands by them. falls:
    the greatest first. numbered: the value that a cursor's number stands for, where the column has
    another kind. BadCursor for what is no cursor of this list.
    """
    if asked.after is not None:
        number, *ids = _split(asked.after, len(place) - 1)
        start = tuple_(numbered(number), *ids)
        query = query.where(tuple_(*place) < start if falls else tuple_(*place) > start)
    size = page_size(asked.limit)
    query = query.order_by(*(each.desc() if falls else each.asc() for each in place))
    rows = list(session.exec(query.limit(size + 1)))
    if len(rows) <= size:
        return rows, None
    number, *ids = at(rows[size - 1])
    return rows[:size], write_row(number, b"".join(ids))


def _split(after: str, count: int) -> tuple[int, *tuple[bytes, ...]]:
    """A cursor's number, and its ids."""
    number, joined = read_row(after)
    if count == 1:
        return number, joined
    if len(joined) != count * ID_BYTES:
        raise BadCursor(f"{after[:40]!r} is not a cursor of this list")
    return number, *(joined[i : i + ID_BYTES] for i in range(0, len(joined), ID_BYTES))
