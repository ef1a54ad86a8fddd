"""JSON-RPC over HTTP/1.1 with as little around it as it needs.

One message is a head and a body of known length, in both directions; both the sequencer's front
and its line to the node read it with ``read_message``.
"""

import json
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from io import BufferedIOBase
from typing import Any, Self

from entrepot.kit.processes import ProcessError

HOST = "127.0.0.1"
HEAD_LINES_MAX = 100
LINE_BYTES_MAX = 16 * 1024
BODY_BYTES_MAX = 64 * 1024 * 1024
FLIGHT_BYTES_MAX = 48 * 1024
IDLE_S_MAX = 5.0
TIMEOUT_S = 60.0
QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)

INVALID_REQUEST = -32600
INVALID_PARAMS = -32602
REFUSED = -32004
HALTED = -32000


class RpcError(Exception):
    """The node, or the sequencer before it, answered a call with an error."""

    def __init__(self, code: int, message: str, data: object = None) -> None:
        """Keep the three parts of a JSON-RPC error."""
        super().__init__(f"{message} ({code})")
        self.code = code
        self.message = message
        self.data = data


class WireError(ProcessError):
    """The other side of a connection broke off, or does not speak HTTP/1.1 as we read it."""


@dataclass(frozen=True, slots=True)
class Message:
    """One HTTP message: its first line, its headers in lower case, its body."""

    start: str
    headers: dict[str, str]
    body: bytes


def read_message(stream: BufferedIOBase) -> Message | None:
    """The next message, or nothing if the other side closed in between two."""
    start = stream.readline(LINE_BYTES_MAX)
    if not start:
        return None
    headers: dict[str, str] = {}
    for _ in range(HEAD_LINES_MAX):
        line = stream.readline(LINE_BYTES_MAX)
        if line in (b"\r\n", b"\n"):
            break
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or not line.endswith(b"\n"):
            raise WireError("a header without its end")
        headers[name.strip().lower()] = value.strip()
    else:
        raise WireError("too many headers")
    length = headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or int(length) > BODY_BYTES_MAX:
        raise WireError("a body of no acceptable length")
    body = stream.read(int(length))
    if len(body) != int(length):
        raise WireError("a body cut short")
    return Message(start.decode("latin-1").strip(), headers, body)


def encode_call(method: str, *params: object, identity: int = 1) -> bytes:
    """One call as JSON."""
    call = {"jsonrpc": "2.0", "id": identity, "method": method, "params": params}
    return json.dumps(call, separators=(",", ":")).encode()


def encode_result(identity: object, result: object) -> bytes:
    """One good answer as JSON."""
    return json.dumps({"jsonrpc": "2.0", "id": identity, "result": result}).encode()


def encode_error(identity: object, error: RpcError) -> bytes:
    """One bad answer as JSON."""
    told: dict[str, object] = {"code": error.code, "message": error.message}
    if error.data is not None:
        told["data"] = error.data
    return json.dumps({"jsonrpc": "2.0", "id": identity, "error": told}).encode()


def decode_answer(body: bytes) -> Any:
    """The result of an answer; raise RpcError if it is an error."""
    answer = json.loads(body)
    if "error" in answer:
        error = answer["error"]
        raise RpcError(error["code"], error["message"], error.get("data"))
    return answer["result"]


class Connection:
    """A kept-alive line to the node that sends many requests before it reads the answers.

    The node works on one connection's requests in their order, so this is how transactions keep
    theirs. For one thread at a time.
    """

    def __init__(self, port: int) -> None:
        """Aim at that port of this machine; connect on the first call."""
        self._port = port
        self._socket: socket.socket | None = None
        self._stream: BufferedIOBase | None = None
        self._used_at = 0.0

    def call(self, method: str, *params: object) -> Any:
        """One call's result; raise RpcError or WireError."""
        return decode_answer(self.exchange([encode_call(method, *params)])[0])

    def exchange(self, bodies: Sequence[bytes]) -> list[bytes]:
        """Send all, in order, and return the answers' bodies, in order."""
        answers: list[bytes] = []
        flight: list[bytes] = []
        size = 0
        for body in bodies:
            # More in flight could leave both sides writing with nobody reading.
            if flight and size + len(body) > FLIGHT_BYTES_MAX:
                answers += self._fly(flight)
                flight, size = [], 0
            flight.append(body)
            size += len(body) + 128
        return answers + self._fly(flight)

    def close(self) -> None:
        """Hang up."""
        if self._stream is not None and self._socket is not None:
            self._stream.close()
            self._socket.close()
        self._stream = self._socket = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _fly(self, bodies: list[bytes]) -> list[bytes]:
        try:
            line, stream = self._line()
            line.sendall(b"".join(map(_post, bodies)))
            answers = [self._answer(line, stream) for _ in bodies]
        except (OSError, WireError) as error:
            self.close()
            raise WireError(f"the node's connection broke: {error}") from error
        self._used_at = time.monotonic()
        return answers

    def _line(self) -> tuple[socket.socket, BufferedIOBase]:
        if time.monotonic() - self._used_at > IDLE_S_MAX:
            self.close()
        if self._socket is None or self._stream is None:
            self._socket = socket.create_connection((HOST, self._port), TIMEOUT_S)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._stream = self._socket.makefile("rb")
        return self._socket, self._stream

    @staticmethod
    def _answer(line: socket.socket, stream: BufferedIOBase) -> bytes:
        if QUICK_ACK is not None:
            # The node holds its second answer back until the first is acknowledged (40 ms late).
            line.setsockopt(socket.IPPROTO_TCP, QUICK_ACK, 1)
        message = read_message(stream)
        if message is None:
            raise WireError("closed")
        if message.start.split(" ")[1:2] != ["200"]:
            raise WireError(message.start)
        return message.body


def _post(body: bytes) -> bytes:
    head = (
        f"POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
