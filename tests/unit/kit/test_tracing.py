"""Traces: one for each operation, in every process the same; nothing in them that is not listed."""

import subprocess
import sys

from entrepot.kit import tracing
from entrepot.kit.tracing import Span
from tests.tracing import Receiver, receiving

OPERATION = "op_" + "5a" * 16
CALLER = f"00-{'11' * 16}-{'22' * 8}-01"


def sent(*spans: Span, service: str = "entrepot-api") -> Receiver:
    with receiving() as receiver:
        with tracing.exporting(receiver.url, service):
            for span in spans:
                tracing.record(span)
        return receiver


def span(name: str, **more: object) -> Span:
    values = {"operation_id": OPERATION, "name": name, "began": 1_000, "ended": 2_000, **more}
    return Span(**values)  # type: ignore[arg-type]


def test_spans_of_two_processes_are_of_one_trace_and_hang_below_its_root() -> None:
    [root] = sent(span("request", is_root=True)).spans()
    [below] = sent(span("sign"), service="entrepot-worker").spans()
    assert root.trace == below.trace == "5a" * 16
    assert root.span.parent_span_id == b""
    assert below.span.parent_span_id == root.span.span_id
    assert (root.service, below.service) == ("entrepot-api", "entrepot-worker")
    assert (root.span.start_time_unix_nano, root.span.end_time_unix_nano) == (1_000, 2_000)


def test_operation_that_is_no_uuid_has_a_trace_as_well() -> None:
    name = "release-" + "ab" * 32 + "-0"
    first, second = sent(
        span("release", operation_id=name, is_root=True), span("sign", operation_id=name)
    ).spans()
    assert first.trace == second.trace == f"{tracing.trace_id(name):032x}"


def test_what_the_caller_traces_is_linked_and_not_joined() -> None:
    one, other = sent(
        span("request", is_root=True, caused_by=CALLER),
        span("request", caused_by="00-zz"),
    ).spans()
    assert [link.trace_id.hex() for link in one.span.links] == ["11" * 16]
    assert one.trace == "5a" * 16
    assert list(other.span.links) == []


def test_attribute_that_is_not_listed_never_leaves() -> None:
    told = {"verb": "TradeOrders.place", "block": 7, "reference": "PO-2026-1187", "lei": "ENTR00"}
    receiver = sent(span("sign", attributes=told))
    [one] = receiver.spans()
    assert one.attributes == {
        "operation_id": OPERATION,
        "verb": "TradeOrders.place",
        "block": 7,
    }
    assert b"PO-2026-1187" not in b"".join(receiver.bodies)
    assert b"ENTR00" not in b"".join(receiver.bodies)


def test_receiver_that_is_away_stops_nothing() -> None:
    with tracing.exporting("http://127.0.0.1:9/v1/traces", "entrepot-api"):
        tracing.record(span("sign"))
    assert not tracing.is_on()


def test_nothing_is_loaded_while_nobody_wants_traces() -> None:
    program = (
        "import sys; from entrepot.kit import tracing\n"
        "with tracing.exporting(None, 'x'): pass\n"
        "assert not [m for m in sys.modules if m.startswith('opentelemetry')]"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
