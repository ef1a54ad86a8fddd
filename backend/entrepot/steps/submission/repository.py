"""The rows that submission reads and writes. Nobody's transaction ends here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from entrepot.bindings.roles import Permission
from entrepot.domain.fingerprints import Fingerprint
from entrepot.kit.abi import Address
from entrepot.store.session import Session
from entrepot.store.tables import (
    Block,
    Credit,
    Document,
    EvidenceItem,
    Examination,
    Facility,
    FacilityLender,
    Operation,
    OrderAttester,
    OrderReference,
    Outbox,
    OutboxState,
    PaperFingerprint,
    Participant,
    ParticipantKey,
    Profile,
    ReleaseRequest,
    Title,
    TradeOrder,
    Tranche,
    VoyageLink,
)
from entrepot.store.visibility import (
    documents_seen,
    find_facility,
    orders_seen,
)

ADDRESS_BYTES = 20


def lock(session: Session, *names: str) -> None:
    """Holds these names until the transaction ends; whoever else wants one of them waits."""
    for name in sorted(set(names)):
        session.scalar(text("SELECT pg_advisory_xact_lock(hashtextextended(:n, 0))"), {"n": name})


# Operations and intents


def add_operation(
    session: Session,
    operation_id: str,
    participant_id: bytes,
    verb: str,
    result: dict[str, Any],
    now: datetime,
) -> None:
    session.add(
        Operation(
            operation_id=operation_id,
            participant_id=participant_id,
            verb=verb,
            result=result,
            created_at=now,
        )
    )
    session.flush()


def operation(session: Session, operation_id: str) -> Operation | None:
    return session.get(Operation, operation_id)


def outbox_row(session: Session, key: str) -> Outbox | None:
    return session.exec(select(Outbox).where(Outbox.key == key)).first()


def outbox_rows(session: Session, operation_id: str) -> Sequence[Outbox]:
    query = select(Outbox).where(Outbox.operation_id == operation_id).order_by(col(Outbox.id))
    return session.exec(query).all()


def is_release_under_way(session: Session, financing_id: bytes, tranche: int, stem: str) -> bool:
    """Whether a call that asks for this release, alone (its key begins with `stem`) or with others,
    is on its way and has not ended."""
    asked = select(ReleaseRequest.outbox_id).where(
        ReleaseRequest.financing_id == financing_id, ReleaseRequest.tranche == tranche
    )
    query = select(Outbox.id).where(
        col(Outbox.key).startswith(stem, autoescape=True) | col(Outbox.id).in_(asked),
        col(Outbox.state).not_in((OutboxState.FINAL, OutboxState.FAILED, OutboxState.REVERTED)),
    )
    return session.exec(query.limit(1)).first() is not None


def head(session: Session) -> Block | None:
    """The last block that the projections have seen."""
    return session.exec(select(Block).order_by(col(Block.number).desc()).limit(1)).first()


def block_time(session: Session, number: int) -> int:
    """Unix seconds of a block that a projection came from."""
    return session.get_one(Block, number).timestamp


# Participants


def participant(session: Session, participant_id: bytes) -> Participant | None:
    return session.get(Participant, participant_id)


def key(session: Session, key_id: bytes) -> ParticipantKey | None:
    return session.get(ParticipantKey, key_id)


def save_profile(session: Session, participant_id: bytes, name: str, name_zh: str) -> None:
    session.merge(Profile(participant_id=participant_id, name=name, name_zh=name_zh))


# Orders


def order(session: Session, order_id: bytes) -> TradeOrder:
    """An order that must be there, for another projection names it."""
    return session.get_one(TradeOrder, order_id)


def find_order(session: Session, subject: bytes) -> TradeOrder | None:
    """The order, if the subject is one and not a voyage."""
    return session.get(TradeOrder, subject)


def order_known_to(session: Session, participant_id: bytes, order_id: bytes) -> TradeOrder | None:
    """The order, if the participant may see it."""
    query = select(TradeOrder).where(
        col(TradeOrder.order_id) == order_id, orders_seen(session, participant_id)
    )
    return session.exec(query).first()


def order_attesters(session: Session, order_id: bytes) -> Sequence[OrderAttester]:
    query = select(OrderAttester).where(col(OrderAttester.order_id) == order_id)
    return session.exec(query.order_by(col(OrderAttester.position))).all()


def attested_kinds(session: Session, order_id: bytes, participant_id: bytes) -> int:
    """The kinds that the order names the participant for, as a KindSet."""
    kinds = 0
    for attester in order_attesters(session, order_id):
        if attester.participant_id == participant_id:
            kinds |= attester.kinds
    return kinds


def order_reference(session: Session, order_id: bytes) -> OrderReference | None:
    return session.get(OrderReference, order_id)


def save_order_reference(
    session: Session, order_id: bytes, reference: str, details: dict[str, Any]
) -> OrderReference:
    """The parties' own words for the order; the first ones stay."""
    values = {"order_id": order_id, "reference": reference, "details": details}
    session.exec(insert(OrderReference).values(**values).on_conflict_do_nothing())
    return session.get_one(OrderReference, order_id)


