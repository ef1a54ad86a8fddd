"""What a document or an event proves, as kinds of evidence on the ledger.

Kinds are the member names of the ledger's `EvidenceKind`. Only what happened counts (classifier
ACT), to a laden container, at the port the bill of lading names; a plan, an estimate, an empty
container or a call on the way proves nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from types import MappingProxyType
from typing import Final

from entrepot.domain.customs import OF_CUSRES, OF_WCO, CustomsAnswer, CustomsStanding, Said
from entrepot.domain.documents.dcsa_events import EquipmentEvent, Event, TransportEvent
from entrepot.domain.documents.dcsa_transport_document import TransportDocument
from entrepot.domain.documents.wco_declaration import Direction
from entrepot.domain.documents.wco_response import WcoResponse
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

KIND_OF_EQUIPMENT: Final = MappingProxyType(
    {
        "STUF": "STUFFED",
        "GTIN": "GATED_IN",
        "LOAD": "LOADED",
        "DISC": "DISCHARGED",
        "GTOT": "GATED_OUT",
        "STRP": "STRIPPED",
        "CUSS": "CUSTOMS_SELECTED_FOR_SCAN",
        "CUSI": "CUSTOMS_SELECTED_FOR_INSPECTION",
        "CUSR": "CUSTOMS_RELEASED",
    }
)
"""Equipment event of a laden container -> what it proves, once it holds for every container of the
bill; a container picked out by customs (CUSS, CUSI) is one too many, so any of them proves it."""

_OF_ANY: Final = frozenset({"CUSS", "CUSI"})
_KIND_OF_CALL: Final = {"DEPA": "VESSEL_DEPARTED", "ARRI": "VESSEL_ARRIVED"}
_CODES_AT_LOADING: Final = frozenset({"GTIN", "LOAD", "DEPA"})
_CODES_AT_DISCHARGE: Final = frozenset({"DISC", "GTOT", "ARRI"})

_KIND_OF_SAID: Final = {
    Said.RECEIVED: "LODGED",
    Said.ACCEPTED: "ACCEPTED",
    Said.DOCUMENTS_REQUIRED: "DOCUMENTS_REQUIRED",
    Said.UNDER_CONTROL: "UNDER_CONTROL",
    Said.DETAINED: "DETAINED",
    Said.RELEASED: "RELEASED",
    Said.CLEARED: "CLEARED",
    Said.EXITED: "EXITED",
    Said.REJECTED: "REJECTED",
    Said.INVALIDATED: "INVALIDATED",
}
_ALSO: Final = {
    Said.CLEARED: "RELEASED",
    Said.UNDER_CONTROL: "CUSTOMS_HOLD",
    Said.DETAINED: "CUSTOMS_HOLD",
}
"""What else an answer proves: what is cleared is released, what is controlled is held."""

LEAST: Final = frozenset({"ACCEPTED", "RELEASED", "EXITED", "CUSTOMS_HOLD"})
"""What an authority must be named for, if its answer proves it; the finer kinds are recorded where
the order names it for them, and told otherwise."""


@dataclass(frozen=True, slots=True)
class FactDraft:
    """A fact not yet on the ledger. `source_id` is its sender's own name for it, in UTC terms."""

    kind: str
    occurred_at: datetime
    source_id: str
    detail: str


@dataclass(frozen=True, slots=True)
class CustomsFact:
    """A kind of evidence that holds of a declaration, and the answer that says so.

    must: whether the authority has to be named for it (see LEAST).
    """

    kind: str
    answer: CustomsAnswer
    must: bool


@dataclass(frozen=True, slots=True)
class Shipment:
    """Against what events are held: the bill of lading's containers, ports, first vessel by its
    name and outbound voyage, and day of shipment, where it says them."""

    containers: frozenset[ContainerNumber]
    port_of_loading: Locode
    port_of_discharge: Locode
    vessel: tuple[str, str] | None = None
    on_board_on: date | None = None


def shipment_of(document: TransportDocument) -> Shipment:
    """What of a bill of lading its events are held against."""
    first = next(iter(document.voyages), None)
    return Shipment(
        containers=frozenset(each.container for each in document.equipment),
        port_of_loading=document.port_of_loading,
        port_of_discharge=document.port_of_discharge,
        vessel=(first.vessel_name, first.export_voyage) if first is not None else None,
        on_board_on=document.shipped_on_board_on,
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
    counted = [event for event in actual if shipment is None or is_at_port(event, shipment)]
    drafts = [
        *_facts_of_calls(counted, source),
        *_facts_of_equipment(counted, source, shipment.containers if shipment else None),
    ]
    return tuple(sorted(drafts, key=lambda draft: (draft.occurred_at, draft.source_id)))


def answer_of(response: WcoResponse) -> CustomsAnswer:
    """An answer of customs in the normal form: a WCO response, or a CUSRES in its own code."""
    if response.indicator is not None:
        said = OF_CUSRES[response.indicator]
    else:
        said = OF_WCO[response.function]
    return CustomsAnswer(
        reference=response.reference,
        mrn=response.mrn,
        said=said,
        issued_at=response.issued_at,
        version=response.version,
        declared_as=response.declaration_reference,
    )


def facts_of_standing(standing: CustomsStanding, direction: Direction) -> tuple[CustomsFact, ...]:
    """What holds of the declaration now, each kind once; an import has no exit."""
    found: dict[str, CustomsFact] = {}
    for said, answer in standing.reached.items():
        for kind, must in kinds_of_said(said, direction):
            known = found.get(kind)
            if known is None or known.answer.issued_at <= answer.issued_at:
                found[kind] = CustomsFact(kind, answer, must)
    return tuple(found.values())


def kinds_of_said(said: Said, direction: Direction) -> tuple[tuple[str, bool], ...]:
    """The kinds that such an answer may prove, and whether the authority must be named for them;
    an import has no exit."""
    if said not in _KIND_OF_SAID or (said is Said.EXITED and direction is Direction.IMPORT):
        return ()
    names = filter(None, (_KIND_OF_SAID[said], _ALSO.get(said)))
    return tuple(
        (name if name == "CUSTOMS_HOLD" else f"{direction}_{name}", name in LEAST) for name in names
    )


def is_at_port(event: Event, shipment: Shipment) -> bool:
    """Whether it happened at the bill's port, of loading or of discharge, if it belongs to one."""
    match event:
        case TransportEvent():
            place = event.call.location
        case EquipmentEvent():
            place = event.location
        case _:
            return False
    if event.header.code in _CODES_AT_LOADING:
        return place == shipment.port_of_loading
    if event.header.code in _CODES_AT_DISCHARGE:
        return place == shipment.port_of_discharge
    return True


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
        and event.header.code in KIND_OF_EQUIPMENT
    ]
    if containers is None:
        return [_equipment_draft(event, source, event.equipment or "") for event in laden]
    drafts: list[FactDraft] = []
    for code in KIND_OF_EQUIPMENT:
        first = _first_by_container(event for event in laden if event.header.code == code)
        if code in _OF_ANY and (picked := [e for c, e in first.items() if c in containers]):
            earliest = min(picked, key=_moment)
            drafts.append(_equipment_draft(earliest, source, earliest.equipment or ""))
        elif containers and all(container in first for container in containers):
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
        KIND_OF_EQUIPMENT[code], event, source, f"{code} {what} at {event.location or '?'}"
    )


def _draft(kind: str, event: Event, source: str, detail: str) -> FactDraft:
    return FactDraft(kind, event.header.occurred_at, f"{source}:{event.header.id}", detail)
