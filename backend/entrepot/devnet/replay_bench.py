"""How fast a case is replayed, beside a node that mines the same transactions alone."""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from entrepot.devnet.cases.case import Case
from entrepot.devnet.cases.chain import CaseChain
from entrepot.devnet.cases.playing import play
from entrepot.devnet.cases.recording import Wanted, record_scenario
from entrepot.devnet.cases.stage import open_stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Blocks per second of each run, over the same blocks: mined by a bare node, followed by the
    worker as well, and compared row by row as well; and the medians of their ratios to the bare
    node of the same run."""

    blocks: int
    transactions: int
    mined: tuple[float, ...]
    followed: tuple[float, ...]
    checked: tuple[float, ...]
    followed_ratio: float
    checked_ratio: float


def measure(scenario: Path, runs: int, tell: Callable[[str], None]) -> Measured:
    """Records the scenario once, then takes the three in turn, `runs` times."""
    case = record_scenario(scenario, Wanted(name=scenario.stem), lambda _: None)
    own = case.blocks[case.head.deployed :]
    rates: list[tuple[float, float, float]] = []
    for run in range(runs):
        rates.append((_mined(case), _followed(case), _checked(case)))
        tell(f"run {run + 1}: " + ", ".join(f"{rate:.0f}" for rate in rates[-1]) + " blocks/s")
    mined, followed, checked = zip(*rates, strict=True)
    return Measured(
        blocks=len(own),
        transactions=sum(len(block.transactions) for block in own),
        mined=mined,
        followed=followed,
        checked=checked,
        followed_ratio=_ratio(followed, mined),
        checked_ratio=_ratio(checked, mined),
    )


def lines(measured: Measured) -> Iterator[str]:
    """The figures in words: medians, and medians of the runs' own ratios."""
    yield f"{measured.blocks} blocks, {measured.transactions} transactions"
    for name, rates, ratio in (
        ("anvil alone", measured.mined, 1.0),
        ("replayed: chain and tables", measured.followed, measured.followed_ratio),
        ("checked: every row as well", measured.checked, measured.checked_ratio),
    ):
        yield f"{name:<28} {statistics.median(rates):>8.1f} blocks/s   {ratio:>6.3f}"


def _mined(case: Case) -> float:
    with CaseChain(case.head.chain_id, case.head.genesis_time) as chain:
        chain.mine_again(case.blocks[: case.head.deployed])
        began = time.perf_counter()
        for block in case.blocks[case.head.deployed :]:
            chain.mine(block.time, [t.raw for t in block.transactions])
        return _rate(case, began)


def _followed(case: Case) -> float:
    with open_stage(case) as stage:
        began = time.perf_counter()
        stage.go_to(case.last)
        return _rate(case, began)


def _checked(case: Case) -> float:
    with open_stage(case) as stage:
        began = time.perf_counter()
        deque(play(stage), maxlen=0)
        return _rate(case, began)


def _rate(case: Case, began: float) -> float:
    return (case.last - case.head.deployed) / (time.perf_counter() - began)


def _ratio(rates: Sequence[float], bare: Sequence[float]) -> float:
    return statistics.median(one / other for one, other in zip(rates, bare, strict=True))
