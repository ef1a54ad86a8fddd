"""The same random histories through the contracts and through the model: equal to the minor unit,
and the same refusals."""

from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.differential.machine import Histories
from tests.differential.stage import Stage, open_stage

pytestmark = pytest.mark.anvil

BOUNDED = settings(max_examples=60, stateful_step_count=30, deadline=None, print_blob=True)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with open_stage() as founded:
        Histories.stage = founded
        yield founded


@pytest.mark.usefixtures("stage")
def test_contracts_and_model_go_through_the_same_history() -> None:
    run_state_machine_as_test(Histories, settings=BOUNDED)


@pytest.mark.full
@pytest.mark.timeout(4 * 3600)
@pytest.mark.usefixtures("stage")
def test_contracts_and_model_go_through_2000_histories() -> None:
    run_state_machine_as_test(Histories, settings=settings(BOUNDED, max_examples=2_000))
