"""Documents of an order: kept here, and recorded as facts when the ledger knows their kind."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.ids import EvidenceId, OrderId
from entrepot.bindings.roles import Permission
from entrepot.domain.documents.certificate_of_origin import CertificateOfOrigin
from entrepot.domain.documents.dcsa_transport_document import TransportDocument
from entrepot.domain.documents.fields import fields_of
from entrepot.domain.documents.insurance_certificate import InsuranceCertificate
from entrepot.domain.documents.packing_list import PackingList
from entrepot.domain.documents.purchase_order import PurchaseOrder
from entrepot.domain.documents.ubl_credit_note import UblCreditNote
from entrepot.domain.documents.ubl_invoice import UblInvoice
from entrepot.domain.documents.wco_declaration import WcoDeclaration
from entrepot.domain.errors import Contradiction, DocumentUsed, InvalidInput, NotFound, WrongState
from entrepot.domain.kinds import DOCUMENTS
from entrepot.domain.money import Money
from entrepot.kit.clock import from_unix, to_unix
from entrepot.kit.hashing import sha256
from entrepot.steps import World
from entrepot.steps.submission import (
    agreement,
    checks,
    evidence,
    examinations,
    naming,
    papers,
    repository,
)
from entrepot.steps.submission.agreement import OrderFacts
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.intents import submit
from entrepot.steps.submission.reading import DECLARATIONS, Read, read
from entrepot.store.session import Session
from entrepot.store.tables import Document, TradeOrder

OPEN_ORDERS = ("PLACED", "ACCEPTED")


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadDocument:
    """kind: a document kind of EvidenceKind, or EXPORT_DECLARATION or IMPORT_DECLARATION.

    supersedes: earlier evidence of the caller that this version replaces.
    """

    order_id: OrderId
    kind: str
    content: bytes
    supersedes: EvidenceId | None = None


def upload(world: World, session: Session, caller: Caller, command: UploadDocument) -> Accepted:
    """Keeps a document that agrees with its order, and records it when the ledger has its kind."""
    order = checks.seen_order(session, caller, command.order_id)
    checks.in_state("order", order.state, *OPEN_ORDERS)
    if command.kind in DECLARATIONS:
        return _keep_declaration(world, session, caller, command, order)
    return _record(world, session, caller, command, order, _kind(command.kind))


def _kind(name: str) -> EvidenceKind:
    kind = EvidenceKind.__members__.get(name)
    if kind is None or kind not in DOCUMENTS:
        known = [k.name for k in DOCUMENTS]
        raise InvalidInput(f"kind: one of {', '.join([*known, *DECLARATIONS])}")
    return kind


def _record(
    world: World,
    session: Session,
    caller: Caller,
    command: UploadDocument,
    order: TradeOrder,
    kind: EvidenceKind,
) -> Accepted:
    checks.named(session, order, caller, kind)
    sender = checks.sender(session, caller, Permission.ATTEST)
    paper = read(kind.name, command.content)
    _check(session, papers.facts_of(session, order), kind, paper)
    _check_date(world, session, kind, paper)
    digest = sha256(command.content)
    issuer = paper.issuer or caller.lei
    supersedes = _superseded(session, caller, command, kind)
    _check_version(world, session, caller, command, kind, issuer, paper)
    keys = naming.keys(world)
    natural_key = keys.document(kind.name, issuer, paper.reference).hex()
    version = _version(session, caller, command.order_id, kind, natural_key, digest)
    source_key = keys.fact("document", natural_key, str(version))
    recording = evidence.of_subject(
        world,
        caller,
        command.order_id,
        kind,
        source_key,
        digest,
        paper.dated if paper.dated is not None else order_time(session, order),
        supersedes,
        fields_of(paper.document),
    )
    document_id = papers.store(
        world,
        session,
        caller,
        papers.Paper(
            subject=command.order_id,
            kind=kind.name,
            format=paper.format,
            issuer=issuer,
            reference=paper.reference,
            content=command.content,
            commitment=recording.fact.commitment,
            evidence_id=recording.evidence_id,
            summary={**paper.summary, "version": version},
            document=paper.document,
        ),
    )
    steps = [evidence.on_order(world, command.order_id, recording, sender)]
    if version > 1:
        steps += examinations.void(world, session, command.order_id, kind.name)
    result = {
        "document_id": naming.hexed(document_id),
        "evidence_ids": [naming.hexed(recording.evidence_id)],
    }
    return submit(world, session, caller, "documents:upload", steps, result)


def _keep_declaration(
    world: World, session: Session, caller: Caller, command: UploadDocument, order: TradeOrder
) -> Accepted:
    """A declaration is no evidence; it is kept so that customs' answers find their order."""
    paper = read(command.kind, command.content)
    if not isinstance(paper.document, WcoDeclaration):
        raise AssertionError("a declaration is read as one")
    invoices = [d.reference for d in repository.documents_of(session, order.order_id, "INVOICE")]
    facts = papers.facts_of(session, order)
    agreement.check_declaration(facts, command.kind, paper.document, invoices)
    keys = naming.keys(world)
    document_id = papers.store(
        world,
        session,
        caller,
        papers.Paper(
            subject=command.order_id,
            kind=command.kind,
            format=paper.format,
            issuer=caller.lei,
            reference=paper.reference,
            content=command.content,
            commitment=keys.commit(
                command.order_id,
                command.kind,
                sha256(command.content),
                fields_of(paper.document),
            ),
            summary=paper.summary,
            document=paper.document,
        ),
    )
    result = {"document_id": naming.hexed(document_id)}
    return submit(world, session, caller, "documents:upload", [], result)


