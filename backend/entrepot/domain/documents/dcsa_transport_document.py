"""DCSA EBL 3.0 transport document: the electronic bill of lading as its carrier issues it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from entrepot.domain.documents.json_source import JsonNode
from entrepot.domain.documents.places import Placed, Places
from entrepot.domain.documents.values import Parsed, parse_date, parse_identifier
from entrepot.domain.identifiers import (
    ContainerNumber,
    HsCode,
    Lei,
    Locode,
    parse_container,
    parse_hs,
    parse_lei,
    parse_locode,
)

_STATUSES: Final = frozenset(
    {"DRAFT", "APPROVED", "ISSUED", "VOIDED", "VOID"}
    | {f"PENDING_SURRENDER_FOR_{why}" for why in ("AMENDMENT", "DELIVERY")}
    | {f"SURRENDERED_FOR_{why}" for why in ("AMENDMENT", "DELIVERY")}
)
_BEFORE_ISSUE: Final = frozenset({"DRAFT", "APPROVED"})
_TYPES: Final = frozenset({"BOL", "SWB"})
_SERVICES: Final = frozenset({"CY", "SD", "CFS"})
_LOADS: Final = frozenset({"FCL", "LCL"})
_CARRIER_CODE_LISTS: Final = frozenset({"SMDG", "NMFTA"})
_FREIGHT_TERMS: Final = frozenset({"PRE", "COL"})
_KILOGRAMS: Final = {"KGM": Decimal(1), "LBR": Decimal("0.45359237")}


@dataclass(frozen=True, slots=True)
class DocumentParty:
    """A party of the document; `codes` are (provider, list, code), the LEI among them."""

    name: str
    lei: Lei | None
    codes: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class DocumentParties:
    """Who may have the goods: a consignee if straight, an endorsee (or nobody yet) if to order."""

    shipper: DocumentParty
    consignee: DocumentParty | None
    endorsee: DocumentParty | None
    issuing_party: DocumentParty | None
    notify_parties: tuple[DocumentParty, ...]


@dataclass(frozen=True, slots=True)
class VesselVoyage:
    """Vessel and voyage by the names the carrier gives them."""

    vessel_name: str
    export_voyage: str
    universal_voyage: str | None


@dataclass(frozen=True, slots=True)
class Equipment:
    """A container and the seals on it."""

    container: ContainerNumber
    iso_code: str | None
    seals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CargoItem:
    """What of a consignment item lies in one container; mass in kilograms, packaging included."""

    container: ContainerNumber
    gross_kg: Decimal
    packages: int


@dataclass(frozen=True, slots=True)
class ConsignmentItem:
    """Goods of one booking and description."""

    booking: str
    description: str
    hs_codes: tuple[HsCode, ...]
    cargo: tuple[CargoItem, ...]
    references: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TransportDocument(Placed):
    """A bill of lading (BOL) or sea waybill (SWB) of one carrier."""

    reference: str
    status: str
    type_code: str
    carrier_code: str
    carrier_code_list: str
    is_electronic: bool
    is_to_order: bool
    is_shipped_on_board: bool
    shipped_on_board_on: date | None
    received_for_shipment_on: date | None
    issued_on: date | None
    freight_term: str | None
    parties: DocumentParties
    port_of_loading: Locode
    port_of_discharge: Locode
    voyages: tuple[VesselVoyage, ...]
    equipment: tuple[Equipment, ...]
    items: tuple[ConsignmentItem, ...]
    kind: Literal["dcsa-transport-document"] = "dcsa-transport-document"
    place_of_issue: Locode | None = None
    place_of_receipt: Locode | None = None
    place_of_delivery: Locode | None = None
    carrier_clauses: tuple[str, ...] = ()
    """What the carrier adds in its own words; a clause may speak of defects (UCP 600 art. 27)."""

    @property
    def gross_kg(self) -> Decimal:
        """Mass of all goods, packaging included."""
        return sum((cargo.gross_kg for item in self.items for cargo in item.cargo), Decimal(0))

    @property
    def packages(self) -> int:
        """Number of all packages."""
        return sum(cargo.packages for item in self.items for cargo in item.cargo)


def read_dcsa_transport_document(root: JsonNode) -> TransportDocument:
    """Read a TransportDocument object; MalformedDocument at the first thing it may not be."""
    at = Places(root)
    _check_service_terms(root)
    equipment = tuple(
        _read_equipment(each, inner)
        for each, inner in at.each("equipment", root.items("utilizedTransportEquipments", least=1))
    )
    containers = frozenset(each.container for each in equipment)
    if len(containers) < len(equipment):
        root.require("utilizedTransportEquipments").fail("a container is there twice")
    transports = root.require("transports")
    term = at("freight_term", root.find("freightPaymentTermCode"))
    document = TransportDocument(
        reference=at("reference", root.require("transportDocumentReference")).reference(20),
        status=at("status", root.require("transportDocumentStatus")).code(_STATUSES),
        type_code=at("type_code", root.require("transportDocumentTypeCode")).code(_TYPES),
        carrier_code=at("carrier_code", root.require("carrierCode")).text(4),
        carrier_code_list=at("carrier_code_list", root.require("carrierCodeListProvider")).code(
            _CARRIER_CODE_LISTS
        ),
        is_electronic=at("is_electronic", root.require("isElectronic")).boolean(),
        is_to_order=at("is_to_order", root.require("isToOrder")).boolean(),
        is_shipped_on_board=at(
            "is_shipped_on_board", root.require("isShippedOnBoardType")
        ).boolean(),
        shipped_on_board_on=_date(at("shipped_on_board_on", root.find("shippedOnBoardDate"))),
        received_for_shipment_on=_date(
            at("received_for_shipment_on", root.find("receivedForShipmentDate"))
        ),
        issued_on=_date(at("issued_on", root.find("issueDate"))),
        freight_term=term.code(_FREIGHT_TERMS) if term is not None else None,
        parties=_read_parties(root.require("documentParties"), at),
        port_of_loading=_port(transports, "portOfLoading", at, "port_of_loading"),
        port_of_discharge=_port(transports, "portOfDischarge", at, "port_of_discharge"),
        voyages=tuple(
            _read_voyage(each, inner)
            for each, inner in at.each("voyages", transports.items("vesselVoyages", least=1))
        ),
        equipment=equipment,
        items=tuple(
            _read_item(each, containers, inner)
            for each, inner in at.each("items", root.items("consignmentItems", least=1))
        ),
        place_of_issue=_find_port(root, "placeOfIssue", at, "place_of_issue"),
        place_of_receipt=_find_port(transports, "placeOfReceipt", at, "place_of_receipt"),
        place_of_delivery=_find_port(transports, "placeOfDelivery", at, "place_of_delivery"),
        carrier_clauses=tuple(
            each.text(20_000)
            for each, _ in at.each("carrier_clauses", root.items("carrierClauses"))
        ),
        places=at,
    )
    _check_negotiability(document, root)
    _check_dates(document, root)
    return document


def _check_service_terms(root: JsonNode) -> None:
    """Members that nothing here uses, but without which it is no transport document."""
    for name, codes in (
        ("receiptTypeAtOrigin", _SERVICES),
        ("deliveryTypeAtDestination", _SERVICES),
        ("cargoMovementTypeAtOrigin", _LOADS),
        ("cargoMovementTypeAtDestination", _LOADS),
    ):
        root.require(name).code(codes)
    root.require("termsAndConditions").text(50_000)
    payable = root.require("invoicePayableAt")
    if payable.find("UNLocationCode") is None and payable.find("freeText") is None:
        payable.fail("no place is named", "add UNLocationCode or freeText")
    for contact in root.items("partyContactDetails", least=1):
        contact.require("name").text(35)


def _check_negotiability(document: TransportDocument, root: JsonNode) -> None:
    to_order = root.require("isToOrder")
    if document.is_to_order and document.type_code == "SWB":
        to_order.fail("a sea waybill is never to order")
    if document.is_to_order and document.parties.consignee is not None:
        to_order.fail("a bill to order names an endorsee, not a consignee")
    if not document.is_to_order and document.parties.endorsee is not None:
        to_order.fail("a straight bill has a consignee and no endorsee")
    if not document.is_to_order and document.parties.consignee is None:
        root.require("documentParties", "consignee")


def _check_dates(document: TransportDocument, root: JsonNode) -> None:
    on_board, received = document.shipped_on_board_on, document.received_for_shipment_on
    if on_board is not None and received is not None:
        root.require("receivedForShipmentDate").fail("it is shipped on board already")
    if document.status in _BEFORE_ISSUE:
        return
    if document.issued_on is None:
        root.require("issueDate")
    if document.is_shipped_on_board != (on_board is not None):
        root.require("isShippedOnBoardType").fail("it does not agree with the date on the document")
    if on_board is None and received is None:
        root.require("receivedForShipmentDate")


def _read_parties(node: JsonNode, at: Places) -> DocumentParties:
    at = at.inside("parties", node)
    return DocumentParties(
        shipper=_read_party(node.require("shipper"), at, "shipper"),
        consignee=_find_party(node, "consignee", at, "consignee"),
        endorsee=_find_party(node, "endorsee", at, "endorsee"),
        issuing_party=_find_party(node, "issuingParty", at, "issuing_party"),
        notify_parties=tuple(
            _read_party(each, at, f"notify_parties[{number}]")
            for number, each in enumerate(node.items("notifyParties"))
        ),
    )


def _find_party(node: JsonNode, member: str, at: Places, name: str) -> DocumentParty | None:
    found = node.find(member)
    return _read_party(found, at, name) if found is not None else None


def _read_party(node: JsonNode, at: Places, name: str) -> DocumentParty:
    at = at.inside(name, node)
    codes: list[tuple[str, str, str]] = []
    lei: Lei | None = None
    for each in node.items("identifyingCodes"):
        provider = each.require("codeListProvider").text(100)
        code_list = found.text(100) if (found := each.find("codeListName")) is not None else ""
        code = each.require("partyCode")
        codes.append((provider, code_list, code.text(150)))
        if (provider, code_list) in {("GLEIF", "LEI"), ("GLEIF", "")}:
            lei = _identifier(at("lei", code), parse_lei)
    return DocumentParty(at("name", node.require("partyName")).text(70), lei, tuple(codes))


def _port(transports: JsonNode, member: str, at: Places, name: str) -> Locode:
    return _identifier(at(name, transports.require(member, "UNLocationCode")), parse_locode)


def _find_port(node: JsonNode, member: str, at: Places, name: str) -> Locode | None:
    """A place that may be named in words only."""
    place = node.find(member)
    found = place.find("UNLocationCode") if place is not None else None
    return _identifier(at(name, found), parse_locode) if found is not None else None


def _read_voyage(node: JsonNode, at: Places) -> VesselVoyage:
    universal = at("universal_voyage", node.find("universalExportVoyageReference"))
    return VesselVoyage(
        vessel_name=at("vessel_name", node.require("vesselName")).text(50),
        export_voyage=at("export_voyage", node.require("carrierExportVoyageNumber")).text(50),
        universal_voyage=universal.text(5) if universal is not None else None,
    )


def _read_equipment(node: JsonNode, at: Places) -> Equipment:
    # A container of the shipper's is named directly, one of the carrier's inside `equipment`.
    inner = node.find("equipment")
    named = inner if inner is not None else node
    iso_code = at("iso_code", named.find("ISOEquipmentCode"))
    return Equipment(
        container=_identifier(
            at("container", named.require("equipmentReference")), parse_container
        ),
        iso_code=iso_code.text(4) if iso_code is not None else None,
        seals=tuple(
            seal.require("number").text(15) for seal, _ in at.each("seals", node.items("seals"))
        ),
    )


def _read_item(
    node: JsonNode, containers: frozenset[ContainerNumber], at: Places
) -> ConsignmentItem:
    at("description", node.find("descriptionOfGoods"))
    lines = [each.text(35) for each in node.items("descriptionOfGoods", least=1)]
    name, digits = (
        ("HSCodes", 10) if node.find("extendedHSCodes") is None else ("extendedHSCodes", 12)
    )
    return ConsignmentItem(
        booking=at("booking", node.require("carrierBookingReference")).text(35),
        description=" ".join(lines),
        hs_codes=tuple(
            parse_identifier(parse_hs, each.text(digits), each)
            for each, _ in at.each("hs_codes", node.items(name, least=1))
        ),
        cargo=tuple(
            _read_cargo(each, containers, inner)
            for each, inner in at.each("cargo", node.items("cargoItems", least=1))
        ),
        references=tuple(
            (each.require("type").text(3), value.text(35))
            for each in node.items("references")
            for value in each.items("values", least=1)
        ),
    )


def _read_cargo(node: JsonNode, containers: frozenset[ContainerNumber], at: Places) -> CargoItem:
    reference = at("container", node.require("equipmentReference"))
    container = _identifier(reference, parse_container)
    if container not in containers:
        reference.fail(f"{container} is not among the utilizedTransportEquipments")
    weight = node.require("cargoGrossWeight")
    value = at("gross_kg", weight.require("value"))
    mass = value.decimal()
    if mass <= 0:
        value.fail("a mass is more than nothing")
    packages = at("packages", node.require("outerPackaging", "numberOfPackages"))
    return CargoItem(
        container=container,
        gross_kg=mass * _KILOGRAMS[weight.require("unit").code(_KILOGRAMS)],
        packages=packages.count(least=1),
    )


def _date(node: JsonNode | None) -> date | None:
    return parse_date(node.text(10), node) if node is not None else None


def _identifier(node: JsonNode, parse: Callable[[str], Parsed]) -> Parsed:
    return parse_identifier(parse, node.text(150), node)
