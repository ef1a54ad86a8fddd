"""Rows that a verb acts on, when the caller may know of them. Each is one question, so that what is
hidden costs as much as what is not there."""

from __future__ import annotations

from sqlalchemy import or_
from sqlmodel import Session, col, select

from entrepot.store.tables import EvidenceItem, Examination, Title, TradeOrder
from entrepot.store.visibility import evidence_seen, titles_seen


def title_known_to(session: Session, participant_id: bytes, title_id: bytes) -> Title | None:
    """The bill, if the participant may see it."""
    query = select(Title).where(
        col(Title.title_id) == title_id, titles_seen(session, participant_id)
    )
    return session.exec(query).first()


def evidence_known_to(
    session: Session, participant_id: bytes, evidence_id: bytes
) -> EvidenceItem | None:
    """The fact, if the participant may see it."""
    query = select(EvidenceItem).where(
        col(EvidenceItem.evidence_id) == evidence_id, evidence_seen(session, participant_id)
    )
    return session.exec(query).first()


def examination_to_decide(
    session: Session, participant_id: bytes, examination_id: bytes
) -> Examination | None:
    """For its bank and the order's importer. Locked until the transaction ends: of two who decide
    at once the second sees the first."""
    bought = select(TradeOrder.order_id).where(col(TradeOrder.importer) == participant_id)
    query = select(Examination).where(
        col(Examination.examination_id) == examination_id,
        or_(col(Examination.bank) == participant_id, col(Examination.order_id).in_(bought)),
    )
    return session.exec(query.with_for_update()).first()
