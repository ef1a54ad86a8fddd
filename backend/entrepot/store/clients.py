"""Registered clients: machines, each with keys of its own, that speak for one participant."""

# ruff: noqa: S608 (nothing in these statements is anybody's words)

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import column, text
from sqlmodel import col, select

from entrepot.store.asking import Question
from entrepot.store.counting import counted
from entrepot.store.session import Session, Store
from entrepot.store.tables import Client, Participant

_STANDING = (
    "WITH fresh AS (INSERT INTO seen_proof (proof_sha256, expires_at)"
    " SELECT CAST(:proof AS bytea), CAST(:expires_at AS timestamptz)"
    " WHERE CAST(:proof AS bytea) IS NOT NULL ON CONFLICT DO NOTHING RETURNING 1),"
    " standing AS (SELECT c.participant_id, coalesce(p.roles, 0) AS roles, c.label, c.key_address,"
    " c.scopes, (CAST(:proof AS bytea) IS NULL OR EXISTS (SELECT FROM fresh)) AS is_first"
    " FROM client c LEFT JOIN participant p ON p.participant_id = c.participant_id"
    " WHERE c.client_id = :client_id AND c.disabled_at IS NULL"
    " AND coalesce(p.state, 'ACTIVE') = 'ACTIVE'"
    " AND jsonb_exists(c.thumbprints, CAST(:client_key AS text))),"
    f" counted AS ({counted('SELECT participant_id FROM standing WHERE is_first')})"
    " SELECT participant_id, roles, label, key_address, scopes, is_first,"
    " (SELECT used FROM counted) AS used, set_config('synchronous_commit', 'off', true)"
    " FROM standing"
)
STANDING = Question(
    text(_STANDING).columns(
        *(
            column(name)
            for name in (
                *("participant_id", "roles", "label", "key_address", "scopes", "is_first"),
                *("used", "commit"),
            )
        )
    )
)
"""One round trip for each request. Its commit is not waited for: what a power failure may forget is
less than a second of proofs, and each is bound to a key, a method and an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a client may do now, and whether its proof had not been seen before; then the request is
    counted. used: requests of its participant's in this minute."""

    participant_id: bytes
    roles: int
    label: str
    key_address: bytes | None
    scopes: frozenset[str]
    is_first: bool
    used: int


def standing(
    store: Store,
    client_id: str,
    client_key: str,
    proof: tuple[bytes, datetime] | None,
    counting: Mapping[str, Any],
) -> Standing | None:
    """The client as it stands now; None when it is unknown or disabled, its participant is not
    active, or it has no key of that thumbprint any more.

    proof: its SHA-256 and until when it must be remembered. counting: see `store.counting`.
    """
    sha256, expires_at = proof or (None, None)
    rows = store.at_once(
        STANDING,
        client_id=client_id,
        client_key=client_key,
        proof=sha256,
        expires_at=expires_at,
        **counting,
    )
    if not rows:
        return None
    row = rows[0]
    return Standing(
        participant_id=bytes(row.participant_id),
        roles=int(row.roles),
        label=row.label,
        key_address=None if row.key_address is None else bytes(row.key_address),
        scopes=frozenset(row.scopes),
        is_first=row.is_first,
        used=row.used or 0,
    )


def find(session: Session, client_id: str) -> Client | None:
    """A client that may ask for a token: not disabled, its participant not suspended."""
    client = session.get(Client, client_id)
    if client is None or client.disabled_at is not None:
        return None
    participant = session.get(Participant, client.participant_id)
    return client if participant is None or participant.state == "ACTIVE" else None


def own(session: Session, participant_id: bytes, client_id: str) -> Client | None:
    """A client of that participant, locked until the transaction ends."""
    query = select(Client).where(
        col(Client.client_id) == client_id, col(Client.participant_id) == participant_id
    )
    return session.exec(query.with_for_update()).first()


def keep(session: Session, client: Client) -> None:
    """Adds it; one of that id that is there stays as it is."""
    if session.get(Client, client.client_id) is None:
        session.add(client)


def use_keys(
    session: Session,
    client_id: str,
    jwks: Sequence[dict[str, object]],
    thumbprints: Sequence[str],
    now: datetime | None = None,
) -> None:
    """From now on it has these keys and no others. now: when they were fetched, if they were."""
    client = session.get_one(Client, client_id, with_for_update=True)
    client.jwks, client.thumbprints = list(jwks), list(thumbprints)
    client.fetched_at = now


def note_try(session: Session, client_id: str, now: datetime) -> None:
    """Its keys are about to be fetched."""
    session.get_one(Client, client_id, with_for_update=True).tried_at = now
