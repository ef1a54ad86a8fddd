"""The library of scenarios: each is played through the API, by the worker, on the contracts, and
ends as its file says, in states, balances and words.

Each has a devnet of its own in memory, whose clock and blocks move only when told.
"""

from pathlib import Path

import pytest

from entrepot.cli.statement import unsaid
from entrepot.devnet import founding
from entrepot.devnet.demo import differences
from entrepot.devnet.player import Player
from entrepot.devnet.rehearsal import open_rehearsal
from entrepot.devnet.scenario import load
from entrepot.devnet.statement import compose

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]

SCENARIOS = Path(__file__).parents[2] / "hardhat-free-devnet" / "scenarios"
SHORT = ("duplicate-invoice", "joint-default", "same-second")
"""Those of every run; the straight walk and a third fraud have tests of their own."""

LONG = (pytest.mark.full, pytest.mark.timeout(3_600))


def library() -> list[str]:
    paths = SCENARIOS.glob("*.toml")
    return sorted(path.stem for path in paths if not path.stem.startswith("parties"))


@pytest.mark.parametrize(
    "name",
    [name if name in SHORT else pytest.param(name, marks=LONG) for name in library()],
)
def test_scenario_ends_as_its_file_says(name: str) -> None:
    scenario = load(SCENARIOS / f"{name}.toml")
    parties = scenario.folder / scenario.cast
    with open_rehearsal(parties, scenario.start, scenario.finality) as stage:
        members = stage.ground.members
        player = Player(stage, scenario.read, name)
        try:
            player.play(founding.steps(members), lambda _: None)
            player.play(scenario.steps, lambda _: None)
            stage.settle()
            statement = compose(stage.world, name, player.names["facility"], {})
        finally:
            player.close()
    lei_of = {member.alias: member.lei for member in members}
    assert differences(scenario, statement, lei_of) + unsaid(scenario.expect, statement) == []
