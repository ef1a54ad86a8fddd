"""The engine under everything at once: some seeds here, fifty in `scripts/test --full` (P5, P6)."""

from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.devnet.simulator import kinds, stage
from entrepot.devnet.simulator.chain import Chain
from entrepot.devnet.simulator.checks import Checks
from entrepot.devnet.simulator.runs import Kept, Run, order, play
from entrepot.devnet.simulator.simulation import POLICIES, Fresh, Simulation
from entrepot.store.tables import OutboxState
from entrepot.views.soundness import Row
from entrepot.worker import tick

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(3_600)]

KEPT = Kept(Path(__file__).parents[2] / "build/failing-seeds.json")
SEEDS = range(120, 124)


def hold(run: Run) -> Run:
    """The run again, if it held; its seed is kept either way, to be played first next time."""
    KEPT.note(run)
    trail = "\n".join(run.trail)
    assert run.broken is None, f"seed {run.seed}, step {run.done}: {run.broken}\n{trail}"
    return run


def test_seeds_hold_and_every_fault_happens(fresh: Fresh) -> None:
    runs = [hold(play(seed, steps, fresh)) for seed, steps in order(KEPT, SEEDS, 250)]
    met = sum((Counter(run.faults) for run in runs), Counter())
    assert {fault.name for fault in kinds.faults(kinds.USUAL)} - set(met) == set()
    counts = sum((Counter(run.counts) for run in runs), Counter())
    assert min(counts[what] for what in ("forks", "evicted", "starts", "replays")) > 0
    assert {run.policy for run in runs} == set(POLICIES)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(1_000, 1_050))
def test_many_seeds_hold_for_long(fresh: Fresh, seed: int) -> None:
    hold(play(seed, 2_000, fresh))


def test_a_seed_gives_the_same_history_again(fresh: Fresh) -> None:
    def history() -> tuple[object, ...]:
        with closing(Simulation(5, fresh)) as simulation:
            for _ in range(80):
                simulation.step()
            return simulation.chain.head.hash, simulation.trail, simulation.counts, simulation.met

    assert history() == history()


def test_a_row_that_was_reverted_for_good_is_not_looked_at_again() -> None:
    """Found by a run of 100,000 steps: each step looked at every row since the first of these."""
    chain = Chain(salt=1, depth=2)
    for later in range(2, 9):
        chain.mine(stage.START + later)
    checks, final = Checks(chain), chain.final
    assert 0 < final < chain.head.number
    reverted = {
        number: Row(1, "key", b"", 0, b"", b"", OutboxState.REVERTED, b"", number)
        for number in (final, final + 1)
    }
    assert not checks.may_change(reverted[final])
    assert checks.may_change(reverted[final + 1])
    assert checks.may_change(replace(reverted[final], state=OutboxState.SENT))


def test_seeds_that_failed_are_kept_and_played_first(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "build/seeds.json")
    bad = Run(seed=7, steps=500, done=12, policy="tag", took_s=1, broken="a gap")
    kept.note(bad)
    assert list(order(kept, range(6, 9), 100)) == [(7, 500), (6, 100), (8, 100)]
    kept.note(Run(seed=7, steps=100, done=100, policy="tag", took_s=1))
    assert kept.read() == {7: 500}, "fewer steps than it failed in prove nothing"
    kept.note(Run(seed=7, steps=500, done=500, policy="tag", took_s=1))
    assert kept.read() == {}


def test_a_release_that_was_refused_in_its_block_is_asked_for_again(fresh: Fresh) -> None:
    """Found by seed 6: a request that failed stopped every later one for the same tranche."""
    with closing(Simulation(4, fresh)) as simulation:
        members, chain, world = simulation.members, simulation.chain, simulation.worlds[0]
        deal = members.open_deal()
        simulation.calm()
        members.record(world, deal.order_id, stage.EXPORTER, EvidenceKind.INVOICE)
        while stage.KEEPER not in {tx.sender for tx in chain.pool.values()}:
            assert simulation.calm()
        members.hold(world, deal.order_id)
        tick(world)
        chain.mine(chain.head.timestamp + 1, lambda tx: tx.sender != stage.KEEPER)
        refused = chain.mine(chain.head.timestamp + 1)
        assert [mined.succeeded for mined in refused.mined] == [False]
        simulation.rest()
        assert chain.head.totals["released"] == 1


def test_a_fork_that_only_takes_away_leaves_decisions_for_the_head_that_is_left(
    fresh: Fresh,
) -> None:
    """Found by seed 5: what a head in between had met was not due before the next block came."""
    with closing(Simulation(4, fresh)) as simulation:
        members, chain, world = simulation.members, simulation.chain, simulation.worlds[0]
        deal = members.open_deal()
        simulation.calm()
        members.record(world, deal.order_id, stage.EXPORTER, EvidenceKind.INVOICE)
        tick(world)
        for _ in range(2):
            chain.mine(chain.head.timestamp + 1, lambda tx: tx.sender != stage.KEEPER)
        tick(world)
        chain.fork(1, lambda _: True)
        tick(world)
        assert len(chain.head.met) == 1
        simulation.checks.after_step(world.store)
        simulation.rest()