# Documents and evidence


def add_document(session: Session, document: Document) -> None:
    """Keeps the row; one that another request has just written stays."""
    values = document.model_dump()
    session.exec(insert(Document).values(**values).on_conflict_do_nothing())


def add_fingerprints(
    session: Session, document_id: bytes, order_id: bytes, found: Sequence[Fingerprint]
) -> None:
    """Keeps what the paper may have in common with others; twice is once."""
    rows = [
        {"document_id": document_id, "kind": each.kind, "key": each.key, "order_id": order_id}
        for each in found
    ]
    if rows:
        session.exec(insert(PaperFingerprint).values(rows).on_conflict_do_nothing())


def document(session: Session, document_id: bytes) -> Document | None:
    return session.get(Document, document_id)


def document_seen(session: Session, participant_id: bytes, document_id: bytes) -> Document | None:
    """The document, if the participant may see it."""
    query = select(Document).where(
        col(Document.document_id) == document_id, documents_seen(session, participant_id)
    )
    return session.exec(query).first()


def documents_seen_of(session: Session, participant_id: bytes, sha256: bytes) -> list[Document]:
    """Documents of exactly these bytes that the participant may see."""
    query = select(Document).where(
        col(Document.sha256) == sha256, documents_seen(session, participant_id)
    )
    return list(session.exec(query.order_by(col(Document.document_id))))


def documents_seen_on(
    session: Session, participant_id: bytes, order_id: bytes
) -> Sequence[Document]:
    """Documents of an order that the participant may see."""
    query = select(Document).where(
        col(Document.order_id) == order_id, documents_seen(session, participant_id)
    )
    return session.exec(query.order_by(col(Document.document_id))).all()


def documents_by_commitment(session: Session, commitment: bytes) -> list[Document]:
    return list(session.exec(select(Document).where(col(Document.commitment) == commitment)))


def is_replaced(session: Session, item: EvidenceItem) -> bool:
    """Whether the attester has recorded a later version in its place."""
    query = select(EvidenceItem.evidence_id).where(
        col(EvidenceItem.stream) == item.stream,
        col(EvidenceItem.attester) == item.attester,
        col(EvidenceItem.kind) == item.kind,
        col(EvidenceItem.supersedes) == item.source_key,
    )
    return session.exec(query.limit(1)).first() is not None


def documents_of(session: Session, order_id: bytes, kind: str) -> Sequence[Document]:
    query = select(Document).where(col(Document.order_id) == order_id, col(Document.kind) == kind)
    return session.exec(query.order_by(col(Document.reference), col(Document.document_id))).all()


def papers_elsewhere(
    session: Session, order_id: bytes, sha256: bytes, natural_key: str
) -> Sequence[Document]:
    """Documents of other orders that are this paper, byte for byte or as another copy."""
    same = or_(
        col(Document.sha256) == sha256,
        col(Document.summary)["natural_key"].astext == natural_key,
    )
    return session.exec(select(Document).where(col(Document.order_id) != order_id, same)).all()


def declarations(
    session: Session, authority: bytes, reference: str | None, mrn: str
) -> Sequence[Document]:
    """Declarations of orders that name the authority, by the trader's reference or by MRN."""
    meant = col(Document.summary)["mrn"].astext == mrn
    if reference is not None:
        meant = or_(meant, col(Document.reference) == reference)
    query = (
        select(Document)
        .join(OrderAttester, col(OrderAttester.order_id) == col(Document.order_id))
        .where(
            col(Document.kind).in_(("EXPORT_DECLARATION", "IMPORT_DECLARATION")),
            col(OrderAttester.participant_id) == authority,
            meant,
        )
        .distinct()
    )
    return session.exec(query).all()


