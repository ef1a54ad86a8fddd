"""A replay is the same on every run, and what was decided can be decided again from its record."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlmodel import select

from entrepot.devnet.replay import Ending, Told, open_replay, play
from entrepot.steps.conditions.service import decide_again
from entrepot.steps.indexing import service as indexing
from entrepot.store.tables import Decision, Posting
from entrepot.views.audit import Audit, audit
from entrepot.views.digest import digest
from entrepot.worker import tick

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]

SCENARIOS = Path(__file__).parents[2] / "hardhat-free-devnet/scenarios"
STRAIGHT = SCENARIOS / "straight-walk.toml"


@dataclass
class Run:
    """What a whole replay left behind."""

    told: list[Told]
    ending: Ending
    decisions: list[Decision]
    postings: list[Posting]
    audit: Audit
    rebuilt: str
    reindexed: str


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    with open_replay(STRAIGHT) as replay:
        told = list(replay.steps())
        ending = replay.ending(len(told))
        world = replay.stage.world
        with world.store.reading() as session:
            decisions = list(session.exec(select(Decision)))
            postings = list(session.exec(select(Posting)))
            audited = audit(session, world.node, world.deployment)
        indexing.rebuild(world)
        with world.store.reading() as session:
            rebuilt = digest(session)
        indexing.reread(world, lambda _, __: None)
        tick(world)
        with world.store.reading() as session:
            reindexed = digest(session)
        yield Run(told, ending, decisions, postings, audited, rebuilt, reindexed)


@pytest.mark.full
def test_a_second_run_makes_the_same_blocks_and_the_same_digest(run: Run) -> None:
    assert play(STRAIGHT, None, lambda _: None) == run.ending


def test_every_step_but_waiting_ones_made_a_block_or_kept_a_paper(run: Run) -> None:
    quiet = [told.played.step.say for told in run.told if told.last_block < told.first_block]
    assert all("released by itself" in say for say in quiet)


def test_each_tranche_waited_and_was_then_met(run: Run) -> None:
    for tranche in range(3):
        met = [d.met for d in run.decisions if d.tranche == tranche]
        assert met.count(True) == 1, f"tranche {tranche} was met {met.count(True)} times"
    last = max((d for d in run.decisions if d.tranche == 1), key=lambda d: d.block_number)
    proofs = last.outcome["proofs"]
    assert isinstance(proofs, dict)
    assert set(proofs) == {
        "PURCHASE_ORDER",
        "TRANSPORT_DOCUMENT",
        "SHIPPED_ON_BOARD",
        "VESSEL_DEPARTED",
        "EXPORT_RELEASED",
    }


def test_every_decision_comes_out_the_same_from_its_own_record(run: Run) -> None:
    assert run.decisions
    assert all(decide_again(decision.facts, decision.outcome) for decision in run.decisions)


def test_a_decision_on_other_facts_comes_out_otherwise(run: Run) -> None:
    decision = next(d for d in run.decisions if d.met)
    forged = {**decision.facts, "held": True}
    assert not decide_again(forged, decision.outcome)


def test_the_projections_say_what_the_contracts_say(run: Run) -> None:
    assert run.audit.differences == ()
    assert run.audit.compared > 50


def test_folding_and_reading_again_give_the_same_digest(run: Run) -> None:
    assert run.rebuilt == run.ending.digest
    assert run.reindexed == run.ending.digest


def test_every_entry_of_the_journal_sums_to_zero(run: Run) -> None:
    sums: dict[tuple[int, int], int] = {}
    for line in run.postings:
        entry = (line.block_number, line.log_index)
        sums[entry] = sums.get(entry, 0) + line.amount_minor
    assert set(sums.values()) == {0}


def test_nobody_owes_anything_at_the_end(run: Run) -> None:
    balances: dict[str, int] = {}
    for line in run.postings:
        balances[line.account] = balances.get(line.account, 0) + line.amount_minor
    open_claims = {a: v for a, v in balances.items() if a.startswith(("claim/", "debt/")) and v}
    assert open_claims == {}


@pytest.mark.full
def test_a_part_of_the_way_ends_the_same_each_time() -> None:
    first = play(STRAIGHT, 9, lambda _: None)
    assert first.step == 9
    assert play(STRAIGHT, 9, lambda _: None) == first
