"""A running devnet for the walk tests, and what of it must stay the same."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from click.testing import CliRunner
from sqlalchemy import text
from sqlmodel import SQLModel

from entrepot.cli import main
from entrepot.devnet import founding
from entrepot.devnet.demo import Arrivals
from entrepot.devnet.player import Played, Player
from entrepot.devnet.scenario import Scenario, Step, load
from entrepot.devnet.stack import Stack, open_stack
from entrepot.devnet.statement import Statement, compose
from entrepot.devnet.waiting import wait_until_caught_up
from entrepot.steps import World
from entrepot.views.machinery import Machinery
from entrepot.wiring import open_world

SCENARIOS = Path(__file__).parents[2] / "hardhat-free-devnet" / "scenarios"
OWN_MEMORY = {"access_record", "idempotency_record", "login", "request_count", "seen_proof"}
"""What the API remembers of requests, refused ones too."""


@dataclass
class Walk:
    """A founded devnet with everything running, on which a scenario is played."""

    scenario: Scenario
    stack: Stack
    world: World
    player: Player
    arrivals: Arrivals
    played: list[Played] = field(default_factory=list[Played])

    def play(self, steps: list[Step]) -> None:
        self.player.play(steps, self.played.append)

    def play_until(self, says: str) -> None:
        """Plays the scenario from its first step to before the one whose words begin so."""
        steps = self.scenario.steps
        self.play(steps[: next(at for at, s in enumerate(steps) if s.say.startswith(says))])

    def statement(self) -> Statement:
        wait_until_caught_up(self.world)
        facility = self.player.names["facility"]
        return compose(self.world, self.scenario.name, facility, self.arrivals.mined_at)

    def ask(self, actor: str, method: str, path: str, **request: Any) -> httpx.Response:
        """One request as that member, sent once."""
        address = self.stack.url + path.format(**self.player.names)
        auth = self.player.auth_of(actor)
        return httpx.request(method, address, auth=auth, timeout=30, **request)

    def command(self, *words: str) -> Any:
        """What `entrepot WORDS --json` says on this devnet."""
        state = str(self.stack.ground.settings.state_folder)
        answer = CliRunner().invoke(main, [*words, "--state", state, "--json"])
        assert answer.exit_code == 0, answer.output
        return json.loads(answer.stdout)

    def fingerprint(self) -> dict[str, str]:
        """The chain's head, and a hash over the rows of each table but the API's own memory."""
        wait_until_caught_up(self.world, Machinery.settled)
        prints = {"head": self.stack.ground.sequencer.head().block_hash}
        with self.world.store.reading() as session:
            for name in sorted(SQLModel.metadata.tables.keys() - OWN_MEMORY):
                rows = session.execute(text(f'SELECT t::text FROM "{name}" t ORDER BY 1'))
                content = repr([row for (row,) in rows]).encode()
                prints[name] = hashlib.sha256(content).hexdigest()
        return prints


@contextmanager
def open_walk(name: str, folder: Path) -> Iterator[Walk]:
    """A founded devnet over that folder, ready for the scenario's first step."""
    scenario, arrivals = load(SCENARIOS / f"{name}.toml"), Arrivals()
    parties = scenario.folder / scenario.cast
    with (
        open_stack(folder, parties, start=scenario.start, on_block=arrivals.note) as stack,
        open_world(stack.ground.settings) as world,
    ):
        founding.found(stack, stack.ground.members, lambda _: None)
        player = Player(stack, scenario.read, scenario.name)
        try:
            yield Walk(scenario, stack, world, player, arrivals)
        finally:
            player.close()


def stable(statement: Statement) -> dict[str, Any]:
    """What of a statement does not depend on when a block was mined, or on how many there were."""
    return {
        "states": (statement.order_state, statement.facility_state, statement.title),
        "releases": [
            {
                "tranche": one.tranche,
                "amount_minor": one.amount_minor,
                "day": (one.at or "")[:10],
                "rules": (one.rules_hash, one.other_rules),
                "evidence": [
                    (met.rule, met.kind, met.evidence_id, met.attester.lei) for met in one.evidence
                ],
                "held_up": [
                    [(by.kind, by.evidence_id, by.attester.lei) for by in held.by]
                    for held in one.held_up
                ],
            }
            for one in statement.releases
        ],
        "balances": statement.balances,
        "sum_minor": statement.sum_minor,
        "audit": statement.audit.differences,
    }
