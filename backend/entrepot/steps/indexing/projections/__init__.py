"""Projections: a pure fold of logs. A handler sees one event and the rows of its own stream."""

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
from entrepot.steps.indexing.projections.place import Handler, Place

HANDLERS: dict[type[Event], Handler] = {
    **parties.HANDLERS,
    **orders.HANDLERS,
    **evidence.HANDLERS,
    **titles.HANDLERS,
    **encumbrances.HANDLERS,
    **financings.HANDLERS,
    **policies.HANDLERS,
}


def fold(session: Session, event: Event, place: Place) -> None:
    """Applies one event to the rows of its stream. Events without a projection change nothing."""
    handler = HANDLERS.get(type(event))
    if handler is not None:
        handler(session, event, place)


__all__ = ["HANDLERS", "Place", "fold"]
