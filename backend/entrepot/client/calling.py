"""The client: the API's verbs as methods, over one way of asking."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, Final, Self

import httpx

from entrepot.client.credentials import Credentials
from entrepot.client.dpop import DpopAuth
from entrepot.client.generated.resources import Resources
from entrepot.client.generated.types import OperationOut
from entrepot.client.problems import Unreachable, problem_of
from entrepot.client.streaming import follow
from entrepot.client.transport import TRIES, Transport

TIMEOUT_S: Final = 60.0
WAIT_S: Final = 30
LOOK_S: Final = 1.0


class Client(Resources):
    """Calls the API at an address as a machine; close it at the end. It may be shared by threads.

    wait_s: how long a command waits for the ledger, at most 30; 0 to be told at once that it is
    under way. scopes: to ask for fewer than the machine has. tries: how often a request is sent
    while nobody answers or the API says "later". Refusals are raised as Problem.
    """

    def __init__(
        self,
        url: str,
        credentials: Credentials,
        *,
        scopes: tuple[str, ...] = (),
        wait_s: int = WAIT_S,
        timeout_s: float = TIMEOUT_S,
        tries: int = TRIES,
    ) -> None:
        self.url = url.rstrip("/")
        self.auth = DpopAuth(self.url, credentials, scopes=scopes)
        self.http = httpx.Client(base_url=self.url, auth=self.auth, timeout=timeout_s)
        self._transport = Transport(self.http, wait_s, tries)
        super().__init__(self._transport)

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Any request, for what has no method here (`expand`, `dry_run`): see Transport.ask."""
        return self._transport.ask(method, path, **request)

    def under(self, consent_id: str) -> Resources:
        """Reads what that consent gives, and nothing else."""
        return Resources(self._transport.with_headers(**{"Consent-ID": consent_id}))

    def wait(self, operation: OperationOut, timeout_s: float = 120) -> OperationOut:
        """The operation once it has succeeded; Problem when it failed, Unreachable when it is
        still under way after that time."""
        deadline = time.monotonic() + timeout_s
        while operation.status == "pending":
            if time.monotonic() > deadline:
                raise Unreachable(f"{operation.operation_id} is under way still")
            time.sleep(LOOK_S)
            operation = self.operations.get(operation.operation_id)
        if operation.error is not None:
            raise problem_of(operation.error, int(operation.error["status"]))
        return operation

    def follow(
        self, *, types: Sequence[str] = (), order: str | None = None, after: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """Events as they happen (CloudEvents), over every break. after: the cursor to begin after,
        `0.0` for the beginning; from now on without it."""
        asked = {"type": list(types), "order": order, "after": after}
        return follow(self._transport, {name: value for name, value in asked.items() if value})

    def close(self) -> None:
        self.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
