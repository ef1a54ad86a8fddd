"""A node of the chain: what the rest of the house may ask it, and the one that speaks HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar, cast

from eth_hash.auto import keccak

from entrepot.chain.alike import Page, page_of
from entrepot.chain.answers import (
    Block,
    Log,
    RawBlock,
    RawFullBlock,
    RawLog,
    RawPlayed,
    RawReceipt,
    RawRehearsal,
    Receipt,
    block_of,
    chained,
    logs_of,
    octets,
    quantity,
    receipt_of,
    senders_of,
    within,
)
from entrepot.chain.codec import decode_result, decode_revert
from entrepot.chain.errors import (
    BlockUnknown,
    CallReverted,
    ChainError,
    GasLimitRefused,
    MethodUnknown,
    NodeLied,
    RangeTooLarge,
    RpcRefused,
)
from entrepot.chain.questions import (
    At,
    block_asked,
    hexed,
    topic_asked,
    transaction_asked,
    view_asked,
)
from entrepot.chain.rpc import Question
from entrepot.kit.abi import Address, View

T = TypeVar("T")

Sent = tuple[Address, Address | None, bytes]
"""A transaction to come: by whom, to what, with which data."""

REHEARSED_MAX = 100
"""Transactions in one rehearsal."""

GAS_OF_A_REHEARSAL = 2**36
"""Of the imagined block: its limit shall not be what refuses a call."""


class Node(Protocol):
    """Every method may raise NodeUnavailable, NodeLied or RpcRefused besides what it says."""

    def chain_id(self) -> int: ...

    def genesis_hash(self) -> bytes: ...

    def block(self, at: At = "latest") -> Block:
        """BlockUnknown when the node has no such block."""
        ...

    def ends(self) -> tuple[Block, Block]:
        """The first block and the newest one, in one question."""
        ...

    def blocks(self, first: int, last: int) -> list[Block]:
        """`first` to `last` inclusive, in one question; BlockUnknown when one is missing."""
        ...

    def knows(self, number: int, block_hash: bytes) -> bool:
        """Whether this block is on the chain of any node that can be asked."""
        ...

    def logs(
        self,
        first: int,
        last: int,
        addresses: Sequence[Address] = (),
        topics: Sequence[bytes | Sequence[bytes] | None] = (),
    ) -> list[Log]:
        """Logs of blocks `first` to `last` inclusive, in chain order; RangeTooLarge: halve it.

        addresses: only these contracts; all when empty. topics: as eth_getLogs has them.
        """
        ...

    def page(self, first: int, last: int, addresses: Sequence[Address] = ()) -> Page:
        """The same logs, for reading many: like ones side by side."""
        ...

    def logs_of(self, block_hash: bytes, addresses: Sequence[Address] = ()) -> list[Log]:
        """Logs of one block and no other, whatever forks; BlockUnknown when it is gone.

        Asked for in another way than `logs` does: from the block's receipts, which a node has with
        the block, while its index of logs may come later.
        """
        ...

    def call(self, to: Address, view: View[T], at: At = "latest") -> T:
        """CallReverted with the contract's reason; Undecodable when no such contract is there."""
        ...

    def call_all(self, asks: Sequence[tuple[Address, View[Any]]], at: At = "latest") -> list[Any]:
        """Several views at one block, in one question; the first refusal is raised."""
        ...

    def simulate(
        self, sender: Address, to: Address | None, data: bytes, at: At = "latest"
    ) -> bytes:
        """What a transaction would return; CallReverted with the reason. Changes nothing."""
        ...

    def estimate(
        self, sender: Address, to: Address | None, data: bytes, *, time: int | None = None
    ) -> int:
        """Gas that the transaction would need now, or in a block of that time (unix seconds) where
        the node can imagine one; CallReverted with the reason."""
        ...

    def rehearse(
        self, calls: Sequence[Sent], *, time: int | None = None
    ) -> list[int | CallReverted]:
        """Gas that each of these transactions would use in the next block, one after the other in
        this order; for one that would be refused, its reason. time: of that block, unix seconds."""
        ...

    def send_raw(self, raw: bytes) -> bytes:
        """Hands over a signed transaction and returns its hash; AlreadyKnown and NonceTooLow are
        the two refusals that a sender meets when it sends the same bytes again."""
        ...

    def send_all(self, raws: Sequence[bytes]) -> list[RpcRefused | None]:
        """Hands over signed transactions in this order, in few questions; tells of each why it was
        refused, or None. NodeUnavailable when there is no answer: some may have been taken."""
        ...

    def receipt(self, transaction_hash: bytes) -> Receipt | None:
        """None while it is not mined on the chain that the node follows."""
        ...

    def receipts(self, transaction_hashes: Sequence[bytes]) -> list[Receipt | None]: ...

    def nonce(self, address: Address, at: At = "latest") -> int:
        """The next nonce of the account."""
        ...

    def nonces(self, addresses: Sequence[Address], at: At = "latest") -> list[int]:
        """The same of several, in one question."""
        ...

    def senders(self, block: int) -> list[tuple[Address, int, bytes]]:
        """By whom, with which nonce and under which hash each transaction of a block was sent."""
        ...

    def code_at(self, address: Address, at: At = "latest") -> bytes: ...

    def gas_price(self) -> int:
        """Wei; what the node would take for a legacy transaction."""
        ...

    def tip(self) -> int:
        """Wei; what the node would take on top of the base fee."""
        ...


