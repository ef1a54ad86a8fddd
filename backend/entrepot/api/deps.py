"""What a route works with: a desk for commands, a window for reads. One transaction a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import Depends, Header, Query, Request, Response

from entrepot.api import preparing, problems, refusals, rehearsal
from entrepot.api.auth import Credentials, caller_of, require, world_of
from entrepot.api.idempotency import fingerprint, once
from entrepot.api.limits import admit
from entrepot.api.problems import Refused, respond
from entrepot.api.waiting import is_preparing
from entrepot.domain.errors import InvalidInput, NotFound
from entrepot.kit.hashing import sha256
from entrepot.steps import World
from entrepot.steps.submission import operations
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.operations import OperationView
from entrepot.store import consents
from entrepot.store.consents import Allowed
from entrepot.store.session import Session
from entrepot.store.tenancy import Acting
from entrepot.views import chain

C = TypeVar("C")

CONSENT_ID = "Consent-ID"

Verb = Callable[[World, Session, Caller, C], Accepted]
View = Callable[[Session, bytes], Any]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a command is handed in."""

    world: World
    caller: Caller
    request: Request
    key: str | None
    dry_run: bool = False

    def submit(self, verb: Verb[C], command: C) -> Response:
        """Does it, or refuses it without a trace; answers with the operation. On a dry run nothing
        is kept, and the answer says what would come of it."""
        if self.dry_run:
            return answer(rehearsal.tried(self.world, self.caller, verb, command), 200, {})
        if is_preparing(self.request):
            prepared = preparing.prepared(self.world, self.caller, verb, command)
            return answer(prepared, 200, {"Preference-Applied": "prepare"})
        wanted = fingerprint(self.request.method, self.request.url.path, command)
        with self.world.store.transaction() as session:
            operation_id, is_replay = once(
                self.world,
                session,
                self.caller,
                self.key,
                wanted,
                lambda: verb(self.world, session, self.caller, command),
            )
        self.request.state.operation_id = operation_id
        self.request.state.is_replay = is_replay
        self.request.state.look_again = lambda: self.look(operation_id, is_replay)
        return self.look(operation_id, is_replay)

    def write(
        self,
        verb: Verb[C],
        command: C,
        tell: Callable[[Session, str], Any],
        status: int = 200,
    ) -> Response:
        """Does what is ours alone to do, at most once for its key, and answers with what it is now.

        tell: shows the thing of an id, as a view; also to whoever repeats the request. On a dry run
        the answer is the same, and nothing is kept.
        """
        if self.dry_run:
            with self.world.store.trying() as session:
                accepted = verb(self.world, session, self.caller, command)
                session.flush()
                return _written(tell(session, accepted.operation_id), status, is_replay=False)
        wanted = fingerprint(self.request.method, self.request.url.path, command)
        with self.world.store.transaction() as session:
            thing_id, is_replay = once(
                self.world,
                session,
                self.caller,
                self.key,
                wanted,
                lambda: verb(self.world, session, self.caller, command),
            )
        with self.world.store.reading() as session:
            found = tell(session, thing_id)
        return _written(found, status, is_replay=is_replay)

    def look(self, operation_id: str, is_replay: bool) -> Response:
        """202 while it is under way, 200 when it is done, 409 with the reason when it failed."""
        acting = Acting(participant_id=self.caller.participant_id)
        with self.world.store.reading(acting) as session:
            view = operations.get(session, self.caller.participant_id, operation_id)
        if view is None:
            raise NotFound("operation")
        headers = {"Location": f"/v1/operations/{operation_id}"}
        if is_replay:
            headers["Idempotency-Replayed"] = "true"
        if view.error is not None:
            problem = refusals.problem_of(view.error)
            self.request.state.code = problem.code
            return respond(problem, self.request.url.path, self.request.state.request_id, headers)
        pending = view.status == "pending"
        if pending:
            headers["Retry-After"] = "1"
        return answer(told(view, self.request), 202 if pending else 200, headers)


@dataclass(frozen=True, slots=True)
class Window:
    """Where things are read, all of one answer at one moment.

    consent_id: under which consent; then nothing is seen but what that gives.
    """

    world: World
    caller: Caller
    request: Request
    consent_id: str | None = None

    @property
    def acting(self) -> Acting:
        """For whom the database is asked."""
        return Acting(
            participant_id=self.caller.participant_id,
            consent_id=self.consent_id or "",
            today=self.world.clock.now().date(),
        )

    @contextmanager
    def opened(self) -> Iterator[tuple[Session, Allowed | None]]:
        """A session to read in, and what the consent allows when it is read under one.

        An access is counted before it is made, and stays counted when nothing is found.
        """
        if self.consent_id is None:
            with self.world.store.reading(self.acting) as session:
                yield session, None
            return
        allowed = self._use(self.consent_id)
        with self.world.store.accessing(self.acting) as session:
            yield session, allowed

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
        self,
        thing: str,
        view: View,
        expand: str | None = None,
        more: Mapping[str, View] | None = None,
    ) -> Response:
        """One thing; 404 when there is none that the caller may see.

        expand: names among `more`, by commas, of what is told with it at the same moment; 422 for
        another name, and under a consent, which gives each thing by itself.
        """
        wanted = _wanted(expand, more or {})
        if wanted and self.consent_id is not None:
            raise Refused(problems.CONSENT_ELSEWHERE)

        def together(session: Session, caller: bytes) -> Any:
            found = view(session, caller)
            if found is None:
                return None
            if not wanted:
                return found
            return {
                **asdict(found),
                **{name: _paged(read(session, caller)) for name, read in wanted.items()},
            }

        return self._answer(thing, together, lambda told: told)

    def page(self, view: View, thing: str = "list") -> Response:
        """A page, or all there is when the view has no pages; 422 for a bad cursor or limit."""
        return self._answer(thing, view, _paged)

    def _answer(self, thing: str, view: View, tell: Callable[[Any], Any]) -> Response:
        """tell: makes of what the view has found what goes out as a JSON object, never an empty
        one."""
        with self.opened() as (session, _):
            try:
                found = view(session, self.caller.participant_id)
            except ValueError as error:
                raise InvalidInput(str(error)) from error
            as_of = chain.as_of(session, self.world.settings.finality)
        if found is None:
            raise NotFound(thing)
        body = tell(found)
        content = orjson.dumps(body)
        tag = f'W/"{sha256(content).hex()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if isinstance(body, dict) and body.get("next"):
            following = self.request.url.include_query_params(after=body["next"])
            headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
        if tag in self.request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        seen = {
            "as_of_block": as_of.block if as_of else None,
            "finality": as_of.finality if as_of else "head",
        }
        joined = content[:-1] + b"," + orjson.dumps(seen)[1:]
        return Response(joined, 200, headers, media_type="application/json")


