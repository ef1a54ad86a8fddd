"""Track & Trace 2.2, the version that carriers have adopted: one event object to one event."""

from __future__ import annotations

from uuid import UUID

from entrepot.domain.documents.dcsa_model import (
    CLASSIFIERS,
    DOCUMENT_REFERENCE_TYPES,
    DOCUMENT_TYPES,
    EMPTY_INDICATORS,
    EQUIPMENT_CODES,
    EVENT_TYPES,
    FACILITY_TYPES,
    MODES,
    REFERENCE_TYPES,
    SEAL_SOURCES,
    SHIPMENT_CODES,
    TRANSPORT_CODES,
    EquipmentEvent,
    Event,
    EventHeader,
    Reference,
    ShipmentEvent,
    TransportCall,
    TransportEvent,
    find,
    read_moment,
    refuse_request,
)
from entrepot.domain.documents.json_source import JsonNode
from entrepot.domain.documents.places import Places
from entrepot.domain.errors import MalformedDocument
from entrepot.domain.identifiers import parse_container, parse_imo, parse_locode


def read_event(node: JsonNode, at: Places) -> Event:
    """One event object of 2.2."""
    match node.require("eventType").code(EVENT_TYPES):
        case "TRANSPORT":
            return _read_transport_event(node, at)
        case "EQUIPMENT":
            return _read_equipment_event(node, at)
        case _:
            return _read_shipment_event(node, at)


def _read_header(node: JsonNode, code: JsonNode, codes: frozenset[str], at: Places) -> EventHeader:
    at = at.inside("header", node)
    classifier = at("classifier", node.require("eventClassifierCode"))
    refuse_request(classifier)
    return EventHeader(
        id=_read_event_id(at("id", node.require("eventID"))),
        classifier=classifier.code(CLASSIFIERS),
        code=at("code", code).code(codes),
        occurred_at=read_moment(at("occurred_at", node.require("eventDateTime"))),
        created_at=read_moment(at("created_at", node.require("eventCreatedDateTime"))),
        documents=tuple(
            Reference(
                each.require("documentReferenceType").code(DOCUMENT_REFERENCE_TYPES),
                inner("value", each.require("documentReferenceValue")).text(100),
            )
            for each, inner in at.each("documents", node.items("documentReferences"))
        ),
        references=tuple(
            Reference(
                each.require("referenceType").code(REFERENCE_TYPES),
                inner("value", each.require("referenceValue")).text(100),
            )
            for each, inner in at.each("references", node.items("references"))
        ),
    )


def _read_transport_event(node: JsonNode, at: Places) -> TransportEvent:
    header = _read_header(node, node.require("transportEventTypeCode"), TRANSPORT_CODES, at)
    return TransportEvent(header, _read_call(node.require("transportCall"), at))


def _read_equipment_event(node: JsonNode, at: Places) -> EquipmentEvent:
    header = _read_header(node, node.require("equipmentEventTypeCode"), EQUIPMENT_CODES, at)
    call = _read_call(found, at) if (found := node.find("transportCall")) is not None else None
    place = node.find("eventLocation")
    location = find(place, "UNLocationCode", parse_locode, at, "location")
    laden = at("is_laden", node.require("emptyIndicatorCode")).code(EMPTY_INDICATORS)
    return EquipmentEvent(
        header=header,
        equipment=find(node, "equipmentReference", parse_container, at, "equipment"),
        is_laden=laden == "LADEN",
        location=location or (call.location if call is not None else None),
        call=call,
        seals=tuple(_read_seal(each) for each, _ in at.each("seals", node.items("seals"))),
    )


def _read_seal(node: JsonNode) -> str:
    if (source := node.find("sealSource")) is not None:
        source.code(SEAL_SOURCES)
    return node.require("sealNumber").text(15)


def _read_shipment_event(node: JsonNode, at: Places) -> ShipmentEvent:
    header = _read_header(node, node.require("shipmentEventTypeCode"), SHIPMENT_CODES, at)
    if header.classifier != "ACT":
        node.require("eventClassifierCode").fail("a SHIPMENT event is always ACT")
    return ShipmentEvent(
        header=header,
        document_type=at("document_type", node.require("documentTypeCode")).code(DOCUMENT_TYPES),
        document_id=at("document_id", node.require("documentID")).text(100),
    )


def _read_call(node: JsonNode, at: Places) -> TransportCall:
    at = at.inside("call", node)
    if (facility := node.find("facilityTypeCode")) is not None:
        facility.code(FACILITY_TYPES)
    vessel = node.find("vessel")
    inner_location = find(node.find("location"), "UNLocationCode", parse_locode, at, "location")
    outer_location = find(node, "UNLocationCode", parse_locode, at, "location")
    return TransportCall(
        mode=at("mode", node.require("modeOfTransport")).code(MODES),
        location=outer_location or inner_location,
        vessel_imo=find(vessel, "vesselIMONumber", parse_imo, at, "vessel_imo"),
        vessel_name=find(vessel, "vesselName", str, at, "vessel_name"),
        export_voyage=find(node, "exportVoyageNumber", str, at, "export_voyage"),
        import_voyage=find(node, "importVoyageNumber", str, at, "import_voyage"),
    )


def _read_event_id(node: JsonNode) -> str:
    text = node.text(36)
    try:
        return str(UUID(text))
    except ValueError:
        raise MalformedDocument(node.pointer, f"{text!r} is not a UUID") from None
