"""A case's chain with a database that follows it: forward block by block, and back to any."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from entrepot.chain.deployment import Deployment
from entrepot.devnet import cast
from entrepot.devnet.cases.case import Block, Case, CaseError, Happening
from entrepot.devnet.cases.case import Change as Recorded
from entrepot.devnet.cases.chain import CaseChain
from entrepot.devnet.cases.faults import FINALITY, suffer
from entrepot.domain.cloudevents import CloudEvent
from entrepot.settings import Settings
from entrepot.steps import World
from entrepot.steps.conditions import service as conditions
from entrepot.steps.indexing import service as indexing
from entrepot.steps.repayment import service as repayment
from entrepot.store.embedded import EmbeddedPostgres
from entrepot.views import events
from entrepot.views.changes import Snapshot, changes, snapshot
from entrepot.views.digest import digest
from entrepot.wiring import open_world

AT_ONCE = 500


class CaseStage:
    """Chain and tables at one block of a case, which the two never leave without each other.

    The worker here only follows: what it asked for when the case was recorded is among the case's
    transactions.
    """

    def __init__(self, case: Case, chain: CaseChain, world: World) -> None:
        self.case, self.chain, self.world = case, chain, world
        self._follow()

    @property
    def block(self) -> int:
        """Where it is."""
        return self.chain.number

    def go_to(self, number: int) -> None:
        """To the moment after block `number`; ValueError when the case has no such moment."""
        floor = self.case.head.deployed
        if not floor <= number <= self.case.last:
            raise ValueError(f"the case goes from block {floor} to block {self.case.last}")
        if number < self.block:
            self._back(number)
        for block in self.case.blocks[self.block : number]:
            self.forward(block)

    def forward(self, block: Block) -> str:
        """Mines a block of the case and lets the worker follow, whatever goes wrong there; answers
        the hash it came to."""
        found = self.chain.mine(block.time, [t.raw for t in block.transactions])
        for fault in self.case.faults:
            if fault.block == block.number:
                suffer(fault, self.case, self.chain, self.world, self._follow)
        self._follow()
        return found

    def wait_until(self, time: int) -> None:
        """Lets the chain's clock run to then, in a block that the case does not have."""
        self.chain.mine(time, ())
        self._follow()

    def back(self, number: int) -> None:
        """As `go_to`, from a block that the case does not have."""
        self._back(number)

    def state(self) -> Snapshot:
        """The read model, the journal and the decisions."""
        with self.world.store.reading() as session:
            return snapshot(session, decisions=True)

    def digest(self) -> str:
        with self.world.store.reading() as session:
            return digest(session)

    def happenings(self, after: str | None) -> tuple[str | None, list[Happening]]:
        """The events after a cursor, and the cursor after them."""
        found: list[Happening] = []
        with self.world.store.reading() as session:
            while True:
                wanted = events.Wanted(after=after, finality="head")
                page = events.list_events(
                    session, None, wanted, limit=AT_ONCE, chain_id=self.case.head.chain_id
                )
                found += [_happening(event) for event in page.items]
                after = page.next or after
                if (
                    len(page.items) < AT_ONCE
                ):  # no type is left out here, so a short page is the last
                    return after, found

    def _back(self, number: int) -> None:
        self.chain.back_to(number, self.case.blocks)
        indexing.take_back(self.world, number)
        self._follow()

    def _follow(self) -> None:
        while indexing.run(self.world, limit=AT_ONCE).rewound_to is not None:
            pass  # it has gone back only, and not yet forward
        conditions.run(self.world, limit=AT_ONCE)
        repayment.run(self.world, limit=AT_ONCE)


@contextmanager
def open_stage(case: Case) -> Iterator[CaseStage]:
    """A fresh chain and a fresh database, at the block from which the contracts stand; both are
    gone afterwards. CaseError when this node makes another chain of the first blocks."""
    head = case.head
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="entrepot-case-")))
        server = stack.enter_context(EmbeddedPostgres(folder / "postgres", durable=False))
        chain = stack.enter_context(CaseChain(head.chain_id, head.genesis_time))
        if chain.genesis_hash != head.genesis_hash:
            raise CaseError(
                f"the genesis block was {head.genesis_hash} and is {chain.genesis_hash}: "
                "this node makes another chain of the same beginning"
            )
        chain.mine_again(case.blocks[: head.deployed])
        world = stack.enter_context(
            open_world(_settings(folder, server.url, chain, case), clock=chain)
        )
        indexing.pin(world)
        yield CaseStage(case, chain, world)


def recorded(before: Snapshot, after: Snapshot) -> tuple[Recorded, ...]:
    """What changed between two states, as a case has it."""
    return tuple(
        Recorded(c.table, c.key, c.field, c.before, c.after) for c in changes(before, after)
    )


def _settings(folder: Path, database_url: str, chain: CaseChain, case: Case) -> Settings:
    settings = Settings(
        state_folder=folder,
        database_url=database_url,
        rpc_url=chain.url,
        finality=FINALITY if case.faults else "instant",
        keeper_address="0x" + cast.address_of(cast.KEEPER).hex(),
    )
    settings.deployment_path.parent.mkdir(parents=True, exist_ok=True)
    settings.deployment_path.write_text(json.dumps(case.head.deployment))
    Deployment.load(settings.deployment_path)
    return settings


def _happening(event: CloudEvent) -> Happening:
    return Happening(
        id=event.id,
        type=event.type,
        subject=event.subject,
        data=event.data,
        ledger_event=event.ledgerevent,
        transaction=event.txhash,
    )
