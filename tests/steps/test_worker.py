"""The worker waits out what passes, and stops at what does not (P9)."""

from dataclasses import replace
from typing import Any

import pytest

from entrepot.chain.errors import NodeLied, NodeUnavailable
from entrepot.chain.questions import At
from entrepot.steps import Halt
from entrepot.worker import DOUBTS_MAX, Bell, turn
from tests.steps.conftest import Bench

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]


class Moody:
    """The real node, which at first fails as it is told to."""

    def __init__(self, node: Any, *moods: Exception) -> None:
        self._node, self._moods = node, list(moods)

    def block(self, at: At = "latest") -> Any:
        if self._moods:
            raise self._moods.pop(0)
        return self._node.block(at)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._node, name)


@pytest.fixture
def stopped() -> Bell:
    """Rests take no time when the worker is about to stop."""
    bell = Bell()
    bell.stop()
    return bell


def test_a_node_that_is_away_is_waited_for(bench: Bench, stopped: Bell) -> None:
    node = Moody(bench.world.node, NodeUnavailable("away"))
    world = replace(bench.world, node=node)
    assert turn(world, stopped, 2) == 2
    assert turn(world, stopped, 2) == 0


def test_a_contradiction_is_asked_about_again(bench: Bench, stopped: Bell) -> None:
    node = Moody(bench.world.node, NodeLied("two chains at once"))
    world = replace(bench.world, node=node)
    assert turn(world, stopped) == 1
    assert turn(world, stopped, 1) == 0


def test_a_node_that_goes_on_contradicting_itself_halts_the_worker(
    bench: Bench, stopped: Bell
) -> None:
    node = Moody(bench.world.node, *[NodeLied("two chains at once")] * DOUBTS_MAX)
    world = replace(bench.world, node=node)
    doubts = 0
    for _ in range(DOUBTS_MAX - 1):
        doubts = turn(world, stopped, doubts)
    with pytest.raises(Halt, match="contradicts itself"):
        turn(world, stopped, doubts)
