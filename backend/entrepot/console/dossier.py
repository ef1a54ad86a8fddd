"""Everything that the facility's page shows, gathered at one moment."""

from dataclasses import dataclass

from entrepot.bindings.ids import FinancingId, ParticipantId
from entrepot.chain.ids import key_id
from entrepot.console.means import Means, means_of
from entrepot.console.sessions import Officer
from entrepot.domain.errors import DomainError
from entrepot.domain.sharing import between
from entrepot.kit.abi import Address
from entrepot.steps import World
from entrepot.steps.submission import approvals as signing
from entrepot.steps.submission.approvals import Statement
from entrepot.steps.submission.caller import Caller
from entrepot.steps.submission.facilities import OnFacility
from entrepot.store.session import Session
from entrepot.store.tenancy import beyond
from entrepot.views import (
    chain,
    conditions,
    exposure,
    facilities,
    matches,
    notes,
    releases,
    timeline,
    voyages,
    words,
)
from entrepot.views.approvals import UNDER_WAY
from entrepot.views.chain import AsOf
from entrepot.views.conditions import TrancheConditions
from entrepot.views.exposure import LimitView
from entrepot.views.facilities import ApprovalView, FacilityView, LenderView, TrancheView
from entrepot.views.matches import NearMatchView
from entrepot.views.notes import NoteView
from entrepot.views.releases import ReleaseView
from entrepot.views.timeline import TimelineEntry
from entrepot.views.values import Amount, amount, hexed, unhexed
from entrepot.views.voyages import VoyageView


@dataclass(frozen=True, slots=True, kw_only=True)
class TrancheCard:
    """`release` is what we asked of the chain for it, if anything."""

    terms: TrancheView
    conditions: TrancheConditions
    release: ReleaseView | None

    @property
    def missing(self) -> tuple[str, ...]:
        """What it waits for, in words."""
        return tuple(x.words for x in self.conditions.items if not x.met and not x.is_adverse)

    @property
    def may_hold(self) -> bool:
        """Whether a lender may still hold its release."""
        return self.terms.state == "PENDING" and not (self.release and self.release.is_signed)

    @property
    def against(self) -> tuple[str, ...]:
        """What was reported that stops it, in words."""
        return tuple(x.words for x in self.conditions.items if x.is_adverse)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """own: the officer's participant as a lender; None when it lends nothing.

    statement: what the officer may sign now; None when there is nothing to sign, and `obstacle`
    says why when there should be. means: by what the officer signs; signed_by: by what they did.
    asked: it is the officer's own participant that asked for the money, so others decide.
    void: what signatures rest on has changed, so that none of them counts.
    matches: for lenders, papers that look like others.
    notes: between a lender and the exporter, if the officer's participant is one of the two.
    voyages: of the order's goods; at least one, for the countries are known from the start.
    """

    facility: FacilityView
    tranches: tuple[TrancheCard, ...]
    timeline: tuple[TimelineEntry, ...]
    as_of: AsOf | None
    own: LenderView | None
    limit: LimitView | None
    limit_after: Amount | None
    signed: ApprovalView | None
    signed_by: Means | None
    asked: bool
    void: bool
    means: Means | None
    statement: Statement | None
    obstacle: str | None
    matches: tuple[NearMatchView, ...]
    notes: tuple[NoteView, ...]
    voyages: tuple[VoyageView, ...]

    @property
    def may_be_held(self) -> bool:
        """Whether a hold would stop anything; one that stands can always be lifted."""
        return self.facility.held or self.facility.state in UNDER_WAY


