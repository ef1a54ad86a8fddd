"""Repayments, and where each of them went."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from entrepot.store.tables import Block, Facility, Payment
from entrepot.store.visibility import facilities_seen, find_facility
from entrepot.views.paging import NEWEST, Asked, cut
from entrepot.views.values import Amount, Page, Parties, Party, amount, hexed, rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutView:
    """One part of a repayment; `kind` as in the ledger's PayoutKind."""

    to: Party
    kind: str
    amount: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentView:
    facility_id: str
    reference: str
    payer: Party
    amount: Amount
    outstanding: Amount
    payouts: tuple[PayoutView, ...]
    block: int
    at: str | None


def of_facility(
    session: Session, caller: bytes | None, financing_id: bytes
) -> tuple[PaymentView, ...] | None:
    """The repayments so far, oldest first; None if the caller does not see the facility."""
    facility = find_facility(session, caller, financing_id)
    if facility is None:
        return None
    query = (
        select(Payment, Block.timestamp)
        .join(Block, col(Block.number) == col(Payment.block_number), isouter=True)
        .where(Payment.financing_id == financing_id)
        .order_by(col(Payment.block_number), col(Payment.outstanding_minor).desc())
    )
    rows = session.exec(query).all()
    parties = _parties(session, [row for row, _ in rows])
    return tuple(_view(row, at, facility.currency, parties) for row, at in rows)


def newest(session: Session, caller: bytes | None, asked: Asked = NEWEST) -> Page[PaymentView]:
    """The repayments of the facilities that the caller sees, newest first."""
    query = (
        select(Payment, Block.timestamp, Facility.currency)
        .join(Facility, col(Facility.financing_id) == col(Payment.financing_id))
        .join(Block, col(Block.number) == col(Payment.block_number), isouter=True)
        .where(facilities_seen(session, caller))
    )
    rows, more = cut(
        session,
        query,
        (
            col(Payment.block_number),
            col(Payment.financing_id),
            col(Payment.payment_reference),
        ),
        at=lambda row: (row[0].block_number, row[0].financing_id, row[0].payment_reference),
        asked=asked,
    )
    parties = _parties(session, [row for row, _, _ in rows])
    return Page(tuple(_view(row, at, currency, parties) for row, at, currency in rows), more)


def _parties(session: Session, rows: Sequence[Payment]) -> Parties:
    return Parties(
        session, [row.payer for row in rows] + [p[0].encode() for row in rows for p in row.payouts]
    )


def _view(row: Payment, at: int | None, currency: str, parties: Parties) -> PaymentView:
    return PaymentView(
        facility_id=hexed(row.financing_id),
        reference=hexed(row.payment_reference),
        payer=parties[row.payer],
        amount=amount(row.amount_minor, currency),
        outstanding=amount(row.outstanding_minor, currency),
        payouts=tuple(
            PayoutView(to=parties[to.encode()], kind=kind, amount=amount(int(part), currency))
            for to, kind, part in row.payouts
        ),
        block=row.block_number,
        at=rfc3339(at),
    )
