"""The courier: sends to webhooks beside the worker, so that no slow endpoint delays a release."""

from __future__ import annotations

import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

from entrepot.kit.logs import Log
from entrepot.steps import World
from entrepot.steps.notification import service as notification
from entrepot.steps.notification.service import Message
from entrepot.store import webhooks
from entrepot.store.session import StoreUnavailable

AT_ONCE: Final = 16
IDLE_S: Final = 0.25
RETRY_S: Final = 1.0
FORGET_EVERY: Final = 10_000
"""Rounds; some forty minutes when nothing happens."""

log = Log(__name__)


class Courier:
    """Up to AT_ONCE messages under way at a time, each in a thread of its own."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._stopped = threading.Event()
        self._free = threading.Semaphore(AT_ONCE)
        self._moved = threading.Event()

    def stop(self) -> None:
        self._stopped.set()
        self._moved.set()

    def run(self) -> None:
        """Until stopped. A database that is away is waited for; whatever else goes wrong is told,
        and tried again: nothing is lost by it."""
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="courier") as pool:
            rounds = 0
            while not self._stopped.is_set():
                try:
                    self._turn(pool, rounds)
                except StoreUnavailable as error:
                    log.warning("database_unavailable", reason=str(error))
                    self._stopped.wait(RETRY_S)
                except Exception:  # a thread that ended would send nothing ever again
                    log.error("courier_failed")
                    self._stopped.wait(RETRY_S)
                rounds += 1

    def _turn(self, pool: ThreadPoolExecutor, rounds: int) -> None:
        self._moved.clear()
        if rounds % FORGET_EVERY == 0:
            with self._world.store.transaction() as session:
                webhooks.forget_old(session, self._world.clock.now(), 10_000)
        queued = notification.publish(self._world, AT_ONCE)
        free = 0
        while free < AT_ONCE and self._free.acquire(blocking=False):
            free += 1
        messages: list[Message] = []
        try:
            messages = notification.claim(self._world, free) if free else []
        finally:
            for _ in range(free - len(messages)):
                self._free.release()
        for message in messages:
            pool.submit(self._send, message)
        if not queued and not messages:
            self._moved.wait(IDLE_S)

    def _send(self, message: Message) -> None:
        try:
            outcome = notification.attempt(self._world, message)
            notification.settle(self._world, message, outcome)
        except StoreUnavailable as error:  # the lease ends, and it is sent again
            log.warning("database_unavailable", reason=str(error))
        except Exception:  # as when it is away: the lease ends
            log.error("courier_failed")
        finally:
            self._free.release()
            self._moved.set()


@contextmanager
def delivering(world: World) -> Generator[None]:
    """Messages are sent until the end; those under way then are waited for."""
    courier = Courier(world)
    thread = threading.Thread(target=courier.run, name="courier", daemon=True)
    thread.start()
    try:
        yield
    finally:
        courier.stop()
        thread.join()
