"""The walk, walked: one tick takes every step once; the loop ticks for as long as it is let."""

import signal
import threading
import time
from dataclasses import dataclass

from entrepot.chain.errors import NodeUnavailable
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
    sent = sending.run(world, limit=50)  # outbox -> chain
    seen = indexing.run(world, limit=500)  # chain -> projections (or rewound)
    met = conditions.run(world, limit=500)  # projections -> met, or what is missing
    released = release.run(world, limit=50)  # met -> outbox, once
    repaid = repayment.run(world, limit=500)  # money on the chain -> balanced postings
    return Tick(sent, seen, met, released, repaid)


def run(world: World) -> None:
    """Ticks until SIGTERM or SIGINT. Waits out a node or database that is away; anything else that
    is wrong ends the worker with the reason (P9)."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    indexing.pin(world)
    log.info("worker_started")
    while not stop.is_set():
        _turn(world, stop)
    log.info("worker_stopped")


def _turn(world: World, stop: threading.Event) -> None:
    """Ticks once, and rests if there was nothing to do."""
    try:
        head = world.node.block("latest").hash
        if tick(world).idle:
            _rest(world, stop, head)
    except NodeUnavailable as error:
        log.warning("node_unavailable", reason=str(error))
        stop.wait(RETRY_S)
    except StoreUnavailable as error:
        log.warning("database_unavailable", reason=str(error))
        stop.wait(RETRY_S)
    except Halt as error:
        log.error("worker_halted", reason=str(error))
        raise


def _rest(world: World, stop: threading.Event, head: bytes) -> None:
    """Returns when there may be something to do: another head than the one that was dealt with, a
    call on its way, or some time gone by. Two small questions, where a tick asks dozens."""
    until = time.monotonic() + REST_S_MAX
    while not stop.wait(world.settings.poll_interval_s) and time.monotonic() < until:
        if world.node.block("latest").hash != head:
            return
        with world.store.transaction() as session:
            if has_open_calls(session):
                return
