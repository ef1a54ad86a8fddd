"""One facility's state machine as a fold: what `Financing` keeps of it, and what each verb makes of
that. Every verb answers a Change or raises Refused with the contract's own error.

What lies outside the facility (who calls, whether money can move, the goods, the bill) is the
business of `entrepot.domain.ledger`. Amounts are minor units, times unix seconds.
"""

from dataclasses import dataclass, replace
from typing import Any

from entrepot.bindings import financing as words
from entrepot.bindings.financings import (
    Facility,
    FinancingState,
    FinancingTerms,
    Owed,
)
from entrepot.bindings.ids import FinancingId, ParticipantId, TitleId
from entrepot.domain.accrual import deadlines, owed
from entrepot.domain.contributions import (
    contributions,
    funding_bps,
    lead,
    open_total,
)
from entrepot.domain.payouts import Payouts, of_default, of_payment, of_remainder, of_rest
from entrepot.domain.refusals import Refused
from entrepot.domain.sharing import between
from entrepot.domain.waterfall import accrue, book, run

State = FinancingState

NO_TITLE = TitleId(bytes(32))
EMPTY = Facility(
    state=State.NONE,
    held=False,
    recourse_claimed=False,
    exporter=ParticipantId(bytes(20)),
    terms_hash=bytes(32),
    document_root=bytes(32),
    outstanding=0,
    drawn=0,
    escrow=0,
    reserve=0,
    released_set=0,
    lapsed_set=0,
    funded_set=0,
    accrued_at=0,
    paid_by_importer=0,
    loss=0,
    covered=0,
    restored=0,
    fees_paid=0,
    penalty_paid=0,
    interest_paid=0,
    principal_days=0,
    penalty_days=0,
    title_id=NO_TITLE,
)

