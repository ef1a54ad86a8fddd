"""A running devnet forks under its worker: API, worker and chain are programs of their own, and end
as the scenario says."""

from pathlib import Path

import pytest

from entrepot.cli.progress import audience_for
from entrepot.cli.statement import unsaid
from entrepot.devnet import cast
from entrepot.devnet.demo import differences, play
from entrepot.devnet.scenario import load
from tests.walk.stage import SCENARIOS

pytestmark = [pytest.mark.postgres, pytest.mark.anvil, pytest.mark.full, pytest.mark.timeout(900)]


@pytest.mark.parametrize("name", ["fork-after-release", "fork-before-release"])
def test_a_running_devnet_forks_and_ends_as_its_scenario_says(name: str, tmp_path: Path) -> None:
    scenario = load(SCENARIOS / f"{name}.toml")
    with audience_for(scenario, "en", quiet=True) as audience:
        statement = play(scenario, tmp_path, audience)
    members = cast.load(scenario.folder / scenario.cast)
    lei_of = {member.alias: member.lei for member in members}
    assert differences(scenario, statement, lei_of) + unsaid(scenario.expect, statement) == []
    assert statement.audit.differences == ()
