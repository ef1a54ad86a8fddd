"""How often each participant has asked in the minute under way: one row each, and one question."""

# ruff: noqa: S608 (nothing in these statements is anybody's words)

from typing import Any

from sqlalchemy import column, text

from entrepot.store.asking import Question
from entrepot.store.session import Store

WINDOW_S = 60


def counted(who: str) -> str:
    """SQL that counts one request more of whom the query `who` selects, and returns how many that
    makes. Parameters: those of `counting`."""
    return (
        "INSERT INTO request_count AS known (participant_id, policy, began_at, used)"
        " SELECT participant_id, CAST(:policy AS text), CAST(:began_at AS bigint), 1"
        f" FROM ({who}) AS whose ON CONFLICT (participant_id, policy) DO UPDATE"
        " SET began_at = excluded.began_at, used = CASE WHEN known.began_at = excluded.began_at"
        " THEN known.used + 1 ELSE 1 END RETURNING used"
    )


def counting(policy: str, now: int) -> dict[str, Any]:
    """now: unix seconds."""
    return {"policy": policy, "began_at": now - now % WINDOW_S}


def count(store: Store, participant_id: bytes, policy: str, now: int) -> int:
    """Counts one request more, and tells how many that makes since the minute began."""
    asked = {"participant_id": participant_id, **counting(policy, now)}
    return int(store.at_once(_COUNT, **asked)[0].used)


_COUNT = Question(
    text(counted("SELECT CAST(:participant_id AS bytea) AS participant_id")).columns(column("used"))
)
