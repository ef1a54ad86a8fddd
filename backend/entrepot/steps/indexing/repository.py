"""Blocks and logs as rows, and the rows that a fork takes away."""

from collections.abc import Iterator, Sequence

from sqlalchemy import func, update
from sqlmodel import Session, col, delete, select

from entrepot.chain.answers import Block as SeenBlock
from entrepot.chain.answers import Log as SeenLog
from entrepot.kit.abi import Event
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


def last_block(session: Session) -> Block | None:
    return session.exec(select(Block).order_by(col(Block.number).desc()).limit(1)).first()


def stored_hashes(session: Session, upto: int) -> Iterator[tuple[int, bytes]]:
    """Numbers and hashes of the stored blocks from one downwards."""
    query = (
        select(Block.number, Block.hash)
        .where(Block.number <= upto)
        .order_by(col(Block.number).desc())
    )
    return iter(session.exec(query))


def add_blocks(session: Session, blocks: Sequence[SeenBlock]) -> None:
    session.add_all(
        Block(number=b.number, hash=b.hash, parent_hash=b.parent_hash, timestamp=b.timestamp)
        for b in blocks
    )
    session.flush()


def add_log(session: Session, log: SeenLog, event: Event) -> None:
    session.add(
        Log(
            block_number=log.block_number,
            log_index=log.log_index,
            tx_hash=log.transaction_hash,
            address=log.address,
            contract=event.abi.contract,
            event=event.abi.name,
            stream=stream_of(log.topics),
            topics=["0x" + topic.hex() for topic in log.topics],
            data=log.data,
        )
    )


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
        statement = delete(table)
        if streams is not None:
            statement = statement.where(col(table.stream).in_(streams))
        session.exec(statement)
    session.expire_all()


def logs_of_streams(session: Session, streams: Sequence[bytes] | None) -> Iterator[tuple[Log, int]]:
    """Logs with their block's time, in the order of the chain."""
    query = (
        select(Log, Block.timestamp)
        .join(Block, col(Block.number) == col(Log.block_number))
        .order_by(col(Log.block_number), col(Log.log_index))
    )
    if streams is not None:
        query = query.where(col(Log.stream).in_(streams))
    return iter(session.exec(query).all())
