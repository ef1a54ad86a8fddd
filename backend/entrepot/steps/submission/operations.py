"""What became of a request: its calls, and where each of them is on its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from entrepot.steps.submission import repository
from entrepot.store.session import Session
from entrepot.store.tables import Outbox, OutboxState

Status = Literal["pending", "succeeded", "failed"]
ON_CHAIN = (OutboxState.MINED, OutboxState.FINAL)
LOST = (OutboxState.FAILED, OutboxState.REVERTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionView:
    """One call. tx_hash: 0x-hex once it is signed; block: its height once it is mined."""

    verb: str
    status: str
    tx_hash: str | None
    block: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationView:
    """status: succeeded when every call is mined and folded into the projections.

    error: of the first call that was lost, as the outbox has it: contract, name, arguments.
    """

    operation_id: str
    verb: str
    status: Status
    transactions: tuple[TransactionView, ...]
    result: dict[str, Any]
    error: dict[str, Any] | None = field(default=None)


def get(session: Session, participant_id: bytes, operation_id: str) -> OperationView | None:
    """The participant's own operation; None when it is another's, or none at all."""
    operation = repository.operation(session, operation_id)
    if operation is None or operation.participant_id != participant_id:
        return None
    rows = repository.outbox_rows(session, operation_id)
    head = repository.head(session)
    return OperationView(
        operation_id=operation_id,
        verb=operation.verb,
        status=_status(rows, -1 if head is None else head.number),
        transactions=tuple(_transaction(row) for row in rows),
        result=dict(operation.result),
        error=next((dict(row.error) for row in rows if row.state in LOST), None),
    )


def calls(session: Session, operation_id: str) -> Sequence[Outbox]:
    """The calls of an operation, in their order."""
    return repository.outbox_rows(session, operation_id)


def _status(rows: Sequence[Outbox], indexed: int) -> Status:
    if any(row.state in LOST for row in rows):
        return "failed"
    done = all(
        row.state in ON_CHAIN and row.block_number is not None and row.block_number <= indexed
        for row in rows
    )
    return "succeeded" if done else "pending"


def _transaction(row: Outbox) -> TransactionView:
    return TransactionView(
        verb=row.verb,
        status=row.state,
        tx_hash=None if row.tx_hash is None else "0x" + row.tx_hash.hex(),
        block=row.block_number,
    )
