"""Logs that mean money, and the journal."""

from sqlalchemy import exists, func
from sqlmodel import Session, col, select

from entrepot.domain.journal import Entry
from entrepot.store.tables import (
    Block,
    Facility,
    FacilityLender,
    Log,
    Outbox,
    Posting,
    Progress,
)

STEP = "repayment"
EVENTS = ("Transfer", "TrancheReleased", "Repaid", "FinancingDefaulted", "FinancingWrittenOff")


def dealt_with(session: Session) -> int:
    progress = session.get(Progress, STEP)
    return -1 if progress is None else progress.block_number


def mark(session: Session, block_number: int) -> None:
    session.merge(Progress(step=STEP, block_number=block_number))


def next_blocks(session: Session, after: int, limit: int) -> int | None:
    """The last of the next `limit` indexed blocks after one, None when there are none."""
    query = (
        select(Block.number).where(Block.number > after).order_by(col(Block.number)).limit(limit)
    )
    numbers = list(session.exec(query))
    return numbers[-1] if numbers else None


def logs(session: Session, after: int, upto: int) -> list[Log]:
    query = (
        select(Log)
        .where(Log.block_number > after, Log.block_number <= upto)
        .where(col(Log.event).in_(EVENTS))
        .order_by(col(Log.block_number), col(Log.log_index))
    )
    return list(session.exec(query))


def book(session: Session, log: Log, entry: Entry) -> None:
    for line, posting in enumerate(entry.lines):
        session.add(
            Posting(
                block_number=log.block_number,
                log_index=log.log_index,
                line=line,
                account=posting.account,
                currency=entry.currency,
                amount_minor=posting.amount_minor,
                memo=entry.memo,
            )
        )


def late(session: Session, limit: int) -> list[Facility]:
    """Facilities whose time is up by the newest block, and for which nobody has been asked yet."""
    now = select(func.max(Block.timestamp)).scalar_subquery()
    asked = exists().where(
        col(Outbox.key) == func.concat("overdue:", func.encode(Facility.financing_id, "hex"))
    )
    query = (
        select(Facility)
        .where(Facility.state == "RELEASED", col(Facility.overdue_after) < now, ~asked)
        .order_by(col(Facility.financing_id))
        .limit(limit)
    )
    return list(session.exec(query))


def currency_of(session: Session, financing_id: bytes) -> str:
    return session.get_one(Facility, financing_id).currency


def lenders(session: Session, financing_id: bytes) -> list[FacilityLender]:
    query = (
        select(FacilityLender)
        .where(FacilityLender.financing_id == financing_id)
        .order_by(col(FacilityLender.position))
    )
    return list(session.exec(query))


def drawn(session: Session, financing_id: bytes) -> int:
    """What the journal says has been released so far."""
    query = select(func.coalesce(func.sum(Posting.amount_minor), 0)).where(
        Posting.account == f"debt/{financing_id.hex()}", Posting.memo == "release"
    )
    return -int(session.exec(query).one())


def claims(session: Session, financing_id: bytes) -> list[tuple[bytes, int]]:
    """What the journal says each lender is owed."""
    stem = f"claim/{financing_id.hex()}/"
    query = (
        select(Posting.account, func.sum(Posting.amount_minor))
        .where(col(Posting.account).startswith(stem))
        .group_by(Posting.account)
        .order_by(Posting.account)
    )
    rows = session.exec(query)
    return [(account.removeprefix(stem).encode(), int(amount)) for account, amount in rows]
