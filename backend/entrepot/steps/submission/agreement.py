"""Whether a paper or an event speaks of the order it is sent for.

This keeps wrong papers out at the door. Whether the right ones satisfy the trade's rules is
examined later, by people and by `domain.examination`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from entrepot.domain.documents.certificate_of_origin import CertificateOfOrigin
from entrepot.domain.documents.dcsa_events import EventHeader, TransportCall
from entrepot.domain.documents.dcsa_transport_document import DocumentParty, TransportDocument
from entrepot.domain.documents.insurance_certificate import InsuranceCertificate
from entrepot.domain.documents.packing_list import PackingList
from entrepot.domain.documents.purchase_order import PurchaseOrder
from entrepot.domain.documents.trade_json import TradeParty
from entrepot.domain.documents.ubl_credit_note import UblCreditNote
from entrepot.domain.documents.ubl_invoice import InvoiceParty, UblInvoice
from entrepot.domain.documents.wco_declaration import Direction, WcoDeclaration
from entrepot.domain.errors import Contradiction, OtherOrder, WrongCurrency, WrongParty
from entrepot.domain.money import Money
from entrepot.kit.hashing import normalise

ISSUABLE = ("APPROVED", "ISSUED")
PURCHASE_ORDERS = ("SPO", "CPO", "PO")
"""The shipper's number of the order, the consignee's, and the older code for either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """What the parties have agreed; participants by LEI, countries by ISO 3166-1 alpha-2."""

    order_id: bytes
    reference: str
    exporter: str
    importer: str
    amount: Money
    origin: str
    destination: str


def is_same(one: str, other: str) -> bool:
    """Equal as people mean it: case, width and white space do not matter."""
    return normalise(one) == normalise(other)


def check_invoice(order: OrderFacts, invoice: UblInvoice, invoiced: Money) -> None:
    """`invoiced` is what the order's other invoices ask for already."""
    _check_currency("the invoice's currency", order, invoice.currency)
    _check_invoice_party("the seller", order.exporter, invoice.seller)
    _check_invoice_party("the buyer", order.importer, invoice.buyer)
    if invoice.order_reference is None:
        raise OtherOrder(
            "the invoice's order reference",
            order.reference,
            "none",
            "add cac:OrderReference/cbc:ID with the order's reference",
        )
    check_reference("the invoice's order reference", order, invoice.order_reference)
    if invoice.payable.amount_minor <= 0:
        raise Contradiction("the invoice's amount", "more than zero", str(invoice.payable))
    if invoice.payable + invoiced > order.amount:
        raise Contradiction(
            "what the order's invoices ask for together",
            f"at most {order.amount}",
            str(invoice.payable + invoiced),
            "a higher amount needs an amendment of the order first",
        )


def check_purchase_order(order: OrderFacts, purchase_order: PurchaseOrder) -> None:
    """Number, parties and total of the buyer's own order."""
    check_reference("the purchase order's number", order, purchase_order.number)
    _check_trade_party("the buyer", order.importer, purchase_order.buyer)
    _check_trade_party("the seller", order.exporter, purchase_order.seller)
    _check_currency("the purchase order's currency", order, purchase_order.total.currency)
    if purchase_order.total != order.amount:
        raise Contradiction(
            "the purchase order's total", str(order.amount), str(purchase_order.total)
        )


def check_packing_list(order: OrderFacts, packing_list: PackingList) -> None:
    """Order number and parties of a packing list."""
    check_reference("the packing list's order number", order, packing_list.order_number)
    _check_trade_party("the seller", order.exporter, packing_list.seller)
    _check_trade_party("the buyer", order.importer, packing_list.buyer)


def check_credit_note(order: OrderFacts, note: UblCreditNote) -> None:
    """Currency and parties; an order reference where the note has one."""
    _check_currency("the credit note's currency", order, note.currency)
    _check_invoice_party("the seller", order.exporter, note.seller)
    _check_invoice_party("the buyer", order.importer, note.buyer)
    if note.order_reference is not None:
        check_reference("the credit note's order reference", order, note.order_reference)
    if note.payable.amount_minor <= 0:
        raise Contradiction("the credit note's amount", "more than zero", str(note.payable))


def check_certificate(
    order: OrderFacts, certificate: InsuranceCertificate | CertificateOfOrigin
) -> None:
    """The order's number where the certificate has one; the seller of a certificate of origin."""
    if certificate.order_number is not None:
        check_reference("the certificate's order number", order, certificate.order_number)
    if isinstance(certificate, CertificateOfOrigin):
        _check_trade_party("the exporter", order.exporter, certificate.exporter)


def check_transport_document(order: OrderFacts, bill: TransportDocument) -> None:
    """Shipper, consignee, ports and purchase order of a bill of lading or sea waybill."""
    parties = bill.parties
    _check_document_party("the shipper", order.exporter, parties.shipper)
    if parties.consignee is not None:
        _check_document_party("the consignee", order.importer, parties.consignee)
    _check_country("the port of loading", order.origin, bill.port_of_loading)
    _check_country("the port of discharge", order.destination, bill.port_of_discharge)
    for item in bill.items:
        orders = [value for kind, value in item.references if kind in PURCHASE_ORDERS]
        if orders and not any(is_same(value, order.reference) for value in orders):
            raise OtherOrder("the bill's purchase order", order.reference, ", ".join(orders))


