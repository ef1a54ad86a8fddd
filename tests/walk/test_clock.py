"""The test clock of a devnet: what comes with time comes when it is moved."""

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from entrepot.cli import main
from entrepot.devnet.stack import open_stack
from tests.walk.stage import SCENARIOS, open_walk

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]
PARTIES = SCENARIOS / "parties.toml"


@pytest.fixture(scope="module")
def devnet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of one that runs, before anybody is a member."""
    folder = tmp_path_factory.mktemp("clock")
    with open_stack(folder, PARTIES):
        yield folder


def clock(state: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["clock", *words, "--state", str(state)])


def shown(state: Path, *words: str) -> dict[str, Any]:
    answer = clock(state, *words, "--json")
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)


def test_time_moves_by_a_block_and_goes_on_from_there(devnet: Path) -> None:
    before = shown(devnet)
    moved = shown(devnet, "+200d")
    assert moved["block"] == before["block"] + 1
    passed = datetime.fromisoformat(moved["at"]) - datetime.fromisoformat(before["at"])
    assert passed == timedelta(days=200)
    day = datetime.fromisoformat(moved["at"]).date() + timedelta(days=10)
    assert clock(devnet, day.isoformat()).stdout.startswith(f"{day} 00:00:00 UTC, block ")
    assert shown(devnet)["block"] == moved["block"] + 1


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("2020-01-01", "already"),
        ("+0d", "already"),
        ("+9x", "a duration is like"),
        ("soon", "a date is like"),
        ("+999999d999999d999999d", "TO:"),
    ],
)
def test_what_cannot_be_reached_is_refused_and_moves_nothing(
    devnet: Path, to: str, why: str
) -> None:
    before = shown(devnet)
    refused = clock(devnet, to)
    assert refused.exit_code == 2
    assert why in refused.output
    assert shown(devnet)["block"] == before["block"]


def test_without_a_devnet_it_says_what_to_start(tmp_path: Path) -> None:
    answer = clock(tmp_path, "+1d")
    assert answer.exit_code == 3
    assert "entrepot up" in answer.output


@pytest.mark.full
def test_what_is_lent_is_overdue_once_its_day_has_passed(tmp_path: Path) -> None:
    with open_walk("straight-walk", tmp_path) as walk:
        walk.play_until("The importer's payment")
        facility = f"/v1/facilities/{walk.player.names['facility']}"

        def state() -> str:
            return walk.ask("bank", "GET", facility).json()["state"]

        assert state() == "RELEASED"
        shown(tmp_path, "+200d")
        waited_until = time.monotonic() + 60
        while state() != "OVERDUE":
            assert time.monotonic() < waited_until, state()
            time.sleep(0.1)
