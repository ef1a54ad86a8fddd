"""Facilities that owe money: how much, until when, and how late they are."""

from dataclasses import dataclass

from sqlalchemy import Integer
from sqlmodel import Session, col, select

from entrepot.store.tables import Facility
from entrepot.store.visibility import facilities_seen
from entrepot.views.facilities import FacilityView, compose
from entrepot.views.values import page_size

DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtView:
    """days_late: whole days since it fell due; 0 before."""

    facility: FacilityView
    days_late: int


def owing(
    session: Session, caller: bytes | None, now: int, limit: int = 200
) -> tuple[DebtView, ...]:
    """What is outstanding, the longest due first. now: the chain's time, unix seconds."""
    # SQLModel types the column by what a row has in it, not by what SQL can do with it.
    matures_at = Facility.terms["matures_at"].astext.cast(Integer)  # type: ignore[attr-defined, index]
    query = (
        select(Facility)
        .where(facilities_seen(session, caller), col(Facility.outstanding_minor) > 0)
        .order_by(matures_at, col(Facility.financing_id))
        .limit(page_size(limit))
    )
    rows = list(session.exec(query))
    return tuple(
        DebtView(facility=view, days_late=max(0, now - _due(row)) // DAY_S)
        for row, view in zip(rows, compose(session, caller, rows), strict=True)
    )


def _due(row: Facility) -> int:
    return int(str(row.terms["matures_at"]))
