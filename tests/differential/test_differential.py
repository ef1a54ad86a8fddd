"""The same random histories through the contracts and through the model: equal to the minor unit,
and the same refusals."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from entrepot.domain.facility import PAYABLE, State
from tests.differential.machine import PARTS, Histories, name_of
from tests.differential.stage import Stage, open_stage

pytestmark = pytest.mark.anvil

BOUNDED = settings(max_examples=40, stateful_step_count=30, deadline=None, print_blob=True)
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
        history.bring(0, data.draw(st.sampled_from(PAYABLE)))
        if history.states()[0] in PAYABLE:
            history.pay_in_parts(0, data.draw(PARTS))
        if history.states()[0] is State.DEFAULTED:
            for share in history.terms[0].lenders:
                history.write_off(0, name_of(share.lender))


def test_contracts_and_model_go_through_the_same_histories() -> None:
    run_state_machine_as_test(Histories, settings=BOUNDED)


@settings(BOUNDED)
@given(st.data())
def test_contracts_and_model_pay_the_same_over_a_life(data: st.DataObject) -> None:
    live(data)


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
