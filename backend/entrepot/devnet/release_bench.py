"""Measures how soon the money follows the last condition: from the block that completes it to the
block that has the release; beside it, in the same run, a bare transaction sent and waited for."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from entrepot.bindings.financing import TrancheReleased
from entrepot.bindings.financings import FinancingTerms
from entrepot.chain.codec import decode_event
from entrepot.devnet import cast
from entrepot.devnet.benching import BARE_SENDS, Spread, send_and_wait, spread
from entrepot.devnet.crowd import PAPERS, Crowd
from entrepot.devnet.demo import Arrivals
from entrepot.devnet.ground import Ground, environment, open_ground
from entrepot.devnet.sequencer import Mode
from entrepot.devnet.waiting import wait_until_caught_up
from entrepot.kit.abi import Address
from entrepot.kit.processes import Child
from entrepot.steps import World
from entrepot.wiring import open_world

START = datetime(2027, 1, 16, tzinfo=UTC)
TIMEOUT_S = 30.0
POLL_S = 0.005
A_BLOCK = 5
"""Conditions that are completed in one block of a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """instant: from block to block in milliseconds where each transaction has its own block; bare:
    a transaction sent to its receipt seen; ratio: of the medians. blocks: how many releases came
    how many blocks after, on blocks of a second; within_one: the part of them within one block."""

    instant: Spread
    bare: Spread
    ratio: float
    blocks: dict[int, int]
    within_one: float


def measure(
    parties: Path, folder: Path, instant: int, interval: int, tell: Callable[[str], None]
) -> Measured:
    """instant, interval: how many releases to look at in either mode."""
    tell("instant blocks")
    with _running(parties, folder / "instant", Mode.INSTANT, instant) as run:
        one_by_one = [run.next_one() for _ in range(instant)]
        bare = spread(send_and_wait(run.world, "bank.desk", BARE_SENDS))
    tell("blocks of a second")
    with _running(parties, folder / "interval", Mode.INTERVAL, interval) as run:
        blocks = [n for _ in range(interval // A_BLOCK) for n in run.next_block(A_BLOCK)]
    found = spread(one_by_one)
    return Measured(
        instant=found,
        bare=bare,
        ratio=round(found.median_ms / bare.median_ms, 2),
        blocks={n: blocks.count(n) for n in sorted(set(blocks))},
        within_one=round(sum(n <= 1 for n in blocks) / len(blocks), 4),
    )


@contextmanager
def _running(parties: Path, folder: Path, mode: Mode, count: int) -> Iterator["_Run"]:
    """A worker over a crowd of facilities whose tranches wait for one paper each."""
    arrivals = Arrivals()
    with (
        open_ground(folder, parties, mode=mode, start=START, on_block=arrivals.note) as ground,
        open_world(ground.settings) as world,
    ):
        crowd = Crowd(ground, world)
        crowd.found()
        terms = crowd.build(-(-count // len(PAPERS)), waiting=True)
        worker = Child(
            [sys.executable, "-m", "entrepot", "worker"],
            log=folder / "worker.log",
            environment=environment(ground.settings),
            grace_s=5,
        ).start()
        try:
            wait_until_caught_up(world)
            yield _Run(ground, world, crowd, arrivals, terms)
        finally:
            worker.stop()


class _Run:
    """Completes conditions, and looks when the money comes."""

    def __init__(
        self,
        ground: Ground,
        world: World,
        crowd: Crowd,
        arrivals: Arrivals,
        terms: list[FinancingTerms],
    ) -> None:
        self.ground, self.world, self.crowd, self.arrivals = ground, world, crowd, arrivals
        self.financing = world.deployment["Financing"]
        self.left = [(t, number) for t in terms for number in range(len(PAPERS))]

    def next_one(self) -> float:
        """Milliseconds from block to block, of the next condition, once all before it is dealt
        with."""
        wait_until_caught_up(self.world)
        ((complete, released),) = self._complete(1)
        return (self.arrivals.mined_at[released] - self.arrivals.mined_at[complete]) * 1000

    def next_block(self, count: int) -> list[int]:
        """Blocks from condition to release, of the next `count` that are completed at once."""
        return [released - complete for complete, released in self._complete(count)]

    def _complete(self, count: int) -> list[tuple[int, int]]:
        """The block that completed each, and the block that has its release."""
        taken, self.left = self.left[:count], self.left[count:]
        first = self.ground.sequencer.head().number + 1
        desk, at = f"exporter.{cast.DESK}", self.world.deployment["Evidence"]
        acts = [(desk, at, self.crowd.saying(t.order_id, PAPERS[n])) for t, n in taken]
        sent = self.crowd.send(acts)
        releases = self._await_releases(first, count)
        receipts = self.world.node.receipts(sent)
        complete = [receipt.block_number for receipt in receipts if receipt is not None]
        found = [releases[bytes(t.order_id), n] for t, n in taken]
        return list(zip(complete, found, strict=True))

    def _await_releases(self, first: int, count: int) -> dict[tuple[bytes, int], int]:
        """By order and tranche: the block of its release."""
        deadline = time.monotonic() + TIMEOUT_S
        topics = [TrancheReleased.abi.topic]
        while time.monotonic() < deadline:
            time.sleep(POLL_S)
            head = self.ground.sequencer.head().number
            if head < first:
                continue
            logs = self.world.node.logs(first, head, [Address(self.financing)], topics)
            if len(logs) >= count:
                events = [(decode_event(log.topics, log.data), log.block_number) for log in logs]
                return {
                    (bytes(event.order_id), event.tranche): block
                    for event, block in events
                    if isinstance(event, TrancheReleased)
                }
        raise TimeoutError(f"{count} releases did not come within {TIMEOUT_S} s")


def lines(measured: Measured) -> Iterator[str]:
    """The figures in words."""
    m = measured
    yield f"{'':32}{'n':>5}{'median':>10}{'p99':>10}{'max':>10}   ms"
    for name, s in (("condition complete to release", m.instant), ("bare send and wait", m.bare)):
        yield f"{name:<32}{s.count:>5}{s.median_ms:>10}{s.p99_ms:>10}{s.max_ms:>10}"
    yield f"ratio {m.ratio} at the median, on instant blocks"
    told = ", ".join(f"{count} after {blocks}" for blocks, count in m.blocks.items())
    yield f"on blocks of a second: {told}; {100 * m.within_one:.1f} % within one block"
