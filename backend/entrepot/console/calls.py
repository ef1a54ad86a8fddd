"""Commands that an officer gives by one call of their own, signed as an approval would be."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from fastapi import HTTPException, Request
from fastapi.responses import JSONResponse, Response

from entrepot.chain.codec import encode_call
from entrepot.console.dossier import submission_caller
from entrepot.console.means import means_of, signature, to_sign
from entrepot.console.sessions import Officer
from entrepot.console.state import Console
from entrepot.domain.errors import DomainError
from entrepot.steps.submission import own_key
from entrepot.steps.submission.caller import Caller, CallSignature
from entrepot.steps.submission.intents import Step
from entrepot.steps.submission.own_key import CallToSign
from entrepot.store.session import Session

StepOf = Callable[[Session, Caller], Step]
"""The call that the command comes to, when the caller may make it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back with the form: the device's answer, and what it was asked over."""

    nonce: int
    deadline: int
    text: str


def ask_device(request: Request, console: Console, officer: Officer, step_of: StepOf) -> Response:
    """What the officer's device is to sign, as JSON for the page's script: the call itself."""
    world = console.world
    try:
        with world.store.reading() as session:
            signer = officer.holder.signer or b""
            nonce, deadline = own_key.next_nonce(world, signer)
            asked = _call(console, session, officer, step_of, nonce, deadline)
    except DomainError as error:
        raise HTTPException(409, str(error)) from error
    found = to_sign(request, console.passkeys, means_of(world, officer), officer, asked)
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


def check_fresh(console: Console, officer: Officer) -> None:
    """A device asks who they are by itself; a key that is kept here signs for somebody who logged
    in a moment ago only. Raises FreshLoginNeeded."""
    if means_of(console.world, officer) not in ("passkey", "wallet"):
        console.sessions.check_fresh(officer)


def signing_caller(
    request: Request,
    console: Console,
    session: Session,
    officer: Officer,
    step_of: StepOf,
    answer: Answer,
) -> Caller:
    """The officer with what their device signed, where one did. NotKnown when it signed something
    else."""
    means, caller = means_of(console.world, officer), submission_caller(officer)
    if means not in ("passkey", "wallet"):
        return caller
    asked = _call(console, session, officer, step_of, answer.nonce, answer.deadline)
    given = signature(request, session, console.passkeys, means, officer, asked.digest, answer.text)
    signed = CallSignature(signature=given or b"", nonce=answer.nonce, deadline=answer.deadline)
    return replace(caller, signatures=(signed,))


def _call(
    console: Console,
    session: Session,
    officer: Officer,
    step_of: StepOf,
    nonce: int,
    deadline: int,
) -> CallToSign:
    """The call, as the officer's own signer signs it."""
    step = step_of(session, submission_caller(officer))
    data = encode_call(step.call)
    return own_key.to_sign(console.world, step.sender, step.target, data, nonce, deadline)
