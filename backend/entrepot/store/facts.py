"""The facts of a tranche, gathered from the projections for the release rules."""

from collections.abc import Sequence

from sqlalchemy import func
from sqlmodel import Session, col, select

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.financings import FinancingTerms
from entrepot.bindings.participants import ParticipantState
from entrepot.domain.sharing import between
from entrepot.domain.terms import (
    Attestation,
    Conflict,
    Facts,
    LenderFacts,
    NamedAttester,
    TitleFacts,
)
from entrepot.kit.abi import from_plain
from entrepot.store.goods import family_of
from entrepot.store.tables import (
    Block,
    EvidenceConflict,
    EvidenceItem,
    Facility,
    FacilityLender,
    Holding,
    LenderLimit,
    OrderAttester,
    Participant,
    SandboxCap,
    Title,
    TradeOrder,
    Tranche,
    VoyageLink,
)


def gather(
    session: Session, facility: Facility, tranche: Tranche, block: Block, financing: bytes
) -> Facts:
    """Everything that the rules look at. `financing` is the address of the Financing contract."""
    order = session.get_one(TradeOrder, facility.order_id)
    holding = session.get(Holding, facility.financing_id)
    title = _title(session, facility, financing)
    cap = session.get(SandboxCap, (facility.corridor, facility.currency))
    return Facts(
        at=block.timestamp,
        facility_state=facility.state,
        held=facility.held,
        released=bool(facility.released_set >> tranche.position & 1),
        lapsed=bool(facility.lapsed_set >> tranche.position & 1),
        amount_minor=tranche.amount_minor,
        not_before=tranche.not_before,
        expires_at=tranche.expires_at,
        required=kinds_of(tranche.required),
        required_twice=kinds_of(tranche.required_twice),
        blocking=kinds_of(tranche.blocking),
        title_pledged=tranche.title_pledged,
        order_state=order.state,
        order_version=order.version,
        terms_order_version=int(str(facility.terms["order_version"])),
        importer=order.importer.decode(),
        exporter_active=_is_active(session, facility.exporter, block),
        basis_withdrawn=_withdrawn(session, facility),
        attesters=_attesters(session, order),
        attestations=_attestations(session, order),
        conflicts=_conflicts(session, order),
        title=title,
        title_linked_elsewhere=_is_linked_elsewhere(session, title, holding),
        lenders=_lenders(session, facility, tranche, block),
        sandbox_cap_minor=cap.cap_minor if cap else 0,
        sandbox_used_minor=_sandbox_used(session, facility),
        sandbox_ends_at=cap.ends_at if cap else 0,
        outstanding_minor=facility.outstanding_minor,
        reserve_minor=facility.reserve_minor,
        reserve_bps=int(str(facility.terms["reserve_bps"])),
        reserved_minor=holding.reserved_minor if holding else 0,
        reservation_expires_at=holding.expires_at if holding else 0,
        under_recourse=under_recourse(session, facility.exporter),
    )


def under_recourse(session: Session, exporter: bytes) -> bool:
    """Whether a recourse claim against the exporter is open, in whatever facility."""
    query = select(Facility.financing_id).where(
        Facility.exporter == exporter,
        col(Facility.recourse_claimed),
        Facility.state == "DEFAULTED",
    )
    return session.exec(query.limit(1)).first() is not None


def kinds_of(kind_set: int) -> tuple[str, ...]:
    """The names in a KindSet, in the order of the enum."""
    return tuple(kind.name for kind in EvidenceKind if kind_set >> kind & 1)


def _is_active(session: Session, participant_id: bytes, block: Block) -> bool:
    row = session.get(Participant, participant_id)
    return (
        row is not None
        and row.state == ParticipantState.ACTIVE.name
        and block.timestamp < row.kyc_expires_at
    )


def basis_of(session: Session, facilities: Sequence[Facility]) -> dict[bytes, list[EvidenceItem]]:
    """The facts that each facility's terms name as its basis, in their order."""
    orders = {facility.order_id for facility in facilities}
    items = session.exec(select(EvidenceItem).where(col(EvidenceItem.stream).in_(orders)))
    by_key = {(i.stream, i.attester, i.kind, i.source_key): i for i in items}
    return {
        facility.financing_id: [
            by_key[facility.order_id, key.attester, key.kind.name, key.source_key]
            for key in from_plain(FinancingTerms, facility.terms).basis
        ]
        for facility in facilities
    }


def _withdrawn(session: Session, facility: Facility) -> tuple[str, ...]:
    basis = basis_of(session, [facility])[facility.financing_id]
    return tuple("0x" + item.evidence_id.hex() for item in basis if item.state != "RECORDED")


