"""Which tranches are due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, insert
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from entrepot.store.asking import Question, ask, ask_all, named
from entrepot.store.holds import HELD, RELEASING, is_held
from entrepot.store.outbox import Intent, put
from entrepot.store.session import LEAD
from entrepot.store.tables import (
    Block,
    Facility,
    Outbox,
    OutboxState,
    ReleaseRequest,
    Standing,
    Tranche,
)

UNDER_WAY = (OutboxState.QUEUED, OutboxState.SIGNED, OutboxState.SENT)


@dataclass(frozen=True, slots=True)
class Head:
    """The indexed head; `name` makes it part of a key."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class Due:
    """A tranche whose conditions are met. alone: it was asked for with others, and was not
    released."""

    financing_id: bytes
    terms: dict[str, Any]
    tranche: int
    alone: bool


def head(session: Session) -> Head | None:
    """None when releasing is somebody else's at the moment, or nothing is indexed yet."""
    (led,), blocks = ask_all(session, [(LEAD, {"role": RELEASING}), (_HEAD, {})])
    if not led.taken or not blocks:
        return None
    return Head(blocks[0].number, f"{blocks[0].number}:{blocks[0].hash.hex()}")


_HEAD = Question(
    select(col(Block.number), col(Block.hash)).order_by(col(Block.number).desc()).limit(1)
)


def due(session: Session, head: Head, limit: int) -> list[Due]:
    """Pending tranches whose conditions are met, that no lender holds, and that have no request on
    its way, nor one that was refused at this head, nor one mined in a block that is not indexed
    yet."""
    asked = {"head": head.number, "suffix": f"@{head.name}", "limit": limit}
    return [Due(*row) for row in ask(session, _DUE, **asked)]


def _due() -> Select[bytes, dict[str, Any], int, bool]:
    of_this = (
        col(ReleaseRequest.financing_id) == col(Standing.financing_id),
        col(ReleaseRequest.tranche) == col(Standing.tranche),
        col(Outbox.id) == col(ReleaseRequest.outbox_id),
    )
    asked = exists().where(
        *of_this,
        col(Outbox.state).in_(UNDER_WAY)
        | (col(Outbox.block_number) > bindparam("head", required=False))
        | col(Outbox.key).endswith(bindparam("suffix", required=False)),
    )
    taken_back = col(Outbox.error)["name"].astext.is_not_distinct_from(HELD["name"])
    in_vain = exists().where(*of_this, col(ReleaseRequest.together), ~taken_back)
    held = is_held(col(Standing.financing_id), col(Standing.tranche))
    return (
        select(
            col(Facility.financing_id),
            col(Facility.terms),
            col(Standing.tranche),
            in_vain.label("in_vain"),
        )
        .join(Standing, col(Standing.financing_id) == col(Facility.financing_id))
        .join(
            Tranche,
            (col(Tranche.financing_id) == col(Standing.financing_id))
            & (col(Tranche.position) == col(Standing.tranche)),
        )
        .where(col(Standing.met), col(Tranche.state) == "PENDING", ~asked, ~held)
        .order_by(col(Standing.block_number), col(Standing.financing_id), col(Standing.tranche))
        .limit(bindparam("limit", required=False))
    )


_DUE = Question(_due())


def request(session: Session, asked: Sequence[tuple[Intent, Sequence[Due]]], now: datetime) -> int:
    """Writes the requests that are new, and which tranches each asks for; answers for how many."""
    new = put(session, [intent for intent, _ in asked], now)
    noted = [(new[intent.key], group) for intent, group in asked if intent.key in new]
    notes = [
        (
            _NOTE,
            {
                "financing_id": one.financing_id,
                "tranche": one.tranche,
                "outbox_id": number,
                "together": len(group) > 1,
            },
        )
        for number, group in noted
        for one in group
    ]
    ask_all(session, notes)
    return len(notes)


_NOTE = Question(insert(ReleaseRequest).values(named(ReleaseRequest)))
