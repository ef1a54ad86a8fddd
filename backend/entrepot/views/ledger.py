"""Stored logs, decoded again into the words of the bindings."""

from sqlmodel import Session, col, select

from entrepot.chain.codec import decode_event
from entrepot.kit.abi import Event
from entrepot.store.tables import Block, Log


def event_of(log: Log) -> Event:
    """The event that the contract wrote; only our own contracts' logs are stored."""
    return decode_event(log.topics, log.data)


def times_of(session: Session, logs: list[Log]) -> dict[int, int]:
    """The unix seconds of the blocks that these logs are in."""
    numbers = {log.block_number for log in logs}
    blocks = session.exec(select(Block).where(col(Block.number).in_(numbers)))
    return {block.number: block.timestamp for block in blocks}
