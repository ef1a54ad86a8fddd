"""Traces: what became of one command, from the request to its event, in OpenTelemetry's form.

An operation's id is its trace's id, so every process that knows the operation adds to the same
trace and nothing has to be handed on. Nothing free gets in: attributes are those on the list below.
Without an address to send to, nothing of OpenTelemetry is loaded and nothing is kept.
"""

from __future__ import annotations

import hashlib
import importlib
import re
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

Attribute = str | int

ATTRIBUTES: Final = frozenset(
    (
        *("operation_id", "outbox_id", "verb", "nonce", "attempt", "block"),
        *("method", "route", "status"),
    )
)
"""All that a span may tell: no name, no amount, no reference, no address, nothing of a document."""

TIMEOUT_S: Final = 5
_OPERATION: Final = re.compile(r"op_([0-9a-f]{32})")
_PARENT: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One stretch of an operation's way. began, ended: unix nanoseconds. is_root: whether the
    others hang below it. caused_by: the traceparent (W3C) that the caller sent."""

    operation_id: str
    name: str
    began: int
    ended: int
    is_root: bool = False
    caused_by: str = ""
    attributes: Mapping[str, Attribute] = field(default_factory=dict[str, Attribute])


def trace_id(operation_id: str) -> int:
    """Of an operation that we named, its own 16 bytes; of others, a hash of the name."""
    if found := _OPERATION.fullmatch(operation_id):
        return int(found[1], 16)
    return _number(operation_id, 16)


def now() -> int:
    """Unix nanoseconds: spans are of the machine's time, not of the chain's."""
    return time.time_ns()


def is_on() -> bool:
    """Whether anybody wants them."""
    return bool(_exporters)


def record(span: Span) -> None:
    """Hands it on, later and in the background."""
    for exporter in _exporters:
        exporter.record(span)


@contextmanager
def exporting(url: str | None, service: str) -> Generator[None]:
    """Sends this process's spans to an OTLP receiver (HTTP, protobuf) until the end; url: None
    sends none. LookupError without the extra `traces`."""
    if url is None:
        yield
        return
    exporter = _Exporter(url, service)
    _exporters.append(exporter)
    try:
        yield
    finally:
        _exporters.remove(exporter)
        exporter.close()


class _Exporter:
    """OpenTelemetry's, as far as it is needed; a provider of our own, so that no library that
    finds a global one tells paths and addresses through it."""

    def __init__(self, url: str, service: str) -> None:
        try:
            self._api: Any = importlib.import_module("opentelemetry.trace")
            sdk: Any = importlib.import_module("opentelemetry.sdk.trace")
            batching: Any = importlib.import_module("opentelemetry.sdk.trace.export")
            resources: Any = importlib.import_module("opentelemetry.sdk.resources")
            otlp: Any = importlib.import_module(
                "opentelemetry.exporter.otlp.proto.http.trace_exporter"
            )
        except ImportError as error:
            raise LookupError("ENTREPOT_TRACES_URL needs it: install entrepot[traces]") from error
        self._ids = _Ids()
        self._provider: Any = sdk.TracerProvider(
            resource=resources.Resource({"service.name": service}), id_generator=self._ids
        )
        exporter = otlp.OTLPSpanExporter(endpoint=url, timeout=TIMEOUT_S)
        self._provider.add_span_processor(batching.BatchSpanProcessor(exporter))
        self._tracer: Any = self._provider.get_tracer("entrepot")

    def record(self, span: Span) -> None:
        trace, root = trace_id(span.operation_id), _number(f"root {span.operation_id}", 8)
        told = {"operation_id": span.operation_id, **span.attributes}
        with self._ids.next(trace, root if span.is_root else None):
            made = self._tracer.start_span(
                span.name,
                context=self._below(None if span.is_root else (trace, root)),
                start_time=span.began,
                attributes={name: value for name, value in told.items() if name in ATTRIBUTES},
                links=self._links(span.caused_by),
            )
        made.end(end_time=span.ended)

    def close(self) -> None:
        """Sends what is left."""
        self._provider.shutdown()

    def _below(self, parent: tuple[int, int] | None) -> Any:
        nobody = self._api.INVALID_SPAN_CONTEXT
        context = nobody if parent is None else self._context(*parent)
        return self._api.set_span_in_context(self._api.NonRecordingSpan(context))

    def _context(self, trace: int, span: int) -> Any:
        return self._api.SpanContext(
            trace, span, is_remote=True, trace_flags=self._api.TraceFlags(1)
        )

    def _links(self, caused_by: str) -> list[Any]:
        found = _PARENT.fullmatch(caused_by)
        if found is None:
            return []
        context = self._context(int(found[1], 16), int(found[2], 16))
        return [self._api.Link(context)] if context.is_valid else []


_exporters: list[_Exporter] = []


class _Ids:
    """Gives a span the ids that it is to have, where OpenTelemetry takes random ones."""

    def __init__(self) -> None:
        self._random: Any = importlib.import_module("opentelemetry.sdk.trace.id_generator")
        self._made: Any = self._random.RandomIdGenerator()
        self._local: Any = importlib.import_module("threading").local()

    @contextmanager
    def next(self, trace: int, span: int | None) -> Generator[None]:
        self._local.ids = trace, span
        try:
            yield
        finally:
            del self._local.ids

    def generate_trace_id(self) -> int:
        return self._local.ids[0]

    def generate_span_id(self) -> int:
        return self._local.ids[1] or self._made.generate_span_id()

    def is_trace_id_random(self) -> bool:
        return False


def _number(text: str, size: int) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:size], "big") or 1
