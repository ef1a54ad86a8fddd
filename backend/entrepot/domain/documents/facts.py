"""What a document or an event proves, as kinds of evidence on the ledger.

Kinds are the member names of the ledger's `EvidenceKind`. Only what happened counts (classifier
ACT), to a laden container, at the port the bill of lading names; a plan, an estimate, an empty
container or a call on the way proves nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from types import MappingProxyType
from typing import Final

from entrepot.domain.documents.dcsa_events import EquipmentEvent, Event, TransportEvent
from entrepot.domain.documents.dcsa_transport_document import TransportDocument
from entrepot.domain.documents.wco_declaration import Direction
from entrepot.domain.documents.wco_response import ResponseFunction, WcoResponse
from entrepot.domain.identifiers import ContainerNumber, Locode

KIND_OF_DOCUMENT: Final = MappingProxyType(
    {
        "ubl-credit-note": "CREDIT_NOTE",
        "insurance-certificate": "INSURANCE_CERTIFICATE",
        "certificate-of-origin": "CERTIFICATE_OF_ORIGIN",
        "purchase-order": "PURCHASE_ORDER",
        "ubl-invoice": "INVOICE",
        "packing-list": "PACKING_LIST",
        "dcsa-transport-document": "TRANSPORT_DOCUMENT",
    }
)
"""Kind of document -> the kind of evidence that its being there is."""

_KIND_AT_LOADING: Final = {"GTIN": "GATED_IN", "LOAD": "LOADED"}
_KIND_AT_DISCHARGE: Final = {"DISC": "DISCHARGED", "GTOT": "GATED_OUT"}
_KIND_OF_EQUIPMENT: Final = _KIND_AT_LOADING | _KIND_AT_DISCHARGE
_KIND_OF_CALL: Final = {"DEPA": "VESSEL_DEPARTED", "ARRI": "VESSEL_ARRIVED"}
_CODES_AT_LOADING: Final = frozenset({*_KIND_AT_LOADING, "DEPA"})

_KINDS_OF_DIRECTION: Final = {
    Direction.EXPORT: {
        ResponseFunction.ACCEPTED: "EXPORT_ACCEPTED",
        ResponseFunction.RELEASED: "EXPORT_RELEASED",
        ResponseFunction.CLEARED: "EXPORT_RELEASED",
        ResponseFunction.EXITED: "EXPORT_EXITED",
        ResponseFunction.UNDER_CONTROL: "CUSTOMS_HOLD",
    },
    Direction.IMPORT: {
        ResponseFunction.ACCEPTED: "IMPORT_ACCEPTED",
        ResponseFunction.RELEASED: "IMPORT_RELEASED",
        ResponseFunction.CLEARED: "IMPORT_RELEASED",
        ResponseFunction.UNDER_CONTROL: "CUSTOMS_HOLD",
    },
}
_UNDONE_BY: Final = {
    ResponseFunction.RELEASED: ("CUSTOMS_HOLD",),
    ResponseFunction.CLEARED: ("CUSTOMS_HOLD",),
}
_ENDING: Final = frozenset({ResponseFunction.REJECTED, ResponseFunction.INVALIDATED})


@dataclass(frozen=True, slots=True)
class FactDraft:
    """A fact not yet on the ledger. `source_id` is its sender's own name for it, in UTC terms."""

    kind: str
    occurred_at: datetime
    source_id: str
    detail: str


@dataclass(frozen=True, slots=True)
class Retraction:
    """Facts of these kinds about one declaration are no longer so: withdraw what was recorded."""

    kinds: tuple[str, ...]
    mrn: str
    occurred_at: datetime
    source_id: str
    detail: str


@dataclass(frozen=True, slots=True)
class CustomsOutcome:
    """What one answer of customs proves, and what it takes back."""

    facts: tuple[FactDraft, ...]
    retractions: tuple[Retraction, ...]


@dataclass(frozen=True, slots=True)
class Shipment:
    """Against what events are held: the bill of lading's containers and ports."""

    containers: frozenset[ContainerNumber]
    port_of_loading: Locode
    port_of_discharge: Locode


def shipment_of(document: TransportDocument) -> Shipment:
    """The containers and ports of a bill of lading."""
    return Shipment(
        containers=frozenset(each.container for each in document.equipment),
        port_of_loading=document.port_of_loading,
        port_of_discharge=document.port_of_discharge,
    )


