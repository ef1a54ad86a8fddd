"""Outbox rows and lanes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import cast

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    Interval,
    LargeBinary,
    all_,
    bindparam,
    column,
    exists,
    func,
    literal,
    or_,
    update,
    values,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select, SelectOfScalar

from entrepot.chain.answers import Receipt
from entrepot.store.asking import Question, ask
from entrepot.store.tables import Block, Lane, Outbox, OutboxState, Replaced

UNDER_WAY = (OutboxState.QUEUED, OutboxState.SIGNED, OutboxState.SENT)
IN_FLIGHT = (OutboxState.SIGNED, OutboxState.SENT)
LOST = (OutboxState.FAILED, OutboxState.REVERTED)
PAUSES_MAX = 12
RESENT_MAX = 16
TOO_CHEAP = ("Underpriced", "ReplacementUnderpriced")


@dataclass(frozen=True, slots=True)
class Work:
    """Whether there is anything to sign, to hand over, or to look up."""

    queued: bool
    in_flight: bool
    mined: bool
    unwanted: bool


def work(session: Session) -> Work:
    """One small question, for the many times when there is nothing to do."""
    return Work(*ask(session, _WORK)[0])


def _in(*states: str, of: type[Outbox] = Outbox) -> ColumnElement[bool]:
    """Spelled out in the statement, so that the index over what is open serves it."""
    return col(of.state).in_([literal(state, literal_execute=True) for state in states])


def _work() -> Select[bool, bool, bool, bool]:
    queued, signed, sent, mined = (
        exists().where(_in(state)) for state in (*UNDER_WAY, OutboxState.MINED)
    )
    unwanted = exists().where(_in(*IN_FLIGHT), col(Outbox.cancel))
    return select(
        queued.label("queued"),
        or_(signed, sent).label("in_flight"),
        mined.label("mined"),
        unwanted.label("unwanted"),
    )


_WORK = Question(_work())


@dataclass(frozen=True, slots=True)
class Flight:
    """What a sender has on its way: how many calls, the most attempts that one of them took, and
    when one of them was last mined."""

    count: int
    attempts: int
    moved_at: datetime | None


def flights(session: Session) -> dict[bytes, Flight]:
    """By sender."""
    query = (
        select(Outbox.sender, func.count(), func.max(Outbox.attempts), func.max(Lane.moved_at))
        .join(Lane, col(Lane.sender) == col(Outbox.sender))
        .where(_in(*IN_FLIGHT))
        .group_by(col(Outbox.sender))
    )
    return {sender: Flight(int(n), int(most), at) for sender, n, most, at in session.exec(query)}


def ready(
    session: Session, next_time: int, shut: Sequence[bytes], limit: int
) -> list[tuple[int, bytes]]:
    """Queued rows with their senders, none of those who are `shut`, that wait for no earlier row of
    their operation nor for a chain time later than that of the next block; the urgent ones first.
    Nothing is locked."""
    asked = {"next_time": next_time, "shut": list(shut), "limit": limit}
    return [(row.id, row.sender) for row in ask(session, _READY, **asked)]


def _ready() -> Select[int, bytes]:
    number = cast("int", Outbox.id)
    return (
        select(number, Outbox.sender)
        .where(_in(OutboxState.QUEUED), ~_is_blocked(), _is_due())
        .where(
            col(Outbox.sender) != all_(bindparam("shut", type_=ARRAY(LargeBinary), required=False))
        )
        .order_by(col(Outbox.priority), col(Outbox.id))
        .limit(bindparam("limit", required=False))
    )


def take(session: Session, numbers: Sequence[int]) -> list[Outbox]:
    """Those of the rows that are still queued and in nobody's hand, locked; urgent ones first."""
    return list(session.exec(_take(), params={"numbers": list(numbers)}))


@cache
def _take() -> SelectOfScalar[Outbox]:
    return (
        select(Outbox)
        .where(col(Outbox.id).in_(bindparam("numbers", expanding=True)))
        .where(_in(OutboxState.QUEUED))
        .order_by(col(Outbox.priority), col(Outbox.id))
        .with_for_update(skip_locked=True)
    )


def _is_blocked() -> ColumnElement[bool]:
    earlier = aliased(Outbox)
    return exists().where(
        col(earlier.operation_id) == col(Outbox.operation_id),
        col(earlier.id) < col(Outbox.id),
        col(earlier.state).in_(UNDER_WAY),
    )


