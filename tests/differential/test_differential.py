"""The same random histories through the contracts and through the model: equal to the minor unit,
and the same refusals."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from entrepot.bindings.ids import ParticipantId
from entrepot.domain.accrual import deadlines
from entrepot.domain.facility import PAYABLE, State
from tests.differential.machine import PARTS, Histories, name_of
from tests.differential.stage import LENDERS, Stage, open_stage

pytestmark = pytest.mark.anvil

QUICKLY_TOLD = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)
BOUNDED = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    print_blob=True,
    phases=QUICKLY_TOLD,
)
LIVES = settings(BOUNDED, max_examples=100)
FULL = settings(BOUNDED, max_examples=2_000)


@pytest.fixture(scope="module", autouse=True)
def stage() -> Iterator[Stage]:
    with open_stage() as founded:
        Histories.stage = founded
        yield founded


def live(data: st.DataObject) -> None:
    """A life with nothing in its way: drawn, perhaps late, perhaps defaulted, paid in parts."""
    with closing(Histories()) as history:
        history.ask_for(0, data.draw(history.some_terms(1)))
        history.bring(0, data.draw(st.sampled_from(PAYABLE)), data.draw(st.integers(1, 3)))
        if history.states()[0] in PAYABLE:
            history.pay_in_parts(0, data.draw(PARTS))
        if history.states()[0] is State.DEFAULTED:
            for share in history.terms[0].lenders:
                history.write_off(0, name_of(share.lender))


def test_contracts_and_model_go_through_the_same_histories() -> None:
    run_state_machine_as_test(Histories, settings=BOUNDED)


@settings(LIVES)
@given(st.data())
def test_contracts_and_model_pay_the_same_over_a_life(data: st.DataObject) -> None:
    live(data)


@pytest.mark.parametrize(
    ("shares", "amount", "repaid"),
    [
        ([(7_000, 6_865), (3_000, 3_135)], 2, 0),
        ([(6_000, 5_540), (4_000, 4_460)], 14, 11),
        ([(4_389, 4_990), (2_611, 4_010), (2_000, 0), (1_000, 1_000)], 26, 0),
    ],
)
def test_default_that_asks_for_a_unit_more_than_was_posted(
    shares: list[tuple[int, int]], amount: int, repaid: int
) -> None:
    with closing(Histories()) as history:
        history.ask_for(0, history.simple_terms(shares, amount))
        history.bring(0, State.RELEASED)
        if repaid:
            history.pay(0, "importer", repaid)
        history.due = deadlines(history.terms[0])[1] + 1
        history.mark_overdue(0)
        history.declare_default(0, LENDERS[0])
        history.pay_in_parts(0, [("importer", 500, 0, 0), ("exporter", 1_000, 7, 0)])
        assert history.states()[0] is State.RECOVERED


def farm(state: State, units: int, per_block: int) -> None:
    """A facility paid unit by unit ends as one that is paid at once, for everybody."""
    ends: list[dict[ParticipantId, int]] = []
    for payments in (1, units):
        with closing(Histories()) as history:
            history.ask_for(0, history.simple_terms([(5_999, 4_001), (4_001, 5_999)], units))
            history.bring(0, state)
            owed = sum(history.claims(0))
            if payments == 1:
                history.pay(0, "importer", owed)
            else:
                history.pay_units(0, "importer", owed, per_block)
            assert history.states()[0] not in PAYABLE
            history.compare()
            ends.append(history.model.balances)
    assert ends[0] == ends[1]


@pytest.mark.parametrize("state", PAYABLE)
def test_300_payments_of_a_unit_bring_the_same_as_one(state: State) -> None:
    farm(state, 300, per_block=50)


@pytest.mark.full
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("state", PAYABLE)
def test_10000_payments_of_a_unit_bring_the_same_as_one(state: State) -> None:
    farm(state, 10_000, per_block=100)


@pytest.mark.full
@pytest.mark.timeout(4 * 3600)
def test_contracts_and_model_go_through_2000_histories() -> None:
    run_state_machine_as_test(Histories, settings=FULL)


@pytest.mark.full
@pytest.mark.timeout(4 * 3600)
@settings(FULL)
@given(st.data())
def test_contracts_and_model_pay_the_same_over_2000_lives(data: st.DataObject) -> None:
    live(data)
