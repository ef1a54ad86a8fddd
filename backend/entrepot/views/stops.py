"""What stands between a waiting tranche and its money, with the very facts that say so."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, select

from entrepot.store.tables import EvidenceItem, Facility, Tranche, VoyageLink
from entrepot.store.visibility import find_facility
from entrepot.views import decisions, holds
from entrepot.views.attestations import Proof, by_id
from entrepot.views.decisions import DecisionView
from entrepot.views.holds import HoldView
from entrepot.views.values import hexed


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """A kind that the terms ask for and nobody's word stands for. withdrawn: words that were taken
    back."""

    kind: str
    withdrawn: tuple[Proof, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Why one pending tranche waits, by the decision at `block`. adverse: facts against it;
    unmet: the conditions that do not hold, these two left out. holds: lenders', off the chain."""

    tranche: int
    block: int
    lacks: tuple[Lack, ...]
    adverse: tuple[Proof, ...]
    unmet: tuple[str, ...]
    holds: tuple[HoldView, ...]


def of_facility(
    session: Session, caller: bytes | None, financing_id: bytes
) -> tuple[Stop, ...] | None:
    """By tranche; None if the caller does not see the facility."""
    facility = find_facility(session, caller, financing_id)
    made = decisions.of_facility(session, caller, financing_id)
    if facility is None or made is None:
        return None
    query = select(Tranche.position).where(
        Tranche.financing_id == financing_id, Tranche.state == "PENDING"
    )
    pending = set(session.exec(query))
    last = {decision.tranche: decision for decision in made}
    kept = holds.standing(session, caller, [financing_id])
    return tuple(
        _stop(session, facility, last[position], kept[financing_id, position])
        for position in sorted(pending & last.keys())
        if not last[position].met or kept[financing_id, position]
    )


def _stop(
    session: Session, facility: Facility, decision: DecisionView, kept: tuple[HoldView, ...]
) -> Stop:
    outcome = decision.outcome
    missing = dict.fromkeys((*outcome["missing"], *outcome["missing_twice"]))
    blocking = set(outcome["blocking"])
    against = [
        str(fact["evidence_id"])
        for fact in decision.facts["attestations"]
        if fact["kind"] in blocking
    ]
    withdrawn = _withdrawn(session, facility.order_id, missing)
    told = {"EVIDENCE", "EVIDENCE_TWICE", "BLOCKED"}
    proofs = by_id(session, [*against, *map(str, outcome["contested"])])
    return Stop(
        tranche=decision.tranche,
        block=decision.block,
        lacks=tuple(
            Lack(kind=kind, withdrawn=tuple(p for p in withdrawn if p.kind == kind))
            for kind in missing
        ),
        adverse=tuple(proofs.values()),
        unmet=tuple(each for each in outcome["unmet"] if each not in told),
        holds=kept,
    )


def _withdrawn(session: Session, order_id: bytes, kinds: Iterable[str]) -> list[Proof]:
    voyages = select(VoyageLink.voyage_id).where(VoyageLink.order_id == order_id)
    query = select(EvidenceItem.evidence_id).where(
        (col(EvidenceItem.stream) == order_id) | col(EvidenceItem.stream).in_(voyages),
        col(EvidenceItem.kind).in_(list(kinds)),
        EvidenceItem.state == "WITHDRAWN",
    )
    found = by_id(session, [hexed(each) for each in session.exec(query)])
    return sorted(found.values(), key=lambda proof: (proof.block, proof.evidence_id))
