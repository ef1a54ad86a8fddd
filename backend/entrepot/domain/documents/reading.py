"""The way in: bytes of unknown origin to one of the documents the business knows.

The kind is found in the content, never taken from a file's name or a header.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, cast, get_args

from entrepot.domain.documents import (
    certificate_of_origin,
    insurance_certificate,
    packing_list,
    pdf_attachment,
    purchase_order,
    ubl_credit_note,
    ubl_order,
)
from entrepot.domain.documents.certificate_of_origin import (
    CertificateOfOrigin,
    read_certificate_of_origin,
)
from entrepot.domain.documents.dcsa_events import (
    DcsaEvents,
    looks_like_events,
    read_dcsa_events,
)
from entrepot.domain.documents.dcsa_transport_document import (
    TransportDocument,
    read_dcsa_transport_document,
)
from entrepot.domain.documents.edifact_cusres import read_cusres
from entrepot.domain.documents.edifact_source import looks_like_edifact, parse_message
from entrepot.domain.documents.epcis_events import EpcisEvents, read_epcis_events
from entrepot.domain.documents.insurance_certificate import (
    InsuranceCertificate,
    read_insurance_certificate,
)
from entrepot.domain.documents.json_source import JsonNode, parse_json
from entrepot.domain.documents.packing_list import PackingList, read_packing_list
from entrepot.domain.documents.pdf_attachment import PdfAttachment, read_pdf
from entrepot.domain.documents.purchase_order import PurchaseOrder, read_purchase_order
from entrepot.domain.documents.ubl_credit_note import UblCreditNote, read_ubl_credit_note
from entrepot.domain.documents.ubl_invoice import NAMESPACE as UBL_INVOICE_NAMESPACE
from entrepot.domain.documents.ubl_invoice import UblInvoice, read_ubl_invoice
from entrepot.domain.documents.ubl_order import read_ubl_order
from entrepot.domain.documents.wco_declaration import WcoDeclaration, read_wco_declaration
from entrepot.domain.documents.wco_metadata import find_subject
from entrepot.domain.documents.wco_response import WcoResponse, read_wco_response
from entrepot.domain.documents.xml_source import XmlNode, parse_xml
from entrepot.domain.errors import (
    MalformedDocument,
    OversizedDocument,
    UnknownDocument,
)

BYTES_MAX: Final = 8 * 1024 * 1024

Document: TypeAlias = (
    UblInvoice
    | UblCreditNote
    | TransportDocument
    | DcsaEvents
    | EpcisEvents
    | WcoDeclaration
    | WcoResponse
    | PurchaseOrder
    | PackingList
    | InsuranceCertificate
    | CertificateOfOrigin
    | PdfAttachment
)
DocumentKind: TypeAlias = Literal[
    "ubl-invoice",
    "ubl-credit-note",
    "dcsa-transport-document",
    "dcsa-events",
    "wco-declaration",
    "wco-response",
    "edifact-cusres",
    "epcis-events",
    "purchase-order",
    "packing-list",
    "insurance-certificate",
    "certificate-of-origin",
    "pdf",
]
DOCUMENT_KINDS: Final[tuple[DocumentKind, ...]] = get_args(DocumentKind)

_Reading: TypeAlias = tuple[DocumentKind, Callable[[], Document]]

_CONTAINERS: Final = {
    b"PK\x03\x04": "a zip archive (or an office document, which is one)",
    b"PK\x05\x06": "an empty zip archive",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a rar archive",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xd0\xcf\x11\xe0": "an old office document",
}
_UTF_16_MARKS: Final = (
    b"\xff\xfe",
    b"\xfe\xff",
    *(mark + b"\x00" for mark in (b"<", b"{", b"[")),
    *(b"\x00" + mark for mark in (b"<", b"{", b"[", b"\x00")),
)
_XML_MARK: Final = b"<"
_JSON_MARKS: Final = (b"{", b"[")
_JSON_READERS: Final[Mapping[str, Callable[[JsonNode], Document]]] = MappingProxyType(
    {
        purchase_order.DOCUMENT_TYPE: read_purchase_order,
        packing_list.DOCUMENT_TYPE: read_packing_list,
        insurance_certificate.DOCUMENT_TYPE: read_insurance_certificate,
        certificate_of_origin.DOCUMENT_TYPE: read_certificate_of_origin,
    }
)


def read(data: bytes) -> Document:
    """Detect the kind and read. Raises one of InvalidInput's children, which says where and why."""
    _, finish = _detect(data)
    return finish()


def read_as(kind: DocumentKind, data: bytes) -> Document:
    """Read a document that must be of one kind; UnknownDocument names the kind it has instead."""
    found, finish = _detect(data)
    if found != kind:
        raise UnknownDocument(f"this is a {found}, not a {kind}")
    return finish()


def detect(data: bytes) -> DocumentKind:
    """The kind by content alone; the rest of the document may still be wrong."""
    return _detect(data)[0]


def _detect(data: bytes) -> _Reading:
    if len(data) > BYTES_MAX:
        raise OversizedDocument("bytes", BYTES_MAX)
    if data.startswith(_UTF_16_MARKS):
        raise MalformedDocument("byte 0", "it is UTF-16 or UTF-32", "save it as UTF-8")
    start = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(_XML_MARK):
        return _detect_xml(parse_xml(data))
    if start.startswith(_JSON_MARKS):
        return _detect_json(parse_json(data))
    if looks_like_edifact(start):
        segments = parse_message(data)
        return "edifact-cusres", lambda: read_cusres(segments)
    if start.startswith(pdf_attachment.MARK):
        return "pdf", lambda: read_pdf(data)
    raise _unknown(data)


def _unknown(data: bytes) -> UnknownDocument:
    """Says what it is, where that is plain to see; nothing is unpacked or guessed."""
    for mark, what in _CONTAINERS.items():
        if data.startswith(mark):
            return UnknownDocument(f"it is {what}; send the document itself, unpacked")
    return UnknownDocument("it is neither XML nor JSON in UTF-8, nor UN/EDIFACT, nor PDF")


def _detect_xml(root: XmlNode) -> _Reading:
    if (root.namespace, root.name) == (UBL_INVOICE_NAMESPACE, "Invoice"):
        return "ubl-invoice", lambda: read_ubl_invoice(root)
    if (root.namespace, root.name) == (ubl_credit_note.NAMESPACE, "CreditNote"):
        return "ubl-credit-note", lambda: read_ubl_credit_note(root)
    if (root.namespace, root.name) == (ubl_order.NAMESPACE, "Order"):
        return "purchase-order", lambda: read_ubl_order(root)
    subject = find_subject(root)
    if subject is None:
        raise UnknownDocument(f"no reader knows the element {root.name[:80]!r}")
    if subject.name == "Response":
        return "wco-response", lambda: read_wco_response(subject)
    return "wco-declaration", lambda: read_wco_declaration(subject)


def _detect_json(root: JsonNode) -> _Reading:
    if looks_like_events(root):
        return "dcsa-events", lambda: read_dcsa_events(root)
    own = root.find("documentType")
    if own is not None:
        kind = own.code(_JSON_READERS)
        return cast("DocumentKind", kind), lambda: _JSON_READERS[kind](root)
    if root.find("transportDocumentReference") is not None:
        return "dcsa-transport-document", lambda: read_dcsa_transport_document(root)
    if root.find("epcisBody") is not None:
        return "epcis-events", lambda: read_epcis_events(root)
    raise UnknownDocument("no reader knows this JSON: name its documentType")
