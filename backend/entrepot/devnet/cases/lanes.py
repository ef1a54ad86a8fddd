"""The four lanes in which a case is told: order, goods, money, chain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from entrepot.devnet.cases.case import Case, Happening
from entrepot.devnet.cases.timeline import Place, event_at
from entrepot.views.words import EVENTS, flow_of_kind

LANES = ("order", "goods", "money", "chain")
RELEASED = "Financing.TrancheReleased"


def lane_of(case: Case, place: Place) -> str:
    """The lane that a place is told in; blocks and calls are the chain's."""
    event = event_at(case, place)
    return "chain" if event is None else flow_of(event)


def passed(case: Case, places: Sequence[Place], here: int, lane: str) -> list[Place]:
    """What has happened in a lane up to a place, the newest last."""
    return [place for place in places[: here + 1] if lane_of(case, place) == lane]


def releases(case: Case, places: Sequence[Place]) -> Iterator[int]:
    """The numbers of the places where money goes out."""
    for place in places:
        event = event_at(case, place)
        if event is not None and event.ledger_event == RELEASED:
            yield place.number


def flow_of(event: Happening) -> str:
    """The lane that an event belongs to."""
    name = (event.ledger_event or "").rpartition(".")[2]
    if name in EVENTS:
        return EVENTS[name][0]
    if kind := kind_of(event):
        return flow_of_kind(kind)
    return "money" if event.type.startswith(("entrepot.facility", "entrepot.deposit")) else "chain"


def kind_of(happening: Happening) -> str:
    """The kind of evidence that it is about; empty when it is about none."""
    fact = happening.data.get("fact")
    kind = (fact if isinstance(fact, dict) else happening.data).get("kind")
    return kind if isinstance(kind, str) else ""
