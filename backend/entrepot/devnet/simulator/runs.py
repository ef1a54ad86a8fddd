"""Seeds, one after the other: those first that failed before."""

import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from entrepot.devnet.simulator.checks import Broken
from entrepot.devnet.simulator.faults import Fault
from entrepot.devnet.simulator.simulation import USUALLY, Asked, Fresh, Simulation
from entrepot.store.embedded import EmbeddedPostgres
from entrepot.store.migrating import migrate

TEMPLATE = "simulated"
WHOLE = 10**6
STEPS_PER_ORDER = 2_000
"""In which an order has come to its end by any chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What became of one seed. broken: what did not hold; trail: the last steps before."""

    seed: int
    steps: int
    done: int
    policy: str
    took_s: float
    broken: str | None = None
    trail: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)


@contextmanager
def databases() -> Iterator[Fresh]:
    """Opens as many empty databases as one asks for, on a server that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="entrepot-simulator-") as folder:
        Path(folder).chmod(0o755)  # root's server runs as another user
        with EmbeddedPostgres(Path(folder) / "postgres", durable=False) as server:
            migrate(server.create_database(TEMPLATE))
            numbers = count()

            @contextmanager
            def fresh() -> Iterator[str]:
                name = f"{TEMPLATE}_{next(numbers)}"
                yield server.create_database(name, template=TEMPLATE)
                server.drop_database(name)

            yield fresh


def play(
    seed: int,
    steps: int,
    fresh: Fresh,
    tell: Callable[[int], None] = lambda _: None,
    asked: Asked = USUALLY,
) -> Run:
    """One seed: so many steps, or fewer if every order that was asked for has come to its end; then
    rest, then another chain in the place of ours."""
    began, done = time.monotonic(), 0
    simulation = Simulation(seed, fresh, asked)
    broken: str | None = None
    try:
        for done in range(1, steps + 1):
            simulation.step()
            tell(done)
            if simulation.members.done:
                break
        simulation.rest()
        simulation.reset()
    except Broken as error:
        broken = str(error)
    finally:
        simulation.close()
    return Run(
        seed=seed,
        steps=steps,
        done=done,
        policy=simulation.policy,
        took_s=round(time.monotonic() - began, 1),
        broken=broken,
        trail=tuple(simulation.trail) if broken else (),
        counts={**simulation.counts, "orders": simulation.members.ended},
        faults={fault.name: met for fault in Fault if (met := simulation.met[fault])},
    )


def shortest(run: Run, fresh: Fresh, asked: Asked, tell: Callable[[Run], None]) -> Run:
    """Of a run that broke, the one with the fewest steps that breaks too, with all that happened in
    it: the same seed, and so the same history up to there. With one step less it holds.

    tell: is told each attempt.
    """
    breaks, holds = run.done, 0
    while breaks - holds > 1:
        middle = (holds + breaks) // 2
        attempt = play(run.seed, middle, fresh, asked=asked)
        tell(attempt)
        if attempt.broken:
            breaks = attempt.done
        else:
            holds = middle
    return play(run.seed, breaks, fresh, asked=replace(asked, trail=WHOLE))


@dataclass(frozen=True, slots=True)
class Kept:
    """A file with the seeds that failed, and in how many steps."""

    path: Path

    def read(self) -> dict[int, int]:
        """Steps by seed."""
        if not self.path.exists():
            return {}
        return {int(seed): steps for seed, steps in json.loads(self.path.read_text()).items()}

    def note(self, run: Run) -> None:
        """Keeps a seed that failed, and lets go of one that holds by now."""
        kept = self.read()
        if run.broken:
            kept[run.seed] = run.steps
        elif kept.get(run.seed, run.steps + 1) <= run.steps:
            del kept[run.seed]
        else:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps({str(s): n for s, n in sorted(kept.items())}, indent=2))


def order(kept: Kept | None, seeds: Iterable[int], steps: int) -> Iterator[tuple[int, int]]:
    """Seeds with their steps: those that failed before come first, in full. kept: None where the
    history is not the one that they failed in."""
    before = kept.read() if kept else {}
    for seed, n in before.items():
        yield seed, max(n, steps if isinstance(seeds, range) and seed in seeds else 0)
    for seed in seeds:
        if seed not in before:
            yield seed, steps
