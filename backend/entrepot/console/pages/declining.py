"""Saying no to a facility, with a reason; asking the exporter; answering."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from entrepot.bindings.ids import FinancingId
from entrepot.console.calls import StepOf, ask_device, check_fresh, signing_caller
from entrepot.console.dossier import submission_caller
from entrepot.console.forms import Csrf, Id, Signed, Text
from entrepot.console.pages.facility import refused, under_way
from entrepot.console.passkeys import NotKnown
from entrepot.console.security import check_decides, check_form
from entrepot.console.state import Console, TheConsole, TheOfficer
from entrepot.console.trail import keep
from entrepot.domain.errors import DomainError
from entrepot.steps.submission import facilities, notes
from entrepot.steps.submission.facilities import DeclineFacility
from entrepot.steps.submission.notes import WriteNote
from entrepot.views.values import unhexed

router = APIRouter()


@router.post("/facilities/{facility_id}/decline/asked")
def ask(
    request: Request, console: TheConsole, officer: TheOfficer, facility_id: Id, csrf: Csrf = ""
) -> Response:
    """What the officer's device is to sign, as JSON for the page's script: the call itself."""
    check_form(request, officer, csrf)
    check_decides(officer)
    return ask_device(request, console, officer, _step_of(console, facility_id))


@router.post("/facilities/{facility_id}/decline")
def decline(
    request: Request,
    console: TheConsole,
    officer: TheOfficer,
    facility_id: Id,
    reason: Text,
    signed: Signed,
    csrf: Csrf = "",
) -> Response:
    """Carries the officer's no, signed as an approval would be, and keeps the reason."""
    check_form(request, officer, csrf)
    check_decides(officer)
    check_fresh(console, officer)
    command = DeclineFacility(financing_id=_id(facility_id), reason=reason.strip())
    step_of = _step_of(console, facility_id)
    try:
        with console.world.store.transaction() as session:
            caller = signing_caller(request, console, session, officer, step_of, signed)
            accepted = facilities.decline(console.world, session, caller, command)
            keep(console.world, session, officer, "DECLINED", facility_id, command.reason)
    except (DomainError, NotKnown) as error:
        return refused(request, console, officer, facility_id, error)
    return under_way(request, facility_id, accepted)


@router.post("/facilities/{facility_id}/notes")
def write(
    request: Request,
    console: TheConsole,
    officer: TheOfficer,
    facility_id: Id,
    text: Text,
    csrf: Csrf = "",
    answers: Annotated[int | None, Form(ge=1, le=notes.NOTES_MAX)] = None,
) -> Response:
    """Keeps the question or the answer, and shows the facility again."""
    check_form(request, officer, csrf)
    if not officer.holder.scopes & {"submit", "decide"}:
        raise HTTPException(403, "no permission")
    command = WriteNote(financing_id=_id(facility_id), text=text.strip(), answers=answers)
    try:
        with console.world.store.transaction() as session:
            notes.write(console.world, session, submission_caller(officer), command)
            keep(console.world, session, officer, "WROTE", facility_id, command.text)
    except DomainError as error:
        return refused(request, console, officer, facility_id, error)
    base = request.scope.get("root_path", "")
    return RedirectResponse(f"{base}/facilities/{facility_id}#notes", 303)


def _step_of(console: Console, facility_id: str) -> StepOf:
    return lambda session, caller: facilities.decline_step(
        console.world, session, caller, _id(facility_id)
    )


def _id(text: str) -> FinancingId:
    return FinancingId(unhexed(text))
