"""The one door for standard payloads: what a payload is, and whose, is found in its content.

Nothing is decided here that another verb does not decide: each payload goes to the verb that it
would have been sent to by hand, with the order or voyage that its own references name.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.bindings.ids import OrderId, ParticipantId, VoyageId
from entrepot.bindings.roles import Role
from entrepot.domain.documents import reading
from entrepot.domain.documents.certificate_of_origin import CertificateOfOrigin
from entrepot.domain.documents.dcsa_transport_document import TransportDocument
from entrepot.domain.documents.facts import KIND_OF_DOCUMENT
from entrepot.domain.documents.insurance_certificate import InsuranceCertificate
from entrepot.domain.documents.packing_list import PackingList
from entrepot.domain.documents.purchase_order import PurchaseOrder
from entrepot.domain.documents.ubl_credit_note import UblCreditNote
from entrepot.domain.documents.ubl_invoice import UblInvoice
from entrepot.domain.documents.wco_declaration import WcoDeclaration
from entrepot.domain.documents.wco_response import WcoResponse
from entrepot.domain.errors import DomainError, OtherOrder, UnknownDocument
from entrepot.kit.hashing import normalise, sha256
from entrepot.steps import World
from entrepot.steps.submission import (
    customs,
    documents,
    naming,
    repository,
    shipments,
    titles,
    tracking,
)
from entrepot.steps.submission.agreement import PURCHASE_ORDERS
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.intents import submit
from entrepot.steps.submission.items import Item, summary, take
from entrepot.steps.submission.reading import DECLARATIONS, READ_KINDS
from entrepot.store import correlation
from entrepot.store.session import Session

KINDS = {
    **KIND_OF_DOCUMENT,
    "ubl-credit-note": "CREDIT_NOTE",
    "certificate-of-origin": "CERTIFICATE_OF_ORIGIN",
    "insurance-certificate": "INSURANCE_CERTIFICATE",
}
ADD_ORDER = "name the order in the query: ?order=0x..."
ADD_VOYAGE = "send them to /v1/shipments/{id}/events"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receive:
    """contents: standard payloads as they are. order_id: where their references leave it open;
    kind: for papers that nothing here reads, such as scans."""

    contents: tuple[bytes, ...]
    order_id: OrderId | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class _Named:
    """What a paper names: the order with its seller, invoices by their numbers."""

    seller: str | None = None
    orders: tuple[str, ...] = ()
    invoices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Desk:
    world: World
    session: Session
    caller: Caller
    command: Receive


def receive(world: World, session: Session, caller: Caller, command: Receive) -> Accepted:
    """Takes each payload to the verb that it is for.

    A single one that is new is answered as that verb answers. Otherwise the answer tells of each
    what became of it, with an operation of its own.
    """
    desk = _Desk(world, session, caller, command)
    if len(command.contents) == 1 and not _is_known(desk, command.contents[0]):
        return _receive(desk, command.contents[0])
    items = [Item(index=number) for number in range(len(command.contents))]
    take(session, items, lambda item: _take(desk, item, command.contents[item.index]))
    return submit(world, session, caller, "documents:receive", [], summary(items))


def _take(desk: _Desk, item: Item, content: bytes) -> None:
    if _is_known(desk, content):
        item.status = "duplicate"
    accepted = _receive(desk, content)
    result = accepted.result
    item.operation_id = accepted.operation_id
    item.document_id = result.get("document_id")
    item.order_id = result.get("order_id")
    item.evidence_ids = list(result.get("evidence_ids", ()))
    item.withdrawn = list(result.get("withdrawn", ()))
    if (counts := result.get("counts")) is not None:
        told = [f"{number} {status}" for status, number in counts.items() if number]
        item.reason = ", ".join(told)
        if counts["duplicate"] and not counts["accepted"] and not counts["refused"]:
            item.status = "duplicate"


def _is_known(desk: _Desk, content: bytes) -> bool:
    found = correlation.documents_of_content(
        desk.session, desk.caller.participant_id, sha256(content)
    )
    return bool(found)


def _receive(desk: _Desk, content: bytes) -> Accepted:
    world, session, caller, command = desk.world, desk.session, desk.caller, desk.command
    if command.kind is not None and command.kind not in {*READ_KINDS, *DECLARATIONS}:
        return _upload(desk, content, command.kind, _Named())
    if reading.detect(content) in tracking.KINDS:
        voyage_id = _voyage_of(desk, content)
        events = shipments.ReportEvents(voyage_id=voyage_id, content=content)
        return shipments.report(world, session, caller, events)
    match reading.read(content):
        case WcoResponse():
            responses = customs.ReportResponses(contents=(content,))
            return customs.report(world, session, caller, responses)
        case TransportDocument() as bill if _is_carrier(desk):
            order_id = _order_of(desk, _named_by(bill))
            issue = titles.IssueTitle(order_id=order_id, content=content)
            return titles.issue(world, session, caller, issue)
        case WcoDeclaration() as declaration:
            if declaration.direction is None:
                raise UnknownDocument(f"{declaration.type_code} is neither export nor import")
            kind = f"{declaration.direction}_DECLARATION"
            return _upload(desk, content, kind, _named_by(declaration))
        case document:
            kind = KINDS.get(document.kind)
            if kind is None:
                raise UnknownDocument(f"this is a {document.kind}, of which no fact is made here")
            return _upload(desk, content, kind, _named_by(document))


def _upload(desk: _Desk, content: bytes, kind: str, named: _Named) -> Accepted:
    order_id = _order_of(desk, named)
    paper = documents.UploadDocument(order_id=order_id, kind=kind, content=content)
    return documents.upload(desk.world, desk.session, desk.caller, paper)


def _is_carrier(desk: _Desk) -> bool:
    participant = repository.participant(desk.session, desk.caller.participant_id)
    return participant is not None and bool(participant.roles >> Role.CARRIER & 1)


def _named_by(document: reading.Document) -> _Named:
    match document:
        case UblInvoice():
            reference = document.order_reference
            orders = (reference,) if reference is not None else ()
            return _Named(document.seller.lei, orders, (document.number,))
        case PurchaseOrder():
            return _Named(document.seller.lei, (document.number,))
        case UblCreditNote():
            reference = document.order_reference
            orders = (reference,) if reference is not None else ()
            invoices = tuple(each.number for each in document.preceding)
            return _Named(document.seller.lei, orders, invoices)
        case CertificateOfOrigin() | InsuranceCertificate():
            # Neither names the seller in a fixed place: the invoice leads to the order.
            return _Named(invoices=(document.invoice_number,))
        case PackingList():
            invoices = (document.invoice_number,)
            return _Named(document.seller.lei, (document.order_number,), invoices)
        case TransportDocument():
            orders = [
                value
                for item in document.items
                for kind, value in item.references
                if kind in PURCHASE_ORDERS
            ]
            return _Named(document.parties.shipper.lei, tuple(dict.fromkeys(orders)))
        case WcoDeclaration():
            return _Named(invoices=document.invoice_numbers)
        case _:
            return _Named()


def _order_of(desk: _Desk, named: _Named) -> OrderId:
    """The one order, of those that the caller sees, that the paper's own references name."""
    if desk.command.order_id is not None:
        return desk.command.order_id
    found: set[bytes] = set()
    if named.seller is not None:
        exporter = ParticipantId(named.seller.encode())
        for reference in named.orders:
            key = naming.keys(desk.world).order(reference)
            found.add(naming.order_id(desk.world, exporter, key))
    if not named.orders:
        numbers = {normalise(number) for number in named.invoices}
        found |= set(correlation.orders_invoiced(desk.session, numbers))
    who = desk.caller.participant_id
    seen = [each for each in sorted(found) if repository.order_known_to(desk.session, who, each)]
    if len(seen) != 1:
        told = ", ".join((*named.orders, *named.invoices)) or "nothing that names an order"
        agreed = "one order that you are a party to" if not seen else f"one of {len(seen)} orders"
        raise OtherOrder("the order that the document is for", agreed, told, ADD_ORDER)
    return OrderId(seen[0])


