"""The market in sums, for those who supervise it."""

from dataclasses import dataclass

from sqlalchemy import Integer, cast, func, select
from sqlmodel import Session, col

from entrepot.store.tables import Facility
from entrepot.store.visibility import facilities_seen
from entrepot.views.values import Amount, amount


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketView:
    """All facilities of one corridor, currency and state that the caller sees."""

    corridor: str
    state: str
    facilities: int
    held: int
    drawn: Amount
    outstanding: Amount
    loss: Amount


def by_corridor(session: Session, caller: bytes | None) -> tuple[MarketView, ...]:
    """By corridor, then currency and state."""
    group = (col(Facility.corridor), col(Facility.currency), col(Facility.state))
    query = (
        select(
            *group,
            func.count(),
            func.sum(cast(col(Facility.held), Integer)),
            func.sum(col(Facility.drawn_minor)),
            func.sum(col(Facility.outstanding_minor)),
            func.sum(col(Facility.loss_minor)),
        )
        .where(facilities_seen(session, caller))
        .group_by(*group)
        .order_by(*group)
    )
    return tuple(
        MarketView(
            corridor=corridor,
            state=state,
            facilities=count,
            held=int(held),
            drawn=amount(int(drawn), currency),
            outstanding=amount(int(outstanding), currency),
            loss=amount(int(loss), currency),
        )
        for corridor, currency, state, count, held, drawn, outstanding, loss in session.execute(
            query
        )
    )
