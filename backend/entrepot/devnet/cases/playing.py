"""A case's blocks mined again, one by one, with what each of them led to."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from entrepot.devnet.cases.case import Block
from entrepot.devnet.cases.stage import CaseStage, recorded
from entrepot.views.changes import Snapshot

Hashes = dict[str, bool]
"""Transaction hash -> whether it was carried out."""


def play(stage: CaseStage) -> Iterator[Block]:
    """Goes from where the contracts stand to the case's end; each block as it came out: its own
    hash, its transactions as the node knows them, its events and its changes.

    The first one tells of all blocks up to it.
    """
    state = stage.state()
    nothing: Snapshot = {table: {} for table in state}
    cursor, events = stage.happenings(None)
    first = stage.case.block(stage.block)
    yield _found(first, stage, events=tuple(events), changes=recorded(nothing, state))
    for block in stage.case.blocks[stage.block :]:
        stage.forward(block)
        before, state = state, stage.state()
        cursor, events = stage.happenings(cursor)
        yield _found(block, stage, events=tuple(events), changes=recorded(before, state))


def _found(block: Block, stage: CaseStage, **led_to: object) -> Block:
    mined = stage.chain.ask("eth_getBlockReceipts", hex(block.number)) or ()
    carried_out: Hashes = {r["transactionHash"]: int(r["status"], 16) == 1 for r in mined}
    transactions = tuple(
        msgspec.structs.replace(t, hash=found, ok=carried_out[found])
        for t, found in zip(block.transactions, carried_out, strict=False)
    )
    return msgspec.structs.replace(
        block, hash=stage.chain.hash, transactions=transactions, **led_to
    )
