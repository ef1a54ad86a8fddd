"""Facilities: asked for, approved by several, funded, released, repaid."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Path, Response

from entrepot.api.deps import Desk, Reader, SharedReader, hands_in
from entrepot.api.routes.paths import (
    ACT,
    COMMAND,
    After,
    Currency,
    Expand,
    IdInPath,
    LeiInPath,
    LeiWanted,
    Limit,
    State,
    Turn,
    by,
    lists,
    router,
    shows,
)
from entrepot.api.schemas import words
from entrepot.api.schemas.facilities import (
    ApproveIn,
    DecideMatchIn,
    DeclineIn,
    HoldReleaseIn,
    NoteIn,
    RepaymentIn,
    RequestFacilityIn,
    approval,
)
from entrepot.steps.submission import (
    approvals,
    defaults,
    facilities,
    matches,
    notes,
    payments,
    releases,
)
from entrepot.steps.submission.defaults import PayCredit
from entrepot.steps.submission.facilities import DeclineFacility, OnFacility
from entrepot.steps.submission.releases import OnTranche
from entrepot.views import breaches, conditions, decisions, holds
from entrepot.views import facilities as facility_views
from entrepot.views import matches as match_views
from entrepot.views import notes as note_views
from entrepot.views import payments as payment_views
from entrepot.views import releases as release_views
from entrepot.views.breaches import BreachView
from entrepot.views.conditions import TrancheConditions
from entrepot.views.decisions import DecisionView
from entrepot.views.facilities import FacilityView
from entrepot.views.holds import HoldView
from entrepot.views.matches import NearMatchView
from entrepot.views.notes import NoteView
from entrepot.views.payments import PaymentView
from entrepot.views.releases import ReleaseView

api = router("facilities")
Submits = Annotated[Desk, hands_in("submit")]
Decides = Annotated[Desk, hands_in("decide")]
Asks = Annotated[Desk, hands_in("submit", "decide")]
TrancheInPath = Annotated[int, Path(ge=0, le=15, description="Its position, from 0.")]


@api.post("/facilities", summary="Ask for a facility", **COMMAND)
def request_facility(body: RequestFacilityIn, desk: Submits) -> Response:
    """The exporter asks its lenders; `result.financing_id` is known at once."""
    return desk.submit(facilities.request, body.to_command())


@api.post("/facilities/{facility_id}/approvals", summary="Approve", **COMMAND)
def approve_facility(
    facility_id: IdInPath, desk: Decides, body: Annotated[ApproveIn | None, Body()] = None
) -> Response:
    """Signs the facility's digest with the officer's own key.

    `result.digest` is what is signed and `result.statement` what it means. Nothing is signed when
    the papers give other goods or another document root than the terms.
    """
    return desk.submit(approvals.approve, approval(facility_id, body))


@api.get(
    "/facilities/{facility_id}/near-matches",
    summary="Near matches",
    **lists(NearMatchView),
)
def list_near_matches(facility_id: IdInPath, window: Reader) -> Response:
    """For its lenders: papers that look like those of other financed goods, what is alike, and
    what the register tells any lender of those goods; never whose they are."""
    return window.page(
        lambda session, caller: match_views.of_facility(
            session, caller, words.financing(facility_id)
        ),
        "facility",
    )


@api.post(
    "/facilities/{facility_id}/near-matches/{match_id}:decide",
    summary="Decide a near match",
    **COMMAND,
)
def decide_near_match(
    facility_id: IdInPath, match_id: IdInPath, body: DecideMatchIn, desk: Decides
) -> Response:
    """A lender's person says whether they are the same goods, and why; kept, and the last word of
    a lender counts. Its officers sign only when all are decided to be other goods."""
    return desk.submit(matches.decide, body.to_command(facility_id, match_id))


@api.get("/facilities/{facility_id}/notes", summary="Questions and answers", **lists(NoteView))
def get_notes(facility_id: IdInPath, window: Reader) -> Response:
    """Between a lender and the exporter, and why a lender declined; nobody else reads them."""
    return window.page(
        lambda session, caller: note_views.of_facility(
            session, caller, words.financing(facility_id)
        ),
        "facility",
    )


@api.post("/facilities/{facility_id}/notes", summary="Ask or answer", **COMMAND)
def write_note(facility_id: IdInPath, body: NoteIn, desk: Asks) -> Response:
    """A lender asks the exporter; the exporter answers, and names the question."""
    return desk.submit(notes.write, body.to_command(facility_id))


@api.post("/facilities/{facility_id}:decline", summary="Decline", **COMMAND)
def decline_facility(
    facility_id: IdInPath, desk: Decides, body: Annotated[DeclineIn | None, Body()] = None
) -> Response:
    """A lender in the terms says no, and may say why."""
    reason = body.reason if body else None
    command = DeclineFacility(financing_id=words.financing(facility_id), reason=reason or "")
    return desk.submit(facilities.decline, command)


@api.post("/facilities/{facility_id}:fund", summary="Pay in the lender's share", **ACT)
def fund_facility(facility_id: IdInPath, desk: Decides) -> Response:
    """Principal, reserve and true-up, out of the lender's own account."""
    return desk.submit(payments.fund, _on(facility_id))


