"""An export or import declaration as it is lodged: WCO Data Model 3.6 DEC.

What is read is what other documents can be held against: amounts, masses, packages, containers,
commodity codes, the invoice it names. A lodgement has no MRN yet; customs' answer brings it,
and `reference` (the trader's own number) joins the two. Countries and delivery terms stay as they
are written: customs' own lists hold more than ISO 3166 and Incoterms.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, Literal

from entrepot.domain.documents.places import Placed, Places
from entrepot.domain.documents.values import (
    parse_count,
    parse_decimal,
    parse_identifier,
    parse_reference,
    parse_text,
)
from entrepot.domain.documents.xml_source import XmlNode
from entrepot.domain.errors import InvalidMoney, MalformedDocument
from entrepot.domain.identifiers import HsCode, parse_hs
from entrepot.domain.money import Money

_ORIGINAL: Final = "9"
_COMMODITY_CODE: Final = "TSP"


class Direction(StrEnum):
    """Which border the declaration is about."""

    EXPORT = "EXPORT"
    IMPORT = "IMPORT"


_DIRECTIONS: Final = {"EX": Direction.EXPORT, "IM": Direction.IMPORT}


@dataclass(frozen=True, slots=True)
class DeclaredDocument:
    """A document the declaration refers to: "N935" is the commercial invoice."""

    code: str
    id: str


@dataclass(frozen=True, slots=True)
class DeclaredItem:
    """One goods item; masses in kilograms."""

    sequence: int
    description: str | None
    hs_code: HsCode | None
    gross_kg: Decimal | None
    net_kg: Decimal | None
    packages: int
    origin: str | None
    price: Money | None
    documents: tuple[DeclaredDocument, ...]


@dataclass(frozen=True, slots=True)
class WcoDeclaration(Placed):
    """A declaration, or (function other than 9) a change to one, in which most may be missing."""

    function_code: str
    reference: str
    type_code: str
    direction: Direction | None
    invoice_total: Money | None
    item_count: int | None
    total_packages: int | None
    declarant_id: str | None
    exporter_id: str | None
    importer_id: str | None
    export_country: str | None
    destination: str | None
    containers: tuple[str, ...]
    incoterm: str | None
    items: tuple[DeclaredItem, ...]
    kind: Literal["wco-declaration"] = "wco-declaration"

    @property
    def invoice_numbers(self) -> tuple[str, ...]:
        """Commercial invoices named anywhere in it, once each."""
        named = (each.id for item in self.items for each in item.documents if each.code == "N935")
        return tuple(dict.fromkeys(named))

    @property
    def gross_kg(self) -> Decimal:
        """Mass of all items, packaging included."""
        return sum((item.gross_kg for item in self.items if item.gross_kg is not None), Decimal(0))


def read_wco_declaration(declaration: XmlNode) -> WcoDeclaration:
    """Read a Declaration element found by `wco_metadata.find_subject`."""
    at = Places(declaration)
    shipment = declaration.find("GoodsShipment")
    type_code = at("type_code", declaration.require("TypeCode")).text
    at("direction", declaration.require("TypeCode"))
    document = WcoDeclaration(
        function_code=at("function_code", declaration.require("FunctionCode")).text,
        reference=_reference(at("reference", declaration.require("FunctionalReferenceID"))),
        type_code=type_code,
        direction=_DIRECTIONS.get(type_code[:2]),
        invoice_total=_money(at("invoice_total", declaration.find("InvoiceAmount"))),
        item_count=_count(at("item_count", declaration.find("GoodsItemQuantity"))),
        total_packages=_count(at("total_packages", declaration.find("TotalPackageQuantity"))),
        declarant_id=_text(at("declarant_id", declaration.find("Declarant", "ID"))),
        exporter_id=_text(at("exporter_id", declaration.find("Exporter", "ID"))),
        importer_id=_text(at("importer_id", _in(shipment, "Importer", "ID"))),
        export_country=_text(at("export_country", _in(shipment, "ExportCountry", "ID"))),
        destination=_text(at("destination", _in(shipment, "Destination", "CountryCode"))),
        containers=tuple(node.text for node, _ in at.each("containers", _containers(shipment))),
        incoterm=_text(at("incoterm", _in(shipment, "TradeTerms", "ConditionCode"))),
        items=tuple(_read_item(each, inner) for each, inner in at.each("items", _items(shipment))),
        places=at,
    )
    _check_counts(document, declaration)
    return document


def _check_counts(document: WcoDeclaration, declaration: XmlNode) -> None:
    seen: set[int] = set()
    for number, item in enumerate(document.items):
        if item.sequence in seen:
            place = document.where(f"items[{number}].sequence")
            raise MalformedDocument(place, f"another item has the number {item.sequence}")
        seen.add(item.sequence)
    if document.function_code != _ORIGINAL or document.item_count is None:
        return
    if document.item_count != len(document.items):
        node = declaration.require("GoodsItemQuantity")
        why = f"{document.item_count} items are announced, {len(document.items)} are declared"
        raise MalformedDocument(node.path, why)


def _items(shipment: XmlNode | None) -> list[XmlNode]:
    return shipment.all("GovernmentAgencyGoodsItem") if shipment is not None else []


def _read_item(item: XmlNode, at: Places) -> DeclaredItem:
    sequence = at("sequence", item.require("SequenceNumeric"))
    packages = item.all("Packaging", "QuantityQuantity")
    at("packages", packages[0] if packages else None)
    price = item.find("Commodity", "InvoiceLine", "ItemChargeAmount")
    return DeclaredItem(
        sequence=parse_count(sequence.text, sequence),
        description=_text(at("description", item.find("Commodity", "Description"))),
        hs_code=_hs_code(at("hs_code", _commodity_code(item))),
        gross_kg=_mass(at("gross_kg", _measure(item, "GrossMassMeasure"))),
        net_kg=_mass(at("net_kg", _measure(item, "NetNetWeightMeasure"))),
        packages=sum(parse_count(each.text, each) for each in packages),
        origin=_text(at("origin", _origin(item))),
        price=_money(at("price", price)),
        documents=tuple(
            _read_document(each, inner)
            for each, inner in at.each("documents", item.all("AdditionalDocument"))
        ),
    )


def _read_document(node: XmlNode, at: Places) -> DeclaredDocument:
    return DeclaredDocument(
        (node.find_text("CategoryCode") or "") + (node.find_text("TypeCode") or ""),
        _text(at("id", node.find("ID"))) or "",
    )


def _commodity_code(item: XmlNode) -> XmlNode | None:
    """The commodity code proper; additional national codes stand beside it."""
    for code in item.all("Commodity", "Classification"):
        if code.find_text("IdentificationTypeCode") == _COMMODITY_CODE:
            return code.require("ID")
    return None


def _origin(item: XmlNode) -> XmlNode | None:
    """The first country of origin; a preferential one may follow."""
    return next((node for node in item.all("Origin", "CountryCode") if node.text), None)


def _containers(shipment: XmlNode | None) -> list[XmlNode]:
    """As written: swap bodies and air containers are declared here too."""
    if shipment is None:
        return []
    equipment = shipment.all("Consignment", "TransportEquipment", "ID")
    return [each for each in equipment if each.text]


def _in(shipment: XmlNode | None, *names: str) -> XmlNode | None:
    return shipment.find(*names) if shipment is not None else None


def _measure(item: XmlNode, name: str) -> XmlNode | None:
    return item.find("Commodity", "GoodsMeasure", name)


def _text(node: XmlNode | None) -> str | None:
    return (parse_text(node.text, node) or None) if node is not None else None


def _reference(node: XmlNode) -> str:
    return parse_reference(node.text, node)


def _count(node: XmlNode | None) -> int | None:
    return parse_count(node.text, node) if node is not None else None


def _hs_code(node: XmlNode | None) -> HsCode | None:
    return parse_identifier(parse_hs, node.text, node) if node is not None else None


def _mass(node: XmlNode | None) -> Decimal | None:
    return _amount(node) if node is not None else None


def _amount(node: XmlNode) -> Decimal:
    amount = parse_decimal(node.text, node)
    if amount < 0:
        raise MalformedDocument(node.path, f"{amount} is less than nothing")
    return amount


def _money(node: XmlNode | None) -> Money | None:
    if node is None:
        return None
    amount = _amount(node)
    try:
        return Money.from_decimal(amount, node.attributes.get("currencyID", ""))
    except InvalidMoney as error:
        raise MalformedDocument(node.path, str(error)) from error
