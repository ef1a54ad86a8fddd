"""Projections: a pure fold of logs. A handler sees one event and the rows of its own stream.

Each projection is written once, for one event; `Rows` makes a batch of them cheap.
"""

from collections import defaultdict
from collections.abc import Sequence

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
from entrepot.steps.indexing.projections.place import Handler, Place, Rows

HANDLERS: dict[type[Event], Handler] = {
    **parties.HANDLERS,
    **orders.HANDLERS,
    **evidence.HANDLERS,
    **titles.HANDLERS,
    **encumbrances.HANDLERS,
    **financings.HANDLERS,
    **policies.HANDLERS,
}


def fold(session: Session, happened: Sequence[tuple[Event, Place]]) -> None:
    """Applies events, in the order of the chain, each to the rows of its own stream. Events
    without a projection change nothing.

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


__all__ = ["HANDLERS", "Place", "fold"]
