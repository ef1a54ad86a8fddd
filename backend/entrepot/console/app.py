"""The console as one application, to be mounted below the API's."""

from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from entrepot.console.ahead import Ahead
from entrepot.console.frame import mount_files
from entrepot.console.live import STREAM
from entrepot.console.oidc import Oidc
from entrepot.console.pages import (
    audit,
    declining,
    facility,
    holding,
    login,
    matches,
    oidc,
    passkeys,
    policies,
    release_holding,
    verify,
)
from entrepot.console.passkeys import Passkeys
from entrepot.console.rendering import Renderer
from entrepot.console.screen import TooLong, routes_of
from entrepot.console.screens import SCREENS
from entrepot.console.security import Hardened
from entrepot.console.sessions import FreshLoginNeeded, LoginNeeded, NoPermission, Sessions
from entrepot.console.state import Console
from entrepot.steps import World

PAGES = (
    login,
    passkeys,
    oidc,
    facility,
    declining,
    holding,
    release_holding,
    matches,
    policies,
    audit,
    verify,
)


def create_console(world: World) -> FastAPI:
    """The console over `world`. Logins are kept in the database, so they outlive this process."""
    app = FastAPI(title="Entrepot console", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.console = Console(
        world=world,
        sessions=Sessions(world),
        passkeys=Passkeys(world),
        oidc=Oidc(world),
        renderer=Renderer(SCREENS),
        ahead=Ahead(world),
    )
    mount_files(app)
    for page in PAGES:
        app.include_router(page.router)
    for screen in SCREENS:
        app.include_router(routes_of(screen))
    app.add_exception_handler(LoginNeeded, _to_login)
    app.add_exception_handler(FreshLoginNeeded, _to_fresh_login)
    app.add_exception_handler(NoPermission, _not_for_them)
    app.add_exception_handler(TooLong, _too_long)
    app.add_exception_handler(HTTPException, _failed)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_middleware(Hardened)
    return app


def _to_login(request: Request, _: Exception) -> Response:
    """Asks who it is, and comes back to the page afterwards if it was one to look at. What follows
    a page cannot ask anybody: it is told that they are out, and the page says so."""
    if request.url.path.endswith(STREAM):
        return Response(status_code=401)
    base = request.scope.get("root_path", "")
    wanted = request.url.path.removeprefix(base) if request.method == "GET" else "/"
    query = f"?{request.url.query}" if request.url.query else ""
    asked = {"next": wanted + query}
    if language := request.query_params.get("lang"):
        asked["lang"] = language
    return RedirectResponse(f"{base}/login?{urlencode(asked)}", 303)


def _to_fresh_login(request: Request, _: Exception) -> Response:
    """Asks once more who it is, and comes back to what the form was about."""
    base = request.scope.get("root_path", "")
    about = request.path_params
    page = "/policies"
    if "facility_id" in about:
        page = f"/facilities/{about['facility_id']}"
    elif "proposal" in about:
        page = f"/policies/proposals/{about['proposal']}"
    return RedirectResponse(f"{base}/login?{urlencode({'next': page, 'again': '1'})}", 303)


def _not_for_them(request: Request, _: Exception) -> Response:
    console: Console = request.app.state.console
    return console.renderer.page(request, "error.html", status=403, code="no-permission")


def _too_long(request: Request, _: Exception) -> Response:
    console: Console = request.app.state.console
    return console.renderer.page(request, "error.html", status=422, code="too-long")


def _failed(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    console: Console = request.app.state.console
    return console.renderer.page(request, "error.html", status=status, code=status)


def _malformed(request: Request, _: Exception) -> Response:
    console: Console = request.app.state.console
    return console.renderer.page(request, "error.html", status=422, code=422)