def readers_of(session: Session, order_id: bytes) -> set[bytes]:
    """Who gets a key to a paper of the order as it is stored: the parties, and who lends by now."""
    trading = select(TradeOrder.exporter, TradeOrder.importer).where(
        col(TradeOrder.order_id) == order_id
    )
    lending = (
        select(FacilityLender.lender)
        .join(Facility, col(Facility.financing_id) == col(FacilityLender.financing_id))
        .where(col(Facility.order_id) == order_id)
    )
    parties = session.exec(trading).first() or ()
    return {*parties, *session.exec(lending).all()}


def tie(session: Session, document_id: bytes, evidence_id: bytes) -> None:
    """Says which fact a kept document proves; the first one stays."""
    document = session.get_one(Document, document_id)
    if document.evidence_id is None:
        document.evidence_id = evidence_id
        session.flush()


def learn_mrn(session: Session, document_id: bytes, mrn: str) -> None:
    """Customs' own number of a declaration, which its answers bring."""
    document = session.get_one(Document, document_id)
    if document.summary.get("mrn") is None:
        document.summary = {**document.summary, "mrn": mrn}
        session.flush()


def evidence(session: Session, evidence_id: bytes) -> EvidenceItem | None:
    return session.get(EvidenceItem, evidence_id)


def evidence_of(session: Session, subject: bytes) -> Sequence[EvidenceItem]:
    """Facts about the order or voyage, in the order in which they came."""
    query = select(EvidenceItem).where(col(EvidenceItem.stream) == subject)
    order = (col(EvidenceItem.recorded_block), col(EvidenceItem.evidence_id))
    return session.exec(query.order_by(*order)).all()


def evidence_many(session: Session, evidence_ids: Sequence[bytes]) -> dict[bytes, EvidenceItem]:
    query = select(EvidenceItem).where(col(EvidenceItem.evidence_id).in_(evidence_ids))
    return {item.evidence_id: item for item in session.exec(query)}


def voyage_known_to(session: Session, carrier: bytes, voyage_id: bytes) -> bool:
    """Whether the carrier has put any order aboard."""
    query = select(VoyageLink).where(
        col(VoyageLink.voyage_id) == voyage_id, col(VoyageLink.carrier) == carrier
    )
    return session.exec(query.limit(1)).first() is not None


def orders_aboard(session: Session, voyage_id: bytes) -> Sequence[TradeOrder]:
    query = (
        select(TradeOrder)
        .join(VoyageLink, col(VoyageLink.order_id) == col(TradeOrder.order_id))
        .where(col(VoyageLink.voyage_id) == voyage_id)
        .order_by(col(TradeOrder.order_id))
    )
    return session.exec(query).all()


def title(session: Session, title_id: bytes) -> Title | None:
    return session.get(Title, title_id)


# Facilities


def facility_known_to(
    session: Session, participant_id: bytes, financing_id: bytes
) -> Facility | None:
    """The facility, if the participant may see it."""
    return find_facility(session, participant_id, financing_id)


def lender(session: Session, financing_id: bytes, participant_id: bytes) -> FacilityLender | None:
    return session.get(FacilityLender, (financing_id, participant_id))


def credit(session: Session, financing_id: bytes, participant_id: bytes) -> int:
    """Minor units that wait for the participant."""
    row = session.get(Credit, (financing_id, participant_id))
    return row.amount_minor if row else 0


def tranche(session: Session, financing_id: bytes, position: int) -> Tranche | None:
    return session.get(Tranche, (financing_id, position))


# Examinations


def examinations_of(session: Session, order_id: bytes) -> Sequence[Examination]:
    """In the order in which they were made."""
    query = select(Examination).where(col(Examination.order_id) == order_id)
    return session.exec(query.order_by(col(Examination.number))).all()


def keys_with(session: Session, participant_id: bytes, permission: Permission) -> list[Address]:
    """The participant's keys that may do this, as addresses; signers of other kinds left out."""
    query = select(ParticipantKey).where(
        col(ParticipantKey.participant_id) == participant_id, col(ParticipantKey.revoked_at) == 0
    )
    return [
        Address(key.signer)
        for key in session.exec(query.order_by(col(ParticipantKey.key_id)))
        if key.permissions >> permission & 1 and len(key.signer) == ADDRESS_BYTES
    ]
