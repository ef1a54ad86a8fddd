"""GS1 EPCIS 2.0 in JSON: what happened to goods, in the words of the Core Business Vocabulary.

Five types of event: ObjectEvent, AggregationEvent, AssociationEvent, TransactionEvent,
TransformationEvent. Vocabulary comes as a bare word, a URN or a GS1 web URI; it comes out as the
bare word. Extensions, sensor readings and master data (ilmd) are let pass unread.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

from entrepot.domain.documents.json_source import JsonNode
from entrepot.domain.documents.places import Placed, Places
from entrepot.domain.documents.values import parse_datetime

_DOCUMENTS: Final = frozenset({"EPCISDocument", "EPCISQueryDocument"})
_OWN: Final = ("epcList", "quantityList")
_CHILDREN: Final = ("childEPCs", "childQuantityList")
_MEMBERS: Final = {
    "ObjectEvent": _OWN,
    "TransactionEvent": _OWN,
    "AggregationEvent": _CHILDREN,
    "AssociationEvent": _CHILDREN,
    "TransformationEvent": ("inputEPCList", "inputQuantityList"),
}
_ACTIONS: Final = frozenset({"ADD", "OBSERVE", "DELETE"})
_BIZ_STEPS = """
accepting arriving assembling collecting commissioning consigning creating_class_instance
cycle_counting decommissioning departing destroying disassembling dispensing encoding
entering_exiting holding inspecting installing killing loading other packing picking receiving
removing repackaging repairing replacing reserving retail_selling sampling sensor_reporting
shipping staging_outbound stock_taking stocking storing transporting unloading unpacking
void_shipping
"""
BIZ_STEPS: Final = frozenset(_BIZ_STEPS.split())
"""Business steps of CBV 2.0."""
_DISPOSITIONS = """
active available completeness_inferred completeness_verified conformant container_closed
container_open damaged destroyed dispensed disposed encoded expired in_progress in_transit
inactive mismatch_class mismatch_instance mismatch_quantity needs_replacement no_pedigree_match
non_conformant non_sellable_other partially_dispensed recalled reserved retail_sold returned
sellable_accessible sellable_not_accessible stolen unavailable unknown
"""
DISPOSITIONS: Final = frozenset(_DISPOSITIONS.split())
"""Dispositions of CBV 2.0."""
_ERROR_REASONS: Final = frozenset({"did_not_occur", "incorrect_data"})
_CBV_URI: Final = re.compile(
    r"(?:urn:epcglobal:cbv:(?:bizstep|disp|er):|https?://(?:ref|ns)\.gs1\.org/(?:voc|cbv)/"
    r"(?:BizStep|Disp|ER)-|cbv:(?:BizStep|Disp|ER)-)([a-z_]+)"
)
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_OFFSET: Final = re.compile(r"[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)")
_VERSION: Final = re.compile(r"2\.[0-9]+(?:\.[0-9]+)?")
_UNIT: Final = re.compile(r"[A-Z0-9]{2,3}")


@dataclass(frozen=True, slots=True)
class ErrorDeclaration:
    """Says that the event with this id is wrong, why, and which events stand in its place."""

    declared_at: datetime
    reason: str | None
    corrective_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quantity:
    """So much of a class of goods; pieces where `unit` (UN/ECE rec. 20) is None."""

    epc_class: str
    quantity: Decimal | None
    unit: str | None


@dataclass(frozen=True, slots=True)
class EpcisEvent:
    """One event. Of a TransformationEvent `epcs` and `quantities` are what went in."""

    type: str
    id: str | None
    action: str | None
    occurred_at: datetime
    zone: str
    recorded_at: datetime | None
    biz_step: str | None
    disposition: str | None
    read_point: str | None
    biz_location: str | None
    parent: str | None
    epcs: tuple[str, ...]
    quantities: tuple[Quantity, ...]
    output_epcs: tuple[str, ...]
    output_quantities: tuple[Quantity, ...]
    transformation: str | None
    transactions: tuple[tuple[str, str], ...]
    """(type or "", id): purchase order "po", invoice "inv", despatch advice "desadv", ..."""
    sources: tuple[tuple[str, str], ...]
    destinations: tuple[tuple[str, str], ...]
    error: ErrorDeclaration | None


@dataclass(frozen=True, slots=True)
class EpcisEvents(Placed):
    """The events of one document or query answer, in its order."""

    created_at: datetime
    events: tuple[EpcisEvent, ...]
    kind: Literal["epcis-events"] = "epcis-events"


def read_epcis_events(root: JsonNode) -> EpcisEvents:
    """Read an EPCIS 2.0 document. MalformedDocument names the member and what may stand there."""
    root.require("@context")
    root.require("type").code(_DOCUMENTS)
    version = root.require("schemaVersion")
    if not _VERSION.fullmatch(version.text(10)):
        version.fail("it is not version 2 of EPCIS")
    at = Places(root)
    answer = root.find("epcisBody", "queryResults", "resultsBody")
    body = answer if answer is not None else root.require("epcisBody")
    nodes = body.items("eventList", least=1)
    document = EpcisEvents(
        created_at=_moment(at("created_at", root.require("creationDate"))),
        events=tuple(_read_event(node, inner) for node, inner in at.each("events", nodes)),
        places=at,
    )
    _check_ids(document, nodes)
    return document


def _check_ids(document: EpcisEvents, nodes: list[JsonNode]) -> None:
    """One id for two events only where the second declares the first to be an error."""
    seen: dict[str, EpcisEvent] = {}
    for event, node in zip(document.events, nodes, strict=True):
        if event.id is None:
            continue
        known = seen.setdefault(event.id, event)
        if known != event and known.error is None and event.error is None:
            node.require("eventID").fail("another event of this document has the same id")


def _read_event(node: JsonNode, at: Places) -> EpcisEvent:
    kind = at("type", node.require("type")).code(_MEMBERS)
    is_transformation = kind == "TransformationEvent"
    epcs, quantities = _MEMBERS[kind]
    action = at("action", None if is_transformation else node.require("action"))
    recorded = at("recorded_at", node.find("recordTime"))
    event = EpcisEvent(
        type=kind,
        id=_uri(at("id", node.find("eventID"))),
        action=action.code(_ACTIONS) if action is not None else None,
        occurred_at=_moment(at("occurred_at", node.require("eventTime"))),
        zone=_zone(at("zone", node.require("eventTimeZoneOffset"))),
        recorded_at=_moment(recorded) if recorded is not None else None,
        biz_step=_word(at("biz_step", node.find("bizStep")), BIZ_STEPS),
        disposition=_word(at("disposition", node.find("disposition")), DISPOSITIONS),
        read_point=_uri(at("read_point", node.find("readPoint", "id"))),
        biz_location=_uri(at("biz_location", node.find("bizLocation", "id"))),
        parent=_uri(at("parent", node.find("parentID"))),
        epcs=_uris(node, epcs, at, "epcs"),
        quantities=_quantities(node, quantities, at, "quantities"),
        output_epcs=_uris(node, "outputEPCList", at, "output_epcs"),
        output_quantities=_quantities(node, "outputQuantityList", at, "output_quantities"),
        transformation=_uri(at("transformation", node.find("transformationID"))),
        transactions=_typed(node, "bizTransactionList", "bizTransaction", at, "transactions"),
        sources=_typed(node, "sourceList", "source", at, "sources"),
        destinations=_typed(node, "destinationList", "destination", at, "destinations"),
        error=_read_error(at("error", node.find("errorDeclaration"))),
    )
    _check_what(event, node)
    return event


def _check_what(event: EpcisEvent, node: JsonNode) -> None:
    """Every event is about something; which members say so depends on its type."""
    has_goods = bool(event.epcs or event.quantities)
    match event.type:
        case "ObjectEvent" if not has_goods and not node.items("sensorElementList"):
            node.fail("it is about nothing", "add epcList, quantityList or sensorElementList")
        case "AggregationEvent" | "AssociationEvent":
            if event.parent is None and (event.action != "OBSERVE" or "Assoc" in event.type):
                node.require("parentID")
            if not has_goods and event.action != "DELETE":
                node.fail("it has no children", "add childEPCs or childQuantityList")
        case "TransactionEvent" if not event.transactions:
            node.items("bizTransactionList", least=1)
        case "TransformationEvent":
            goes_out = bool(event.output_epcs or event.output_quantities)
            if not (has_goods and goes_out) and event.transformation is None:
                node.fail("it needs inputs and outputs, or a transformationID")
        case _:
            return


def _read_error(node: JsonNode | None) -> ErrorDeclaration | None:
    if node is None:
        return None
    return ErrorDeclaration(
        declared_at=_moment(node.require("declarationTime")),
        reason=_word(node.find("reason"), _ERROR_REASONS),
        corrective_ids=tuple(_text_of_uri(each) for each in node.items("correctiveEventIDs")),
    )


def _quantities(node: JsonNode, member: str, at: Places, name: str) -> tuple[Quantity, ...]:
    return tuple(_quantity(each, inner) for each, inner in at.each(name, node.items(member)))


def _quantity(node: JsonNode, at: Places) -> Quantity:
    amount = at("quantity", node.find("quantity"))
    unit = at("unit", node.find("uom"))
    if amount is not None and amount.decimal() <= 0:
        amount.fail("a quantity is more than nothing")
    if unit is not None and (amount is None or not _UNIT.fullmatch(unit.text(3))):
        unit.fail("it is no unit of UN/ECE recommendation 20, or of no quantity")
    return Quantity(
        epc_class=_text_of_uri(at("epc_class", node.require("epcClass"))),
        quantity=amount.decimal() if amount is not None else None,
        unit=unit.text(3) if unit is not None else None,
    )


def _typed(
    node: JsonNode, member: str, value: str, at: Places, name: str
) -> tuple[tuple[str, str], ...]:
    """(type, id) of each element; the id may also be a plain text of the parties' own."""
    return tuple(
        (
            found.text(200) if (found := each.find("type")) is not None else "",
            each.require(value).text(500),
        )
        for each, _ in at.each(name, node.items(member))
    )


