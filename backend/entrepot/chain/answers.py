"""What a node tells: blocks, logs and receipts, checked against the question.

A node may be behind, broken or another one than yesterday. Whatever can be checked without trust is
checked here, and NodeLied says what was wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from entrepot.chain.codec import decode_event
from entrepot.chain.errors import BlockUnknown, NodeLied
from entrepot.kit.abi import Address, Event


class Block(msgspec.Struct, frozen=True, gc=False):
    """timestamp: Unix seconds; base_fee_wei: None before London; logs_bloom: which contracts may
    have written logs (see `bloom`)."""

    number: int
    hash: bytes
    parent_hash: bytes
    timestamp: int
    gas_limit: int
    base_fee_wei: int | None
    logs_bloom: bytes = bytes(256)


class Log(msgspec.Struct, frozen=True, gc=False):
    address: Address
    topics: tuple[bytes, ...]
    data: bytes
    block_number: int
    block_hash: bytes
    transaction_hash: bytes
    log_index: int

    @property
    def event(self) -> Event:
        """Decoded; UnknownEvent or Undecodable when it is none of ours."""
        return decode_event(self.topics, self.data)


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """succeeded: False when the transaction was mined and reverted."""

    transaction_hash: bytes
    block_number: int
    block_hash: bytes
    succeeded: bool
    gas_used: int
    gas_price_wei: int
    contract: Address | None
    logs: tuple[Log, ...]


class RawBlock(msgspec.Struct, rename="camel", gc=False):
    """As eth_getBlockByNumber spells it."""

    number: str
    hash: str
    parent_hash: str
    timestamp: str
    gas_limit: str
    logs_bloom: str
    base_fee_per_gas: str | None = None


class RawLog(msgspec.Struct, rename="camel", gc=False):
    """As eth_getLogs spells it."""

    address: str
    topics: list[str]
    data: str
    block_number: str
    block_hash: str
    transaction_hash: str
    log_index: str
    removed: bool = False


class RawReceipt(msgspec.Struct, rename="camel", gc=False):
    """As eth_getTransactionReceipt spells it."""

    transaction_hash: str
    block_number: str
    block_hash: str
    status: str
    gas_used: str
    logs: list[RawLog]
    contract_address: str | None = None
    effective_gas_price: str = "0x0"


def quantity(text: str) -> int:
    """A JSON-RPC quantity."""
    try:
        if text.startswith("0x"):
            return int(text, 16)
    except ValueError:
        pass
    raise NodeLied(f"{text[:80]!r} is no quantity")


def octets(text: str, size: int | None = None) -> bytes:
    """JSON-RPC data, of exactly `size` bytes when that is given."""
    try:
        data = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise NodeLied(f"{text[:80]!r} is no data") from None
    if size is not None and len(data) != size:
        raise NodeLied(f"{len(data)} bytes where {size} were due")
    return data


def block_of(at: object, raw: RawBlock | None) -> Block:
    """The block asked for by `at`: a height, a hash or a tag."""
    if raw is None:
        raise BlockUnknown(0, f"no block {at.hex() if isinstance(at, bytes) else at}")
    block = Block(
        number=quantity(raw.number),
        hash=octets(raw.hash, 32),
        parent_hash=octets(raw.parent_hash, 32),
        timestamp=quantity(raw.timestamp),
        gas_limit=quantity(raw.gas_limit),
        base_fee_wei=None if raw.base_fee_per_gas is None else quantity(raw.base_fee_per_gas),
        logs_bloom=octets(raw.logs_bloom, 256),
    )
    if (isinstance(at, int) and block.number != at) or (isinstance(at, bytes) and block.hash != at):
        raise NodeLied(f"asked for another block than {block.number} 0x{block.hash.hex()}")
    return block


def chained(blocks: list[Block]) -> list[Block]:
    """The same blocks; NodeLied unless each is the parent of the next."""
    for parent, child in pairwise(blocks):
        if child.parent_hash != parent.hash:
            raise NodeLied(f"block {child.number} does not follow the one before it")
    return blocks


def log_of(raw: RawLog) -> Log:
    return Log(
        address=Address(octets(raw.address, 20)),
        topics=tuple(octets(topic, 32) for topic in raw.topics),
        data=octets(raw.data),
        block_number=quantity(raw.block_number),
        block_hash=octets(raw.block_hash, 32),
        transaction_hash=octets(raw.transaction_hash, 32),
        log_index=quantity(raw.log_index),
    )


def logs_of(raws: Sequence[RawLog], addresses: Sequence[Address]) -> list[Log]:
    """The logs in chain order: none removed, none twice, none of a contract not asked for."""
    if any(raw.removed for raw in raws):
        raise NodeLied("a removed log among those that stand")
    logs = [log_of(raw) for raw in raws]
    for before, after in pairwise(logs):
        if (before.block_number, before.log_index) >= (after.block_number, after.log_index):
            raise NodeLied(f"logs of block {after.block_number} out of order")
        if before.block_number == after.block_number and before.block_hash != after.block_hash:
            raise NodeLied(f"logs of two blocks {after.block_number}")
    if addresses and not {log.address for log in logs} <= set(addresses):
        raise NodeLied("a log of a contract that was not asked for")
    return logs


def receipt_of(transaction_hash: bytes, raw: RawReceipt | None) -> Receipt | None:
    if raw is None:
        return None
    receipt = Receipt(
        transaction_hash=octets(raw.transaction_hash, 32),
        block_number=quantity(raw.block_number),
        block_hash=octets(raw.block_hash, 32),
        succeeded=quantity(raw.status) == 1,
        gas_used=quantity(raw.gas_used),
        gas_price_wei=quantity(raw.effective_gas_price),
        contract=Address(octets(raw.contract_address, 20)) if raw.contract_address else None,
        logs=tuple(logs_of(raw.logs, ())),
    )
    if receipt.transaction_hash != transaction_hash:
        raise NodeLied(f"the receipt of another transaction than 0x{transaction_hash.hex()}")
    return receipt
