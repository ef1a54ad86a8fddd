"""The one shape of every refusal: RFC 9457 problem details."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from fastapi import Response

MEDIA_TYPE: Final = "application/problem+json"
TYPE_ROOT: Final = "https://entrepot.example/problems/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """code: stable, for programs. title, detail, mend: for people; mend says what to do about it.

    errors: every place of a request that is wrong, as pointer and reason.
    """

    status: int
    code: str
    title: str
    detail: str
    mend: str = ""
    contract_error: dict[str, Any] | None = None
    errors: list[dict[str, str]] = field(default_factory=list[dict[str, str]])

    def told(self, instance: str, request_id: str) -> dict[str, Any]:
        """As JSON, for one request."""
        told: dict[str, Any] = {
            "type": TYPE_ROOT + self.code,
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "instance": instance,
            "request_id": request_id,
            "contract_error": self.contract_error,
            "mend": self.mend,
        }
        return {**told, "errors": self.errors} if self.errors else told


class Refused(Exception):
    """A request is refused for a reason of HTTP's own, not of the business."""

    def __init__(self, problem: Problem, headers: dict[str, str] | None = None) -> None:
        super().__init__(problem.detail)
        self.problem = problem
        self.headers = headers or {}


def respond(
    problem: Problem, instance: str, request_id: str, headers: dict[str, str] | None = None
) -> Response:
    later = {"Retry-After": "1"} if problem.status == UNAVAILABLE.status else {}
    if problem.code in _UNREAD:
        later["Connection"] = "close"
    return Response(
        orjson.dumps(problem.told(instance, request_id)),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers={**later, **(headers or {})},
    )


UNAUTHENTICATED = Problem(
    status=401,
    code="unauthenticated",
    title="No valid token",
    detail="the request carries no token that is known and still holds",
    mend="send Authorization: DPoP TOKEN and a proof; see /.well-known/oauth-protected-resource",
)
INTERNAL = Problem(
    status=500,
    code="internal",
    title="This is our fault",
    detail="the request could not be dealt with; nothing of it was done",
    mend="repeat it with the same Idempotency-Key; tell us the request id if it stays so",
)
UNAVAILABLE = Problem(
    status=503,
    code="unavailable",
    title="Not now",
    detail="the database or the chain does not answer right now; nothing was done",
    mend="repeat it later with the same Idempotency-Key",
)
DAMAGED = Problem(
    status=500,
    code="document-damaged",
    title="A stored document was altered",
    detail="what lies in the vault is not what was put in; nothing was done with it",
    mend="whoever runs this service restores the vault from a copy",
)
ERASED = Problem(
    status=410,
    code="document-erased",
    title="A stored document was erased",
    detail="its time was over and its keys were destroyed; nobody can read it again",
    mend="ask whoever has a copy; a disclosure made of it before still proves what it says",
)
LOCKED = Problem(
    status=403,
    code="document-locked",
    title="Not permitted",
    detail="the key to this document that you had was taken away",
    mend="ask whoever runs this service to give it back",
)
IN_FLIGHT = Problem(
    status=409,
    code="idempotency-in-flight",
    title="The same request is under way",
    detail="another request with this Idempotency-Key is being dealt with",
    mend="repeat it in a moment",
)
KEY_REUSED = Problem(
    status=422,
    code="idempotency-key-reused",
    title="The key belongs to another request",
    detail="this Idempotency-Key was used for a request with other contents",
    mend="take a new key for a new request",
)
KEY_INVALID = Problem(
    status=422,
    code="idempotency-key-invalid",
    title="No usable Idempotency-Key",
    detail="a key has 1 to 255 visible ASCII characters",
    mend="a UUID is a good key",
)
CONSENT_UNKNOWN = Problem(
    status=403,
    code="consent-unknown",
    title="No such consent",
    detail="there is no such consent, or it was not given to you",
    mend="GET /v1/consents lists those that were",
)
CONSENT_ELSEWHERE = Problem(
    status=422,
    code="consent-not-applicable",
    title="Nothing here is shared by consent",
    detail="what this route tells is one's own or everybody's, and no consent gives it",
    mend="leave Consent-ID out",
)
REASON_MISSING = Problem(
    status=422,
    code="reason-missing",
    title="A reason is needed",
    detail="a supervisor says here why it looks at what is a member's, and this request does not",
    mend="send Access-Reason with a few words; the owner will read them",
)
TOO_LARGE = Problem(
    status=413,
    code="body-too-large",
    title="The request is too large",
    detail="its body has more bytes than are taken here",
    mend="send a smaller file",
)
HEAD_TOO_LARGE = Problem(
    status=431,
    code="head-too-large",
    title="The headers are too large",
    detail="its first line and its headers have more bytes than are taken here",
    mend="send less of them",
)
TOO_SLOW = Problem(
    status=408,
    code="request-too-slow",
    title="The request takes too long",
    detail="its body did not come in within the time that is waited for it",
    mend="send it again over a better line, with the same Idempotency-Key",
)
AMBIGUOUS = Problem(
    status=400,
    code="ambiguous-request",
    title="The request can be read in two ways",
    detail="a header that may stand once stands there twice, or two say how long the body is",
    mend="send each such header once",
)
RATE_LIMITED = Problem(
    status=429,
    code="rate-limited",
    title="Too many requests",
    detail="more requests of one participant than one minute has room for",
    mend="wait as long as Retry-After says",
)
VERSION_UNKNOWN = Problem(
    status=400,
    code="version-unknown",
    title="No such version of this API",
    detail="the header Entrepot-Version names a date on which nothing changed",
)

