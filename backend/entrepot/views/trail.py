"""A member's trail, the newest entries first."""

from dataclasses import asdict, dataclass

from sqlmodel import Session, col, select

from entrepot.store.audit_trail import entry_of
from entrepot.store.tables import AuditEntry
from entrepot.views.cursors import BadCursor
from entrepot.views.values import hexed, page_size

ACTS = {
    "SIGNED_IN": "Signed in",
    "SIGNED_OUT": "Signed out",
    "APPROVED": "Approved a facility",
    "DECLINED": "Declined a facility",
    "HELD": "Put a facility on hold",
    "LIFTED": "Lifted the hold of a facility",
    "WROTE": "Wrote to the other side",
    "JUDGED_MATCH": "Judged a near match",
    "HELD_RELEASE": "Held a release",
    "RESUMED_RELEASE": "Resumed a release",
    "PROPOSED_POLICY": "Proposed a change of a policy",
    "CONFIRMED_POLICY": "Confirmed a change of a policy",
    "DECLINED_POLICY": "Declined a change of a policy",
    "WITHDREW_POLICY": "Took back a proposal",
    "LOOKED": "Looked at a facility",
    "EXPORTED": "Took the trail as a file",
}
"""What people do in the console."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailView:
    """words: what was done, in English. subject: an id, or ""."""

    number: int
    at: str
    actor: str
    act: str
    subject: str
    reason: str
    sha256: str

    @property
    def words(self) -> str:
        return ACTS[self.act]


def newest(
    session: Session, caller: bytes, after: str | None = None, limit: int = 50
) -> tuple[tuple[TrailView, ...], str | None]:
    """A page of the caller's own trail, and where the next begins. BadCursor for a foreign word."""
    query = select(AuditEntry).where(AuditEntry.participant_id == caller)
    if after is not None:
        if not after.isascii() or not after.isdecimal() or len(after) > 9:
            raise BadCursor(f"{after[:40]!r} is not a cursor of this list")
        query = query.where(col(AuditEntry.number) < int(after))
    size = page_size(limit)
    rows = session.exec(query.order_by(col(AuditEntry.number).desc()).limit(size + 1)).all()
    told = tuple(
        TrailView(**asdict(entry_of(row)), sha256=hexed(row.sha256)) for row in rows[:size]
    )
    return told, str(told[-1].number) if len(rows) > size else None
