"""From the long read to the live one: blocks that come in between lose nothing (P5)."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlmodel import col, select

from entrepot.chain.node import HttpNode
from entrepot.chain.rpc import Rpc
from entrepot.devnet.catchup import world_over
from entrepot.devnet.longchain import LongChain, Shape, open_long_chain
from entrepot.steps import World
from entrepot.steps.indexing import repository
from entrepot.steps.indexing import service as indexing
from entrepot.store.embedded import EmbeddedPostgres
from entrepot.store.migrating import migrate
from entrepot.store.session import Store
from entrepot.store.tables import Block, Log
from entrepot.worker import Bell, listening, turn

pytestmark = [pytest.mark.postgres, pytest.mark.anvil, pytest.mark.timeout(1_800)]

SHAPE = Shape("handover", 2, 150)
ARRIVING = 25
PAUSE_S_MAX = 0.03
PATIENCE_S = 60

Told = tuple[int, int, bytes, bytes, list[bytes], bytes]
"""Of a log: block, place in it, transaction, contract, topics, data."""


@pytest.fixture(scope="module")
def chain() -> Iterator[LongChain]:
    with open_long_chain(None, SHAPE, lambda *_: None) as chain:
        yield chain


@pytest.fixture(scope="module")
def world(chain: LongChain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("handover")
    with EmbeddedPostgres(folder / "postgres", durable=False) as server:
        migrate(server.url)
        rpc, store = Rpc(chain.sequencer.url), Store(server.url)
        world = world_over(HttpNode(rpc), store, folder, chain.deployment)
        settings = world.settings.model_copy(update={"wake_url": chain.sequencer.wake_url})
        indexing.pin(world)
        yield replace(world, settings=settings)
        store.close()
        rpc.close()


@pytest.mark.parametrize("runs", [3, pytest.param(100, marks=pytest.mark.full)])
def test_p5_what_arrives_while_the_long_read_becomes_the_live_one_is_there(
    runs: int, chain: LongChain, world: World
) -> None:
    live = 0
    for seed in range(runs):
        forget(world)
        arrived_live = read_while_blocks_arrive(world, chain, random.Random(seed))
        assert stored(world) == on_the_chain(world), f"run {seed}"
        live += arrived_live
    assert 0 < live < runs * ARRIVING, "some must come during the long read, and some after it"


def read_while_blocks_arrive(world: World, chain: LongChain, rng: random.Random) -> int:
    """The worker's own loop from an empty database on, beside somebody who mines at once, and again
    from when the worker had all there was; ends when it has the last block. Answers how many blocks
    came once it was within one of the head."""
    bell = Bell()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with listening(world, bell):
                while not bell.stopped:
                    turn(world, bell)
        except BaseException as error:
            failures.append(error)
            raise

    worker = threading.Thread(target=work)
    worker.start()
    live = 0
    try:
        caught_up = rng.randrange(1, ARRIVING)
        for number in range(ARRIVING):
            if number == caught_up:
                wait_for(lambda: failures or height(world) == chain.last)
            time.sleep(rng.uniform(0, PAUSE_S_MAX))
            live += height(world) >= chain.last - 1
            chain.add_block()
        wait_for(lambda: failures or height(world) == chain.last)
    finally:
        bell.stop()
        worker.join()
    assert failures == []
    assert height(world) == chain.last
    return live


def wait_for(reached: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.005)


def forget(world: World) -> None:
    with world.store.transaction() as session:
        repository.forget_streams(session, None)
        repository.forget_blocks(session, 0)


def height(world: World) -> int:
    with world.store.reading() as session:
        number = session.exec(select(Block.number).order_by(col(Block.number).desc())).first()
        return -1 if number is None else number


def stored(world: World) -> list[Told]:
    with world.store.reading() as session:
        rows = session.exec(select(Log).order_by(col(Log.block_number), col(Log.log_index)))
        return [
            (r.block_number, r.log_index, r.tx_hash, r.address, list(r.topics), r.data)
            for r in rows
        ]


def on_the_chain(world: World) -> list[Told]:
    addresses = list(world.deployment.addresses())
    first, last = world.deployment.first_block, world.node.block("latest").number
    return [
        (
            one.block_number,
            one.log_index,
            one.transaction_hash,
            bytes(one.address),
            list(one.topics),
            one.data,
        )
        for one in world.node.logs(first, last, addresses)
    ]
