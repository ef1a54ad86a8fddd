"""The straight walk, played once for all tests that only look at it."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from entrepot.devnet.cases.case import Case, read, write
from entrepot.devnet.cases.recording import Wanted, record_scenario
from entrepot.devnet.statement import Statement
from tests.walk.stage import SCENARIOS, Walk, open_walk


@pytest.fixture(scope="session")
def straight_walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    folder: Path = tmp_path_factory.mktemp("straight-walk")
    with open_walk("straight-walk", folder) as walk:
        walk.play(walk.scenario.steps)
        yield walk


@pytest.fixture(scope="session")
def straight_statement(straight_walk: Walk) -> Statement:
    return straight_walk.statement()


@pytest.fixture(scope="session")
def held_case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """The customs hold, recorded whole: also the founding is part of it. Recorded once for all the
    processes that tests run in."""
    folder = tmp_path_factory.getbasetemp()
    kept = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "held.jsonl"
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            path = SCENARIOS / "customs-hold.toml"
            wanted = Wanted(name="customs-hold", from_block=1)
            write(record_scenario(path, wanted, lambda _: None), kept)
    return read(kept)