def _uris(node: JsonNode, member: str, at: Places, name: str) -> tuple[str, ...]:
    return tuple(_text_of_uri(each) for each, _ in at.each(name, node.items(member)))


def _uri(node: JsonNode | None) -> str | None:
    return _text_of_uri(node) if node is not None else None


def _text_of_uri(node: JsonNode) -> str:
    text = node.text(500)
    if not _URI.fullmatch(text):
        node.fail(f"{text[:40]!r} is not a URI", "write urn:epc:id:... or https://id.gs1.org/...")
    return text


def _word(node: JsonNode | None, words: Collection[str]) -> str | None:
    """A bare word of the vocabulary; a URI that is not the vocabulary's own stays as it is."""
    if node is None:
        return None
    text = node.text(500)
    own = _CBV_URI.fullmatch(text)
    if own is None and _URI.fullmatch(text):
        return text
    word = own[1] if own is not None else text
    if word not in words:
        node.fail(
            f"{word[:40]!r} is not in the vocabulary", f"use one of {', '.join(sorted(words))}"
        )
    return word


def _zone(node: JsonNode) -> str:
    if not _OFFSET.fullmatch(node.text(10)):
        node.fail("it is not an offset from UTC", "write +02:00")
    return node.text(10)


def _moment(node: JsonNode) -> datetime:
    return parse_datetime(node.text(40), node)