def _is_due() -> ColumnElement[bool]:
    """A row that is to wait and doesn't know yet until when is not due."""
    asked = col(Outbox.wait_s).is_(None) & col(Outbox.not_before).is_(None)
    return asked | (col(Outbox.not_before) <= bindparam("next_time", required=False))


_READY = Question(_ready())


def waiting_after(session: Session, rows: Sequence[Outbox]) -> list[tuple[Outbox, Outbox]]:
    """Each row of these operations that is to wait, with the one of `rows` that it waits after."""
    before = {row.operation_id: row for row in rows}
    if not before:
        return []
    query = (
        select(Outbox)
        .where(col(Outbox.operation_id).in_(before), col(Outbox.wait_s).is_not(None))
        .with_for_update()
    )
    found = [(row, before[row.operation_id]) for row in session.exec(query)]
    return [(row, earlier) for row, earlier in found if (row.id or 0) > (earlier.id or 0)]


def abandon_after(session: Session, lost: Sequence[Outbox]) -> None:
    """What would have followed these calls in their operations is given up."""
    earlier = {row.operation_id: row.id or 0 for row in lost}
    if not earlier:
        return
    query = (
        select(Outbox)
        .where(col(Outbox.operation_id).in_(earlier), _in(OutboxState.QUEUED))
        .with_for_update()
    )
    for row in session.exec(query):
        if (row.id or 0) > earlier[row.operation_id]:
            row.state, row.error = OutboxState.FAILED, {"name": "EarlierCallFailed"}


def open_lanes(session: Session, next_nonces: Mapping[bytes, int]) -> None:
    """Lanes of senders that have sent nothing yet; another worker may have been faster."""
    if next_nonces:
        rows = [{"sender": sender, "next_nonce": n} for sender, n in next_nonces.items()]
        session.exec(insert(Lane).values(rows).on_conflict_do_nothing())


def lead(session: Session, senders: Sequence[bytes]) -> dict[bytes, Lane]:
    """The lanes that nobody else leads at this moment; ours until this transaction ends."""
    found = session.exec(_lead(), params={"senders": list(senders)})
    return {lane.sender: lane for lane in found}


@cache
def _lead() -> SelectOfScalar[Lane]:
    return (
        select(Lane)
        .where(col(Lane.sender).in_(bindparam("senders", expanding=True)))
        .order_by(col(Lane.sender))
        .with_for_update(skip_locked=True)
    )


def lead_flying(session: Session) -> list[bytes]:
    """As `lead`, of all lanes that have something on its way."""
    return [row.sender for row in ask(session, _LEAD_FLYING)]


def _lead_flying() -> SelectOfScalar[bytes]:
    flying = exists().where(col(Outbox.sender) == col(Lane.sender), _in(*IN_FLIGHT))
    query = select(Lane.sender).where(flying).order_by(col(Lane.sender))
    return query.with_for_update(skip_locked=True)


_LEAD_FLYING = Question(_lead_flying())


def move(session: Session, senders: Sequence[bytes], now: datetime) -> None:
    """One of their calls was mined."""
    session.exec(update(Lane).where(col(Lane.sender).in_(senders)).values(moved_at=now))


def to_send(
    session: Session,
    senders: Sequence[bytes],
    now: datetime,
    resend_after: timedelta,
    next_time: int,
    limit: int,
) -> list[Outbox]:
    """Signed rows of these senders, and sent ones that nobody has mined for long enough. What a
    fork has put back waits once more for what it had waited for."""
    asked = {
        "senders": list(senders),
        "now": now,
        "pause": resend_after,
        "next_time": next_time,
        "limit": limit,
    }
    return list(session.exec(_to_send(), params=asked))


@cache
def _to_send() -> SelectOfScalar[Outbox]:
    return (
        select(Outbox)
        .where(col(Outbox.sender).in_(bindparam("senders", expanding=True)), _is_to_send())
        .order_by(col(Outbox.priority), col(Outbox.sender), col(Outbox.nonce))
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)
    )


def _is_to_send() -> ColumnElement[bool]:
    """Sent in vain: after one pause at first, then after two, up to PAUSES_MAX; only the first of
    a lane, since the others can't be mined before these."""
    pauses = func.least(func.greatest(Outbox.attempts, 1), PAUSES_MAX)
    now = bindparam("now", type_=DateTime(timezone=True))
    pause_over = col(Outbox.sent_at) + pauses * bindparam("pause", type_=Interval) < now
    quiet = pause_over | (col(Outbox.sent_at) > now)  # a clock was put back since
    other = aliased(Outbox)
    lowest = (
        select(other.sender, func.min(other.nonce).label("nonce"))
        .where(_in(*IN_FLIGHT, of=other))
        .group_by(col(other.sender))
        .subquery()
    )
    first = exists().where(
        lowest.c.sender == col(Outbox.sender),
        col(Outbox.nonce) < lowest.c.nonce + RESENT_MAX,
    )
    return (_in(OutboxState.SIGNED) | (_in(OutboxState.SENT) & quiet & first)) & ~(
        col(Outbox.wait_s).is_not(None) & (_is_blocked() | ~_is_due())
    )


