"""The straight walk, played once for all tests that only look at it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from entrepot.devnet.cases.case import Case
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
def held_case() -> Case:
    """The customs hold, recorded whole: also the founding is part of it."""
    path = SCENARIOS / "customs-hold.toml"
    wanted = Wanted(name="customs-hold", from_block=1)
    return record_scenario(path, wanted, lambda _: None)
