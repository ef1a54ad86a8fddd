"""The walk, walked: one tick takes every step once; the loop ticks for as long as it is let."""

import signal
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from entrepot.chain.errors import BlockUnknown, NodeLied, NodeUnavailable
from entrepot.chain.heads import Heads
from entrepot.kit.logs import Log
from entrepot.steps import Halt, World
from entrepot.steps.conditions import service as conditions
from entrepot.steps.indexing import service as indexing
from entrepot.steps.release import service as release
from entrepot.steps.repayment import service as repayment
from entrepot.steps.sending import service as sending
from entrepot.store.session import StoreUnavailable
from entrepot.views.machinery import has_open_calls

RETRY_S = 1.0
DOUBTS_MAX = 5
REST_S_MAX = 1.0

log = Log(__name__)


@dataclass(frozen=True, slots=True)
class Tick:
    """What one tick did."""

    sent: sending.Sent
    seen: indexing.Seen
    met: int
    released: int
    repaid: int

    @property
    def idle(self) -> bool:
        """Whether nothing moved, so that the next tick may wait."""
        nothing = self.sent == sending.Sent() and self.seen == indexing.Seen()
        return nothing and not (self.released or self.repaid)


def tick(world: World) -> Tick:
    """What a block makes due is sent in the same tick, and so is in the next block."""
    seen = indexing.run(world, limit=500)  # chain -> projections (or rewound)
    met = conditions.run(world, limit=500)  # projections -> met, or what is missing
    released = release.run(world, limit=500)  # met -> outbox, once
    sent = sending.run(world, limit=500)  # outbox -> chain
    repaid = repayment.run(world, limit=500)  # money on the chain -> balanced postings
    return Tick(sent, seen, met, released, repaid)


def run(world: World) -> None:
    """Ticks until SIGTERM or SIGINT. Waits out a node or database that is away, and asks again when
    a fork got in between two answers; anything else that is wrong ends the worker with the reason
    (P9)."""
    bell = Bell()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: bell.stop())
    indexing.pin(world)
    log.info("worker_started")
    doubts = 0
    with listening(world, bell):
        while not bell.stopped:
            doubts = turn(world, bell, doubts)
    log.info("worker_stopped")


class Bell:
    """What a resting worker waits for: new heads ring it, and so does the order to stop."""

    def __init__(self) -> None:
        self.rung = threading.Event()
        self.stopped = False

    def stop(self) -> None:
        self.stopped = True
        self.rung.set()

    def wait(self, seconds: float) -> bool:
        """Returns when it has rung since the last time, or then; answers whether it has."""
        if self.stopped or not self.rung.wait(seconds):
            return self.stopped
        if not self.stopped:
            self.rung.clear()
        return True


def listening(world: World, bell: Bell) -> AbstractContextManager[object]:
    """The subscription to new heads, where the node offers one."""
    url = world.settings.wake_url
    return Heads(url, bell.rung) if url else nullcontext()


def turn(world: World, bell: Bell, doubts: int = 0) -> int:
    """Ticks once, and rests if there was nothing to do. Answers how many times in a row the node
    has now contradicted itself: a fork does that once or twice, a broken node goes on, and Halt
    is raised."""
    try:
        done = tick(world)
        if done.idle:
            _rest(world, bell, done.seen.head)
        return 0
    except (BlockUnknown, NodeLied) as error:
        if doubts + 1 >= DOUBTS_MAX:
            raise Halt(f"the node contradicts itself, {DOUBTS_MAX} times: {error}") from error
        log.warning("node_contradicts_itself", reason=str(error), attempt=doubts + 1)
        bell.wait(RETRY_S)
        return doubts + 1
    except NodeUnavailable as error:
        log.warning("node_unavailable", reason=str(error))
        bell.wait(RETRY_S)
    except StoreUnavailable as error:
        log.warning("database_unavailable", reason=str(error))
        bell.wait(RETRY_S)
    except Halt as error:
        log.error("worker_halted", reason=str(error))
        raise
    return doubts


def _rest(world: World, bell: Bell, head: bytes) -> None:
    """Returns when there may be something to do: another head than the one that was dealt with, a
    call on its way, or some time gone by. Two small questions, where a tick asks dozens."""
    until = time.monotonic() + REST_S_MAX
    while not bell.stopped and time.monotonic() < until:
        if bell.wait(world.settings.poll_interval_s):
            return
        latest = world.node.block("latest")
        if latest.hash != head:
            return
        with world.store.transaction() as session:
            if has_open_calls(session, latest.timestamp + 1):
                return
