"""Whom a transaction acts for, told to PostgreSQL as well, and when it looks further for a moment.

A transaction that acts for a participant runs in a role that owns nothing: `store.policies` cuts
every table to what the participant may see, whatever a query forgot to ask (P7). The worker, the
system itself and everything that is written act for nobody, and see everything.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

ROLE = "entrepot_participant"
_ACTING = "acting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """participant_id: for whom the transaction reads."""

    participant_id: bytes


def setting(acting: Acting) -> str:
    """The SQL that makes a transaction act so, until its end. Nothing in it is anybody's words."""
    return (
        f"SET LOCAL entrepot.participant = '{acting.participant_id.hex()}'; SET LOCAL ROLE {ROLE}"
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

    Whatever is given back must be cut to the participant by whoever looks.
    """
    acting = session.info.pop(_ACTING, None)
    if acting is None:
        yield
        return
    session.execute(text("SET LOCAL ROLE NONE"))
    yield
    act(session, acting)
