"""Other indexers on the same chain and server: Ponder, in two versions, and Subsquid.

Each has the projections that we fold from the same events. What they cost to install and to start
is left out, and so are the newest blocks, which they deal with one by one.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from entrepot.devnet.longchain import KINDS, LongChain
from entrepot.kit.processes import Child
from entrepot.store.foreign import Foreign

FOLDER = Path(__file__).parents[3] / "hardhat-free-devnet/peers"
SCHEMA = "peer"
PONDER = ("node_modules/ponder/dist/esm/bin/ponder.js", "start", "--schema", SCHEMA, "--port", "0")
LIVE = 40
"""How many of the newest blocks they may leave for later; Ponder's number is 30."""

START_TIMEOUT_S = 60.0
TIMEOUT_S = 900.0
POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Peer:
    """script: what node runs, in `folder`; table: the facts, as SQL names them; source: a folder
    with the project's own files, where they are not beside what npm has installed."""

    name: str
    folder: str
    script: tuple[str, ...]
    table: str
    source: str | None = None

    @property
    def is_installed(self) -> bool:
        return (FOLDER / self.folder / "node_modules").is_dir()


PEERS = (
    Peer("Ponder 1.0.0", "ponder-1.0.0", PONDER, f"{SCHEMA}.evidence_item", "ponder"),
    Peer("Ponder 0.16.10", "ponder-0.16.10", PONDER, f"{SCHEMA}.evidence_item", "ponder"),
    Peer("Subsquid", "subsquid", ("lib/main.js",), "evidence_item"),
)


def per_second(peer: Peer, chain: LongChain, database_url: str, scratch: Path) -> float:
    """Events a second, from the tables being there to the facts of all but the newest blocks.

    Raises ProcessError with the end of its output when it does not get that far.
    """
    facts = (chain.shape.blocks - 1) * chain.shape.orders * len(KINDS)
    enough = facts * (chain.shape.blocks - LIVE) // chain.shape.blocks
    database = Foreign(database_url, "peer")
    try:
        with _project(peer, scratch) as folder:
            log = scratch / f"{peer.folder}.log"
            with _started(peer, folder, _task(chain, database.url), log) as child:
                child.wait_until(
                    lambda: database.count(peer.table) is not None, timeout_s=START_TIMEOUT_S
                )
                began = time.perf_counter()
                child.wait_until(
                    lambda: _reached(database, peer.table) >= enough, timeout_s=TIMEOUT_S
                )
                took = time.perf_counter() - began
                done = _reached(database, peer.table)
    finally:
        database.close()
    return chain.shape.events * done / facts / took


def _reached(database: Foreign, table: str) -> int:
    """Not asked all the time: counting takes time from the one that is measured."""
    time.sleep(POLL_S)
    return database.count(table) or 0


@contextmanager
def _project(peer: Peer, scratch: Path) -> Iterator[Path]:
    """Where the project is; Ponder writes into it, so that it gets a copy."""
    installed = FOLDER / peer.folder
    if peer.source is None:
        yield installed
        return
    copy = scratch / peer.folder
    shutil.copytree(FOLDER / peer.source, copy)
    shutil.copy(installed / "package.json", copy)
    (copy / "node_modules").symlink_to(installed / "node_modules")
    try:
        yield copy
    finally:
        shutil.rmtree(copy)


def _started(peer: Peer, folder: Path, task: bytes, log: Path) -> Child:
    node = shutil.which("node") or "node"
    environment = {**os.environ, "BENCH_TASK": task.decode(), "PONDER_TELEMETRY_DISABLED": "1"}
    return Child([node, *peer.script], log=log, environment=environment, folder=folder, grace_s=2)


def _task(chain: LongChain, database_url: str) -> bytes:
    """What every project reads from its environment."""
    return msgspec.json.encode(
        {
            "nodeUrl": chain.sequencer.node_url,
            "databaseUrl": database_url,
            "chainId": chain.deployment.chain_id,
            "last": chain.last,
            "tradeOrders": "0x" + chain.deployment["TradeOrders"].hex(),
            "evidence": "0x" + chain.deployment["Evidence"].hex(),
        }
    )
