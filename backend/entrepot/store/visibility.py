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
    title     who sees its order, and whose hands it is in
    evidence  its attester, and who sees an order that it counts for
    examination   its bank, and the exporter and the importer of its order
    offer     who publishes it, its lenders and the partners it is for; without such, all members
    quote     the exporter; who asked for it, under the consent it was asked by, and without one
              from when it is a facility that the asker sees

A transaction that reads under a consent sees what that gives, and nothing else, whatever its reader
has a part in: `orders` without their money and papers, `documents`, `facilities`.

Each is one condition of one query, so that a thing that is hidden costs as many questions as one
that is not there. What the caller has a part in is asked row by row, as a correlated EXISTS over
tables under names of their own: answered from indexes for a few rows, however many more there are.
"""

from datetime import date
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    LargeBinary,
    String,
    and_,
    bindparam,
    func,
    literal,
    or_,
    true,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from entrepot.bindings.participants import ParticipantState
from entrepot.bindings.roles import Role
from entrepot.domain.consents import ConsentStatus
from entrepot.store.tables import (
    Consent,
    ConsentResource,
    Document,
    EvidenceItem,
    Examination,
    Facility,
    FacilityLender,
    Log,
    Offer,
    OrderAttester,
    Participant,
    Quote,
    Title,
    TradeOrder,
    VoyageLink,
)
from entrepot.store.tenancy import Acting, acting_of

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
NOBODY = b""


def sees_everything(session: Session, caller: bytes | None) -> bool:
    """Whether nothing is hidden from the caller: the system itself, or an active regulator."""
    if caller is None:
        return True
    participant = session.get(Participant, caller)
    return (
        not _consent(session)
        and participant is not None
        and participant.state == ParticipantState.ACTIVE.name
        and is_regulator(participant.roles)
    )


def is_regulator(roles: int) -> bool:
    """Whether a RoleSet has the role that sees everything, while its member is active."""
    return bool(roles >> Role.REGULATOR & 1)


def orders_seen(session: Session, caller: bytes | None) -> Condition:
    """On TradeOrder: the orders that the caller may see."""
    if caller is None or sees_everything(session, caller):
        return true()
    return or_(*_orders(_me(session, caller), _under(session)))


def _orders(me: Any, acting: Any) -> tuple[Condition, ...]:
    """me, acting: values, or parameters for them."""
    attester, financed = _other(OrderAttester), _other(Facility)
    return (
        col(TradeOrder.exporter) == me,
        col(TradeOrder.importer) == me,
        _is_there(
            TradeOrder, attester.order_id == TradeOrder.order_id, attester.participant_id == me
        ),
        _is_there(
            TradeOrder,
            financed.order_id == TradeOrder.order_id,
            or_(_lends(financed, me), _arranges(financed, me)),
        ),
        *_shared(acting, "orders", TradeOrder.order_id, TradeOrder.exporter, TradeOrder.importer),
    )


def asking(session: Session, caller: bytes | None) -> dict[str, Any]:
    """For whom `ORDER_ASKED` is asked in this session."""
    acting = acting_of(session)
    return {
        "sees_all": caller is None,
        "me": NOBODY if caller is None else _me(session, caller),
        "consent_id": _consent(session),
        "third_party": acting.participant_id if acting else NOBODY,
        "today": acting.today if acting else date.min,
    }


def facilities_seen(session: Session, caller: bytes | None) -> Condition:
    """On Facility: the facilities whose terms and money the caller may see."""
    if caller is None or sees_everything(session, caller):
        return true()
    me = _me(session, caller)
    order = _other(TradeOrder)
    return or_(
        col(Facility.exporter) == me,
        _is_there(Facility, order.order_id == Facility.order_id, order.importer == me),
        _lends(Facility, me),
        _arranges(Facility, me),
        *_shared(_under(session), "facilities", Facility.financing_id, Facility.exporter),
    )


def documents_seen(session: Session, caller: bytes | None) -> Condition:
    """On Document: the documents whose content the caller may see."""
    if caller is None or sees_everything(session, caller):
        return true()
    me = _me(session, caller)
    financed = _other(Facility)
    return or_(
        col(Document.owner) == me,
        _trades(Document, me),
        _is_there(Document, financed.order_id == Document.order_id, _lends(financed, me)),
        *_shared(_under(session), "documents", Document.document_id, Document.owner),
    )


def logs_seen(session: Session, caller: bytes | None) -> Condition:
    """On Log: the events of the ledger that the caller may know."""
    if caller is None or sees_everything(session, caller):
        return true()
    of_money = col(Log.contract).in_(("Financing", "Encumbrances"))
    topics: Any = col(Log.topics)
    financed = col(Facility.financing_id) == topics[3]
    order, voyage = _subject_seen(session, caller, Log, Log.stream)
    return or_(
        col(Log.event).in_(MEMBERSHIP),
        _names(session, caller),
        and_(order, ~of_money),
        and_(of_money, _is_there(Log, financed, facilities_seen(session, caller))),
        voyage,
    )


def _names(session: Session, caller: bytes) -> Condition:
    """Logs that name the caller, or its account, in a topic."""
    topics: Any = col(Log.topics)
    own = [caller.ljust(32, b"\0")]
    if participant := session.get(Participant, caller):
        own.append(participant.account.rjust(32, b"\0"))
    return or_(*(topics.contains([topic]) for topic in own))


def titles_seen(session: Session, caller: bytes | None) -> Condition:
    """On Title: the bills of lading that the caller may see."""
    if caller is None or sees_everything(session, caller):
        return true()
    me = _me(session, caller)
    order, _ = _subject_seen(session, caller, Title, Title.order_id)
    hands = (Title.possessor, Title.endorsee, Title.carrier, Title.surrendered_by)
    return or_(*(col(hand) == me for hand in hands), order)


def evidence_seen(session: Session, caller: bytes | None) -> Condition:
    """On EvidenceItem: the facts that the caller may see."""
    if caller is None or sees_everything(session, caller):
        return true()
    me = _me(session, caller)
    order, voyage = _subject_seen(session, caller, EvidenceItem, EvidenceItem.stream)
    return or_(col(EvidenceItem.attester) == me, order, voyage)


def examinations_seen(session: Session, caller: bytes | None) -> Condition:
    """On Examination: the examinations whose notice the caller may read."""
    if caller is None or sees_everything(session, caller):
        return true()
    me = _me(session, caller)
    return or_(col(Examination.bank) == me, _trades(Examination, me))


def offers_seen(session: Session, caller: bytes | None) -> Condition:
    """On Offer: the offers that are for the caller, or its own."""
    if caller is None or sees_everything(session, caller):
        return true()
    partners, lenders = cast("Any", Offer.partners), cast("Any", Offer.lenders)
    return or_(
        col(Offer.bank) == caller,
        partners == [],
        partners.contains([caller]),
        lenders.contains([caller]),
    )


def quotes_seen(session: Session, caller: bytes | None) -> Condition:
    """On Quote: the quotes that the caller may see."""
    if caller is None or sees_everything(session, caller):
        return true()
    me = _me(session, caller)
    followed = select(Facility.financing_id).where(facilities_seen(session, caller))
    return or_(
        col(Quote.exporter) == me,
        and_(col(Quote.partner) == me, col(Quote.financing_id).in_(followed)),
        *(
            and_(col(Quote.consent_id) == _consent(session), shared)
            for shared in _shared(_under(session), "orders", Quote.order_id, Quote.exporter)
        ),
    )


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


def _consent(session: Session) -> str:
    """By which consent the transaction reads; empty when by none."""
    acting = acting_of(session)
    return acting.consent_id if acting else ""


def _under(session: Session) -> Acting | None:
    """Whom the transaction acts for, if by a consent."""
    return acting_of(session) if _consent(session) else None


def _me(session: Session, caller: bytes) -> bytes:
    """Who has a part of its own in things: under a consent nobody, whoever asks."""
    return NOBODY if _consent(session) else caller


def _shared(acting: Any, kind: str, key: Any, *owners: Any) -> list[Condition]:
    """What the consent gives that the transaction reads under; nothing when it reads under none."""
    if acting is None:
        return []
    given = (
        select(ConsentResource.consent_id)
        .join(Consent, col(Consent.consent_id) == col(ConsentResource.consent_id))
        .where(
            col(Consent.consent_id) == acting.consent_id,
            col(Consent.third_party) == acting.participant_id,
            col(Consent.status) == ConsentStatus.VALID,
            col(Consent.valid_until) >= acting.today,
            col(ConsentResource.kind) == kind,
            or_(
                col(ConsentResource.resource_id).is_(None), col(ConsentResource.resource_id) == key
            ),
            or_(*(col(Consent.owner) == owner for owner in owners)),
        )
    )
    return [given.exists()]


def _subject_seen(
    session: Session, caller: bytes, row: Any, subject: Any
) -> tuple[Condition, Condition]:
    """Whether the row's subject is an order that the caller may see, or a voyage of such one."""
    seen = orders_seen(session, caller)
    link = _other(VoyageLink)
    return (
        _is_there(row, col(TradeOrder.order_id) == subject, seen),
        _is_there(row, link.voyage_id == subject, link.order_id == col(TradeOrder.order_id), seen),
    )


