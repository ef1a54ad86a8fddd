"""The command line without a devnet: what it says when nothing runs, and how fast its help is."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from entrepot.cli import main
from entrepot.client import Credentials

UNAVAILABLE, FAILED = 3, 1
SLOW_MODULES = ("sqlalchemy", "fastapi", "eth_account", "httpx", "rich", "entrepot.settings")
HELP_S_MAX = 2.0


@pytest.mark.parametrize(
    "words",
    [["status"], ["audit"], ["reindex"], ["explain", "0x00", "1"], ["orders", "list"], ["events"]],
    ids=" ".join,
)
def test_command_when_nothing_runs_says_how_to_start(words: list[str], tmp_path: Path) -> None:
    told = CliRunner().invoke(main, [*words, "--state", str(tmp_path)])
    assert told.exit_code == UNAVAILABLE, told.output
    assert "entrepot up" in told.output


def test_doctor_when_nothing_runs_looks_at_the_machine(tmp_path: Path) -> None:
    told = CliRunner().invoke(main, ["doctor", "--json", "--state", str(tmp_path)])
    findings = {one["name"]: one for one in json.loads(told.output)["findings"]}
    assert told.exit_code == 0, told.output
    assert findings["anvil"]["found"].startswith("anvil")
    assert "PostgreSQL" in findings["postgres"]["found"]
    assert findings["devnet"]["ok"] is None


def test_demo_of_no_scenario_fails_with_its_name(tmp_path: Path) -> None:
    missing = str(tmp_path / "none.toml")
    told = CliRunner().invoke(main, ["demo", "--scenario", missing])
    assert told.exit_code == FAILED
    assert missing in told.output


def test_unreachable_api_is_unavailable(tmp_path: Path) -> None:
    file = tmp_path / "machine.json"
    Credentials.new("client_1").save(file)
    address = ["--url", "http://127.0.0.1:9", "--credentials", str(file)]
    told = CliRunner().invoke(main, ["orders", "list", *address])
    assert told.exit_code == UNAVAILABLE
    assert "does not answer" in told.output


def test_deploy_without_keys_is_a_usage_error() -> None:
    assert CliRunner().invoke(main, ["deploy"]).exit_code == 2


def test_help_loads_nothing_slow() -> None:
    script = (
        "import sys; from click.testing import CliRunner; from entrepot.cli import main;"
        "print(CliRunner().invoke(main, ['--help']).exit_code, *sorted(sys.modules))"
    )
    began = time.monotonic()
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    code, *modules = told.stdout.split()
    assert code == "0"
    assert not set(SLOW_MODULES) & set(modules)
    assert time.monotonic() - began < HELP_S_MAX
