"""A receiver of traces: a real HTTP server that takes OTLP in protobuf."""

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass(frozen=True)
class Received:
    """A span as it came over the wire, with the service that it is of."""

    service: str
    span: Any

    @property
    def trace(self) -> str:
        return self.span.trace_id.hex()

    @property
    def attributes(self) -> dict[str, Any]:
        return {
            each.key: getattr(each.value, each.value.WhichOneof("value"))
            for each in self.span.attributes
        }


@dataclass
class Receiver:
    url: str = ""
    bodies: list[bytes] = field(default_factory=list)

    def spans(self) -> list[Received]:
        return [
            Received(_service(resource), span)
            for body in list(self.bodies)
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def await_spans(self, trace: str, names: set[str], timeout_s: float = 90) -> list[Received]:
        """Those of one trace, once all of these names are among them."""
        deadline = time.monotonic() + timeout_s
        while True:
            found = [one for one in self.spans() if one.trace == trace]
            if names <= {one.span.name for one in found}:
                return found
            assert time.monotonic() < deadline, [one.span.name for one in found]
            time.sleep(0.1)


def _service(resource: Any) -> str:
    return next(
        each.value.string_value
        for each in resource.resource.attributes
        if each.key == "service.name"
    )


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            receiver.bodies.append(body)
            content = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/v1/traces"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