def _trades(row: Any, me: Any) -> Condition:
    """Whether it is exporter or importer of the row's order."""
    order = _other(TradeOrder)
    parties = or_(order.exporter == me, order.importer == me)
    return _is_there(row, order.order_id == row.order_id, parties)


def _lends(facility: Any, me: Any) -> Condition:
    lender = _other(FacilityLender)
    return _is_there(facility, lender.financing_id == facility.financing_id, lender.lender == me)


def _arranges(facility: Any, me: Any) -> Condition:
    return facility.terms["platform"].astext == func.concat("0x", func.encode(me, "hex"))


def _other(table: Any) -> Any:
    """The table under a name of its own, so that it is not taken for that of the query around."""
    return aliased(table)


def _is_there(row: Any, *conditions: Any) -> Condition:
    """Whether something is to be found that has to do with the row of the query around."""
    return select(literal(1)).where(*conditions).correlate(row).exists()


def _order_asked() -> Condition:
    me = bindparam("me", type_=LargeBinary)
    acting = SimpleNamespace(
        consent_id=bindparam("consent_id", type_=String),
        participant_id=bindparam("third_party", type_=LargeBinary),
        today=bindparam("today", type_=Date),
    )
    regulating = select(Participant.participant_id).where(
        col(Participant.participant_id) == me,
        col(Participant.state) == ParticipantState.ACTIVE.name,
        col(Participant.roles).op(">>")(int(Role.REGULATOR)).op("&")(1) == 1,
    )
    return or_(bindparam("sees_all", type_=Boolean), regulating.exists(), *_orders(me, acting))


ORDER_ASKED = _order_asked()
"""As `orders_seen`, for a statement that is put together once: `asking` has its parameters."""
