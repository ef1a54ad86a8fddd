"""How a request gets to the API and its answer back: proven, repeated until answered, and at most
once in its effect."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self
from uuid import uuid4

import httpx

from entrepot.client.problems import Unreachable, problem_of

TRIES: Final = 6
PAUSE_S, PAUSE_S_MAX = 0.5, 60.0
AGAIN: Final = frozenset((429, 502, 503, 504))
"""Statuses that say: not now."""


@dataclass(frozen=True, slots=True)
class Transport:
    """wait_s: how long a command waits for the ledger before it answers. headers: of all requests,
    such as a consent's. tries: how often one is sent before it is given up."""

    http: httpx.Client
    wait_s: int = 0
    tries: int = TRIES
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    sleep: Callable[[float], None] = time.sleep

    def with_headers(self, **headers: str) -> Self:
        return replace(self, headers={**self.headers, **headers})

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
        wait_s: int | None = None,
        **body: Any,
    ) -> httpx.Response:
        """The answer, a good one: Problem when it refuses, Unreachable when there is none.

        Whatever changes something bears an idempotency key, the given one or one of its own, so
        that sending it again has no second effect. body: as httpx takes it (json, content, data,
        files).
        """
        more = {**self.headers, **(headers or {})}
        if method != "GET":
            more.setdefault("Idempotency-Key", key or str(uuid4()))
            patience = self.wait_s if wait_s is None else wait_s
            if patience:
                more.setdefault("Prefer", f"wait={patience}")
        given = {name: value for name, value in (query or {}).items() if value is not None}
        response = self._answered(method, path, params=given, headers=more, **body)
        if response.is_error:
            raise problem_of(_told(response), response.status_code)
        return response

    def _answered(self, method: str, path: str, **request: Any) -> httpx.Response:
        """The last answer there was; Unreachable when the last try brought none."""
        pause_s = PAUSE_S
        for left in reversed(range(self.tries)):
            try:
                response = self.http.request(method, path, **request)
            except httpx.TransportError as error:
                if not left:
                    raise Unreachable(f"{self.http.base_url} does not answer: {error}") from error
                self.sleep(pause_s)
            else:
                if not left or not _says_later(response):
                    return response
                self.sleep(min(_retry_after(response, pause_s), PAUSE_S_MAX))
            pause_s *= 2
        raise ValueError("tries: at least one")


def _says_later(response: httpx.Response) -> bool:
    """Whether the same request may be taken later: the server is busy, or its twin is under way."""
    if response.status_code == httpx.codes.CONFLICT:
        return _told(response).get("code") == "idempotency-in-flight"
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return _retry_after(response, 0) <= PAUSE_S_MAX
    return response.status_code in AGAIN


def _retry_after(response: httpx.Response, otherwise_s: float) -> float:
    """In seconds, as the API writes it; a proxy's date counts as nothing said."""
    told = response.headers.get("Retry-After", "")
    return float(told) if told.isascii() and told.isdigit() else otherwise_s


def _told(response: httpx.Response) -> dict[str, Any]:
    """A problem's members; none when somebody else than the API answers."""
    try:
        told = response.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
