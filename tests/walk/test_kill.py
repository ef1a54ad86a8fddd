"""Killed at any moment, everything ends in the same statement."""

import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from entrepot.devnet.player import Played
from entrepot.devnet.statement import Statement
from entrepot.devnet.supervisor import Supervisor
from tests.walk.stage import open_walk, stable

pytestmark = [pytest.mark.postgres, pytest.mark.anvil, pytest.mark.timeout(600)]

SEED = 20261123
DELAY_S_MAX = 0.2
ALIVE_TIMEOUT_S = 30
VICTIMS = (("worker",), ("api",), ("worker", "api"))


class Killer:
    """Kills programs at seeded moments: after some steps, a fraction of a second into the next."""

    def __init__(self, supervisor: Supervisor, steps: int, kills: int) -> None:
        chance = random.Random(SEED)
        moments = sorted(chance.sample(range(1, steps), kills))
        self._plan = {
            moment: (chance.choice(VICTIMS), chance.uniform(0, DELAY_S_MAX)) for moment in moments
        }
        self._supervisor = supervisor
        self._threads: list[threading.Thread] = []
        self.killed: list[str] = []

    def after(self, played: Played) -> None:
        """What the plan says for the moment after this step."""
        if played.number in self._plan:
            victims, delay_s = self._plan[played.number]
            thread = threading.Thread(target=self._kill, args=(victims, delay_s))
            thread.start()
            self._threads.append(thread)

    def finish(self) -> None:
        for thread in self._threads:
            thread.join()

    def _kill(self, victims: tuple[str, ...], delay_s: float) -> None:
        time.sleep(delay_s)
        for name in victims:
            os.kill(self._alive(name), signal.SIGKILL)
            self.killed.append(name)

    def _alive(self, name: str) -> int:
        """The program's process, once it runs (it may still be coming back)."""
        deadline = time.monotonic() + ALIVE_TIMEOUT_S
        while name not in (pids := self._supervisor.pids()):
            assert time.monotonic() < deadline, f"{name} did not come back"
            time.sleep(0.01)
        return pids[name]


@pytest.mark.parametrize("kills", [4, pytest.param(20, marks=pytest.mark.full)])
def test_kill_at_random_moments_ends_in_the_same_statement(
    straight_statement: Statement, tmp_path: Path, kills: int
) -> None:
    with open_walk("straight-walk", tmp_path) as walk:
        killer = Killer(walk.stack.supervisor, len(walk.scenario.steps), kills)
        for step in walk.scenario.steps:
            walk.play([step])
            killer.after(walk.played[-1])
        killer.finish()
        statement = walk.statement()
        restarts = walk.stack.supervisor.restarts()
    assert len(killer.killed) >= kills
    assert {name: killer.killed.count(name) for name in restarts} == restarts
    assert stable(statement) == stable(straight_statement)
