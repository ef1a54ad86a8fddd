"""A chain in memory: blocks, a pool, forks; what it says is exact, and the same for a seed."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from eth_hash.auto import keccak

from entrepot.chain.codec import encode
from entrepot.devnet.simulator import contracts, stage
from entrepot.devnet.simulator.founding import Emitted, Refused
from entrepot.devnet.simulator.stage import Envelope, Keys, digest
from entrepot.devnet.simulator.state import State
from entrepot.kit.abi import Address

GAS_LIMIT = 30_000_000
BLOOM_BYTES = 256

Json = dict[str, Any]


class Rejected(Exception):
    """What a node answers instead of taking a transaction; the words are Besu's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True)
class Tx:
    """A transaction that some node took; `place` is its order of arrival."""

    hash: bytes
    envelope: Envelope
    place: int

    @property
    def sender(self) -> Address:
        return self.envelope.sender

    @property
    def lane(self) -> tuple[bytes, int]:
        return self.envelope.sender, self.envelope.nonce


@dataclass(frozen=True, slots=True)
class Mined:
    """A transaction in its block, with its logs as eth_getLogs spells them."""

    tx: Tx
    succeeded: bool
    logs: tuple[Json, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """marks: the state before and after. totals: what the contracts add up to after it.

    met: the tranches whose conditions hold at its time.
    """

    number: int
    hash: bytes
    parent_hash: bytes
    timestamp: int
    mined: tuple[Mined, ...]
    bloom: bytes
    marks: tuple[int, int]
    totals: dict[str, int]
    met: frozenset[tuple[bytes, int]]


class Chain:
    """depth: how many blocks a fork may take away; what lies deeper is final.

    salt: makes this chain another one than any with another salt. taken, executed: what was
    handed over and what was mined since somebody last looked, on whatever branch.
    """

    def __init__(self, salt: Hashable, depth: int) -> None:
        self.depth = depth
        self.state = State()
        self.keys = Keys()
        self.pool: dict[tuple[bytes, int], Tx] = {}
        self.blocks: list[Block] = []
        self.known: dict[bytes, Block] = {}
        self.whereabouts: dict[bytes, list[Block]] = {}
        self.taken: list[Tx] = []
        self.executed: list[Tx] = []
        self.final = -1
        self._salt, self._count = salt, 0
        self._append(stage.START, ())
        self.submit(self.keys.foreign(stage.NETWORK, 0, stage.GROUND, contracts.FOUNDING))
        self.mine(stage.START + 1)

    @property
    def head(self) -> Block:
        return self.blocks[-1]

    def nonce(self, sender: bytes) -> int:
        """The next one that can be mined."""
        return self.state.get(("nonce", sender), 0)

    def submit(self, raw: bytes) -> Tx:
        """Takes a transaction into the pool; Rejected says why not."""
        envelope = self.keys.read.get(keccak(raw))
        if envelope is None:
            raise Rejected(-32000, "Invalid signature")
        tx = Tx(keccak(raw), envelope, self._next())
        waiting = self.pool.get(tx.lane)
        if waiting is not None and waiting.hash == tx.hash:
            raise Rejected(-32000, "Known transaction")
        if envelope.nonce < self.nonce(envelope.sender):
            raise Rejected(-32001, "Nonce too low")
        if waiting is not None and envelope.price_wei * 10 < waiting.envelope.price_wei * 11:
            raise Rejected(-32000, "Replacement transaction underpriced")
        self.pool[tx.lane] = tx
        self.taken.append(tx)
        return tx

    def mine(self, timestamp: int, takes: Callable[[Tx], bool] = lambda _: True) -> Block:
        """One block with what waits, is in turn, and is taken."""
        chosen: list[Tx] = []
        next_nonce: dict[bytes, int] = {}
        for tx in sorted(self.pool.values(), key=lambda tx: tx.place):
            sender, nonce = tx.lane
            if nonce == next_nonce.get(sender, self.nonce(sender)) and takes(tx):
                next_nonce[sender] = nonce + 1
                chosen.append(tx)
        for tx in chosen:
            del self.pool[tx.lane]
        return self._append(timestamp, tuple(chosen))

    def fork(self, depth: int, keeps: Callable[[Tx], bool]) -> None:
        """Takes the newest blocks away. Their transactions wait again, or are gone."""
        if not 0 < depth <= self.head.number - max(self.final, 1):
            raise ValueError("what is final does not go away")
        gone, self.blocks = self.blocks[-depth:], self.blocks[:-depth]
        self.state.back_to(gone[0].marks[0])
        for block in gone:
            for mined in block.mined:
                if keeps(mined.tx):
                    self.pool.setdefault(mined.tx.lane, mined.tx)

    def find(self, tx_hash: bytes, blocks: list[Block]) -> tuple[Block, int] | None:
        """Where a transaction stands on that branch: its block, and its place there."""
        for block in self.whereabouts.get(tx_hash, ()):
            if block.number < len(blocks) and blocks[block.number] is block:
                hashes = [mined.tx.hash for mined in block.mined]
                return block, hashes.index(tx_hash)
        return None

    def _append(self, timestamp: int, chosen: tuple[Tx, ...]) -> Block:
        parent = self.blocks[-1].hash if self.blocks else bytes(32)
        number, before = len(self.blocks), self.state.mark()
        block_hash = digest(self._salt, self._next(), number, parent)
        mined = self._execute(chosen, number, block_hash, timestamp)
        block = Block(
            number=number,
            hash=block_hash,
            parent_hash=parent,
            timestamp=timestamp,
            mined=mined,
            bloom=bloom_of([log for each in mined for log in each.logs]),
            marks=(before, self.state.mark()),
            totals={name: self.state.get(("total", name), 0) for name in TOTALS},
            met=contracts.releasable(self.state, timestamp),
        )
        self.blocks.append(block)
        self.known[block_hash] = block
        for each in mined:
            self.whereabouts.setdefault(each.tx.hash, []).append(block)
        self.final = max(self.final, number - self.depth)
        return block

    def _execute(
        self, chosen: tuple[Tx, ...], number: int, block_hash: bytes, timestamp: int
    ) -> tuple[Mined, ...]:
        mined: list[Mined] = []
        index = 0
        for tx in chosen:
            mark = self.state.mark()
            try:
                at = tx.envelope
                emitted = contracts.execute(self.state, tx.sender, at.to, at.data, timestamp)
            except Refused:
                self.state.back_to(mark)
                emitted = None
            logs = [
                {
                    **_spelled(each),
                    "blockNumber": hex(number),
                    "blockHash": _hex(block_hash),
                    "transactionHash": _hex(tx.hash),
                    "transactionIndex": hex(len(mined)),
                    "logIndex": hex(index + i),
                    "removed": False,
                }
                for i, each in enumerate(emitted or ())
            ]
            index += len(logs)
            self.state.put(("nonce", tx.sender), tx.envelope.nonce + 1)
            self.state.add(("mined", tx.sender, tx.envelope.to, tx.envelope.data), 1)
            self.state.add(("total", "logs"), len(logs))
            self.executed.append(tx)
            mined.append(Mined(tx, emitted is not None, tuple(logs)))
        return tuple(mined)

    def _next(self) -> int:
        self._count += 1
        return self._count


TOTALS = (
    "logs",
    "facilities",
    "facts",
    "drawn",
    "outstanding",
    "released",
    "payments",
    "closed",
    "overdue",
    "money",
)
"""What is counted of the contracts, so that tables can be held against it cheaply."""


def bloom_of(logs: list[Json]) -> bytes:
    """The logs bloom of a block with these logs (Yellow Paper 4.3.1)."""
    bits = 0
    for log in logs:
        for entry in (log["address"], *log["topics"]):
            bits |= _bloom_bits(entry)
    return bits.to_bytes(BLOOM_BYTES, "big")


@lru_cache(maxsize=10_000)
def _bloom_bits(entry: str) -> int:
    hashed = keccak(bytes.fromhex(entry[2:]))
    places = (int.from_bytes(hashed[i : i + 2], "big") & 2047 for i in (0, 2, 4))
    return sum(1 << place for place in set(places))


def _spelled(emitted: Emitted) -> Json:
    """An event as the log that Solidity writes."""
    address, event = emitted
    indexed = [field for field in event.abi.fields if field.indexed]
    plain = [field for field in event.abi.fields if not field.indexed]
    topics = [event.abi.topic, *(encode((field,), event) for field in indexed)]
    return {
        "address": _hex(address),
        "topics": [_hex(topic) for topic in topics],
        "data": _hex(encode(plain, event)),
    }


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
