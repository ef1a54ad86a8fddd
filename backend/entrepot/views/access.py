"""For whom a bearer token speaks, as long as it does."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from entrepot.bindings.participants import ParticipantState
from entrepot.store.tables import Participant, Token
from entrepot.views.values import Parties, Party


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The participant that a token speaks for, by which key of theirs, and what it may do."""

    participant_id: bytes
    participant: Party
    label: str
    key: bytes | None
    scopes: frozenset[str]


def holder_of(session: Session, token_sha256: bytes, now: datetime) -> Holder | None:
    """None when there is no such token, it has ended, or its participant is not active."""
    token = session.get(Token, token_sha256)
    if token is None or token.revoked_at is not None or token.expires_at <= now:
        return None
    participant = session.get(Participant, token.participant_id)
    if participant is None or participant.state != ParticipantState.ACTIVE.name:
        return None
    return Holder(
        participant_id=token.participant_id,
        participant=Parties(session, [token.participant_id])[token.participant_id],
        label=token.label,
        key=token.key_address,
        scopes=frozenset(token.scopes),
    )
