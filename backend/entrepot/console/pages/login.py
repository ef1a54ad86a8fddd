"""In and out. On a devnet an officer is known by a bearer token; passkeys come later."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from entrepot.console.security import check_form, check_origin
from entrepot.console.sessions import COOKIE, clear_cookie, write_cookie
from entrepot.console.state import TheConsole, TheOfficer

router = APIRouter()

Token = Annotated[str, Form(max_length=200)]
Next = Annotated[str, Form(max_length=2_000)]
Csrf = Annotated[str, Form(max_length=100)]


@router.get("/login")
def login_form(request: Request, console: TheConsole, next: str = "/") -> Response:
    return console.renderer.page(request, "login.html", next=next, refused=False)


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
        return console.renderer.page(request, "login.html", status=401, next=next, refused=True)
    response = RedirectResponse(request.scope.get("root_path", "") + _local(next), 303)
    write_cookie(request, response, cookie)
    return response


@router.post("/logout")
def log_out(
    request: Request, console: TheConsole, officer: TheOfficer, csrf: Csrf = ""
) -> Response:
    check_form(request, officer, csrf)
    console.sessions.close(request.cookies.get(COOKIE, ""))
    response = RedirectResponse(request.scope.get("root_path", "") + "/login", 303)
    clear_cookie(request, response)
    return response


def _local(path: str) -> str:
    """A path of this console; whatever would lead elsewhere becomes the first page."""
    is_path = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_path and "\\" not in path else "/"
