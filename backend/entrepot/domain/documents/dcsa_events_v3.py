"""Track & Trace 3.0, not final: its words become the codes of 2.2, which is what is kept.

Two spellings are about: the one with `...Code` members and 2.2's codes, which implementers send,
and the later one with words ("DEPARTED"). Both are read. A word that 2.2 has no code for stays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from entrepot.domain.documents import dcsa_words as words
from entrepot.domain.documents.dcsa_model import (
    CLASSIFIERS,
    DOCUMENT_TYPES,
    EMPTY_INDICATORS,
    EQUIPMENT_CODES,
    FACILITY_TYPES,
    MODES,
    REFERENCE_TYPES,
    SEAL_SOURCES,
    SHIPMENT_CODES,
    TRANSPORT_CODES,
    EquipmentEvent,
    Event,
    EventHeader,
    EventRetraction,
    OtherEvent,
    Reference,
    ShipmentEvent,
    TransportCall,
    TransportEvent,
    event_id,
    find,
    read_moment,
    refuse_request,
)
from entrepot.domain.documents.json_source import JsonNode
from entrepot.domain.documents.places import Places
from entrepot.domain.identifiers import (
    ContainerNumber,
    Locode,
    parse_container,
    parse_imo,
    parse_locode,
)

_MODES: Final = MODES | {"MULTIMODAL"}
_ID_MAX: Final = 100


def is_retraction(node: JsonNode) -> bool:
    """Whether the event only takes back an earlier one: by its own id, or naming the other's."""
    flag = node.find("isRetracted")
    return node.find("retractedEventID") is not None or (flag is not None and flag.boolean())


def read_retraction(node: JsonNode) -> EventRetraction:
    """What is taken back; all else in a retracted event is irrelevant and is not read."""
    other = node.find("retractedEventID")
    id_node = other if other is not None else node.require("eventID")
    created = node.find("eventCreatedDateTime")
    updated = created if created is not None else node.require("eventUpdatedDateTime")
    return EventRetraction(
        event_id(id_node.text(_ID_MAX)),
        read_moment(updated),
        _originator(node.find("eventRouting")),
    )


def read_event(node: JsonNode, at: Places) -> Event:
    """One event object of 3.0 in the terms of 2.2."""
    kind = _member(node.require("eventClassification"), "eventType").code(words.TYPES)
    match kind:
        case "TRANSPORT":
            return _read_transport_event(node, at)
        case "EQUIPMENT":
            header = _read_header(node, at, kind, EQUIPMENT_CODES, words.EQUIPMENT)
            return _read_equipment_event(node, at, header)
        case "SHIPMENT":
            return _read_shipment_event(node, at)
        case "REEFER":
            codes = frozenset(words.REEFER.values())
            return _read_other(node, at, kind, _read_header(node, at, kind, codes, words.REEFER))
        case _:
            return _read_other(
                node, at, kind, _read_header(node, at, kind, frozenset({"DETC"}), words.IOT)
            )


def _read_header(
    node: JsonNode, at: Places, kind: str, codes: Collection[str], meanings: Mapping[str, str]
) -> EventHeader:
    at = at.inside("header", node)
    classification = node.require("eventClassification")
    classifier = at("classifier", _member(classification, "eventClassifier"))
    refuse_request(classifier)
    code = at("code", _member(classification, f"{kind.lower()}EventType"))
    updated = at("updated_at", node.require("eventUpdatedDateTime"))
    at("created_at", updated)
    return EventHeader(
        id=event_id(at("id", node.require("eventID")).text(_ID_MAX)),
        classifier=_code(classifier, CLASSIFIERS, words.CLASSIFIERS),
        code=_code(code, codes, meanings),
        occurred_at=read_moment(at("occurred_at", node.require("eventDateTime"))),
        created_at=read_moment(updated),
        documents=tuple(
            _reference(each, DOCUMENT_TYPES, words.DOCUMENTS, inner)
            for each, inner in at.each("documents", _documents(node))
        ),
        references=tuple(
            _reference(each, REFERENCE_TYPES, words.REFERENCES, inner)
            for each, inner in at.each("references", _shipment_items(node, "shipmentReferences"))
        ),
        updated_at=read_moment(updated),
        originator=_originator(at("originator", node.find("eventRouting"))),
    )


def _read_transport_event(node: JsonNode, at: Places) -> Event:
    header = _read_header(node, at, "TRANSPORT", TRANSPORT_CODES, words.TRANSPORT)
    call = _read_call(node, node.require("transportDetails", "transportCall"), at)
    if header.code not in TRANSPORT_CODES:
        return _read_other(node, at, "TRANSPORT", header)
    return TransportEvent(header, call)


