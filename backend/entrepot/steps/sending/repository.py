"""Outbox rows and lanes."""

from datetime import datetime

from sqlalchemy import exists
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from entrepot.store.tables import Lane, Outbox, OutboxState

DONE = (OutboxState.MINED, OutboxState.FINAL)
LOST = (OutboxState.FAILED, OutboxState.REVERTED)


def ready(session: Session, limit: int) -> list[Outbox]:
    """Queued rows that wait for no earlier row of their operation, the urgent ones first. Rows that
    another worker has in hand are passed over."""
    earlier = aliased(Outbox)
    blocked = exists().where(
        col(earlier.operation_id) == col(Outbox.operation_id),
        col(earlier.id) < col(Outbox.id),
        col(earlier.state).not_in(DONE),
    )
    query = (
        select(Outbox)
        .where(Outbox.state == OutboxState.QUEUED, ~blocked)
        .order_by(col(Outbox.priority), col(Outbox.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.exec(query))


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


def to_send(session: Session, before: datetime, limit: int) -> list[Outbox]:
    """Signed rows, and sent ones that nobody has mined since `before`; in the order of nonces."""
    query = (
        select(Outbox)
        .where(
            (col(Outbox.state) == OutboxState.SIGNED)
            | ((col(Outbox.state) == OutboxState.SENT) & (col(Outbox.sent_at) < before))
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
