"""How often each participant has asked in the minute under way: one row each, and one question."""

from sqlalchemy import BigInteger, LargeBinary, String, bindparam, case
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from entrepot.store.asking import Question
from entrepot.store.session import Store
from entrepot.store.tables import RequestCount

WINDOW_S = 60


def count(store: Store, participant_id: bytes, policy: str, now: int) -> int:
    """Counts one request more, and tells how many that makes since the minute began."""
    began_at = now - now % WINDOW_S
    asked = {"participant_id": participant_id, "policy": policy, "began_at": began_at}
    return int(store.at_once(_COUNT, **asked)[0].used)


_new = insert(RequestCount).values(
    participant_id=bindparam("participant_id", type_=LargeBinary),
    policy=bindparam("policy", type_=String),
    began_at=bindparam("began_at", type_=BigInteger),
    used=1,
)
_same = col(RequestCount.began_at) == _new.excluded.began_at
_COUNT = Question(
    _new.on_conflict_do_update(
        index_elements=["participant_id", "policy"],
        set_={
            "began_at": _new.excluded.began_at,
            "used": case((_same, col(RequestCount.used) + 1), else_=1),
        },
    ).returning(col(RequestCount.used))
)
