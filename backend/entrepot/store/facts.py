"""The facts of a tranche, gathered from the projections for the release rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import (
    LargeBinary,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

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
from entrepot.store.asking import Question, ask_all
from entrepot.store.goods import family_query
from entrepot.store.tables import (
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


class Moment(Protocol):
    """When: a block has its time, unix seconds."""

    @property
    def timestamp(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Gathered:
    """What is known of one tranche. changes_at: the next chain time at which the outcome may be
    another though nothing happens; unix seconds, None when there is none."""

    facts: Facts
    changes_at: int | None


def gather(
    session: Session, facility: Facility, tranche: Tranche, block: Moment, financing: bytes
) -> Facts:
    """Everything that the rules look at. `financing` is the address of the Financing contract."""
    return gather_all(session, facility, [tranche], block, financing)[0].facts


def gather_all(
    session: Session,
    facility: Facility,
    tranches: Sequence[Tranche],
    block: Moment,
    financing: bytes,
) -> list[Gathered]:
    """The same for several tranches of one facility, in as many questions as for one."""
    around, items, lenders, attesters, conflicts, titles = _ask(session, facility)
    title = _title(facility, titles[0], financing) if titles else None
    family = titles[0].family if titles else None
    shared: dict[str, Any] = {
        "at": block.timestamp,
        "facility_state": facility.state,
        "held": facility.held,
        "order_state": around.order_state,
        "order_version": around.version,
        "terms_order_version": int(str(facility.terms["order_version"])),
        "importer": around.importer.decode(),
        "exporter_active": _is_active(around.exporter_state, around.kyc_expires_at, block),
        "basis_withdrawn": _withdrawn(facility, items),
        "attesters": _attesters(attesters),
        "attestations": _attestations(items),
        "conflicts": _conflicts(conflicts),
        "title": title,
        "title_linked_elsewhere": None not in (family, around.family) and family != around.family,
        "sandbox_cap_minor": around.cap_minor or 0,
        "sandbox_used_minor": int(around.sandbox_used),
        "sandbox_ends_at": around.ends_at or 0,
        "outstanding_minor": facility.outstanding_minor,
        "reserve_minor": facility.reserve_minor,
        "reserve_bps": int(str(facility.terms["reserve_bps"])),
        "reserved_minor": around.reserved_minor or 0,
        "reservation_expires_at": around.reserved_until or 0,
        "under_recourse": around.under_recourse,
    }
    times = [
        around.ends_at or 0,
        0 if around.reserved_until is None else around.reserved_until + 1,
        around.kyc_expires_at or 0,
        *(row.kyc_expires_at or 0 for row in lenders),
    ]
    return [
        Gathered(
            Facts(
                **shared,
                **_of_tranche(facility, tranche),
                lenders=_lender_facts(facility, tranche, lenders, block),
            ),
            _first_after(block.timestamp, tranche.not_before, tranche.expires_at + 1, *times),
        )
        for tranche in tranches
    ]


def _ask(session: Session, facility: Facility) -> tuple[Any, ...]:
    """What is around the facility; its facts, lenders, attesters, conflicts, and its title if it
    has one. Each lender's share and standing come with its limit and what it has lent already."""
    asked = {
        "financing_id": facility.financing_id,
        "order_id": facility.order_id,
        "exporter": facility.exporter,
        "currency": facility.currency,
    }
    around, *others = ask_all(session, [(question, asked) for question in _QUESTIONS])
    return around[0], *others


def _first_after(now: int, *times: int) -> int | None:
    return min((int(time) for time in times if time > now), default=None)


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


def under_recourse(session: Session, exporter: bytes) -> bool:
    """Whether a recourse claim against the exporter is open, in whatever facility."""
    query = select(col(Facility.financing_id)).where(
        col(Facility.exporter) == exporter,
        col(Facility.recourse_claimed),
        col(Facility.state) == "DEFAULTED",
    )
    return session.scalars(query.limit(1)).first() is not None


def kinds_of(kind_set: int) -> tuple[str, ...]:
    """The names in a KindSet, in the order of the enum."""
    return tuple(kind.name for kind in EvidenceKind if kind_set >> kind & 1)


def basis_of(session: Session, facilities: Sequence[Facility]) -> dict[bytes, list[EvidenceItem]]:
    """The facts that each facility's terms name as its basis, in their order."""
    orders = {facility.order_id for facility in facilities}
    items = session.scalars(select(EvidenceItem).where(col(EvidenceItem.stream).in_(orders)))
    by_key = {(i.stream, i.attester, i.kind, i.source_key): i for i in items}
    return {
        facility.financing_id: [
            by_key[facility.order_id, key.attester, key.kind.name, key.source_key]
            for key in from_plain(FinancingTerms, facility.terms).basis
        ]
        for facility in facilities
    }


def _withdrawn(facility: Facility, items: Sequence[Any]) -> tuple[str, ...]:
    """The evidence ids of the basis that no longer stand, in the order of the terms."""
    by_key = {(i.stream, i.attester, i.kind, i.source_key): i for i in items}
    terms = from_plain(FinancingTerms, facility.terms)
    basis = (
        by_key[facility.order_id, key.attester, key.kind.name, key.source_key]
        for key in terms.basis
    )
    return tuple("0x" + item.evidence_id.hex() for item in basis if item.state != "RECORDED")


def _attesters(rows: Sequence[Any]) -> tuple[NamedAttester, ...]:
    return tuple(
        NamedAttester(
            participant=row.participant_id.decode(),
            group=row.group_id.decode(),
            kinds=kinds_of(row.kinds),
        )
        for row in rows
    )


def _attestations(items: Sequence[Any]) -> tuple[Attestation, ...]:
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
        for item in items
        if item.state == "RECORDED"
    )


