"""UBL 2.1 CreditNote, read to the same terms as an invoice.

It lowers a claim: no money rests on it, but it may take the ground from under some. Its amounts
are positive, as the norm has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from entrepot.domain.documents.en16931 import findings
from entrepot.domain.documents.places import Placed, Places
from entrepot.domain.documents.ubl_model import (
    Allowance,
    DocumentReference,
    InvoiceLine,
    InvoiceParty,
    InvoiceTotals,
    Period,
    VatGroup,
    date_of,
    lines_of,
    money_of,
    read_allowances,
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
from entrepot.domain.documents.values import parse_identifier
from entrepot.domain.documents.xml_source import XmlNode
from entrepot.domain.errors import NonconformingDocument, Violation
from entrepot.domain.identifiers import Currency, parse_currency
from entrepot.domain.money import Money

NAMESPACE: Final = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"


@dataclass(frozen=True, slots=True)
class UblCreditNote(Placed):
    """A credit note whose sums hold; `preceding` are the invoices that it lowers."""

    number: str
    issue_date: date
    type_code: str
    currency: Currency
    seller: InvoiceParty
    buyer: InvoiceParty
    order_reference: str | None
    preceding: tuple[DocumentReference, ...]
    lines: tuple[InvoiceLine, ...]
    vat_groups: tuple[VatGroup, ...]
    totals: InvoiceTotals
    payable: Money
    notes: tuple[str, ...]
    period: Period | None
    allowances: tuple[Allowance, ...]
    kind: Literal["ubl-credit-note"] = "ubl-credit-note"
    warnings: tuple[Violation, ...] = ()
    """What it says beyond EN 16931; no reason to refuse it."""


def read_ubl_credit_note(root: XmlNode) -> UblCreditNote:
    """Read a CreditNote element. NonconformingDocument lists every broken rule of EN 16931."""
    refuse_foreign_elements(root)
    found = findings(root)
    errors = tuple(broken for broken in found if broken.severity == "error")
    if errors:
        raise NonconformingDocument("ubl-credit-note", errors)
    at = Places(root)
    currency_node = at("currency", root.require("DocumentCurrencyCode"))
    currency = parse_identifier(parse_currency, currency_node.text, currency_node)
    seller = root.require("AccountingSupplierParty", "Party")
    buyer = root.require("AccountingCustomerParty", "Party")
    payable = at("payable", root.require("LegalMonetaryTotal", "PayableAmount"))
    return UblCreditNote(
        number=reference_of(at("number", root.require("ID"))),
        issue_date=date_of(at("issue_date", root.require("IssueDate"))),
        type_code=at("type_code", root.require("CreditNoteTypeCode")).text,
        currency=currency,
        seller=read_party(seller, at.inside("seller", seller)),
        buyer=read_party(buyer, at.inside("buyer", buyer)),
        order_reference=text_of(at("order_reference", root.find("OrderReference", "ID"))),
        preceding=read_references(
            root.all("BillingReference", "InvoiceDocumentReference"), "preceding", at
        ),
        lines=tuple(
            read_line(line, inner, "CreditedQuantity")
            for line, inner in at.each("lines", lines_of(root, "CreditNoteLine"))
        ),
        vat_groups=tuple(
            read_group(group, inner)
            for group, inner in at.each("vat_groups", vat_groups(root, currency))
        ),
        totals=read_totals(root, currency, at),
        payable=money_of(payable, currency),
        notes=tuple(words_of(note) for note, _ in at.each("notes", root.all("Note"))),
        period=read_period(root.find("InvoicePeriod"), at),
        allowances=read_allowances(root, at),
        warnings=found,  # nothing but warnings is left
        places=at,
    )
