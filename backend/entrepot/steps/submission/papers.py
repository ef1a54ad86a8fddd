"""Papers on their way in: read, held against the order, used once, kept encrypted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from entrepot.bindings.ids import EvidenceId
from entrepot.domain.documents import reading
from entrepot.domain.documents.dcsa_transport_document import TransportDocument
from entrepot.domain.documents.facts import Shipment, shipment_of
from entrepot.domain.documents.fields import fields_of
from entrepot.domain.documents.reading import read_as
from entrepot.domain.errors import Conflict, DocumentUsed
from entrepot.domain.fingerprints import of_document
from entrepot.domain.keys import Keys
from entrepot.domain.money import Money
from entrepot.kit.hashing import canonical_json, normalise, sha256
from entrepot.steps import World
from entrepot.steps.submission import naming, repository
from entrepot.steps.submission.agreement import OrderFacts
from entrepot.steps.submission.caller import Caller
from entrepot.store.session import Session
from entrepot.store.tables import Document, TradeOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One document to keep.

    subject: the order, or the voyage for events of a whole ship.
    issuer: LEI of whose number `reference` is.
    unique: whether it may serve one order only; events of a ship serve many.
    document: as its reader has it, for its fields and fingerprints; None if nothing reads it.
    """

    subject: bytes
    kind: str
    format: str
    issuer: str
    reference: str
    content: bytes
    commitment: bytes
    evidence_id: EvidenceId | None = None
    summary: dict[str, Any] = field(default_factory=dict[str, Any])
    unique: bool = True
    document: reading.Document | None = None


def facts_of(session: Session, order: TradeOrder) -> OrderFacts:
    """The order as papers are held against it."""
    return OrderFacts(
        order_id=order.order_id,
        reference=reference_of(session, order.order_id),
        exporter=order.exporter.decode("ascii"),
        importer=order.importer.decode("ascii"),
        amount=Money(order.amount_minor, order.currency),
        origin=order.origin,
        destination=order.destination,
    )


def reference_of(session: Session, order_id: bytes) -> str:
    """The parties' own reference of the order. Without it nothing can be held against the order,
    nor its goods be named; so then nothing is (P9)."""
    words = repository.order_reference(session, order_id)
    if words is None:
        raise Conflict(
            "the order's reference is not known here, only its hash",
            "the parties hand its words to this service first",
        )
    return words.reference


def store(world: World, session: Session, caller: Caller, paper: Paper) -> bytes:
    """Keeps the paper and answers its document id; a second time it only answers.

    DocumentUsed when the same bytes, or another copy of the same paper, serve another order (P2).
    """
    digest = sha256(paper.content)
    keys = naming.keys(world)
    natural_key = keys.document(paper.kind, paper.issuer, paper.reference).hex()
    if paper.unique and _serves_another(session, paper, digest, natural_key):
        raise DocumentUsed(
            f"{paper.kind} {paper.reference} already serves another order",
            "a paper proves one delivery; send the one that belongs to this order",
        )
    document_id = keys.document_id(paper.subject, caller.lei, paper.kind, digest)
    if repository.document(session, document_id) is not None:
        return document_id
    readers = {caller.participant_id, *repository.readers_of(session, paper.subject)}
    world.vault.put(session, paper.content, readers, world.clock.now())
    _keep_fingerprints(session, keys, paper, document_id)
    repository.add_document(
        session,
        Document(
            document_id=document_id,
            order_id=paper.subject,
            owner=caller.participant_id,
            kind=paper.kind,
            format=paper.format,
            reference=paper.reference,
            sha256=digest,
            fields_sha256=_keep_fields(world, session, paper, readers),
            size_bytes=len(paper.content),
            commitment=paper.commitment,
            evidence_id=paper.evidence_id,
            summary={**paper.summary, "natural_key": natural_key},
            stored_at=world.clock.now(),
        ),
    )
    return document_id


def _keep_fields(world: World, session: Session, paper: Paper, readers: set[bytes]) -> bytes | None:
    """The fields as they were committed to, so that a later reader need not come to the same."""
    fields = fields_of(paper.document)
    if not fields:
        return None
    return world.vault.put(session, canonical_json(fields), readers, world.clock.now())


def _keep_fingerprints(session: Session, keys: Keys, paper: Paper, document_id: bytes) -> None:
    if paper.document is None:
        return
    order = repository.find_order(session, paper.subject)
    exporter = order.exporter.decode("ascii") if order else paper.issuer
    found = of_document(keys, paper.document, exporter)
    repository.add_fingerprints(session, document_id, paper.subject, found)


def _serves_another(session: Session, paper: Paper, digest: bytes, natural_key: str) -> bool:
    """Asked under a lock, so that of two orders only one can be the first."""
    repository.lock(session, f"paper:{digest.hex()}", f"paper:{natural_key}")
    return bool(repository.papers_elsewhere(session, paper.subject, digest, natural_key))


def shipments_of(world: World, session: Session, order_ids: list[bytes]) -> dict[bytes, Shipment]:
    """Containers and ports of each order, from the newest bill of lading that was sent for it."""
    found: dict[bytes, Shipment] = {}
    for order_id in order_ids:
        documents = repository.documents_of(session, order_id, "TRANSPORT_DOCUMENT")
        for document in sorted(documents, key=lambda each: each.stored_at):
            bill = read_as("dcsa-transport-document", world.vault.get(session, document.sha256))
            if isinstance(bill, TransportDocument):
                found[order_id] = shipment_of(bill)
    return found


def bills_of(session: Session, order_ids: list[bytes]) -> dict[bytes, set[str]]:
    """Normalised references of the transport documents of each order."""
    return {
        order_id: {
            normalise(document.reference)
            for document in repository.documents_of(session, order_id, "TRANSPORT_DOCUMENT")
        }
        for order_id in order_ids
    }
