"""Who is logged in: sessions kept in this process, found by an unguessable cookie."""

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from fastapi import Request, Response

from entrepot.chain.ids import key_id
from entrepot.steps import World
from entrepot.store.session import Session
from entrepot.store.tenancy import Acting
from entrepot.store.tokens import fingerprint
from entrepot.views import access
from entrepot.views.access import Holder

COOKIE = "entrepot_session"
LIFETIME = timedelta(hours=8)
IDLE = timedelta(minutes=30)
SESSIONS_MAX = 1_000
SCOPE = "read"


class LoginNeeded(Exception):
    """Nobody is logged in, or the session has ended, or whoever it is of is out."""


class FreshLoginNeeded(Exception):
    """Somebody is, but too long ago for what moves money."""


class NoPermission(Exception):
    """Somebody is, whom the page is not for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """A person at work for one participant. `csrf` goes into each form of the session.

    proven_at: when they showed who they are. looks_into: why, by ids of what they said a
    reason to look at in this session.
    """

    holder: Holder
    csrf: str
    proven_at: datetime
    looks_into: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def participant_id(self) -> bytes:
        return self.holder.participant_id

    @property
    def acting(self) -> Acting:
        """For whom pages are read: PostgreSQL itself shows them nothing of others."""
        return Acting(participant_id=self.participant_id)

    @property
    def key_id(self) -> bytes | None:
        """The ledger's id of the key that this officer signs with."""
        return key_id(self.holder.signer) if self.holder.signer else None

    @property
    def key_ids(self) -> frozenset[bytes]:
        """The ledger's ids of all that signs for this person: one of them is enough."""
        return frozenset(key_id(each) for each in self.holder.signers)

    @property
    def is_regulator(self) -> bool:
        return "REGULATOR" in self.holder.roles

    @property
    def may_decide(self) -> bool:
        return self.holder.signer is not None and "decide" in self.holder.scopes


@dataclass(slots=True, kw_only=True)
class _Session:
    """whose: asks anew who it is of. seen_at: when a person last did something in it."""

    whose: Callable[[Session], Holder | None]
    csrf: str
    proven_at: datetime
    seen_at: datetime
    looks_into: dict[str, str] = field(default_factory=dict[str, str])

    def ended(self, now: datetime) -> bool:
        return self.proven_at + LIFETIME <= now or self.seen_at + IDLE <= now


class Sessions:
    """Sessions by the hash of their cookie. Each request asks anew who it is of, so that a person
    who is out, a revoked token or a suspended participant is out at once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._open: OrderedDict[bytes, _Session] = OrderedDict()
        self._lock = Lock()

    def open(self, token: str) -> str | None:
        """A new session's cookie for a devnet's token that may read; None when it is refused."""
        if not self._world.settings.plain_tokens:
            return None
        token_sha256 = fingerprint(token)
        return self._open_for(
            lambda session: access.holder_of(session, token_sha256, self._world.clock.now())
        )

    def open_for(self, person_id: bytes) -> str | None:
        """A new session's cookie for a person who has shown who they are; None if they are out."""
        return self._open_for(lambda session: access.person_of(session, person_id))

    def officer(self, request: Request, *, is_person: bool = True) -> Officer:
        """Who sent the request. Raises LoginNeeded.

        is_person: whether somebody did something; a page that follows by itself keeps nobody in.
        """
        return self.officer_of(request.cookies.get(COOKIE, ""), is_person=is_person)

    def officer_of(self, cookie: str, *, is_person: bool = True) -> Officer:
        """Whose session that is. Raises LoginNeeded."""
        now = self._world.clock.now()
        session = self._open.get(_hash(cookie))
        holder = None if session is None or session.ended(now) else self._holder(session.whose)
        if session is None or holder is None:
            self.close(cookie)
            raise LoginNeeded
        if is_person:
            session.seen_at = now
        return Officer(
            holder=holder,
            csrf=session.csrf,
            proven_at=session.proven_at,
            looks_into=session.looks_into,
        )

    def check_fresh(self, officer: Officer) -> None:
        """For what moves money, or opens the way to it. Raises FreshLoginNeeded."""
        fresh_for = timedelta(seconds=self._world.settings.step_up_s)
        if officer.proven_at + fresh_for <= self._world.clock.now():
            raise FreshLoginNeeded

    def _open_for(self, whose: Callable[[Session], Holder | None]) -> str | None:
        holder = self._holder(whose)
        if holder is None or SCOPE not in holder.scopes:
            return None
        cookie, now = secrets.token_urlsafe(32), self._world.clock.now()
        session = _Session(whose=whose, csrf=secrets.token_urlsafe(32), proven_at=now, seen_at=now)
        with self._lock:
            self._open[_hash(cookie)] = session
            while len(self._open) > SESSIONS_MAX:
                self._open.popitem(last=False)
        return cookie

    def close(self, cookie: str) -> None:
        with self._lock:
            self._open.pop(_hash(cookie), None)

    def _holder(self, whose: Callable[[Session], Holder | None]) -> Holder | None:
        with self._world.store.reading() as session:
            return whose(session)


def write_cookie(request: Request, response: Response, cookie: str) -> None:
    """Scripts cannot read it, other sites cannot send it along with a form."""
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=int(LIFETIME.total_seconds()),
        path=request.scope.get("root_path") or "/",
        httponly=True,
        samesite="lax",
        secure=is_https(request),
    )


def clear_cookie(request: Request, response: Response) -> None:
    response.delete_cookie(COOKIE, path=request.scope.get("root_path") or "/")


def is_https(request: Request) -> bool:
    """Whether people come over https: told by the settings where a proxy ends it."""
    world: World = request.app.state.console.world
    return request.url.scheme == "https" or (world.settings.public_url or "").startswith("https:")


def _hash(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode()).digest()
