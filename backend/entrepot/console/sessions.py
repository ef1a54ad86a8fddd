"""Who is logged in: sessions kept in the database, found by an unguessable cookie."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import Request, Response

from entrepot.chain.ids import key_id
from entrepot.steps import World
from entrepot.store import logins
from entrepot.store.session import Session
from entrepot.store.tables import Login
from entrepot.store.tenancy import Acting
from entrepot.store.tokens import fingerprint
from entrepot.views import access
from entrepot.views.access import Holder

COOKIE = "entrepot_session"
LIFETIME = timedelta(hours=8)
IDLE = timedelta(minutes=30)
SEEN_TO = timedelta(minutes=1)
"""How exactly it is kept when somebody did something: not every look is a write."""
SCOPE = "read"


class LoginNeeded(Exception):
    """Nobody is logged in, or the session has ended, or whoever it is of is out."""


class FreshLoginNeeded(Exception):
    """Somebody is, but too long ago for what moves money."""


class NoPermission(Exception):
    """Somebody is, whom the page is not for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """A person at work for one participant. `csrf` goes into each form of the session; it is made
    of the cookie, and does not tell it.

    proven_at: when they showed who they are. login: the session's own name in the database.
    looks_into: why, by ids of what they said a reason to look at in this session.
    """

    holder: Holder
    csrf: str
    proven_at: datetime
    login: bytes
    looks_into: Mapping[str, str]

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


class Sessions:
    """Logins by their cookie. Each request asks anew who it is of, so that a person who is out, a
    revoked token or a suspended participant is out at once."""

    def __init__(self, world: World) -> None:
        self._world = world

    def open(self, token: str) -> str | None:
        """A new session's cookie for a devnet's token that may read; None when it is refused."""
        if not self._world.settings.plain_tokens:
            return None
        return self._open(token_sha256=fingerprint(token))

    def open_for(self, person_id: bytes) -> str | None:
        """A new session's cookie for a person who has shown who they are; None if they are out."""
        return self._open(person_id=person_id)

    def officer(self, request: Request, *, is_person: bool = True) -> Officer:
        """Who sent the request. Raises LoginNeeded.

        is_person: whether somebody did something; a page that follows by itself keeps nobody in.
        """
        return self.officer_of(request.cookies.get(COOKIE, ""), is_person=is_person)

    def officer_of(self, cookie: str, *, is_person: bool = True) -> Officer:
        """Whose session that is. Raises LoginNeeded."""
        now = self._world.clock.now()
        with self._world.store.reading() as session:
            login = logins.find(session, cookie)
            if login is None:
                raise LoginNeeded
            ended = login.proven_at + LIFETIME <= now or login.seen_at + IDLE <= now
            holder = None if ended else _holder(session, login, now)
            officer = _officer(cookie, login, holder) if holder else None
            is_news = login.seen_at + SEEN_TO <= now
        if officer is None:
            self.close(cookie)
            raise LoginNeeded
        if is_person and is_news:
            with self._world.store.transaction() as session:
                logins.seen(session, cookie, now)
        return officer

    def check_fresh(self, officer: Officer) -> None:
        """For what moves money, or opens the way to it. Raises FreshLoginNeeded."""
        fresh_for = timedelta(seconds=self._world.settings.step_up_s)
        if officer.proven_at + fresh_for <= self._world.clock.now():
            raise FreshLoginNeeded

    def close(self, cookie: str) -> None:
        """Whoever has the cookie is out."""
        with self._world.store.transaction() as session:
            logins.end(session, cookie)

    def _open(
        self, *, person_id: bytes | None = None, token_sha256: bytes | None = None
    ) -> str | None:
        cookie, now = secrets.token_urlsafe(32), self._world.clock.now()
        login = Login(
            cookie_sha256=logins.hashed(cookie),
            person_id=person_id,
            token_sha256=token_sha256,
            proven_at=now,
            seen_at=now,
        )
        with self._world.store.transaction() as session:
            holder = _holder(session, login, now)
            if holder is None or SCOPE not in holder.scopes:
                return None
            logins.keep(session, login, lifetime=LIFETIME, idle=IDLE)
        return cookie


def _holder(session: Session, login: Login, now: datetime) -> Holder | None:
    if login.person_id is not None:
        return access.person_of(session, login.person_id)
    return access.holder_of(session, login.token_sha256 or b"", now)


def _officer(cookie: str, login: Login, holder: Holder) -> Officer:
    return Officer(
        holder=holder,
        csrf=hashlib.sha256(b"csrf of " + cookie.encode()).hexdigest(),
        proven_at=login.proven_at,
        login=login.cookie_sha256,
        looks_into=login.looks_into,
    )


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
