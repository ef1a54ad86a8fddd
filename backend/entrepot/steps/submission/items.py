"""What became of each thing of a message that holds many: an answer for each, as in HTTP 207."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from entrepot.domain.errors import DomainError
from entrepot.store.session import Session

Status = Literal["accepted", "duplicate", "ignored", "refused"]


@dataclass(slots=True, kw_only=True)
class Item:
    """One thing that was sent.

    id: its sender's own name for it, "" when it could not be read. reason: why it proves nothing.
    problem: why it is refused: a stable code, and words. operation_id: its own, where it has one.
    evidence_ids: the facts that rest on it;
    withdrawn: those that it takes back.
    """

    index: int
    id: str = ""
    status: Status = "accepted"
    reason: str | None = None
    problem: dict[str, str] | None = None
    document_id: str | None = None
    order_id: str | None = None
    operation_id: str | None = None
    evidence_ids: list[str] = field(default_factory=list[str])
    withdrawn: list[str] = field(default_factory=list[str])

    def ignore(self, reason: str) -> None:
        """It is kept or not, and proves nothing; a duplicate stays one."""
        if self.status == "accepted":
            self.status = "ignored"
        self.reason = reason

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "index": self.index,
            "id": self.id,
            "status": self.status,
            "reason": self.reason,
            "problem": self.problem,
            "document_id": self.document_id,
            "order_id": self.order_id,
            "operation_id": self.operation_id,
            "evidence_ids": self.evidence_ids,
            "withdrawn": self.withdrawn,
        }


def take(session: Session, items: Sequence[Item], act: Callable[[Item], None]) -> None:
    """Takes each item by itself: one that is refused leaves no trace and stops no other.

    What is sent alone is refused as any request is: the problem is raised.
    """
    for item in items:
        try:
            with session.begin_nested():
                act(item)
        except DomainError as error:
            if len(items) == 1:
                raise
            refuse(item, error)


def refuse(item: Item, error: DomainError) -> None:
    item.status = "refused"
    item.problem = {
        "code": error.code,
        "detail": str(error),
        "mend": str(getattr(error, "mend", "")),
    }


def summary(items: Sequence[Item]) -> dict[str, Any]:
    """The result of an operation on many: each item, and how many went which way."""
    counts = {"accepted": 0, "duplicate": 0, "ignored": 0, "refused": 0}
    for item in items:
        counts[item.status] += 1
    return {
        "items": [item.told() for item in items],
        "counts": counts,
        "evidence_ids": list(dict.fromkeys(one for each in items for one in each.evidence_ids)),
        "withdrawn": list(dict.fromkeys(one for each in items for one in each.withdrawn)),
    }
