"""Why each tranche was released, or what it still waits for: the last decision, in words."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_
from sqlmodel import Session, col, select

from entrepot.bindings.financings import Condition
from entrepot.store.tables import Block, Decision, EvidenceItem, Facility, Tranche
from entrepot.views.values import (
    Amount,
    Parties,
    Party,
    amount,
    hexed,
    kinds,
    rfc3339,
    unhexed,
)
from entrepot.views.visibility import find_facility
from entrepot.views.words import CONDITIONS, kind_in_words


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionItem:
    """One thing that a release asks for. `kind` when it is a kind of evidence."""

    condition: str
    kind: str | None
    met: bool
    words: str
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrancheConditions:
    """`decided_block` is None, and every item unmet, while nobody has looked yet."""

    tranche: int
    state: str
    amount: Amount
    decided_block: int | None
    met: bool
    items: tuple[ConditionItem, ...]


def of_facility(
    session: Session, caller: bytes | None, financing_id: bytes
) -> tuple[TrancheConditions, ...] | None:
    """The conditions of every tranche, in order; None if the caller does not see the facility."""
    facility = find_facility(session, caller, financing_id)
    return compose(session, [facility])[financing_id] if facility else None


def compose(
    session: Session, facilities: Sequence[Facility]
) -> dict[bytes, tuple[TrancheConditions, ...]]:
    """The conditions of these facilities, which the caller is known to see, in a fixed number of
    queries however many there are."""
    ids = [facility.financing_id for facility in facilities]
    decisions = _latest(session, ids)
    proofs = _proofs(session, decisions.values())
    tranches = session.exec(
        select(Tranche).where(col(Tranche.financing_id).in_(ids)).order_by(col(Tranche.position))
    ).all()
    return {
        facility.financing_id: tuple(
            _of_tranche(facility, tranche, decisions.get((one, tranche.position)), proofs)
            for tranche in tranches
            if tranche.financing_id == one
        )
        for facility in facilities
        for one in [facility.financing_id]
    }


def _latest(session: Session, ids: Sequence[bytes]) -> dict[tuple[bytes, int], Decision]:
    """The last decision on each tranche that stands on a block of the present chain."""
    here = and_(
        col(Block.number) == col(Decision.block_number), col(Block.hash) == col(Decision.block_hash)
    )
    query = (
        select(Decision)
        .join(Block, here)
        .where(col(Decision.financing_id).in_(ids))
        .order_by(col(Decision.block_number))
    )
    return {(row.financing_id, row.tranche): row for row in session.exec(query)}


def _of_tranche(
    facility: Facility, tranche: Tranche, decision: Decision | None, proofs: dict[str, Proof]
) -> TrancheConditions:
    return TrancheConditions(
        tranche=tranche.position,
        state=tranche.state,
        amount=amount(tranche.amount_minor, facility.currency),
        decided_block=decision.block_number if decision else None,
        met=decision.met if decision else False,
        items=tuple(_items(tranche, decision, proofs)),
    )


def _items(
    tranche: Tranche, decision: Decision | None, proofs: dict[str, Proof]
) -> Iterator[ConditionItem]:
    """Evidence first, each kind by itself; then the other conditions that apply."""
    outcome: dict[str, Any] = decision.outcome if decision else {}

    def shown(ids: Sequence[str]) -> tuple[Proof, ...]:
        return tuple(proofs[one] for one in ids if one in proofs)

    for condition, wanted, missing in (
        ("EVIDENCE", kinds(tranche.required), outcome.get("missing", ())),
        ("EVIDENCE_TWICE", kinds(tranche.required_twice), outcome.get("missing_twice", ())),
    ):
        for kind in wanted:
            yield ConditionItem(
                condition=condition,
                kind=kind,
                met=decision is not None and kind not in missing,
                words=kind_in_words(kind),
                proofs=shown(outcome.get("proofs", {}).get(kind, ())),
            )
    for kind in outcome.get("blocking", ()):
        against = [p.evidence_id for p in proofs.values() if p.kind == kind]
        yield ConditionItem(
            condition="BLOCKED",
            kind=kind,
            met=False,
            words=kind_in_words(kind),
            proofs=shown(against),
        )
    yield from _others(tranche, decision, outcome)


def _others(
    tranche: Tranche, decision: Decision | None, outcome: dict[str, Any]
) -> Iterator[ConditionItem]:
    unmet = set(outcome.get("unmet", ()))
    for condition in Condition:
        name = condition.name
        if name in ("EVIDENCE", "EVIDENCE_TWICE") or (name == "BLOCKED" and name in unmet):
            continue
        if name == "BLOCKED" and not tranche.blocking:
            continue
        if name == "TITLE" and not tranche.title_pledged:
            continue
        yield ConditionItem(
            condition=name,
            kind=None,
            met=decision is not None and name not in unmet,
            words=CONDITIONS[name],
            proofs=(),
        )


def _proofs(session: Session, decisions: Iterable[Decision]) -> dict[str, Proof]:
    """Every fact that the decisions were given, by evidence id."""
    given: list[Any] = [decision.facts.get("attestations", ()) for decision in decisions]
    ids = {str(fact["evidence_id"]) for facts in given for fact in facts}
    query = select(EvidenceItem).where(
        col(EvidenceItem.evidence_id).in_({unhexed(one) for one in ids})
    )
    rows = list(session.exec(query)) if ids else []
    parties = Parties(session, [row.attester for row in rows])
    return {
        hexed(row.evidence_id): Proof(
            evidence_id=hexed(row.evidence_id),
            kind=row.kind,
            attester=parties[row.attester],
            block=row.recorded_block,
            at=rfc3339(row.recorded_at),
            on_voyage=row.on_voyage,
            state=row.state,
        )
        for row in rows
    }
