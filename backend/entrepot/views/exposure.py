"""What lenders allow, what regulators allow, and how much of both is used."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, true
from sqlmodel import Session, col, select

from entrepot.store.tables import (
    ApprovalBands,
    Facility,
    FacilityLender,
    LenderLimit,
    SandboxCap,
)
from entrepot.store.visibility import sees_everything
from entrepot.views.values import Amount, Parties, Party, amount, rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitView:
    """`used` is what the lender has outstanding with the exporter."""

    lender: Party
    exporter: Party
    limit: Amount
    used: Amount
    free: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxView:
    """`used` is what is outstanding in the corridor, over all lenders; None if not told."""

    corridor: str
    cap: Amount
    used: Amount | None
    ends_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BandView:
    up_to: Amount
    approvals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BandsView:
    lender: Party
    currency: str
    bands: tuple[BandView, ...]


def limits(session: Session, caller: bytes | None) -> tuple[LimitView, ...]:
    """The limits that the caller gives as a lender or has as an exporter; all for a regulator."""
    seen = true()
    if not sees_everything(session, caller):
        seen = or_(col(LenderLimit.lender) == caller, col(LenderLimit.exporter) == caller)
    rows = session.exec(select(LenderLimit).where(seen)).all()
    used = _used(session, rows)
    parties = Parties(session, [p for row in rows for p in (row.lender, row.exporter)])
    views = [
        LimitView(
            lender=parties[row.lender],
            exporter=parties[row.exporter],
            limit=amount(row.limit_minor, row.currency),
            used=amount(spent, row.currency),
            free=amount(max(row.limit_minor - spent, 0), row.currency),
        )
        for row in rows
        for spent in [used.get((row.lender, row.exporter, row.currency), 0)]
    ]
    return tuple(sorted(views, key=lambda v: (v.lender.lei, v.exporter.lei, v.limit.currency)))


def sandbox(session: Session, caller: bytes | None) -> tuple[SandboxView, ...]:
    """The regulators' caps, which every member may know; their use, over all lenders, only for
    regulators and the system itself."""
    query = select(SandboxCap).order_by(col(SandboxCap.corridor), col(SandboxCap.currency))
    used = _corridors(session) if sees_everything(session, caller) else None
    return tuple(
        SandboxView(
            corridor=row.corridor,
            cap=amount(row.cap_minor, row.currency),
            used=amount(used.get((row.corridor, row.currency), 0), row.currency)
            if used is not None
            else None,
            ends_at=rfc3339(row.ends_at),
        )
        for row in session.exec(query)
    )


def approval_bands(session: Session, caller: bytes | None) -> tuple[BandsView, ...]:
    """How many signatures each lender asks for: the caller's own bands, all for a regulator."""
    query = select(ApprovalBands).order_by(col(ApprovalBands.lender), col(ApprovalBands.currency))
    if not sees_everything(session, caller):
        query = query.where(ApprovalBands.lender == caller)
    rows = session.exec(query).all()
    parties = Parties(session, [row.lender for row in rows])
    return tuple(
        BandsView(
            lender=parties[row.lender],
            currency=row.currency,
            bands=tuple(
                BandView(up_to=amount(int(up_to), row.currency), approvals=int(approvals))
                for up_to, approvals in row.bands
            ),
        )
        for row in rows
    )


def _used(session: Session, rows: Sequence[LenderLimit]) -> dict[tuple[bytes, bytes, str], int]:
    """What each lender has outstanding with each exporter, by currency."""
    query = (
        select(
            FacilityLender.lender,
            Facility.exporter,
            Facility.currency,
            func.sum(FacilityLender.outstanding_minor),
        )
        .join(Facility, col(Facility.financing_id) == col(FacilityLender.financing_id))
        .where(
            col(FacilityLender.lender).in_({row.lender for row in rows}),
            col(FacilityLender.outstanding_minor) > 0,
        )
        .group_by(col(FacilityLender.lender), col(Facility.exporter), col(Facility.currency))
    )
    return {(one, other, currency): int(sum_) for one, other, currency, sum_ in session.exec(query)}


def _corridors(session: Session) -> dict[tuple[str, str], int]:
    """What is outstanding in each corridor, by currency."""
    query = select(
        Facility.corridor, Facility.currency, func.sum(Facility.outstanding_minor)
    ).group_by(col(Facility.corridor), col(Facility.currency))
    return {(corridor, currency): int(sum_) for corridor, currency, sum_ in session.exec(query)}
