"""The engine on several real nodes: one that dies, one that lags, a fork on all of them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from entrepot.devnet.ground import open_ground
from entrepot.devnet.peer import CLIENT
from entrepot.devnet.sequencer import Mode
from entrepot.devnet.validators import Validators
from entrepot.kit.clock import ManualClock
from entrepot.steps import World
from entrepot.steps.indexing import service as indexing
from entrepot.views.digest import digest
from entrepot.wiring import open_world
from tests.steps.conftest import PARTIES

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(not CLIENT.exists(), reason="needs scripts/install --nodes"),
]

Stand = tuple[Validators, World]


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    folder: Path = tmp_path_factory.mktemp("several")
    clock = ManualClock(datetime(2027, 3, 1, tzinfo=UTC))
    with (
        open_ground(folder, PARTIES, mode=Mode.MANUAL, clock=clock, nodes=3) as ground,
        open_world(ground.settings, clock=clock) as world,
    ):
        assert isinstance(ground.chain, Validators)
        indexing.pin(world)
        yield ground.chain, world


def caught_up(stand: Stand) -> indexing.Seen:
    """Indexes to the head; what the last run that did anything did."""
    done = indexing.Seen()
    while (seen := indexing.run(stand[1], limit=500)) != indexing.Seen():
        done = seen
    return done


def tables(world: World) -> str:
    with world.store.transaction() as session:
        return digest(session)


def test_a_dead_node_is_replaced_and_a_late_one_is_no_fork(stand: Stand) -> None:
    chain, world = stand
    caught_up(stand)
    chain.leave_behind(1)
    for _ in range(3):
        chain.mine()
    caught_up(stand)
    chain.peers[0].kill()  # the next in the order of preference is the one left behind
    chain.mine()
    assert caught_up(stand) == indexing.Seen(blocks=1)
    chain.peers[0].start()
    chain.catch_up(0)
    chain.catch_up(1)
    assert world.node.block("latest").number == chain.head().number


def test_a_fork_on_all_nodes_is_followed(stand: Stand) -> None:
    chain, world = stand
    for _ in range(3):
        chain.mine()
    caught_up(stand)
    head = chain.fork(2)
    seen = indexing.run(world, limit=500)
    assert seen.rewound_to == head.number - 3
    caught_up(stand)
    followed = tables(world)
    indexing.reread(world, lambda *_: None)
    assert tables(world) == followed
