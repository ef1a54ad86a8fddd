"""What can go wrong with a request, each as an exception of its own."""

from __future__ import annotations

from typing import Any, Final

import httpx


class Unreachable(httpx.TransportError):
    """Nobody answered, however often it was tried; what was asked may have been done or not. Ask
    again with the same key."""


class Problem(Exception):
    """The API refuses: RFC 9457 problem details. code is stable; detail and mend are for people.

    errors: every place of the request that is wrong. contract_error: the ledger's own reason.
    """

    def __init__(self, told: dict[str, Any], status: int) -> None:
        self.status = status
        self.code = str(told.get("code", f"http-{status}"))
        self.title = str(told.get("title", ""))
        self.detail = str(told.get("detail", ""))
        self.mend = str(told.get("mend", ""))
        self.request_id = str(told.get("request_id", ""))
        self.errors: list[dict[str, str]] = list(told.get("errors") or ())
        self.contract_error: dict[str, Any] | None = told.get("contract_error")
        super().__init__(f"{status} {self.code}: {self.detail}")


class Invalid(Problem):
    """The request itself can't be used: 400, 413, 415, 422. Mend it."""


class Unauthenticated(Problem):
    """No valid token: 401."""


class NotPermitted(Problem):
    """Not for this token, or not yours to do: 403."""


class NotFound(Problem):
    """There is no such thing, or you are no party to it: 404."""


class Conflict(Problem):
    """Not as things stand: 409. The ledger's reason is in contract_error."""


class Gone(Problem):
    """It was erased: 410."""


class RateLimited(Problem):
    """Too many requests, and waiting as told did not help: 429."""


class Fault(Problem):
    """The server's fault: 5xx."""


KINDS: Final[dict[int, type[Problem]]] = {
    400: Invalid,
    401: Unauthenticated,
    403: NotPermitted,
    404: NotFound,
    409: Conflict,
    410: Gone,
    413: Invalid,
    415: Invalid,
    422: Invalid,
    429: RateLimited,
}


def problem_of(told: Any, status: int) -> Problem:
    """The exception that a problem document is; told is anything else when a proxy answers."""
    kind = KINDS.get(status, Fault if status >= 500 else Problem)
    return kind(told if isinstance(told, dict) else {}, status)
