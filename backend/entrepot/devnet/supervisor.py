"""Keeps programs running: one that ends is started again, a little later each time."""

import contextlib
import threading
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass

from entrepot.kit.logs import Log
from entrepot.kit.processes import Child, ProcessError

LOOK_EVERY_S = 0.05
PAUSE_S_MIN = 0.05
PAUSE_S_MAX = 5.0
STEADY_AFTER_S = 10.0
DEATHS_MAX = 6

log = Log(__name__)


@dataclass(slots=True)
class Kept:
    """A program, and how often in a row it ended before it had run steadily.

    due_at: when it is to be started again; None while it runs.
    """

    child: Child
    started_at: float = 0.0
    due_at: float | None = None
    deaths: int = 0
    restarts: int = 0
    given_up: bool = False


class Supervisor:
    """Programs by name. One that was killed comes back at once; one that keeps ending by itself
    is given up (P9): `check` says so, with the end of its log."""

    def __init__(self, children: Mapping[str, Child]) -> None:
        self._kept = {name: Kept(child) for name, child in children.items()}
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def start(self) -> None:
        """Start every program, from the caller's thread, and look after them in another."""
        for kept in self._kept.values():
            _start(kept)

    @contextlib.contextmanager
    def watching(self) -> Generator[None]:
        """Everything runs, and is kept running, until the end."""
        thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        try:
            self.start()
            thread.start()
            yield
        finally:
            self._stopping.set()
            if thread.is_alive():
                thread.join()
            self._stop_all()

    def pids(self) -> dict[str, int]:
        """The process ids of the programs that run now."""
        with self._lock:
            return {name: k.child.pid for name, k in self._kept.items() if k.child.alive}

    def restarts(self) -> dict[str, int]:
        """How often each program was started again."""
        return {name: kept.restarts for name, kept in self._kept.items()}

    def check(self) -> None:
        """Raise ProcessError when a program was given up."""
        for name, kept in self._kept.items():
            if kept.given_up:
                tail = kept.child.log_tail()
                raise ProcessError(f"{name} ended {kept.deaths} times in a row:\n{tail}")

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_EVERY_S):
            with self._lock:
                for name, kept in self._kept.items():
                    self._look_after(name, kept)

    def _look_after(self, name: str, kept: Kept) -> None:
        if kept.given_up or kept.child.alive:
            return
        if kept.due_at is None:
            self._note_end(name, kept)
        elif time.monotonic() >= kept.due_at:
            kept.restarts += 1
            _start(kept)

    @staticmethod
    def _note_end(name: str, kept: Kept) -> None:
        """Count it, and say when to start again, or give up."""
        code = kept.child.stop()
        steady = time.monotonic() - kept.started_at > STEADY_AFTER_S
        kept.deaths = 0 if steady or code < 0 else kept.deaths + 1
        kept.given_up = kept.deaths == DEATHS_MAX
        kept.due_at = time.monotonic() + min(PAUSE_S_MIN * 2**kept.deaths, PAUSE_S_MAX)
        log.warning("program_ended", component=name, status=code, count=kept.deaths)

    def _stop_all(self) -> None:
        """Ask all of them first, so that they end side by side."""
        threads = [
            threading.Thread(target=kept.child.stop)
            for kept in self._kept.values()
            if kept.started_at
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def _start(kept: Kept) -> None:
    kept.started_at, kept.due_at = time.monotonic(), None
    kept.child.start()
