"""Two workers on one database and one chain, and one of them killed: nothing twice, no gap (P6)."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import col, select

from entrepot.bindings.settlement_token import Approve
from entrepot.chain.codec import encode_call
from entrepot.devnet import cast
from entrepot.devnet.ground import Ground, environment, open_ground
from entrepot.devnet.sequencer import Mode
from entrepot.kit.processes import Child
from entrepot.steps import World
from entrepot.store.outbox import Intent, enqueue_all
from entrepot.store.tables import Outbox, OutboxState
from entrepot.wiring import open_world
from tests.steps.conftest import PARTIES

pytestmark = [pytest.mark.postgres, pytest.mark.anvil, pytest.mark.timeout(240)]

START = datetime(2026, 11, 2, tzinfo=UTC)
KEYS = ("exporter.treasury", "importer.treasury", "bank.treasury")
CALLS = 60
BLOCK_S = 0.5
WAIT_S = 120


def test_p6_one_of_two_workers_is_killed_and_the_other_takes_over(tmp_path: Path) -> None:
    with (
        open_ground(tmp_path, PARTIES, mode=Mode.MANUAL, start=START, durable=False) as ground,
        open_world(ground.settings) as world,
        mining(ground),
    ):
        first, second = worker(ground, "first"), worker(ground, "second")
        try:
            ask(world, 0)
            wait_for(lambda: counted(world, OutboxState.SENT, OutboxState.FINAL) > CALLS // 4)
            os.kill(first.pid, signal.SIGKILL)
            ask(world, 1)
            wait_for(lambda: counted(world, OutboxState.FINAL) == 2 * CALLS * len(KEYS))
            assert second.alive
        finally:
            first.stop()
            second.stop()
        for person in KEYS:
            sender = cast.address_of(person)
            assert nonces(world, sender) == list(range(2 * CALLS))
            assert world.node.nonce(sender) == 2 * CALLS


@contextmanager
def mining(ground: Ground) -> Iterator[None]:
    """Blocks come by the clock, from when the contracts are there."""
    over = threading.Event()

    def mine() -> None:
        while not over.wait(BLOCK_S):
            ground.chain.mine()

    thread = threading.Thread(target=mine)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def worker(ground: Ground, name: str) -> Child:
    return Child(
        [sys.executable, "-m", "entrepot", "worker"],
        log=ground.settings.state_folder / f"{name}.log",
        environment=environment(ground.settings),
        grace_s=5,
    ).start()


def ask(world: World, turn: int) -> None:
    token, spender = world.deployment.tokens[0].address, world.deployment["Financing"]
    intents = [
        Intent(
            key=f"{person}:{turn}:{number}",
            operation_id=f"{person}:{turn}:{number}",
            verb="SettlementToken.approve",
            sender=cast.address_of(person),
            target=token,
            calldata=encode_call(Approve(spender=spender, value=number + 1)),
        )
        for number in range(CALLS)
        for person in KEYS
    ]
    with world.store.transaction() as session:
        assert enqueue_all(session, intents, world.clock.now()) == CALLS * len(KEYS)


def counted(world: World, *states: str) -> int:
    with world.store.reading() as session:
        return len(session.exec(select(Outbox.id).where(col(Outbox.state).in_(states))).all())


def nonces(world: World, sender: bytes) -> list[int | None]:
    query = select(Outbox.nonce).where(Outbox.sender == sender).order_by(col(Outbox.nonce))
    with world.store.reading() as session:
        return list(session.exec(query))


def wait_for(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not reached():
        assert time.monotonic() < deadline, "the other worker does not take over"
        time.sleep(0.05)
