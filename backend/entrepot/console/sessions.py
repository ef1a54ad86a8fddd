"""Who is logged in: sessions kept in this process, found by an unguessable cookie."""

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from fastapi import Request, Response

from entrepot.chain.ids import key_id
from entrepot.steps import World
from entrepot.store.tokens import fingerprint
from entrepot.views import access
from entrepot.views.access import Holder

COOKIE = "entrepot_session"
LIFETIME = timedelta(hours=8)
SESSIONS_MAX = 1_000
SCOPE = "read"


class LoginNeeded(Exception):
    """Nobody is logged in, or the session or its token has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """A person at work for one participant. `csrf` goes into each form of the session."""

    holder: Holder
    csrf: str

    @property
    def participant_id(self) -> bytes:
        return self.holder.participant_id

    @property
    def key_id(self) -> bytes | None:
        """The ledger's id of the key that this officer signs with."""
        return key_id(self.holder.key) if self.holder.key else None

    @property
    def may_decide(self) -> bool:
        return self.holder.key is not None and "decide" in self.holder.scopes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    token_sha256: bytes
    csrf: str
    ends_at: datetime


class Sessions:
    """Sessions by the hash of their cookie. Each request asks anew whether the token still holds,
    so that a revoked token or a suspended participant is out at once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._open: OrderedDict[bytes, _Session] = OrderedDict()
        self._lock = Lock()

    def open(self, token: str) -> str | None:
        """A new session's cookie for a token that may read; None when the token is refused."""
        token_sha256 = fingerprint(token)
        holder = self._holder(token_sha256)
        if holder is None or SCOPE not in holder.scopes:
            return None
        cookie = secrets.token_urlsafe(32)
        session = _Session(
            token_sha256=token_sha256,
            csrf=secrets.token_urlsafe(32),
            ends_at=self._world.clock.now() + LIFETIME,
        )
        with self._lock:
            self._open[_hash(cookie)] = session
            while len(self._open) > SESSIONS_MAX:
                self._open.popitem(last=False)
        return cookie

    def officer(self, request: Request) -> Officer:
        """Who sent the request. Raises LoginNeeded."""
        cookie = request.cookies.get(COOKIE, "")
        session = self._open.get(_hash(cookie))
        if session is None or session.ends_at <= self._world.clock.now():
            self.close(cookie)
            raise LoginNeeded
        holder = self._holder(session.token_sha256)
        if holder is None:
            self.close(cookie)
            raise LoginNeeded
        return Officer(holder=holder, csrf=session.csrf)

    def close(self, cookie: str) -> None:
        with self._lock:
            self._open.pop(_hash(cookie), None)

    def _holder(self, token_sha256: bytes) -> Holder | None:
        with self._world.store.reading() as session:
            return access.holder_of(session, token_sha256, self._world.clock.now())


def write_cookie(request: Request, response: Response, cookie: str) -> None:
    """Scripts cannot read it, other sites cannot send it along with a form."""
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=int(LIFETIME.total_seconds()),
        path=request.scope.get("root_path") or "/",
        httponly=True,
        samesite="lax",
        secure=_is_https(request),
    )


def clear_cookie(request: Request, response: Response) -> None:
    response.delete_cookie(COOKIE, path=request.scope.get("root_path") or "/")


def _is_https(request: Request) -> bool:
    """Whether people come over https: told by the settings where a proxy ends it."""
    world: World = request.app.state.console.world
    return request.url.scheme == "https" or (world.settings.public_url or "").startswith("https:")


def _hash(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode()).digest()
