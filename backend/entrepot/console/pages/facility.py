"""One facility: why money may move, what happened so far, and the officer's decision."""

from collections.abc import AsyncIterable
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from entrepot.bindings.ids import FinancingId
from entrepot.console import accesses, dossier
from entrepot.console.forms import Csrf, Given, Text, Whole
from entrepot.console.frame import framed
from entrepot.console.live import Glance, follow
from entrepot.console.means import ToSign, means_of, signature, to_sign
from entrepot.console.passkeys import NotKnown
from entrepot.console.security import check_decides, check_form
from entrepot.console.sessions import LoginNeeded, Officer
from entrepot.console.state import Console, TheConsole, TheOfficer
from entrepot.console.trail import keep
from entrepot.domain.errors import DomainError
from entrepot.steps.submission import approvals as signing
from entrepot.steps.submission import operations
from entrepot.steps.submission.caller import Accepted
from entrepot.store import logins, notes
from entrepot.store.session import Session
from entrepot.views import chain, holds, words
from entrepot.views.values import unhexed

router = APIRouter()

FINANCING_ID_BYTES = 32
PIECES = (
    "head",
    "waiting",
    "stale",
    "state",
    "news",
    "conditions",
    "timeline",
    "voyage",
    "decision",
    "signoffs",
    "tranches",
)
"""The pieces that the stream keeps up to date: an element's id and its template."""

FacilityId = Annotated[str, "0x-hex"]
Deadline = Annotated[int | None, Query(ge=0, lt=2**63)]
Since = Annotated[int | None, Query(ge=0, lt=2**63)]
Asked = Annotated[str | None, Query(max_length=80)]


@router.get("/facilities/{facility_id}")
def facility_page(
    request: Request,
    console: TheConsole,
    officer: TheOfficer,
    facility_id: FacilityId,
    signed: Asked = None,
) -> Response:
    """signed: the operation that carries the officer's signature, after approving."""
    values = values_of(request, console, officer, facility_id, signed=signed)
    if must_say_why(officer, facility_id):
        return console.renderer.page(request, "reason.html", **values)
    return console.renderer.page(request, "facility.html", **values)


@router.post("/facilities/{facility_id}/approve")
def approve(
    request: Request,
    console: TheConsole,
    officer: TheOfficer,
    facility_id: FacilityId,
    csrf: Csrf = "",
    digest: Annotated[str, Form(max_length=66)] = "",
    deadline: Whole = 0,
    answer: Given = "",
) -> Response:
    """Carries the signature over what was on the screen: the very digest, or nothing.

    answer: of the officer's device, which has just asked who they are; where there is none, the key
    kept here signs, for somebody who logged in a moment ago.
    """
    check_form(request, officer, csrf)
    check_decides(officer)
    world, means = console.world, means_of(console.world, officer)
    if means not in ("passkey", "wallet"):
        console.sessions.check_fresh(officer)
    seen = _bytes(digest)
    try:
        with world.store.transaction() as session:
            given = signature(request, session, console.passkeys, means, officer, seen, answer)
            command = signing.Approval(
                financing_id=FinancingId(id_of(facility_id)),
                digest=seen,
                deadline=deadline,
                signature=given,
            )
            caller = dossier.submission_caller(officer)
            accepted = signing.approve(world, session, caller, command)
            keep(world, session, officer, "APPROVED", facility_id)
    except (DomainError, NotKnown) as error:
        return refused(request, console, officer, facility_id, error)
    return under_way(request, facility_id, accepted)


def must_say_why(officer: Officer, facility_id: str) -> bool:
    """A regulator sees everybody's facilities, and says first why this one."""
    return officer.is_regulator and facility_id not in officer.looks_into


@router.post("/facilities/{facility_id}/look")
def say_why(
    request: Request,
    console: TheConsole,
    officer: TheOfficer,
    facility_id: FacilityId,
    reason: Text,
    csrf: Csrf = "",
) -> Response:
    """Keeps why the regulator looks, and shows the facility from then on until they are out."""
    check_form(request, officer, csrf)
    values_of(request, console, officer, facility_id)
    with console.world.store.transaction() as session:
        keep(console.world, session, officer, "LOOKED", facility_id, reason.strip())
        logins.open_to(session, officer.login, facility_id, reason.strip())
    base = request.scope.get("root_path", "")
    return RedirectResponse(f"{base}/facilities/{facility_id}", 303)


def under_way(request: Request, facility_id: str, accepted: Accepted) -> Response:
    """The facility again, which tells what becomes of the operation."""
    base = request.scope.get("root_path", "")
    return RedirectResponse(
        f"{base}/facilities/{facility_id}?signed={accepted.operation_id}#result", 303
    )


