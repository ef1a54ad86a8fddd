"""A change of a policy in the console: one person fills it in, another says yes or no."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, HTTPException, Path, Query, Request
from fastapi.responses import RedirectResponse, Response

from entrepot.console.calls import StepOf, ask_device, check_fresh, signing_caller
from entrepot.console.dossier import submission_caller
from entrepot.console.forms import Csrf, Signed
from entrepot.console.frame import framed
from entrepot.console.means import means_of
from entrepot.console.passkeys import NotKnown
from entrepot.console.policy_forms import (
    AMOUNTS,
    CURRENCY,
    DAYS,
    LINE,
    MAY_BE_EMPTY,
    SHARES,
    BandsForm,
    ChangeForm,
    OfferForm,
    bands_of,
    day_of,
    form_of,
    form_of_bands,
    offer_of,
)
from entrepot.console.screen import shown_again
from entrepot.console.screens import policies as screens
from entrepot.console.security import check_decides, check_form
from entrepot.console.sessions import Officer
from entrepot.console.state import Console, TheConsole, TheOfficer
from entrepot.console.trail import Act, keep
from entrepot.domain.errors import DomainError, InvalidInput
from entrepot.domain.proposals import PolicyKind
from entrepot.kit.clock import from_unix
from entrepot.steps.submission import proposals
from entrepot.steps.submission.offers import PublishOffer
from entrepot.steps.submission.policies import BANDS_MAX, BandApprovals
from entrepot.steps.submission.proposals import OnProposal, ProposeChange
from entrepot.store import offers as kept
from entrepot.store import proposals as kept_proposals
from entrepot.store.tables import Offer
from entrepot.views import chain
from entrepot.views.policy_words import FIELDS, REFUSALS

router = APIRouter()

ProposalId = Annotated[str, Path(pattern=r"^pol_[0-9a-f]{32}$")]
Remark = Annotated[str, Form(max_length=500, pattern=LINE)]
DONE: Final[dict[str, Act]] = {
    "confirm": "CONFIRMED_POLICY",
    "decline": "DECLINED_POLICY",
    "withdraw": "WITHDREW_POLICY",
}


@router.get("/policies/change/bands")
def bands_form(
    request: Request,
    console: TheConsole,
    officer: TheOfficer,
    currency: Annotated[str, Query(pattern=CURRENCY)] = "",
) -> Response:
    """The bands of a currency as they stand, or are confirmed to, to be filled in otherwise."""
    with console.world.store.reading(officer.acting) as session:
        standing = kept_proposals.bands_standing(session, officer.participant_id, currency)
    form = form_of_bands(currency, standing.get("bands", []))
    return _bands_page(request, console, officer, form)


@router.post("/policies/change/bands")
def propose_bands(
    request: Request,
    console: TheConsole,
    officer: TheOfficer,
    form: Annotated[BandsForm, Form()],
) -> Response:
    """Keeps the proposal, and shows it."""
    _check(request, console, officer, form)
    try:
        return _propose(request, console, officer, form, bands_of(form))
    except DomainError as error:
        return _bands_page(request, console, officer, form, error)


@router.get("/policies/change/offer")
def offer_form(
    request: Request,
    console: TheConsole,
    officer: TheOfficer,
    offer: Annotated[str, Query(pattern=r"^off_[0-9a-f]{32}$")],
) -> Response:
    """An offer's newest terms, to be filled in otherwise."""
    standing = _standing(console, officer, offer)
    return _offer_page(request, console, officer, standing, form_of(standing))


@router.post("/policies/change/offer")
def propose_offer(
    request: Request,
    console: TheConsole,
    officer: TheOfficer,
    form: Annotated[OfferForm, Form()],
) -> Response:
    """Keeps the proposal, and shows it."""
    _check(request, console, officer, form)
    standing = _standing(console, officer, form.offer)
    try:
        return _propose(request, console, officer, form, offer_of(standing, form))
    except DomainError as error:
        return _offer_page(request, console, officer, standing, form, error)


@router.post("/policies/proposals/{proposal}/confirm/asked")
def ask(
    request: Request,
    console: TheConsole,
    officer: TheOfficer,
    proposal: ProposalId,
    csrf: Csrf = "",
) -> Response:
    """What the officer's device is to sign for bands to be set, as JSON for the page's script."""
    check_form(request, officer, csrf)
    check_decides(officer)
    return ask_device(request, console, officer, _step_of(console, proposal))


@router.post("/policies/proposals/{proposal}/confirm")
def confirm(
    request: Request,
    console: TheConsole,
    officer: TheOfficer,
    proposal: ProposalId,
    signed: Signed,
    reason: Remark = "",
    csrf: Csrf = "",
) -> Response:
    """The second person's yes; what is the contract's is signed by them."""
    check_form(request, officer, csrf)
    check_decides(officer)
    step_of = _step_of(console, proposal) if _is_call(console, officer, proposal) else None
    if step_of is not None:
        check_fresh(console, officer)
    else:
        console.sessions.check_fresh(officer)
    command = OnProposal(proposal_id=proposal, reason=reason.strip())
    try:
        with console.world.store.transaction() as session:
            caller = submission_caller(officer)
            if step_of is not None:
                caller = signing_caller(request, console, session, officer, step_of, signed)
            proposals.confirm(console.world, session, caller, command)
            keep(console.world, session, officer, DONE["confirm"], proposal, command.reason)
    except (DomainError, NotKnown) as error:
        return _refused(request, console, officer, error)
    return _to_proposal(request, proposal)