def check_issuable(bill: TransportDocument) -> None:
    """A bill that can become a title here: electronic, negotiable by its kind, and not over."""
    if bill.type_code != "BOL":
        raise Contradiction("the transport document", "a bill of lading (BOL)", bill.type_code)
    if not bill.is_electronic:
        raise Contradiction("the bill's medium", "electronic", "paper")
    if bill.status not in ISSUABLE:
        raise Contradiction("the bill's status", " or ".join(ISSUABLE), bill.status)


def check_declaration(
    order: OrderFacts, kind: str, declaration: WcoDeclaration, invoices: Collection[str]
) -> None:
    """`invoices` are the numbers of the order's own invoices; while there are none, any may be
    named."""
    direction = Direction(kind.removesuffix("_DECLARATION"))
    if declaration.direction is not direction:
        found = declaration.direction or declaration.type_code
        raise Contradiction("the declaration's direction", direction, found)
    if declaration.invoice_total is not None:
        _check_currency("the declared currency", order, declaration.invoice_total.currency)
        if declaration.invoice_total > order.amount:
            raise Contradiction(
                "the declared value", f"at most {order.amount}", str(declaration.invoice_total)
            )
    known = {normalise(number) for number in invoices}
    foreign = [n for n in declaration.invoice_numbers if normalise(n) not in known]
    if known and foreign:
        raise OtherOrder("the declared invoice", ", ".join(sorted(invoices)), foreign[0])


def check_reference(what: str, order: OrderFacts, found: str) -> None:
    if not is_same(found, order.reference):
        raise OtherOrder(what, order.reference, found)


def order_of_event(
    header: EventHeader, aboard: Sequence[OrderFacts], bills: Mapping[bytes, set[str]]
) -> OrderFacts | None:
    """The order that the event names by PO or by TRD; None when it names neither.

    `bills` are the normalised references of the transport documents known so far, by order id.
    OtherOrder when what the event names is no order aboard, or two that differ.
    """
    purchase = {normalise(r.value) for r in header.references if r.type == "PO"}
    transport = {normalise(r.value) for r in header.documents if r.type == "TRD"}
    if not purchase and not transport:
        return None
    meant = [order for order in aboard if _is_meant(order, purchase, transport, bills)]
    if len(meant) != 1:
        agreed = ", ".join(order.reference for order in aboard[:5]) or "none aboard"
        found = ", ".join(sorted(purchase | transport))
        raise OtherOrder(f"the order of event {header.id}", agreed, found)
    return meant[0]


def _is_meant(
    order: OrderFacts, purchase: set[str], transport: set[str], bills: Mapping[bytes, set[str]]
) -> bool:
    """Nothing that is known of the order contradicts the event, and something confirms it."""
    known = bills.get(order.order_id, set())
    by_purchase = normalise(order.reference) in purchase
    by_transport = bool(transport & known)
    contradicted = (purchase and not by_purchase) or (transport and known and not by_transport)
    return (by_purchase or by_transport) and not contradicted


def voyages_of(call: TransportCall) -> tuple[tuple[str, str], ...]:
    """Vessel and voyage numbers of a call, outbound and inbound: carriers count them apart."""
    if call.vessel_imo is None:
        return ()
    numbers = dict.fromkeys(n for n in (call.export_voyage, call.import_voyage) if n)
    return tuple((call.vessel_imo, number) for number in numbers)


def _check_currency(what: str, order: OrderFacts, found: str) -> None:
    if found != order.amount.currency:
        raise WrongCurrency(what, order.amount.currency, found)


def _check_invoice_party(what: str, agreed: str, party: InvoiceParty) -> None:
    if party.lei is None:
        mend = "add cac:PartyIdentification/cbc:ID with schemeID 0199"
        raise WrongParty(f"{what}'s LEI", agreed, "none", mend)
    if party.lei != agreed:
        raise WrongParty(f"{what}'s LEI", agreed, party.lei)


def _check_trade_party(what: str, agreed: str, party: TradeParty) -> None:
    if party.lei != agreed:
        raise WrongParty(f"{what}'s LEI", agreed, party.lei)


def _check_document_party(what: str, agreed: str, party: DocumentParty) -> None:
    if party.lei is None:
        mend = "add an identifyingCode with codeListProvider GLEIF and codeListName LEI"
        raise WrongParty(f"{what}'s LEI", agreed, "none", mend)
    if party.lei != agreed:
        raise WrongParty(f"{what}'s LEI", agreed, party.lei)


def _check_country(what: str, agreed: str, locode: str) -> None:
    if locode[:2] != agreed:
        raise Contradiction(f"the country of {what}", agreed, locode)
