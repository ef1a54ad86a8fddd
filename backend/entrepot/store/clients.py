"""Registered clients: machines, each with keys of its own, that speak for one participant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import col, select

from entrepot.store.session import Session
from entrepot.store.tables import Client, Participant

STANDING = text(
    "WITH fresh AS (INSERT INTO seen_proof (proof_sha256, expires_at)"
    " SELECT CAST(:proof AS bytea), CAST(:expires_at AS timestamptz)"
    " WHERE CAST(:proof AS bytea) IS NOT NULL ON CONFLICT DO NOTHING RETURNING 1)"
    " SELECT c.participant_id, coalesce(p.roles, 0) AS roles, c.label, c.key_address,"
    " c.scopes, c.thumbprints,"
    " c.disabled_at IS NULL AND coalesce(p.state, 'ACTIVE') = 'ACTIVE' AS holds,"
    " (SELECT count(*) FROM fresh) AS fresh, set_config('synchronous_commit', 'off', true)"
    " FROM client c LEFT JOIN participant p ON p.participant_id = c.participant_id"
    " WHERE c.client_id = :client_id"
)
"""One round trip for each request. Its commit is not waited for: what a power failure may forget is
less than a second of proofs, and each is bound to a key, a method and an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a client may do now, and whether its proof had not been seen before."""

    participant_id: bytes
    roles: int
    label: str
    key_address: bytes | None
    scopes: frozenset[str]
    thumbprints: frozenset[str]
    is_first: bool


def standing(
    session: Session, client_id: str, proof_sha256: bytes | None, expires_at: datetime | None
) -> Standing | None:
    """The client as it stands now; None when it is unknown or disabled, or its participant is not
    active. Notes the proof, if there is one."""
    asked = {"client_id": client_id, "proof": proof_sha256, "expires_at": expires_at}
    row = session.execute(STANDING, asked).first()
    if row is None or not row.holds:
        return None
    return Standing(
        participant_id=bytes(row.participant_id),
        roles=int(row.roles),
        label=row.label,
        key_address=None if row.key_address is None else bytes(row.key_address),
        scopes=frozenset(row.scopes),
        thumbprints=frozenset(row.thumbprints),
        is_first=row.fresh == 1,
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
