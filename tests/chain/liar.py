"""A node that answers what a test tells it to: for what no honest node can be made to say."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

Reply = Callable[[Any], "bytes | Any"]
"""From the request, decoded, to the answer: as bytes, or as what becomes JSON."""


class Liar(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, reply: Reply, *, status: int = 200, delay_s: float = 0) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.reply, self.status, self.delay_s = reply, status, delay_s
        self.asked: list[Any] = []
        self.connections = 0
        self.hang_up_after = 0
        self.headers: list[dict[str, str]] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone is what some tests are about."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        assert isinstance(self.server, Liar)
        self.liar = self.server
        self.liar.connections += 1
        self.answered = 0

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.liar.asked.append(asked)
        self.liar.headers.append(dict(self.headers))
        time.sleep(self.liar.delay_s)
        answer = self.liar.reply(asked)
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(self.liar.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.answered += 1
        if self.answered == self.liar.hang_up_after:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        del format, args


@contextmanager
def lying(reply: Reply, **settings: Any) -> Iterator[Liar]:
    server = Liar(reply, **settings)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def result(value: Any) -> Reply:
    """Every question is answered with this."""

    def reply(asked: Any) -> Any:
        if isinstance(asked, list):
            return [{"jsonrpc": "2.0", "id": one["id"], "result": value} for one in asked]
        return {"jsonrpc": "2.0", "id": asked["id"], "result": value}

    return reply


def fault(code: int, message: str, data: Any = None) -> Reply:
    """Every question is refused like this."""

    def reply(asked: Any) -> Any:
        error = {"code": code, "message": message, "data": data}
        return {"jsonrpc": "2.0", "id": asked["id"], "error": error}

    return reply
