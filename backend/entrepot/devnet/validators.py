"""A chain on several real nodes: for lag, failover, and forks from one node to another.

    with Validators(folder, count=3) as chain:
        Settings(rpc_url=chain.url)  # all of them, the engine's own failover chooses

A stand-in for consensus, and no more: one hand lets the nodes build blocks in turn and tells all of
them which is the newest, which a real network agrees on by votes. So nothing here says anything of
QBFT's safety. What is real: each node has a database, a pool and an opinion of its own.
"""

import contextlib
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from entrepot.devnet.miner import Head
from entrepot.devnet.peer import HASH_NONE, Payload, Peer
from entrepot.devnet.rpc import RpcError
from entrepot.devnet.sequencer import CHAIN_ID, JOIN_TIMEOUT_S, Mode
from entrepot.kit.clock import Clock, SystemClock, to_unix
from entrepot.kit.logs import Log
from entrepot.kit.processes import ProcessError, hold

BUILD_S = 0.1
"""How long a node gathers transactions into a block."""

FORK_DEPTH_MAX = 3
"""Blocks below the newest that are never taken back: what the nodes call final."""

COINBASE = "0x" + "11" * 20

log = Log(__name__)


class Validators:
    """Several nodes with one chain; the same folder brings it back."""

    finality = f"depth:{FORK_DEPTH_MAX}"
    """As `ENTREPOT_FINALITY` takes it."""

    def __init__(
        self,
        folder: Path,
        *,
        count: int,
        mode: Mode = Mode.INTERVAL,
        interval_s: float = 1.0,
        genesis_time: int | None = None,
        clock: Clock | None = None,
        on_block: Callable[[Head], None] | None = None,
    ) -> None:
        """mode: INTERVAL or MANUAL. on_block: told each new head."""
        if mode is Mode.INSTANT:
            raise ValueError("several nodes mine by the clock or when they are told")
        self.mode = mode
        self._folder, self._interval_s, self._clock = folder, interval_s, clock or SystemClock()
        self._on_block = on_block
        self._genesis_time = to_unix(self._clock.now()) if genesis_time is None else genesis_time
        genesis = folder / "genesis.json"
        self.peers = [Peer(folder / f"node-{number}", genesis) for number in range(count)]
        self._behind: set[int] = set()
        self._blocks: list[Payload] = []
        self._offset_s = 0
        self._forks = 0
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._open = contextlib.ExitStack()

    @property
    def url(self) -> str:
        """All of them, as `ENTREPOT_RPC_URL` takes them."""
        return ",".join(peer.url for peer in self.peers)

    wake_url = None
    """These nodes tell nobody of a new head: who follows them has to look."""

    @property
    def node_pid(self) -> int:
        return self.peers[0].pid

    def start(self) -> Self:
        with contextlib.ExitStack() as opened:
            opened.enter_context(hold(self._folder))
            _write_genesis(self._folder / "genesis.json", self._genesis_time)
            for peer in self.peers:
                opened.callback(peer.start().stop)
            self._agree()
            if self.mode is Mode.INTERVAL:
                thread = threading.Thread(target=self._mine_by_the_clock, name="validators")
                thread.start()
                opened.callback(thread.join, JOIN_TIMEOUT_S)
                opened.callback(self._stopping.set)
            self._open = opened.pop_all()
        return self

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def head(self) -> Head:
        """The newest block."""
        return _head(self._newest())

    def mine(self, timestamp: int | None = None) -> str:
        """Lets the next node in turn build a block, and tells all; returns its hash."""
        with self._lock:
            newest = self._newest()
            proposer = self._in_turn(int(newest["blockNumber"], 16))
            due = to_unix(self._clock.now()) + self._offset_s if timestamp is None else timestamp
            due = max(due, int(newest["timestamp"], 16) + 1)
            block = self._build(proposer, newest["blockHash"], due)
            self._tell([block])
        if self._on_block is not None:
            self._on_block(_head(block))
        return block["blockHash"]

    def move_to(self, timestamp: int) -> str:
        """Lets the chain's clock go on from that time, in an empty block."""
        with self._lock:
            self._offset_s = timestamp - to_unix(self._clock.now())
            return self.mine(timestamp)

    def fork(self, depth: int) -> Head:
        """Replaces the newest `depth` blocks by one more of their own, built by other nodes: what
        the old ones held is in nobody's pool any more."""
        with self._lock:
            if not 0 < depth <= min(FORK_DEPTH_MAX, len(self._blocks) - 1):
                raise ValueError(f"a fork is of 1 to {FORK_DEPTH_MAX} blocks that we have seen")
            del self._blocks[-depth:]
            self._forks += 1
            for _ in range(depth + 1):
                self.mine()
            return self.head()

    def leave_behind(self, number: int) -> None:
        """From now on, that node is told nothing."""
        with self._lock:
            self._behind.add(number)

    def catch_up(self, number: int) -> None:
        """Tells a node all that it has missed; also one that was started again."""
        with self._lock:
            self._behind.discard(number)
            peer = self.peers[number]
            known = int(peer.ask("eth_blockNumber"), 16)
            for block in self._blocks:
                if int(block["blockNumber"], 16) > known:
                    peer.learn(block)
            peer.follow(self._newest()["blockHash"], self._final())

    def _newest(self) -> Payload:
        if not self._blocks:
            raise ProcessError("the nodes are not started")
        return self._blocks[-1]

    def _final(self) -> str:
        deep = self._blocks[: -FORK_DEPTH_MAX or None]
        return deep[-1]["blockHash"] if deep else HASH_NONE

    def _agree(self) -> None:
        """After a kill they may be a block apart: they go on from the newest that all have."""
        least = min(
            (peer.block("latest") for peer in self.peers), key=lambda b: int(b["number"], 16)
        )
        self._blocks = [
            {
                "blockNumber": least["number"],
                "blockHash": least["hash"],
                "timestamp": least["timestamp"],
                "transactions": least["transactions"],
            }
        ]
        for peer in self.peers:
            if int(least["number"], 16) > 0:
                peer.follow(least["hash"], HASH_NONE)

    def _in_turn(self, height: int) -> Peer:
        """Whose turn it is, or the next in turn for whom something waits to be mined."""
        fit = [p for i, p in enumerate(self.peers) if p.alive and i not in self._behind]
        if not fit:
            raise ProcessError("no node is left that could build a block")
        turn = height % len(fit)
        in_turn = fit[turn:] + fit[:turn]
        return next((peer for peer in in_turn if peer.has_pending()), in_turn[0])

    def _build(self, proposer: Peer, parent: str, timestamp: int) -> Payload:
        attributes: Payload = {
            "timestamp": hex(timestamp),
            # Differs after a fork: the same empty block at the same time would be the same block.
            "prevRandao": f"0x{self._forks:064x}",
            "suggestedFeeRecipient": COINBASE,
            "withdrawals": [],
            "parentBeaconBlockRoot": HASH_NONE,
        }
        name = proposer.follow(parent, HASH_NONE, attributes)
        if name is None:
            raise ProcessError("a node does not build a block when asked for one")
        time.sleep(BUILD_S)
        return proposer.built(name)

    def _tell(self, blocks: list[Payload]) -> None:
        self._blocks += blocks
        for number, peer in enumerate(self.peers):
            if peer.alive and number not in self._behind:
                for block in blocks:
                    peer.learn(block)
                peer.follow(blocks[-1]["blockHash"], self._final())

    def _mine_by_the_clock(self) -> None:
        while not self._stopping.wait(self._interval_s):
            try:
                self.mine()
            except (ProcessError, RpcError) as error:
                log.error("mining_failed", reason=str(error))


