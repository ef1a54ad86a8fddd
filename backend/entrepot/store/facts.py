"""The facts of a tranche, gathered from the projections for the release rules."""

from collections.abc import Sequence
from typing import Any

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
    return gather_all(session, facility, [tranche], block, financing)[0]


def gather_all(
    session: Session,
    facility: Facility,
    tranches: Sequence[Tranche],
    block: Block,
    financing: bytes,
) -> list[Facts]:
    """The same for several tranches of one facility, in as many questions as for one."""
    order = session.get_one(TradeOrder, facility.order_id)
    holding = session.get(Holding, facility.financing_id)
    title = _title(session, facility, financing)
    cap = session.get(SandboxCap, (facility.corridor, facility.currency))
    lenders = _Lenders(session, facility, block)
    shared: dict[str, Any] = {
        "at": block.timestamp,
        "facility_state": facility.state,
        "held": facility.held,
        "order_state": order.state,
        "order_version": order.version,
        "terms_order_version": int(str(facility.terms["order_version"])),
        "importer": order.importer.decode(),
        "exporter_active": lenders.exporter_active,
        "basis_withdrawn": _withdrawn(session, facility),
        "attesters": _attesters(session, order),
        "attestations": _attestations(session, order),
        "conflicts": _conflicts(session, order),
        "title": title,
        "title_linked_elsewhere": _is_linked_elsewhere(session, title, holding),
        "sandbox_cap_minor": cap.cap_minor if cap else 0,
        "sandbox_used_minor": _sandbox_used(session, facility),
        "sandbox_ends_at": cap.ends_at if cap else 0,
        "outstanding_minor": facility.outstanding_minor,
        "reserve_minor": facility.reserve_minor,
        "reserve_bps": int(str(facility.terms["reserve_bps"])),
        "reserved_minor": holding.reserved_minor if holding else 0,
        "reservation_expires_at": holding.expires_at if holding else 0,
        "under_recourse": under_recourse(session, facility.exporter),
    }
    return [
        Facts(**shared, **_of_tranche(facility, tranche), lenders=lenders.facts(facility, tranche))
        for tranche in tranches
    ]


def _of_tranche(facility: Facility, tranche: Tranche) -> dict[str, Any]:
    return {
        "released": bool(facility.released_set >> tranche.position & 1),
        "lapsed": bool(facility.lapsed_set >> tranche.position & 1),
        "amount_minor": tranche.amount_minor,
        "not_before": tranche.not_before,
        "expires_at": tranche.expires_at,
        "required": kinds_of(tranche.required),
        "required_twice": kinds_of(tranche.required_twice),
        "blocking": kinds_of(tranche.blocking),
        "title_pledged": tranche.title_pledged,
    }


def changes_at(session: Session, facility: Facility, tranche: Tranche, block: Block) -> int | None:
    """The next chain time at which the outcome may be another though nothing happens; unix
    seconds, None when there is none."""
    cap = session.get(SandboxCap, (facility.corridor, facility.currency))
    holding = session.get(Holding, facility.financing_id)
    members = select(func.min(Participant.kyc_expires_at)).where(
        col(Participant.kyc_expires_at) > block.timestamp,
        (col(Participant.participant_id) == facility.exporter)
        | col(Participant.participant_id).in_(
            select(FacilityLender.lender).where(
                FacilityLender.financing_id == facility.financing_id
            )
        ),
    )
    times = [
        tranche.not_before,
        tranche.expires_at + 1,
        cap.ends_at if cap else 0,
        holding.expires_at + 1 if holding else 0,
        int(session.exec(members).one() or 0),
    ]
    return min((time for time in times if time > block.timestamp), default=None)


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


def basis_of(session: Session, facilities: Sequence[Facility]) -> dict[bytes, list[EvidenceItem]]:
    """The facts that each facility's terms name as its basis, in their order."""
    orders = {facility.order_id for facility in facilities}
    items = session.exec(select(EvidenceItem).where(col(EvidenceItem.subject).in_(orders)))
    by_key = {(i.subject, i.attester, i.kind, i.source_key): i for i in items}
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
            (col(EvidenceItem.subject) == order.order_id) | (col(EvidenceItem.subject).in_(voyages))
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


class _Lenders:
    """The lenders of a facility with their standing, limits and what they have lent already."""

    def __init__(self, session: Session, facility: Facility, block: Block) -> None:
        order = select(FacilityLender).where(FacilityLender.financing_id == facility.financing_id)
        self.rows = list(session.exec(order.order_by(col(FacilityLender.position))))
        names = [row.lender for row in self.rows]
        self.active = _active(session, [facility.exporter, *names], block)
        self.exporter_active = facility.exporter in self.active
        limits = select(LenderLimit).where(
            col(LenderLimit.lender).in_(names),
            LenderLimit.exporter == facility.exporter,
            LenderLimit.currency == facility.currency,
        )
        self.limits = {row.lender: row.limit_minor for row in session.exec(limits)}
        used = (
            select(FacilityLender.lender, func.sum(FacilityLender.outstanding_minor))
            .join(Facility, col(Facility.financing_id) == col(FacilityLender.financing_id))
            .where(col(FacilityLender.lender).in_(names))
            .where(Facility.exporter == facility.exporter, Facility.currency == facility.currency)
            .where(col(Facility.outstanding_minor) > 0)
            .group_by(col(FacilityLender.lender))
        )
        self.used = {lender: int(amount) for lender, amount in session.exec(used)}

    def facts(self, facility: Facility, tranche: Tranche) -> tuple[LenderFacts, ...]:
        drawn = facility.drawn_minor
        shares = [row.funding_bps for row in self.rows]
        parts = between(drawn, drawn + tranche.amount_minor, shares)
        return tuple(
            LenderFacts(
                lender=row.lender.decode(),
                active=row.lender in self.active,
                limit_minor=self.limits.get(row.lender, 0),
                used_minor=self.used.get(row.lender, 0),
                share_minor=share,
            )
            for row, share in zip(self.rows, parts, strict=True)
        )


def _active(session: Session, members: Sequence[bytes], block: Block) -> set[bytes]:
    """Those of the members that may act at this block."""
    query = select(Participant.participant_id).where(
        col(Participant.participant_id).in_(members),
        Participant.state == ParticipantState.ACTIVE.name,
        col(Participant.kyc_expires_at) > block.timestamp,
    )
    return set(session.exec(query))


def _sandbox_used(session: Session, facility: Facility) -> int:
    query = (
        select(func.coalesce(func.sum(Facility.outstanding_minor), 0))
        .where(Facility.corridor == facility.corridor)
        .where(Facility.currency == facility.currency)
        .where(col(Facility.outstanding_minor) > 0)
    )
    return int(session.exec(query).one())
