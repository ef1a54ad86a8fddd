"""What a node tells: blocks, logs and receipts, checked against the question.

A node may be behind, broken or another one than yesterday. Whatever can be checked without trust is
checked here, and NodeLied says what was wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import msgspec

from entrepot.chain.codec import decode_event
from entrepot.chain.errors import BlockUnknown, NodeLied
from entrepot.kit.abi import Address, Event

TIME_MAX = 2**63 - 1


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
    """As eth_getBlockByNumber spells it; without a bloom, anything may be in the block."""

    number: str
    hash: str
    parent_hash: str
    timestamp: str
    gas_limit: str
    logs_bloom: str = "0x" + 256 * "ff"
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


class RawPlayed(msgspec.Struct, rename="camel", gc=False):
    """One call of a rehearsal, as eth_simulateV1 spells it."""

    status: str
    gas_used: str
    return_data: str = "0x"


class RawRehearsal(msgspec.Struct, gc=False):
    """One imagined block."""

    calls: list[RawPlayed]


class RawSent(msgspec.Struct, rename={"sender": "from"}, gc=False):
    """By whom a transaction was sent, as eth_getBlockByNumber spells it in full."""

    hash: str
    sender: str
    nonce: str


class RawFullBlock(msgspec.Struct, gc=False):
    transactions: list[RawSent]


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
    if block.timestamp > TIME_MAX:
        raise NodeLied(f"block {block.number} of no time that a block can have")
    if (isinstance(at, int) and block.number != at) or (isinstance(at, bytes) and block.hash != at):
        raise NodeLied(f"asked for another block than {block.number} 0x{block.hash.hex()}")
    return block


def chained(blocks: list[Block]) -> list[Block]:
    """The same blocks; NodeLied unless each is the parent of the next."""
    for parent, child in pairwise(blocks):
        if child.parent_hash != parent.hash:
            raise NodeLied(f"block {child.number} does not follow the one before it")
    return blocks


class _Octets(dict[str, bytes]):
    """Hashes, addresses and topics by their spelling, each read once: a page repeats them."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __missing__(self, text: str) -> bytes:
        found = self[text] = octets(text, self._size)
        return found


def read_logs(raws: Sequence[RawLog]) -> list[Log]:
    """The same logs, as values; NodeLied when one is misspelt."""
    addresses, hashes, numbers = _Octets(20), _Octets(32), _Quantities()
    return [
        Log(
            Address(addresses[raw.address]),
            tuple([hashes[topic] for topic in raw.topics]),
            octets(raw.data),
            numbers[raw.block_number],
            hashes[raw.block_hash],
            hashes[raw.transaction_hash],
            numbers[raw.log_index],
        )
        for raw in raws
    ]


class _Quantities(dict[str, int]):
    """Heights and places by their spelling."""

    def __missing__(self, text: str) -> int:
        found = self[text] = quantity(text)
        return found


class Standing(NamedTuple):
    """Where each log of a page stands, in the order of the chain: the number of its block and its
    place in it. hashes: of the blocks, by number."""

    numbers: list[int]
    indexes: list[int]
    hashes: dict[int, bytes]


def standing(raws: Sequence[RawLog], addresses: Sequence[Address]) -> Standing:
    """NodeLied unless the logs are in chain order, none of them removed, none twice, none of a
    contract not asked for, and all of one height of one block."""
    if any(raw.removed for raw in raws):
        raise NodeLied("a removed log among those that stand")
    known = _Quantities()
    numbers = [known[raw.block_number] for raw in raws]
    indexes = [known[raw.log_index] for raw in raws]
    for before, after in pairwise(zip(numbers, indexes, strict=True)):
        if before >= after:
            raise NodeLied(f"logs of block {after[0]} out of order")
    hashes: dict[int, bytes] = {}
    for number, spelled in set(zip(numbers, [raw.block_hash for raw in raws], strict=True)):
        found = octets(spelled, 32)
        if hashes.setdefault(number, found) != found:
            raise NodeLied(f"logs of two blocks {number}")
    contracts = {octets(spelled, 20) for spelled in {raw.address for raw in raws}}
    if addresses and not contracts <= set(addresses):
        raise NodeLied("a log of a contract that was not asked for")
    return Standing(numbers, indexes, hashes)


def logs_of(raws: Sequence[RawLog], addresses: Sequence[Address]) -> list[Log]:
    """The logs, once `standing` has nothing against them."""
    standing(raws, addresses)
    return read_logs(raws)


def within(first: int, last: int, lowest: int, highest: int) -> None:
    """NodeLied when the logs, from the lowest block to the highest, are not those asked for."""
    if lowest < first or last < highest:
        raise NodeLied(f"logs outside of blocks {first} to {last}")


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


def senders_of(number: int, raw: RawFullBlock | None) -> list[tuple[Address, int, bytes]]:
    """By whom, with which nonce and under which hash each transaction of a block was sent."""
    if raw is None:
        raise BlockUnknown(0, f"no block {number}")
    return [
        (Address(octets(one.sender, 20)), quantity(one.nonce), octets(one.hash, 32))
        for one in raw.transactions
    ]
