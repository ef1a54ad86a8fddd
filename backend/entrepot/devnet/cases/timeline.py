"""The places of a case, in the order in which a reader comes by them.

Each block is a place; in it each call, and after each call the events it led to; last what this
node found by itself. Chain and tables change from block to block only: at a call or an event they
are as the whole block left them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from entrepot.devnet.cases.case import Block, Case, Happening, Transaction


class Level(Enum):
    """How far into a block a place is."""

    BLOCK = "block"
    CALL = "call"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Place:
    """number: from 0, the moment before the case's first block. index: of the call or event in its
    block; 0 at a block."""

    number: int
    block: int
    level: Level
    index: int = 0


def places(case: Case) -> tuple[Place, ...]:
    """Every place of the case's own blocks, after the moment before them."""
    found = [(max(case.head.first - 1, case.head.deployed), Level.BLOCK, 0)]
    for block in case.blocks[found[0][0] : case.head.last]:
        found += _inside(block)
    return tuple(Place(number, *each) for number, each in enumerate(found))


def call_at(case: Case, place: Place) -> Transaction | None:
    """The call that a place is at, or whose event it is at."""
    block = case.block(place.block)
    if place.level is Level.CALL:
        return block.transactions[place.index]
    if (event := event_at(case, place)) is not None:
        return next((t for t in block.transactions if t.hash == event.transaction), None)
    return None


def event_at(case: Case, place: Place) -> Happening | None:
    """The event that a place is at."""
    return case.block(place.block).events[place.index] if place.level is Level.EVENT else None


def _inside(block: Block) -> Iterator[tuple[int, Level, int]]:
    yield block.number, Level.BLOCK, 0
    told = list(enumerate(block.events))
    for index, transaction in enumerate(block.transactions):
        yield block.number, Level.CALL, index
        for at, event in told:
            if event.transaction == transaction.hash:
                yield block.number, Level.EVENT, at
    hashes = {transaction.hash for transaction in block.transactions}
    for at, event in told:
        if event.transaction not in hashes:
            yield block.number, Level.EVENT, at
