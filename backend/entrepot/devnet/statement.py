"""The statement at the end of a settlement: for every cent released, which rule, on which evidence,
attested by whom, at which block; and that no cent was made or lost."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from entrepot.bindings.financings import Condition
from entrepot.domain.terms import OPEN_STATES
from entrepot.steps import World
from entrepot.store.session import Session
from entrepot.views import audit as auditing
from entrepot.views import (
    breaches,
    conditions,
    decisions,
    facilities,
    matches,
    orders,
    stops,
    timeline,
    titles,
)
from entrepot.views.balances import Balance, all_balances
from entrepot.views.breaches import BreachView
from entrepot.views.decisions import DecisionView
from entrepot.views.digest import digest
from entrepot.views.facilities import TrancheView
from entrepot.views.timeline import TimelineEntry
from entrepot.views.values import Party, unhexed


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """One fact that a release rests on. rule: EVIDENCE, or EVIDENCE_TWICE where two unrelated
    attesters were asked for."""

    rule: str
    kind: str
    evidence_id: str
    attester: Party
    block: int
    at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldUp:
    """At this block nothing stood in the way of the money but these adverse facts."""

    block: int
    by: tuple[Met, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Money out of escrow. rules_hash and decided_block: the stored decision that it follows from.

    needed_event, needed_block: the last event that it waited for, which may be that something was
    withdrawn; blocks_to_money and ms_to_money:
    from there to the release, the latter as the blocks came in at the node.
    """

    tranche: int
    amount: str
    amount_minor: int
    at: str | None
    block: int
    tx_hash: str
    rules_hash: str
    decided_block: int
    evidence: tuple[Met, ...]
    other_rules: tuple[str, ...]
    held_up: tuple[HeldUp, ...]
    needed_event: str
    needed_withdrawn: bool
    needed_block: int
    blocks_to_money: int
    ms_to_money: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleEnd:
    title_id: str
    state: str
    possessor: Party | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """`sum_minor` is that of all balances: zero, or money was made or lost."""

    scenario: str
    currency: str
    order_id: str
    order_reference: str
    order_state: str
    facility_id: str
    facility_state: str
    title: TitleEnd | None
    releases: tuple[Release, ...]
    balances: tuple[Balance, ...]
    sum_minor: int
    decision: DecisionView | None
    stopped: tuple[stops.Stop, ...]
    alike: tuple[matches.NearMatchView, ...]
    breaches: tuple[BreachView, ...]
    audit: auditing.Audit
    digest: str


def compose(
    world: World, scenario: str, facility_id: str, mined_at: Mapping[int, float]
) -> Statement:
    """The statement of one facility, read at one moment.

    mined_at: block number to the seconds at which it was there, of any steady clock.
    """
    with world.store.reading() as session:
        financing_id = unhexed(facility_id)
        facility = facilities.get_facility(session, None, financing_id)
        if facility is None:
            raise LookupError(f"there is no facility {facility_id}")
        order_id = unhexed(facility.order_id)
        order = orders.get_order(session, None, order_id)
        bills = titles.of_order(session, None, order_id) or ()
        told = _Told(session, financing_id, order_id, mined_at)
        releases = tuple(told.release(one) for one in facility.tranches if one.state == "RELEASED")
        contracts = {bytes(at): name for name, at in world.deployment.contracts.items()}
        balances = all_balances(session, contracts)
        return Statement(
            scenario=scenario,
            currency=facility.amount.currency,
            order_id=facility.order_id,
            order_reference=facility.order_reference,
            order_state=order.state if order else "NONE",
            facility_id=facility_id,
            facility_state=facility.state,
            title=_title(bills),
            releases=releases,
            balances=balances,
            sum_minor=sum(balance.amount_minor for balance in balances),
            decision=told.record(releases),
            stopped=_stopped(session, financing_id, facility.state),
            alike=matches.of_facility(session, None, financing_id) or (),
            breaches=breaches.of_facility(session, None, financing_id) or (),
            audit=auditing.audit(session, world.node, world.deployment),
            digest=digest(session),
        )


def releases_of(
    world: World, facility_id: str, mined_at: Mapping[int, float]
) -> tuple[Release, ...]:
    """The releases of one facility alone."""
    with world.store.reading() as session:
        financing_id = unhexed(facility_id)
        facility = facilities.get_facility(session, None, financing_id)
        if facility is None:
            raise LookupError(f"there is no facility {facility_id}")
        told = _Told(session, financing_id, unhexed(facility.order_id), mined_at)
        return tuple(told.release(one) for one in facility.tranches if one.state == "RELEASED")


