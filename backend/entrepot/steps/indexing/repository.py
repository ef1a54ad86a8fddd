"""Blocks and logs as rows, and the rows that a fork takes away."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import sqlalchemy
from sqlalchemy import Select, func, tuple_, update
from sqlmodel import Session, col, delete, select

from entrepot.chain.alike import Run
from entrepot.chain.answers import Block as SeenBlock
from entrepot.chain.answers import Log as SeenLog
from entrepot.kit.abi import Event
from entrepot.store import bulk
from entrepot.store.asking import Question, ask_all
from entrepot.store.session import LEAD
from entrepot.store.tables import (
    PROJECTIONS,
    Block,
    Decision,
    Log,
    Network,
    Outbox,
    OutboxState,
    Progress,
)


def network(session: Session) -> Network | None:
    return session.get(Network, 1)


def pin(session: Session, chain_id: int, genesis_hash: bytes, first_block: int) -> None:
    session.add(
        Network(id=1, chain_id=chain_id, genesis_hash=genesis_hash, first_block=first_block)
    )


def calls_of(session: Session, hashes: Iterable[bytes]) -> Sequence[Outbox]:
    """Our calls that are one of these transactions. One that is mined at once may not have been
    written down as sent yet, and one of a block that came meanwhile may be final already."""
    states = (OutboxState.SIGNED, OutboxState.SENT, OutboxState.MINED, OutboxState.FINAL)
    query = select(Outbox).where(col(Outbox.state).in_(states), col(Outbox.tx_hash).in_(hashes))
    return session.exec(query).all()


def keep_final(session: Session, final_block: int) -> None:
    """Final is final: a chain that is shorter for a while takes nothing of that back."""
    floor = func.greatest(Network.final_block, final_block)
    session.exec(update(Network).values(final_block=floor))


@dataclass(frozen=True, slots=True)
class Last:
    """The last indexed block."""

    number: int
    hash: bytes


def lead(session: Session) -> tuple[bool, Last | None]:
    """Whether indexing is ours until this transaction ends, and the checkpoint if there is one."""
    (led,), blocks = ask_all(session, [(LEAD, {"role": "indexing"}), (_LAST, {})])
    return led.taken, Last(*blocks[0]) if blocks else None


_LAST = Question(
    select(col(Block.number), col(Block.hash)).order_by(col(Block.number).desc()).limit(1)
)


def newest_blocks(session: Session, count: int) -> list[tuple[int, bytes]]:
    """Numbers and hashes of the last blocks, from the newest downwards."""
    query = select(Block.number, Block.hash).order_by(col(Block.number).desc()).limit(count)
    return list(session.exec(query).all())


def hash_of(session: Session, number: int) -> bytes | None:
    return session.exec(select(Block.hash).where(Block.number == number)).first()


def add_blocks(session: Session, blocks: Sequence[SeenBlock]) -> None:
    bulk.add(session, Block, [(b.number, b.hash, b.parent_hash, b.timestamp) for b in blocks])


def add_logs(session: Session, rows: bytes) -> None:
    """Logs that were packed."""
    bulk.copy(session, Log, rows)


def packed_logs(logs: Sequence[SeenLog], events: Sequence[Event]) -> bytes:
    """Logs, each with the event that it tells, as rows."""
    return bulk.packed(
        Log,
        [
            (
                log.block_number,
                log.log_index,
                log.transaction_hash,
                log.address,
                event.abi.contract,
                event.abi.name,
                stream_of(log.topics),
                log.topics,
                log.data,
            )
            for log, event in zip(logs, events, strict=True)
        ],
    )


def packed_run(run: Run) -> bytes:
    """The rows of like logs."""
    abi, count = run.event.abi, len(run)
    topic = np.broadcast_to(np.frombuffer(abi.topic, np.uint8), (count, 1, 32))
    columns = {
        "block_number": run.numbers,
        "log_index": run.indexes,
        "tx_hash": run.transactions,
        "address": run.address,
        "contract": abi.contract,
        "event": abi.name,
        "stream": run.streams,
        "topics": np.concatenate([topic, run.topics], axis=1),
        "data": run.data.reshape(count, -1),
    }
    return bulk.packed_columns(Log, columns, count)


def stream_of(topics: Sequence[bytes]) -> bytes:
    """Topic 1 names the aggregate that an event is about; zeros when an event has none."""
    return topics[1] if len(topics) > 1 else bytes(32)


def touched_streams(session: Session, first: int) -> list[bytes]:
    """The streams that have a log in block `first` or later."""
    query = select(Log.stream).where(Log.block_number >= first).distinct()
    return list(session.exec(query))


def forget_blocks(session: Session, first: int) -> None:
    """Deletes block `first` and later, with their logs, postings and decisions.

    What was decided at a later head was perhaps never looked at at the block that is now the head:
    the conditions are evaluated there again.
    """
    session.exec(delete(Log).where(col(Log.block_number) >= first))
    session.exec(delete(Block).where(col(Block.number) >= first))
    session.exec(
        update(Progress)
        .where(col(Progress.step) == "conditions", col(Progress.block_number) >= first)
        .values(block_number=first - 2)
    )
    session.exec(update(Progress).values(block_number=func.least(Progress.block_number, first - 1)))
    session.exec(
        update(Outbox)
        .where(col(Outbox.state).in_((OutboxState.MINED, OutboxState.REVERTED)))
        .where(col(Outbox.block_number) >= first)
        .values(state=OutboxState.SENT, block_number=None)
    )


def take_decisions(session: Session) -> list[dict[str, object]]:
    """Every decision, as values that outlive their rows."""
    return [row.model_dump() for row in session.exec(select(Decision))]


def put_decisions_back(session: Session, decisions: Sequence[dict[str, object]]) -> None:
    """Those whose very block is there again."""
    hashes = dict(session.exec(select(Block.number, Block.hash)).all())
    for values in decisions:
        if hashes.get(int(str(values["block_number"]))) == values["block_hash"]:
            session.add(Decision.model_validate(values))


def forget_streams(session: Session, streams: Sequence[bytes] | None) -> None:
    """Deletes the projections of these streams, or of all when None."""
    for table in PROJECTIONS:
        if streams is None:
            session.exec(delete(table))
        else:
            bulk.remove_streams(session, table, streams)


@dataclass(frozen=True, slots=True)
class Told:
    """A stored log, with the time of its block."""

    block_number: int
    log_index: int
    tx_hash: bytes
    address: bytes
    stream: bytes
    topics: list[bytes]
    data: bytes
    timestamp: int


def logs_after(session: Session, after: tuple[int, int], limit: int) -> list[Told]:
    """The next logs after a block and a place in it, in the order of the chain."""
    here = tuple_(col(Log.block_number), col(Log.log_index))
    return _told(session, _LOGS.where(here > after).limit(limit))


def logs_of_streams(session: Session, streams: Sequence[bytes]) -> list[Told]:
    """The logs of these streams, in the order of the chain."""
    return _told(session, _LOGS.where(col(Log.stream).in_(streams)))


def _told(session: Session, query: Select[*tuple[Any, ...]]) -> list[Told]:
    return [Told(*row) for row in session.connection().execute(query)]


_LOGS = (
    sqlalchemy.select(
        *(getattr(Log, field.name) for field in fields(Told)[:-1]), col(Block.timestamp)
    )
    .join(Block, col(Block.number) == col(Log.block_number))
    .order_by(col(Log.block_number), col(Log.log_index))
)
