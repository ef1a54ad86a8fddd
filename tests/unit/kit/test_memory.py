"""When cycles are looked for, and in what."""

import gc
from collections.abc import Iterator

import pytest

from entrepot.kit import memory


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


def test_what_a_program_has_loaded_is_not_looked_through_again() -> None:
    memory.hold_off()
    assert not gc.isenabled()
    loaded = [[n] for n in range(100)]
    memory.settle()
    assert gc.isenabled()
    assert gc.get_freeze_count() >= len(loaded)
    assert not any(each is loaded for each in gc.get_objects())


def test_cycles_are_looked_for_again_after_work_that_makes_none() -> None:
    with memory.no_collection():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_work_that_makes_none_inside_a_start_changes_nothing() -> None:
    memory.hold_off()
    with memory.no_collection():
        pass
    assert not gc.isenabled()
