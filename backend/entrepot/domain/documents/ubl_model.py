"""What UBL invoices and credit notes share: the terms of EN 16931, read with their places.

BT and BG numbers are the business terms and groups of EN 16931-1. Amounts keep the decimals they
were written with.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from entrepot.domain.documents.places import Places
from entrepot.domain.documents.values import (
    parse_date,
    parse_decimal,
    parse_identifier,
    parse_reference,
    parse_text,
)
from entrepot.domain.documents.xml_source import XmlNode
from entrepot.domain.errors import InvalidMoney, MalformedDocument
from entrepot.domain.identifiers import (
    Country,
    Currency,
    HsCode,
    Lei,
    parse_country,
    parse_hs,
    parse_lei,
)
from entrepot.domain.money import Money

_COMPONENTS: Final = frozenset(
    {
        "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
        "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    }
)
LEI_SCHEME: Final = "0199"  # ISO 6523 number of the LEI
HS_LIST: Final = "HS"  # UNTDID 7143


@dataclass(frozen=True, slots=True)
class InvoiceParty:
    """Seller or buyer: the name it is registered under and the numbers it gives."""

    name: str
    lei: Lei | None
    vat_id: str | None
    identifiers: tuple[tuple[str, str], ...]
    """(scheme or "", value) of every other identifier."""
    country: Country
    address: tuple[str, ...] = ()
    """Street lines, city, postcode and region, as far as they are written (BG-5, BG-8)."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """An allowance, or a charge, on the document or a line (BG-20, BG-21, BG-27, BG-28)."""

    is_charge: bool
    amount: Decimal
    base: Decimal | None
    percent: Decimal | None
    reason: str | None
    reason_code: str | None
    vat_category: str | None
    vat_rate: Decimal | None


@dataclass(frozen=True, slots=True)
class Period:
    """From and to, both days included; one of them may be open (BG-14, BG-26)."""

    start: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where and when the goods were delivered (BG-13)."""

    date: date | None
    to_name: str | None
    to_location: str | None
    to_country: Country | None


@dataclass(frozen=True, slots=True)
class DocumentReference:
    """Another document by its number, with its date where that is given."""

    number: str
    issued_on: date | None


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line; `price` is the net price of `price_quantity` units."""

    id: str
    description: str
    quantity: Decimal
    unit: str
    price: Decimal
    price_quantity: Decimal
    net: Decimal
    vat_category: str
    vat_rate: Decimal | None
    hs_code: HsCode | None
    origin: Country | None
    note: str | None = None
    details: str | None = None
    """BT-154, the longer description beside the name (BT-153)."""
    order_line: str | None = None
    seller_item_id: str | None = None
    buyer_item_id: str | None = None
    period: Period | None = None
    allowances: tuple[Allowance, ...] = ()


@dataclass(frozen=True, slots=True)
class VatGroup:
    """One VAT category and rate with what it taxes (BT-116) and the tax (BT-117)."""

    category: str
    rate: Decimal | None
    base: Decimal
    tax: Decimal
    exemption_reason: str | None
    exemption_code: str | None = None


@dataclass(frozen=True, slots=True)
class InvoiceTotals:
    """BT-106 to BT-115, in the invoice's currency and with its decimals."""

    lines: Decimal
    allowances: Decimal
    charges: Decimal
    net: Decimal
    vat: Decimal
    gross: Decimal
    prepaid: Decimal
    rounding: Decimal
    payable: Decimal


def refuse_foreign_elements(root: XmlNode) -> None:
    """Names are compared without their namespace, so no other vocabulary may be among them."""
    allowed = _COMPONENTS | {root.namespace}
    for node in root.children:
        if node.name != "UBLExtensions":
            ahead = [node]
            for inner in ahead:  # which grows meanwhile
                if inner.namespace not in allowed:
                    raise MalformedDocument(
                        inner.path, f"its namespace is {inner.namespace[:80]!r}, not UBL's"
                    )
                ahead += inner.children


def read_party(party: XmlNode, at: Places) -> InvoiceParty:
    """The Party element of seller or buyer."""
    nodes = (*party.all("PartyIdentification", "ID"), *party.all("PartyLegalEntity", "CompanyID"))
    by_scheme = [(node.attributes.get("schemeID", ""), node) for node in nodes if node.text]
    leis = [node for scheme, node in by_scheme if scheme == LEI_SCHEME]
    lei = at("lei", leis[0] if leis else None)
    vat_id = at("vat_id", _vat_id(party))
    address = at("address", party.require("PostalAddress"))
    country = at("country", address.require("Country", "IdentificationCode"))
    return InvoiceParty(
        name=words_of(at("name", party.require("PartyLegalEntity", "RegistrationName"))),
        lei=parse_identifier(parse_lei, lei.text, lei) if lei is not None else None,
        vat_id=text_of(vat_id),
        identifiers=tuple(
            (scheme, node.text) for scheme, node in by_scheme if scheme != LEI_SCHEME
        ),
        country=parse_identifier(parse_country, country.text, country),
        address=tuple(
            node.text
            for node in (*address.children, *address.all("AddressLine", "Line"))
            if node.text and node.name != "Country"
        ),
    )


