"""What a route works with: a desk for commands, a window for reads. One transaction a request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Query, Request, Response

from entrepot.api import preparing, problems, refusals, rehearsal
from entrepot.api.auth import Credentials, caller_of, require, world_of
from entrepot.api.idempotency import fingerprint, once
from entrepot.api.limits import admit
from entrepot.api.problems import Refused, respond
from entrepot.api.waiting import is_preparing
from entrepot.api.window import Window, answer
from entrepot.domain.errors import NotFound
from entrepot.steps import World
from entrepot.steps.submission import operations
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.operations import OperationView
from entrepot.store.session import Session
from entrepot.store.tenancy import Acting

C = TypeVar("C")

CONSENT_ID = "Consent-ID"
ACCESS_REASON = "Access-Reason"

Verb = Callable[[World, Session, Caller, C], Accepted]


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


def _written(found: Any, status: int, *, is_replay: bool) -> Response:
    """204 when the thing is gone, by what was just done to it."""
    if found is None:
        return Response(status_code=204)
    return answer(asdict(found), status, {"Idempotency-Replayed": "true"} if is_replay else {})


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


Why = Annotated[
    str,
    Header(
        alias=ACCESS_REASON,
        pattern=r"^[\x21-\x7e][\x20-\x7e]{0,199}$",
        description="Why a third party looks; whoever's it is can read it.",
    ),
]
Fields = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=2000,
        description="Only these fields of the answer, or of each item of a page: paths by commas,"
        " `amount.currency,attesters.kinds`. The others are left out, required or not.",
    ),
]


def reads(
    request: Request,
    credentials: Credentials,
    reason: Why = "",
    fields: Fields = None,
) -> Window:
    """A window for callers with the scope read, on what no consent gives."""
    looks = window(request, caller_of(request, credentials, "reads"))
    return replace(looks, reason=reason, fields=fields)


def reads_shared(
    request: Request,
    credentials: Credentials,
    reason: Why = "",
    fields: Fields = None,
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
    looks = window(request, caller_of(request, credentials, "reads"), is_shared=True)
    return replace(looks, consent_id=consent_id, reason=reason, fields=fields)


def asks(
    request: Request,
    credentials: Credentials,
    reason: Why = "",
    idempotency_key: Annotated[  # noqa: ARG001 (taken as by every POST; there is nothing to keep)
        str | None,
        Header(description="May be sent; the answer is worked out anew, for nothing is written."),
    ] = None,
    prefer: Annotated[  # noqa: ARG001 (as above)
        str | None, Header(description="May be sent; there is nothing to wait for.")
    ] = None,
) -> Window:
    """A window for a question that needs a body: a POST that writes nothing."""
    return replace(window(request, caller_of(request, credentials, "reads")), reason=reason)


def window(
    request: Request, caller: Caller, *, scope: str = "read", is_shared: bool = False
) -> Window:
    """A window for callers with that scope, whose request is counted; 422 when it names a consent
    for what none gives."""
    if CONSENT_ID in request.headers and not is_shared:
        raise Refused(problems.CONSENT_ELSEWHERE)
    require(caller, (scope,))
    admit(request, world_of(request), caller, "reads")
    return Window(world_of(request), caller, request)


Reader = Annotated[Window, Depends(reads)]
SharedReader = Annotated[Window, Depends(reads_shared)]
Asker = Annotated[Window, Depends(asks)]

__all__ = [
    "Asker",
    "Desk",
    "Fields",
    "Reader",
    "SharedReader",
    "Why",
    "Window",
    "answer",
    "hands_in",
    "told",
    "window",
]
