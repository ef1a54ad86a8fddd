"""What keeps foreign code and foreign sites out of the console."""

import secrets
from urllib.parse import urlsplit

from fastapi import HTTPException, Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from entrepot.console.sessions import Officer

POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types htmx"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Hardened:
    """Gives each request a nonce, and each answer the headers that hold the page to it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce

        async def send_hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers["Content-Security-Policy"] = POLICY.format(nonce=nonce)
                headers["Cache-Control"] = "no-cache" if "etag" in headers else "no-store"
            await send(message)

        await self._app(scope, receive, send_hardened)


def check_origin(request: Request) -> None:
    """A form comes from one of our own pages. Raises HTTPException 403."""
    origin = urlsplit(request.headers.get("origin", ""))
    if not origin.netloc or origin.netloc != request.headers.get("host"):
        raise HTTPException(403, "the form was sent from another site")


def check_decides(officer: Officer) -> None:
    """The session is of somebody who decides; the page offers it to nobody else, but a form can be
    made by hand. Raises HTTPException 403."""
    if not officer.may_decide:
        raise HTTPException(403, "this is for officers who may decide")


def check_form(request: Request, officer: Officer, csrf: str) -> None:
    """A form comes from a page that this session was given. Raises HTTPException 403."""
    check_origin(request)
    if not secrets.compare_digest(csrf.encode(), officer.csrf.encode()):
        raise HTTPException(403, "the form is not of this session")