@api.post("/facilities/{facility_id}:hold", summary="Stop releases", **ACT)
def hold_facility(facility_id: IdInPath, desk: Decides) -> Response:
    """For regulators, who can hold money but never move it."""
    return desk.submit(facilities.hold, _on(facility_id))


@api.post("/facilities/{facility_id}:lift-hold", summary="Let releases go on", **ACT)
def lift_hold(facility_id: IdInPath, desk: Decides) -> Response:
    """For regulators."""
    return desk.submit(facilities.lift_hold, _on(facility_id))


@api.post(
    "/facilities/{facility_id}/tranches/{tranche}:release", summary="Ask for a release", **ACT
)
def release_tranche(facility_id: IdInPath, tranche: TrancheInPath, desk: Asks) -> Response:
    """The contract decides, and pays only if every condition holds; it is asked beforehand."""
    return desk.submit(releases.release, _tranche(facility_id, tranche))


@api.post("/facilities/{facility_id}/tranches/{tranche}:lapse", summary="End a late tranche", **ACT)
def lapse_tranche(facility_id: IdInPath, tranche: TrancheInPath, desk: Asks) -> Response:
    """Frees what was kept for a tranche that was not released in time."""
    return desk.submit(releases.lapse, _tranche(facility_id, tranche))


@api.post("/facilities/{facility_id}/tranches/{tranche}:hold", summary="Hold a release", **COMMAND)
def hold_release(
    facility_id: IdInPath, tranche: TrancheInPath, body: HoldReleaseIn, desk: Decides
) -> Response:
    """A lender keeps the release back, as long as no call for it is signed. Off the chain: here
    nobody asks for it until every lender that holds it has resumed it."""
    return desk.submit(releases.hold, body.to_command(facility_id, tranche))


@api.post(
    "/facilities/{facility_id}/tranches/{tranche}:resume", summary="Resume a release", **COMMAND
)
def resume_release(
    facility_id: IdInPath, tranche: TrancheInPath, body: HoldReleaseIn, desk: Decides
) -> Response:
    """The lender lets go of what it holds, whichever of its people held it."""
    return desk.submit(releases.resume, body.to_command(facility_id, tranche))


@api.get(
    "/facilities/{facility_id}/release-holds",
    summary="Holds on releases",
    **lists(HoldView),
)
def list_release_holds(facility_id: IdInPath, window: Reader) -> Response:
    """All that stand or stood. Why, and by which officer, is told to the holder's own people and
    to regulators."""
    return window.page(
        lambda session, caller: holds.of_facility(session, caller, words.financing(facility_id)),
        "facility",
    )


@api.post("/facilities/{facility_id}/repayments", summary="Repay", **COMMAND)
def repay_facility(facility_id: IdInPath, body: RepaymentIn, desk: Decides) -> Response:
    """Out of the payer's own account, through the waterfall; the last payment frees the title."""
    return desk.submit(payments.repay, body.to_command(facility_id))


@api.post("/facilities/{facility_id}:declare-default", summary="Declare a default", **ACT)
def declare_default(facility_id: IdInPath, desk: Decides) -> Response:
    """A lender, once the facility has been overdue for the agreed days: the reserve pays first, and
    the rest of the loss is shared."""
    return desk.submit(defaults.declare_default, _on(facility_id))


@api.post("/facilities/{facility_id}:claim-recourse", summary="Call on the exporter", **ACT)
def claim_recourse(facility_id: IdInPath, desk: Decides) -> Response:
    """A lender, after a default under terms with recourse. Until it is recovered or written off,
    nothing is released to that exporter."""
    return desk.submit(defaults.claim_recourse, _on(facility_id))


@api.post("/facilities/{facility_id}:enforce-title", summary="Take the pledged bill", **ACT)
def enforce_title(facility_id: IdInPath, desk: Decides) -> Response:
    """The lender with the largest loss share, after a default, for all lenders."""
    return desk.submit(defaults.enforce_title, _on(facility_id))


