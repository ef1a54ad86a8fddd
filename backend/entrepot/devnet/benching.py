"""Measures the straight walk: how many a second, and how soon the money follows the last event;
beside it, in the same run on the same node, the least that any program could do: send a
transaction and wait for its receipt."""

import re
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any

import msgspec

from entrepot.chain.sender import FREE, broadcast
from entrepot.chain.signer import Transaction
from entrepot.devnet import cast, founding
from entrepot.devnet.demo import Arrivals
from entrepot.devnet.player import Played, Player
from entrepot.devnet.scenario import Scenario, Step
from entrepot.devnet.stack import Stack, open_stack
from entrepot.devnet.statement import Release, releases_of
from entrepot.devnet.waiting import wait_until_caught_up
from entrepot.steps import World
from entrepot.wiring import open_world

START = datetime(2027, 1, 16, tzinfo=UTC)
"""After everything that the papers speak of, so that no walk has to wait for its own time."""

DEADLINES_LATER = timedelta(days=69)
BARE_SENDS = 100
BARE_POLL_S = 0.0005
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
GAS_OF_A_TRANSFER = 21_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Milliseconds over `count` samples."""

    count: int
    median_ms: float
    p99_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """to_money: last needed event mined to release mined. bare: a transaction sent to its receipt
    seen. ratio_median and ratio_p99: to_money over bare. transactions: mined in one walk."""

    walks: int
    walks_per_s: float
    walk_s: tuple[float, ...]
    transactions: float
    to_money: Spread
    blocks_to_money: tuple[int, ...]
    bare: Spread
    ratio_median: float
    ratio_p99: float
    ratio_walk: float


def measure(
    scenario: Scenario, folder: Path, walks: int, tell: Callable[[int, float], None]
) -> Measured:
    """Plays that many walks one after another. tell: number of the walk and its seconds."""
    arrivals = Arrivals()
    parties = scenario.folder / scenario.cast
    with open_stack(folder, parties, start=START, on_block=arrivals.note) as stack:
        founding.found(stack, stack.ground.members, lambda _: None)
        policies = list(takewhile(lambda step: step.at is None, scenario.steps))
        _play(stack, scenario.read, policies, "policies")
        first = stack.ground.sequencer.head().number
        took, facilities = _walk(stack, scenario, scenario.steps[len(policies) :], walks, tell)
        last = stack.ground.sequencer.head().number
        with open_world(stack.ground.settings) as world:
            wait_until_caught_up(world)
            releases = [r for f in facilities for r in releases_of(world, f, arrivals.mined_at)]
            transactions = _transactions(world, first + 1, last) / walks
            stack.supervisor.check()
            bare = send_and_wait(world, cast.KEEPER, BARE_SENDS)
    return _summed_up(took, releases, bare, transactions)


def _walk(
    stack: Stack,
    scenario: Scenario,
    steps: list[Step],
    walks: int,
    tell: Callable[[int, float], None],
) -> tuple[list[float], list[str]]:
    """The seconds that each walk took, and its facility."""
    took: list[float] = []
    facilities: list[str] = []
    for number in range(1, walks + 1):
        variant = Variant(number)
        began = time.perf_counter()
        names = _play(
            stack,
            lambda name, variant=variant: variant.content(scenario.read(name)),
            [variant.step(step) for step in steps],
            f"walk-{number}",
        )
        took.append(time.perf_counter() - began)
        facilities.append(names["facility"])
        tell(number, took[-1])
    return took, facilities


def _play(
    stack: Stack, read_file: Callable[[str], bytes], steps: list[Step], run: str
) -> dict[str, str]:
    """Plays steps and answers what they saved."""
    player = Player(stack, read_file, run)
    try:
        player.play(steps, _ignore)
        return player.names
    finally:
        player.close()


def _ignore(_: Played) -> None: ...


class Variant:
    """The same trade under other numbers: order, invoice, bill, voyage, events, customs, money."""

    def __init__(self, number: int) -> None:
        self._other: Mapping[str, str] = {
            "2026-1187": f"2026-{5_000 + number}",
            "2026-0931": f"2026-3{_without_zeros(number)}",
            "BMLNGB2611870": f"BMLNGB{2_700_000 + number}",
            "046W": f"{100 + number}W",
            "-26118700": f"-{30_000_000 + number}",
            "NGB3104-26-7700": f"NGB3104-26-{8_000 + number}",
            "RTM-DMS-26-510": f"RTM-DMS-26-{6_000 + number}",
            "HBK-IN-20270115-0093": f"HBK-IN-20270115-{1_000 + number}",
        }

    def content(self, content: bytes) -> bytes:
        """A file under these numbers."""
        return self._renamed(content.decode()).encode()

    def step(self, step: Step) -> Step:
        """A step under these numbers, at no time of its own and with later deadlines."""
        body = None if step.body is None else self._varied(step.body)
        return msgspec.structs.replace(step, at=None, body=body)

    def _varied(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._varied(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._varied(item) for item in value]
        if isinstance(value, str) and TIME.fullmatch(value):
            later = datetime.fromisoformat(value) + DEADLINES_LATER
            return later.strftime("%Y-%m-%dT%H:%M:%SZ")
        return self._renamed(value) if isinstance(value, str) else value

    def _renamed(self, text: str) -> str:
        for old, new in self._other.items():
            text = text.replace(old, new)
        return text


def _without_zeros(number: int) -> str:
    """Counts with nine digits. Invoices of one day and amount whose numbers differ by zeros alone
    are a near match, which no officer of the bench decides."""
    digits = ""
    while number > 0:
        number, digit = divmod(number - 1, 9)
        digits = f"{digit + 1}{digits}"
    return digits


def _transactions(world: World, first: int, last: int) -> int:
    """How many transactions with an event of ours these blocks have."""
    logs = world.node.logs(first, last, list(world.deployment.addresses()))
    return len({log.transaction_hash for log in logs})


def send_and_wait(world: World, person: str, count: int) -> list[float]:
    """Milliseconds of each of `count` transfers of nothing by one of the cast.

    The sender's lane is out of step afterwards: only for a devnet that is about to end.
    """
    signer = world.signers.signer(cast.address_of(person))
    nonce = world.node.nonce(signer.address)
    plain = Transaction(
        chain_id=world.deployment.chain_id,
        nonce=nonce,
        to=signer.address,
        data=b"",
        gas=GAS_OF_A_TRANSFER,
        fees=FREE,
    )
    took: list[float] = []
    for index in range(count):
        began = time.perf_counter()
        signed = signer.sign_transaction(replace(plain, nonce=nonce + index))
        broadcast(world.node, signed.raw)
        while world.node.receipt(signed.hash) is None:
            time.sleep(BARE_POLL_S)
        took.append((time.perf_counter() - began) * 1000)
    return took


def _summed_up(
    took: list[float], releases: list[Release], bare_ms: list[float], transactions: float
) -> Measured:
    to_money = spread([one.ms_to_money for one in releases if one.ms_to_money is not None])
    bare = spread(bare_ms)
    floor_s = transactions * bare.median_ms / 1000
    return Measured(
        walks=len(took),
        walks_per_s=round(len(took) / sum(took), 3),
        walk_s=tuple(round(one, 3) for one in took),
        transactions=round(transactions, 1),
        to_money=to_money,
        blocks_to_money=tuple(sorted({one.blocks_to_money for one in releases})),
        bare=bare,
        ratio_median=round(to_money.median_ms / bare.median_ms, 2),
        ratio_p99=round(to_money.p99_ms / bare.p99_ms, 2),
        ratio_walk=round(statistics.median(took) / floor_s, 2),
    )


def spread(samples: list[float]) -> Spread:
    """Median, 99th percentile (the smallest sample that 99 % do not exceed) and maximum."""
    ranked = sorted(samples)
    p99 = ranked[max(0, -(-99 * len(ranked) // 100) - 1)]
    return Spread(
        count=len(ranked),
        median_ms=round(statistics.median(ranked), 2),
        p99_ms=round(p99, 2),
        max_ms=round(ranked[-1], 2),
    )


def lines(measured: Measured) -> Iterator[str]:
    """The figures in words."""
    m = measured
    yield f"{m.walks} walks one after another: {m.walks_per_s} walks/s ({m.transactions} tx each)"
    yield f"{'':32}{'n':>5}{'median':>10}{'p99':>10}{'max':>10}   ms"
    for name, s in (("last needed event to release", m.to_money), ("bare send and wait", m.bare)):
        yield f"{name:<32}{s.count:>5}{s.median_ms:>10}{s.p99_ms:>10}{s.max_ms:>10}"
    blocks = ", ".join(map(str, m.blocks_to_money))
    yield f"ratio {m.ratio_median} at the median, {m.ratio_p99} at p99; {blocks} block(s) between"
    yield f"a walk takes {m.ratio_walk} times as long as its bare transactions would"
