"""The one hand that sends transactions to the node and mines them, journal first.

Everything that changes the chain goes through one lock and one connection, so that the order in
the journal is the order in the node's pool.
"""

import contextlib
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from entrepot.devnet.anvil import STATES_KEPT
from entrepot.devnet.journal import Block, Journal
from entrepot.devnet.resume import mining_calls
from entrepot.devnet.rpc import (
    HALTED,
    INVALID_PARAMS,
    Connection,
    RpcError,
    WireError,
    decode_answer,
    encode_call,
)
from entrepot.kit.logs import Log

HEAD = encode_call("eth_getBlockByNumber", "latest", False)
POOL = encode_call("txpool_status")

log = Log(__name__)


@dataclass(frozen=True, slots=True)
class Head:
    """The newest block: number, hash, timestamp in seconds, count of its transactions."""

    number: int
    block_hash: str
    timestamp: int
    count: int


class Miner:
    """Sends, mines, moves time and forks; safe for many threads.

    ``now`` is the clock in seconds, or nothing: then each block is one second after its parent
    unless told otherwise, and nothing depends on when it is run.
    """

    def __init__(
        self,
        line: Connection,
        *,
        journal: Journal | None = None,
        now: Callable[[], int] | None = None,
        offset_s: int = 0,
        on_pending: Callable[[], None] = lambda: None,
        on_block: Callable[[Head], None] | None = None,
    ) -> None:
        """Go on from the node's head; without a journal, everything is forgotten at the end."""
        self._line = line
        self._journal = journal
        self._now = now
        self._offset_s = offset_s
        self._next_timestamp: int | None = None
        self._on_pending = on_pending
        self._on_block = on_block
        self._received: list[str] = []
        self._lock = threading.RLock()
        self._halted: str | None = None
        self._head = self._read_head()

    @property
    def head(self) -> Head:
        """The newest block."""
        return self._head

    @property
    def in_memory(self) -> bool:
        """Whether nothing is kept, so that even what no journal could repeat is allowed."""
        return self._journal is None

    def submit(self, calls: Sequence[tuple[str, bytes]]) -> list[bytes]:
        """Send raw transactions (each with its call as JSON) and return the node's answers."""
        with self._lock:
            self._go_on_or_raise()
            # If it breaks, some may be in the pool unknown to the journal: no block on top of that.
            with self._all_or_halt():
                answers = self._line.exchange([call for _, call in calls])
            taken = [raw for (raw, _), answer in zip(calls, answers, strict=True) if _good(answer)]
            if self._journal is not None:
                self._received += taken
        if taken:
            self._on_pending()
        return answers

    def mine(self, timestamp: int | None = None) -> Head:
        """Mine one block, also an empty one; raise RpcError if the time is not after the head's."""
        with self._lock:
            self._go_on_or_raise()
            return self._mine(self._due(timestamp))

    def mine_pending(self) -> int:
        """Mine until nothing in the pool can be executed; return the number of blocks."""
        with self._lock:
            count = 0
            while self._executable():
                if self.mine().count == 0:
                    break
                count += 1
            return count

    @property
    def has_pending(self) -> bool:
        """Whether something in the pool can be executed."""
        with self._lock:
            return self._executable()

    def increase_time(self, seconds: int) -> int:
        """Let the next block come that much later than it would; return the whole offset."""
        if seconds < 0:
            raise RpcError(INVALID_PARAMS, "time runs forward only")
        with self._lock:
            if self._now is None or self._next_timestamp is not None:
                due = (self._next_timestamp or self._head.timestamp) + seconds
                self._next_timestamp = max(due, self._head.timestamp + 1)
            self._offset_s += seconds
            return self._offset_s

    def set_next_timestamp(self, timestamp: int) -> None:
        """Give the next block that timestamp, and let the clock's time go on from there."""
        with self._lock:
            self._next_timestamp = self._due(timestamp)
            if self._now is not None:
                self._offset_s = timestamp - self._now()

    def fork(self, depth: int, blocks: Sequence[Sequence[str]]) -> Head:
        """Take the last ``depth`` blocks and the pool away, and mine these in their place.

        Each block is a list of raw transactions. A block's time is one second after that of the
        block which it replaces, so that no hash comes back.
        """
        with self._lock:
            self._go_on_or_raise()
            back_to = self._head.number - depth
            if not 1 <= depth < STATES_KEPT or back_to < 0:
                raise RpcError(INVALID_PARAMS, f"a fork of depth {depth} is not possible here")
            with self._all_or_halt():
                planned = self._planned(back_to, blocks)
                if self._journal is not None:
                    self._journal.append_fork(back_to, planned)
                empty = encode_call("anvil_dropAllTransactions")
                rewind = [empty, encode_call("anvil_rollback", depth)]
                self._act([*rewind, *(call for block in planned for call in mining_calls(block))])
            log.info("chain_forked", depth=depth, block=self._head.number)
            return self._head

    def forward(self, call: bytes) -> bytes:
        """Let the node do something that no journal could repeat; only in memory."""
        with self._lock:
            self._go_on_or_raise()
            answer = self._line.exchange([call])[0]
            self._head = self._read_head()
            return answer

    def _mine(self, timestamp: int) -> Head:
        number = self._head.number + 1
        block = Block(number, timestamp, tuple(self._received), self._offset_s)
        with self._all_or_halt():
            if self._journal is not None:
                self._journal.append_block(block)
            self._act([encode_call("evm_mine", {"timestamp": hex(timestamp)})])
        return self._head

    def _act(self, calls: list[bytes]) -> None:
        """Do what the journal has already; the last call must succeed."""
        *answers, head = self._line.exchange([*calls, HEAD])
        decode_answer(answers[-1])
        self._head = _head(decode_answer(head))
        if self._on_block is not None:
            self._on_block(self._head)
        self._received.clear()
        self._next_timestamp = None
        if self._journal is not None:
            self._journal.append_hash(self._head.number, self._head.block_hash)

    @contextlib.contextmanager
    def _all_or_halt(self) -> Generator[None]:
        """Stop for good if this fails: node and journal may not be of one mind any more."""
        try:
            yield
        except (OSError, RpcError, WireError) as error:
            self._halted = str(error)
            log.error("devnet_halted", block=self._head.number)
            raise RpcError(HALTED, f"the devnet halted: {error}") from error

    def _due(self, timestamp: int | None) -> int:
        wanted = timestamp if timestamp is not None else self._next_timestamp
        after = self._head.timestamp + 1
        if wanted is not None and wanted < after:
            message = f"a block at {wanted} is not after its parent at {self._head.timestamp}"
            raise RpcError(INVALID_PARAMS, message)
        if wanted is not None:
            return wanted
        return after if self._now is None else max(after, self._now() + self._offset_s)

    def _executable(self) -> bool:
        self._go_on_or_raise()
        return int(decode_answer(self._line.exchange([POOL])[0])["pending"], 16) > 0

    def _planned(self, back_to: int, blocks: Sequence[Sequence[str]]) -> list[Block]:
        numbers = range(back_to, self._head.number + 1)
        times = [block["timestamp"] for block in self._read_blocks(numbers)]
        parent = int(times[0], 16)
        planned: list[Block] = []
        for index, transactions in enumerate(blocks):
            replaced = int(times[index + 1], 16) if index + 1 < len(times) else parent
            parent = max(parent, replaced) + 1
            number = back_to + 1 + index
            planned.append(Block(number, parent, tuple(transactions), self._offset_s))
        return planned

    def _read_blocks(self, numbers: Iterable[int]) -> list[dict[str, Any]]:
        calls = [encode_call("eth_getBlockByNumber", hex(number), False) for number in numbers]
        return [decode_answer(answer) for answer in self._line.exchange(calls)]

    def _read_head(self) -> Head:
        return _head(decode_answer(self._line.exchange([HEAD])[0]))

    def _go_on_or_raise(self) -> None:
        if self._halted is not None:
            raise RpcError(HALTED, f"the devnet halted: {self._halted}")


def _head(block: dict[str, Any]) -> Head:
    number, timestamp = int(block["number"], 16), int(block["timestamp"], 16)
    return Head(number, block["hash"], timestamp, len(block["transactions"]))


def _good(answer: bytes) -> bool:
    try:
        decode_answer(answer)
    except RpcError:
        return False
    return True
