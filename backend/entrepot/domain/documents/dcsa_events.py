"""DCSA Track & Trace 2.2 events: a list of them, or a single one.

The schema of 2.2 leaves most codes open; the lists here are the standard's own, so a wrong code is
refused and never read as "some other event". Times must carry their zone and come out in UTC.
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
from entrepot.domain.errors import MalformedDocument, UnknownDocument
from entrepot.domain.identifiers import (
    ContainerNumber,
    ImoNumber,
    Locode,
    parse_container,
    parse_imo,
    parse_locode,
)

EVENT_TYPES: Final = frozenset({"TRANSPORT", "EQUIPMENT", "SHIPMENT"})
_CLASSIFIERS: Final = frozenset({"ACT", "PLN", "EST"})
_TRANSPORT_CODES: Final = frozenset({"ARRI", "DEPA"})
_EQUIPMENT_CODES: Final = frozenset(
    {"LOAD", "DISC", "GTIN", "GTOT", "STUF", "STRP", "PICK", "DROP", "INSP", "RSEA", "RMVD"}
    | {"AVPU", "AVDO", "CROS", "CUSS", "CUSI", "CUSR"}  # added by event domain 3.2
)
_SHIPMENT_CODES: Final = frozenset(
    {"RECE", "DRFT", "PENA", "PENU", "PENC", "CONF", "REJE", "APPR", "ISSU", "SURR", "SUBM"}
    | {"VOID", "REQS", "CMPL", "HOLD", "RELS", "CANC"}
)
_DOCUMENT_TYPES: Final = frozenset(
    {"CBR", "BKG", "SHI", "SRM", "TRD", "ARN", "VGM", "CAS", "CUS", "CUC", "DGD", "OOG"}
    | {"INV", "CEO", "ICE"}
)
_REFERENCE_TYPES: Final = frozenset({"FF", "SI", "PO", "CR", "AAO", "EQ"})
_DOCUMENT_REFERENCE_TYPES: Final = frozenset({"BKG", "TRD"})
_FACILITY_TYPES: Final = frozenset(
    {"BOCR", "CLOC", "COFS", "COYA", "OFFD", "DEPO", "INTE", "POTE", "RAMP"}
)
_MODES: Final = frozenset({"VESSEL", "RAIL", "TRUCK", "BARGE"})
_EMPTY_INDICATORS: Final = frozenset({"EMPTY", "LADEN"})
_SEAL_SOURCES: Final = frozenset({"CAR", "SHI", "PHY", "VET", "CUS"})


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


@dataclass(frozen=True, slots=True)
class ShipmentEvent:
    """What happened to a document of the shipment: DRFT, ISSU, SURR, ..."""

    header: EventHeader
    document_type: str
    document_id: str


Event: TypeAlias = TransportEvent | EquipmentEvent | ShipmentEvent


@dataclass(frozen=True, slots=True)
class DcsaEvents(Placed):
    """The events of one message, in its order, each event id once."""

    events: tuple[Event, ...]
    kind: Literal["dcsa-events"] = "dcsa-events"


def read_dcsa_events(root: JsonNode) -> DcsaEvents:
    """Read a Track & Trace 2.2 message. MalformedDocument names the member and the code list."""
    if root.is_object and root.find("events") is not None:
        raise UnknownDocument("this is Track & Trace 3.0, which is not final; send it as 2.2")
    nodes = root.items(least=1) if root.is_array else [root]
    at = Places(root)
    by_id: dict[str, Event] = {}
    for node in nodes:
        inner = Places(node)
        event = _read_event(node, inner)
        if by_id.setdefault(event.header.id, event) is event:
            at.adopt(f"events[{len(by_id) - 1}]", inner)
        elif by_id[event.header.id] != event:
            node.require("eventID").fail("another event of this message has the same id")
    return DcsaEvents(tuple(by_id.values()), places=at)


def _read_event(node: JsonNode, at: Places) -> Event:
    match node.require("eventType").code(EVENT_TYPES):
        case "TRANSPORT":
            return _read_transport_event(node, at)
        case "EQUIPMENT":
            return _read_equipment_event(node, at)
        case _:
            return _read_shipment_event(node, at)


def _read_header(node: JsonNode, code: JsonNode, codes: frozenset[str], at: Places) -> EventHeader:
    at = at.inside("header", node)
    return EventHeader(
        id=_read_event_id(at("id", node.require("eventID"))),
        classifier=at("classifier", node.require("eventClassifierCode")).code(_CLASSIFIERS),
        code=at("code", code).code(codes),
        occurred_at=_read_moment(at("occurred_at", node.require("eventDateTime"))),
        created_at=_read_moment(at("created_at", node.require("eventCreatedDateTime"))),
        documents=tuple(
            Reference(
                each.require("documentReferenceType").code(_DOCUMENT_REFERENCE_TYPES),
                inner("value", each.require("documentReferenceValue")).text(100),
            )
            for each, inner in at.each("documents", node.items("documentReferences"))
        ),
        references=tuple(
            Reference(
                each.require("referenceType").code(_REFERENCE_TYPES),
                inner("value", each.require("referenceValue")).text(100),
            )
            for each, inner in at.each("references", node.items("references"))
        ),
    )


def _read_transport_event(node: JsonNode, at: Places) -> TransportEvent:
    header = _read_header(node, node.require("transportEventTypeCode"), _TRANSPORT_CODES, at)
    return TransportEvent(header, _read_call(node.require("transportCall"), at))


def _read_equipment_event(node: JsonNode, at: Places) -> EquipmentEvent:
    header = _read_header(node, node.require("equipmentEventTypeCode"), _EQUIPMENT_CODES, at)
    call = _read_call(found, at) if (found := node.find("transportCall")) is not None else None
    for seal in node.items("seals"):
        seal.require("sealNumber").text(15)
        if (source := seal.find("sealSource")) is not None:
            source.code(_SEAL_SOURCES)
    place = node.find("eventLocation")
    location = _find(place, "UNLocationCode", parse_locode, at, "location")
    laden = at("is_laden", node.require("emptyIndicatorCode")).code(_EMPTY_INDICATORS)
    return EquipmentEvent(
        header=header,
        equipment=_find(node, "equipmentReference", parse_container, at, "equipment"),
        is_laden=laden == "LADEN",
        location=location or (call.location if call is not None else None),
        call=call,
    )


def _read_shipment_event(node: JsonNode, at: Places) -> ShipmentEvent:
    header = _read_header(node, node.require("shipmentEventTypeCode"), _SHIPMENT_CODES, at)
    if header.classifier != "ACT":
        node.require("eventClassifierCode").fail("a SHIPMENT event is always ACT")
    return ShipmentEvent(
        header=header,
        document_type=at("document_type", node.require("documentTypeCode")).code(_DOCUMENT_TYPES),
        document_id=at("document_id", node.require("documentID")).text(100),
    )


def _read_call(node: JsonNode, at: Places) -> TransportCall:
    at = at.inside("call", node)
    if (facility := node.find("facilityTypeCode")) is not None:
        facility.code(_FACILITY_TYPES)
    vessel = node.find("vessel")
    inner_location = _find(node.find("location"), "UNLocationCode", parse_locode, at, "location")
    outer_location = _find(node, "UNLocationCode", parse_locode, at, "location")
    return TransportCall(
        mode=at("mode", node.require("modeOfTransport")).code(_MODES),
        location=outer_location or inner_location,
        vessel_imo=_find(vessel, "vesselIMONumber", parse_imo, at, "vessel_imo"),
        vessel_name=_find(vessel, "vesselName", str, at, "vessel_name"),
        export_voyage=_find(node, "exportVoyageNumber", str, at, "export_voyage"),
        import_voyage=_find(node, "importVoyageNumber", str, at, "import_voyage"),
    )


def _find(
    node: JsonNode | None, member: str, parse: Callable[[str], Parsed], at: Places, name: str
) -> Parsed | None:
    found = at(name, node.find(member)) if node is not None else None
    return parse_identifier(parse, found.text(100), found.pointer) if found is not None else None


def _read_event_id(node: JsonNode) -> str:
    text = node.text(36)
    try:
        return str(UUID(text))
    except ValueError:
        raise MalformedDocument(node.pointer, f"{text!r} is not a UUID") from None


def _read_moment(node: JsonNode) -> datetime:
    return parse_datetime(node.text(40), node.pointer)
