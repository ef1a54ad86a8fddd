"""Which tranches wait, and what was decided of them."""

from sqlalchemy import tuple_
from sqlmodel import Session, col, select

from entrepot.domain.terms import OPEN_STATES
from entrepot.store.tables import Block, Decision, Facility, Progress, Tranche

STEP = "conditions"


def head(session: Session) -> Block | None:
    """The last block that has been indexed."""
    return session.exec(select(Block).order_by(col(Block.number).desc()).limit(1)).first()


def dealt_with(session: Session) -> int:
    """The block up to which the conditions have been evaluated, -1 when none."""
    progress = session.get(Progress, STEP)
    return -1 if progress is None else progress.block_number


def mark(session: Session, block_number: int) -> None:
    session.merge(Progress(step=STEP, block_number=block_number))


def waiting(
    session: Session, after: tuple[Facility, Tranche] | None, limit: int
) -> list[tuple[Facility, Tranche]]:
    """The next tranches that could be released: pending ones of facilities whose money is there."""
    order = (Facility.requested_block, Tranche.financing_id, Tranche.position)
    query = (
        select(Facility, Tranche)
        .where(Tranche.financing_id == Facility.financing_id)
        .where(col(Facility.state).in_(OPEN_STATES))
        .where(Tranche.state == "PENDING")
        .order_by(*(col(column) for column in order))
        .limit(limit)
    )
    if after is not None:
        facility, tranche = after
        last = (facility.requested_block, tranche.financing_id, tranche.position)
        query = query.where(tuple_(*(col(column) for column in order)) > tuple_(*last))
    return [(facility, tranche) for facility, tranche in session.exec(query)]


def latest(session: Session, tranche: Tranche) -> Decision | None:
    query = (
        select(Decision)
        .where(Decision.financing_id == tranche.financing_id)
        .where(Decision.tranche == tranche.position)
        .order_by(col(Decision.block_number).desc())
        .limit(1)
    )
    return session.exec(query).first()
