"""How much of what lenders and regulators allow is used, as it is folded; for whoever quotes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, Numeric, cast, func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.store.goods import family_of
from entrepot.store.tables import (
    EvidenceItem,
    Facility,
    FacilityLender,
    LenderLimit,
    OrderAttester,
    Participant,
    SandboxCap,
    TradeOrder,
    Tranche,
    VoyageLink,
)

LIVE = ("APPROVED", "FUNDED", "RELEASED", "OVERDUE", "DEFAULTED")
"""States in which money is out, or promised."""


@dataclass(frozen=True, slots=True)
class Used:
    """Minor units lent and promised: to the exporter, on the buyer, on the buyer's country."""

    exporter: int = 0
    buyer: int = 0
    country: int = 0


def used(
    session: Session, lenders: Collection[bytes], order: TradeOrder, country: str
) -> dict[bytes, Used]:
    """By lender, in the order's currency: what is outstanding, and its share, rounded up, of what
    may still be released. The contract counts only the former, so this is never too little."""
    undrawn = (
        select(func.coalesce(func.sum(col(Tranche.amount_minor)), 0))
        .where(
            col(Tranche.financing_id) == col(FacilityLender.financing_id),
            col(Tranche.state) == "PENDING",
        )
        .scalar_subquery()
    )
    promised = func.ceil(cast(undrawn, Numeric) * col(FacilityLender.funding_bps) / 10_000)
    part = cast(col(FacilityLender.outstanding_minor), Numeric) + promised

    def sum_of(condition: ColumnElement[bool]) -> ColumnElement[Decimal]:
        return func.coalesce(func.sum(part).filter(condition), 0)

    query = (
        select_columns(
            col(FacilityLender.lender),
            sum_of(col(Facility.exporter) == order.exporter),
            sum_of(col(TradeOrder.importer) == order.importer),
            sum_of(col(Participant.jurisdiction) == country),
        )
        .join(Facility, col(Facility.financing_id) == col(FacilityLender.financing_id))
        .join(TradeOrder, col(TradeOrder.order_id) == col(Facility.order_id))
        .join(Participant, col(Participant.participant_id) == col(TradeOrder.importer))
        .where(
            col(FacilityLender.lender).in_(lenders),
            col(Facility.currency) == order.currency,
            col(Facility.state).in_(LIVE),
        )
        .group_by(col(FacilityLender.lender))
    )
    return {row[0]: Used(*(int(each) for each in row[1:])) for row in session.execute(query)}


def limits(session: Session, lenders: Collection[bytes], order: TradeOrder) -> dict[bytes, int]:
    """By lender: its limit for the order's exporter in its currency."""
    query = select(LenderLimit.lender, LenderLimit.limit_minor).where(
        col(LenderLimit.lender).in_(lenders),
        col(LenderLimit.exporter) == order.exporter,
        col(LenderLimit.currency) == order.currency,
    )
    return dict(session.exec(query).all())


def sandbox(session: Session, corridor: str, currency: str) -> tuple[int, int, int]:
    """The cap, what is outstanding under it over all lenders, and when it ends; zeros if none."""
    cap = session.get(SandboxCap, (corridor, currency))
    if cap is None:
        return 0, 0, 0
    out = select(func.coalesce(func.sum(col(Facility.outstanding_minor)), 0)).where(
        col(Facility.corridor) == corridor,
        col(Facility.currency) == currency,
        col(Facility.outstanding_minor) > 0,
    )
    return cap.cap_minor, int(session.exec(out).one()), cap.ends_at


def families(session: Session, asset_keys: Iterable[bytes]) -> int:
    """To how many consignments the register counts these keys."""
    return len({family_of(session, key) for key in asset_keys} - {None})


def attested(session: Session, order_id: bytes) -> tuple[int, int]:
    """The kinds, as KindSets, that stand for the order by one attester, or by two, that it names
    for them."""
    voyages = select(VoyageLink.voyage_id).where(col(VoyageLink.order_id) == order_id)
    stream = col(EvidenceItem.stream)
    query = (
        select(EvidenceItem.kind, EvidenceItem.attester, OrderAttester.kinds)
        .join(OrderAttester, col(OrderAttester.participant_id) == col(EvidenceItem.attester))
        .where(
            col(OrderAttester.order_id) == order_id,
            (stream == order_id) | stream.in_(voyages),
            col(EvidenceItem.state) == "RECORDED",
        )
    )
    once = twice = 0
    for kind, _, kinds in sorted(set(session.exec(query))):
        given = kinds & 1 << EvidenceKind[kind]
        once, twice = once | given, twice | once & given
    return once, twice
