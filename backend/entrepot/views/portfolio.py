"""What lenders have outstanding, reckoned up by whom, where and when it falls due."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Integer, case, func, true
from sqlalchemy import select as sa_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from entrepot.store.tables import Facility, FacilityLender, LenderLimit, Participant, TradeOrder
from entrepot.store.tenancy import beyond
from entrepot.store.visibility import sees_everything
from entrepot.views.values import Amount, Parties, Party, amount

By = Literal["exporter", "buyer", "country", "corridor", "lender", "maturity", "overdue"]

DAY_S = 86_400
OVERDUE = ((0, "not overdue"), (1, "1 to 30 days"), (31, "31 to 90 days"), (91, "over 90 days"))
"""From how many days late on a bucket counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureView:
    """What the caller has outstanding within one group and currency; a regulator, all lenders.

    of: a member, or what the group is called. reserve: cash held over it. limit: over exporters
    only, where the caller has set one.
    """

    of: Party | str
    outstanding: Amount
    reserve: Amount
    facilities: int
    limit: Amount | None

    @property
    def used_bps(self) -> int | None:
        """How much of the limit is used, in basis points."""
        if self.limit is None or not self.limit.minor:
            return None
        return self.outstanding.minor * 10_000 // self.limit.minor


def exposure_by(
    session: Session, caller: bytes | None, by: By, now: int
) -> tuple[ExposureView, ...]:
    """The groups with something outstanding, the largest first within each currency.

    now: the chain's time in unix seconds, against which days late are counted.
    """
    everything = sees_everything(session, caller)
    own = true() if everything else FacilityLender.lender == caller
    with beyond(session):  # joint lenders' parts are told as sums; the rows are the caller's own
        group = _groups(now)[by]
        query: Any = (
            sa_select(
                group,
                col(Facility.currency),
                func.sum(col(FacilityLender.outstanding_minor)),
                func.sum(col(FacilityLender.reserve_minor)),
                func.count(),
            )
            .select_from(FacilityLender)
            .join(Facility, col(Facility.financing_id) == col(FacilityLender.financing_id))
            .join(TradeOrder, col(TradeOrder.order_id) == col(Facility.order_id))
            .join(Participant, col(Participant.participant_id) == col(Facility.exporter))
        )
        if by == "lender":
            query, group = _beside(query, everything)
        rows = session.execute(
            query.where(own, col(FacilityLender.outstanding_minor) > 0).group_by(
                group, col(Facility.currency)
            )
        ).all()
        limits = _limits(session, caller, everything) if by == "exporter" else {}
    return _views(session, rows, limits)


def _groups(now: int) -> dict[By, Any]:
    # SQLModel types the column by what a row has in it, not by what SQL can do with it.
    matures_at = Facility.terms["matures_at"].astext.cast(Integer)  # type: ignore[attr-defined, index]
    late = (now - matures_at) / DAY_S
    bucket = case(*((late >= days, name) for days, name in OVERDUE[:0:-1]), else_=OVERDUE[0][1])
    return {
        "exporter": col(Facility.exporter),
        "buyer": col(TradeOrder.importer),
        "country": col(Participant.jurisdiction),
        "corridor": col(Facility.corridor),
        "lender": col(FacilityLender.lender),
        "maturity": func.to_char(func.to_timestamp(matures_at), "YYYY-MM"),
        "overdue": bucket,
    }


def _beside(query: Any, everything: bool) -> tuple[Any, Any]:
    """By the lender beside the caller; for a regulator, by each lender."""
    if everything:
        return query, col(FacilityLender.lender)
    other = aliased(FacilityLender)
    joined = query.join(
        other,
        (col(other.financing_id) == col(FacilityLender.financing_id))
        & (col(other.lender) != col(FacilityLender.lender)),
    )
    return joined.with_only_columns(
        col(other.lender),
        col(Facility.currency),
        func.sum(col(FacilityLender.outstanding_minor)),
        func.sum(col(FacilityLender.reserve_minor)),
        func.count(),
    ), col(other.lender)


def _limits(
    session: Session, caller: bytes | None, everything: bool
) -> dict[tuple[bytes, str], int]:
    own = true() if everything else LenderLimit.lender == caller
    query = (
        select(LenderLimit.exporter, LenderLimit.currency, func.sum(LenderLimit.limit_minor))
        .where(own)
        .group_by(col(LenderLimit.exporter), col(LenderLimit.currency))
    )
    return {(exporter, currency): int(limit) for exporter, currency, limit in session.exec(query)}


def _views(
    session: Session, rows: Sequence[Any], limits: dict[tuple[bytes, str], int]
) -> tuple[ExposureView, ...]:
    parties = Parties(session, [group for group, *_ in rows if isinstance(group, bytes)])
    views = [
        ExposureView(
            of=parties[group] if isinstance(group, bytes) else group,
            outstanding=amount(int(outstanding), currency),
            reserve=amount(int(reserve), currency),
            facilities=count,
            limit=amount(limits[group, currency], currency)
            if (group, currency) in limits
            else None,
        )
        for group, currency, outstanding, reserve, count in rows
    ]
    return tuple(sorted(views, key=lambda v: (v.outstanding.currency, -v.outstanding.minor)))