def _read_equipment_event(node: JsonNode, at: Places, header: EventHeader) -> EquipmentEvent:
    details = node.require("equipmentDetails")
    call = node.find("transportDetails", "transportCall")
    laden = at("is_laden", _find_member(details, "emptyIndicator"))
    return EquipmentEvent(
        header=header,
        equipment=_equipment(node, at),
        is_laden=laden is not None and laden.code(EMPTY_INDICATORS) == "LADEN",
        location=_location(node, at),
        call=_read_call(node, call, at) if call is not None else None,
        seals=tuple(_read_seal(each) for each, _ in at.each("seals", details.items("seals"))),
    )


def _read_shipment_event(node: JsonNode, at: Places) -> ShipmentEvent:
    header = _read_header(node, at, "SHIPMENT", SHIPMENT_CODES, words.SHIPMENT)
    if header.classifier != "ACT":
        _member(node.require("eventClassification"), "eventClassifier").fail(
            "a SHIPMENT event is always ACT"
        )
    main = node.require("shipmentDetails", "documentReference")
    kind = at("document_type", _member(main, "type"))
    return ShipmentEvent(
        header=header,
        document_type=_code(kind, DOCUMENT_TYPES, words.DOCUMENTS),
        document_id=at("document_id", main.require("reference")).text(_ID_MAX),
    )


def _read_other(node: JsonNode, at: Places, kind: str, header: EventHeader) -> OtherEvent:
    _location(node, at)
    at("type", _member(node.require("eventClassification"), "eventType"))
    return OtherEvent(header, kind, _equipment(node, at))


def _read_call(node: JsonNode, call: JsonNode, at: Places) -> TransportCall:
    at = at.inside("call", call)
    vessel = call.find("vesselTransport")
    return TransportCall(
        mode=at("mode", call.require("modeOfTransport")).code(_MODES),
        location=_location(node, at),
        vessel_imo=find(vessel, "vesselIMONumber", parse_imo, at, "vessel_imo"),
        vessel_name=find(vessel, "vesselName", str, at, "vessel_name"),
        export_voyage=_voyage(call, "export", at),
        import_voyage=_voyage(call, "import", at),
    )


def _voyage(call: JsonNode, direction: str, at: Places) -> str | None:
    named = call.find(f"{direction}VoyageNumberOrReference")
    return find(named, "carrierVoyageNumber", str, at, f"{direction}_voyage")


def _location(node: JsonNode, at: Places) -> Locode | None:
    place = node.find("eventLocation")
    if place is None:
        return None
    if (facility := _find_member(place, "facilityType")) is not None:
        _code(facility, FACILITY_TYPES, words.FACILITIES)
    return find(place, "UNLocationCode", parse_locode, at, "location")


def _equipment(node: JsonNode, at: Places) -> ContainerNumber | None:
    details = node.find("equipmentDetails")
    return find(details, "equipmentReference", parse_container, at, "equipment")


def _read_seal(node: JsonNode) -> str:
    if (source := node.find("source")) is not None:
        _code(source, SEAL_SOURCES, words.SEALS)
    return node.require("number").text(15)


def _documents(node: JsonNode) -> list[JsonNode]:
    main = node.find("shipmentDetails", "documentReference")
    more = _shipment_items(node, "additionalDocumentReferences")
    return more if main is None else [main, *more]


def _shipment_items(node: JsonNode, name: str) -> list[JsonNode]:
    details = node.find("shipmentDetails")
    return details.items(name) if details is not None else []


def _reference(
    node: JsonNode, codes: Collection[str], meanings: Mapping[str, str], at: Places
) -> Reference:
    value = at("value", node.require("reference"))
    return Reference(_code(_member(node, "type"), codes, meanings), value.text(_ID_MAX))


def _originator(routing: JsonNode | None) -> str:
    """provider:list:code of each originating party, joined by a bar; "" if none is named."""
    if routing is None:
        return ""
    single = routing.find("originatingParty")
    parties = [single] if single is not None else routing.items("originatingParties")
    return "|".join(sorted(_party(each) for each in parties))


def _party(node: JsonNode) -> str:
    names = ("codeListProvider", "codeListName", "partyCode")
    return ":".join(
        found.text(_ID_MAX) if (found := node.find(name)) is not None else "" for name in names
    )


def _member(node: JsonNode, name: str) -> JsonNode:
    found = _find_member(node, name)
    return found if found is not None else node.require(name)


def _find_member(node: JsonNode, name: str) -> JsonNode | None:
    """Under its name, or under the one with `Code` behind it; not under both."""
    coded = node.find(f"{name}Code")
    plain = node.find(name)
    if coded is not None and plain is not None:
        plain.fail(f"{name}Code is there too", "keep one of them")
    return plain if coded is None else coded


def _code(node: JsonNode, codes: Collection[str], meanings: Mapping[str, str]) -> str:
    """A code of 2.2, or a word of 3.0 as the code that means it."""
    text = node.code({*codes, *meanings})
    return meanings.get(text, text)
