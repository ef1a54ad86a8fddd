"""Adding a passkey, and logging in with one: what the browser's script asks for."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from entrepot.console.pages.login import local, opened
from entrepot.console.passkeys import NotKnown
from entrepot.console.security import check_origin
from entrepot.console.state import TheConsole

router = APIRouter()

Code = Annotated[str, Field(max_length=100)]
UNKNOWN = JSONResponse({"why": "unknown"}, 401)


class Invited(BaseModel):
    """The code of an invitation."""

    model_config = ConfigDict(extra="forbid")

    code: Code


class Answered(BaseModel):
    """What an authenticator answered in a ceremony."""

    model_config = ConfigDict(extra="forbid")

    ceremony: Annotated[str, Field(max_length=100)]
    credential: dict[str, Any]
    code: Code = ""
    next: Annotated[str, Field(max_length=2_000)] = "/"


@router.get("/join")
def join_form(
    request: Request, console: TheConsole, code: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    return console.renderer.page(request, "join.html", code=code)


@router.post("/join/options")
def invite(request: Request, console: TheConsole, body: Invited) -> Response:
    check_origin(request)
    try:
        return JSONResponse(console.passkeys.invite(request, body.code))
    except NotKnown:
        return UNKNOWN


@router.post("/join")
def join(request: Request, console: TheConsole, body: Answered) -> Response:
    check_origin(request)
    try:
        person_id = console.passkeys.join(request, body.ceremony, body.code, body.credential)
    except NotKnown:
        return UNKNOWN
    return _in(request, console, person_id, "/")


@router.post("/login/options")
def ask(request: Request, console: TheConsole) -> Response:
    check_origin(request)
    return JSONResponse(console.passkeys.ask(request))


@router.post("/login/passkey")
def enter(request: Request, console: TheConsole, body: Answered) -> Response:
    check_origin(request)
    try:
        person_id = console.passkeys.enter(request, body.ceremony, body.credential)
    except NotKnown:
        return UNKNOWN
    return _in(request, console, person_id, body.next)


def _in(request: Request, console: TheConsole, person_id: bytes, wanted: str) -> Response:
    cookie = console.sessions.open_for(person_id)
    if cookie is None:
        return UNKNOWN
    base = request.scope.get("root_path", "")
    return opened(request, console, JSONResponse({"next": base + local(wanted)}), cookie)