def facts_of_transport_document(document: TransportDocument) -> tuple[FactDraft, ...]:
    """SHIPPED_ON_BOARD, dated 00:00 UTC of its day, if an issued document says so."""
    on_board = document.shipped_on_board_on
    if document.status != "ISSUED" or on_board is None:
        return ()
    source_id = f"{document.carrier_code}:{document.reference}:on-board"
    where = f"{document.voyages[0].vessel_name} {document.voyages[0].export_voyage}"
    detail = f"on board {where} at {document.port_of_loading} on {on_board}"
    occurred_at = datetime.combine(on_board, time(), UTC)
    return (FactDraft("SHIPPED_ON_BOARD", occurred_at, source_id, detail),)


def facts_of_events(
    events: Iterable[Event], source: str, shipment: Shipment | None = None
) -> tuple[FactDraft, ...]:
    """What the events of one carrier (`source`, its code) prove, oldest first.

    With a `shipment`, give every event known so far: only events at its ports count, and a fact
    about containers stands once it holds for all of them, at the time of the last. Without one,
    each event is taken by itself.
    """
    actual = [event for event in events if event.header.classifier == "ACT"]
    counted = [event for event in actual if shipment is None or _is_at_port(event, shipment)]
    drafts = [
        *_facts_of_calls(counted, source),
        *_facts_of_equipment(counted, source, shipment.containers if shipment else None),
    ]
    return tuple(sorted(drafts, key=lambda draft: (draft.occurred_at, draft.source_id)))


def outcome_of_response(response: WcoResponse, direction: Direction) -> CustomsOutcome:
    """What customs' answer proves about the declaration it names, for its direction.

    A release lifts customs' own hold; a rejection or invalidation takes back what the declaration
    had reached, but leaves a hold in place. Debts, receipts and requests change nothing.
    """
    function, issued_at = response.function, response.issued_at
    source_id = f"{response.mrn}:{function}:{issued_at:%Y-%m-%dT%H:%M:%SZ}"
    detail = f"{function.name} {response.mrn}"
    kinds = _KINDS_OF_DIRECTION[direction]
    kind = kinds.get(function)
    undone = _UNDONE_BY.get(function, ())
    if function in _ENDING:
        reached = (each for each in kinds.values() if each != "CUSTOMS_HOLD")
        undone = tuple(dict.fromkeys(reached))
    return CustomsOutcome(
        facts=(FactDraft(kind, issued_at, source_id, detail),) if kind else (),
        retractions=(Retraction(undone, response.mrn, issued_at, source_id, detail),)
        if undone
        else (),
    )


def _is_at_port(event: Event, shipment: Shipment) -> bool:
    match event:
        case TransportEvent():
            place = event.call.location
        case EquipmentEvent():
            place = event.location
        case _:
            return False
    if event.header.code in _CODES_AT_LOADING:
        return place == shipment.port_of_loading
    return place == shipment.port_of_discharge


def _facts_of_calls(events: Iterable[Event], source: str) -> list[FactDraft]:
    """Calls of a vessel: a truck departs too."""
    return [
        _draft(
            _KIND_OF_CALL[event.header.code],
            event,
            source,
            f"{event.header.code} IMO {event.call.vessel_imo} at {event.call.location}",
        )
        for event in events
        if isinstance(event, TransportEvent) and event.call.mode == "VESSEL"
    ]


def _facts_of_equipment(
    events: Iterable[Event], source: str, containers: Collection[ContainerNumber] | None
) -> list[FactDraft]:
    laden = [
        event
        for event in events
        if isinstance(event, EquipmentEvent)
        and event.is_laden
        and event.equipment is not None
        and event.header.code in _KIND_OF_EQUIPMENT
    ]
    if containers is None:
        return [_equipment_draft(event, source, event.equipment or "") for event in laden]
    drafts: list[FactDraft] = []
    for code in _KIND_OF_EQUIPMENT:
        first = _first_by_container(event for event in laden if event.header.code == code)
        if containers and all(container in first for container in containers):
            last = max((first[each] for each in containers), key=_moment)
            drafts.append(_equipment_draft(last, source, f"{len(containers)} containers"))
    return drafts


def _first_by_container(events: Iterable[EquipmentEvent]) -> dict[str, EquipmentEvent]:
    first: dict[str, EquipmentEvent] = {}
    for event in sorted(events, key=_moment):
        if event.equipment is not None:
            first.setdefault(event.equipment, event)
    return first


def _moment(event: EquipmentEvent) -> tuple[datetime, str]:
    return event.header.occurred_at, event.header.id


def _equipment_draft(event: EquipmentEvent, source: str, what: str) -> FactDraft:
    code = event.header.code
    return _draft(
        _KIND_OF_EQUIPMENT[code], event, source, f"{code} {what} at {event.location or '?'}"
    )


def _draft(kind: str, event: Event, source: str, detail: str) -> FactDraft:
    return FactDraft(kind, event.header.occurred_at, f"{source}:{event.header.id}", detail)
