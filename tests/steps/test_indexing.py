"""Chain -> projections: nothing lost, nothing twice, and forks leave no trace (P5)."""

from itertools import pairwise

import pytest
from sqlmodel import col, select

from entrepot.devnet import cast
from entrepot.steps import Halt
from entrepot.steps.indexing import repository
from entrepot.steps.indexing import service as indexing
from entrepot.store.session import lead
from entrepot.store.tables import Block, Network, OutboxState, Participant
from entrepot.views.digest import digest
from entrepot.worker import tick
from tests.steps.conftest import Bench, register

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]


def names(bench: Bench) -> set[str]:
    with bench.world.store.reading() as session:
        return {p.participant_id.decode() for p in session.exec(select(Participant))}


def hash_of(bench: Bench) -> str:
    with bench.world.store.reading() as session:
        return digest(session)


def test_an_event_becomes_a_row(bench: Bench) -> None:
    member = bench.ground.members[0]
    bench.ask("admit", register(member), "Participants", cast.GOVERNOR)
    bench.settle()
    assert names(bench) == {member.lei}


def test_seeing_the_same_block_again_changes_nothing(bench: Bench) -> None:
    before = hash_of(bench)
    for _ in range(3):
        assert indexing.run(bench.world, 100) == indexing.Seen()
    assert hash_of(bench) == before


def test_small_batches_end_where_one_big_one_ends(bench: Bench) -> None:
    for i, member in enumerate(bench.ground.members[:3]):
        bench.ask(f"admit-{i}", register(member), "Participants", cast.GOVERNOR)
    bench.settle()
    at_once = hash_of(bench)
    for blocks in (1, 2, 3):
        with bench.world.store.transaction() as session:
            repository.forget_streams(session, None)
            repository.forget_blocks(session, 0)
        while indexing.run(bench.world, blocks).blocks:
            pass
        assert hash_of(bench) == at_once


def test_folding_again_from_the_stored_logs_changes_nothing(bench: Bench) -> None:
    bench.ask("admit", register(bench.ground.members[0]), "Participants", cast.GOVERNOR)
    bench.settle()
    before = hash_of(bench)
    assert indexing.rebuild(bench.world) > 0
    assert hash_of(bench) == before


def test_a_fork_takes_back_what_it_took_away_and_the_outbox_sends_it_again(bench: Bench) -> None:
    first, second = bench.ground.members[:2]
    bench.ask("first", register(first), "Participants", cast.GOVERNOR)
    bench.settle()
    bench.ask("second", register(second), "Participants", cast.GOVERNOR)
    bench.settle()
    assert names(bench) == {first.lei, second.lei}
    bench.ground.sequencer.reorg(1)
    seen = indexing.run(bench.world, 100)
    assert seen.rewound_to is not None
    assert names(bench) == {first.lei}
    assert bench.row("second").state == OutboxState.SENT
    bench.pass_by(6)
    bench.settle()
    assert names(bench) == {first.lei, second.lei}
    assert bench.row("second").state == OutboxState.MINED


def test_blocks_that_are_taken_back_with_nothing_in_their_place_go_within_a_poll(
    bench: Bench,
) -> None:
    first, second = bench.ground.members[:2]
    bench.ask("first", register(first), "Participants", cast.GOVERNOR)
    bench.settle()
    bench.ask("second", register(second), "Participants", cast.GOVERNOR)
    bench.settle()
    head = bench.ground.sequencer.rollback(1)
    assert indexing.run(bench.world, 100).rewound_to == head.number
    assert names(bench) == {first.lei}
    assert bench.row("second").state == OutboxState.SENT
    bench.pass_by(6)
    bench.settle()
    assert names(bench) == {first.lei, second.lei}


def test_p9_blocks_that_are_taken_back_though_they_were_final_halt(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "DEEP_PATIENCE_S", 0.1)
    bench.mine()
    bench.settle()
    before = hash_of(bench)
    bench.ground.sequencer.rollback(1)
    with pytest.raises(Halt, match="deeper than a fork may go"):
        indexing.run(bench.with_finality("instant"), 100)
    assert hash_of(bench) == before


def test_after_a_fork_the_tables_equal_a_replay_from_zero(bench: Bench) -> None:
    for i, member in enumerate(bench.ground.members[:4]):
        bench.ask(f"admit-{i}", register(member), "Participants", cast.GOVERNOR)
        bench.settle()
    bench.ground.sequencer.reorg(3)
    bench.pass_by(6)
    bench.settle()
    forked = hash_of(bench)
    indexing.reread(bench.world, lambda _, __: None)
    tick(bench.world)
    assert hash_of(bench) == forked


def test_p9_a_fork_deeper_than_the_policy_allows_halts_and_changes_nothing(bench: Bench) -> None:
    bench.ask("admit", register(bench.ground.members[0]), "Participants", cast.GOVERNOR)
    bench.settle()
    before = hash_of(bench)
    bench.ground.sequencer.reorg(1)
    with pytest.raises(Halt, match="deeper than a fork may go"):
        indexing.run(bench.with_finality("instant"), 100)
    assert hash_of(bench) == before


def test_another_chain_is_refused(bench: Bench) -> None:
    with bench.world.store.transaction() as session:
        session.get_one(Network, 1).genesis_hash = bytes(32)
    with pytest.raises(Halt, match="belongs to chain"):
        indexing.pin(bench.world)


def test_two_workers_do_not_index_the_same_block_twice(bench: Bench) -> None:
    bench.mine()
    with bench.world.store.transaction() as session:
        assert lead(session, "indexing")
        assert indexing.run(bench.world, 100) == indexing.Seen()
    assert indexing.run(bench.world, 100).blocks == 1


def test_blocks_form_one_chain(bench: Bench) -> None:
    for _ in range(5):
        bench.mine()
    indexing.run(bench.world, 100)
    with bench.world.store.reading() as session:
        blocks = list(session.exec(select(Block).order_by(col(Block.number))))
    assert all(b.parent_hash == a.hash for a, b in pairwise(blocks))
