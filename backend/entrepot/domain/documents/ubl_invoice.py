"""UBL 2.1 Invoice, read to the terms of EN 16931 that the other parts need.

BT numbers in the comments are the business terms of EN 16931-1. Invoice amounts keep the decimals
they were written with; only what is to be paid becomes `Money`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from entrepot.domain.documents.en16931 import findings
from entrepot.domain.documents.places import Placed, Places
from entrepot.domain.documents.ubl_model import Allowance as Allowance
from entrepot.domain.documents.ubl_model import (
    Delivery,
    DocumentReference,
    Period,
    date_of,
    lines_of,
    money_of,
    optional_date,
    read_allowances,
    read_delivery,
    read_group,
    read_line,
    read_party,
    read_period,
    read_references,
    read_totals,
    reference_of,
    refuse_foreign_elements,
    text_of,
    vat_groups,
    words_of,
)
from entrepot.domain.documents.ubl_model import InvoiceLine as InvoiceLine
from entrepot.domain.documents.ubl_model import InvoiceParty as InvoiceParty
from entrepot.domain.documents.ubl_model import InvoiceTotals as InvoiceTotals
from entrepot.domain.documents.ubl_model import VatGroup as VatGroup
from entrepot.domain.documents.values import parse_identifier
from entrepot.domain.documents.xml_source import XmlNode
from entrepot.domain.errors import NonconformingDocument, Violation
from entrepot.domain.identifiers import Currency, parse_currency
from entrepot.domain.money import Money

NAMESPACE: Final = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"


@dataclass(frozen=True, slots=True)
class UblInvoice(Placed):
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
    notes: tuple[str, ...] = ()
    buyer_reference: str | None = None
    contract_reference: str | None = None
    sales_order_reference: str | None = None
    despatch_reference: str | None = None
    receipt_reference: str | None = None
    preceding: tuple[DocumentReference, ...] = ()
    """Invoices that this one corrects or follows (BG-3)."""
    attachments: tuple[DocumentReference, ...] = ()
    """Supporting documents that it names (BG-24)."""
    period: Period | None = None
    delivery: Delivery | None = None
    delivery_terms: str | None = None
    """Rule and place as written (UBL's DeliveryTerms, not in EN 16931): "CIF"."""
    payment_terms: str | None = None
    allowances: tuple[Allowance, ...] = ()


def read_ubl_invoice(root: XmlNode) -> UblInvoice:
    """Read an Invoice element. NonconformingDocument lists every broken rule of EN 16931."""
    refuse_foreign_elements(root)
    found = findings(root)
    errors = tuple(broken for broken in found if broken.severity == "error")
    if errors:
        raise NonconformingDocument("ubl-invoice", errors)
    at = Places(root)
    currency_node = at("currency", root.require("DocumentCurrencyCode"))
    currency = parse_identifier(parse_currency, currency_node.text, currency_node)
    seller = root.require("AccountingSupplierParty", "Party")
    buyer = root.require("AccountingCustomerParty", "Party")
    payable = at("payable", root.require("LegalMonetaryTotal", "PayableAmount"))
    return UblInvoice(
        number=reference_of(at("number", root.require("ID"))),
        issue_date=date_of(at("issue_date", root.require("IssueDate"))),
        due_date=optional_date(at("due_date", root.find("DueDate"))),
        type_code=at("type_code", root.require("InvoiceTypeCode")).text,
        currency=currency,
        seller=read_party(seller, at.inside("seller", seller)),
        buyer=read_party(buyer, at.inside("buyer", buyer)),
        order_reference=text_of(at("order_reference", root.find("OrderReference", "ID"))),
        lines=tuple(
            read_line(line, inner, "InvoicedQuantity")
            for line, inner in at.each("lines", lines_of(root, "InvoiceLine"))
        ),
        vat_groups=tuple(
            read_group(group, inner)
            for group, inner in at.each("vat_groups", vat_groups(root, currency))
        ),
        totals=read_totals(root, currency, at),
        payable=money_of(payable, currency),
        notes=tuple(words_of(note) for note, _ in at.each("notes", root.all("Note"))),
        preceding=read_references(
            root.all("BillingReference", "InvoiceDocumentReference"), "preceding", at
        ),
        attachments=read_references(root.all("AdditionalDocumentReference"), "attachments", at),
        period=read_period(root.find("InvoicePeriod"), at),
        delivery=read_delivery(_first(root.all("Delivery")), at),
        allowances=read_allowances(root, at),
        buyer_reference=text_of(at("buyer_reference", root.find("BuyerReference"))),
        contract_reference=_number(root, at, "contract_reference", "ContractDocumentReference"),
        despatch_reference=_number(root, at, "despatch_reference", "DespatchDocumentReference"),
        receipt_reference=_number(root, at, "receipt_reference", "ReceiptDocumentReference"),
        delivery_terms=_number(root, at, "delivery_terms", "DeliveryTerms"),
        sales_order_reference=text_of(
            at("sales_order_reference", root.find("OrderReference", "SalesOrderID"))
        ),
        payment_terms=text_of(at("payment_terms", _first(root.all("PaymentTerms", "Note")))),
        warnings=found,  # nothing but warnings is left
        places=at,
    )


def _number(root: XmlNode, at: Places, name: str, element: str) -> str | None:
    return text_of(at(name, root.find(element, "ID")))


def _first(nodes: list[XmlNode]) -> XmlNode | None:
    return nodes[0] if nodes else None
