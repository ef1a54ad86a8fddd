"""What waits for an approval: the first page of the console."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, func, or_, true, union
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from entrepot.store.tables import (
    Approval,
    Facility,
    FacilityLender,
    OrderReference,
    Profile,
    TradeOrder,
)
from entrepot.store.visibility import facilities_seen
from entrepot.views import conditions, facilities
from entrepot.views.conditions import TrancheConditions
from entrepot.views.facilities import FacilityView
from entrepot.views.paging import NEWEST, Asked, cut
from entrepot.views.values import Amount, Page, Party, lei

Show = Literal["mine", "pending", "exceptions", "all"]

UNDER_WAY = ("REQUESTED", "APPROVED", "FUNDED", "RELEASED", "OVERDUE")
IN_TROUBLE = ("OVERDUE", "DEFAULTED", "DECLINED", "LAPSED")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One facility in the queue. The sign-offs are those of the caller's participant, or of all
    lenders together for whoever lends nothing; the conditions those of the next tranche."""

    facility_id: str
    reference: str
    exporter: Party
    importer: Party
    amount: Amount
    state: str
    held: bool
    approvals_given: int
    approvals_needed: int
    conditions_met: int
    conditions_needed: int
    requested_at: str | None


def queue(
    session: Session,
    caller: bytes | None,
    *,
    key_id: bytes | None = None,
    show: Show = "mine",
    search: str = "",
    only: Collection[bytes] = (),
    asked: Asked = NEWEST,
) -> Page[QueueRow]:
    """The facilities that the caller sees, newest first, a page at a time.

    show: mine, what waits for a signature of the caller's participant that the key `key_id` has
        not given yet; pending, whatever is under way; exceptions, what is held or went wrong.
    search: part of the order's reference or of a party's name, or a corridor, as CNNL.
    only: of all these, the facilities with these ids; empty for no such choice.
    """
    query = select(Facility).where(
        facilities_seen(session, caller), _shown(caller, key_id, show), _found(search)
    )
    if only:
        query = query.where(col(Facility.financing_id).in_(only))
    rows, more = cut(
        session,
        query,
        (col(Facility.requested_block), col(Facility.financing_id)),
        at=lambda row: (row.requested_block, row.financing_id),
        asked=asked,
    )
    tranches = conditions.compose(session, caller, rows)
    views = facilities.compose(session, caller, rows)
    queued = tuple(
        _row(view, tranches[row.financing_id], caller)
        for row, view in zip(rows, views, strict=True)
    )
    return Page(queued, more)


def waiting(session: Session, caller: bytes | None, key_id: bytes | None) -> int:
    """How many facilities `queue` would show as mine, were there no end to its rows."""
    query = select(func.count()).select_from(Facility)
    return session.exec(query.where(_waits_for(caller, key_id))).one()


def _shown(caller: bytes | None, key_id: bytes | None, show: Show) -> ColumnElement[bool]:
    match show:
        case "mine":
            return _waits_for(caller, key_id)
        case "pending":
            return col(Facility.state).in_(UNDER_WAY)
        case "exceptions":
            return or_(col(Facility.held), col(Facility.state).in_(IN_TROUBLE))
        case "all":
            return true()


def _waits_for(caller: bytes | None, key_id: bytes | None) -> ColumnElement[bool]:
    lender = select(FacilityLender.financing_id).where(
        FacilityLender.lender == caller, ~col(FacilityLender.approved)
    )
    signed = select(Approval.financing_id).where(Approval.key_id == key_id)
    return and_(
        col(Facility.state) == "REQUESTED",
        col(Facility.financing_id).in_(lender),
        col(Facility.financing_id).not_in(signed),
    )


def _found(search: str) -> ColumnElement[bool]:
    words = search.strip()
    if not words:
        return true()
    named = select(Profile.participant_id).where(
        or_(_has(Profile.name, words), _has(Profile.name_zh, words))
    )
    referenced = select(OrderReference.order_id).where(_has(OrderReference.reference, words))
    bought = select(TradeOrder.order_id).where(col(TradeOrder.importer).in_(named))
    its: Any = aliased(Facility)
    ways = (
        its.exporter.in_(named),
        its.order_id.in_(referenced),
        its.order_id.in_(bought),
        its.corridor == words.upper(),
    )  # one after another, each by its index, where one condition of them all would read every row
    found = union(*(select(its.financing_id).where(way) for way in ways))
    return col(Facility.financing_id).in_(found)


def _has(column: Any, words: str) -> ColumnElement[bool]:
    return col(column).icontains(words, autoescape=True)


def _row(
    view: FacilityView, tranches: tuple[TrancheConditions, ...], caller: bytes | None
) -> QueueRow:
    own = [x for x in view.lenders if caller is not None and x.lender.lei == lei(caller)]
    signing = own or list(view.lenders)
    waiting = [tranche for tranche in tranches if tranche.state == "PENDING"] or tranches[-1:]
    items = waiting[0].items if waiting else ()
    return QueueRow(
        facility_id=view.facility_id,
        reference=view.order_reference,
        exporter=view.exporter,
        importer=view.importer,
        amount=view.amount,
        state=view.state,
        held=view.held,
        approvals_given=sum(lender.approvals_given for lender in signing),
        approvals_needed=sum(lender.approvals_needed for lender in signing),
        conditions_met=sum(item.met for item in items),
        conditions_needed=len(items),
        requested_at=view.requested_at,
    )
