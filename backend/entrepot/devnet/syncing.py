"""Measures how fast the chain is read: a long one from zero, forks, and blocks at the head; beside
it, on the same node in the same run, the least that any program could do."""

from __future__ import annotations

import http.client
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from entrepot.chain.node import HttpNode
from entrepot.chain.rpc import Rpc
from entrepot.devnet.benching import Spread, spread
from entrepot.devnet.catchup import Caught, Task, world_over
from entrepot.devnet.longchain import LongChain, Shape, open_long_chain
from entrepot.devnet.peers import PEERS, per_second
from entrepot.steps import World
from entrepot.steps.indexing import service as indexing
from entrepot.store.embedded import EmbeddedPostgres
from entrepot.store.migrating import migrate, start_anew
from entrepot.store.session import Store

IN_FLIGHT = 2
LOGS_IN_ONE_ANSWER = 6_000
POLL_S = 0.02
SEED = 4

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Another indexer: its events a second, and ours over that."""

    name: str
    per_s: int
    ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sync:
    """One chain from zero. per_s: events; raw_per_s: `eth_getLogs` with two requests in flight and
    no parse; ratio: of the two; projections: the share of the time that they take; growth: time of
    the whole over the time of its first tenth; peers: others, on the same chain and server."""

    chain: str
    events: int
    blocks: int
    per_s: int
    raw_per_s: int
    ratio: float
    projections: float
    growth: float
    peak_mb: int
    peers: tuple[Beside, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """forks: until everything is as on the new chain. head: a block mined to its rows committed;
    bare: to its logs in the hands of a loop that polls as often."""

    syncs: tuple[Sync, ...]
    forks: Spread
    head: Spread
    bare: Spread
    head_ratio: float


def measure(folder: Path, blocks: int, forks: int, heads: int, tell: Tell) -> Measured:
    """folder: where the chains are kept; blocks: of the dense one, of 120 events each."""
    shapes = (Shape("dense", 10, blocks), Shape("sparse", 1, 2 * blocks))
    with (
        tempfile.TemporaryDirectory(prefix="entrepot-bench-") as scratch,
        EmbeddedPostgres(Path(scratch) / "postgres") as server,
    ):
        syncs = tuple(_sync(folder, Path(scratch), server.url, shape, tell) for shape in shapes)
        reconciled, head, bare = _live(Path(scratch), server.url, forks, heads, tell)
    return Measured(
        syncs=syncs,
        forks=reconciled,
        head=head,
        bare=bare,
        head_ratio=round(head.median_ms / bare.median_ms, 2),
    )


def _sync(folder: Path, scratch: Path, database_url: str, shape: Shape, tell: Tell) -> Sync:
    kept = folder / f"{shape.name}-{shape.orders}x{shape.blocks}"
    kept.mkdir(parents=True, exist_ok=True)

    def mined(done: int, total: int) -> None:
        tell(f"{shape.name}: block {done} of {total}")

    with open_long_chain(kept, shape, mined) as chain:
        chain.deployment.save(scratch / "deployment.json")
        task = Task(chain.sequencer.node_url, database_url, str(scratch), chain.last)
        before = _raw(chain)
        whole = _catch_up(task)
        bare = _catch_up(msgspec.structs.replace(task, projections=False))
        tenth = _catch_up(msgspec.structs.replace(task, upto=chain.last // 10))
        raw = (before + _raw(chain)) / 2
        per_s = whole.events / whole.seconds
        tell(f"{shape.name}: {per_s:.0f} events a second")
        peers = tuple(_beside(chain, database_url, scratch, per_s, tell))
    return Sync(
        chain=shape.name,
        events=whole.events,
        blocks=shape.blocks,
        per_s=round(per_s),
        raw_per_s=round(raw),
        ratio=round(per_s / raw, 3),
        projections=round(1 - bare.seconds / whole.seconds, 3),
        growth=round(whole.seconds / tenth.seconds, 2),
        peak_mb=round(max(whole.peak_mb, bare.peak_mb)),
        peers=peers,
    )


def _beside(
    chain: LongChain, database_url: str, scratch: Path, ours: float, tell: Tell
) -> Iterator[Beside]:
    """Those that are installed."""
    for peer in PEERS:
        if peer.is_installed:
            per_s = per_second(peer, chain, database_url, scratch)
            tell(f"{peer.name}: {per_s:.0f} events a second")
            yield Beside(name=peer.name, per_s=round(per_s), ratio=round(ours / per_s, 2))


def _catch_up(task: Task) -> Caught:
    """In a database that is empty again."""
    start_anew(task.database_url)
    command = [sys.executable, "-m", "entrepot.devnet.catchup", msgspec.json.encode(task).decode()]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603 (our own program)
    return msgspec.json.decode(done.stdout, type=Caught)


def _raw(chain: LongChain) -> float:
    """Events a second when nothing is done with them."""
    asked = _Asked(chain)
    step = max(1, LOGS_IN_ONE_ANSWER // (12 * chain.shape.orders))
    began = time.perf_counter()
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        starts = range(1, chain.last + 1, step)
        list(pool.map(lambda at: asked.logs(at, min(at + step - 1, chain.last)), starts))
    return chain.shape.events / (time.perf_counter() - began)


class _Asked:
    """Bare requests to the node, a connection for each thread."""

    def __init__(self, chain: LongChain) -> None:
        self._port = urlsplit(chain.sequencer.node_url).port
        self._addresses = ["0x" + at.hex() for at in chain.deployment.addresses()]
        self._local = threading.local()

    def logs(self, first: int, last: int) -> bytes:
        wanted = {"address": self._addresses, "fromBlock": hex(first), "toBlock": hex(last)}
        return self._ask("eth_getLogs", wanted)

    def height(self) -> int:
        return int(msgspec.json.decode(self._ask("eth_blockNumber"))["result"], 16)

    def _ask(self, method: str, *params: object) -> bytes:
        line = getattr(self._local, "line", None)
        if line is None:
            line = self._local.line = http.client.HTTPConnection("127.0.0.1", self._port)
        body = msgspec.json.encode({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        line.request("POST", "/", body, {"Content-Type": "application/json"})
        return line.getresponse().read()


def _live(
    scratch: Path, database_url: str, forks: int, heads: int, tell: Tell
) -> tuple[Spread, Spread, Spread]:
    start_anew(database_url)
    migrate(database_url)
    with open_long_chain(None, Shape("live", 10, 80), lambda *_: None) as chain:
        rpc, store = Rpc(chain.sequencer.node_url), Store(database_url)
        try:
            world = world_over(HttpNode(rpc), store, scratch, chain.deployment)
            indexing.pin(world)
            indexing.run(world, 1_000)
            tell(f"{forks} forks")
            reconciled = spread([took * 1000 for took in _forks(world, chain, forks)])
            tell(f"{heads} blocks at the head")
            head, bare = _heads(world, chain, heads)
        finally:
            store.close()
            rpc.close()
    return reconciled, spread(head), spread(bare)


def _forks(world: World, chain: LongChain, count: int) -> Iterator[float]:
    """Every other one takes blocks away silently, and others come in their place; the rest replace
    them at once. Up to 60 blocks deep."""
    chance = random.Random(SEED)  # noqa: S311 (a measurement, not a secret)
    for turn in range(count):
        depth = chance.randint(1, 60)
        if turn % 2:
            chain.sequencer.rollback(depth)
            for _ in range(depth):
                chain.add_block()
        else:
            chain.sequencer.reorg(depth)
            chain.add_block()
        began = time.perf_counter()
        while (seen := indexing.run(world, 1_000)).blocks or seen.rewound_to is not None:
            pass
        yield time.perf_counter() - began


def _heads(world: World, chain: LongChain, count: int) -> tuple[list[float], list[float]]:
    """Milliseconds from mined to known, of our step and of a bare loop, in turns."""
    bare, known = _Asked(chain), chain.last

    def ours() -> int:
        return indexing.run(world, 100).blocks

    def theirs() -> int:
        nonlocal known
        if (height := bare.height()) == known:
            return 0
        bare.logs(known + 1, height)
        known = height
        return 1

    took: tuple[list[float], list[float]] = ([], [])
    for turn in range(count):
        for looks, times in ((ours, took[0]), (theirs, took[1])):
            ours()
            theirs()
            times.append(_until_known(chain, looks))
            time.sleep(POLL_S * ((turn * 7) % 10) / 10)
    return took


def _until_known(chain: LongChain, looks: Callable[[], int]) -> float:
    """A loop looks at once and then every POLL_S, while somebody mines a block in the middle."""
    found = threading.Event()
    at: list[float] = []

    def loop() -> None:
        while not looks():
            time.sleep(POLL_S)
        at.append(time.perf_counter())
        found.set()

    thread = threading.Thread(target=loop)
    thread.start()
    time.sleep(POLL_S * 1.3)
    chain.add_block()
    mined = time.perf_counter()
    found.wait()
    thread.join()
    return max(at[0] - mined, 0) * 1000


def lines(measured: Measured) -> Iterator[str]:
    """The figures in words."""
    for s in measured.syncs:
        yield f"{s.chain}: {s.events} events in {s.blocks} blocks, {s.per_s} a second"
        yield f"  {s.ratio} of eth_getLogs with two in flight and no parse ({s.raw_per_s} a second)"
        yield f"  projections take {s.projections:.0%} of the time; peak {s.peak_mb} MB"
        yield f"  ten times the chain takes {s.growth} times as long"
        for peer in s.peers:
            yield f"  {peer.ratio} times {peer.name} ({peer.per_s} a second)"
    f, h, b = measured.forks, measured.head, measured.bare
    yield f"forks: {f.count}, median {f.median_ms} ms, p99 {f.p99_ms} ms, longest {f.max_ms} ms"
    yield f"head to rows: median {h.median_ms} ms; bare loop {b.median_ms} ms"
    yield f"  ratio {measured.head_ratio}"