TOO_MANY_STREAMS = Problem(
    status=429,
    code="too-many-streams",
    title="Too many streams",
    detail="as many streams of events are open already as this service keeps for one member",
    mend="close one of them, or read /v1/events with a cursor",
)


_UNREAD: Final = frozenset((TOO_LARGE.code, HEAD_TOO_LARGE.code, TOO_SLOW.code, AMBIGUOUS.code))
"""What follows on the line is the rest of that request, and nothing is read of it."""


def consent_not_valid(status: str) -> Problem:
    return Problem(
        status=403,
        code="consent-invalid",
        title="The consent gives nothing",
        detail=f"the consent is {status}",
        mend="ask its owner for another with POST /v1/consents"
        if status not in ("received", "partiallyAuthorised")
        else "wait until its owner has authorised it",
    )


def access_exceeded(frequency_per_day: int) -> Problem:
    return Problem(
        status=429,
        code="access-exceeded",
        title="The consent is used up for today",
        detail=f"it allows {frequency_per_day} accesses a day, counted by UTC's days",
        mend="come again tomorrow, or ask the owner for a consent with a higher frequency",
    )


def field_masked(fields: list[str]) -> Problem:
    return Problem(
        status=422,
        code="field-masked",
        title="The consent does not give this field",
        detail=f"a list can't be narrowed or sorted by what is masked in it: {', '.join(fields)}",
        mend="ask for the whole list, or ask its owner for a consent that names the field",
    )


def missing_scope(needed: tuple[str, ...]) -> Problem:
    return Problem(
        status=403,
        code="scope-missing",
        title="The token may not do this",
        detail=f"this needs the scope {' or '.join(needed)}",
        mend="use a token that has it",
    )


def wrong_media_type(needed: tuple[str, ...]) -> Problem:
    return Problem(
        status=415,
        code="unsupported-media-type",
        title="Another media type is needed",
        detail=f"this is taken as {' or '.join(needed)} only",
        mend=f"send Content-Type: {needed[0]}",
    )


def of_status(status: int, detail: str) -> Problem:
    """For refusals of the framework itself: no such path, no such method, an unreadable body."""
    titles = {400: "Unreadable request", 404: "No such resource", 405: "No such method here"}
    codes = {400: "unreadable", 404: "not-found", 405: "method-not-allowed"}
    return Problem(
        status=status,
        code=codes.get(status, f"http-{status}"),
        title=titles.get(status, "Refused"),
        detail=detail,
    )