class Asked(Protocol):
    """Who answers JSON-RPC; what it raises, `Rpc` says."""

    def ask(self, method: str, *params: Any, into: type[T]) -> T: ...

    def ask_all(self, questions: Sequence[Question], *, into: type[T]) -> list[T]: ...

    def ask_each(self, questions: Sequence[Question], *, into: type[T]) -> list[T | ChainError]: ...

    def close(self) -> None: ...


class HttpNode:
    """A Node behind an HTTP endpoint. Threads may share one."""

    def __init__(self, rpc: Asked) -> None:
        self.rpc = rpc

    def chain_id(self) -> int:
        return quantity(self.rpc.ask("eth_chainId", into=str))

    def genesis_hash(self) -> bytes:
        return self.block(0).hash

    def block(self, at: At = "latest") -> Block:
        by = "eth_getBlockByHash" if isinstance(at, bytes) else "eth_getBlockByNumber"
        return block_of(at, self.rpc.ask(by, block_asked(at), False, into=_BLOCK))

    def ends(self) -> tuple[Block, Block]:
        ends = ("0x0", "latest")
        questions: list[Question] = [("eth_getBlockByNumber", (at, False)) for at in ends]
        genesis, latest = self.rpc.ask_all(questions, into=_BLOCK)
        return block_of(0, genesis), block_of("latest", latest)

    def knows(self, number: int, block_hash: bytes) -> bool:
        try:
            return self.block(number).hash == block_hash
        except BlockUnknown:
            return False

    def blocks(self, first: int, last: int) -> list[Block]:
        numbers = range(first, last + 1)
        questions: list[Question] = [("eth_getBlockByNumber", (hex(n), False)) for n in numbers]
        raws = self.rpc.ask_all(questions, into=_BLOCK)
        return chained([block_of(n, raw) for n, raw in zip(numbers, raws, strict=True)])

    def logs(
        self,
        first: int,
        last: int,
        addresses: Sequence[Address] = (),
        topics: Sequence[bytes | Sequence[bytes] | None] = (),
    ) -> list[Log]:
        wanted: dict[str, Any] = {"fromBlock": hex(first), "toBlock": hex(last)}
        if topics:
            wanted["topics"] = [topic_asked(topic) for topic in topics]
        logs = self._logs(wanted, addresses)
        if logs:
            within(first, last, logs[0].block_number, logs[-1].block_number)
        return logs

    def page(self, first: int, last: int, addresses: Sequence[Address] = ()) -> Page:
        wanted = {"fromBlock": hex(first), "toBlock": hex(last)}
        return page_of(self._raw_logs(wanted, addresses), first, last, addresses)

    def logs_of(self, block_hash: bytes, addresses: Sequence[Address] = ()) -> list[Log]:
        logs = self._told_by_receipts(block_hash, addresses)
        if any(log.block_hash != block_hash for log in logs):
            raise NodeLied(f"logs of another block than {hexed(block_hash)}")
        return logs

    def _told_by_receipts(self, block_hash: bytes, addresses: Sequence[Address]) -> list[Log]:
        at = hexed(block_hash)
        try:
            receipts = self.rpc.ask("eth_getBlockReceipts", at, into=_RECEIPTS)
        except MethodUnknown:
            return self._logs({"blockHash": at}, addresses)
        if receipts is None:
            raise BlockUnknown(0, f"no block {at}")
        logs = logs_of([log for receipt in receipts for log in receipt.logs], ())
        return [log for log in logs if not addresses or log.address in addresses]

    def _logs(self, wanted: dict[str, Any], addresses: Sequence[Address]) -> list[Log]:
        return logs_of(self._raw_logs(wanted, addresses), addresses)

    def _raw_logs(self, wanted: dict[str, Any], addresses: Sequence[Address]) -> list[RawLog]:
        if addresses:
            wanted["address"] = [hexed(address) for address in addresses]
        try:
            return self.rpc.ask("eth_getLogs", wanted, into=list[RawLog])
        except GasLimitRefused as error:  # -32005 is EIP-1474's "limit exceeded" as well
            raise RangeTooLarge(error.code, error.message) from error

    def call(self, to: Address, view: View[T], at: At = "latest") -> T:
        return decode_result(view, octets(self.rpc.ask(*view_asked(to, view, at), into=str)))

    def call_all(self, asks: Sequence[tuple[Address, View[Any]]], at: At = "latest") -> list[Any]:
        questions: list[Question] = [
            (m, p) for m, *p in (view_asked(to, view, at) for to, view in asks)
        ]
        answers = self.rpc.ask_all(questions, into=str)
        return [
            decode_result(view, octets(answer))
            for (_, view), answer in zip(asks, answers, strict=True)
        ]

    def simulate(
        self, sender: Address, to: Address | None, data: bytes, at: At = "latest"
    ) -> bytes:
        asked = transaction_asked(sender, to, data)
        return octets(self.rpc.ask("eth_call", asked, block_asked(at, "blockHash"), into=str))

    def estimate(
        self, sender: Address, to: Address | None, data: bytes, *, time: int | None = None
    ) -> int:
        asked = transaction_asked(sender, to, data)
        imagined = () if time is None else ("latest", None, {"time": hex(time)})
        return quantity(self.rpc.ask("eth_estimateGas", asked, *imagined, into=str))

    def rehearse(
        self, calls: Sequence[Sent], *, time: int | None = None
    ) -> list[int | CallReverted]:
        found: list[int | CallReverted] = []
        for start in range(0, len(calls), REHEARSED_MAX):
            part = calls[start : start + REHEARSED_MAX]
            try:
                found += self._rehearse(part, time)
            except (MethodUnknown, GasLimitRefused):
                found += self._estimate_each(part)
        return found

    def _rehearse(self, calls: Sequence[Sent], time: int | None) -> list[int | CallReverted]:
        limits = {"gasLimit": hex(GAS_OF_A_REHEARSAL)}
        block = limits if time is None else {**limits, "time": hex(time)}
        asked = {"blockOverrides": block, "calls": [transaction_asked(*call) for call in calls]}
        answer = self.rpc.ask(
            "eth_simulateV1", {"blockStateCalls": [asked]}, "latest", into=list[RawRehearsal]
        )
        played = answer[0].calls if answer else []
        if len(played) != len(calls):
            raise NodeLied(f"{len(calls)} calls to rehearse, {len(played)} played")
        return [_rehearsed(one) for one in played]

    def _estimate_each(self, calls: Sequence[Sent]) -> list[int | CallReverted]:
        """Where a node can't rehearse: each by itself, as if the others were not."""
        questions: list[Question] = [
            ("eth_estimateGas", (transaction_asked(*call),)) for call in calls
        ]
        found: list[int | CallReverted] = []
        for answer in self.rpc.ask_each(questions, into=str):
            if isinstance(answer, str):
                found.append(quantity(answer))
            elif isinstance(answer, CallReverted):
                found.append(answer)
            else:
                raise answer
        return found

    def send_raw(self, raw: bytes) -> bytes:
        answer = octets(self.rpc.ask("eth_sendRawTransaction", hexed(raw), into=str), 32)
        if answer != keccak(raw):
            raise NodeLied("the hash of another transaction than the one sent")
        return answer

    def send_all(self, raws: Sequence[bytes]) -> list[RpcRefused | None]:
        questions: list[Question] = [("eth_sendRawTransaction", (hexed(raw),)) for raw in raws]
        found: list[RpcRefused | None] = []
        for raw, answer in zip(raws, self.rpc.ask_each(questions, into=str), strict=True):
            if isinstance(answer, str):
                if octets(answer, 32) != keccak(raw):
                    raise NodeLied("the hash of another transaction than the one sent")
                found.append(None)
            elif isinstance(answer, RpcRefused):
                found.append(answer)
            else:
                raise answer
        return found

    def receipt(self, transaction_hash: bytes) -> Receipt | None:
        return self.receipts([transaction_hash])[0]

    def receipts(self, transaction_hashes: Sequence[bytes]) -> list[Receipt | None]:
        questions: list[Question] = [
            ("eth_getTransactionReceipt", (hexed(h),)) for h in transaction_hashes
        ]
        raws = self.rpc.ask_all(questions, into=_RECEIPT)
        return [receipt_of(h, raw) for h, raw in zip(transaction_hashes, raws, strict=True)]

    def nonce(self, address: Address, at: At = "latest") -> int:
        return self.nonces([address], at)[0]

    def nonces(self, addresses: Sequence[Address], at: At = "latest") -> list[int]:
        spelled = block_asked(at, "blockHash")
        questions: list[Question] = [
            ("eth_getTransactionCount", (hexed(address), spelled)) for address in addresses
        ]
        return [quantity(answer) for answer in self.rpc.ask_all(questions, into=str)]

    def senders(self, block: int) -> list[tuple[Address, int, bytes]]:
        return senders_of(block, self.rpc.ask("eth_getBlockByNumber", hex(block), True, into=_FULL))

    def code_at(self, address: Address, at: At = "latest") -> bytes:
        block = block_asked(at, "blockHash")
        return octets(self.rpc.ask("eth_getCode", hexed(address), block, into=str))

    def gas_price(self) -> int:
        return quantity(self.rpc.ask("eth_gasPrice", into=str))

    def tip(self) -> int:
        return quantity(self.rpc.ask("eth_maxPriorityFeePerGas", into=str))


def _rehearsed(one: RawPlayed) -> int | CallReverted:
    if quantity(one.status):
        return quantity(one.gas_used)
    return CallReverted(decode_revert(octets(one.return_data)))


_FULL = cast("type[RawFullBlock | None]", RawFullBlock | None)
_BLOCK = cast("type[RawBlock | None]", RawBlock | None)
_RECEIPT = cast("type[RawReceipt | None]", RawReceipt | None)
_RECEIPTS = cast("type[list[RawReceipt] | None]", list[RawReceipt] | None)
