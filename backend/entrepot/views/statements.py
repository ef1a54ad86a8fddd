"""What repayments brought a participant: each payout to it, with where it stands on the chain.

Lines are read from the ledger's own logs, totals from the projection, so that each checks the
other. Only what no fork can take back is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Numeric, cast, func, literal
from sqlalchemy import select as select_columns
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Session, col, select

from entrepot.bindings.financing import Repaid
from entrepot.bindings.financings import PayoutKind
from entrepot.store.heights import heights
from entrepot.store.places import Place
from entrepot.store.tables import Block, Facility, Log, Payment
from entrepot.store.visibility import facilities_seen
from entrepot.views.ledger import event_of
from entrepot.views.values import Amount, amount, hexed, lei, page_size, rfc3339

OF_INTEREST = (PayoutKind.INTEREST, PayoutKind.PLATFORM_SHARE)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLineView:
    """One payout of a repayment. interest: all that the repayment paid of it, told with a part of
    it; share_bps: the platform's share of that, told with that share."""

    at: str | None
    block: int
    tx: str
    log_index: int
    facility_id: str
    order_id: str
    payer: str
    kind: str
    interest: Amount | None
    share_bps: int | None
    amount: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementTotalView:
    """month: UTC's, of chain time. payouts: how many."""

    month: str
    kind: str
    payouts: int
    amount: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementView:
    """items: of `limit` repayments. totals: of all that was asked for, whatever the page."""

    items: tuple[StatementLineView, ...]
    totals: tuple[StatementTotalView, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Of which kind, from when and until before when; unix seconds of chain time."""

    kind: str | None = None
    from_at: int | None = None
    until_at: int | None = None


def statement(
    session: Session,
    caller: bytes,
    asked: Period,
    *,
    finality: str,
    limit: int = 50,
    after: str | None = None,
) -> StatementView:
    """The caller's payouts, the oldest first. ValueError when `after` is no cursor of it."""
    size = page_size(limit)
    upto = heights(session, finality).final
    query = (
        select(Log, Block.timestamp, Facility)
        .join(Block, col(Block.number) == col(Log.block_number))
        .join(Facility, col(Facility.financing_id) == _topics()[3])
        .where(
            col(Log.contract) == "Financing",
            col(Log.event) == "Repaid",
            col(Log.stream) == col(Facility.stream),
            col(Log.block_number) <= upto,
            _paid(caller, asked),
            *_within(asked),
        )
        .order_by(col(Log.block_number), col(Log.log_index))
    )
    if after is not None:
        place = Place.read(after)
        query = query.where(
            (col(Log.block_number) > place.block)
            | (col(Log.block_number) == place.block) & (col(Log.log_index) > place.rank)
        )
    rows = session.exec(query.where(facilities_seen(session, caller)).limit(size + 1)).all()
    shown = rows[:size]
    return StatementView(
        items=tuple(line for row in shown for line in _lines(*row, caller, asked)),
        totals=_totals(session, caller, asked, upto),
        next=str(Place(shown[-1][0].block_number, shown[-1][0].log_index))
        if len(rows) > size
        else None,
    )


def _paid(caller: bytes, asked: Period) -> ColumnElement[bool]:
    """Whether the facility had a payment in the log's block that paid the caller."""
    wanted = [[lei(caller), asked.kind]] if asked.kind else [[lei(caller)]]
    paid = select(Payment.block_number).where(
        col(Payment.financing_id) == col(Facility.financing_id),
        col(Payment.block_number) == col(Log.block_number),
        col(Payment.payouts).op("@>")(literal(wanted, JSONB)),
    )
    return paid.exists()


def _within(asked: Period) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.from_at is not None:
        found.append(col(Block.timestamp) >= asked.from_at)
    if asked.until_at is not None:
        found.append(col(Block.timestamp) < asked.until_at)
    return found


def _lines(
    log: Log, at: int, facility: Facility, caller: bytes, asked: Period
) -> Iterator[StatementLineView]:
    event = event_of(log)
    if not isinstance(event, Repaid):
        raise AssertionError("only repayments were asked for")
    interest = sum(each.amount for each in event.payouts if each.kind in OF_INTEREST)
    for payout in event.payouts:
        kind = payout.kind
        if payout.to != caller or (asked.kind and kind.name != asked.kind):
            continue
        share = int(str(facility.terms["platform_share_bps"]))
        yield StatementLineView(
            at=rfc3339(at),
            block=log.block_number,
            tx=hexed(log.tx_hash),
            log_index=log.log_index,
            facility_id=hexed(event.financing_id),
            order_id=hexed(event.order_id),
            payer=lei(event.payer),
            kind=kind.name,
            interest=amount(interest, facility.currency) if kind in OF_INTEREST else None,
            share_bps=share if kind is PayoutKind.PLATFORM_SHARE else None,
            amount=amount(payout.amount, facility.currency),
        )


def _totals(
    session: Session, caller: bytes, asked: Period, upto: int
) -> tuple[StatementTotalView, ...]:
    payout = func.jsonb_array_elements(col(Payment.payouts)).table_valued("value").lateral()
    value: Any = cast(payout.c.value, JSONB)
    at = func.to_timestamp(col(Block.timestamp))
    month = func.to_char(func.timezone("UTC", at), "YYYY-MM")
    kind = value[1].astext
    query = (
        select_columns(
            month,
            col(Facility.currency),
            kind,
            func.count(),
            func.sum(cast(value[2].astext, Numeric)),
        )
        .select_from(Payment)
        .join(Facility, col(Facility.financing_id) == col(Payment.financing_id))
        .join(Block, col(Block.number) == col(Payment.block_number))
        .join(payout, literal(True))
        .where(
            value[0].astext == lei(caller),
            col(Payment.block_number) <= upto,
            facilities_seen(session, caller),
            *_within(asked),
        )
        .group_by(month, col(Facility.currency), kind)
        .order_by(month, col(Facility.currency), kind)
    )
    if asked.kind:
        query = query.where(kind == asked.kind)
    return tuple(_total(row) for row in session.execute(query))


def _total(row: Sequence[Any]) -> StatementTotalView:
    month, currency, kind, payouts, minor = row
    return StatementTotalView(
        month=month, kind=kind, payouts=int(payouts), amount=amount(int(minor), currency)
    )


def _topics() -> Any:
    return col(Log.topics)
