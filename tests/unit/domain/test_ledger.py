"""The model of the facilities: no unit of money comes from nowhere or gets lost."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.bindings import financing as words
from entrepot.bindings.financings import FinancingTerms, Owed
from entrepot.bindings.ids import EvidenceId, TitleId
from entrepot.bindings.participants import NotActive, ParticipantState
from entrepot.bindings.settlement_token import ERC20InsufficientBalance, ERC7943CannotReceive
from entrepot.domain.errors import Refused
from entrepot.domain.facility import PAYABLE, Record, Signature, State
from entrepot.domain.ledger import Ledger
from entrepot.domain.payouts import Payouts
from entrepot.domain.surroundings import Bill
from entrepot.kit.abi import Revert
from tests.differential.stage import DAY_S, GENESIS, LENDERS, PRICE, who
from tests.unit.domain.deal import (
    CASH,
    DESK,
    EXPORTER,
    FOREVER,
    IMPORTER,
    LATE,
    MEMBERS,
    TERMS,
    brought_to,
    evidence_id,
    gain,
    lender,
    more_terms,
    open_ledger,
    sign_all,
    some_terms,
)

ENDS = (State.REPAID, State.LAPSED, State.DECLINED, State.RECOVERED, State.WRITTEN_OFF)
FOLLOWS = {
    State.REQUESTED: {State.APPROVED, State.DECLINED, State.LAPSED},
    State.APPROVED: {State.FUNDED, State.LAPSED},
    State.FUNDED: {State.RELEASED, State.LAPSED},
    State.RELEASED: {State.REPAID, State.OVERDUE},
    State.OVERDUE: {State.REPAID, State.DEFAULTED},
    State.DEFAULTED: {State.RECOVERED, State.WRITTEN_OFF},
}


def refusal(act: Callable[[], object]) -> Revert:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.revert


def record_of(ledger: Ledger, terms: FinancingTerms = TERMS) -> Record:
    return ledger.known(terms)


def suspend(ledger: Ledger, name: str) -> None:
    ledger.around.members[who(name)].state = ParticipantState.SUSPENDED


def reinstate(ledger: Ledger, name: str) -> None:
    ledger.around.members[who(name)].state = ParticipantState.ACTIVE


def all_owed(ledger: Ledger, at: int, terms: FinancingTerms = TERMS) -> int:
    due = record_of(ledger, terms).owed(at)
    return sum(getattr(due, field.name) for field in Owed.abi.fields)


# One life, step by step


def test_a_repaid_facility_gives_back_what_was_posted() -> None:
    ledger = brought_to(State.RELEASED)
    at = GENESIS + 30 * DAY_S
    owed = all_owed(ledger, at)
    assert owed == 100_000 + 250 + 542  # fee 0.25 %, 6.5 % for 30 days on 360: 541.67
    ledger.repay(IMPORTER, TERMS, owed, b"\1" * 32, at)
    assert record_of(ledger).state is State.REPAID
    assert (ledger.held, gain(ledger, "platform")) == (0, 108)
    assert (gain(ledger, "exporter"), gain(ledger, "importer")) == (100_000, -owed)
    assert gain(ledger, "bank") + gain(ledger, "fund") == 250 + 542 - 108
    assert ledger.used(lender(0)) == ledger.outstanding() == 0


def test_a_default_is_borne_by_loss_shares_and_made_good_in_them() -> None:
    ledger = brought_to(State.DEFAULTED)
    # 5,000 of the reserve paid: 95,000 are lost, 47,500 to each, and each has 2,500 in the reserve
    assert (gain(ledger, "bank"), gain(ledger, "fund")) == (-50_000, -50_000)
    f = record_of(ledger).f
    assert (f.loss, f.covered, f.outstanding, f.reserve, f.escrow) == (95_000, 5_000, 95_000, 0, 0)
    ledger.repay(EXPORTER, TERMS, all_owed(ledger, LATE), b"\1" * 32, LATE)
    assert record_of(ledger).state is State.RECOVERED
    assert gain(ledger, "bank") > 0 < gain(ledger, "fund")
    assert ledger.held == 0


def test_what_is_too_much_is_the_exporters_up_to_the_price_and_else_the_payers() -> None:
    ledger = brought_to(State.RELEASED)
    owed = all_owed(ledger, GENESIS)
    ledger.repay(IMPORTER, TERMS, PRICE + 7, b"\1" * 32, GENESIS)
    assert gain(ledger, "importer") == -PRICE
    assert gain(ledger, "exporter") == 100_000 + PRICE - owed
    another = brought_to(State.RELEASED)
    another.repay(EXPORTER, TERMS, owed + 7, b"\1" * 32, GENESIS)
    assert gain(another, "exporter") == 100_000 - owed


def test_who_cannot_be_paid_has_a_credit_until_then() -> None:
    ledger = brought_to(State.RELEASED)
    suspend(ledger, "bank")
    ledger.repay(IMPORTER, TERMS, 1_000, b"\1" * 32, GENESIS)
    account = ledger.around.members[who("bank")].account
    assert refusal(lambda: ledger.claim_credit(TERMS, lender(0))) == ERC7943CannotReceive(
        account=account
    )
    before = gain(ledger, "bank")
    reinstate(ledger, "bank")
    ledger.claim_credit(TERMS, lender(0))
    assert gain(ledger, "bank") == before + 600
    none = words.NoCredit(financing_id=record_of(ledger).financing_id, participant=lender(0))
    assert refusal(lambda: ledger.claim_credit(TERMS, lender(0))) == none


def test_a_recourse_claim_stops_releases_until_the_end() -> None:
    ledger = brought_to(State.DEFAULTED)
    ledger.claim_recourse(lender(1), TERMS)
    assert ledger.is_under_recourse()
    for index in range(2):
        ledger.write_off(lender(index), TERMS, LATE)
    assert not ledger.is_under_recourse()
    assert record_of(ledger).state is State.WRITTEN_OFF
    assert ledger.register.holding(record_of(ledger).financing_id).committed == 0


def pledged() -> tuple[Ledger, FinancingTerms, Bill]:
    """A drawn facility that has the bill."""
    terms = replace(TERMS, tranches=(replace(TERMS.tranches[0], title_pledged=True),))
    ledger = brought_to(State.FUNDED, terms)
    bill = Bill(title_id=TitleId(b"\x0b" * 32), possessor=EXPORTER)
    ledger.around.bills[bill.title_id] = bill
    bill.offer(record_of(ledger, terms).financing_id, IMPORTER)
    ledger.release(terms, 0, GENESIS)
    return ledger, terms, bill


def test_the_bill_goes_to_the_importer_with_the_last_payment_or_later() -> None:
    ledger, terms, bill = pledged()
    suspend(ledger, "importer")
    ledger.repay(EXPORTER, terms, all_owed(ledger, GENESIS, terms), b"\1" * 32, GENESIS)
    assert bill.possessor == EXPORTER
    waits = NotActive(participant_id=IMPORTER, current=ParticipantState.SUSPENDED)
    assert refusal(lambda: ledger.hand_over_title(terms)) == waits
    reinstate(ledger, "importer")
    ledger.hand_over_title(terms)
    assert bill.possessor == IMPORTER
    gone = words.TitleNotPledged(financing_id=record_of(ledger, terms).financing_id)
    assert refusal(lambda: ledger.hand_over_title(terms)) == gone


def test_the_lead_takes_the_bill_after_a_default() -> None:
    ledger, terms, bill = pledged()
    ledger.mark_overdue(terms, LATE)
    ledger.declare_default(lender(0), terms, LATE)
    not_lead = words.NotLead(
        financing_id=record_of(ledger, terms).financing_id, lead=lender(0), actor=lender(1)
    )
    assert refusal(lambda: ledger.enforce_title(lender(1), terms)) == not_lead
    ledger.enforce_title(lender(0), terms)
    assert bill.possessor == lender(0)


# What each verb needs

VERBS: dict[str, tuple[tuple[State, ...], Callable[[Ledger], object]]] = {
    "approve": ((State.REQUESTED,), lambda ledger: sign_all(ledger, TERMS, LATE)),
    "decline": ((State.REQUESTED,), lambda ledger: ledger.decline(lender(0), TERMS)),
    "fund": ((State.APPROVED,), lambda ledger: ledger.fund(TERMS, lender(0))),
    "repay": (PAYABLE, lambda ledger: ledger.repay(IMPORTER, TERMS, 1, b"\1" * 32, LATE)),
    "mark_overdue": ((State.RELEASED,), lambda ledger: ledger.mark_overdue(TERMS, LATE)),
    "default": (
        (State.OVERDUE,),
        lambda ledger: ledger.declare_default(lender(0), TERMS, LATE),
    ),
    "recourse": ((State.DEFAULTED,), lambda ledger: ledger.claim_recourse(lender(0), TERMS)),
    "write_off": ((State.DEFAULTED,), lambda ledger: ledger.write_off(lender(0), TERMS, LATE)),
}
REACHED = (State.REQUESTED, State.APPROVED, State.FUNDED, *PAYABLE)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", REACHED, ids=lambda state: state.name)
def test_a_verb_out_of_its_state_is_refused(verb: str, state: State) -> None:
    needed, act = VERBS[verb]
    ledger = brought_to(state)
    if state in needed and verb != "approve":
        act(ledger)
    elif state not in needed:
        wrong = words.WrongState(
            financing_id=record_of(ledger).financing_id, current=state, needed=needed[0]
        )
        assert refusal(lambda: act(ledger)) == wrong


def test_other_refusals_name_their_facts() -> None:
    ledger = brought_to(State.RELEASED)
    financing_id = record_of(ledger).financing_id
    ledger.repay(IMPORTER, TERMS, 1, b"\1" * 32, GENESIS)
    account = ledger.around.members[IMPORTER].account
    expected: list[tuple[Callable[[], object], Revert]] = [
        (
            lambda: ledger.request(EXPORTER, DESK, TERMS, GENESIS),
            words.AlreadyRequested(financing_id=financing_id),
        ),
        (
            lambda: ledger.repay(IMPORTER, TERMS, 0, b"\2" * 32, GENESIS),
            words.ZeroPayment(financing_id=financing_id),
        ),
        (
            lambda: ledger.repay(IMPORTER, TERMS, 1, b"\1" * 32, GENESIS),
            words.PaymentRepeated(financing_id=financing_id, payment_reference=b"\1" * 32),
        ),
        (
            lambda: ledger.repay(IMPORTER, TERMS, CASH, b"\2" * 32, GENESIS),
            ERC20InsufficientBalance(sender=account, balance=CASH - 1, needed=CASH),
        ),
        (
            lambda: ledger.mark_overdue(TERMS, GENESIS),
            words.NotYetDue(financing_id=financing_id, deadline=GENESIS + 65 * DAY_S),
        ),
        (
            lambda: ledger.lapse(TERMS, 0, LATE),
            words.TrancheClosed(financing_id=financing_id, tranche=0),
        ),
        (
            lambda: ledger.declare_default(IMPORTER, TERMS, LATE),
            words.NotLender(financing_id=financing_id, participant=IMPORTER),
        ),
        (
            lambda: ledger.hold(TERMS, False),
            words.HoldUnchanged(financing_id=financing_id, held=False),
        ),
    ]
    for act, reason in expected:
        assert refusal(act) == reason


def test_signatures_that_do_not_count() -> None:
    ledger = brought_to(State.REQUESTED)
    name = {"financing_id": record_of(ledger).financing_id}

    def sign(*keys: bytes, deadline: int = FOREVER) -> Callable[[], object]:
        signed = [Signature(lender=lender(0), key_id=key, deadline=deadline) for key in keys]
        return lambda: ledger.approve(TERMS, signed, GENESIS)

    assert refusal(sign(DESK)) == words.MakerIsChecker(**name, key_id=DESK)
    assert refusal(sign(b"a", b"a")) == words.AlreadyApproved(**name, key_id=b"a")
    late = words.SignatureExpired(**name, deadline=GENESIS - 1)
    assert refusal(sign(b"a", deadline=GENESIS - 1)) == late
    enough = words.ApprovedEnough(**name, lender=lender(0))
    assert refusal(sign(b"a", b"b", b"c")) == enough
    fact = ledger.around.facts[evidence_id(TERMS.basis[0])]
    fact.state = type(fact.state).WITHDRAWN
    assert isinstance(refusal(sign(b"a")), words.BasisChanged)


def test_a_request_that_breaks_a_rule_is_refused() -> None:
    ledger = open_ledger()

    def ask(terms: FinancingTerms) -> Revert:
        return refusal(lambda: ledger.request(EXPORTER, DESK, terms, GENESIS))

    def invalid(field: bytes) -> Revert:
        return words.InvalidTerms(field=field.ljust(32, b"\0"))

    too_much = (replace(TERMS.tranches[0], amount=PRICE + 1),)
    assert ask(replace(TERMS, tranches=too_much)) == invalid(b"tranches")
    assert ask(replace(TERMS, order_version=2)) == invalid(b"orderVersion")
    assert ask(replace(TERMS, basis=(EvidenceId(b"?" * 32),))) == invalid(b"basis")
    ledger.around.members[lender(1)].lends = False
    assert ask(TERMS) == invalid(b"lenders")
    importer = refusal(lambda: ledger.request(IMPORTER, DESK, TERMS, GENESIS))
    assert importer == words.NotExporter(order_id=TERMS.order_id, actor=IMPORTER)
    ledger.around.order.state = "DISPUTED"
    assert ask(TERMS) == words.OrderNotAccepted(order_id=TERMS.order_id)


# Any life

Act = Callable[[Ledger, FinancingTerms, str, int, int], Payouts]

ACTS: dict[str, Act] = {
    "sign": lambda ledger, terms, _, __, at: sign_all_of(ledger, terms, at),
    "fund": lambda ledger, terms, name, _, __: ledger.fund(terms, who(name)),
    "fund all": lambda ledger, terms, _, __, ___: fund_all(ledger, terms),
    "release": lambda ledger, terms, _, n, at: ledger.release(terms, n % 3, at),
    "lapse": lambda ledger, terms, _, n, at: ledger.lapse(terms, n % 3, at),
    "pay": lambda ledger, terms, name, n, at: ledger.repay(
        who(name), terms, n, at.to_bytes(32, "big"), at
    ),
    "pay all": lambda ledger, terms, name, n, at: ledger.repay(
        who(name), terms, all_owed(ledger, at, terms) + n, at.to_bytes(32, "big"), at
    ),
    "overdue": lambda ledger, terms, _, __, at: ledger.mark_overdue(terms, at),
    "default": lambda ledger, terms, _, __, at: ledger.declare_default(
        terms.lenders[0].lender, terms, at
    ),
    "recourse": lambda ledger, terms, name, _, __: ledger.claim_recourse(who(name), terms),
    "write off": lambda ledger, terms, name, _, at: ledger.write_off(who(name), terms, at),
    "credit": lambda ledger, terms, name, _, __: ledger.claim_credit(terms, who(name)),
    "decline": lambda ledger, terms, name, n, _: (
        ledger.decline(who(name), terms) if n % 7 == 0 else ()
    ),
}
STORY = st.lists(
    st.tuples(
        st.sampled_from([*ACTS, "suspend", "reinstate", "fund all", "release", "pay", "pay"]),
        st.sampled_from(MEMBERS),
        st.one_of(st.integers(0, 5), st.integers(0, 2 * PRICE)),
        st.integers(0, 20 * DAY_S),
        st.booleans(),
    ),
    max_size=40,
)


def sign_all_of(ledger: Ledger, terms: FinancingTerms, at: int) -> Payouts:
    sign_all(ledger, terms, at)
    return ()


def fund_all(ledger: Ledger, terms: FinancingTerms) -> Payouts:
    """Whoever has not."""
    for index, share in enumerate(terms.lenders):
        if not ledger.known(terms).f.funded_set >> index & 1:
            ledger.fund(terms, share.lender)
    return ()


@settings(max_examples=400)
@given(some_terms, more_terms, STORY)
def test_money_is_conserved_whatever_happens(
    first: FinancingTerms, second: FinancingTerms, story: list[tuple[str, str, int, int, bool]]
) -> None:
    ledger, at = open_ledger(), GENESIS
    for terms in (first, second):
        ledger.request(EXPORTER, DESK, terms, at)
    for verb, name, number, seconds, is_first in story:
        at += seconds
        terms = first if is_first else second
        before = {key: record.state for key, record in ledger.records.items()}
        if verb == "suspend":
            suspend(ledger, name)
        elif verb == "reinstate":
            reinstate(ledger, name)
        else:
            try:
                ACTS[verb](ledger, terms, name, number, at)
            except Refused:
                assert before == {key: record.state for key, record in ledger.records.items()}
        check_books(ledger)
        check_ends(ledger)
        for key, record in ledger.records.items():
            was = before[key]
            assert record.state == was or record.state in FOLLOWS[was]


def check_books(ledger: Ledger) -> None:
    """All money is there, and what is held is whose it should be."""
    records = ledger.records.values()
    assert sum(ledger.balances.values()) + ledger.held == CASH * len(MEMBERS)
    backed = sum(record.f.escrow + record.f.reserve for record in records)
    assert ledger.held == backed + sum(ledger.credits.values())
    assert sum(ledger.used(who(name)) for name in LENDERS) == ledger.outstanding()
    for record in records:
        held = ledger.register.holding(record.financing_id)
        live = record.state in (State.RELEASED, State.OVERDUE, State.DEFAULTED)
        assert held.committed == (record.f.drawn if live else 0)


def check_ends(ledger: Ledger) -> None:
    """Nothing is left in what has ended, and nothing is ever negative."""
    for record in ledger.records.values():
        f = record.f
        assert min(f.outstanding, f.escrow, f.reserve, f.covered - f.restored) >= 0
        if record.state in ENDS:
            assert (f.outstanding, f.escrow, f.reserve) == (0, 0, 0)