def _vat_id(party: XmlNode) -> XmlNode | None:
    for scheme in party.all("PartyTaxScheme"):
        if scheme.find_text("TaxScheme", "ID") == "VAT":
            return scheme.find("CompanyID")
    return None


def lines_of(root: XmlNode, name: str) -> list[XmlNode]:
    """The lines; MalformedDocument if two have one id, for others refer to them by it."""
    lines = root.all(name)
    seen: set[str] = set()
    for line in lines:
        node = line.require("ID")
        if node.text in seen:
            raise MalformedDocument(node.path, "another line has the same id")
        seen.add(node.text)
    return lines


def read_line(line: XmlNode, at: Places, quantity_name: str) -> InvoiceLine:
    """An InvoiceLine or CreditNoteLine; `quantity_name` is how it calls its quantity."""
    quantity = at("quantity", line.require(quantity_name))
    at("unit", quantity)
    item = line.require("Item")
    category = item.require("ClassifiedTaxCategory")
    codes = item.all("CommodityClassification", "ItemClassificationCode")
    hs = at("hs_code", next((c for c in codes if c.attributes.get("listID") == HS_LIST), None))
    origin = at("origin", item.find("OriginCountry", "IdentificationCode"))
    base = at("price_quantity", line.find("Price", "BaseQuantity"))
    return InvoiceLine(
        id=words_of(at("id", line.require("ID"))),
        description=words_of(at("description", item.require("Name"))),
        quantity=decimal_of(quantity),
        unit=quantity.attributes.get("unitCode", ""),
        price=decimal_of(at("price", line.require("Price", "PriceAmount"))),
        price_quantity=decimal_of(base) if base is not None else Decimal(1),
        net=decimal_of(at("net", line.require("LineExtensionAmount"))),
        vat_category=at("vat_category", category.require("ID")).text,
        vat_rate=optional_decimal(at("vat_rate", category.find("Percent"))),
        hs_code=parse_identifier(parse_hs, hs.text, hs) if hs is not None else None,
        origin=_country(origin),
        note=text_of(at("note", line.find("Note"))),
        details=text_of(at("details", item.find("Description"))),
        order_line=text_of(at("order_line", line.find("OrderLineReference", "LineID"))),
        seller_item_id=text_of(at("seller_item_id", item.find("SellersItemIdentification", "ID"))),
        buyer_item_id=text_of(at("buyer_item_id", item.find("BuyersItemIdentification", "ID"))),
        period=read_period(line.find("InvoicePeriod"), at),
        allowances=read_allowances(line, at),
    )


def read_allowances(parent: XmlNode, at: Places) -> tuple[Allowance, ...]:
    """Its allowances and charges, in their order."""
    nodes = at.each("allowances", parent.all("AllowanceCharge"))
    return tuple(_read_allowance(node, inner) for node, inner in nodes)


def _read_allowance(node: XmlNode, at: Places) -> Allowance:
    indicator = at("is_charge", node.require("ChargeIndicator"))
    if indicator.text not in {"true", "false", "1", "0"}:
        raise MalformedDocument(indicator.path, f"{indicator.text[:20]!r} is not true or false")
    return Allowance(
        is_charge=indicator.text in {"true", "1"},
        amount=decimal_of(at("amount", node.require("Amount"))),
        base=optional_decimal(at("base", node.find("BaseAmount"))),
        percent=optional_decimal(at("percent", node.find("MultiplierFactorNumeric"))),
        reason=text_of(at("reason", node.find("AllowanceChargeReason"))),
        reason_code=text_of(at("reason_code", node.find("AllowanceChargeReasonCode"))),
        vat_category=text_of(at("vat_category", node.find("TaxCategory", "ID"))),
        vat_rate=optional_decimal(at("vat_rate", node.find("TaxCategory", "Percent"))),
    )


def read_period(node: XmlNode | None, at: Places) -> Period | None:
    """A period, which ends no earlier than it starts."""
    if node is None:
        return None
    inner = at.inside("period", node)
    start, end = inner("start", node.find("StartDate")), inner("end", node.find("EndDate"))
    return Period(optional_date(start), optional_date(end))


