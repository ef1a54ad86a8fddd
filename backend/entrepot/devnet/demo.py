"""The demo: a settlement on a devnet of its own, through the public API, and its statement."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from entrepot.devnet import founding
from entrepot.devnet.miner import Head
from entrepot.devnet.player import Played, Player
from entrepot.devnet.scenario import Scenario
from entrepot.devnet.stack import Stack, open_stack
from entrepot.devnet.statement import Statement, compose
from entrepot.devnet.waiting import wait_until_caught_up
from entrepot.domain.money import Money
from entrepot.wiring import open_world


class Audience(Protocol):
    """Whoever follows a demo."""

    def opening(self, what: str) -> None:
        """Something is being started."""
        ...

    def opened(self, stack: Stack) -> None:
        """Everything runs."""
        ...

    def founded(self, played: Played) -> None:
        """A step of the founding was played."""
        ...

    def told(self, played: Played) -> None:
        """A step of the scenario was played."""
        ...


@dataclass(slots=True)
class Arrivals:
    """When each block was there, in seconds of a steady clock."""

    mined_at: dict[int, float] = field(default_factory=dict[int, float])

    def note(self, head: Head) -> None:
        self.mined_at[head.number] = time.perf_counter()


def play(scenario: Scenario, folder: Path, audience: Audience, *, pace_s: float = 0) -> Statement:
    """Plays a scenario in a folder; ScenarioError when a step goes another way than written.

    pace_s: how long to pause after each step, for people who watch.
    """
    arrivals = Arrivals()
    parties = scenario.folder / scenario.cast
    with open_stack(
        folder,
        parties,
        start=scenario.start,
        finality=scenario.finality,
        on_block=arrivals.note,
        say=audience.opening,
    ) as stack:
        audience.opened(stack)
        founding.found(stack, stack.ground.members, audience.founded)

        def told(played: Played) -> None:
            audience.told(played)
            time.sleep(pace_s)

        with players(stack, scenario) as player:
            player.play(scenario.steps, told)
            facility_id = player.names["facility"]
        with open_world(stack.ground.settings) as world:
            wait_until_caught_up(world)
            return compose(world, scenario.name, facility_id, arrivals.mined_at)


@contextmanager
def players(stack: Stack, scenario: Scenario) -> Iterator[Player]:
    """A player of the scenario on that stack."""
    player = Player(stack, scenario.read, scenario.name)
    try:
        yield player
    finally:
        player.close()


def differences(scenario: Scenario, statement: Statement, lei_of: dict[str, str]) -> list[str]:
    """What the statement has otherwise than the scenario expects, in words. lei_of: by alias."""
    expect = scenario.expect
    possessor = statement.title.possessor if statement.title else None
    pairs = [
        ("releases", expect.releases, len(statement.releases)),
        ("state of the facility", expect.facility_state, statement.facility_state),
        ("state of the order", expect.order_state, statement.order_state),
        ("possessor of the title", expect.title_possessor, possessor.lei if possessor else ""),
        ("sum of all balances", 0, statement.sum_minor),
        ("differences in the audit", 0, len(statement.audit.differences)),
    ]
    held = {b.holder: b.amount_minor for b in statement.balances if b.kind == "deposit"}
    for alias, amount in expect.deposits.items():
        found = Money(held.get(lei_of[alias], 0), statement.currency).to_decimal_string()
        pairs.append((f"deposit of {alias}", amount, found))
    return [f"{what}: expected {a}, found {b}" for what, a, b in pairs if a != b]
