"""Which blocks come next, and how far back ours still agree with the chain."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from entrepot.chain.answers import Block, Log, chained
from entrepot.chain.bloom import Bloom
from entrepot.chain.errors import BlockUnknown, NodeLied, RangeTooLarge
from entrepot.chain.node import Node
from entrepot.kit.abi import Address
from entrepot.steps import Halt

LOOK_BACK_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive blocks and all our logs in them."""

    blocks: list[Block]
    logs: list[Log]


def fork_depth_max(finality: str) -> int:
    """How many blocks a fork may take back under a finality policy; more means a wrong node."""
    if finality == "instant":
        return 0
    if finality.startswith("depth:"):
        return int(finality.removeprefix("depth:"))
    return LOOK_BACK_MAX


def last_common(node: Node, stored: Iterable[tuple[int, bytes]], depth_max: int) -> int:
    """The number of the newest stored block that the node has too.

    Raises Halt when that lies deeper than the finality policy lets a fork go.
    """
    for back, (number, block_hash) in enumerate(stored):
        if back > depth_max:
            raise Halt(
                f"block {number + 1} and later are not on the node's chain, which is deeper than a "
                f"fork may go ({depth_max} blocks): check that this is our network and our node"
            )
        if _has(node, number, block_hash):
            return number
    raise Halt("no stored block is on the node's chain: this is another chain than ours")


def _has(node: Node, number: int, block_hash: bytes) -> bool:
    try:
        return node.block(number).hash == block_hash
    except BlockUnknown:
        return False


def read(node: Node, first: int, last: int, addresses: list[Address]) -> Batch:
    """These blocks, in as few pieces as the node gives them."""
    try:
        return fetch(node, first, last, addresses)
    except RangeTooLarge:
        if first == last:
            raise
    middle = (first + last) // 2
    before, after = (
        read(node, first, middle, addresses),
        read(node, middle + 1, last, addresses),
    )
    return Batch(chained(before.blocks + after.blocks), before.logs + after.logs)


def fetch(node: Node, first: int, last: int, addresses: list[Address]) -> Batch:
    """The blocks and their logs; NodeLied when the two do not belong together."""
    blocks = node.blocks(first, last)
    logs = node.logs(first, last, addresses)
    hashes = {block.number: block.hash for block in blocks}
    for log in logs:
        if hashes.get(log.block_number) != log.block_hash:
            raise NodeLied(f"a log of another block {log.block_number} than the one just shown")
    _miss_nothing(node, blocks, logs, addresses)
    return Batch(blocks, logs)


def _miss_nothing(
    node: Node, blocks: Sequence[Block], logs: Sequence[Log], addresses: list[Address]
) -> None:
    """A block whose own header speaks of our contracts, and that no log came of, is looked at by
    itself: a node that answers before it has indexed a block answers with an empty page."""
    told = {log.block_number for log in logs}
    ours = Bloom(addresses)
    for block in blocks:
        doubtful = block.number not in told and ours.may_be_in(block.logs_bloom)
        if doubtful and node.logs_of(block.hash, addresses):
            raise NodeLied(f"a page without the logs of block {block.number}")
