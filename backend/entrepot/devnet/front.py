"""The sequencer's door: HTTP on the loopback, one thread and one session a client."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Self, cast

from entrepot.devnet.rpc import HOST, Message, WireError, read_message

Answer = Callable[[bytes], bytes]
OpenSession = Callable[[], AbstractContextManager[Answer]]

CLOSE_TIMEOUT_S = 5


class Front:
    """Listens on a port of 127.0.0.1 and answers each POST with what its session says.

    A request from a web page is refused: no page of any site may talk to the devnet.
    """

    def __init__(self, open_session: OpenSession, *, port: int = 0) -> None:
        """Bind at once, so that the port is ours; serve after ``start``."""
        self._server = _Server((HOST, port), open_session)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="devnet-front", daemon=True
        )

    @property
    def port(self) -> int:
        """The port that we listen on."""
        return int(self._server.server_address[1])

    def start(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening and hang up on everybody."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(CLOSE_TIMEOUT_S)
        self._server.hang_up()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], open_session: OpenSession) -> None:
        self.open_session = open_session
        self._clients: set[socket.socket] = set()
        self._changed = threading.Condition()
        super().__init__(address, _Client)

    def welcome(self, client: socket.socket) -> None:
        with self._changed:
            self._clients.add(client)

    def part(self, client: socket.socket) -> None:
        with self._changed:
            self._clients.discard(client)
            self._changed.notify_all()

    def hang_up(self) -> None:
        """Break every connection and wait until its thread is through."""
        with self._changed:
            for client in self._clients:
                with contextlib.suppress(OSError):
                    client.shutdown(socket.SHUT_RDWR)
            self._changed.wait_for(lambda: not self._clients, CLOSE_TIMEOUT_S)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that broke off is no news."""


class _Client(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        server = cast(_Server, self.server)
        server.welcome(self.request)
        try:
            with server.open_session() as answer, contextlib.suppress(WireError, OSError):
                while (message := read_message(self.rfile)) is not None:
                    self.wfile.write(_respond(message, answer))
                    if message.headers.get("connection", "").lower() == "close":
                        break
        finally:
            server.part(self.request)


def _respond(message: Message, answer: Answer) -> bytes:
    if "origin" in message.headers:
        return _response("403 Forbidden", b"no web page may talk to the devnet\n")
    if not message.start.startswith("POST "):
        return _response("405 Method Not Allowed", b"POST JSON-RPC here\n")
    return _response("200 OK", answer(message.body))


def _response(status: str, body: bytes) -> bytes:
    kind = "application/json" if status.startswith("200") else "text/plain"
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