def _conflicts(rows: Sequence[Any]) -> tuple[Conflict, ...]:
    return tuple(Conflict(kind=row.kind, source_key="0x" + row.source_key.hex()) for row in rows)


def _title(facility: Facility, title: Any, financing: bytes) -> TitleFacts:
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


def _lender_facts(
    facility: Facility, tranche: Tranche, lenders: Sequence[Any], block: Moment
) -> tuple[LenderFacts, ...]:
    drawn = facility.drawn_minor
    shares = [row.funding_bps for row in lenders]
    parts = between(drawn, drawn + tranche.amount_minor, shares)
    return tuple(
        LenderFacts(
            lender=row.lender.decode(),
            active=_is_active(row.state, row.kyc_expires_at, block),
            limit_minor=row.limit_minor or 0,
            used_minor=int(row.used),
            share_minor=share,
        )
        for row, share in zip(lenders, parts, strict=True)
    )


def _is_active(state: str | None, kyc_expires_at: int | None, block: Moment) -> bool:
    active = state == ParticipantState.ACTIVE.name
    return active and kyc_expires_at is not None and block.timestamp < kyc_expires_at


# The questions.

NOTHING = literal_column("0")
"""Written out, so that the database knows by itself that a partial index serves."""

_other, _lent = aliased(Facility), aliased(FacilityLender)

_AROUND = (
    select(
        col(TradeOrder.state).label("order_state"),
        col(TradeOrder.version),
        col(TradeOrder.importer),
        col(Holding.family),
        col(Holding.reserved_minor),
        col(Holding.expires_at).label("reserved_until"),
        col(SandboxCap.cap_minor),
        col(SandboxCap.ends_at),
        col(Participant.state).label("exporter_state"),
        col(Participant.kyc_expires_at),
        select(func.coalesce(func.sum(_other.outstanding_minor), 0))
        .where(col(_other.corridor) == Facility.corridor, col(_other.currency) == Facility.currency)
        .where(col(_other.outstanding_minor) > NOTHING)
        .correlate(Facility)
        .scalar_subquery()
        .label("sandbox_used"),
        exists()
        .where(
            col(_other.exporter) == col(Facility.exporter),
            col(_other.recourse_claimed),
            col(_other.state) == "DEFAULTED",
        )
        .correlate(Facility)
        .label("under_recourse"),
    )
    .select_from(Facility)
    .join(TradeOrder, col(TradeOrder.order_id) == col(Facility.order_id))
    .join(Holding, col(Holding.financing_id) == col(Facility.financing_id), isouter=True)
    .join(
        SandboxCap,
        and_(
            col(SandboxCap.corridor) == col(Facility.corridor),
            col(SandboxCap.currency) == col(Facility.currency),
        ),
        isouter=True,
    )
    .join(Participant, col(Participant.participant_id) == col(Facility.exporter), isouter=True)
    .where(col(Facility.financing_id) == bindparam("financing_id"))
)

_ITEMS = (
    select(EvidenceItem)
    .where(
        col(EvidenceItem.stream).in_(
            union_all(
                select(cast(bindparam("order_id"), LargeBinary)),
                select(col(VoyageLink.voyage_id)).where(
                    col(VoyageLink.order_id) == bindparam("order_id")
                ),
            )
        )
    )
    .order_by(col(EvidenceItem.recorded_block), col(EvidenceItem.evidence_id))
)

_ATTESTERS = (
    select(col(OrderAttester.participant_id), col(Participant.group_id), col(OrderAttester.kinds))
    .where(col(OrderAttester.order_id) == bindparam("order_id"))
    .where(col(Participant.participant_id) == col(OrderAttester.participant_id))
    .order_by(col(OrderAttester.position))
)

_CONFLICTS = (
    select(EvidenceConflict)
    .where(col(EvidenceConflict.order_id) == bindparam("order_id"))
    .order_by(col(EvidenceConflict.place))
)

_TITLE = (
    select(
        col(Title.title_id),
        col(Title.order_id),
        col(Title.state),
        col(Title.form),
        col(Title.possessor),
        col(Title.endorsee),
        col(Title.pledgee),
        col(Title.deliver_to),
        family_query(col(Title.title_id)).label("family"),
    )
    .where(col(Title.pledged_for) == bindparam("financing_id"))
    .limit(1)
)

_LENDERS = (
    select(
        col(FacilityLender.lender),
        col(FacilityLender.funding_bps),
        col(Participant.state),
        col(Participant.kyc_expires_at),
        col(LenderLimit.limit_minor),
        select(func.coalesce(func.sum(_lent.outstanding_minor), 0))
        .join(_other, col(_other.financing_id) == col(_lent.financing_id))
        .where(
            col(_lent.lender) == col(FacilityLender.lender),
            col(_other.exporter) == bindparam("exporter"),
            col(_other.currency) == bindparam("currency"),
            col(_other.outstanding_minor) > NOTHING,
        )
        .correlate(FacilityLender)
        .scalar_subquery()
        .label("used"),
    )
    .select_from(FacilityLender)
    .join(Participant, col(Participant.participant_id) == col(FacilityLender.lender), isouter=True)
    .join(
        LenderLimit,
        and_(
            col(LenderLimit.lender) == col(FacilityLender.lender),
            col(LenderLimit.exporter) == bindparam("exporter"),
            col(LenderLimit.currency) == bindparam("currency"),
        ),
        isouter=True,
    )
    .where(col(FacilityLender.financing_id) == bindparam("financing_id"))
    .order_by(col(FacilityLender.position))
)

_QUESTIONS = [
    Question(statement) for statement in (_AROUND, _ITEMS, _LENDERS, _ATTESTERS, _CONFLICTS, _TITLE)
]
