"""Releases that lenders hold: by whom and since when for everybody there, why for their own people.

What a bank looks into is not always for its customer to know, so a reason is not told to others.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from entrepot.kit.clock import to_unix
from entrepot.store.tables import FacilityLender, ReleaseHold
from entrepot.store.tenancy import beyond
from entrepot.store.visibility import find_facility, sees_everything
from entrepot.views.values import Parties, Party, rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldView:
    """number: of the tranche's holds, from 1. ended_at: None while it stands.

    officer, ended_by: labels of the people or tokens that held, and let go; these and both reasons
    are told to their own participant and to regulators only.
    """

    tranche: int
    number: int
    holder: Party
    held_at: str | None
    officer: str | None
    reason: str | None
    ended_at: str | None
    ended_by: str | None
    ended_because: str | None


def of_facility(
    session: Session, caller: bytes | None, financing_id: bytes
) -> tuple[HoldView, ...] | None:
    """All that stand or stood, by tranche and in their order; None if the caller does not see the
    facility."""
    if find_facility(session, caller, financing_id) is None:
        return None
    return tuple(_views(session, caller, _found(session, [financing_id], ended=True)))


def standing(
    session: Session, caller: bytes | None, ids: Sequence[bytes]
) -> dict[tuple[bytes, int], tuple[HoldView, ...]]:
    """Those that stand on facilities which the caller is known to see, by facility and tranche."""
    rows = _found(session, ids, ended=False)
    by_tranche: dict[tuple[bytes, int], tuple[HoldView, ...]] = defaultdict(tuple)
    for row, view in zip(rows, _views(session, caller, rows), strict=True):
        by_tranche[row.financing_id, row.tranche] += (view,)
    return by_tranche


def lent_by(session: Session, lender: bytes, ids: Sequence[bytes]) -> set[bytes]:
    """Those of the facilities that the participant lends in, and so may hold releases of."""
    query = select(FacilityLender.financing_id).where(
        FacilityLender.lender == lender, col(FacilityLender.financing_id).in_(ids)
    )
    return set(session.exec(query))


def pulse(session: Session) -> str:
    """A word that changes with every hold that is placed or ended, whosever it is."""
    query = select(func.count(), func.count(col(ReleaseHold.ended_at)))
    with beyond(session):
        placed, ended = session.exec(query.select_from(ReleaseHold)).one()
    return f"{placed}:{ended}"


def _found(session: Session, ids: Sequence[bytes], *, ended: bool) -> Sequence[ReleaseHold]:
    query = select(ReleaseHold).where(col(ReleaseHold.financing_id).in_(ids))
    if not ended:
        query = query.where(col(ReleaseHold.ended_at).is_(None))
    order = (col(ReleaseHold.financing_id), col(ReleaseHold.tranche), col(ReleaseHold.number))
    with beyond(session):
        return session.exec(query.order_by(*order)).all()


def _views(session: Session, caller: bytes | None, rows: Sequence[ReleaseHold]) -> list[HoldView]:
    if not rows:
        return []
    everything = sees_everything(session, caller)
    parties = Parties(session, [row.participant for row in rows])
    return [
        _view(row, parties[row.participant], own=everything or row.participant == caller)
        for row in rows
    ]


def _view(row: ReleaseHold, holder: Party, *, own: bool) -> HoldView:
    return HoldView(
        tranche=row.tranche,
        number=row.number,
        holder=holder,
        held_at=rfc3339(to_unix(row.held_at)),
        officer=row.label if own else None,
        reason=row.reason if own else None,
        ended_at=rfc3339(to_unix(row.ended_at)) if row.ended_at else None,
        ended_by=(row.ended_by or None) if own else None,
        ended_because=(row.ended_because or None) if own else None,
    )