def order_time(session: Session, order: TradeOrder) -> int:
    """When a paper without a date was last known not to lie in the future: the order's placing."""
    return repository.block_time(session, order.placed_block)


def _check(session: Session, order: OrderFacts, kind: EvidenceKind, paper: Read) -> None:
    match paper.document:
        case UblInvoice() as invoice:
            agreement.check_invoice(order, invoice, _invoiced(session, order, invoice.number))
        case PurchaseOrder() as purchase_order:
            agreement.check_purchase_order(order, purchase_order)
        case PackingList() as packing_list:
            agreement.check_packing_list(order, packing_list)
        case TransportDocument() as bill:
            agreement.check_transport_document(order, bill)
        case UblCreditNote() as note:
            agreement.check_credit_note(order, note)
        case InsuranceCertificate() | CertificateOfOrigin() as certificate:
            agreement.check_certificate(order, certificate)
        case None:
            return
        case other:
            raise Contradiction("the document", kind.name, other.kind)


def _check_date(world: World, session: Session, kind: EvidenceKind, paper: Read) -> None:
    """A paper is of today or earlier: one of tomorrow speaks of goods that are not there yet."""
    head = repository.head(session)
    now = max(to_unix(world.clock.now()), head.timestamp if head else 0)
    if paper.dated is not None and paper.dated > now:
        raise Contradiction(
            f"the date of the {kind.name}",
            f"{from_unix(now):%Y-%m-%d} or before",
            f"{from_unix(paper.dated):%Y-%m-%d}, in the future",
            "send it once its day has come",
        )


def _invoiced(session: Session, order: OrderFacts, number: str) -> Money:
    """What the order's other invoices ask for; each once, whoever sent copies of it."""
    documents = repository.documents_of(session, order.order_id, "INVOICE")
    items = repository.evidence_many(session, [d.evidence_id for d in documents if d.evidence_id])
    amounts: dict[str, int] = {}
    for document in documents:
        item = items.get(document.evidence_id or b"")
        is_standing = item is None or item.state == "RECORDED"
        if is_standing and not agreement.is_same(document.reference, number):
            amounts[str(document.summary["natural_key"])] = int(
                str(document.summary["amount_minor"])
            )
    return Money(sum(amounts.values()), order.amount.currency)


def _superseded(
    session: Session, caller: Caller, command: UploadDocument, kind: EvidenceKind
) -> bytes:
    """The source of the fact that this version replaces."""
    if command.supersedes is None:
        return evidence.NO_SOURCE
    item = repository.evidence(session, command.supersedes)
    if item is None or item.attester != caller.participant_id:
        raise NotFound("evidence")
    if (item.stream, item.kind) != (command.order_id, kind.name):
        raise InvalidInput(f"supersedes: that is a {item.kind}, or of another order")
    if item.state != "RECORDED":
        raise WrongState("superseded evidence", item.state, "RECORDED")
    return item.source_key


def _check_version(
    world: World,
    session: Session,
    caller: Caller,
    command: UploadDocument,
    kind: EvidenceKind,
    issuer: str,
    paper: Read,
) -> None:
    """Another text under the same number is a new version, and must say which one it replaces."""
    natural_key = naming.keys(world).document(kind.name, issuer, paper.reference).hex()
    for document in repository.documents_of(session, command.order_id, kind.name):
        if (
            document.owner == caller.participant_id
            and document.summary.get("natural_key") == natural_key
            and document.sha256 != sha256(command.content)
            and document.evidence_id != command.supersedes
            and _is_standing(session, document)
        ):
            raise DocumentUsed(
                f"another text of {kind.name} {paper.reference} is recorded already",
                "send it with supersedes = the evidence it replaces",
            )


def _version(
    session: Session,
    caller: Caller,
    order_id: OrderId,
    kind: EvidenceKind,
    natural_key: str,
    digest: bytes,
) -> int:
    """1 for the caller's first text under a number, and one more for each other text.

    The text itself is no part of what it is called: so two attesters who send different texts of
    one paper speak of the same source, and the ledger sees that they contradict each other.
    """
    own = [
        document
        for document in repository.documents_of(session, order_id, kind.name)
        if document.owner == caller.participant_id
        and document.summary.get("natural_key") == natural_key
    ]
    known = (int(str(d.summary["version"])) for d in own if d.sha256 == digest)
    return next(known, len(own) + 1)


def _is_standing(session: Session, document: Document) -> bool:
    item = repository.evidence(session, document.evidence_id) if document.evidence_id else None
    return item is None or item.state == "RECORDED"
