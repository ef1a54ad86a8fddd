"""Facts about orders and about the voyages their goods are on."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_
from sqlmodel import Session, col, select

from entrepot.store.tables import EvidenceItem, VoyageLink
from entrepot.store.visibility import evidence_seen, may_see_order
from entrepot.views.values import Parties, Party, hexed, maybe_hexed, rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceView:
    """`subject` is the order, or the voyage when `on_voyage`."""

    evidence_id: str
    subject: str
    on_voyage: bool
    kind: str
    state: str
    attester: Party
    commitment: str
    occurred_at: str | None
    recorded_at: str | None
    recorded_block: int
    withdrawn_block: int | None
    supersedes: str | None


def of_order(
    session: Session, caller: bytes | None, order_id: bytes
) -> tuple[EvidenceView, ...] | None:
    """Every fact that counts, or counted, for the order, oldest first; None if it is not seen."""
    if not may_see_order(session, caller, order_id):
        return None
    voyages = select(VoyageLink.voyage_id).where(VoyageLink.order_id == order_id)
    query = (
        select(EvidenceItem)
        .where(or_(col(EvidenceItem.stream) == order_id, col(EvidenceItem.stream).in_(voyages)))
        .order_by(col(EvidenceItem.recorded_block), col(EvidenceItem.evidence_id))
    )
    return _views(session, list(session.exec(query)))


def get_evidence(session: Session, caller: bytes | None, evidence_id: bytes) -> EvidenceView | None:
    """One fact, for its attester and for the parties of an order that it counts for."""
    query = select(EvidenceItem).where(
        EvidenceItem.evidence_id == evidence_id, evidence_seen(session, caller)
    )
    row = session.exec(query).first()
    return _views(session, [row])[0] if row else None


def _views(session: Session, rows: Sequence[EvidenceItem]) -> tuple[EvidenceView, ...]:
    parties = Parties(session, [row.attester for row in rows])
    return tuple(
        EvidenceView(
            evidence_id=hexed(row.evidence_id),
            subject=hexed(row.stream),
            on_voyage=row.on_voyage,
            kind=row.kind,
            state=row.state,
            attester=parties[row.attester],
            commitment=hexed(row.commitment),
            occurred_at=rfc3339(row.occurred_at),
            recorded_at=rfc3339(row.recorded_at),
            recorded_block=row.recorded_block,
            withdrawn_block=row.withdrawn_block,
            supersedes=maybe_hexed(row.supersedes),
        )
        for row in rows
    )
