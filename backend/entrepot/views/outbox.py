"""Calls of ours that are not settled yet, for whoever looks after the worker."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from entrepot.store.tables import Outbox, OutboxState
from entrepot.views.values import hexed, rfc3339

WAITING: Sequence[str] = (OutboxState.QUEUED, OutboxState.SIGNED, OutboxState.SENT)
UNSETTLED: Sequence[str] = (*WAITING, OutboxState.MINED)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """`key` names the call for `entrepot outbox cancel`. not_before: the chain time that it waits
    for; error: what the chain or the node said last."""

    key: str
    verb: str
    state: str
    sender: str
    nonce: int | None
    attempts: int
    created_at: datetime
    not_before: str | None
    cancel: bool
    error: dict[str, object]


def calls(
    session: Session, states: Sequence[str] = UNSETTLED, limit: int = 100
) -> tuple[CallView, ...]:
    """Calls in these states, oldest first."""
    query = (
        select(Outbox).where(col(Outbox.state).in_(states)).order_by(col(Outbox.id)).limit(limit)
    )
    return tuple(
        CallView(
            key=row.key,
            verb=row.verb,
            state=row.state,
            sender=hexed(row.sender),
            nonce=row.nonce,
            attempts=row.attempts,
            created_at=row.created_at,
            not_before=rfc3339(row.not_before),
            cancel=row.cancel,
            error=row.error,
        )
        for row in session.exec(query)
    )
