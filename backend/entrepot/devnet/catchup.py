"""One sync from zero, as a program of its own, so that its memory is its own: it is told what to do
as JSON on its command line, and prints what it measured as JSON."""

import re
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from entrepot.chain.alike import Page
from entrepot.chain.answers import Block
from entrepot.chain.deployment import Deployment
from entrepot.chain.node import HttpNode
from entrepot.chain.questions import At
from entrepot.chain.rpc import Rpc
from entrepot.chain.signer import Keystore
from entrepot.kit.abi import NO_ADDRESS
from entrepot.kit.clock import SystemClock
from entrepot.settings import Settings
from entrepot.steps import World
from entrepot.steps.indexing import follower, repository
from entrepot.steps.indexing import service as indexing
from entrepot.steps.indexing.projections.ahead import Ahead
from entrepot.store.migrating import migrate
from entrepot.store.session import Store
from entrepot.store.vault import Vault

BLOCKS_A_RUN = 5_000
FINALITY = "depth:64"


class Task(msgspec.Struct, frozen=True):
    """upto: the last block; projections: whether events are folded, or only stored."""

    node_url: str
    database_url: str
    folder: str
    upto: int
    projections: bool = True


class Caught(msgspec.Struct, frozen=True):
    events: int
    seconds: float
    peak_mb: float


class _Capped(HttpNode):
    """A chain that ends earlier than it does."""

    def __init__(self, rpc: Rpc, upto: int) -> None:
        super().__init__(rpc)
        self._upto = upto

    def block(self, at: At = "latest") -> Block:
        return super().block(self._upto if at == "latest" else at)


def world_over(node: HttpNode, store: Store, folder: Path, deployment: Deployment) -> World:
    """A world for reading the chain; it has no keys and no documents."""
    settings = Settings(state_folder=folder, finality=FINALITY)
    return World(
        settings=settings,
        store=store,
        node=node,
        signers=Keystore(folder / "keystore", "none"),
        deployment=deployment,
        keeper=NO_ADDRESS,
        clock=SystemClock(),
        vault=Vault.of(folder / "vault", b"nothing is kept in it"),
    )


def _logs_only(page: Page, _: Sequence[Block]) -> Ahead:
    alone = repository.packed_logs(page.rest, [log.event for log in page.rest])
    return Ahead([], b"".join([alone, *map(repository.packed_run, page.runs)]), {})


def main() -> None:
    task = msgspec.json.decode(sys.argv[1], type=Task)
    if not task.projections:
        setattr(follower, "ahead", _logs_only)  # noqa: B010 (only here, and only to leave it out)
    migrate(task.database_url)
    rpc, store = Rpc(task.node_url, timeout_s=60), Store(task.database_url)
    deployment = Deployment.load(Path(task.folder) / "deployment.json")
    world = world_over(_Capped(rpc, task.upto), store, Path(task.folder), deployment)
    indexing.pin(world)
    events, began = 0, time.perf_counter()
    while (seen := indexing.run(world, BLOCKS_A_RUN)).blocks:
        events += seen.logs
    took = time.perf_counter() - began
    sys.stdout.buffer.write(msgspec.json.encode(Caught(events, took, _peak_mb())))
    store.close()
    rpc.close()


def _peak_mb() -> float:
    """The kernel's high-water mark. getrusage's would count what the parent had at the fork."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    main()
