"""JSON-RPC 2.0 over HTTP: keep-alive, batches, bounded in time and size; safe among threads."""

from __future__ import annotations

import http.client
import queue
import ssl
import time
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import msgspec

from entrepot.chain.codec import decode_revert
from entrepot.chain.errors import (
    CallReverted,
    ChainError,
    NodeLied,
    NodeUnavailable,
    RangeTooLarge,
    RateLimited,
    TimedOut,
    refusal,
)

T = TypeVar("T")

BATCH_MAX = 256
"""Questions in one request; Besu takes 1,024 unless told otherwise."""

ANSWER_BYTES_MAX = 128 * 2**20
READ_BYTES = 2**20
CONNECTIONS_IDLE_MAX = 8

Question = tuple[str, Sequence[Any]]
"""A method and its parameters."""


class _Fault(msgspec.Struct):
    code: int
    message: str = ""
    data: Any = None


class _Answer(msgspec.Struct):
    id: int | None = None
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: _Fault | None = None


class _Closed(NodeUnavailable):
    """The connection could not be made or ended in the middle."""


class Rpc:
    """One node's HTTP endpoint.

    timeout_s bounds each wait (to connect, for the first byte) and the reading as a whole;
    `headers` may carry the token of a node that wants one.
    """

    def __init__(
        self, url: str, *, timeout_s: float = 10.0, headers: Mapping[str, str] | None = None
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("a node is reached at an http or https address")
        self._host, self._port, self._tls = parts.hostname, parts.port, parts.scheme == "https"
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._timeout_s = timeout_s
        self._headers = {"Content-Type": "application/json", **(headers or {})}
        self._idle: queue.LifoQueue[http.client.HTTPConnection] = queue.LifoQueue(
            CONNECTIONS_IDLE_MAX
        )

    def ask(self, method: str, *params: Any, into: type[T]) -> T:
        """The node's answer as a `into`; raises what `entrepot.chain.errors` lists."""
        return self.ask_all([(method, params)], into=into)[0]

    def ask_all(self, questions: Sequence[Question], *, into: type[T]) -> list[T]:
        """The answers in the order of the questions; the first error is raised."""
        found: list[T] = []
        for answer in self.ask_each(questions, into=into):
            if isinstance(answer, ChainError):
                raise answer
            found.append(answer)
        return found

    def ask_each(self, questions: Sequence[Question], *, into: type[T]) -> list[T | ChainError]:
        """The answers in the order of the questions, where one was refused its error."""
        found: list[T | ChainError] = []
        for start in range(0, len(questions), BATCH_MAX):
            batch = self._answers(questions[start : start + BATCH_MAX])
            found += [_read(answer, into) for answer in batch]
        return found

    def close(self) -> None:
        """Closes the idle connections; the next question opens a new one."""
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return

    def _answers(self, questions: Sequence[Question]) -> list[_Answer]:
        bodies = [
            {"jsonrpc": "2.0", "id": i, "method": method, "params": params}
            for i, (method, params) in enumerate(questions)
        ]
        single = len(bodies) == 1
        body = self._post(msgspec.json.encode(bodies[0] if single else bodies))
        try:
            if single or body.lstrip()[:1] == b"{":
                answers = [msgspec.json.decode(body, type=_Answer)]
            else:
                answers = msgspec.json.decode(body, type=list[_Answer])
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise NodeLied(f"no JSON-RPC answer: {error}") from error
        if len(answers) == 1 and answers[0].id is None and answers[0].error:
            raise _error(answers[0].error)  # the request as a whole
        by_id = {answer.id: answer for answer in answers}
        if len(answers) != len(bodies) or by_id.keys() != set(range(len(bodies))):
            raise NodeLied(f"{len(bodies)} questions, answers to {sorted(map(str, by_id))[:8]}")
        return [by_id[i] for i in range(len(bodies))]

    def _post(self, body: bytes) -> bytes:
        """Sends `body` once, or twice when a kept connection turns out to have been closed.

        Twice is harmless: all we ask is reading, or sending the very same signed bytes.
        """
        deadline = time.monotonic() + self._timeout_s
        try:
            kept = self._idle.get_nowait()
        except queue.Empty:
            return self._exchange(self._connect(), body, deadline)
        try:
            return self._exchange(kept, body, deadline)
        except _Closed:
            return self._exchange(self._connect(), body, deadline)

    def _connect(self) -> http.client.HTTPConnection:
        if self._tls:
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(
                self._host, self._port, timeout=self._timeout_s, context=context
            )
        return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_s)

    def _exchange(
        self, connection: http.client.HTTPConnection, body: bytes, deadline: float
    ) -> bytes:
        try:
            connection.request("POST", self._path, body, self._headers)
            response = connection.getresponse()
            answer = self._read_all(response, deadline)
        except RangeTooLarge:
            connection.close()
            raise
        except TimeoutError as error:
            connection.close()
            raise TimedOut(f"no answer within {self._timeout_s} s") from error
        except (http.client.HTTPException, OSError) as error:
            connection.close()
            raise _Closed(f"{type(error).__name__}: {error}") from error
        self._keep(connection)
        if response.status != 200:
            raise _by_status(response.status, answer)
        return answer

    def _read_all(self, response: http.client.HTTPResponse, deadline: float) -> bytes:
        chunks: list[bytes] = []
        size = 0
        while chunk := response.read(READ_BYTES):
            chunks.append(chunk)
            size += len(chunk)
            if size > ANSWER_BYTES_MAX:
                response.close()
                raise RangeTooLarge(0, f"an answer above {ANSWER_BYTES_MAX} bytes")
            if time.monotonic() > deadline:
                raise TimeoutError
        return b"".join(chunks)

    def _keep(self, connection: http.client.HTTPConnection) -> None:
        try:
            self._idle.put_nowait(connection)
        except queue.Full:
            connection.close()


def _by_status(status: int, answer: bytes) -> ChainError:
    """Some nodes answer an error with a status of its own and an ordinary body."""
    try:
        fault = msgspec.json.decode(answer, type=_Answer).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        fault = None
    if status == 429:
        return RateLimited("HTTP 429")
    if fault is not None:
        return _error(fault)
    if status in (401, 403):
        return refusal(status, f"HTTP {status}: the node does not let us in")
    return NodeUnavailable(f"HTTP {status}")


def _read(answer: _Answer, into: type[T]) -> T | ChainError:
    if answer.error is not None:
        return _error(answer.error)
    try:
        return msgspec.json.decode(answer.result, type=into)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NodeLied(f"an answer of another shape: {error}") from error


def _error(fault: _Fault) -> ChainError:
    """A revert is told by its code (3), by its text (Besu), or by data that can only be one."""
    data: Any = fault.data
    if isinstance(data, dict):
        data = cast("dict[str, Any]", data).get("data")
    text = fault.message.lower()
    if fault.code == 3 or "revert" in text or "vm execution error" in text:
        spelled = data.removeprefix("Reverted ") if isinstance(data, str) else "0x"
        try:
            return CallReverted(decode_revert(bytes.fromhex(spelled.removeprefix("0x"))))
        except ValueError:
            return CallReverted(decode_revert(b""))
    return refusal(fault.code, fault.message)
