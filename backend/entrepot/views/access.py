"""For whom a person or a plain token speaks, as long as it does."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from entrepot.bindings.participants import ParticipantState
from entrepot.store.tables import Participant, Person, Token
from entrepot.views.values import Parties, Party, roles


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The participant that somebody speaks for, its roles in the trade, by which key of theirs, and
    what they may do."""

    participant_id: bytes
    participant: Party
    label: str
    key: bytes | None
    scopes: frozenset[str]
    roles: tuple[str, ...] = ()


def person_of(session: Session, person_id: bytes) -> Holder | None:
    """None when there is no such person, it is out, or its participant is not active."""
    person = session.get(Person, person_id)
    if person is None or person.disabled_at is not None:
        return None
    return _holder(session, person)


def holder_of(session: Session, token_sha256: bytes, now: datetime) -> Holder | None:
    """None when there is no such token, it has ended, or its participant is not active."""
    token = session.get(Token, token_sha256)
    if token is None or token.revoked_at is not None or token.expires_at <= now:
        return None
    return _holder(session, token)


def _holder(session: Session, row: Token | Person) -> Holder | None:
    participant = session.get(Participant, row.participant_id)
    if participant is None or participant.state != ParticipantState.ACTIVE.name:
        return None
    return Holder(
        participant_id=row.participant_id,
        participant=Parties(session, [row.participant_id])[row.participant_id],
        label=row.label,
        key=row.key_address,
        scopes=frozenset(row.scopes),
        roles=roles(participant.roles),
    )
