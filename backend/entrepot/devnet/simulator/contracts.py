"""The contracts as a small model: for the calls that a simulation makes, the events that ours emit.

It is no copy of the contracts (tests/differential holds those against a model of their own). It
knows enough to be refused for the right reasons: no fact twice, no tranche twice, no release before
its conditions, no payment twice.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from entrepot.bindings import encumbrances, evidence, financing, participants
from entrepot.bindings.evidence import EvidenceState
from entrepot.bindings.evidence_kinds import EvidenceKind, KindSet
from entrepot.bindings.financings import (
    Condition,
    Conditions,
    FinancingState,
    FinancingTerms,
    Payout,
    PayoutKind,
)
from entrepot.bindings.ids import FinancingId, OrderId, ParticipantId, TitleId
from entrepot.chain import ids
from entrepot.chain.codec import decode_call
from entrepot.chain.errors import Undecodable
from entrepot.devnet.simulator import founding, stage
from entrepot.devnet.simulator.founding import Emitted, Facility, Refused
from entrepot.devnet.simulator.stage import AT, BANK, EXPORTER, IMPORTER
from entrepot.devnet.simulator.state import State
from entrepot.domain.accrual import deadlines
from entrepot.domain.kinds import ADVERSE
from entrepot.kit.abi import Address, Call

OPEN = (FinancingState.FUNDED, FinancingState.RELEASED)
FOUNDING = b"found"
OPENING = b"open a deal:"


def execute(state: State, sender: Address, to: bytes, data: bytes, time: int) -> list[Emitted]:
    """Does what the call says, in a block of that time; raises Refused, having changed what must
    then be taken back."""
    if to == stage.GROUND and data == FOUNDING:
        return founding.found()
    if to == stage.GROUND:
        return founding.open_deal(state, data.removeprefix(OPENING))
    if not data:
        return []
    names = {address: name for name, address in AT.items()}
    try:
        call = decode_call(names[Address(to)], data)
        verb = _VERBS[type(call)]
    except (Undecodable, KeyError):
        raise Refused(None) from None
    return verb(state, sender, call, time)


def answer(emitted: list[Emitted]) -> bytes:
    """What a call that emits this returns: of many releases, the set of those that were made."""
    asked = (financing.TrancheReleased, financing.TrancheNotReleased)
    told = [event for _, event in emitted if isinstance(event, asked)]
    released = (isinstance(event, financing.TrancheReleased) for event in told)
    return sum(made << place for place, made in enumerate(released)).to_bytes(32, "big")


def opening(deal: stage.Deal) -> bytes:
    """The call by which everybody else brings a deal to where our part begins."""
    return OPENING + f"{deal.seed}@{deal.opened_at}".encode()


def releasable(state: State, time: int) -> frozenset[tuple[bytes, int]]:
    """Facility and position of every tranche whose conditions hold at that time."""
    found: list[tuple[bytes, int]] = []
    for financing_id in state.get("open", ()):
        facility: Facility = state.get(("facility", financing_id))
        for i in range(len(facility.terms.tranches)):
            if not _unmet(state, facility, i, time):
                found.append((financing_id, i))
    return frozenset(found)


def _record(state: State, sender: Address, call: evidence.Record, time: int) -> list[Emitted]:
    attester = _attester(sender)
    at, fact = (call.order_id, attester, call.fact.kind, call.fact.source_key), call.fact
    if state.get(("order", call.order_id)) is None:
        raise Refused(evidence.OrderClosed(order_id=call.order_id))
    if fact.occurred_at > time:
        raise Refused(evidence.InFuture(occurred_at=fact.occurred_at, now_=time))
    if state.get(("fact", *at)) is not None:
        raise Refused(evidence.AlreadyRecorded(evidence_id=_evidence_id(*at)))
    state.put(("fact", *at), EvidenceState.RECORDED)
    standing = state.get(("facts", call.order_id), ())
    state.put(("facts", call.order_id), (*standing, (attester, fact.kind, fact.source_key)))
    state.add(("total", "facts"), 1)
    event = evidence.EvidenceRecorded(
        order_id=call.order_id, evidence_id=_evidence_id(*at), attester=attester, fact=fact
    )
    return [(AT["Evidence"], event)]


def _withdraw(state: State, sender: Address, call: evidence.Withdraw, time: int) -> list[Emitted]:
    del time
    attester = _attester(sender)
    at = (call.order_id, attester, call.kind, call.source_key)
    found = state.get(("fact", *at), EvidenceState.NONE)
    if found is not EvidenceState.RECORDED:
        revert = evidence.WrongState(
            evidence_id=_evidence_id(*at), current=found, needed=EvidenceState.RECORDED
        )
        raise Refused(revert)
    state.put(("fact", *at), EvidenceState.WITHDRAWN)
    standing = state.get(("facts", call.order_id))
    state.put(("facts", call.order_id), tuple(fact for fact in standing if fact != at[1:]))
    state.add(("total", "facts"), -1)
    event = evidence.EvidenceWithdrawn(
        order_id=call.order_id,
        evidence_id=_evidence_id(*at),
        attester=attester,
        kind=call.kind,
        reason=call.reason,
    )
    return [(AT["Evidence"], event)]


def _release(state: State, sender: Address, call: financing.Release, time: int) -> list[Emitted]:
    del sender
    facility, financing_id = _facility(state, call.terms)
    if facility.released_set >> call.tranche & 1:
        raise Refused(financing.TrancheClosed(financing_id=financing_id, tranche=call.tranche))
    if unmet := _unmet(state, facility, call.tranche, time):
        why = Conditions(
            unmet=unmet, missing=KindSet(0), missing_twice=KindSet(0), blocking=KindSet(0)
        )
        raise Refused(
            financing.ConditionsNotMet(
                financing_id=financing_id, tranche=call.tranche, conditions=why
            )
        )
    amount = call.terms.tranches[call.tranche].amount
    after = replace(
        facility,
        state=FinancingState.RELEASED,
        outstanding=facility.outstanding + amount,
        drawn=facility.drawn + amount,
        escrow=facility.escrow - amount,
        reserved=facility.reserved - amount,
        released_set=facility.released_set | 1 << call.tranche,
    )
    state.put(("facility", financing_id), after)
    founding.count(state, drawn=amount, outstanding=amount, released=1, money=2)
    both = {"order_id": call.terms.order_id, "financing_id": financing_id}
    committed = encumbrances.EncumbranceCommitted(
        **both, family=call.terms.asset_keys[0], amount=amount
    )
    released = financing.TrancheReleased(
        **both,
        caller=ParticipantId(bytes(20)),
        tranche=call.tranche,
        amount=amount,
        outstanding=after.outstanding,
        reserve=after.reserve,
        once=KindSet(0),
        twice=KindSet(0),
        title_id=TitleId(bytes(32)),
    )
    return [
        (AT["Encumbrances"], committed),
        founding.transfer(AT["Financing"], stage.address(str(EXPORTER)), amount),
        (AT["Financing"], released),
    ]


def _release_many(
    state: State, sender: Address, call: financing.ReleaseMany, time: int
) -> list[Emitted]:
    emitted: list[Emitted] = []
    for terms, tranche in zip(call.terms, call.tranches, strict=True):
        mark = state.mark()
        try:
            one = financing.Release(terms=terms, tranche=tranche)
            emitted += _release(state, sender, one, time)
        except Refused as error:
            state.back_to(mark)
            refusal = financing.TrancheNotReleased(
                order_id=terms.order_id,
                financing_id=_facility(state, terms)[1],
                caller=ParticipantId(bytes(20)),
                tranche=tranche,
                reason=error.data,
            )
            emitted.append((AT["Financing"], refusal))
    return emitted


def _repay(state: State, sender: Address, call: financing.Repay, time: int) -> list[Emitted]:
    del time
    facility, financing_id = _facility(state, call.terms)
    if facility.state not in (FinancingState.RELEASED, FinancingState.OVERDUE):
        raise _wrong(financing_id, facility, FinancingState.RELEASED)
    paid = ("paid", financing_id, call.payment_reference)
    if state.get(paid):
        raise Refused(
            financing.PaymentRepeated(
                financing_id=financing_id, payment_reference=call.payment_reference
            )
        )
    state.put(paid, True)
    principal = min(call.amount, facility.outstanding)
    rest = call.amount - principal
    after = replace(facility, outstanding=facility.outstanding - principal)
    founding.count(state, outstanding=-principal, money=3 if rest else 2, payments=1)
    payouts = [Payout(to=BANK, kind=PayoutKind.PRINCIPAL, amount=principal)]
    emitted = [
        founding.transfer(sender, AT["Financing"], call.amount),
        founding.transfer(AT["Financing"], stage.address("bank"), principal),
    ]
    if rest:
        payouts.append(Payout(to=EXPORTER, kind=PayoutKind.RESIDUAL, amount=rest))
        emitted.append(founding.transfer(AT["Financing"], stage.address(str(EXPORTER)), rest))
    state.add(("total", "money"), 1)
    repaid = financing.Repaid(
        order_id=call.terms.order_id,
        financing_id=financing_id,
        payer=IMPORTER,
        payment_reference=call.payment_reference,
        amount=call.amount,
        outstanding=after.outstanding,
        payouts=tuple(payouts),
    )
    emitted.append((AT["Financing"], repaid))
    if after.outstanding:
        state.put(("facility", financing_id), after)
        return emitted
    return [*emitted, *_close(state, after, financing_id)]


def _lapse(state: State, sender: Address, call: financing.Lapse, time: int) -> list[Emitted]:
    """Of a facility out of which nothing was ever paid; with its last tranche it ends."""
    del sender
    facility, financing_id = _facility(state, call.terms)
    if facility.state is not FinancingState.FUNDED:
        raise _wrong(financing_id, facility, FinancingState.FUNDED)
    tranche = call.terms.tranches[call.tranche]
    if facility.lapsed_set >> call.tranche & 1 or time <= tranche.expires_at:
        raise Refused(financing.TrancheClosed(financing_id=financing_id, tranche=call.tranche))
    after = replace(facility, lapsed_set=facility.lapsed_set | 1 << call.tranche)
    both = {"order_id": call.terms.order_id, "financing_id": financing_id}
    nobody = ParticipantId(bytes(20))
    event = financing.TrancheLapsed(
        **both, caller=nobody, tranche=call.tranche, amount=tranche.amount
    )
    if after.lapsed_set + 1 < 1 << len(call.terms.tranches):
        state.put(("facility", financing_id), after)
        return [(AT["Financing"], event)]
    state.put(
        ("facility", financing_id),
        replace(after, state=FinancingState.LAPSED, escrow=0, reserve=0, reserved=0),
    )
    _shut(state, financing_id)
    returned, left = _returned(facility)
    done = financing.FinancingLapsed(**both, caller=nobody, returned=returned)
    founding.count(state, money=1)
    back = founding.transfer(AT["Financing"], stage.address("bank"), left)
    return [(AT["Financing"], event), back, (AT["Financing"], done)]


def _returned(facility: Facility) -> tuple[tuple[Payout, ...], int]:
    """What goes back to the lender, and how much that is."""
    returned = (
        Payout(to=BANK, kind=PayoutKind.ESCROW_RETURNED, amount=facility.escrow),
        Payout(to=BANK, kind=PayoutKind.RESERVE_RETURNED, amount=facility.reserve),
    )
    return returned, facility.escrow + facility.reserve


def _close(state: State, facility: Facility, financing_id: FinancingId) -> list[Emitted]:
    returned, left = _returned(facility)
    closed = replace(facility, state=FinancingState.REPAID, escrow=0, reserve=0, reserved=0)
    state.put(("facility", financing_id), closed)
    _shut(state, financing_id)
    was_overdue = facility.state is FinancingState.OVERDUE
    founding.count(state, money=1, closed=1, overdue=-1 if was_overdue else 0)
    both = {"order_id": facility.terms.order_id, "financing_id": financing_id}
    freed = encumbrances.EncumbranceFreed(
        **both,
        family=facility.terms.asset_keys[0],
        reserved=facility.reserved,
        committed=facility.drawn,
    )
    done = financing.FinancingRepaid(**both, payer=IMPORTER, returned=returned)
    return [
        founding.transfer(AT["Financing"], stage.address("bank"), left),
        (AT["Encumbrances"], freed),
        (AT["Financing"], done),
    ]


def _mark_overdue(
    state: State, sender: Address, call: financing.MarkOverdue, time: int
) -> list[Emitted]:
    del sender
    facility, financing_id = _facility(state, call.terms)
    if facility.state is not FinancingState.RELEASED:
        raise _wrong(financing_id, facility, FinancingState.RELEASED)
    deadline, _ = deadlines(call.terms)
    if time <= deadline:
        raise Refused(financing.NotYetDue(financing_id=financing_id, deadline=deadline))
    state.put(("facility", financing_id), replace(facility, state=FinancingState.OVERDUE))
    _shut(state, financing_id)
    state.add(("total", "overdue"), 1)
    event = financing.FinancingOverdue(
        order_id=call.terms.order_id,
        financing_id=financing_id,
        caller=ParticipantId(bytes(20)),
        outstanding=facility.outstanding,
    )
    return [(AT["Financing"], event)]


def _facility(state: State, terms: FinancingTerms) -> tuple[Facility, FinancingId]:
    financing_id = stage.financing_id(terms)
    facility: Facility | None = state.get(("facility", financing_id))
    if facility is None:
        raise _wrong(financing_id, None, FinancingState.FUNDED)
    return facility, financing_id


def _wrong(financing_id: FinancingId, facility: Facility | None, needed: FinancingState) -> Refused:
    current = facility.state if facility else FinancingState.NONE
    return Refused(financing.WrongState(financing_id=financing_id, current=current, needed=needed))


def _shut(state: State, financing_id: FinancingId) -> None:
    state.put("open", tuple(each for each in state.get("open") if each != financing_id))


def _attester(sender: Address) -> ParticipantId:
    if (member := stage.DESKS.get(sender)) is None:
        raise Refused(participants.KeyUnknown(key_id=ids.key_id(sender)))
    return member


def _evidence_id(
    order_id: OrderId, attester: ParticipantId, kind: EvidenceKind, source_key: bytes
) -> Any:
    args = (stage.CHAIN_ID, AT["Evidence"], order_id, attester, kind, source_key)
    return ids.evidence_id(*args)


def _unmet(state: State, facility: Facility, position: int, time: int) -> int:
    """What stands between a tranche and its release: bits of Condition."""
    tranche = facility.terms.tranches[position]
    standing = state.get(("facts", facility.terms.order_id), ())
    told: dict[EvidenceKind, set[bytes]] = {}
    for attester, kind, _ in standing:
        if kind in stage.KINDS.get(attester, ()):
            told.setdefault(kind, set()).add(attester)
    once = stage.kind_set(*told)
    twice = stage.kind_set(*(kind for kind, by in told.items() if len(by) > 1))
    checks = {
        Condition.STATE: facility.state in OPEN,
        Condition.TRANCHE: not (facility.released_set | facility.lapsed_set) >> position & 1,
        Condition.DATES: tranche.not_before <= time <= tranche.expires_at,
        Condition.EVIDENCE: not tranche.required & ~once,
        Condition.EVIDENCE_TWICE: not tranche.required_twice & ~twice,
        Condition.BLOCKED: not once & stage.kind_set(*ADVERSE),
    }
    return sum(1 << condition for condition, holds in checks.items() if not holds)


_Verb = Callable[[State, Address, Any, int], list[Emitted]]

_VERBS: dict[type[Call], _Verb] = {
    evidence.Record: _record,
    evidence.Withdraw: _withdraw,
    financing.Release: _release,
    financing.ReleaseMany: _release_many,
    financing.Repay: _repay,
    financing.MarkOverdue: _mark_overdue,
    financing.Lapse: _lapse,
}
