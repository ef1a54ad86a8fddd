"""What every request passes first and last: an id, limits on its size and its time, one way only in
which it can be read, a line in the log, and the version that it asks for."""

from __future__ import annotations

import asyncio
import time
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from entrepot.api import problems, versions
from entrepot.api.errors import problem_of
from entrepot.api.metrics import Metrics
from entrepot.kit import logs, tracing
from entrepot.kit.logs import Log

log = Log(__name__)

OVERHEAD_BYTES = 64 * 1024
"""What a multipart request may have besides its file, and a JSON request in all."""

HEAD_BYTES_MAX = 32 * 1024
"""Of a request's first line and headers: room for a token, a proof and some signatures."""

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""What a figure may name; whoever asks can send any other word."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""On every answer that does not set its own."""

ALWAYS = [
    (name.lower().encode(), value.encode())
    for name, value in {versions.HEADER: versions.VERSIONS[-1], **HEADERS}.items()
]
"""The same as ASGI has it, and the version."""


ONCE = frozenset(
    (
        b"authorization",
        b"consent-id",
        b"content-length",
        b"content-type",
        b"entrepot-signatures",
        b"entrepot-version",
        b"host",
        b"idempotency-key",
        b"last-event-id",
    )
)
"""Headers of which each reader might take another one, were there two. Proofs are counted where
they are checked."""


class Door:
    """Pure ASGI, around everything: nothing that is raised inside gets past it unanswered."""

    def __init__(
        self, app: ASGIApp, *, body_bytes_max: int, body_s_max: float, metrics: Metrics
    ) -> None:
        self.app, self.metrics = app, metrics
        self.body_bytes_max = body_bytes_max + OVERHEAD_BYTES
        self.body_s_max = body_s_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = f"req_{uuid4().hex}"
        scope.setdefault("state", {})["request_id"] = request_id
        visit = _Visit(scope, send, request_id, self.metrics)
        wanted = Headers(scope=scope).get(versions.HEADER)
        with logs.context(request_id=request_id):
            try:
                if self._is_too_large(scope):
                    await visit.answer(problems.TOO_LARGE)
                elif _head_bytes(scope) > HEAD_BYTES_MAX:
                    await visit.answer(problems.HEAD_TOO_LARGE)
                elif _is_ambiguous(scope):
                    await visit.answer(problems.AMBIGUOUS)
                elif problem := versions.problem_with(wanted):
                    await visit.answer(problem)
                else:
                    await self.app(scope, self._counted(receive), visit.send)
            except Exception as error:
                log.error("request_failed")
                if visit.status:
                    raise
                await visit.answer(problem_of(error))
            finally:
                visit.tell()

    def _is_too_large(self, scope: Scope) -> bool:
        length = Headers(scope=scope).get("content-length", "0")
        return length.isascii() and length.isdigit() and int(length) > self.body_bytes_max

    def _counted(self, receive: Receive) -> Receive:
        """A body without a declared length is counted as it comes, and waited for so long only."""
        seen, is_whole = 0, False
        deadline: float | None = None

        async def counted() -> Message:
            nonlocal seen, is_whole, deadline
            if is_whole:
                return await receive()
            if deadline is None:
                deadline = time.monotonic() + self.body_s_max
            try:
                message = await asyncio.wait_for(receive(), deadline - time.monotonic())
            except TimeoutError as error:
                raise HTTPException(problems.TOO_SLOW.status) from error
            if message["type"] == "http.request":
                is_whole = not message.get("more_body", False)
                seen += len(message.get("body", b""))
                if seen > self.body_bytes_max:
                    raise HTTPException(problems.TOO_LARGE.status)
            return message

        return counted


def _head_bytes(scope: Scope) -> int:
    target = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    return target + sum(len(name) + len(value) for name, value in scope["headers"])


def _is_ambiguous(scope: Scope) -> bool:
    """Whether a proxy before us and we might read two requests out of it (RFC 9112, section 6)."""
    names = [name for name, _ in scope["headers"]]
    if b"content-length" in names and b"transfer-encoding" in names:
        return True
    once = [name for name in names if name in ONCE]
    return len(once) != len(set(once))


class _Visit:
    """One request on its way through: its answer's first line, and its line in the log."""

    def __init__(self, scope: Scope, send: Send, request_id: str, metrics: Metrics) -> None:
        self.scope, self._send, self.request_id = scope, send, request_id
        self.metrics = metrics
        self.status = 0
        self.started = time.perf_counter()
        self.began = tracing.now()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message["headers"] = list(message.get("headers", ()))
            present = {name for name, _ in headers}
            headers += [each for each in ALWAYS if each[0] not in present]
            headers.append((b"x-request-id", self.request_id.encode()))
            headers += [
                (name.lower().encode(), value.encode())
                for name, value in self.scope["state"].get("headers", {}).items()
            ]
        await self._send(message)

    async def answer(self, problem: problems.Problem) -> None:
        self.scope["state"]["code"] = problem.code
        response = problems.respond(problem, self.scope["path"], self.request_id)
        await response(self.scope, _nothing, self.send)

    def tell(self) -> None:
        """The route's template, never the path: references and ids of others stand in paths."""
        route = getattr(self.scope.get("route"), "path_format", "none")
        state = self.scope["state"]
        seconds = time.perf_counter() - self.started
        method = self.scope["method"] if self.scope["method"] in METHODS else "other"
        self.metrics.requests.labels(method, route, self.status).observe(seconds)
        self._trace(route, method)
        log.info(
            "request",
            method=self.scope["method"],
            route=route,
            status=self.status,
            duration_ms=round(seconds * 1000, 1),
            participant_id=state.get("participant_id"),
            operation_id=state.get("operation_id"),
            code=state.get("code"),
        )

    def _trace(self, route: str, method: str) -> None:
        """What a command began; whoever repeats it adds nothing."""
        state = self.scope["state"]
        if "operation_id" not in state or state.get("is_replay") or not tracing.is_on():
            return
        tracing.record(
            tracing.Span(
                operation_id=state["operation_id"],
                name="request",
                began=self.began,
                ended=tracing.now(),
                is_root=True,
                caused_by=Headers(scope=self.scope).get("traceparent", ""),
                attributes={"route": route, "method": method, "status": self.status},
            )
        )


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
