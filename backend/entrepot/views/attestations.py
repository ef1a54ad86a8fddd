"""Facts as proofs: which of them count for an order, and which a decision was made on."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_
from sqlmodel import Session, col, select

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.store.tables import (
    EvidenceConflict,
    EvidenceItem,
    OrderAttester,
    Participant,
    VoyageLink,
)
from entrepot.views.values import Parties, Party, hexed, rfc3339, unhexed


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The fact that meets, or stands against, a condition: by whom, and in which block."""

    evidence_id: str
    kind: str
    attester: Party
    block: int
    at: str | None
    on_voyage: bool
    state: str


@dataclass(frozen=True, slots=True)
class Counted:
    """The proofs of one kind on one order, with the groups of those who gave them."""

    proofs: tuple[Proof, ...] = ()
    groups: frozenset[bytes] = frozenset()

    def joined(self, proof: Proof, group: bytes) -> "Counted":
        return Counted((*self.proofs, proof), self.groups | {group})


def by_id(session: Session, evidence_ids: Collection[str]) -> dict[str, Proof]:
    """The facts with these ids, whatever has become of them since."""
    wanted = {unhexed(one) for one in evidence_ids}
    if not wanted:
        return {}
    query = select(EvidenceItem).where(col(EvidenceItem.evidence_id).in_(wanted))
    return {proof.evidence_id: proof for proof in _proofs(session, list(session.exec(query)))}


def counted(session: Session, order_ids: Sequence[bytes]) -> dict[bytes, defaultdict[str, Counted]]:
    """What stands recorded for each order by an attester whom it names for that kind, by kind."""
    rows = [
        row
        for row in (*_on_orders(session, order_ids), *_on_voyages(session, order_ids))
        if row[2] >> EvidenceKind[row[0].kind] & 1
    ]
    proofs = {p.evidence_id: p for p in _proofs(session, [item for item, *_ in rows])}
    result = {one: defaultdict[str, Counted](Counted) for one in order_ids}
    for item, order_id, _, group in rows:
        kinds = result[order_id]
        kinds[item.kind] = kinds[item.kind].joined(proofs[hexed(item.evidence_id)], group)
    _set_aside(session, result, rows)
    return result


def _set_aside(
    session: Session, result: dict[bytes, defaultdict[str, Counted]], rows: Sequence[Any]
) -> None:
    """Kinds on which attesters contradict each other count for nothing; the conflict stands in
    their place, with those who contradict as its proofs."""
    query = select(EvidenceConflict).where(col(EvidenceConflict.order_id).in_(list(result)))
    for conflict in session.exec(query):
        sides = {
            hexed(item.evidence_id): item.commitment
            for item, *_ in rows
            if (item.stream, item.kind, item.source_key)
            == (conflict.order_id, conflict.kind, conflict.source_key)
        }
        if len(set(sides.values())) < 2:
            continue
        kinds = result[conflict.order_id]
        contested = kinds.pop(conflict.kind, Counted()).proofs
        proofs = (p for p in contested if p.evidence_id in sides)
        name = EvidenceKind.EVIDENCE_CONFLICT.name
        kinds[name] = Counted((*kinds[name].proofs, *proofs))


def _on_orders(session: Session, order_ids: Sequence[bytes]) -> Iterable[Any]:
    named = and_(
        col(OrderAttester.order_id) == col(EvidenceItem.stream),
        col(OrderAttester.participant_id) == col(EvidenceItem.attester),
    )
    return session.exec(_named(select(*_COLUMNS).join(OrderAttester, named), order_ids))


def _on_voyages(session: Session, order_ids: Sequence[bytes]) -> Iterable[Any]:
    named = and_(
        col(OrderAttester.order_id) == col(VoyageLink.order_id),
        col(OrderAttester.participant_id) == col(EvidenceItem.attester),
    )
    linked = col(VoyageLink.voyage_id) == col(EvidenceItem.stream)
    query = select(*_COLUMNS).join(VoyageLink, linked).join(OrderAttester, named)
    return session.exec(_named(query, order_ids))


_COLUMNS: Any = (EvidenceItem, OrderAttester.order_id, OrderAttester.kinds, Participant.group_id)


def _named(query: Any, order_ids: Sequence[bytes]) -> Any:
    return (
        query.join(
            Participant, col(Participant.participant_id) == col(OrderAttester.participant_id)
        )
        .where(col(OrderAttester.order_id).in_(order_ids), col(EvidenceItem.state) == "RECORDED")
        .order_by(col(EvidenceItem.recorded_block), col(EvidenceItem.evidence_id))
    )


def _proofs(session: Session, rows: Sequence[EvidenceItem]) -> list[Proof]:
    parties = Parties(session, [row.attester for row in rows])
    return [
        Proof(
            evidence_id=hexed(row.evidence_id),
            kind=row.kind,
            attester=parties[row.attester],
            block=row.recorded_block,
            at=rfc3339(row.recorded_at),
            on_voyage=row.on_voyage,
            state=row.state,
        )
        for row in rows
    ]
