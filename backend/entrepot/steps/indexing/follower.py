"""Reads the chain in order: a few blocks or a year of them, in pieces that the node can give."""

import time
from collections import deque
from collections.abc import Container, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from entrepot.chain.answers import Block
from entrepot.chain.bloom import Bloom
from entrepot.chain.errors import BlockUnknown, NodeLied, RangeTooLarge, TimedOut
from entrepot.chain.node import Node
from entrepot.kit import tracing
from entrepot.kit.abi import Address
from entrepot.steps import Halt
from entrepot.steps.indexing.projections.ahead import Ahead, ahead

LOOK_BACK_MAX = 10_000
BLOCKS_FIRST = 32
BLOCKS_MAX = 256
LOGS_WANTED = 6_000
"""In one batch: enough to make a transaction worth its while, few enough to keep in memory."""

IN_FLIGHT = 2
AHEAD_MAX = 3
"""Ranges asked for and not yet dealt with."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive blocks, how many logs of ours are in them, and what becomes of those.

    traced: the blocks of the transactions that the logs came of; empty when nobody traces them.
    """

    blocks: list[Block]
    logs: int
    ahead: Ahead
    traced: Mapping[bytes, int]


@dataclass(slots=True)
class Pace:
    """How many blocks to ask for at once."""

    blocks: int = BLOCKS_FIRST

    def learn(self, asked: int, batches: Sequence[Batch]) -> None:
        """Halves when the node gave them only in pieces, grows while they hold few logs."""
        if len(batches) > 1:
            self.blocks = max(1, min(self.blocks, asked // 2))
            return
        found = batches[0].logs
        if found > LOGS_WANTED:
            self.blocks = max(1, min(self.blocks, asked * LOGS_WANTED // found))
        elif 2 * found <= LOGS_WANTED and asked >= self.blocks:
            self.blocks = min(2 * self.blocks, BLOCKS_MAX)


@contextmanager
def following(
    node: Node, first: int, last: int, addresses: list[Address]
) -> Generator[Iterator[Batch]]:
    """The batches of blocks `first` to `last`, in order. While one is dealt with, the next ones are
    on their way; what nobody waits for any more is dropped at the end."""
    if last - first < BLOCKS_FIRST:
        yield iter(read(node, first, last, addresses))
        return
    pool = ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="chain-reader")
    try:
        yield _ahead(pool, node, first, last, addresses)
    finally:
        pool.shutdown(cancel_futures=True)


def _ahead(
    pool: ThreadPoolExecutor, node: Node, first: int, last: int, addresses: list[Address]
) -> Iterator[Batch]:
    pace = Pace()
    asked: deque[tuple[int, Future[list[Batch]]]] = deque()
    while first <= last or asked:
        while first <= last and len(asked) < AHEAD_MAX:
            end = min(first + pace.blocks - 1, last)
            asked.append((end - first + 1, pool.submit(read, node, first, end, addresses)))
            first = end + 1
        size, future = asked.popleft()
        batches = future.result()
        pace.learn(size, batches)
        yield from batches


def read(node: Node, first: int, last: int, addresses: list[Address]) -> list[Batch]:
    """These blocks, in as few pieces as the node gives them."""
    try:
        return [fetch(node, first, last, addresses)]
    except (RangeTooLarge, TimedOut):
        if first == last:
            raise
    middle = (first + last) // 2
    return read(node, first, middle, addresses) + read(node, middle + 1, last, addresses)


def fetch(node: Node, first: int, last: int, addresses: list[Address]) -> Batch:
    """The blocks and their logs; NodeLied when the two do not belong together."""
    return _batch(node, node.blocks(first, last), addresses)


def newest(node: Node, head: Block, addresses: list[Address]) -> Batch:
    """The same of the block that the node has just shown, and need not be asked for again."""
    return _batch(node, [head], addresses)


def stays_behind(node: Node, number: int, patience: tuple[float, float]) -> bool:
    """Whether the node's newest block stays one before `number`: seconds between two looks, and
    for how long."""
    pause, whole = patience
    until = time.monotonic() + whole
    while True:
        time.sleep(pause)
        if node.block("latest").number >= number:
            return False
        if time.monotonic() >= until:
            return True


def _batch(node: Node, blocks: list[Block], addresses: list[Address]) -> Batch:
    page = node.page(blocks[0].number, blocks[-1].number, addresses)
    hashes = {block.number: block.hash for block in blocks}
    for number, block_hash in page.hashes.items():
        if hashes.get(number) != block_hash:
            raise NodeLied(f"a log of another block {number} than the one just shown")
    _miss_nothing(node, blocks, page.hashes, addresses)
    traced = page.mined() if tracing.is_on() else {}
    return Batch(blocks, len(page), ahead(page, blocks), traced)


def _miss_nothing(
    node: Node, blocks: Sequence[Block], told: Container[int], addresses: list[Address]
) -> None:
    """A block whose own header speaks of our contracts, and that no log came of, is looked at by
    itself: a node that answers before it has indexed a block answers with an empty page."""
    ours = Bloom(addresses)
    for block in blocks:
        doubtful = block.number not in told and ours.may_be_in(block.logs_bloom)
        if doubtful and node.logs_of(block.hash, addresses):
            raise NodeLied(f"a page without the logs of block {block.number}")


def fork_depth_max(finality: str) -> int:
    """How many blocks a fork may take back under a finality policy; more means a wrong node."""
    if finality == "instant":
        return 0
    if finality.startswith("depth:"):
        return int(finality.removeprefix("depth:"))
    return LOOK_BACK_MAX


def last_common(node: Node, stored: Sequence[tuple[int, bytes]], depth_max: int) -> int:
    """The number of the newest stored block that the node has too; it has all before that one, so
    that a few questions find it however deep it lies.

    stored: numbers and hashes from the newest downwards, one more than depth_max where there are as
    many. Raises Halt when the block lies deeper than a fork may go.
    """
    if not _has(node, *stored[-1]):
        newest, deepest = stored[0][0], stored[-1][0]
        if len(stored) > depth_max:
            raise Halt(
                f"block {deepest + 1} and later are not on the node's chain, which is deeper than "
                f"a fork may go ({depth_max} blocks): check that this is our network and our node"
            )
        raise Halt(
            f"no stored block ({deepest} to {newest}) is on the node's chain: this is another "
            "chain than ours"
        )
    gone, there = -1, len(stored) - 1
    step = 1
    while there - gone > 1:
        probe = min(gone + step, there - 1)
        if _has(node, *stored[probe]):
            there, step = probe, 1
        else:
            gone, step = probe, 2 * step
    return stored[there][0]


def _has(node: Node, number: int, block_hash: bytes) -> bool:
    try:
        return node.block(number).hash == block_hash
    except BlockUnknown:
        return False
