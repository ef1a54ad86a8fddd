"""Faults by name, whole lives of orders, and the shortest history that breaks (P5, P6)."""

import pytest
from click.testing import CliRunner

from entrepot.cli.simulate import simulate
from entrepot.devnet.simulator import kinds
from entrepot.devnet.simulator.faults import Fault
from entrepot.devnet.simulator.runs import STEPS_PER_ORDER, Run, play, shortest
from entrepot.devnet.simulator.simulation import Asked, Fresh
from entrepot.steps import World
from entrepot.steps.sending import settling

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(1_800)]

ALL = Asked(faults=tuple(kinds.KINDS))
ADDED = tuple(name for name in kinds.KINDS if name not in kinds.USUAL)
"""Kinds that no history has unless one asks for them."""


def hold(run: Run) -> Run:
    assert run.broken is None, f"seed {run.seed}, step {run.done}: {run.broken}\n{run.trail}"
    return run


def test_every_fault_and_every_step_is_of_a_kind() -> None:
    assert set(kinds.faults(kinds.KINDS)) == set(Fault)
    usual = ["fork", "evict", "hold", "halt", "drift", "jump", "restart"]
    assert list(kinds.steps(kinds.USUAL)) == ["tick", "mine", "ask", *usual]


def test_faults_that_are_asked_for_happen_and_nothing_breaks(fresh: Fresh) -> None:
    run = hold(play(1, 300, fresh, asked=Asked(faults=ADDED)))
    met = {Fault[name] for name in run.faults}
    assert met == set(kinds.faults(ADDED))
    assert "forks" not in run.counts, "nobody asked for that"


@pytest.mark.full
@pytest.mark.parametrize("seed", range(2_000, 2_020))
def test_twenty_seeds_with_all_faults_hold(fresh: Fresh, seed: int) -> None:
    hold(play(seed, 500, fresh, asked=ALL))


def test_orders_live_to_their_end(fresh: Fresh) -> None:
    asked = Asked(faults=("customs-late", "customs-retracted"), orders=2)
    run = hold(play(1, 2 * STEPS_PER_ORDER, fresh, asked=asked))
    assert run.counts["orders"] == 2
    assert run.done < 2 * STEPS_PER_ORDER


def test_the_shortest_history_that_breaks_is_found(
    fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a planted bug: what is mined counts as final."""

    def head(world: World) -> int:
        return world.node.block("latest").number

    monkeypatch.setattr(settling, "final_block", head)
    asked, attempts = Asked(faults=("fork",)), list[Run]()
    broken = play(0, 120, fresh, asked=asked)
    assert broken.broken
    found = shortest(broken, fresh, asked, attempts.append)
    assert "counts as final" in (found.broken or "")
    assert found.done <= broken.done
    assert play(0, found.done - 1, fresh, asked=asked).broken is None
    assert found.trail[0] in kinds.steps(asked.faults), "told from its first step"


def test_a_fault_that_nobody_knows_is_a_usage_error() -> None:
    told = CliRunner().invoke(simulate, ["--faults", "fork,gremlins"])
    assert told.exit_code == 2
    assert "no fault gremlins" in told.output