def _stopped(session: Session, financing_id: bytes, state: str) -> tuple[stops.Stop, ...]:
    """Of a facility that can still pay out."""
    if state not in OPEN_STATES:
        return ()
    return stops.of_facility(session, None, financing_id) or ()


class _Told:
    """What the views say of one facility."""

    def __init__(
        self, session: Session, financing_id: bytes, order_id: bytes, mined_at: Mapping[int, float]
    ) -> None:
        self.mined_at = mined_at
        self.conditions = conditions.of_facility(session, None, financing_id) or ()
        self.decisions = decisions.of_facility(session, None, financing_id) or ()
        self.timeline = timeline.of_order(session, None, order_id) or ()
        self.facts = {e.evidence_id: e for e in self.timeline if e.evidence_id and not e.withdrawn}

    def release(self, tranche: TrancheView) -> Release:
        made = [d for d in self.decisions if d.tranche == tranche.position]
        decision = next(d for d in reversed(made) if d.met)
        needed = [e for e in self.timeline if e.tx_hash and e.block <= decision.block][-1]
        block = tranche.released_block or 0
        return Release(
            tranche=tranche.position,
            amount=tranche.amount.amount,
            amount_minor=tranche.amount.minor,
            at=tranche.released_at,
            block=block,
            tx_hash=tranche.released_tx or "",
            rules_hash=decision.rules_hash,
            decided_block=decision.block,
            evidence=tuple(self._met(tranche.position)),
            other_rules=tuple(self._others(tranche.position)),
            held_up=tuple(_distinct([self._held_up(d) for d in made if _is_only_blocked(d)])),
            needed_event=needed.words or needed.event,
            needed_withdrawn=needed.withdrawn,
            needed_block=needed.block,
            blocks_to_money=block - needed.block,
            ms_to_money=self._ms(needed.block, block),
        )

    def record(self, releases: tuple[Release, ...]) -> DecisionView | None:
        """The decision that is shown whole: of a tranche that was held up, or of the last one."""
        if not releases:
            return None
        shown = next((one for one in releases if one.held_up), releases[-1])
        blocks = {shown.held_up[0].block} if shown.held_up else {shown.decided_block}
        of_it = (d for d in self.decisions if d.tranche == shown.tranche)
        return next((d for d in of_it if d.block in blocks), None)

    def _met(self, tranche: int) -> list[Met]:
        items = self.conditions[tranche].items
        return [
            Met(
                rule=item.condition,
                kind=proof.kind,
                evidence_id=proof.evidence_id,
                attester=proof.attester,
                block=proof.block,
                at=proof.at,
            )
            for item in items
            for proof in item.proofs
            if item.met
        ]

    def _others(self, tranche: int) -> list[str]:
        items = self.conditions[tranche].items
        return [item.condition for item in items if item.met and item.kind is None]

    def _held_up(self, decision: DecisionView) -> HeldUp:
        blocking: list[str] = decision.outcome["blocking"]
        facts: list[dict[str, Any]] = decision.facts["attestations"]
        entries = [
            (f["kind"], self.facts[f["evidence_id"]]) for f in facts if f["kind"] in blocking
        ]
        return HeldUp(block=decision.block, by=tuple(_adverse(k, e) for k, e in entries))

    def _ms(self, first: int, last: int) -> float | None:
        if first not in self.mined_at or last not in self.mined_at:
            return None
        return round((self.mined_at[last] - self.mined_at[first]) * 1000, 1)


def _is_only_blocked(decision: DecisionView) -> bool:
    return bool(decision.outcome["unmet"] == [Condition.BLOCKED.name])


def _adverse(kind: str, entry: TimelineEntry) -> Met:
    return Met(
        rule="BLOCKED",
        kind=kind,
        evidence_id=entry.evidence_id or "",
        attester=entry.actor or Party("", "", ""),
        block=entry.block,
        at=entry.at,
    )


def _distinct(found: list[HeldUp]) -> list[HeldUp]:
    """One for each set of facts: the last block at which it stood in the way."""
    last = {one.by: one for one in found}
    return sorted(last.values(), key=lambda one: one.block)


def _title(bills: tuple[titles.TitleView, ...]) -> TitleEnd | None:
    if not bills:
        return None
    bill = next((bill for bill in bills if not bill.replaced_by), bills[-1])
    return TitleEnd(title_id=bill.title_id, state=bill.state, possessor=bill.possessor)
