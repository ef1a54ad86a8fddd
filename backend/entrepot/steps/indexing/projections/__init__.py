"""Projections: a pure fold of logs. A handler sees one event and the rows of its own stream.

Each projection is written once, for one event; `Rows` makes a batch of them cheap.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlmodel import Session

from entrepot.kit.abi import Event
from entrepot.steps.indexing.projections import (
    encumbrances,
    evidence,
    financings,
    orders,
    parties,
    policies,
    titles,
)
from entrepot.steps.indexing.projections.place import Handler, Place, Plain, Rows
from entrepot.steps.indexing.projections.rows import Table
from entrepot.store import bulk

_PROJECTIONS = (parties, orders, evidence, titles, encumbrances, financings, policies)

HANDLERS: dict[type[Event], Handler] = {
    event: handler for one in _PROJECTIONS for event, handler in one.HANDLERS.items()
}
FAMILIES: dict[type[Event], str] = {
    event: one.__name__ for one in _PROJECTIONS for event in one.HANDLERS
}
"""Which projection folds an event."""

PLAIN: dict[type[Event], Plain] = {**evidence.PLAIN}


def fold(
    session: Session,
    happened: Sequence[tuple[Event, Place]],
    ready: Mapping[Table, bytes] | None = None,
) -> None:
    """Applies events, in the order of the chain, each to the rows of its own stream. Events
    without a projection change nothing. ready: rows that were made `ahead`, to be written as well.

    Raises ProjectionBroken or RowExists when they do not follow what is there.
    """
    streams: defaultdict[type[Event], set[bytes]] = defaultdict(set)
    for event, place in happened:
        streams[type(event)].add(place.stream)
    rows = Rows(session)
    for event, place in happened:
        handler = HANDLERS.get(type(event))
        if handler is not None:
            rows.turn_to(place.stream, streams[type(event)])
            handler(rows, event, place)
    rows.write()
    for table, made in (ready or {}).items():
        bulk.copy(session, table, made)


__all__ = ["FAMILIES", "HANDLERS", "PLAIN", "Place", "fold"]
