"""Whom a transaction acts for, told to PostgreSQL as well, and when it looks further for a moment.

A transaction that acts for a participant runs in a role that owns nothing: `store.policies` cuts
every table to what the participant may see, whatever a query forgot to ask (P7). The worker, the
system itself and everything that is written act for nobody, and see everything.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel import Session

ROLE = "entrepot_participant"
CONSENT_ID = re.compile(r"con_[0-9a-f]{32}")
_ACTING = "acting"
_BEYOND = "beyond"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """participant_id: for whom the transaction reads. consent_id: by which consent, and then
    nothing but what that gives; today: the day it is asked on, UTC's."""

    participant_id: bytes
    consent_id: str = ""
    today: date = date.min


def setting(acting: Acting) -> str:
    """The SQL that makes a transaction act so, until its end. Nothing in it is anybody's words."""
    who, consent_id = acting.participant_id.hex(), acting.consent_id
    if not consent_id:
        return f"SET LOCAL entrepot.participant = '{who}'; SET LOCAL ROLE {ROLE}"
    if not CONSENT_ID.fullmatch(consent_id):
        raise ValueError("no consent has this id")
    return (
        "SET LOCAL entrepot.participant = ''; "
        f"SET LOCAL entrepot.third_party = '{who}'; "
        f"SET LOCAL entrepot.consent = '{consent_id}'; "
        f"SET LOCAL entrepot.today = '{acting.today.isoformat()}'; SET LOCAL ROLE {ROLE}"
    )


def act(session: Session, acting: Acting) -> None:
    """From here on the transaction acts for that participant only."""
    session.execute(text(setting(acting)))
    note(session, acting)


def note(session: Session, acting: Acting | None) -> None:
    """Remembers what was told to PostgreSQL in another way."""
    session.info[_ACTING] = acting


def acting_of(session: Session) -> Acting | None:
    """For whom it acts; None for the system itself."""
    acting: Acting | None = session.info.get(_ACTING)
    return acting


@contextmanager
def beyond(session: Session) -> Iterator[None]:
    """Looks at everybody's rows meanwhile: to reckon what is told as a sum, a state or a yes.

    Whatever is given back must be cut to the participant by whoever looks. Within itself it changes
    nothing: whoever looked further before goes on doing so.
    """
    acting = acting_of(session)
    if acting is None or session.info.get(_BEYOND):
        yield
        return
    session.execute(text("SET LOCAL ROLE NONE"))
    session.info[_BEYOND] = True
    try:
        yield
    finally:
        session.info[_BEYOND] = False
    act(session, acting)
