"""A stage for replays: a fresh devnet in memory that moves only when it is told to.

The clock stands until a step moves it, blocks are mined when something waits to be mined, and the
worker ticks in this very thread: so the same scenario makes the same blocks, byte for byte.
"""

import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from entrepot.api.app import create_app
from entrepot.devnet.ground import Ground, open_ground
from entrepot.devnet.sequencer import Mode
from entrepot.kit.clock import ManualClock, from_unix, to_unix
from entrepot.kit.processes import free_port, listens
from entrepot.steps import World
from entrepot.steps.indexing import service as indexing
from entrepot.wiring import open_world
from entrepot.worker import tick

ROUNDS_MAX = 1_000
POLL_S = 0.01
SENT_AGAIN_AFTER = timedelta(minutes=2)


class Restless(Exception):
    """The worker does not come to rest: every round makes a new one."""


class Rehearsal:
    """A Stage that is driven step by step."""

    def __init__(self, ground: Ground, world: World, clock: ManualClock, url: str) -> None:
        self.ground, self.world, self.clock, self.url = ground, world, clock, url
        self.credentials = ground.credentials

    def now(self) -> float:
        """What the stage's clock says."""
        return self.clock.now().timestamp()

    def move_to(self, at: datetime) -> None:
        """Lets the clock run to a time, and shows it to the chain in an empty block."""
        if at > self.clock.now():
            self.clock.move_to(at)
            self.mine()
            self.settle()

    def settle(self) -> None:
        """Ticks and mines until nothing moves any more."""
        for _ in range(ROUNDS_MAX):
            done = tick(self.world)
            if done.sent.sent:
                self._mine_all()
            elif done.idle:
                return
        raise Restless(f"still moving after {ROUNDS_MAX} ticks")

    def fork(self, blocks: Sequence[Sequence[str]]) -> None:
        """Forks, and lets so much time pass that what was taken back is sent again."""
        self.ground.sequencer.reorg(len(blocks), blocks)
        self.settle()
        self.move_to(self.clock.now() + SENT_AGAIN_AFTER)

    def mine(self) -> None:
        """The next block: at the clock's time, or a second after the one before."""
        due = from_unix(self.ground.sequencer.head().timestamp) + timedelta(seconds=1)
        if due > self.clock.now():
            self.clock.move_to(due)
        self.ground.sequencer.mine(to_unix(self.clock.now()))

    def _mine_all(self) -> None:
        """One block, and as many more as the pool fills: what is sent together may be more than one
        has room for."""
        self.mine()
        while self.ground.sequencer.has_pending and self.ground.sequencer.head().count:
            self.mine()


@contextmanager
def open_rehearsal(parties: Path, start: datetime, finality: str = "") -> Iterator[Rehearsal]:
    """A fresh stage in a folder that is gone afterwards. finality: see open_ground."""
    clock = ManualClock(start)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="entrepot-"))
        ground = stack.enter_context(
            open_ground(
                Path(folder),
                parties,
                mode=Mode.MANUAL,
                clock=clock,
                durable=False,
                finality=finality,
            )
        )
        world = stack.enter_context(open_world(ground.settings, clock=clock))
        indexing.pin(world)
        url = stack.enter_context(serve(create_app(world)))
        rehearsal = Rehearsal(ground, world, clock, url)
        rehearsal.settle()
        yield rehearsal


@contextmanager
def serve(app: FastAPI) -> Iterator[str]:
    """The application, in a thread of its own; its address."""
    port = free_port()
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="api", daemon=True)
    thread.start()
    pause = threading.Event()
    while not listens(port):
        pause.wait(POLL_S)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=5)
