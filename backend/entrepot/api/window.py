"""Where things are read. Every read of a third party goes through here, and leaves a record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import orjson
from fastapi import Request, Response

from entrepot.api import problems
from entrepot.api.looking import Look, Terms
from entrepot.api.problems import Refused
from entrepot.api.schemas.answers import view_of
from entrepot.domain.errors import InvalidInput, NotFound
from entrepot.kit.hashing import sha256
from entrepot.steps import World
from entrepot.steps.submission.caller import Caller
from entrepot.store import consents
from entrepot.store.consents import Allowed
from entrepot.store.session import Session
from entrepot.store.tenancy import Acting
from entrepot.views import chain, masks
from entrepot.views.masks import Shape, Wanted

View: TypeAlias = Callable[[Session, bytes], Any]
More: TypeAlias = Mapping[str, tuple[type, View]]
"""By name: what else can be told with a thing, as pages of a view."""


@dataclass(frozen=True, slots=True)
class Window:
    """Where things are read, all of one answer at one moment.

    consent_id: under which consent; then nothing is seen but what that gives. reason: why the
    reader looks, in its own words. fields: what of the answer is asked for, all of it by None.
    """

    world: World
    caller: Caller
    request: Request
    consent_id: str | None = None
    reason: str = ""
    fields: str | None = None

    @property
    def acting(self) -> Acting:
        """For whom the database is asked."""
        return Acting(
            participant_id=self.caller.participant_id,
            consent_id=self.consent_id or "",
            today=self.world.clock.now().date(),
        )

    def whole(self) -> None:
        """For what is told whole: 422 when fields of it are asked for."""
        if self.fields is not None:
            raise InvalidInput("fields: this is told whole, or not at all")

    @contextmanager
    def opened(self) -> Iterator[Look]:
        """A session to read in. Whoever reads as a third party must say of whose it has read: what
        it is told is written down in the same transaction, or not told.

        An access under a consent is counted before it is made, and stays counted when nothing is
        found. A read of one's own costs nothing more.
        """
        if self.consent_id is None and not self.caller.regulates:
            with self.world.store.reading(self.acting) as session:
                yield Look(session, None)
            return
        allowed = self._use(self.consent_id) if self.consent_id else None
        with self.world.store.accessing(self.acting) as session:
            look = Look(session, self._terms(allowed))
            yield look
            look.close()

    @contextmanager
    def followed(self) -> Iterator[Look]:
        """For a stream, which looks again and again: what is cut by the feed itself, not by the
        role that acts for the reader. Only what a supervisor is told is written."""
        if self.caller.regulates:
            with self.world.store.accessing(None) as session:
                yield Look(session, self._terms(None))
            return
        with self.world.store.reading() as session:
            yield Look(session, None)

    def _terms(self, allowed: Allowed | None) -> Terms:
        return Terms(
            reader=self.caller.participant_id,
            allowed=allowed,
            reason=self.reason,
            reason_needed=self.world.settings.supervision_reason,
            at=self.world.clock.now(),
            request_id=self.request.state.request_id,
            read=f"{self.request.method} {self.request.scope['route'].path_format}",
            path={name: str(value) for name, value in self.request.path_params.items()},
        )

    def _use(self, consent_id: str) -> Allowed:
        now = self.world.clock.now()
        try:
            with self.world.store.transaction() as session:
                return consents.use(session, consent_id, self.caller.participant_id, now)
        except consents.ConsentUnknown as error:
            raise Refused(problems.CONSENT_UNKNOWN) from error
        except consents.ConsentNotValid as error:
            raise Refused(problems.consent_not_valid(error.status)) from error
        except consents.AccessExceeded as error:
            problem = problems.access_exceeded(error.frequency_per_day)
            raise Refused(problem, {"Retry-After": str(_rest_of_day_s(now))}) from error

    def one(
        self, thing: str, view: View, expand: str | None = None, more: More | None = None
    ) -> Response:
        """One thing; 404 when there is none that the caller may see.

        expand: names among `more`, by commas, of what is told with it at the same moment; 422 for
        another name, and under a consent, which gives each thing by itself.
        """
        also = _also(expand, more or {})
        if also and self.consent_id is not None:
            raise Refused(problems.CONSENT_ELSEWHERE)

        def together(session: Session, caller: bytes) -> Found | None:
            found = view(session, caller)
            if found is None:
                return None
            if not also:
                return Found((found,), found)
            pages = {name: _paged(read(session, caller)) for name, (_, read) in also.items()}
            return Found((found,), {**asdict(found), **pages})

        shape = masks.with_more(self._shape(), {name: kind for name, (kind, _) in also.items()})
        return self._answer(thing, together, shape, Found.cut, ())

    def page(self, view: View, thing: str = "list", by: tuple[str, ...] = ()) -> Response:
        """A page, or all there is when the view has no pages; 422 for a bad cursor or limit.

        by: what consents call the fields that the list is narrowed or sorted by.
        """

        def together(session: Session, caller: bytes) -> Found | None:
            found = view(session, caller)
            if found is None:
                return None
            items = found if isinstance(found, tuple) else found.items
            return Found(items, _paged(found))

        return self._answer(thing, together, self._shape(), Found.cut_items, by)

    def _shape(self) -> Shape:
        return masks.shape_of(view_of(self.request.scope["route"].response_model))

    def _answer(
        self,
        thing: str,
        view: Callable[[Session, bytes], Found | None],
        shape: Shape,
        cut: Callable[[Found, Shape, frozenset[str] | None, Wanted], Any],
        by: tuple[str, ...],
    ) -> Response:
        try:
            wanted = masks.read(self.fields, shape) if self.fields is not None else {}
        except ValueError as error:
            raise InvalidInput(str(error)) from error
        with self.opened() as look:
            given = look.given
            if given is not None and (unnamed := set(by) - given):
                raise Refused(problems.field_masked(sorted(unnamed)))
            try:
                found = view(look.session, self.caller.participant_id)
            except ValueError as error:
                raise InvalidInput(str(error)) from error
            as_of = chain.as_of(look.session, self.world.settings.finality)
            if found is None:
                look.found_nothing()
            else:
                look.note(found.views, shape, wanted)
        if found is None:
            raise NotFound(thing)
        seen = {
            "as_of_block": as_of.block if as_of else None,
            "finality": as_of.finality if as_of else "head",
        }
        return self._respond(cut(found, shape, given, wanted), seen)

    def _respond(self, body: Any, seen: dict[str, Any]) -> Response:
        """body: what goes out as a JSON object, never an empty one."""
        content = orjson.dumps(body)
        tag = f'W/"{sha256(content).hex()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if isinstance(body, dict) and body.get("next"):
            following = self.request.url.include_query_params(after=body["next"])
            headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
        if tag in self.request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        joined = content[:-1] + b"," + orjson.dumps(seen)[1:]
        return Response(joined, 200, headers, media_type="application/json")


@dataclass(frozen=True, slots=True)
class Found:
    """What was read: views: the things themselves; body: all of it, as orjson writes it."""

    views: tuple[Any, ...]
    body: Any

    def cut(self, shape: Shape, given: frozenset[str] | None, wanted: Wanted) -> Any:
        """The body for one thing: masked but for what is given, cut to what is wanted."""
        if given is None and not wanted:
            return self.body
        return {**_cut(self.body, shape, given, wanted), **_masked(shape, given, wanted)}

    def cut_items(self, shape: Shape, given: frozenset[str] | None, wanted: Wanted) -> Any:
        """The same for a page."""
        if given is None and not wanted:
            return self.body
        items = _cut(self.body["items"], shape, given, wanted)
        return {"items": items, "next": self.body["next"], **_masked(shape, given, wanted)}


def _cut(body: Any, shape: Shape, given: frozenset[str] | None, wanted: Wanted) -> Any:
    plain = orjson.loads(orjson.dumps(body))
    return masks.cut(plain if given is None else masks.masked(plain, shape, given), wanted)


def _masked(shape: Shape, given: frozenset[str] | None, wanted: Wanted) -> dict[str, Any]:
    """Which fields are null because no consent names them; nothing where none is masked at all."""
    if given is None:
        return {}
    return {"masked": [path for path, name in masks.named(shape, wanted) if name not in given]}


def _paged(found: Any) -> dict[str, Any]:
    items = found if isinstance(found, tuple) else found.items
    following = None if isinstance(found, tuple) else found.next
    return {"items": items, "next": following}


def _also(expand: str | None, more: More) -> More:
    names = expand.split(",") if expand else []
    for name in names:
        if name not in more:
            known = ", ".join(more)
            raise InvalidInput(f"expand: {name[:40]!r} is none of {known}")
    return {name: more[name] for name in names}


def _rest_of_day_s(now: datetime) -> int:
    """Until UTC's next midnight."""
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(1, int((tomorrow - now).total_seconds()))


def answer(body: dict[str, Any], status: int, headers: dict[str, str]) -> Response:
    return Response(
        orjson.dumps(body), status_code=status, media_type="application/json", headers=headers
    )