def _voyage_of(desk: _Desk, content: bytes) -> VoyageId:
    """The one voyage of the caller's that the events name: by vessel and voyage, by order or bill,
    or by what they correct."""
    who = desk.caller.participant_id
    found: set[VoyageId] = set()
    for part in tracking.split(content):
        try:
            message = tracking.read(part)
        except DomainError:
            continue  # told of where the events are taken, each by itself
        for vessel_imo, number in tracking.voyages_named(message):
            key = naming.keys(desk.world).voyage(desk.caller.lei, vessel_imo, number)
            found.add(naming.voyage_id(desk.world, who, key))
        orders, bills = tracking.references_of(message)
        found |= {
            VoyageId(each)
            for each in correlation.voyages_by_reference(desk.session, who, orders, bills)
        }
        for document in tracking.known_by_id(desk.session, desk.caller, message):
            subject = document.order_id
            found |= {VoyageId(v) for v in correlation.voyages_of(desk.session, subject)}
            found.add(VoyageId(subject))
    known = [v for v in sorted(found) if repository.voyage_known_to(desk.session, who, v)]
    if len(known) != 1:
        told = f"{len(known)} of your voyages"
        raise OtherOrder("the voyage of the events", "one of your voyages", told, ADD_VOYAGE)
    return known[0]
