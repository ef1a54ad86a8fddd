"""UBL 2.1 Invoice, read to the terms of EN 16931 that financing depends on.

BT numbers in the comments are the business terms of EN 16931-1. Invoice amounts keep the decimals
they were written with; only what is to be paid becomes `Money`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from entrepot.domain.documents.en16931 import findings
from entrepot.domain.documents.en16931.source import number
from entrepot.domain.documents.values import parse_date, parse_decimal, parse_identifier
from entrepot.domain.documents.xml_source import XmlNode
from entrepot.domain.errors import (
    InvalidMoney,
    MalformedDocument,
    NonconformingDocument,
    Violation,
)
from entrepot.domain.identifiers import (
    Country,
    Currency,
    HsCode,
    Lei,
    parse_country,
    parse_currency,
    parse_hs,
    parse_lei,
)
from entrepot.domain.money import Money

NAMESPACE: Final = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
_NAMESPACES: Final = frozenset(
    {
        NAMESPACE,
        "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
        "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    }
)
_LEI_SCHEME: Final = "0199"  # ISO 6523 number of the LEI
_HS_LIST: Final = "HS"  # UNTDID 7143


@dataclass(frozen=True, slots=True)
class InvoiceParty:
    """Seller or buyer: the name it is registered under and the numbers it gives."""

    name: str
    lei: Lei | None
    vat_id: str | None
    identifiers: tuple[tuple[str, str], ...]
    """(scheme or "", value) of every other identifier."""
    country: Country


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


@dataclass(frozen=True, slots=True)
class VatGroup:
    """One VAT category and rate with what it taxes (BT-116) and the tax (BT-117)."""

    category: str
    rate: Decimal | None
    base: Decimal
    tax: Decimal
    exemption_reason: str | None


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


@dataclass(frozen=True, slots=True)
class UblInvoice:
    """An invoice whose sums hold."""

    number: str
    issue_date: date
    due_date: date | None
    type_code: str
    currency: Currency
    seller: InvoiceParty
    buyer: InvoiceParty
    order_reference: str | None
    lines: tuple[InvoiceLine, ...]
    vat_groups: tuple[VatGroup, ...]
    totals: InvoiceTotals
    payable: Money
    warnings: tuple[Violation, ...] = ()
    """What it says beyond EN 16931; no reason to refuse it."""
    kind: Literal["ubl-invoice"] = "ubl-invoice"


def read_ubl_invoice(root: XmlNode) -> UblInvoice:
    """Read an Invoice element. NonconformingDocument lists every broken rule of EN 16931."""
    _refuse_foreign_elements(root)
    found = findings(root)
    errors = tuple(broken for broken in found if broken.severity == "error")
    if errors:
        raise NonconformingDocument("ubl-invoice", errors)
    currency_node = root.require("DocumentCurrencyCode")
    currency = parse_identifier(parse_currency, currency_node.text, currency_node.path)
    totals = _read_totals(root, currency)
    return UblInvoice(
        number=root.require("ID").text,
        issue_date=_date(root.require("IssueDate")),
        due_date=_date(due) if (due := root.find("DueDate")) is not None else None,
        type_code=root.require("InvoiceTypeCode").text,
        currency=currency,
        seller=_read_party(root.require("AccountingSupplierParty", "Party")),
        buyer=_read_party(root.require("AccountingCustomerParty", "Party")),
        order_reference=root.find_text("OrderReference", "ID"),
        lines=tuple(_read_line(line) for line in root.all("InvoiceLine")),
        vat_groups=tuple(_read_group(group) for group in _vat_groups(root, currency)),
        totals=totals,
        payable=_payable(root, totals, currency),
        warnings=found,  # nothing but warnings is left
    )


def _refuse_foreign_elements(root: XmlNode) -> None:
    """Names are compared without their namespace, so no other vocabulary may be among them."""
    for node in root.children:
        if node.name != "UBLExtensions":
            for inner in node.walk():
                if inner.namespace not in _NAMESPACES:
                    raise MalformedDocument(
                        inner.path, f"its namespace is {inner.namespace[:80]!r}, not UBL's"
                    )


def _read_party(party: XmlNode) -> InvoiceParty:
    nodes = (*party.all("PartyIdentification", "ID"), *party.all("PartyLegalEntity", "CompanyID"))
    by_scheme = [(node.attributes.get("schemeID", ""), node) for node in nodes if node.text]
    leis = [node for scheme, node in by_scheme if scheme == _LEI_SCHEME]
    country = party.require("PostalAddress", "Country", "IdentificationCode")
    return InvoiceParty(
        name=party.require("PartyLegalEntity", "RegistrationName").text,
        lei=parse_identifier(parse_lei, leis[0].text, leis[0].path) if leis else None,
        vat_id=_vat_id(party),
        identifiers=tuple(
            (scheme, node.text) for scheme, node in by_scheme if scheme != _LEI_SCHEME
        ),
        country=parse_identifier(parse_country, country.text, country.path),
    )


def _vat_id(party: XmlNode) -> str | None:
    for scheme in party.all("PartyTaxScheme"):
        if scheme.find_text("TaxScheme", "ID") == "VAT":
            return scheme.find_text("CompanyID")
    return None


def _read_line(line: XmlNode) -> InvoiceLine:
    quantity = line.require("InvoicedQuantity")
    category = line.require("Item", "ClassifiedTaxCategory")
    base = line.find("Price", "BaseQuantity")
    codes = line.all("Item", "CommodityClassification", "ItemClassificationCode")
    hs = [code for code in codes if code.attributes.get("listID") == _HS_LIST]
    origin = line.find("Item", "OriginCountry", "IdentificationCode")
    return InvoiceLine(
        id=line.require("ID").text,
        description=line.require("Item", "Name").text,
        quantity=_decimal(quantity),
        unit=quantity.attributes["unitCode"],
        price=_decimal(line.require("Price", "PriceAmount")),
        price_quantity=_decimal(base) if base is not None else Decimal(1),
        net=_decimal(line.require("LineExtensionAmount")),
        vat_category=category.require("ID").text,
        vat_rate=_optional(category, "Percent"),
        hs_code=parse_identifier(parse_hs, hs[0].text, hs[0].path) if hs else None,
        origin=parse_identifier(parse_country, origin.text, origin.path)
        if origin is not None
        else None,
    )


def _vat_groups(root: XmlNode, currency: Currency) -> list[XmlNode]:
    """The breakdown in the invoice's currency; a second total may be there for the tax office."""
    return [
        group
        for total in root.all("TaxTotal")
        if total.require("TaxAmount").attributes.get("currencyID") == currency
        for group in total.all("TaxSubtotal")
    ]


