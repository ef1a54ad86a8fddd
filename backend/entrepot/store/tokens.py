"""Bearer tokens: kept only as their SHA-256."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from entrepot.store.session import Session
from entrepot.store.tables import Participant, Token

PREFIX = "ent_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """For whom a token speaks, with which key of theirs, and what it may do."""

    participant_id: bytes
    label: str
    key_address: bytes | None
    scopes: tuple[str, ...]
    expires_at: datetime


def new_token() -> str:
    """A token of 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def fingerprint(token: str) -> bytes:
    """Under which a token is found."""
    return hashlib.sha256(token.encode()).digest()


def keep(session: Session, token: str, grant: Grant) -> None:
    """Lets a token in; the same token again replaces its grant."""
    session.merge(
        Token(
            token_sha256=fingerprint(token),
            participant_id=grant.participant_id,
            label=grant.label,
            key_address=grant.key_address,
            scopes=list(grant.scopes),
            expires_at=grant.expires_at,
        )
    )


def find(session: Session, token: str, now: datetime) -> tuple[Token, int] | None:
    """The token's row while it holds, not ended, not revoked, its participant not suspended; and
    that participant's roles."""
    row = session.get(Token, fingerprint(token))
    if row is None or row.revoked_at is not None or row.expires_at <= now:
        return None
    participant = session.get(Participant, row.participant_id)
    if participant is None:
        return row, 0
    return (row, participant.roles) if participant.state == "ACTIVE" else None
