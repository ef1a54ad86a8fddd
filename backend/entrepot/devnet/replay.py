"""Plays a scenario on a fresh devnet in memory, step by step, and tells what each step changed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from entrepot.devnet import founding
from entrepot.devnet.player import Played, Player
from entrepot.devnet.rehearsal import Rehearsal, open_rehearsal
from entrepot.devnet.scenario import Scenario, load
from entrepot.views.changes import Change, changes, snapshot
from entrepot.views.digest import digest

RUN = "replay"


@dataclass(frozen=True, slots=True)
class Told:
    """One step: what was answered, which blocks it made, and what it changed."""

    number: int
    total: int
    played: Played
    first_block: int
    last_block: int
    changes: list[Change]


@dataclass(frozen=True, slots=True)
class Ending:
    """Where a replay ended. Equal on every run of the same scenario up to the same step."""

    step: int
    block: int
    block_hash: str
    digest: str


class Replay:
    """A scenario on its stage, founded and ready for its first step."""

    def __init__(self, scenario: Scenario, stage: Rehearsal) -> None:
        self.scenario, self.stage = scenario, stage
        self._player = Player(stage, scenario.read, RUN)
        self._player.play(founding.steps(stage.ground.members), lambda _: None)

    def steps(self, to: int | None = None) -> Iterator[Told]:
        """Plays one step at a time, up to step `to`."""
        total = len(self.scenario.steps)
        for number, step in enumerate(self.scenario.steps[:to], 1):
            first = self.stage.ground.sequencer.head().number + 1
            before = self._snapshot()
            played: list[Played] = []
            self._player.play([step], played.append)
            self.stage.settle()
            last = self.stage.ground.sequencer.head().number
            yield Told(number, total, played[0], first, last, changes(before, self._snapshot()))

    def ending(self, step: int) -> Ending:
        head = self.stage.ground.sequencer.head()
        with self.stage.world.store.reading() as session:
            return Ending(step, head.number, head.block_hash, digest(session))

    def close(self) -> None:
        self._player.close()

    def _snapshot(self) -> dict[str, dict[str, dict[str, str]]]:
        with self.stage.world.store.reading() as session:
            return snapshot(session)


@contextmanager
def open_replay(path: Path) -> Iterator[Replay]:
    """Raises ScenarioError when the file is no scenario."""
    scenario = load(path)
    cast = scenario.folder / scenario.cast
    with open_rehearsal(cast, scenario.start, scenario.finality) as stage:
        replay = Replay(scenario, stage)
        try:
            yield replay
        finally:
            replay.close()


def play(path: Path, to: int | None, tell: Callable[[Told], None]) -> Ending:
    """Plays up to step `to`, or to the end."""
    with open_replay(path) as replay:
        number = 0
        for told in replay.steps(to):
            tell(told)
            number = told.number
        return replay.ending(number)
