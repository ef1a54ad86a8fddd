"""What was seen once is not taken again: proofs and assertions, kept while they would still hold.

In PostgreSQL rather than in memory, so that several processes of the API refuse as one.
"""

from datetime import datetime

from sqlalchemy import text

from entrepot.store.session import Session

SWEPT_AT_ONCE = 1_000


def first_seen(session: Session, proof_sha256: bytes, expires_at: datetime) -> bool:
    """Notes it; False when it was noted before. A twin under way is waited for."""
    found = session.scalar(
        text(
            "INSERT INTO seen_proof (proof_sha256, expires_at) VALUES (:proof, :expires_at)"
            " ON CONFLICT DO NOTHING RETURNING true"
        ),
        {"proof": proof_sha256, "expires_at": expires_at},
    )
    return found is not None


def sweep(session: Session, now: datetime) -> None:
    """Forgets some of those that nobody would take any more; never waits for another sweeper."""
    session.execute(
        text(
            "DELETE FROM seen_proof WHERE proof_sha256 IN (SELECT proof_sha256 FROM seen_proof"
            " WHERE expires_at < :now LIMIT :some FOR UPDATE SKIP LOCKED)"
        ),
        {"now": now, "some": SWEPT_AT_ONCE},
    )
