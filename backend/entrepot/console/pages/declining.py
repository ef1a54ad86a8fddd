"""Saying no to a facility, with a reason; asking the exporter; answering."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Path, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from entrepot.bindings.ids import FinancingId
from entrepot.chain.codec import encode_call
from entrepot.console.dossier import submission_caller
from entrepot.console.means import means_of, signature, to_sign
from entrepot.console.pages.facility import ANSWER_MAX, refused, under_way
from entrepot.console.passkeys import NotKnown
from entrepot.console.security import check_decides, check_form
from entrepot.console.sessions import Officer
from entrepot.console.state import Console, TheConsole, TheOfficer
from entrepot.console.trail import keep
from entrepot.domain.errors import DomainError
from entrepot.steps.submission import facilities, notes, own_key
from entrepot.steps.submission.caller import CallSignature
from entrepot.steps.submission.facilities import DeclineFacility
from entrepot.steps.submission.notes import WriteNote
from entrepot.steps.submission.own_key import CallToSign
from entrepot.store.session import Session
from entrepot.views.values import unhexed

router = APIRouter()

Id = Annotated[str, Path(pattern=r"^0x[0-9a-f]{64}$")]
Csrf = Annotated[str, Form(max_length=100)]
Text = Annotated[str, Form(min_length=1, max_length=500, pattern=r"\S")]
Whole = Annotated[int, Form(ge=0, lt=2**63)]


@router.post("/facilities/{facility_id}/decline/asked")
def ask_device(
    request: Request, console: TheConsole, officer: TheOfficer, facility_id: Id, csrf: Csrf = ""
) -> Response:
    """What the officer's device is to sign, as JSON for the page's script: the call itself."""
    check_form(request, officer, csrf)
    check_decides(officer)
    world = console.world
    try:
        with world.store.reading() as session:
            signer = officer.holder.signer or b""
            asked = _call(
                console, session, officer, facility_id, *own_key.next_nonce(world, signer)
            )
    except DomainError as error:
        raise HTTPException(409, str(error)) from error
    means = means_of(world, officer)
    found = to_sign(request, console.passkeys, means, officer, asked)
    if found is None:
        raise HTTPException(409, "nothing is asked of a device")
    return JSONResponse(
        {
            "asked": found.asked,
            "account": found.account,
            "nonce": asked.nonce,
            "deadline": asked.deadline,
        }
    )


@router.post("/facilities/{facility_id}/decline")
def decline(
    request: Request,
    console: TheConsole,
    officer: TheOfficer,
    facility_id: Id,
    reason: Text,
    csrf: Csrf = "",
    nonce: Whole = 0,
    deadline: Whole = 0,
    answer: Annotated[str, Form(max_length=ANSWER_MAX)] = "",
) -> Response:
    """Carries the officer's no, signed as an approval would be, and keeps the reason."""
    check_form(request, officer, csrf)
    check_decides(officer)
    world, means = console.world, means_of(console.world, officer)
    if means not in ("passkey", "wallet"):
        console.sessions.check_fresh(officer)
    caller = submission_caller(officer)
    command = DeclineFacility(financing_id=_id(facility_id), reason=reason.strip())
    try:
        with world.store.transaction() as session:
            if means in ("passkey", "wallet"):
                asked = _call(console, session, officer, facility_id, nonce, deadline)
                given = signature(
                    request, session, console.passkeys, means, officer, asked.digest, answer
                )
                signed = CallSignature(signature=given or b"", nonce=nonce, deadline=deadline)
                caller = replace(caller, signatures=(signed,))
            accepted = facilities.decline(world, session, caller, command)
            keep(world, session, officer, "DECLINED", facility_id, command.reason)
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


def _call(
    console: Console,
    session: Session,
    officer: Officer,
    facility_id: str,
    nonce: int,
    deadline: int,
) -> CallToSign:
    """The call that declines, as the officer's own signer signs it."""
    caller = submission_caller(officer)
    step = facilities.decline_step(console.world, session, caller, _id(facility_id))
    data = encode_call(step.call)
    return own_key.to_sign(console.world, step.sender, step.target, data, nonce, deadline)


def _id(text: str) -> FinancingId:
    return FinancingId(unhexed(text))