LAPSING = (State.REQUESTED, State.APPROVED, State.FUNDED, State.RELEASED, State.OVERDUE)
PAYABLE = (State.RELEASED, State.OVERDUE, State.DEFAULTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A valid one: by which key, for which lender, until when it is taken."""

    lender: ParticipantId
    key_id: bytes
    deadline: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """maker: the key that asked. importer, price: as the order said when it was asked for.
    signed: keys that have approved; given: how many of each lender. write_off_set: bit i is
    lender i's. payments: payer and reference of each."""

    financing_id: FinancingId
    terms: FinancingTerms
    maker: bytes
    importer: ParticipantId
    price: int
    f: Facility
    signed: frozenset[bytes] = frozenset()
    given: tuple[int, ...] = ()
    write_off_set: int = 0
    payments: frozenset[tuple[ParticipantId, bytes]] = frozenset()

    @property
    def state(self) -> FinancingState:
        return self.f.state

    def with_(self, **changes: Any) -> "Record":
        """The record with fields of its facility changed."""
        return replace(self, f=replace(self.f, **changes))

    def is_open(self, tranche: int) -> bool:
        """Whether it has neither been released nor lapsed."""
        closed = self.f.released_set | self.f.lapsed_set
        return tranche < len(self.terms.tranches) and not closed >> tranche & 1

    def exposures(self) -> list[int]:
        """What of the outstanding principal is each lender's."""
        f = self.f
        return between(f.drawn - f.outstanding, f.drawn, funding_bps(self.terms))

    def owed(self, at: int) -> Owed:
        return owed(self.f, self.terms, at)

    def index_of(self, lender: ParticipantId) -> int:
        """NotLender when it is none of the terms'."""
        for index, share in enumerate(self.terms.lenders):
            if share.lender == lender:
                return index
        raise Refused(words.NotLender(financing_id=self.financing_id, participant=lender))

    def require(self, needed: FinancingState, *others: FinancingState) -> None:
        """WrongState unless it is in one of the states; the first is the one that is named."""
        if self.state not in (needed, *others):
            raise Refused(
                words.WrongState(financing_id=self.financing_id, current=self.state, needed=needed)
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a verb does: the record after it, money in, money out, and of the goods what is freed
    of the reservation and of the commitment."""

    record: Record
    paid_in: int = 0
    payouts: Payouts = ()
    freed: tuple[int, int] = (0, 0)


def sign(record: Record, signature: Signature, needed: int) -> Record:
    """One more signature of a lender that does not have all of them yet."""
    index = record.index_of(signature.lender)
    given = record.given or (0,) * len(record.terms.lenders)
    if given[index] >= needed:
        raise Refused(
            words.ApprovedEnough(financing_id=record.financing_id, lender=signature.lender)
        )
    given = tuple(n + (i == index) for i, n in enumerate(given))
    return replace(record, signed=record.signed | {signature.key_id}, given=given)


def is_approved(record: Record, needed: int) -> bool:
    """Whether every lender has all the signatures that it needs."""
    return min(record.given, default=0) >= needed


def decline(record: Record) -> Change:
    record.require(State.REQUESTED)
    return Change(record=record.with_(state=State.DECLINED))


def fund(record: Record, index: int) -> Change:
    """Lender `index` posts its contribution; FUNDED with the last."""
    posted = contributions(record.terms)[index]
    funded_set = record.f.funded_set | 1 << index
    complete = funded_set == _all_of(record.terms.lenders)
    after = record.with_(
        funded_set=funded_set,
        escrow=record.f.escrow + posted.escrow,
        reserve=record.f.reserve + posted.reserve,
        state=State.FUNDED if complete else record.state,
    )
    return Change(record=after, paid_in=posted.escrow + posted.reserve)


def release(record: Record, tranche: int, title_id: TitleId, at: int) -> Record:
    """A tranche goes out; its conditions have been looked at."""
    amount = record.terms.tranches[tranche].amount
    f = accrue(record.f, record.terms, at)
    return replace(record, f=f).with_(
        state=State.RELEASED,
        escrow=f.escrow - amount,
        outstanding=f.outstanding + amount,
        drawn=f.drawn + amount,
        released_set=f.released_set | 1 << tranche,
        title_id=title_id,
    )


def lapse(record: Record, tranche: int, at: int) -> Change:
    """Ends a tranche whose time is over, and with the last undrawn one the facility."""
    _require_lapsing(record, tranche, at)
    amount = record.terms.tranches[tranche].amount if record.state != State.REQUESTED else 0
    after = record.with_(lapsed_set=record.f.lapsed_set | 1 << tranche)
    if after.f.lapsed_set != _all_of(record.terms.tranches):
        return Change(record=after, freed=(amount, 0))
    returned = of_remainder(after.terms, after.f)
    ended = after.with_(state=State.LAPSED, escrow=0, reserve=0)
    return Change(record=ended, payouts=returned, freed=(amount, 0))


def repay(record: Record, payer: ParticipantId, amount: int, reference: bytes, at: int) -> Change:
    """The waterfall, and the end when nothing is owed any more."""
    if amount == 0:
        raise Refused(words.ZeroPayment(financing_id=record.financing_id))
    if (payer, reference) in record.payments:
        raise Refused(
            words.PaymentRepeated(financing_id=record.financing_id, payment_reference=reference)
        )
    f = accrue(record.f, record.terms, at)
    paid, rest = run(owed(f, record.terms, at), amount)
    by_importer = f.paid_by_importer + (amount if payer == record.importer else 0)
    refund = rest
    if payer == record.importer:
        refund = min(rest, max(0, by_importer - record.price))
    payouts = of_payment(record.terms, f, paid)
    payouts += of_rest(payer, refund, f.exporter, rest - refund)
    after = replace(
        record,
        f=replace(book(f, paid), paid_by_importer=by_importer),
        payments=record.payments | {(payer, reference)},
    )
    change = Change(record=after, paid_in=amount, payouts=payouts)
    done = after.f.outstanding == 0 and after.f.restored == after.f.covered
    return _closed(change) if done else change


def mark_overdue(record: Record, at: int) -> Change:
    overdue_after, _ = deadlines(record.terms)
    _require_past(record, overdue_after, at)
    record.require(State.RELEASED)
    return Change(record=record.with_(state=State.OVERDUE))


def declare_default(record: Record, at: int) -> Change:
    """The reserve pays first, the loss is settled out of the true-ups, the rest goes back."""
    _, default_after = deadlines(record.terms)
    _require_past(record, default_after, at)
    record.require(State.OVERDUE)
    f = accrue(record.f, record.terms, at)
    cover = min(f.reserve, f.outstanding)
    after = replace(record, f=f).with_(
        state=State.DEFAULTED,
        outstanding=f.outstanding - cover,
        covered=cover,
        loss=f.outstanding - cover,
        escrow=0,
        reserve=0,
        lapsed_set=_lapsed_rest(record),
    )
    return Change(
        record=after,
        payouts=of_default(record.terms, f, cover),
        freed=(_undrawn(record), 0),
    )


def claim_recourse(record: Record) -> Change:
    record.require(State.DEFAULTED)
    if not record.terms.recourse:
        raise Refused(words.NoRecourse(financing_id=record.financing_id))
    if record.f.recourse_claimed:
        raise Refused(words.RecourseClaimedRefusal(financing_id=record.financing_id))
    return Change(record=record.with_(recourse_claimed=True))


def enforce_title(record: Record, lender: ParticipantId) -> Change:
    """The lead takes the bill for all."""
    if lender != lead(record.terms):
        raise Refused(
            words.NotLead(financing_id=record.financing_id, lead=lead(record.terms), actor=lender)
        )
    record.require(State.DEFAULTED, State.WRITTEN_OFF)
    if record.f.title_id == NO_TITLE:
        raise Refused(words.TitleNotPledged(financing_id=record.financing_id))
    return Change(record=record.with_(title_id=NO_TITLE))


def write_off(record: Record, index: int, at: int) -> Change:
    """Lender `index` gives up what is outstanding; WRITTEN_OFF with the last."""
    record.require(State.DEFAULTED)
    if record.write_off_set >> index & 1:
        lender = record.terms.lenders[index].lender
        raise Refused(words.WriteOffAgreedRefusal(financing_id=record.financing_id, lender=lender))
    after = replace(record, write_off_set=record.write_off_set | 1 << index)
    if after.write_off_set != _all_of(record.terms.lenders):
        return Change(record=after)
    f = accrue(record.f, record.terms, at)
    ended = replace(after, f=f).with_(state=State.WRITTEN_OFF, outstanding=0)
    return Change(record=ended, freed=(0, f.drawn))


def _closed(change: Change) -> Change:
    """What was not drawn lapses, what was posted goes back; after a default that is done."""
    record = change.record
    if record.state is State.DEFAULTED:
        recovered = record.with_(state=State.RECOVERED)
        return replace(change, record=recovered, freed=(0, record.f.drawn))
    returned = of_remainder(record.terms, record.f)
    repaid = record.with_(state=State.REPAID, escrow=0, reserve=0, lapsed_set=_lapsed_rest(record))
    return replace(
        change,
        record=repaid,
        payouts=change.payouts + returned,
        freed=(_undrawn(record), record.f.drawn),
    )


def _require_lapsing(record: Record, tranche: int, at: int) -> None:
    record.require(State.RELEASED, *LAPSING)
    if not record.is_open(tranche):
        raise Refused(words.TrancheClosed(financing_id=record.financing_id, tranche=tranche))
    expires_at = record.terms.tranches[tranche].expires_at
    if at <= expires_at:
        raise Refused(
            words.NotYetLapsed(
                financing_id=record.financing_id, tranche=tranche, expires_at=expires_at
            )
        )


def _require_past(record: Record, deadline: int, at: int) -> None:
    if at <= deadline:
        raise Refused(words.NotYetDue(financing_id=record.financing_id, deadline=deadline))


def _undrawn(record: Record) -> int:
    """What is still reserved: the sum of the open tranches."""
    return open_total(record.terms, record.f.released_set | record.f.lapsed_set)


def _lapsed_rest(record: Record) -> int:
    return _all_of(record.terms.tranches) & ~record.f.released_set


def _all_of(things: tuple[object, ...]) -> int:
    """A bit for each."""
    return (1 << len(things)) - 1