@api.post("/facilities/{facility_id}:write-off", summary="Agree to write off", **ACT)
def write_off(facility_id: IdInPath, desk: Decides) -> Response:
    """A lender, after a default; it is done once all lenders have agreed."""
    return desk.submit(defaults.write_off, _on(facility_id))


@api.post(
    "/facilities/{facility_id}/credits/{lei}:claim",
    summary="Pay out what waits for somebody",
    **ACT,
)
def claim_credit(facility_id: IdInPath, lei: LeiInPath, desk: Asks) -> Response:
    """Money that could not be paid when it was due, say to a suspended participant."""
    return desk.submit(
        defaults.claim_credit,
        PayCredit(financing_id=words.financing(facility_id), participant=words.participant(lei)),
    )


@api.get("/facilities", summary="Facilities, newest first", **lists(FacilityView))
def list_facilities(
    window: SharedReader,
    turn: Turn,
    state: State = None,
    exporter: LeiWanted = None,
    currency: Currency = None,
) -> Response:
    """Those that the caller has a part in. `sort`: asked, or outstanding within one currency."""
    return window.page(
        lambda session, caller: facility_views.list_facilities(
            session,
            caller,
            asked=turn,
            state=state,
            exporter=words.lei_of(exporter),
            currency=currency,
        ),
        by=by("facilities", turn, exporter=exporter, amount=currency),
    )


@api.get("/facilities/{facility_id:plain}", summary="One facility", **shows(FacilityView))
def get_facility(facility_id: IdInPath, window: SharedReader, expand: Expand = None) -> Response:
    """Terms, lenders, tranches, approvals. `expand`: conditions, decisions, breaches, payments."""
    wanted = words.financing(facility_id)
    return window.one(
        "facility",
        lambda session, caller: facility_views.get_facility(session, caller, wanted),
        expand,
        {
            "conditions": (
                TrancheConditions,
                lambda session, caller: conditions.of_facility(session, caller, wanted),
            ),
            "decisions": (
                DecisionView,
                lambda session, caller: decisions.of_facility(session, caller, wanted),
            ),
            "breaches": (
                BreachView,
                lambda session, caller: breaches.of_facility(session, caller, wanted),
            ),
            "payments": (
                PaymentView,
                lambda session, caller: payment_views.of_facility(session, caller, wanted),
            ),
        },
    )


@api.get(
    "/facilities/{facility_id:plain}/conditions",
    summary="What a facility still waits for",
    **lists(TrancheConditions),
)
def list_conditions(facility_id: IdInPath, window: SharedReader) -> Response:
    """For each tranche, every condition in words, met or not, with its proofs."""
    return window.page(
        lambda session, caller: conditions.of_facility(
            session, caller, words.financing(facility_id)
        ),
        "facility",
    )


@api.get(
    "/facilities/{facility_id:plain}/breaches",
    summary="What no longer holds",
    **lists(BreachView),
)
def list_breaches(facility_id: IdInPath, window: Reader) -> Response:
    """Facts that money went out on and that were withdrawn afterwards, and holds that came after
    it: for the lenders to act on, each until it is mended."""
    return window.page(
        lambda session, caller: breaches.of_facility(session, caller, words.financing(facility_id)),
        "facility",
    )


@api.get(
    "/facilities/{facility_id:plain}/decisions",
    summary="How a facility was decided on",
    **lists(DecisionView),
)
def list_decisions(facility_id: IdInPath, window: Reader) -> Response:
    """Every evaluation that came out differently, with the facts it was made on."""
    return window.page(
        lambda session, caller: decisions.of_facility(
            session, caller, words.financing(facility_id)
        ),
        "facility",
    )


@api.get("/facilities/{facility_id:plain}/repayments", summary="Repayments", **lists(PaymentView))
def list_repayments(facility_id: IdInPath, window: SharedReader) -> Response:
    """What was paid, and where each minor unit of it went."""
    return window.page(
        lambda session, caller: payment_views.of_facility(
            session, caller, words.financing(facility_id)
        ),
        "facility",
    )


@api.get("/releases", summary="Releases, newest first", tags=["releases"], **lists(ReleaseView))
def list_releases(window: Reader, limit: Limit = 50, after: After = None) -> Response:
    """Tranches that are released, asked for or held, in facilities the caller has a part in."""
    return window.page(
        lambda session, caller: release_views.list_releases(
            session, caller, limit=limit, after=after
        )
    )


def _on(facility_id: str) -> OnFacility:
    return OnFacility(financing_id=words.financing(facility_id))


def _tranche(facility_id: str, tranche: int) -> OnTranche:
    return OnTranche(financing_id=words.financing(facility_id), tranche=tranche)
