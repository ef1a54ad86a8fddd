"""Answers kept for repeated requests, in the very transaction of what they answer (P6)."""

from datetime import datetime, timedelta

from sqlalchemy import text

from entrepot.store.session import Session
from entrepot.store.tables import IdempotencyRecord

KEPT_FOR = timedelta(days=7)


def claim(session: Session, participant_id: bytes, key: str) -> bool:
    """Takes the key until this transaction ends; False while a twin of the request has it."""
    name = f"idempotency:{participant_id.hex()}:{key}"
    taken = session.scalar(
        text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name}
    )
    return bool(taken)


def find(
    session: Session, participant_id: bytes, key: str, now: datetime
) -> IdempotencyRecord | None:
    """What the key was used for, unless that is longer ago than we keep it."""
    record = session.get(IdempotencyRecord, (participant_id, key))
    return None if record is None or record.created_at + KEPT_FOR <= now else record


def remember(session: Session, record: IdempotencyRecord) -> None:
    """Keeps the answer; it takes the place of one that is too old to count."""
    session.merge(record)
