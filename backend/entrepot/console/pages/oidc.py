"""To the company's own provider, and back from it."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response

from entrepot.console.pages.login import local, opened
from entrepot.console.passkeys import NotKnown
from entrepot.console.sessions import is_https
from entrepot.console.state import TheConsole

router = APIRouter()

COOKIE = "entrepot_oidc"
LIFE_S = 600


@router.get("/login/oidc")
def begin(
    request: Request, console: TheConsole, next: Annotated[str, Query(max_length=2_000)] = "/"
) -> Response:
    try:
        url, browser = console.oidc.begin(request, next)
    except NotKnown as error:
        raise HTTPException(404, "there is no such way in, or it is closed just now") from error
    response = RedirectResponse(url, 303)
    response.set_cookie(
        COOKIE,
        browser,
        max_age=LIFE_S,
        path=f"{request.scope.get('root_path', '')}/login",
        httponly=True,
        samesite="lax",
        secure=is_https(request),
    )
    return response


@router.get("/login/oidc/back")
def end(request: Request, console: TheConsole) -> Response:
    """Into a session, when the provider says who it is and we know them."""
    try:
        person_id, wanted = console.oidc.end(request, request.cookies.get(COOKIE, ""))
    except NotKnown as error:
        raise HTTPException(401, "this login is not taken") from error
    cookie = console.sessions.open_for(person_id)
    if cookie is None:
        raise HTTPException(401, "this login is not taken")
    base = request.scope.get("root_path", "")
    response = opened(request, console, RedirectResponse(base + local(wanted), 303), cookie)
    response.delete_cookie(COOKIE, path=f"{base}/login")
    return response
