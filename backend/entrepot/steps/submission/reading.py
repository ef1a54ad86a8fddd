"""What a file says of itself, in the few words that submission needs of every kind of paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final

from entrepot.domain.documents import pdf_attachment, reading
from entrepot.domain.documents.certificate_of_origin import CertificateOfOrigin
from entrepot.domain.documents.dcsa_transport_document import TransportDocument
from entrepot.domain.documents.facts import KIND_OF_DOCUMENT
from entrepot.domain.documents.insurance_certificate import InsuranceCertificate
from entrepot.domain.documents.json_source import parse_json
from entrepot.domain.documents.packing_list import PackingList
from entrepot.domain.documents.purchase_order import PurchaseOrder
from entrepot.domain.documents.ubl_credit_note import UblCreditNote
from entrepot.domain.documents.ubl_invoice import UblInvoice
from entrepot.domain.documents.wco_declaration import WcoDeclaration
from entrepot.domain.documents.xml_source import parse_xml
from entrepot.domain.errors import UnknownDocument
from entrepot.kit.clock import to_unix
from entrepot.kit.hashing import sha256

DECLARATIONS: Final = ("EXPORT_DECLARATION", "IMPORT_DECLARATION")
ALSO_AS_PDF: Final = frozenset({"INSURANCE_CERTIFICATE", "CERTIFICATE_OF_ORIGIN"})
"""Kinds with a format that is read, which still come as a PDF from most who issue them."""
READ_KINDS: Final = frozenset(KIND_OF_DOCUMENT.values()) - ALSO_AS_PDF
"""Kinds of evidence that only a document of their own standard can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """document: as its reader has it; None for a paper that nothing here reads.

    issuer: LEI of whose number `reference` is, "" when the paper does not say. dated: unix seconds,
    None when it does not say.
    """

    document: reading.Document | None
    format: str
    reference: str
    issuer: str
    dated: int | None
    summary: dict[str, Any]


def read(kind: str, content: bytes) -> Read:
    """Reads a paper that is sent as `kind`; InvalidInput when it is no such paper."""
    if kind in READ_KINDS or kind in DECLARATIONS:
        return _described(kind, reading.read(content))
    form = _format_of(content)
    if kind in ALSO_AS_PDF and form != "pdf":
        return _described(kind, reading.read(content))
    return Read(
        document=None,
        format=form,
        reference=sha256(content).hex()[:16],
        issuer="",
        dated=None,
        summary={},
    )


def at_midnight(day: date | None) -> int | None:
    """Unix seconds of 00:00 UTC of the day."""
    return None if day is None else to_unix(datetime.combine(day, time(), UTC))


def _described(kind: str, document: reading.Document) -> Read:
    match document:
        case UblInvoice() if kind == "INVOICE":
            summary = {
                "amount_minor": str(document.payable.amount_minor),
                "currency": document.currency,
                "due_date": document.due_date.isoformat() if document.due_date else None,
            }
            issuer, dated = document.seller.lei or "", document.issue_date
            return _read(document, document.number, issuer, dated, summary)
        case PurchaseOrder() if kind == "PURCHASE_ORDER":
            summary = {
                "amount_minor": str(document.total.amount_minor),
                "currency": document.total.currency,
            }
            buyer = document.buyer.lei
            return _read(document, document.number, buyer, document.issued_on, summary)
        case PackingList() if kind == "PACKING_LIST":
            summary = {"packages": document.packages, "gross_kg": str(document.gross_kg)}
            seller = document.seller.lei
            return _read(document, document.number, seller, document.issued_on, summary)
        case UblCreditNote() if kind == "CREDIT_NOTE":
            summary = {
                "amount_minor": str(document.payable.amount_minor),
                "currency": document.currency,
                "invoices": [each.number for each in document.preceding],
            }
            issuer = document.seller.lei or ""
            return _read(document, document.number, issuer, document.issue_date, summary)
        case InsuranceCertificate() if kind == "INSURANCE_CERTIFICATE":
            summary = {
                "amount_minor": str(document.amount.amount_minor),
                "currency": document.amount.currency,
            }
            insurer = document.insurer.lei
            return _read(document, document.number, insurer, document.issued_on, summary)
        case CertificateOfOrigin() if kind == "CERTIFICATE_OF_ORIGIN":
            summary = {"origins": sorted({row.origin for row in document.goods})}
            issuer = document.issuer.lei or ""
            return _read(document, document.number, issuer, document.issued_on, summary)
        case TransportDocument() if kind == "TRANSPORT_DOCUMENT":
            return described_bill(document)
        case WcoDeclaration() if kind in DECLARATIONS:
            summary = {"type_code": document.type_code, "items": len(document.items)}
            return _read(document, document.reference, "", None, summary)
        case _:
            raise UnknownDocument(f"this is a {document.kind}, which cannot be sent as {kind}")


def described_bill(bill: TransportDocument) -> Read:
    """A bill of lading in the same few words; its number is its carrier's."""
    summary = {
        "port_of_loading": bill.port_of_loading,
        "port_of_discharge": bill.port_of_discharge,
        "containers": [each.container for each in bill.equipment],
        "gross_kg": str(bill.gross_kg),
        "packages": bill.packages,
    }
    dated = bill.issued_on or bill.shipped_on_board_on
    return _read(bill, bill.reference, bill.carrier_code, dated, summary)


def _read(
    document: reading.Document,
    reference: str,
    issuer: str,
    dated: date | None,
    summary: dict[str, Any],
) -> Read:
    return Read(
        document=document,
        format=document.kind,
        reference=reference,
        issuer=issuer,
        dated=at_midnight(dated),
        summary=summary,
    )


def _format_of(content: bytes) -> str:
    """By the content alone; what is XML, JSON or PDF must be sound."""
    start = content[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        parse_xml(content)
        return "xml"
    if start.startswith((b"{", b"[")):
        parse_json(content)
        return "json"
    if start.startswith(pdf_attachment.MARK):
        return pdf_attachment.read_pdf(content).kind
    reading.detect(content)  # says what it is instead
    raise UnknownDocument("it is neither PDF nor XML nor JSON in UTF-8")
