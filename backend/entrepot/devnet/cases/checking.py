"""A case played again beside what was recorded: the first thing that is not the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import msgspec

from entrepot.devnet.cases.case import Block, Case, Change, Happening, Transaction
from entrepot.devnet.cases.playing import play
from entrepot.devnet.cases.stage import open_stage
from entrepot.devnet.rpc import RpcError

BLOCK, TRANSACTION, EVENT, ROW, DIGEST = "block", "transaction", "event", "row", "digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """place: what differs, BLOCK to DIGEST. subject: which transaction, event or row it is, of a
    block its time; field: of a row. recorded, found: None where it was not, or is not there."""

    block: int
    place: str
    subject: str
    field: str = ""
    recorded: str | None
    found: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How playing a case again ended. difference: the first one, None when all is the same."""

    blocks: int
    block_hash: str
    digest: str
    difference: Difference | None


def check(case: Case, tell: Callable[[Block], None] = lambda _: None) -> Checked:
    """Plays the case on a fresh devnet, up to the first difference; `tell` is told each block.

    CaseError when not even the first blocks come out the same.
    """
    with open_stage(case) as stage:
        difference = None
        try:
            for found in play(stage):
                tell(found)
                if difference := compare(case.block(found.number), found):
                    break
        except RpcError as error:
            number = stage.block + 1
            difference = Difference(
                block=number,
                place=BLOCK,
                subject=str(case.block(number).time),
                recorded=case.block(number).hash,
                found=f"the node mines no such block: {error.message}",
            )
        digest = stage.digest()
        if difference is None and case.end is not None and digest != case.end.digest:
            difference = Difference(
                block=stage.block,
                place=DIGEST,
                subject="",
                recorded=case.end.digest,
                found=digest,
            )
        return Checked(
            blocks=stage.block, block_hash=stage.chain.hash, digest=digest, difference=difference
        )


def compare(recorded: Block, found: Block) -> Difference | None:
    """The first difference of a block, from the chain up to the tables."""
    return (
        _transactions(recorded, found)
        or _hash(recorded, found)
        or _events(recorded, found)
        or _rows(recorded, found)
    )


def _transactions(recorded: Block, found: Block) -> Difference | None:
    for was, now in zip_longest(recorded.transactions, found.transactions):
        told = was or now
        if was == now or told is None:
            continue
        return Difference(
            block=found.number,
            place=TRANSACTION,
            subject=f"{told.call} by {told.by}",
            recorded=_outcome(was),
            found=_outcome(now),
        )
    return None


def _outcome(transaction: Transaction | None) -> str | None:
    if transaction is None:
        return None
    return f"{transaction.hash} {'carried out' if transaction.ok else 'reverted'}"


def _hash(recorded: Block, found: Block) -> Difference | None:
    if recorded.hash == found.hash:
        return None
    return Difference(
        block=found.number,
        place=BLOCK,
        subject=str(found.time),
        recorded=recorded.hash,
        found=found.hash,
    )


def _events(recorded: Block, found: Block) -> Difference | None:
    was = {event.id: event for event in recorded.events}
    now = {event.id: event for event in found.events}
    for key in [*was, *(key for key in now if key not in was)]:
        told = was.get(key) or now.get(key)
        if told is None or was.get(key) == now.get(key):
            continue
        return Difference(
            block=found.number,
            place=EVENT,
            subject=f"{told.type} {told.subject}",
            recorded=_spelled(was.get(key)),
            found=_spelled(now.get(key)),
        )
    return None


def _spelled(happening: Happening | None) -> str | None:
    if happening is None:
        return None
    plain: Any = msgspec.to_builtins(happening)
    return msgspec.json.encode(plain, order="sorted").decode()


def _rows(recorded: Block, found: Block) -> Difference | None:
    was, now = _by_field(recorded.changes), _by_field(found.changes)
    for key in [*was, *(key for key in now if key not in was)]:
        if was.get(key) == now.get(key):
            continue
        table, row, field = key
        return Difference(
            block=found.number,
            place=ROW,
            subject=f"{table} {row}",
            field=field,
            recorded=_after(was.get(key)),
            found=_after(now.get(key)),
        )
    return None


def _by_field(changes: Sequence[Change]) -> dict[tuple[str, str, str], Change]:
    return {(change.table, change.key, change.field): change for change in changes}


def _after(change: Change | None) -> str | None:
    return None if change is None else change.after
