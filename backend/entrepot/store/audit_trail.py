"""The trail of each member: what its people did, each entry chained to the one before."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func
from sqlalchemy import select as plain
from sqlmodel import Session, col, select

from entrepot.domain.audit_trail import Entry, link, start
from entrepot.kit.clock import from_unix, rfc3339, to_unix
from entrepot.store.tables import AuditEntry


def append(
    session: Session,
    participant_id: bytes,
    now: datetime,
    actor: str,
    act: str,
    subject: str = "",
    reason: str = "",
) -> None:
    """The next entry. Holds the member's trail until the transaction ends: call it last."""
    name = f"audit trail {participant_id.hex()}"
    session.execute(plain(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
    query = select(AuditEntry).where(AuditEntry.participant_id == participant_id)
    last = session.exec(query.order_by(col(AuditEntry.number).desc()).limit(1)).first()
    row = AuditEntry(
        participant_id=participant_id,
        number=last.number + 1 if last else 1,
        at=to_unix(now),
        actor=actor,
        act=act,
        subject=subject,
        reason=reason,
        sha256=b"",
    )
    row.sha256 = link(last.sha256 if last else start(participant_id.decode("ascii")), entry_of(row))
    session.add(row)
    session.flush()


def whole(session: Session, participant_id: bytes) -> Sequence[AuditEntry]:
    """All of a member's entries, from the first."""
    query = select(AuditEntry).where(AuditEntry.participant_id == participant_id)
    return session.exec(query.order_by(col(AuditEntry.number))).all()


def entry_of(row: AuditEntry) -> Entry:
    """The row as it is hashed and written."""
    return Entry(
        number=row.number,
        at=rfc3339(from_unix(row.at)),
        actor=row.actor,
        act=row.act,
        subject=row.subject,
        reason=row.reason,
    )