@router.post("/policies/proposals/{proposal}/decline")
def decline(
    request: Request,
    console: TheConsole,
    officer: TheOfficer,
    proposal: ProposalId,
    reason: Remark,
    csrf: Csrf = "",
) -> Response:
    """The second person's no, with the reason."""
    return _decide(request, console, officer, proposal, "decline", reason, csrf)


@router.post("/policies/proposals/{proposal}/withdraw")
def withdraw(
    request: Request,
    console: TheConsole,
    officer: TheOfficer,
    proposal: ProposalId,
    csrf: Csrf = "",
) -> Response:
    """Whoever proposed it takes it back."""
    return _decide(request, console, officer, proposal, "withdraw", "", csrf)


def _decide(
    request: Request,
    console: Console,
    officer: Officer,
    proposal: str,
    word: str,
    reason: str,
    csrf: str,
) -> Response:
    check_form(request, officer, csrf)
    check_decides(officer)
    console.sessions.check_fresh(officer)
    verb = proposals.decline if word == "decline" else proposals.withdraw
    command = OnProposal(proposal_id=proposal, reason=reason.strip())
    try:
        with console.world.store.transaction() as session:
            verb(console.world, session, submission_caller(officer), command)
            keep(console.world, session, officer, DONE[word], proposal, command.reason)
    except DomainError as error:
        return _refused(request, console, officer, error)
    return _to_proposal(request, proposal)


def _check(request: Request, console: Console, officer: Officer, form: ChangeForm) -> None:
    check_form(request, officer, form.csrf)
    check_decides(officer)
    console.sessions.check_fresh(officer)


def _propose(
    request: Request,
    console: Console,
    officer: Officer,
    form: ChangeForm,
    change: BandApprovals | PublishOffer,
) -> Response:
    reason = form.reason.strip()
    if not reason:
        raise InvalidInput("reason: whoever confirms it is to know why")
    day = day_of("effective_on", form.effective_on) if form.effective_on else None
    command = ProposeChange(change=change, effective_at=day, reason=reason)
    with console.world.store.transaction() as session:
        accepted = proposals.propose(console.world, session, submission_caller(officer), command)
        proposal = str(accepted.result["proposal_id"])
        keep(console.world, session, officer, "PROPOSED_POLICY", proposal, reason)
    return _to_proposal(request, proposal)


def _standing(console: Console, officer: Officer, offer_id: str) -> Offer:
    """The newest version of one of the officer's own. Raises HTTPException 404."""
    with console.world.store.reading(officer.acting) as session:
        found = kept.versions(session, offer_id)
    if not found or found[-1].bank != officer.participant_id:
        raise HTTPException(404, "no such offer")
    return found[-1]


def _is_call(console: Console, officer: Officer, proposal: str) -> bool:
    """Whether the contract is asked by it, so that it is signed."""
    with console.world.store.reading(officer.acting) as session:
        found = kept_proposals.find(session, officer.participant_id, proposal)
    return found is not None and found.kind == PolicyKind.APPROVAL_BANDS


def _step_of(console: Console, proposal: str) -> StepOf:
    command = OnProposal(proposal_id=proposal)
    return lambda session, caller: proposals.step_of(console.world, session, caller, command)


def _to_proposal(request: Request, proposal: str) -> Response:
    base = request.scope.get("root_path", "")
    return RedirectResponse(f"{base}/policies/proposals/{proposal}?said=yes#result", 303)


def _refused(request: Request, console: Console, officer: Officer, error: Exception) -> Response:
    """The proposal again, with why it was not decided so."""
    return shown_again(request, console, officer, screens.ONE, 409, refusal=_why(error))


def _why(error: Exception | None) -> str | None:
    if error is None:
        return None
    code = error.code if isinstance(error, DomainError) else "not-confirmed"
    return REFUSALS.get(code, str(error))


def _bands_page(
    request: Request,
    console: Console,
    officer: Officer,
    form: BandsForm,
    error: DomainError | None = None,
) -> Response:
    rows = list(zip(form.up_to, form.approvals, strict=False))
    rows += [("", "")] * min(2, BANDS_MAX - len(rows))
    return _page(request, console, officer, "bands", form, error, rows=rows)


def _offer_page(
    request: Request,
    console: Console,
    officer: Officer,
    standing: Offer,
    form: OfferForm,
    error: DomainError | None = None,
) -> Response:
    fields = [
        (name, FIELDS[name], unit, getattr(form, name), name not in MAY_BE_EMPTY)
        for names, unit in (
            (AMOUNTS, kept.terms_of(standing).currency),
            (SHARES, "%"),
            (DAYS, ""),
        )
        for name in names
    ]
    return _page(
        request, console, officer, "offer", form, error, fields=fields, reference=standing.reference
    )


def _page(
    request: Request,
    console: Console,
    officer: Officer,
    kind: str,
    form: ChangeForm,
    error: DomainError | None,
    **more: Any,
) -> Response:
    if means_of(console.world, officer) is None:
        raise HTTPException(403, "this is for officers who may decide")
    with console.world.store.reading(officer.acting) as session:
        values = framed(console, session, officer)
        today = from_unix(chain.now(session)).date().isoformat()
    return console.renderer.page(
        request,
        "policy.html",
        status=409 if error else 200,
        **values,
        kind=kind,
        form=form,
        refusal=_why(error),
        today=today,
        screen=screens.ONE,
        **more,
    )
