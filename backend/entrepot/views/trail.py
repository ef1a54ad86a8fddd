"""A member's trail, the newest entries first."""

from dataclasses import asdict, dataclass

from sqlmodel import Session, col, select

from entrepot.store.audit_trail import entry_of
from entrepot.store.tables import AuditEntry
from entrepot.views.cursors import BadCursor
from entrepot.views.values import hexed, page_size
from entrepot.views.words import ACTS


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
