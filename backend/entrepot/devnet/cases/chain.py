"""A node that mines a case's blocks again, and goes back to any of them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import Any, Self

from entrepot.devnet.anvil import STATES_KEPT, Anvil
from entrepot.devnet.cases.case import Block, CaseError
from entrepot.devnet.journal import Block as Mined
from entrepot.devnet.resume import mining_calls
from entrepot.devnet.rpc import Connection, RpcError, decode_answer, encode_call
from entrepot.kit.clock import from_unix

CHUNK_BLOCKS = 50
HEAD = encode_call("eth_getBlockByNumber", "latest", False)


class CaseChain:
    """A fresh node in memory, at its genesis. It is a clock, too: it says the head's time."""

    def __init__(self, chain_id: int, genesis_time: int) -> None:
        self._node = Anvil(chain_id=chain_id, genesis_time=genesis_time)
        self._open = ExitStack()

    @property
    def url(self) -> str:
        """Where JSON-RPC is answered."""
        return self._node.url

    def __enter__(self) -> Self:
        self._open.enter_context(self._node)
        self._line = self._open.enter_context(Connection(self._node.port))
        self._read(self._line.call("eth_getBlockByNumber", "latest", False))
        self.genesis_hash = self.hash
        self._at_genesis = self._line.call("evm_snapshot")
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def now(self) -> datetime:
        return from_unix(self.time)

    def mine(self, time: int, raws: Sequence[str]) -> str:
        """One block of these transactions at that time; answers its hash. RpcError when the node
        refuses: the time is not after the head's."""
        return self._mine([(time, raws)])

    def mine_again(self, blocks: Sequence[Block]) -> None:
        """A case's blocks, as they were."""
        for start in range(0, len(blocks), CHUNK_BLOCKS):
            chunk = blocks[start : start + CHUNK_BLOCKS]
            self._mine([(b.time, [t.raw for t in b.transactions]) for b in chunk])

    def back_to(self, number: int, blocks: Sequence[Block]) -> None:
        """Takes the blocks after `number` away; blocks: the case's, of which a long way back is
        mined again. The head must then be the one that was there, or CaseError."""
        depth = self.number - number
        if depth < 0:
            raise ValueError(f"block {number} is ahead of block {self.number}")
        self._line.call("anvil_dropAllTransactions")
        if depth and not self._roll_back(depth):
            self._line.call("evm_revert", self._at_genesis)
            self._at_genesis = self._line.call("evm_snapshot")
            self.mine_again(blocks[:number])
        self._read(self._line.call("eth_getBlockByNumber", "latest", False))
        if number and (self.number, self.hash) != (number, blocks[number - 1].hash):
            raise CaseError(f"going back to block {number} led to {self.number}, {self.hash}")

    def _roll_back(self, depth: int) -> bool:
        """Whether the node still had the state: it keeps the newest 128 that it has made."""
        if depth >= STATES_KEPT:
            return False
        try:
            self._line.call("anvil_rollback", depth)
        except RpcError:
            return False
        return True

    def ask(self, method: str, *params: object) -> Any:
        """What the node answers to a question."""
        return self._line.call(method, *params)

    def _mine(self, blocks: Sequence[tuple[int, Sequence[str]]]) -> str:
        calls = [
            call for time, raws in blocks for call in mining_calls(Mined(0, time, tuple(raws)))
        ]
        *answers, head = self._line.exchange([*calls, HEAD])
        if not calls:
            return self.hash
        try:
            decode_answer(answers[-1])
        finally:
            self._read(decode_answer(head))
        return self.hash

    def _read(self, head: dict[str, Any]) -> None:
        self.number, self.hash = int(head["number"], 16), str(head["hash"])
        self.time = int(head["timestamp"], 16)
