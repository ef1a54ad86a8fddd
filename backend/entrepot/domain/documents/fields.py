"""What of a document can be shown field by field: names and values, all text.

A profile is a promise: two members that read the same bytes must come to the same fields, or the
ledger takes them to contradict each other. So what stands here is named by a version; a reader may
learn more, but a field joins, leaves or is spelled otherwise only in a new version of its profile.
Absent fields are left out. Amounts and masses are plain decimals as they were written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Final, TypeAlias

from entrepot.domain.documents.dcsa_transport_document import DocumentParty, TransportDocument
from entrepot.domain.documents.packing_list import PackingList
from entrepot.domain.documents.purchase_order import PurchaseOrder
from entrepot.domain.documents.reading import Document
from entrepot.domain.documents.trade_json import TradeParty
from entrepot.domain.documents.ubl_invoice import InvoiceParty, UblInvoice
from entrepot.domain.documents.wco_declaration import WcoDeclaration
from entrepot.domain.money import Money

PROFILE: Final = "profile"
"""The field that names the profile itself."""

Value: TypeAlias = str | bool | int | date | Decimal | Money | None
Fields: TypeAlias = Mapping[str, str]


def fields_of(document: Document | None) -> dict[str, str]:
    """Every field of the document's profile by its name, sorted; {} when it has no profile."""
    match document:
        case UblInvoice():
            found = dict(_invoice(document))
        case TransportDocument():
            found = dict(_bill(document))
        case PurchaseOrder():
            found = dict(_purchase_order(document))
        case PackingList():
            found = dict(_packing_list(document))
        case WcoDeclaration():
            found = dict(_declaration(document))
        case _:
            return {}
    texts = {name: _text(value) for name, value in found.items()}
    return {name: texts[name] for name in sorted(texts) if texts[name]}


def _text(value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
        case _:
            return str(value).strip()


def _invoice(invoice: UblInvoice) -> Iterator[tuple[str, Value]]:
    yield PROFILE, "ubl-invoice/1"
    yield "number", invoice.number
    yield "issue_date", invoice.issue_date
    yield "due_date", invoice.due_date
    yield "type_code", invoice.type_code
    yield "currency", invoice.currency
    yield "order_reference", invoice.order_reference
    yield from _invoice_party("seller", invoice.seller)
    yield from _invoice_party("buyer", invoice.buyer)
    totals = invoice.totals
    yield "totals.net", totals.net
    yield "totals.vat", totals.vat
    yield "totals.gross", totals.gross
    yield "totals.payable", totals.payable
    for position, line in enumerate(invoice.lines, 1):
        stem = f"lines.{position}"
        yield f"{stem}.id", line.id
        yield f"{stem}.description", line.description
        yield f"{stem}.quantity", line.quantity
        yield f"{stem}.unit", line.unit
        yield f"{stem}.price", line.price
        yield f"{stem}.net", line.net
        yield f"{stem}.hs_code", line.hs_code
        yield f"{stem}.origin", line.origin


def _invoice_party(stem: str, party: InvoiceParty) -> Iterator[tuple[str, Value]]:
    yield f"{stem}.name", party.name
    yield f"{stem}.lei", party.lei
    yield f"{stem}.vat_id", party.vat_id
    yield f"{stem}.country", party.country


def _bill(bill: TransportDocument) -> Iterator[tuple[str, Value]]:
    yield PROFILE, "dcsa-transport-document/1"
    yield "reference", bill.reference
    yield "status", bill.status
    yield "type_code", bill.type_code
    yield "carrier_code", bill.carrier_code
    yield "is_to_order", bill.is_to_order
    yield "shipped_on_board_on", bill.shipped_on_board_on
    yield "issued_on", bill.issued_on
    yield "port_of_loading", bill.port_of_loading
    yield "port_of_discharge", bill.port_of_discharge
    yield "gross_kg", bill.gross_kg
    yield "packages", bill.packages
    yield from _bill_party("shipper", bill.parties.shipper)
    yield from _bill_party("consignee", bill.parties.consignee)
    yield from _bill_party("endorsee", bill.parties.endorsee)
    for position, voyage in enumerate(bill.voyages, 1):
        yield f"voyages.{position}.vessel_name", voyage.vessel_name
        yield f"voyages.{position}.export_voyage", voyage.export_voyage
    for position, each in enumerate(bill.equipment, 1):
        yield f"containers.{position}", each.container


def _bill_party(stem: str, party: DocumentParty | None) -> Iterator[tuple[str, Value]]:
    if party is not None:
        yield f"{stem}.name", party.name
        yield f"{stem}.lei", party.lei


def _purchase_order(order: PurchaseOrder) -> Iterator[tuple[str, Value]]:
    yield PROFILE, "purchase-order/1"
    yield "number", order.number
    yield "issued_on", order.issued_on
    yield from _trade_party("buyer", order.buyer)
    yield from _trade_party("seller", order.seller)
    yield "incoterm", order.incoterm
    yield "incoterm_place", order.incoterm_place
    yield "latest_shipment_on", order.latest_shipment_on
    yield "payment_due_on", order.payment_due_on
    yield "net", order.net
    yield "vat", order.vat
    yield "total", order.total
    for position, line in enumerate(order.lines, 1):
        yield f"lines.{position}.description", line.description
        yield f"lines.{position}.hs_code", line.hs_code
        yield f"lines.{position}.quantity", line.quantity
        yield f"lines.{position}.net", line.net


def _packing_list(packed: PackingList) -> Iterator[tuple[str, Value]]:
    yield PROFILE, "packing-list/1"
    yield "number", packed.number
    yield "issued_on", packed.issued_on
    yield "invoice_number", packed.invoice_number
    yield "order_number", packed.order_number
    yield from _trade_party("seller", packed.seller)
    yield from _trade_party("buyer", packed.buyer)
    yield "packages", packed.packages
    yield "gross_kg", packed.gross_kg
    yield "net_kg", packed.net_kg
    yield "volume_m3", packed.volume_m3
    for position, goods in enumerate(packed.goods, 1):
        yield f"goods.{position}.container", goods.container
        yield f"goods.{position}.description", goods.description
        yield f"goods.{position}.hs_code", goods.hs_code
        yield f"goods.{position}.packages", goods.packages
        yield f"goods.{position}.gross_kg", goods.gross_kg


def _trade_party(stem: str, party: TradeParty) -> Iterator[tuple[str, Value]]:
    yield f"{stem}.name", party.name
    yield f"{stem}.lei", party.lei


def _declaration(declaration: WcoDeclaration) -> Iterator[tuple[str, Value]]:
    yield PROFILE, "wco-declaration/1"
    yield "reference", declaration.reference
    yield "type_code", declaration.type_code
    yield "invoice_total", declaration.invoice_total
    yield "total_packages", declaration.total_packages
    yield "gross_kg", declaration.gross_kg
    yield "declarant_id", declaration.declarant_id
    yield "exporter_id", declaration.exporter_id
    yield "importer_id", declaration.importer_id
    yield "export_country", declaration.export_country
    yield "destination", declaration.destination
    for position, item in enumerate(declaration.items, 1):
        yield f"items.{position}.description", item.description
        yield f"items.{position}.hs_code", item.hs_code
        yield f"items.{position}.gross_kg", item.gross_kg
        yield f"items.{position}.price", item.price