def _attesters(session: Session, order: TradeOrder) -> tuple[NamedAttester, ...]:
    query = (
        select(OrderAttester, Participant)
        .where(OrderAttester.order_id == order.order_id)
        .where(Participant.participant_id == OrderAttester.participant_id)
        .order_by(col(OrderAttester.position))
    )
    return tuple(
        NamedAttester(
            participant=named.participant_id.decode(),
            group=participant.group_id.decode(),
            kinds=kinds_of(named.kinds),
        )
        for named, participant in session.exec(query)
    )


def _attestations(session: Session, order: TradeOrder) -> tuple[Attestation, ...]:
    voyages = select(VoyageLink.voyage_id).where(VoyageLink.order_id == order.order_id)
    query = (
        select(EvidenceItem)
        .where(
            (col(EvidenceItem.stream) == order.order_id) | (col(EvidenceItem.stream).in_(voyages))
        )
        .where(EvidenceItem.state == "RECORDED")
        .order_by(col(EvidenceItem.recorded_block), col(EvidenceItem.evidence_id))
    )
    return tuple(
        Attestation(
            evidence_id="0x" + item.evidence_id.hex(),
            attester=item.attester.decode(),
            kind=item.kind,
            block=item.recorded_block,
            on_voyage=item.on_voyage,
            source_key="0x" + item.source_key.hex(),
            commitment="0x" + item.commitment.hex(),
        )
        for item in session.exec(query)
    )


def _conflicts(session: Session, order: TradeOrder) -> tuple[Conflict, ...]:
    query = (
        select(EvidenceConflict)
        .where(col(EvidenceConflict.order_id) == order.order_id)
        .order_by(col(EvidenceConflict.place))
    )
    return tuple(
        Conflict(kind=row.kind, source_key="0x" + row.source_key.hex())
        for row in session.exec(query)
    )


def _title(session: Session, facility: Facility, financing: bytes) -> TitleFacts | None:
    query = select(Title).where(Title.pledged_for == facility.financing_id).limit(1)
    title = session.exec(query).first()
    if title is None:
        return None
    return TitleFacts(
        title_id="0x" + title.title_id.hex(),
        state=title.state,
        form=title.form,
        possessor=title.possessor.decode(),
        endorsee=title.endorsee.rstrip(b"\0").decode(),
        same_order=title.order_id == facility.order_id,
        pledgee_is_financing=title.pledgee == financing,
        deliver_to=title.deliver_to.decode(),
    )


def _is_linked_elsewhere(
    session: Session, title: TitleFacts | None, holding: Holding | None
) -> bool:
    if title is None or holding is None:
        return False
    family = family_of(session, bytes.fromhex(title.title_id.removeprefix("0x")))
    return family is not None and family != holding.family


def _lenders(
    session: Session, facility: Facility, tranche: Tranche, block: Block
) -> tuple[LenderFacts, ...]:
    query = (
        select(FacilityLender)
        .where(FacilityLender.financing_id == facility.financing_id)
        .order_by(col(FacilityLender.position))
    )
    rows = list(session.exec(query))
    drawn = facility.drawn_minor
    parts = between(drawn, drawn + tranche.amount_minor, [row.funding_bps for row in rows])
    return tuple(
        LenderFacts(
            lender=row.lender.decode(),
            active=_is_active(session, row.lender, block),
            limit_minor=_limit(session, row.lender, facility),
            used_minor=_used(session, row.lender, facility),
            share_minor=share,
        )
        for row, share in zip(rows, parts, strict=True)
    )


def _limit(session: Session, lender: bytes, facility: Facility) -> int:
    row = session.get(LenderLimit, (lender, facility.exporter, facility.currency))
    return row.limit_minor if row else 0


def _used(session: Session, lender: bytes, facility: Facility) -> int:
    query = (
        select(func.coalesce(func.sum(FacilityLender.outstanding_minor), 0))
        .join(Facility, col(Facility.financing_id) == col(FacilityLender.financing_id))
        .where(FacilityLender.lender == lender)
        .where(Facility.exporter == facility.exporter)
        .where(Facility.currency == facility.currency)
    )
    return int(session.exec(query).one())


def _sandbox_used(session: Session, facility: Facility) -> int:
    query = (
        select(func.coalesce(func.sum(Facility.outstanding_minor), 0))
        .where(Facility.corridor == facility.corridor)
        .where(Facility.currency == facility.currency)
    )
    return int(session.exec(query).one())
