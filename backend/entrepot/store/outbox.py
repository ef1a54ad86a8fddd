"""Intents for the chain, each written in the transaction of the decision it follows from."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.dialects.postgresql import Insert, insert
from sqlmodel import Session, col, select

from entrepot.store.asking import Question, ask_all, named
from entrepot.store.tables import Outbox, OutboxState

RELEASE_PRIORITY = 0
DEFAULT_PRIORITY = 5


def release_operation(verb: str, name: str) -> str:
    """The operation that releases what the name stands for, FINANCING:TRANCHE for one alone."""
    return f"{verb}-{name.replace(':', '-')}"


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
    return enqueue_all(session, [intent], now) == 1


def enqueue_all(session: Session, intents: Sequence[Intent], now: datetime) -> int:
    """Writes those whose key is not there already, in their order; answers how many."""
    if not intents:
        return 0
    return len(session.execute(_insert(intents, now).returning(col(Outbox.id))).all())


def write(session: Session, intent: Intent, now: datetime) -> Outbox | None:
    """As `enqueue`, and answers the new row."""
    return session.scalars(_insert([intent], now).returning(Outbox)).first()


def put(session: Session, intents: Sequence[Intent], now: datetime) -> dict[str, int]:
    """As `enqueue_all`, and answers the new rows' ids by their keys."""
    rows = ask_all(session, [(_PUT, {**asdict(one), **_NEW, "created_at": now}) for one in intents])
    return {intent.key: row[0].id for intent, row in zip(intents, rows, strict=True) if row}


_NEW = {"state": OutboxState.QUEUED, "attempts": 0, "cancel": False, "error": "{}"}
_PUT = Question(
    insert(Outbox)
    .values(named(Outbox, "id", "nonce", "raw", "tx_hash", "block_number", "sent_at"))
    .on_conflict_do_nothing(index_elements=["key"])
    .returning(col(Outbox.id))
)


def _insert(intents: Sequence[Intent], now: datetime) -> Insert:
    rows = [
        {
            **asdict(intent),
            "state": OutboxState.QUEUED,
            "attempts": 0,
            "cancel": False,
            "error": {},
            "created_at": now,
        }
        for intent in intents
    ]
    return insert(Outbox).values(rows).on_conflict_do_nothing(index_elements=["key"])


def cancel(session: Session, key: str) -> bool:
    """Asks that the intent shall not happen any more; answers whether it was on its way.

    It may still: when it is mined before what takes its place. The row says in the end.
    """
    row = session.exec(select(Outbox).where(Outbox.key == key).with_for_update()).first()
    if row is None or row.state not in (OutboxState.QUEUED, OutboxState.SIGNED, OutboxState.SENT):
        return False
    row.cancel = True
    return True


def of_operation(session: Session, operation_id: str) -> list[Outbox]:
    """The rows of one operation, in the order in which they were written."""
    query = select(Outbox).where(Outbox.operation_id == operation_id).order_by(col(Outbox.id))
    return list(session.exec(query))
