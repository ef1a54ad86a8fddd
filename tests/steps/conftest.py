"""A founded devnet in memory per test: a real chain that mines when told, a real PostgreSQL."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from entrepot.bindings.participants import Register
from entrepot.bindings.roles import RoleSet
from entrepot.chain.codec import encode_call
from entrepot.chain.governance import scheduled
from entrepot.devnet import cast
from entrepot.devnet.cast import Member
from entrepot.devnet.ground import DELAY_S, Ground, open_ground
from entrepot.devnet.sequencer import Mode
from entrepot.kit.abi import Address, Call
from entrepot.kit.clock import ManualClock
from entrepot.steps import World
from entrepot.steps.indexing import service as indexing
from entrepot.steps.sending import service as sending
from entrepot.store.outbox import Intent, enqueue
from entrepot.store.tables import Outbox
from entrepot.wiring import open_world
from entrepot.worker import tick

PARTIES = Path(__file__).parents[2] / "hardhat-free-devnet/scenarios/parties.toml"
START = datetime(2026, 11, 2, tzinfo=UTC)


@dataclass
class Bench:
    """A world, its ground, and short ways to ask for things."""

    ground: Ground
    world: World
    clock: ManualClock

    def ask(self, key: str, call: Call, contract: str, sender: str, operation: str = "") -> None:
        """What the governor asks for is announced first, and that is mined before this returns."""
        target = self.world.deployment[contract]
        if sender != cast.GOVERNOR:
            self.enqueue(key, call, target, sender, operation or key)
            return
        manager, announcement = self.world.deployment["AccessManager"], scheduled(target, call)
        self.enqueue(f"{key}:announced", announcement, manager, sender, operation or key)
        self.enqueue(key, call, target, sender, operation or key, wait_s=DELAY_S)
        sending.run(self.world, 10)
        self.mine()
        sending.run(self.world, 10)

    def enqueue(
        self,
        key: str,
        call: Call,
        target: Address,
        sender: str,
        operation: str,
        wait_s: int | None = None,
    ) -> None:
        intent = Intent(
            key=key,
            operation_id=operation,
            verb=call.abi.path,
            sender=cast.address_of(sender),
            target=target,
            calldata=encode_call(call),
            wait_s=wait_s,
        )
        with self.world.store.transaction() as session:
            enqueue(session, intent, self.world.clock.now())

    def next_time(self) -> int:
        """The least that the next block's time can be."""
        return self.world.node.block("latest").timestamp + 1

    def row(self, key: str) -> Outbox:
        with self.world.store.reading() as session:
            return session.exec(select(Outbox).where(Outbox.key == key)).one()

    def pass_by(self, seconds: int) -> None:
        """Long enough, say, for what was sent in vain to be sent again."""
        self.clock.move(timedelta(seconds=seconds))

    def mine(self) -> None:
        self.ground.sequencer.mine()

    def settle(self) -> None:
        for _ in range(100):
            done = tick(self.world)
            if done.sent.sent:
                self.mine()
            elif done.idle:
                return
        raise AssertionError("the worker does not come to rest")

    def with_finality(self, policy: str) -> World:
        settings = self.world.settings.model_copy(update={"finality": policy})
        return replace(self.world, settings=settings)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    clock = ManualClock(START)
    with open_ground(tmp_path, PARTIES, mode=Mode.MANUAL, clock=clock, durable=False) as ground:
        settings = ground.settings.model_copy(update={"finality": "depth:8"})
        with open_world(settings, clock=clock) as world:
            indexing.pin(world)
            bench = Bench(ground, world, clock)
            bench.settle()
            yield bench


def register(member: Member) -> Register:
    """The governor's call that admits a member."""
    return Register(
        participant_id=member.participant_id,
        roles=RoleSet(1),
        jurisdiction=member.jurisdiction.encode(),
        kyc_expires_at=2_000_000_000,
        group=member.participant_id,
        account=cast.address_of(f"{member.alias}.treasury"),
        admin_signer=bytes(Address(cast.address_of(f"{member.alias}.admin"))),
    )
