"""In and out. An officer is known by a passkey; on a devnet, by a plain token as well."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from entrepot.console.forms import Csrf
from entrepot.console.security import check_form, check_origin
from entrepot.console.sessions import COOKIE, clear_cookie, write_cookie
from entrepot.console.state import Console, TheConsole, TheOfficer
from entrepot.console.trail import keep_alone

router = APIRouter()

Token = Annotated[str, Form(max_length=200)]
Next = Annotated[str, Form(max_length=2_000)]


@router.get("/login")
def login_form(
    request: Request, console: TheConsole, next: str = "/", again: bool = False
) -> Response:
    """again: somebody is logged in, and is asked once more."""
    return _page(request, console, next=next, again=again)


@router.post("/login")
def log_in(
    request: Request,
    console: TheConsole,
    token: Token = "",
    next: Next = "/",
) -> Response:
    check_origin(request)
    cookie = console.sessions.open(token.strip())
    if cookie is None:
        return _page(request, console, next=next, refused=True)
    target = request.scope.get("root_path", "") + local(next)
    return opened(request, console, RedirectResponse(target, 303), cookie)


@router.post("/logout")
def log_out(
    request: Request, console: TheConsole, officer: TheOfficer, csrf: Csrf = ""
) -> Response:
    check_form(request, officer, csrf)
    console.sessions.close(request.cookies.get(COOKIE, ""))
    keep_alone(console.world, officer, "SIGNED_OUT")
    response = RedirectResponse(request.scope.get("root_path", "") + "/login", 303)
    clear_cookie(request, response)
    return response


def opened(request: Request, console: Console, response: Response, cookie: str) -> Response:
    """Into a new session; the one that the browser had before is over."""
    keep_alone(console.world, console.sessions.officer_of(cookie), "SIGNED_IN")
    console.sessions.close(request.cookies.get(COOKIE, ""))
    write_cookie(request, response, cookie)
    return response


def _page(
    request: Request, console: Console, *, next: str, again: bool = False, refused: bool = False
) -> Response:
    return console.renderer.page(
        request,
        "login.html",
        status=401 if refused else 200,
        next=next,
        again=again,
        refused=refused,
        plain=console.world.settings.plain_tokens,
        oidc=console.oidc.is_set,
    )


def local(path: str) -> str:
    """A path of this console; whatever would lead elsewhere becomes the first page."""
    is_path = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_path and "\\" not in path else "/"
