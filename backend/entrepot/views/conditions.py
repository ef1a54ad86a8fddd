"""Why each tranche was released, or what it still waits for, in words."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_
from sqlmodel import Session, col, select

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.financings import Condition
from entrepot.domain.kinds import barring
from entrepot.store.tables import Block, Decision, Facility, Title, Tranche
from entrepot.store.tenancy import beyond
from entrepot.store.visibility import find_facility
from entrepot.views import attestations, holds
from entrepot.views.attestations import Counted, Proof
from entrepot.views.holds import HoldView
from entrepot.views.values import Amount, amount, kinds
from entrepot.views.words import CONDITIONS, kind_in_words

UNFUNDED = ("REQUESTED", "APPROVED", "DECLINED")
BY_KIND = ("EVIDENCE", "EVIDENCE_TWICE", "BLOCKED")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionItem:
    """One thing that a release asks for. `kind` when it is a kind of evidence."""

    condition: str
    kind: str | None
    met: bool
    words: str
    proofs: tuple[Proof, ...]

    @property
    def is_adverse(self) -> bool:
        """Whether this is a fact that stops the release, rather than one it waits for."""
        return self.condition == "BLOCKED" and self.kind is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrancheConditions:
    """`decided_block` is None before the lenders have paid in: until then the rules are not asked,
    and only what the tranche will need is shown, with the evidence that is there already. `holds`
    keep the release back whatever is met: they are lenders', and off the chain."""

    tranche: int
    state: str
    amount: Amount
    decided_block: int | None
    met: bool
    items: tuple[ConditionItem, ...]
    holds: tuple[HoldView, ...]


def of_facility(
    session: Session, caller: bytes | None, financing_id: bytes
) -> tuple[TrancheConditions, ...] | None:
    """The conditions of every tranche, in order; None if the caller does not see the facility."""
    facility = find_facility(session, caller, financing_id)
    return compose(session, caller, [facility])[financing_id] if facility else None


def compose(
    session: Session, caller: bytes | None, facilities: Sequence[Facility]
) -> dict[bytes, tuple[TrancheConditions, ...]]:
    """The conditions of these facilities, which the caller is known to see, in a fixed number of
    queries however many there are."""
    with beyond(session):
        known = _Known(session, caller, facilities)
    return {
        facility.financing_id: tuple(
            known.tranche(facility, tranche) for tranche in known.tranches[facility.financing_id]
        )
        for facility in facilities
    }


class _Known:
    """Tranches, decisions and facts of some facilities, fetched at once."""

    def __init__(
        self, session: Session, caller: bytes | None, facilities: Sequence[Facility]
    ) -> None:
        ids = [facility.financing_id for facility in facilities]
        self.decisions = _latest(session, ids)
        self.proofs = attestations.by_id(
            session, {one for d in self.decisions.values() for one, _ in _given(d)}
        )
        self.counted = attestations.counted(session, [one.order_id for one in facilities])
        self.pledged = set(
            session.exec(select(Title.pledged_for).where(col(Title.pledged_for).in_(ids)))
        )
        self.holds = holds.standing(session, caller, ids)
        self.tranches: dict[bytes, list[Tranche]] = defaultdict(list)
        query = select(Tranche).where(col(Tranche.financing_id).in_(ids))
        for row in session.exec(query.order_by(col(Tranche.position))):
            self.tranches[row.financing_id].append(row)

    def tranche(self, facility: Facility, tranche: Tranche) -> TrancheConditions:
        decision = self.decisions.get((facility.financing_id, tranche.position))
        if decision is not None:
            items = _decided(tranche, decision, self.proofs)
        else:
            pledged = facility.financing_id in self.pledged
            items = _awaited(facility, tranche, self.counted[facility.order_id], pledged)
        return TrancheConditions(
            tranche=tranche.position,
            state=tranche.state,
            amount=amount(tranche.amount_minor, facility.currency),
            decided_block=decision.block_number if decision else None,
            met=decision.met if decision else tranche.state == "RELEASED",
            items=tuple(items),
            holds=self.holds[facility.financing_id, tranche.position]
            if tranche.state == "PENDING"
            else (),
        )


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


def _given(decision: Decision) -> list[tuple[str, str]]:
    """Ids and kinds of the facts that the decision was given."""
    facts: Any = decision.facts.get("attestations", ())
    return [(str(fact["evidence_id"]), str(fact["kind"])) for fact in facts]


def _decided(
    tranche: Tranche, decision: Decision, proofs: Mapping[str, Proof]
) -> Iterator[ConditionItem]:
    """Evidence first, each kind by itself; then what stands against; then the other conditions."""
    outcome: Any = decision.outcome

    def item(condition: str, kind: str, met: bool, ids: Sequence[str]) -> ConditionItem:
        return _by_kind(condition, kind, met, [proofs[one] for one in ids if one in proofs])

    for kind in kinds(tranche.required):
        met = kind not in outcome["missing"]
        yield item("EVIDENCE", kind, met, outcome["proofs"].get(kind, ()))
    for kind in kinds(tranche.required_twice):
        met = kind not in outcome["missing_twice"]
        yield item("EVIDENCE_TWICE", kind, met, outcome["proofs"].get(kind, ()))
    for kind in outcome["blocking"]:
        against = [one for one, k in _given(decision) if k == kind]
        if kind == EvidenceKind.EVIDENCE_CONFLICT.name:
            against = outcome["contested"]
        yield item("BLOCKED", kind, False, against)
    for condition in Condition:
        name, unmet = condition.name, condition.name in outcome["unmet"]
        if _applies(tranche, name) and not (name == "BLOCKED" and unmet):
            yield _plain(name, not unmet)


def _awaited(
    facility: Facility, tranche: Tranche, counted: Mapping[str, Counted], pledged: bool
) -> Iterator[ConditionItem]:
    """What the tranche needs beside the lenders' money, judged by what is recorded now."""
    for kind in kinds(tranche.required):
        yield _by_kind("EVIDENCE", kind, bool(counted[kind].proofs), counted[kind].proofs)
    for kind in kinds(tranche.required_twice):
        twice = len(counted[kind].groups) > 1
        yield _by_kind("EVIDENCE_TWICE", kind, twice, counted[kind].proofs)
    for kind in barring(kinds(tranche.blocking)):
        if counted[kind].proofs:
            yield _by_kind("BLOCKED", kind, False, counted[kind].proofs)
    if tranche.title_pledged:
        yield _plain("TITLE", pledged)
    yield _plain("STATE", facility.state not in UNFUNDED)


def _applies(tranche: Tranche, condition: str) -> bool:
    if condition == "BLOCKED":
        return True
    if condition == "TITLE":
        return tranche.title_pledged
    return condition not in BY_KIND


def _by_kind(condition: str, kind: str, met: bool, proofs: Sequence[Proof]) -> ConditionItem:
    return ConditionItem(
        condition=condition,
        kind=kind,
        met=met,
        words=kind_in_words(kind),
        proofs=tuple(proofs),
    )


def _plain(condition: str, met: bool) -> ConditionItem:
    return ConditionItem(
        condition=condition, kind=None, met=met, words=CONDITIONS[condition], proofs=()
    )
