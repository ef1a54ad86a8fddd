"""Intents for the chain, each written in the transaction of the decision it follows from."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from entrepot.store.tables import Outbox

RELEASE_PRIORITY = 0
DEFAULT_PRIORITY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One call that a key of ours shall make.

    `key` names the effect, not the attempt: the same key is never sent twice.
    wait_s: seconds that must pass on the chain after the operation's call before this one is mined;
    not_before: or the chain time, if it is known already.
    """

    key: str
    operation_id: str
    verb: str
    sender: bytes
    target: bytes
    calldata: bytes
    participant_id: bytes | None = None
    priority: int = DEFAULT_PRIORITY
    wait_s: int | None = None
    not_before: int | None = None


def enqueue(session: Session, intent: Intent, now: datetime) -> bool:
    """Writes the intent unless its key is there already; answers whether it was new."""
    statement = (
        insert(Outbox)
        .values(
            key=intent.key,
            operation_id=intent.operation_id,
            participant_id=intent.participant_id,
            verb=intent.verb,
            sender=intent.sender,
            target=intent.target,
            calldata=intent.calldata,
            priority=intent.priority,
            wait_s=intent.wait_s,
            not_before=intent.not_before,
            state="QUEUED",
            attempts=0,
            error={},
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(col(Outbox.id))
    )
    return session.execute(statement).first() is not None


def of_operation(session: Session, operation_id: str) -> list[Outbox]:
    """The rows of one operation, in the order in which they were written."""
    query = select(Outbox).where(Outbox.operation_id == operation_id).order_by(col(Outbox.id))
    return list(session.exec(query))
