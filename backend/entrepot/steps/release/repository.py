"""Which tranches are due."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import bindparam, exists
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

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

    facility: Facility
    tranche: int
    alone: bool


def head(session: Session) -> Head:
    block = session.exec(_HEAD).first()
    return Head(-1, "none") if block is None else Head(block[0], f"{block[0]}:{block[1].hex()}")


_HEAD = select(col(Block.number), col(Block.hash)).order_by(col(Block.number).desc()).limit(1)


def due(session: Session, head: Head, limit: int) -> list[Due]:
    """Pending tranches whose conditions are met, and that have no request on its way, nor one that
    was refused at this head, nor one mined in a block that is not indexed yet."""
    asked = {"head": head.number, "suffix": f"@{head.name}", "limit": limit}
    return [Due(one, tranche, alone) for one, tranche, alone in session.exec(_due(), params=asked)]


@cache
def _due() -> Select[Facility, int, bool]:
    """Made once: it takes longer to put together than to answer."""
    of_this = (
        col(ReleaseRequest.financing_id) == col(Standing.financing_id),
        col(ReleaseRequest.tranche) == col(Standing.tranche),
        col(Outbox.id) == col(ReleaseRequest.outbox_id),
    )
    asked = exists().where(
        *of_this,
        col(Outbox.state).in_(UNDER_WAY)
        | (col(Outbox.block_number) > bindparam("head"))
        | col(Outbox.key).endswith(bindparam("suffix")),
    )
    in_vain = exists().where(*of_this, col(ReleaseRequest.together))
    return (
        select(Facility, col(Standing.tranche), in_vain)
        .join(Standing, col(Standing.financing_id) == col(Facility.financing_id))
        .join(
            Tranche,
            (col(Tranche.financing_id) == col(Standing.financing_id))
            & (col(Tranche.position) == col(Standing.tranche)),
        )
        .where(col(Standing.met), col(Tranche.state) == "PENDING", ~asked)
        .order_by(col(Standing.block_number), col(Standing.financing_id), col(Standing.tranche))
        .limit(bindparam("limit"))
    )


def note(session: Session, row: Outbox, asked: Sequence[Due]) -> None:
    """Which tranches the call asks for."""
    session.add_all(
        ReleaseRequest(
            financing_id=one.facility.financing_id,
            tranche=one.tranche,
            outbox_id=row.id or 0,
            together=len(asked) > 1,
        )
        for one in asked
    )