def refused(
    request: Request,
    console: Console,
    officer: Officer,
    facility_id: str,
    error: Exception,
    *,
    about: str = "refusal",
) -> Response:
    """The facility again, with why nothing was sent. about: as what the templates know it."""
    if must_say_why(officer, facility_id):
        raise HTTPException(403, "a regulator says first why they look")
    code = error.code if isinstance(error, DomainError) else "not-confirmed"
    told = words.OBSTACLES.get(f"{about}:{code}", words.OBSTACLES.get(code, str(error)))
    values = values_of(request, console, officer, facility_id) | {about: told}
    return console.renderer.page(request, "facility.html", status=409, **values)


@router.get("/facilities/{facility_id}/events", response_class=EventSourceResponse)
async def facility_events(
    request: Request,
    console: TheConsole,
    officer: TheOfficer,  # noqa: ARG001 (whoever is not logged in gets no stream)
    facility_id: FacilityId,
    deadline: Deadline = None,
    signed: Asked = None,
    since: Since = None,
) -> AsyncIterable[ServerSentEvent]:
    """The page's pieces as they change, until the session ends.

    deadline: of the statement on the screen, so that its digest stays while nothing else changes.
    since: the block that the page was rendered at; what came later is marked as new.
    """

    told: accesses.Told = set()

    def look(known: str) -> Glance | None:
        try:
            now = console.sessions.officer(request, is_person=False)
            if must_say_why(now, facility_id):
                return None
            with accesses.opened(console.world, now) as session:
                beat = chain.pulse(session, signed)
                said = notes.count(session, id_of(facility_id))
                pulse = f"{beat} {now.holder.signer} {said} {holds.pulse(session)}"
                if pulse == known:
                    return Glance(pulse, {})
                values = _values(
                    request, console, session, now, facility_id, deadline, signed, since
                )
                _note(request, console, session, now, facility_id, values, told)
        except (LoginNeeded, HTTPException):  # they are out, or a fork took the facility back
            return None
        part = console.renderer.part
        return Glance(
            pulse, {name: part(request, f"pieces/{name}.html", values) for name in PIECES}
        )

    async for event in follow(look):
        yield event


def values_of(
    request: Request,
    console: Console,
    officer: Officer,
    facility_id: str,
    signed: str | None = None,
) -> dict[str, Any]:
    """What the templates are given. Raises HTTPException 404 for what the officer may not see."""
    with accesses.opened(console.world, officer) as session:
        values = _values(request, console, session, officer, facility_id, None, signed, None)
        if not must_say_why(officer, facility_id):
            _note(request, console, session, officer, facility_id, values)
        return values


def _note(
    request: Request,
    console: Console,
    session: Session,
    officer: Officer,
    facility_id: str,
    values: dict[str, Any],
    told: accesses.Told | None = None,
) -> None:
    """That a regulator was told of the facility, and why they looked."""
    reason = officer.looks_into.get(facility_id, "")
    accesses.note(console.world, session, request, officer, values["d"], reason=reason, known=told)


def _values(
    request: Request,
    console: Console,
    session: Session,
    officer: Officer,
    facility_id: str,
    deadline: int | None,
    signed: str | None,
    since: int | None,
) -> dict[str, Any]:
    gathered = dossier.gather(console.world, session, officer, id_of(facility_id), deadline)
    if gathered is None:
        raise HTTPException(404, "no such facility")
    operation = operations.get(session, officer.participant_id, signed) if signed else None
    head = gathered.as_of.block if gathered.as_of else 0
    return {
        **framed(console, session, officer),
        "d": gathered,
        "facility": gathered.facility,
        "operation": operation,
        "to_sign": _to_sign(request, console, officer, gathered),
        "signed": signed or "",
        "since": head if since is None else since,
        "refusal": None,
        "not_held": None,
        "refused_because": words.refused_because,
    }


def _to_sign(
    request: Request, console: Console, officer: Officer, gathered: dossier.Dossier
) -> ToSign | None:
    if gathered.statement is None:
        return None
    return to_sign(request, console.passkeys, gathered.means, officer, gathered.statement)


def id_of(text: str) -> bytes:
    value = _bytes(text)
    if len(value) != FINANCING_ID_BYTES:
        raise HTTPException(404, "no such facility")
    return value


def _bytes(text: str) -> bytes:
    try:
        return unhexed(text)
    except ValueError:
        raise HTTPException(404, "no such facility") from None