def _read_group(group: XmlNode) -> VatGroup:
    category = group.require("TaxCategory")
    return VatGroup(
        category=category.require("ID").text,
        rate=_optional(category, "Percent"),
        base=_decimal(group.require("TaxableAmount")),
        tax=_decimal(group.require("TaxAmount")),
        exemption_reason=category.find_text("TaxExemptionReason"),
    )


def _read_totals(root: XmlNode, currency: Currency) -> InvoiceTotals:
    total = root.require("LegalMonetaryTotal")
    vat = [
        a for a in root.all("TaxTotal", "TaxAmount") if a.attributes.get("currencyID") == currency
    ]
    return InvoiceTotals(
        lines=_decimal(total.require("LineExtensionAmount")),
        allowances=_optional(total, "AllowanceTotalAmount") or Decimal(0),
        charges=_optional(total, "ChargeTotalAmount") or Decimal(0),
        net=_decimal(total.require("TaxExclusiveAmount")),
        vat=_decimal(vat[0]),
        gross=_decimal(total.require("TaxInclusiveAmount")),
        prepaid=_optional(total, "PrepaidAmount") or Decimal(0),
        rounding=_optional(total, "PayableRoundingAmount") or Decimal(0),
        payable=_decimal(total.require("PayableAmount")),
    )


def _payable(root: XmlNode, totals: InvoiceTotals, currency: Currency) -> Money:
    try:
        return Money.from_decimal(totals.payable, currency)
    except InvalidMoney as error:
        raise MalformedDocument(
            root.require("LegalMonetaryTotal", "PayableAmount").path, str(error)
        ) from error


def _date(node: XmlNode) -> date:
    return parse_date(node.text, node.path)


def _decimal(node: XmlNode) -> Decimal:
    found = number(node)  # works the node's path out only if it has to be told
    return parse_decimal("", node.path) if found is None else found


def _optional(node: XmlNode, name: str) -> Decimal | None:
    found = node.find(name)
    return _decimal(found) if found is not None and found.text else None