def stale(session: Session, attempts: int, limit: int) -> list[Outbox]:
    """Sent rows whose bytes may be replaced: refused as too cheap, sent in vain that often, or not
    wanted any more; in the order of their nonces."""
    query = (
        select(Outbox)
        .where(
            _in(*IN_FLIGHT),
            col(Outbox.cancel)
            | (col(Outbox.attempts) >= attempts)
            | col(Outbox.error)["name"].astext.in_(TOO_CHEAP),
        )
        .order_by(col(Outbox.sender), col(Outbox.nonce))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.exec(query))


def sent_by(session: Session) -> list[bytes]:
    """Who has calls whose receipt is awaited."""
    return list(session.exec(select(Outbox.sender).where(_in(OutboxState.SENT)).distinct()))


def unsettled(
    session: Session, spent: Mapping[bytes, int], final: int, head: int, limit: int
) -> list[Outbox]:
    """Rows whose receipt is to be looked at: sent ones whose nonce is spent, and mined ones that
    may be final by now, or whose block the node does not have any more. spent: by sender, the first
    nonce that is not."""
    doubtful = (col(Outbox.block_number) <= final) | (col(Outbox.block_number) > head)
    query = select(Outbox).where(_in(OutboxState.MINED), doubtful)
    mined = query.order_by(col(Outbox.id)).limit(limit).with_for_update(skip_locked=True)
    rows = list(session.exec(mined))
    if spent:
        lanes = values(
            column("sender", LargeBinary), column("spent", BigInteger), name="lanes"
        ).data(list(spent.items()))
        sent = (
            select(Outbox)
            .join(lanes, lanes.c.sender == col(Outbox.sender))
            .where(_in(OutboxState.SENT), col(Outbox.nonce) < lanes.c.spent)
            .order_by(col(Outbox.id))
            .limit(limit)
            .with_for_update(skip_locked=True, of=Outbox)
        )
        rows += session.exec(sent)
    return rows


def indexed(session: Session, receipts: Iterable[Receipt]) -> set[bytes]:
    """The blocks of these receipts that are indexed; they stay so until this transaction ends."""
    failed = {one.block_number: one.block_hash for one in receipts}
    query = select(Block.hash).where(col(Block.number).in_(failed))
    return set(session.exec(query.with_for_update(read=True, key_share=True)))


def replaced(session: Session, rows: Sequence[Outbox]) -> dict[int, list[Replaced]]:
    """By row: the other bytes of its nonce, which may be mined in its stead."""
    nonces = {row.id: row.nonce for row in rows}
    found: dict[int, list[Replaced]] = {}
    for one in session.exec(select(Replaced).where(col(Replaced.outbox_id).in_(nonces))):
        if one.nonce == nonces[one.outbox_id]:
            found.setdefault(one.outbox_id, []).append(one)
    return found


def add_replaced(session: Session, row: Outbox, why: str, now: datetime) -> None:
    """Keeps the row's bytes, before others take their place."""
    session.merge(
        Replaced(
            tx_hash=row.tx_hash or b"",
            outbox_id=row.id or 0,
            nonce=row.nonce or 0,
            raw=row.raw or b"",
            why=why,
            replaced_at=now,
        )
    )


def lowest_in_flight(session: Session, senders: Sequence[bytes]) -> dict[bytes, int]:
    query = (
        select(Outbox.sender, func.min(Outbox.nonce))
        .where(col(Outbox.sender).in_(senders), _in(*IN_FLIGHT))
        .group_by(col(Outbox.sender))
    )
    return {sender: nonce or 0 for sender, nonce in session.exec(query)}


def nonces_of_ours(session: Session, sender: bytes, first: int, last: int) -> set[int]:
    """Which nonces from `first` to before `last` are a row's."""
    query = select(Outbox.nonce).where(
        Outbox.sender == sender, col(Outbox.nonce) >= first, col(Outbox.nonce) < last
    )
    return {nonce for nonce in session.exec(query) if nonce is not None}