def gather(
    world: World, session: Session, officer: Officer, facility_id: bytes, deadline: int | None
) -> Dossier | None:
    """None when the officer's participant is no party to the facility."""
    caller = officer.participant_id
    facility = facilities.get_facility(session, caller, facility_id)
    judged = conditions.of_facility(session, caller, facility_id)
    if facility is None or judged is None:
        return None
    finality = world.settings.finality
    asked = {one.tranche: one for one in releases.of_facility(session, caller, facility_id)}
    order_id = unhexed(facility.order_id)
    own = next((x for x in facility.lenders if x.lender == officer.holder.participant), None)
    limit = _limit(session, officer, facility) if own else None
    signed = _signed(facility, officer)
    statement, obstacle = None, None
    is_open = facility.state == "REQUESTED" and own and own.approvals_given < own.approvals_needed
    if is_open and not signed and officer.may_decide:
        statement, obstacle = _statement(world, session, officer, facility_id, deadline)
    return Dossier(
        facility=facility,
        tranches=tuple(
            TrancheCard(terms=terms, conditions=judgement, release=asked.get(terms.position))
            for terms, judgement in zip(facility.tranches, judged, strict=True)
        ),
        timeline=timeline.of_order(session, caller, order_id, finality=finality) or (),
        as_of=chain.as_of(session, finality),
        own=own,
        limit=limit,
        limit_after=exposure_after(facility, own, limit),
        signed=signed,
        signed_by=_signed_by(world, officer, signed),
        asked=facility.exporter == officer.holder.participant,
        void=_is_void(session, officer, facility),
        means=means_of(world, officer),
        statement=statement,
        obstacle=obstacle,
        matches=matches.of_facility(session, caller, facility_id) or (),
        notes=notes.of_facility(session, caller, facility_id) or (),
        voyages=voyages.of_order(session, caller, order_id),
    )


def submission_caller(officer: Officer) -> Caller:
    """The officer, as the step that takes requests knows callers."""
    holder = officer.holder
    return Caller(
        participant_id=ParticipantId(holder.participant_id),
        key=Address(holder.key) if holder.key else None,
        scopes=holder.scopes,
        label=holder.label,
        passkey=holder.passkey,
    )


def _statement(
    world: World, session: Session, officer: Officer, facility_id: bytes, deadline: int | None
) -> tuple[Statement | None, str | None]:
    command = OnFacility(financing_id=FinancingId(facility_id))
    try:
        with beyond(session):  # the step decides on all there is, and tells the officer's own
            caller = submission_caller(officer)
            return signing.prepare(world, session, caller, command, deadline=deadline), None
    except DomainError as error:
        return None, words.OBSTACLES.get(error.code, str(error))


def _limit(session: Session, officer: Officer, facility: FacilityView) -> LimitView | None:
    mine = (officer.holder.participant, facility.exporter, facility.amount.currency)
    found = exposure.limits(session, officer.participant_id)
    return next((x for x in found if (x.lender, x.exporter, x.limit.currency) == mine), None)


def exposure_after(
    facility: FacilityView, own: LenderView | None, limit: LimitView | None
) -> Amount | None:
    """What the lender will have outstanding with the exporter once the rest is paid out."""
    if own is None or limit is None:
        return None
    used = limit.used.minor
    if facility.state in UNDER_WAY:
        shares = [lender.funding_bps for lender in facility.lenders]
        rest = between(facility.drawn.minor, facility.amount.minor, shares)
        used += rest[facility.lenders.index(own)]
    return amount(used, limit.used.currency)


def _signed(facility: FacilityView, officer: Officer) -> ApprovalView | None:
    """The officer's signature, by whichever of their keys."""
    keys = {hexed(each) for each in officer.key_ids}
    return next((one for one in facility.approvals if one.key_id in keys), None)


def _signed_by(world: World, officer: Officer, signed: ApprovalView | None) -> Means | None:
    if signed is None:
        return None
    key = officer.holder.key
    if key is None or signed.key_id != hexed(key_id(key)):
        return "passkey"
    return "kept" if Address(key) in world.signers.addresses() else "wallet"


def _is_void(session: Session, officer: Officer, facility: FacilityView) -> bool:
    """Only before the money is lent does it depend on signatures."""
    if facility.state not in ("REQUESTED", "APPROVED"):
        return False
    command = OnFacility(financing_id=FinancingId(unhexed(facility.facility_id)))
    with beyond(session):
        return not signing.stands(session, submission_caller(officer), command)
