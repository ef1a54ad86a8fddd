"""What people have begun in order to come in: known to every process, and ended once.

Whoever asks is not known yet. So each place keeps so many of them, and its oldest are forgotten:
who asks without end keeps out nobody but those of the same place.
"""

import secrets
from datetime import datetime
from typing import Any, Literal

from sqlmodel import col, delete, select

from entrepot.store.session import Session
from entrepot.store.tables import Ceremony

Kind = Literal["passkey", "provider"]

OPEN_MAX = 1_000
"""Of one place."""


def begin(
    session: Session, kind: Kind, place: bytes, said: dict[str, Any], ends_at: datetime
) -> str:
    """Keeps what an answer is held against; the name that the answer must give.

    place: see `entrepot.console.limits`.
    """
    name = secrets.token_urlsafe(32)
    session.add(Ceremony(name=name, kind=kind, place=place, said=said, ends_at=ends_at))
    session.flush()
    shorten(session, place, OPEN_MAX)
    return name


def end(session: Session, kind: Kind, name: str, now: datetime) -> dict[str, Any] | None:
    """What was kept under that name, which is gone with this; None when it was not, or too long."""
    query = delete(Ceremony).where(col(Ceremony.name) == name, col(Ceremony.kind) == kind)
    row = session.exec(query.returning(col(Ceremony.said), col(Ceremony.ends_at))).first()
    return row.said if row is not None and now < row.ends_at else None


def shorten(session: Session, place: bytes, count: int) -> None:
    """Forgets all of a place but its newest."""
    ranked = select(Ceremony.name).where(Ceremony.place == place)
    older = ranked.order_by(col(Ceremony.ends_at).desc()).offset(count)
    session.exec(delete(Ceremony).where(col(Ceremony.name).in_(older)))
