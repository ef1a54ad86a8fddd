"""Who may see what: the one place that decides (P7).

The system itself (None) and an active regulator see everything. Everybody else sees what it is a
party to:

    order     its exporter, its importer, the attesters it names, and the lenders and the platform
              of its facilities
    facility  its exporter, its importer, its lenders and its platform: an attester learns nothing
              of the money, a lender nothing of another facility on the same order
    document  its owner, and the exporter, the importer and the lenders of its order
    event     those who see what it is about; what names a member, that member; what concerns all
              members alike, all of them
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_, true
from sqlmodel import Session, col, select

from entrepot.bindings.participants import ParticipantState
from entrepot.bindings.roles import Role
from entrepot.store.tables import (
    Document,
    Facility,
    FacilityLender,
    Log,
    OrderAttester,
    Participant,
    TradeOrder,
    VoyageLink,
)

Condition = ColumnElement[bool]

MEMBERSHIP = (
    "ParticipantRegistered",
    "KycRenewed",
    "RolesChanged",
    "AccountChanged",
    "ParticipantSuspended",
    "ParticipantReinstated",
    "ParticipantRemoved",
    "SandboxCapSet",
)
"""Events that concern all members alike."""


def sees_everything(session: Session, caller: bytes | None) -> bool:
    """Whether nothing is hidden from the caller: the system itself, or an active regulator."""
    if caller is None:
        return True
    participant = session.get(Participant, caller)
    return (
        participant is not None
        and participant.state == ParticipantState.ACTIVE.name
        and bool(participant.roles >> Role.REGULATOR & 1)
    )


def orders_seen(session: Session, caller: bytes | None) -> Condition:
    """On TradeOrder: the orders that the caller may see."""
    if caller is None or sees_everything(session, caller):
        return true()
    attested = select(OrderAttester.order_id).where(OrderAttester.participant_id == caller)
    financed = select(Facility.order_id).where(_lends_or_arranges(caller))
    return or_(
        col(TradeOrder.exporter) == caller,
        col(TradeOrder.importer) == caller,
        col(TradeOrder.order_id).in_(attested),
        col(TradeOrder.order_id).in_(financed),
    )


def facilities_seen(session: Session, caller: bytes | None) -> Condition:
    """On Facility: the facilities whose terms and money the caller may see."""
    if caller is None or sees_everything(session, caller):
        return true()
    imported = select(TradeOrder.order_id).where(TradeOrder.importer == caller)
    return or_(
        col(Facility.exporter) == caller,
        col(Facility.order_id).in_(imported),
        _lends_or_arranges(caller),
    )


def documents_seen(session: Session, caller: bytes | None) -> Condition:
    """On Document: the documents whose content the caller may see."""
    if caller is None or sees_everything(session, caller):
        return true()
    trading = select(TradeOrder.order_id).where(
        or_(col(TradeOrder.exporter) == caller, col(TradeOrder.importer) == caller)
    )
    financed = select(Facility.order_id).where(_lends(caller))
    return or_(
        col(Document.owner) == caller,
        col(Document.order_id).in_(trading),
        col(Document.order_id).in_(financed),
    )


def logs_seen(session: Session, caller: bytes | None) -> Condition:
    """On Log: the events of the ledger that the caller may know."""
    if caller is None or sees_everything(session, caller):
        return true()
    orders, voyages = subjects_seen(session, caller)
    facilities = session.exec(select(Facility.financing_id).where(facilities_seen(session, caller)))
    of_money = col(Log.contract).in_(("Financing", "Encumbrances"))
    topics: Any = col(Log.topics)
    return or_(
        col(Log.event).in_(MEMBERSHIP),
        _names(session, caller),
        and_(col(Log.stream).in_(orders), ~of_money),
        and_(of_money, topics[3].in_(list(facilities))),
        col(Log.stream).in_(voyages),
    )


def _names(session: Session, caller: bytes) -> Condition:
    """Logs that name the caller, or its account, in a topic."""
    topics: Any = col(Log.topics)
    own = [caller.ljust(32, b"\0")]
    if participant := session.get(Participant, caller):
        own.append(participant.account.rjust(32, b"\0"))
    return or_(*(topics.contains([topic]) for topic in own))


def may_see_order(session: Session, caller: bytes | None, order_id: bytes) -> bool:
    """Whether the order exists and the caller is a party of it."""
    query = select(TradeOrder.order_id).where(
        TradeOrder.order_id == order_id, orders_seen(session, caller)
    )
    return session.exec(query).first() is not None


def find_facility(session: Session, caller: bytes | None, financing_id: bytes) -> Facility | None:
    """The facility, if the caller may see it."""
    query = select(Facility).where(
        Facility.financing_id == financing_id, facilities_seen(session, caller)
    )
    return session.exec(query).first()


def subjects_seen(session: Session, caller: bytes | None) -> tuple[Any, Any]:
    """The ids of the orders, and of the voyages of those orders, that the caller may see."""
    orders = select(TradeOrder.order_id).where(orders_seen(session, caller))
    voyages = select(VoyageLink.voyage_id).where(col(VoyageLink.order_id).in_(orders))
    return orders, voyages


def _lends(caller: bytes) -> Condition:
    lent = select(FacilityLender.financing_id).where(FacilityLender.lender == caller)
    return col(Facility.financing_id).in_(lent)


def _lends_or_arranges(caller: bytes) -> Condition:
    platform: Any = col(Facility.terms)["platform"].astext
    return or_(_lends(caller), platform == "0x" + caller.hex())
