"""What Track & Trace events are, whichever version they came in: 2.2's codes and our classes.

The schema of 2.2 leaves most codes open; the lists here are the standard's own, so a wrong code is
refused and never read as "some other event".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

from entrepot.domain.documents.json_source import JsonNode
from entrepot.domain.documents.places import Placed, Places
from entrepot.domain.documents.values import Parsed, parse_datetime, parse_identifier
from entrepot.domain.identifiers import ContainerNumber, ImoNumber, Locode

EVENT_TYPES: Final = frozenset({"TRANSPORT", "EQUIPMENT", "SHIPMENT"})
CLASSIFIERS: Final = frozenset({"ACT", "PLN", "EST"})
TRANSPORT_CODES: Final = frozenset({"ARRI", "DEPA"})
EQUIPMENT_CODES: Final = frozenset(
    {"LOAD", "DISC", "GTIN", "GTOT", "STUF", "STRP", "PICK", "DROP", "INSP", "RSEA", "RMVD"}
    | {"AVPU", "AVDO", "CROS", "CUSS", "CUSI", "CUSR"}  # added by event domain 3.2
)
SHIPMENT_CODES: Final = frozenset(
    {"RECE", "DRFT", "PENA", "PENU", "PENC", "CONF", "REJE", "APPR", "ISSU", "SURR", "SUBM"}
    | {"VOID", "REQS", "CMPL", "HOLD", "RELS", "CANC"}
)
DOCUMENT_TYPES: Final = frozenset(
    {"CBR", "BKG", "SHI", "SRM", "TRD", "ARN", "VGM", "CAS", "CUS", "CUC", "DGD", "OOG"}
    | {"INV", "CEO", "ICE"}
)
REFERENCE_TYPES: Final = frozenset({"FF", "SI", "PO", "CR", "AAO", "EQ"})
DOCUMENT_REFERENCE_TYPES: Final = frozenset({"BKG", "TRD"})
FACILITY_TYPES: Final = frozenset(
    {"BOCR", "CLOC", "COFS", "COYA", "OFFD", "DEPO", "INTE", "POTE", "RAMP"}
)
MODES: Final = frozenset({"VESSEL", "RAIL", "TRUCK", "BARGE"})
EMPTY_INDICATORS: Final = frozenset({"EMPTY", "LADEN"})
SEAL_SOURCES: Final = frozenset({"CAR", "SHI", "PHY", "VET", "CUS"})


@dataclass(frozen=True, slots=True)
class Reference:
    """A number by which somebody knows the shipment: its type code and value."""

    type: str
    value: str


@dataclass(frozen=True, slots=True)
class TransportCall:
    """One call of one means of transport at one place."""

    mode: str
    location: Locode | None
    vessel_imo: ImoNumber | None
    vessel_name: str | None
    export_voyage: str | None
    import_voyage: str | None


@dataclass(frozen=True, slots=True)
class EventHeader:
    """What every event says: `classifier` ACT happened, EST and PLN did not (yet)."""

    id: str
    classifier: str
    code: str
    occurred_at: datetime
    created_at: datetime
    documents: tuple[Reference, ...]
    references: tuple[Reference, ...]
    updated_at: datetime | None = None
    """Of two events with one id the later one stands (3.0); None in 2.2, which has no updates."""
    originator: str = ""
    """provider:list:code of the party the event comes from (3.0); with `id` it names the event."""


@dataclass(frozen=True, slots=True)
class TransportEvent:
    """ARRI or DEPA of a means of transport."""

    header: EventHeader
    call: TransportCall


@dataclass(frozen=True, slots=True)
class EquipmentEvent:
    """What happened to a container: GTIN, LOAD, DISC, GTOT, ..."""

    header: EventHeader
    equipment: ContainerNumber | None
    is_laden: bool
    location: Locode | None
    call: TransportCall | None
    seals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShipmentEvent:
    """What happened to a document of the shipment: DRFT, ISSU, SURR, ..."""

    header: EventHeader
    document_type: str
    document_id: str


@dataclass(frozen=True, slots=True)
class OtherEvent:
    """What a device measured or detected (IOT, REEFER), or a vessel drawing near: no fact.

    why: why it proves nothing, where there is more to say than that no terms ask for it."""

    header: EventHeader
    type: str
    equipment: ContainerNumber | None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class EventRetraction:
    """All that was told under `id` (by `originator`) until `updated_at` is to be disregarded."""

    id: str
    updated_at: datetime
    originator: str


Event: TypeAlias = TransportEvent | EquipmentEvent | ShipmentEvent | OtherEvent


@dataclass(frozen=True, slots=True)
class DcsaEvents(Placed):
    """The events of one message, in its order, each event id once, and what it takes back."""

    events: tuple[Event, ...]
    kind: Literal["dcsa-events"] = "dcsa-events"
    retractions: tuple[EventRetraction, ...] = ()


def event_id(text: str) -> str:
    """An event's id as its sender gave it; a UUID, which 2.2 wants, in its usual spelling."""
    try:
        return str(UUID(text))
    except ValueError:
        return text


def find(
    node: JsonNode | None, member: str, parse: Callable[[str], Parsed], at: Places, name: str
) -> Parsed | None:
    """The identifier at the member, as field `name`; None where there is none."""
    found = at(name, node.find(member)) if node is not None else None
    return parse_identifier(parse, found.text(100), found) if found is not None else None


def read_moment(node: JsonNode) -> datetime:
    """A moment with its zone, in UTC."""
    return parse_datetime(node.text(40), node)


def refuse_request(node: JsonNode) -> None:
    """REQ asks for something at a port (just-in-time calls); it tells of no event."""
    if node.text(20) in {"REQ", "REQUESTED"}:
        node.fail("REQ asks for an event and tells of none", "send ACT, EST or PLN")
