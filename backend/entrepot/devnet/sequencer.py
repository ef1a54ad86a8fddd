"""The devnet's chain: a node, the hand that mines in it, a journal and a door, as one thing.

    with Sequencer(folder) as chain:            # the same folder brings the same chain back
        Web3(HTTPProvider(chain.url))

The address behaves like any node's. Three ways to mine: INSTANT (as soon as something can be
executed), INTERVAL (every so many seconds, also empty blocks), MANUAL (only when told). In the
first two a block's time is the clock's plus an offset that ``advance`` moves.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path
from typing import Self

from entrepot.devnet.anvil import Anvil
from entrepot.devnet.front import Front
from entrepot.devnet.journal import Chain, Header, Journal, JournalError, open_journal
from entrepot.devnet.methods import Session
from entrepot.devnet.miner import Head, Miner
from entrepot.devnet.resume import Progress, mine_again
from entrepot.devnet.rpc import HOST, Connection, RpcError
from entrepot.kit.clock import Clock, SystemClock, to_unix
from entrepot.kit.logs import Log
from entrepot.kit.processes import ProcessError, hold

CHAIN_ID = 1337
COALESCE_S = 0.002
JOIN_TIMEOUT_S = 30

log = Log(__name__)


class Mode(Enum):
    """When a block is mined."""

    INSTANT = "instant"
    INTERVAL = "interval"
    MANUAL = "manual"


class Sequencer:
    """One chain; over a folder it outlives us, without one it is forgotten."""

    finality = "instant"
    """As `ENTREPOT_FINALITY` takes it: this chain is forked by nobody but a test."""

    def __init__(
        self,
        folder: Path | None = None,
        *,
        mode: Mode = Mode.INSTANT,
        interval_s: float = 1.0,
        chain_id: int = CHAIN_ID,
        genesis_time: int | None = None,
        clock: Clock | None = None,
        port: int = 0,
        progress: Progress | None = None,
        on_block: Callable[[Head], None] | None = None,
    ) -> None:
        """Describe the chain; a folder that has one already keeps its own genesis.

        ``progress`` is told (blocks done, blocks in all) while a chain is mined again; ``on_block``
        is told each new head, the moment it is there.
        """
        self.folder = folder
        self.mode = mode
        self.chain_id = chain_id
        self._interval_s = interval_s
        self._clock = clock or SystemClock()
        self._genesis_time = self._now() if genesis_time is None else genesis_time
        self._port = port
        self._progress = progress
        self._on_block = on_block
        self._wake = threading.Event()
        self._stopping = False
        self._open = contextlib.ExitStack()
        self._started: tuple[Anvil, Miner, Front] | None = None

    @property
    def url(self) -> str:
        """Where JSON-RPC is answered."""
        return f"http://{HOST}:{self._parts()[2].port}"

    @property
    def node_url(self) -> str:
        """The node's own address, past the journal: for what is forgotten afterwards anyhow."""
        return self._parts()[0].url

    @property
    def wake_url(self) -> str:
        """Where the node tells of its new heads; only to be listened to."""
        return f"ws://{HOST}:{self._parts()[0].port}"

    @property
    def port(self) -> int:
        """The port of ``url``."""
        return self._parts()[2].port

    @property
    def node_pid(self) -> int:
        """The node's process id."""
        return self._parts()[0].pid

    @property
    def alive(self) -> bool:
        """Whether the node runs."""
        return self._started is not None and self._started[0].alive

    def start(self) -> Self:
        """Start the node, mine again what the journal has, and open the door."""
        with contextlib.ExitStack() as opened:
            journal, chain = self._open_journal(opened)
            log_file = self.folder / "anvil.log" if self.folder else None
            node = opened.enter_context(
                Anvil(chain_id=self.chain_id, genesis_time=chain.header.genesis_time, log=log_file)
            )
            line = opened.enter_context(Connection(node.port))
            self._resume(line, chain)
            miner = self._miner(line, journal, chain)
            front = Front(lambda: Session(miner, node.port), port=self._port).start()
            opened.callback(front.stop)
            self._started = (node, miner, front)
            self._start_mining(opened)
            self._open = opened.pop_all()
        log.info("chain_started", block=miner.head.number, port=front.port, pid=node.pid)
        return self

    def stop(self) -> None:
        """Close the door, finish the block in hand, end the node."""
        self._open.close()
        self._started = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def head(self) -> Head:
        """The newest block."""
        return self._parts()[1].head

    def mine(self, timestamp: int | None = None) -> str:
        """Mine a block now, also an empty one, at that time or the one due; return its hash."""
        return self._parts()[1].mine(timestamp).block_hash

    @property
    def has_pending(self) -> bool:
        """Whether something in the pool can be executed."""
        return self._parts()[1].has_pending

    def advance(self, seconds: int) -> str:
        """Move the chain's time forward and mine an empty block there; return its hash."""
        miner = self._parts()[1]
        miner.increase_time(seconds)
        return miner.mine().block_hash

    def move_to(self, timestamp: int) -> str:
        """Let the chain's clock go on from that time, and mine an empty block there."""
        miner = self._parts()[1]
        miner.set_next_timestamp(timestamp)
        return miner.mine().block_hash

    def reorg(self, depth: int, blocks: Sequence[Sequence[str]] | None = None) -> Head:
        """Replace the last ``depth`` blocks by these (raw transactions each), or by empty ones."""
        return self._parts()[1].fork(depth, [[]] * depth if blocks is None else blocks)

    def rollback(self, depth: int) -> Head:
        """Take the last ``depth`` blocks away."""
        return self._parts()[1].fork(depth, [])

    def _open_journal(self, opened: contextlib.ExitStack) -> tuple[Journal | None, Chain]:
        header = Header(self.chain_id, self._genesis_time)
        if self.folder is None:
            return None, Chain(header)
        opened.enter_context(hold(self.folder))
        journal, chain = open_journal(self.folder / "journal.jsonl", header)
        opened.enter_context(journal)
        if chain.header.chain_id != self.chain_id:
            raise JournalError(f"{self.folder} holds chain {chain.header.chain_id}")
        return journal, chain

    def _resume(self, line: Connection, chain: Chain) -> None:
        began = time.monotonic()
        mine_again(line, chain, self._progress)
        if count := len(chain.blocks):
            rate = round(count / (time.monotonic() - began))
            log.info("chain_resumed", count=count, blocks_per_s=rate)

    def _miner(self, line: Connection, journal: Journal | None, chain: Chain) -> Miner:
        """The miner at the chain's end."""
        miner = Miner(
            line,
            journal=journal,
            now=None if self.mode is Mode.MANUAL else self._now,
            offset_s=chain.blocks[-1].offset_s if chain.blocks else 0,
            on_pending=self._wake.set,
            on_block=self._on_block,
        )
        if journal is not None:
            journal.append_hash(miner.head.number, miner.head.block_hash)
        return miner

    def _start_mining(self, opened: contextlib.ExitStack) -> None:
        loops: dict[Mode, Callable[[], None]] = {
            Mode.INSTANT: self._mine_instantly,
            Mode.INTERVAL: self._mine_by_the_clock,
        }
        if (loop := loops.get(self.mode)) is None:
            return
        self._stopping = False
        thread = threading.Thread(target=self._guard, args=(loop,), name="devnet-miner")
        thread.daemon = True
        thread.start()

        def join() -> None:
            self._stopping = True
            self._wake.set()
            thread.join(JOIN_TIMEOUT_S)

        opened.callback(join)

    def _guard(self, loop: Callable[[], None]) -> None:
        try:
            loop()
        except RpcError:
            log.error("mining_ended")

    def _mine_instantly(self) -> None:
        miner = self._parts()[1]
        while True:
            self._wake.wait()
            if self._stopping:
                return
            self._wake.clear()
            # Those who send together are mined together.
            time.sleep(COALESCE_S)
            miner.mine_pending()

    def _mine_by_the_clock(self) -> None:
        miner = self._parts()[1]
        due = time.monotonic() + self._interval_s
        while not self._stopping:
            if (wait_s := due - time.monotonic()) > 0:
                time.sleep(min(wait_s, 0.05))
                continue
            miner.mine()
            due = max(due + self._interval_s, time.monotonic())

    def _now(self) -> int:
        return to_unix(self._clock.now())

    def _parts(self) -> tuple[Anvil, Miner, Front]:
        if self._started is None:
            raise ProcessError("the devnet's chain is not started")
        return self._started
