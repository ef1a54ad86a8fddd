"""Programs that end are started again, until it is plain that they cannot run."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from entrepot.devnet.supervisor import DEATHS_MAX, Supervisor
from entrepot.kit.processes import Child, ProcessError, running

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]
FAILS = [sys.executable, "-c", "raise SystemExit('no such database')"]
TIMEOUT_S = 20


def until(met: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + TIMEOUT_S
    while not met() and time.monotonic() < deadline:
        time.sleep(0.01)
    return met()


def test_killed_program_comes_back_and_ends_with_the_supervisor() -> None:
    supervisor = Supervisor({"sleeper": Child(SLEEPS)})
    with supervisor.watching():
        first = supervisor.pids()["sleeper"]
        os.kill(first, signal.SIGKILL)
        assert until(lambda: supervisor.pids().get("sleeper", first) != first)
        second = supervisor.pids()["sleeper"]
        assert supervisor.restarts() == {"sleeper": 1}
        supervisor.check()
    assert until(lambda: not running(second))


def test_program_that_keeps_failing_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    supervisor = Supervisor({"failing": Child(FAILS, log=tmp_path / "failing.log")})
    with supervisor.watching():
        assert until(lambda: supervisor.restarts()["failing"] == DEATHS_MAX - 1)
        with pytest.raises(ProcessError, match="no such database"):
            assert until(lambda: supervisor.check() is not None)
    assert supervisor.pids() == {}
