"""Releases: the tranches that have been paid out, and those that we have asked the chain for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, LargeBinary, column, func, or_, tuple_, union, values
from sqlmodel import Session, col, select

from entrepot.store.holds import is_held
from entrepot.store.tables import Facility, Outbox, OutboxState, ReleaseRequest, Tranche
from entrepot.store.tenancy import beyond
from entrepot.store.visibility import facilities_seen
from entrepot.views import holds
from entrepot.views.cursors import read_row, write_row
from entrepot.views.holds import HoldView
from entrepot.views.values import Amount, Page, amount, hexed, maybe_hexed, page_size, rfc3339

RELEASED, PENDING = "RELEASED", "PENDING"
_TRANCHE: Any = tuple_(col(Tranche.financing_id), col(Tranche.position))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseView:
    """`request` is how far our last asking went; None when only others asked the chain, or nobody
    has yet. `error` is why it came to nothing; `holds`: what keeps it back, off the chain."""

    facility_id: str
    order_id: str
    tranche: int
    amount: Amount
    state: str
    released_at: str | None
    released_block: int | None
    released_tx: str | None
    request: str | None
    attempts: int
    error: str | None
    holds: tuple[HoldView, ...]

    @property
    def is_signed(self) -> bool:
        """Whether our last asking is past holding."""
        return self.request in (OutboxState.SIGNED, OutboxState.SENT, OutboxState.MINED)


def list_releases(
    session: Session, caller: bytes | None, *, limit: int = 50, after: str | None = None
) -> Page[ReleaseView]:
    """The releases of the facilities that the caller sees, newest facility first: those that were
    paid or asked for, and those that a lender holds."""
    query = _query(session, caller).where(_TRANCHE.in_(_listed(session, caller)))
    place = (col(Facility.requested_block), col(Tranche.financing_id))
    if after is not None:
        block, row_id = read_row(after)
        query = query.where(
            tuple_(*place, col(Tranche.position)) < (block, row_id[:-1], row_id[-1])
        )
    size = page_size(limit)
    query = query.order_by(*(c.desc() for c in (*place, col(Tranche.position)))).limit(size + 1)
    rows = session.exec(query).all()
    last = rows[size - 1] if len(rows) > size else None
    return Page(
        _views(session, caller, rows[:size]),
        write_row(last[1].requested_block, last[0].financing_id + bytes([last[0].position]))
        if last
        else None,
    )


def of_facility(
    session: Session, caller: bytes | None, financing_id: bytes
) -> tuple[ReleaseView, ...]:
    """The releases of one facility, in the order of its tranches."""
    query = (
        _query(session, caller)
        .where(
            Facility.financing_id == financing_id,
            or_(
                col(Tranche.state) == RELEASED,
                col(Outbox.id).is_not(None),
                _TRANCHE.in_(_held(session, caller, financing_id)),
            ),
        )
        .order_by(col(Tranche.position))
    )
    return _views(session, caller, session.exec(query).all())


def _listed(session: Session, caller: bytes | None) -> Any:
    """All of those together, each found by its own index: asked as one condition or the other,
    every tranche would be read."""
    ways: list[Any] = [
        select(ReleaseRequest.financing_id, ReleaseRequest.tranche),
        select(Tranche.financing_id, Tranche.position).where(Tranche.state == RELEASED),
    ]
    if held := _held(session, caller):
        columns = column("financing_id", LargeBinary), column("position", Integer)
        ways.append(values(*columns, name="held").data(held).select())
    return union(*ways)


def _held(
    session: Session, caller: bytes | None, financing_id: bytes | None = None
) -> list[tuple[bytes, int]]:
    """The waiting tranches that any lender holds, of facilities that the caller sees."""
    query = (
        select(Tranche.financing_id, Tranche.position)
        .join(Facility, col(Facility.financing_id) == col(Tranche.financing_id))
        .where(is_held(col(Tranche.financing_id), col(Tranche.position)))
        .where(Tranche.state == PENDING, facilities_seen(session, caller))
    )
    if financing_id is not None:
        query = query.where(Tranche.financing_id == financing_id)
    with beyond(session):
        return list(session.exec(query.distinct()))


def _query(session: Session, caller: bytes | None) -> Any:
    last = (
        select(func.max(ReleaseRequest.outbox_id))
        .where(
            col(ReleaseRequest.financing_id) == col(Tranche.financing_id),
            col(ReleaseRequest.tranche) == col(Tranche.position),
        )
        .correlate(Tranche)
        .scalar_subquery()
    )
    return (
        select(Tranche, Facility, Outbox)
        .join(Facility, col(Facility.financing_id) == col(Tranche.financing_id))
        .join(Outbox, col(Outbox.id) == last, isouter=True)
        .where(facilities_seen(session, caller))
    )


def _views(session: Session, caller: bytes | None, rows: Sequence[Any]) -> tuple[ReleaseView, ...]:
    kept = holds.standing(session, caller, [tranche.financing_id for tranche, _, _ in rows])
    return tuple(
        ReleaseView(
            facility_id=hexed(tranche.financing_id),
            order_id=hexed(facility.order_id),
            tranche=tranche.position,
            amount=amount(tranche.amount_minor, facility.currency),
            state=tranche.state,
            released_at=rfc3339(tranche.released_at),
            released_block=tranche.released_block,
            released_tx=maybe_hexed(tranche.released_tx),
            request=request.state if request else None,
            attempts=request.attempts if request else 0,
            error=str(request.error["name"]) if request and "name" in request.error else None,
            holds=kept[tranche.financing_id, tranche.position] if tranche.state == PENDING else (),
        )
        for tranche, facility, request in rows
    )
