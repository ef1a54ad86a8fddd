"""Evidence: facts about orders and voyages, and which orders are aboard."""

from sqlmodel import Session, col, select

from entrepot.bindings import evidence as words
from entrepot.bindings.evidence import EvidenceState
from entrepot.kit.abi import Event
from entrepot.steps.indexing.projections.place import Handler, Place, ProjectionBroken, need
from entrepot.store.tables import EvidenceConflict, EvidenceItem, VoyageLink

Recorded = words.EvidenceRecorded | words.VoyageFactRecorded
Withdrawn = words.EvidenceWithdrawn | words.VoyageFactWithdrawn


def _recorded(session: Session, e: Recorded, at: Place) -> None:
    session.add(
        EvidenceItem(
            evidence_id=e.evidence_id,
            stream=at.stream,
            subject=at.stream,
            on_voyage=isinstance(e, words.VoyageFactRecorded),
            attester=e.attester,
            kind=e.fact.kind.name,
            state=EvidenceState.RECORDED.name,
            source_key=e.fact.source_key,
            commitment=e.fact.commitment,
            occurred_at=e.fact.occurred_at,
            recorded_at=at.timestamp,
            recorded_block=at.block_number,
            supersedes=_superseded(session, e, at),
            voyage_key=e.voyage_key if isinstance(e, words.VoyageFactRecorded) else None,
        )
    )


def _superseded(session: Session, e: Recorded, at: Place) -> bytes:
    """The id of the fact that this one replaces; zeros when it replaces none."""
    if not any(e.fact.supersedes):
        return bytes(32)
    query = select(EvidenceItem.evidence_id).where(
        col(EvidenceItem.subject) == at.stream,
        col(EvidenceItem.attester) == e.attester,
        col(EvidenceItem.kind) == e.fact.kind.name,
        col(EvidenceItem.source_key) == e.fact.supersedes,
    )
    found = session.exec(query).first()
    if found is None:
        raise ProjectionBroken(f"no fact that {e.evidence_id.hex()} replaces")
    return found


def _withdrawn(session: Session, e: Withdrawn, at: Place) -> None:
    item = need(session, EvidenceItem, e.evidence_id)
    item.state = EvidenceState.WITHDRAWN.name
    item.withdrawn_block = at.block_number


def _conflict_raised(session: Session, e: words.ConflictRaised, at: Place) -> None:
    session.merge(
        EvidenceConflict(
            order_id=e.order_id,
            place=e.place,
            stream=at.stream,
            kind=e.kind.name,
            source_key=e.source_key,
        )
    )


def _linked(session: Session, e: words.VoyageLinked, at: Place) -> None:
    session.add(
        VoyageLink(order_id=e.order_id, voyage_id=e.voyage_id, stream=at.stream, carrier=e.carrier)
    )


def _unlinked(session: Session, e: words.VoyageUnlinked, _: Place) -> None:
    session.delete(need(session, VoyageLink, (e.order_id, e.voyage_id)))


HANDLERS: dict[type[Event], Handler] = {
    words.EvidenceRecorded: _recorded,
    words.VoyageFactRecorded: _recorded,
    words.EvidenceWithdrawn: _withdrawn,
    words.VoyageFactWithdrawn: _withdrawn,
    words.ConflictRaised: _conflict_raised,
    words.VoyageLinked: _linked,
    words.VoyageUnlinked: _unlinked,
}
