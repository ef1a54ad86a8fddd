"""Outbox rows and lanes."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from entrepot.store.tables import Lane, Outbox, OutboxState

DONE = (OutboxState.MINED, OutboxState.FINAL)
LOST = (OutboxState.FAILED, OutboxState.REVERTED)


def ready(session: Session, next_time: int, limit: int) -> list[Outbox]:
    """Queued rows that wait for no earlier row of their operation, nor for a chain time later than
    that of the next block, the urgent ones first. Rows that another worker has in hand are passed
    over."""
    query = (
        select(Outbox)
        .where(Outbox.state == OutboxState.QUEUED, ~_is_blocked(), _is_due(next_time))
        .order_by(col(Outbox.priority), col(Outbox.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.exec(query))


def _is_blocked() -> ColumnElement[bool]:
    earlier = aliased(Outbox)
    return exists().where(
        col(earlier.operation_id) == col(Outbox.operation_id),
        col(earlier.id) < col(Outbox.id),
        col(earlier.state).not_in(DONE),
    )


def _is_due(next_time: int) -> ColumnElement[bool]:
    """A row that is to wait and doesn't know yet until when is not due."""
    asked = col(Outbox.wait_s).is_(None) & col(Outbox.not_before).is_(None)
    return asked | (col(Outbox.not_before) <= next_time)


def waiting_after(session: Session, rows: Sequence[Outbox]) -> list[tuple[Outbox, Outbox]]:
    """Each row of these operations that is to wait, with the one of `rows` that it waits after."""
    before = {row.operation_id: row for row in rows}
    query = (
        select(Outbox)
        .where(col(Outbox.operation_id).in_(before), col(Outbox.wait_s).is_not(None))
        .with_for_update()
    )
    found = [(row, before[row.operation_id]) for row in session.exec(query)]
    return [(row, earlier) for row, earlier in found if (row.id or 0) > (earlier.id or 0)]


def abandoned(session: Session, limit: int) -> list[Outbox]:
    """Queued rows whose operation has already failed at an earlier row."""
    earlier = aliased(Outbox)
    lost = exists().where(
        col(earlier.operation_id) == col(Outbox.operation_id),
        col(earlier.id) < col(Outbox.id),
        col(earlier.state).in_(LOST),
    )
    query = (
        select(Outbox)
        .where(Outbox.state == OutboxState.QUEUED, lost)
        .order_by(col(Outbox.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.exec(query))


def lane(session: Session, sender: bytes) -> Lane | None:
    """The sender's lane, locked until this transaction ends."""
    query = select(Lane).where(Lane.sender == sender).with_for_update()
    return session.exec(query).first()


def open_lane(session: Session, sender: bytes, next_nonce: int) -> Lane:
    lane = Lane(sender=sender, next_nonce=next_nonce)
    session.add(lane)
    session.flush()
    return lane


def to_send(
    session: Session, before: datetime, now: datetime, next_time: int, limit: int
) -> list[Outbox]:
    """Signed rows, and sent ones that nobody has mined since `before`, or that a clock put right
    since then has in the future; in the order of nonces. What a fork has put back waits once more
    for what it had waited for."""
    query = (
        select(Outbox)
        .where(
            (col(Outbox.state) == OutboxState.SIGNED)
            | ((col(Outbox.state) == OutboxState.SENT) & ~col(Outbox.sent_at).between(before, now)),
            ~(col(Outbox.wait_s).is_not(None) & (_is_blocked() | ~_is_due(next_time))),
        )
        .order_by(col(Outbox.priority), col(Outbox.sender), col(Outbox.nonce))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.exec(query))


def unsettled(session: Session, final: int, limit: int) -> list[Outbox]:
    """Rows whose receipt is due to be looked at: sent ones, and mined ones that may be final."""
    query = (
        select(Outbox)
        .where(
            (col(Outbox.state) == OutboxState.SENT)
            | ((col(Outbox.state) == OutboxState.MINED) & (col(Outbox.block_number) <= final))
        )
        .order_by(col(Outbox.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.exec(query))
