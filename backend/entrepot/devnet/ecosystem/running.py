"""Opens a ground of its own for a year, plays it, and says what it came to."""

import resource
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from entrepot.chain.rpc import Rpc
from entrepot.devnet.ecosystem.deeds import Deeds
from entrepot.devnet.ecosystem.hands import Hands
from entrepot.devnet.ecosystem.playing import Year
from entrepot.devnet.ecosystem.tally import Tally
from entrepot.devnet.ecosystem.year import Size
from entrepot.devnet.ground import open_ground
from entrepot.devnet.sequencer import Mode
from entrepot.kit.clock import ManualClock, to_unix
from entrepot.steps.indexing import service as indexing
from entrepot.views.digest import digest
from entrepot.views.soundness import size_bytes
from entrepot.wiring import open_world

START = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """What it took on this machine; differs from run to run. memory: the most of this process."""

    engine_s: float
    chain_s: float
    memory_mb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A year as it came out; all but `took` is the same for a seed, firms and days.

    gas, calls: by verb, without the founding. database_bytes: what the tables have grown by since
    then. seconds: releases by how long after the last evidence. Amounts are minor units.
    """

    seed: int
    scale: float
    firms: int
    days: int
    counts: dict[str, int]
    stopped: dict[str, int]
    seconds: dict[int, int]
    gas: dict[str, int]
    calls: dict[str, int]
    money: dict[str, int]
    database_bytes: int
    digest: str
    took: Took = field(compare=False)


def play(parties: Path, size: Size, scale: float, tell: Callable[[int, Tally], None]) -> Outcome:
    """One year on a devnet that is gone afterwards. tell: is told each day."""
    clock = ManualClock(START)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="entrepot-year-"))
        ground = stack.enter_context(
            open_ground(Path(folder), parties, mode=Mode.MANUAL, clock=clock, durable=False)
        )
        world = stack.enter_context(open_world(ground.settings, clock=clock))
        indexing.pin(world)
        rpc = stack.enter_context(closing(Rpc(ground.settings.rpc_url)))
        hands = Hands(world, ground.sequencer, clock, rpc)
        members = {member.alias: member.participant_id for member in ground.members}
        year = Year(size, hands, Deeds(world.deployment, members, to_unix(START)))
        year.found()
        hands.tally.start()
        with world.store.reading() as session:
            before = size_bytes(session)
        year.play(tell)
        with world.store.reading() as session:
            grown, hashed = size_bytes(session) - before, digest(session)
    return _outcome(size, scale, hands, grown, hashed)


def _outcome(size: Size, scale: float, hands: Hands, grown: int, hashed: str) -> Outcome:
    tally = hands.tally
    return Outcome(
        seed=size.seed,
        scale=scale,
        firms=size.firms,
        days=size.days,
        counts=dict(sorted(tally.counts.items())),
        stopped=dict(sorted(tally.stopped.items())),
        seconds=dict(sorted(tally.seconds.items())),
        gas=dict(sorted(tally.gas.items())),
        calls=dict(sorted(tally.calls.items())),
        money=dict(sorted(tally.money.items())),
        database_bytes=grown,
        digest=hashed,
        took=Took(
            engine_s=round(hands.engine_s, 1),
            chain_s=round(hands.chain_s, 1),
            memory_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        ),
    )