def _head(block: Payload) -> Head:
    return Head(
        number=int(block["blockNumber"], 16),
        block_hash=block["blockHash"],
        timestamp=int(block["timestamp"], 16),
        count=len(block["transactions"]),
    )


def _write_genesis(file: Path, timestamp: int) -> None:
    """Without fees, as on a permissioned network: no block ever fills this gas limit, so the base
    fee stays zero. A chain that is there keeps its own."""
    if file.exists():
        return
    forks = (
        "homestead eip150 eip155 eip158 byzantium constantinople petersburg istanbul berlin london "
        "arrowGlacier grayGlacier mergeNetsplit"
    )
    genesis = {
        "config": {
            "chainId": CHAIN_ID,
            **{f"{name}Block": 0 for name in forks.split()},
            "terminalTotalDifficulty": 0,
            "terminalTotalDifficultyPassed": True,
            "shanghaiTime": 0,
            "cancunTime": 0,
            "blobSchedule": {"cancun": {"target": 3, "max": 6, "baseFeeUpdateFraction": 3_338_477}},
        },
        "nonce": "0x0",
        "timestamp": hex(timestamp),
        "extraData": "0x",
        "gasLimit": hex(2**53 - 1),
        "difficulty": "0x0",
        "baseFeePerGas": "0x0",
        "mixHash": HASH_NONE,
        "coinbase": "0x" + "00" * 20,
        "alloc": {},
    }
    file.write_text(json.dumps(genesis, indent=2))