def _written(found: Any, status: int, *, is_replay: bool) -> Response:
    """204 when the thing is gone, by what was just done to it."""
    if found is None:
        return Response(status_code=204)
    return answer(asdict(found), status, {"Idempotency-Replayed": "true"} if is_replay else {})


def answer(body: dict[str, Any], status: int, headers: dict[str, str]) -> Response:
    return Response(
        orjson.dumps(body), status_code=status, media_type="application/json", headers=headers
    )


def told(view: OperationView, request: Request) -> dict[str, Any]:
    """An operation as JSON, its error as a problem."""
    body = asdict(view)
    if view.error is not None:
        problem = refusals.problem_of(view.error)
        body["error"] = problem.told(
            f"/v1/operations/{view.operation_id}", request.state.request_id
        )
    return body


def hands_in(*scopes: str) -> Any:
    """A desk for callers with one of these scopes."""

    def desk(
        request: Request,
        credentials: Credentials,
        idempotency_key: Annotated[
            str | None,
            Header(description="1 to 255 visible ASCII characters; kept for 7 days."),
        ] = None,
        dry_run: Annotated[
            bool, Query(description="Only try it, the chain's answer included; nothing is kept.")
        ] = False,
        entrepot_signatures: Annotated[
            str | None,
            Header(description="Your own key's, over what `Prefer: prepare` answered."),
        ] = None,
        prefer: Annotated[  # noqa: ARG001 (read by the route's class; here for the documentation)
            str | None,
            Header(
                description="wait=N: wait up to N (at most 30) seconds for the outcome. prepare:"
                " only tell what is to be signed, see Entrepot-Signatures."
            ),
        ] = None,
    ) -> Desk:
        caller = caller_of(request, credentials, "commands")
        require(caller, scopes)
        admit(request, world_of(request), caller, "commands")
        signing = replace(caller, signatures=preparing.signatures(entrepot_signatures))
        return Desk(world_of(request), signing, request, idempotency_key, dry_run)

    return Depends(desk)


def reads(request: Request, credentials: Credentials) -> Window:
    """A window for callers with the scope read, on what no consent gives."""
    if CONSENT_ID in request.headers:
        raise Refused(problems.CONSENT_ELSEWHERE)
    return window(request, caller_of(request, credentials, "reads"))


def reads_shared(
    request: Request,
    credentials: Credentials,
    consent_id: Annotated[
        str | None,
        Header(
            alias=CONSENT_ID,
            pattern=r"^con_[0-9a-f]{32}$",
            description="Reads what this consent gives, and nothing else.",
        ),
    ] = None,
) -> Window:
    """A window for callers with the scope read, on what a consent may give."""
    return window(request, caller_of(request, credentials, "reads"), consent_id)


def asks(
    request: Request,
    credentials: Credentials,
    idempotency_key: Annotated[  # noqa: ARG001 (taken as by every POST; there is nothing to keep)
        str | None,
        Header(description="May be sent; the answer is worked out anew, for nothing is written."),
    ] = None,
    prefer: Annotated[  # noqa: ARG001 (as above)
        str | None, Header(description="May be sent; there is nothing to wait for.")
    ] = None,
) -> Window:
    """A window for a question that needs a body: a POST that writes nothing."""
    return window(request, caller_of(request, credentials, "reads"))


def window(
    request: Request, caller: Caller, consent_id: str | None = None, *, scope: str = "read"
) -> Window:
    """A window for callers with that scope, whose request is counted."""
    require(caller, (scope,))
    admit(request, world_of(request), caller, "reads")
    return Window(world_of(request), caller, request, consent_id)


Reader = Annotated[Window, Depends(reads)]
SharedReader = Annotated[Window, Depends(reads_shared)]
Asker = Annotated[Window, Depends(asks)]


def _wanted(expand: str | None, more: Mapping[str, View]) -> Mapping[str, View]:
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


def _paged(found: Any) -> dict[str, Any]:
    items = found if isinstance(found, tuple) else found.items
    following = None if isinstance(found, tuple) else found.next
    return {"items": items, "next": following}
