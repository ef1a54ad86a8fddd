"""The way in: bytes of unknown origin to one of the documents the business knows.

The kind is found in the content, never taken from a file's name or a header.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, cast, get_args

from entrepot.domain.documents import packing_list, purchase_order
from entrepot.domain.documents.dcsa_events import DcsaEvents, read_dcsa_events
from entrepot.domain.documents.dcsa_transport_document import (
    TransportDocument,
    read_dcsa_transport_document,
)
from entrepot.domain.documents.json_source import JsonNode, parse_json
from entrepot.domain.documents.packing_list import PackingList, read_packing_list
from entrepot.domain.documents.purchase_order import PurchaseOrder, read_purchase_order
from entrepot.domain.documents.ubl_invoice import NAMESPACE as UBL_INVOICE_NAMESPACE
from entrepot.domain.documents.ubl_invoice import UblInvoice, read_ubl_invoice
from entrepot.domain.documents.wco_declaration import WcoDeclaration, read_wco_declaration
from entrepot.domain.documents.wco_metadata import find_subject
from entrepot.domain.documents.wco_response import WcoResponse, read_wco_response
from entrepot.domain.documents.xml_source import XmlNode, parse_xml
from entrepot.domain.errors import OversizedDocument, UnknownDocument

BYTES_MAX: Final = 8 * 1024 * 1024

Document: TypeAlias = (
    UblInvoice
    | TransportDocument
    | DcsaEvents
    | WcoDeclaration
    | WcoResponse
    | PurchaseOrder
    | PackingList
)
DocumentKind: TypeAlias = Literal[
    "ubl-invoice",
    "dcsa-transport-document",
    "dcsa-events",
    "wco-declaration",
    "wco-response",
    "purchase-order",
    "packing-list",
]
DOCUMENT_KINDS: Final[tuple[DocumentKind, ...]] = get_args(DocumentKind)

_Reading: TypeAlias = tuple[DocumentKind, Callable[[], Document]]

_XML_MARK: Final = b"<"
_JSON_MARKS: Final = (b"{", b"[")
_JSON_READERS: Final[Mapping[str, Callable[[JsonNode], Document]]] = MappingProxyType(
    {
        purchase_order.DOCUMENT_TYPE: read_purchase_order,
        packing_list.DOCUMENT_TYPE: read_packing_list,
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
    start = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(_XML_MARK):
        root = parse_xml(data)
        kind, finish = _detect_xml(root)
        return kind, _letting_go(root, finish)
    if start.startswith(_JSON_MARKS):
        return _detect_json(parse_json(data))
    raise UnknownDocument("it is neither XML nor JSON in UTF-8")


def _letting_go(root: XmlNode, finish: Callable[[], Document]) -> Callable[[], Document]:
    def read_and_let_go() -> Document:
        try:
            return finish()
        finally:
            root.let_go()

    return read_and_let_go


def _detect_xml(root: XmlNode) -> _Reading:
    if (root.namespace, root.name) == (UBL_INVOICE_NAMESPACE, "Invoice"):
        return "ubl-invoice", lambda: read_ubl_invoice(root)
    if root.name == "CreditNote":
        raise UnknownDocument("this is a credit note: it lowers a claim, so nothing can rest on it")
    subject = find_subject(root)
    if subject is None:
        raise UnknownDocument(f"no reader knows the element {root.name[:80]!r}")
    if subject.name == "Response":
        return "wco-response", lambda: read_wco_response(subject)
    return "wco-declaration", lambda: read_wco_declaration(subject)


def _detect_json(root: JsonNode) -> _Reading:
    if root.is_array or root.find("eventType") is not None or root.find("events") is not None:
        return "dcsa-events", lambda: read_dcsa_events(root)
    if root.find("transportDocumentReference") is not None:
        return "dcsa-transport-document", lambda: read_dcsa_transport_document(root)
    own = root.find("documentType")
    if own is not None:
        kind = own.code(_JSON_READERS)
        return cast("DocumentKind", kind), lambda: _JSON_READERS[kind](root)
    raise UnknownDocument("no reader knows this JSON: name its documentType")
