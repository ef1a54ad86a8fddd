"""Facilities that owe money: how much, until when, and how late they are."""

from dataclasses import dataclass

from sqlalchemy import Integer
from sqlmodel import Session, col, select

from entrepot.bindings.financings import FinancingTerms
from entrepot.domain import accrual
from entrepot.kit.abi import from_plain
from entrepot.store.tables import Facility
from entrepot.store.visibility import facilities_seen
from entrepot.views.facilities import FacilityView, compose
from entrepot.views.paging import NEWEST, Asked, cut
from entrepot.views.values import Page, hexed

DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtView:
    """days_late: whole days since it fell due; 0 before."""

    facility: FacilityView
    days_late: int


def owing(
    session: Session, caller: bytes | None, now: int, asked: Asked = NEWEST
) -> Page[DebtView]:
    """What is outstanding, the longest due first. now: the chain's time, unix seconds."""
    # SQLModel types the column by what a row has in it, not by what SQL can do with it.
    matures_at = Facility.terms["matures_at"].astext.cast(Integer)  # type: ignore[attr-defined, index]
    query = select(Facility).where(
        facilities_seen(session, caller), col(Facility.outstanding_minor) > 0
    )
    rows, more = cut(
        session,
        query,
        (matures_at, col(Facility.financing_id)),
        at=lambda row: (_due(row), row.financing_id),
        asked=asked,
        falls=False,
    )
    debts = tuple(
        DebtView(facility=view, days_late=max(0, now - _due(row)) // DAY_S)
        for row, view in zip(rows, compose(session, caller, rows), strict=True)
    )
    return Page(debts, more)


def _due(row: Facility) -> int:
    return int(str(row.terms["matures_at"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedView:
    """What a facility owes at one moment, minor units."""

    facility_id: str
    currency: str
    fees_minor: int
    penalty_minor: int
    interest_minor: int
    principal_minor: int


def owed_at(session: Session, at: int) -> tuple[OwedView, ...]:
    """What every facility that owes anything owes at a unix time, also one to come."""
    query = select(Facility).where(col(Facility.outstanding_minor) > 0)
    return tuple(_owed(row, at) for row in session.exec(query.order_by(col(Facility.financing_id))))


def _owed(row: Facility, at: int) -> OwedView:
    debt = accrual.Debt(
        outstanding=row.outstanding_minor,
        drawn=row.drawn_minor,
        covered=row.covered_minor,
        restored=row.restored_minor,
        fees_paid=row.fees_paid_minor,
        penalty_paid=row.penalty_paid_minor,
        interest_paid=row.interest_paid_minor,
        principal_days=row.principal_days,
        penalty_days=row.penalty_days,
        accrued_at=row.accrued_at,
    )
    owed = accrual.owed(debt, from_plain(FinancingTerms, row.terms), at)
    return OwedView(
        facility_id=hexed(row.financing_id),
        currency=row.currency,
        fees_minor=owed.fees,
        penalty_minor=owed.penalty,
        interest_minor=owed.interest,
        principal_minor=owed.principal,
    )