def read_delivery(node: XmlNode | None, at: Places) -> Delivery | None:
    """The Delivery element of the document."""
    if node is None:
        return None
    at = at.inside("delivery", node)
    place = ("DeliveryLocation",)
    country = at("to_country", node.find(*place, "Address", "Country", "IdentificationCode"))
    return Delivery(
        date=optional_date(at("date", node.find("ActualDeliveryDate"))),
        to_name=text_of(at("to_name", node.find("DeliveryParty", "PartyName", "Name"))),
        to_location=text_of(at("to_location", node.find(*place, "ID"))),
        to_country=_country(country),
    )


def read_references(nodes: list[XmlNode], name: str, at: Places) -> tuple[DocumentReference, ...]:
    """Documents that are referred to by number, and maybe date."""
    return tuple(
        DocumentReference(
            words_of(inner("number", node.require("ID"))),
            optional_date(inner("issued_on", node.find("IssueDate"))),
        )
        for node, inner in at.each(name, nodes)
    )


def vat_groups(root: XmlNode, currency: Currency) -> list[XmlNode]:
    """The breakdown in the invoice's currency; a second total may be there for the tax office."""
    return [
        group
        for total in root.all("TaxTotal")
        if total.require("TaxAmount").attributes.get("currencyID") == currency
        for group in total.all("TaxSubtotal")
    ]


def read_group(group: XmlNode, at: Places) -> VatGroup:
    """A TaxSubtotal element (BG-23)."""
    category = group.require("TaxCategory")
    return VatGroup(
        category=at("category", category.require("ID")).text,
        rate=optional_decimal(at("rate", category.find("Percent"))),
        base=decimal_of(at("base", group.require("TaxableAmount"))),
        tax=decimal_of(at("tax", group.require("TaxAmount"))),
        exemption_reason=text_of(at("exemption_reason", category.find("TaxExemptionReason"))),
        exemption_code=text_of(at("exemption_code", category.find("TaxExemptionReasonCode"))),
    )


def read_totals(root: XmlNode, currency: Currency, at: Places) -> InvoiceTotals:
    """LegalMonetaryTotal and the VAT in `currency` (BG-22); it must have that VAT."""
    total = root.require("LegalMonetaryTotal")
    at = at.inside("totals", total)
    vat = [
        a for a in root.all("TaxTotal", "TaxAmount") if a.attributes.get("currencyID") == currency
    ]
    if not vat:
        raise MalformedDocument(f"{root.path}/TaxTotal", f"there is no total of VAT in {currency}")
    return InvoiceTotals(
        lines=decimal_of(at("lines", total.require("LineExtensionAmount"))),
        allowances=_or_zero(at("allowances", total.find("AllowanceTotalAmount"))),
        charges=_or_zero(at("charges", total.find("ChargeTotalAmount"))),
        net=decimal_of(at("net", total.require("TaxExclusiveAmount"))),
        vat=decimal_of(at("vat", vat[0])),
        gross=decimal_of(at("gross", total.require("TaxInclusiveAmount"))),
        prepaid=_or_zero(at("prepaid", total.find("PrepaidAmount"))),
        rounding=_or_zero(at("rounding", total.find("PayableRoundingAmount"))),
        payable=decimal_of(at("payable", total.require("PayableAmount"))),
    )


def money_of(node: XmlNode, currency: Currency) -> Money:
    """An amount as `Money`; MalformedDocument if the currency has no such fraction."""
    try:
        return Money.from_decimal(decimal_of(node), currency)
    except InvalidMoney as error:
        raise MalformedDocument(node.path, str(error)) from error


def date_of(node: XmlNode) -> date:
    return parse_date(node.text, node)


def optional_date(node: XmlNode | None) -> date | None:
    return date_of(node) if node is not None and node.text else None


def decimal_of(node: XmlNode) -> Decimal:
    return parse_decimal(node.text, node)


def optional_decimal(node: XmlNode | None) -> Decimal | None:
    return decimal_of(node) if node is not None and node.text else None


def reference_of(node: XmlNode) -> str:
    return parse_reference(node.text, node)


def words_of(node: XmlNode) -> str:
    return parse_text(node.text, node)


def text_of(node: XmlNode | None) -> str | None:
    return (words_of(node) or None) if node is not None else None


def _or_zero(node: XmlNode | None) -> Decimal:
    return optional_decimal(node) or Decimal(0)


def _country(node: XmlNode | None) -> Country | None:
    return parse_identifier(parse_country, node.text, node) if node is not None else None
