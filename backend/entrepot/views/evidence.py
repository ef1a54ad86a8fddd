"""Facts about orders and about the voyages their goods are on."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_
from sqlmodel import Session, col, select

from entrepot.store.tables import EvidenceItem, VoyageLink
from entrepot.store.visibility import may_see_order, sees_everything, subjects_seen
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
    row = session.get(EvidenceItem, evidence_id)
    if row is None or not _may_see(session, caller, row):
        return None
    return _views(session, [row])[0]


def _may_see(session: Session, caller: bytes | None, row: EvidenceItem) -> bool:
    if sees_everything(session, caller) or row.attester == caller:
        return True
    if not row.on_voyage:
        return may_see_order(session, caller, row.stream)
    _, voyages = subjects_seen(session, caller)
    return row.stream in set(session.exec(voyages))


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
