"""Papers in the few words that submission needs; events split from their message."""

import json
from pathlib import Path

import pytest

from entrepot.domain.errors import MalformedDocument, UnknownDocument
from entrepot.kit.clock import from_unix
from entrepot.steps.submission import tracking
from entrepot.steps.submission.reading import DECLARATIONS, READ_KINDS, read

INPUTS = Path(__file__).parents[4] / "hardhat-free-devnet/scenarios/inputs/straight-walk"
SAMPLES = Path(__file__).parents[2] / "domain/documents/samples"
SCAN = (SAMPLES / "attachment.pdf").read_bytes()
EVENTS = (INPUTS / "events-export.json").read_bytes()


@pytest.mark.parametrize(
    ("kind", "name", "reference", "dated"),
    [
        ("INVOICE", "invoice.xml", "NHA-2026-0931", "2026-11-05"),
        ("PURCHASE_ORDER", "purchase-order.json", "PO-2026-1187", "2026-11-02"),
        ("TRANSPORT_DOCUMENT", "transport-document.json", "BMLNGB2611870", "2026-11-12"),
        ("PURCHASE_ORDER", SAMPLES / "order.xml", "PO-2026-1187", "2026-11-02"),
        ("CREDIT_NOTE", SAMPLES / "credit-note.xml", "NHA-CN-2026-0044", "2026-12-21"),
        (
            "INSURANCE_CERTIFICATE",
            SAMPLES / "insurance-certificate.json",
            "OMI-2026-55871",
            "2026-11-10",
        ),
        (
            "CERTIFICATE_OF_ORIGIN",
            SAMPLES / "certificate-of-origin.json",
            "CCPIT-26-0411-8817",
            "2026-11-08",
        ),
        ("EXPORT_DECLARATION", "export-declaration.xml", "NHA-EX-2026-0931", None),
    ],
)
def test_paper_says_its_number_and_its_date(
    kind: str, name: str, reference: str, dated: str | None
) -> None:
    found = read(kind, (INPUTS / name).read_bytes())
    assert found.reference == reference
    assert (found.dated and from_unix(found.dated).date().isoformat()) == dated


@pytest.mark.parametrize("kind", [*sorted(READ_KINDS), *DECLARATIONS])
def test_paper_of_another_kind_is_refused(kind: str) -> None:
    with pytest.raises(UnknownDocument):
        read(kind, EVENTS)


def test_scan_is_known_by_its_content() -> None:
    one, other = (read("INSURANCE_CERTIFICATE", SCAN + end) for end in (b"", b"\n"))
    assert (one.format, one.dated) == ("pdf", None)
    assert one.reference != other.reference
    assert read("INSPECTION_CERTIFICATE", b'{"a": 1}').format == "json"
    with pytest.raises(UnknownDocument):
        read("INSURANCE_CERTIFICATE", b'{"a": 1}')
    with pytest.raises(UnknownDocument):
        read("INSURANCE_CERTIFICATE", b"MZ executable")


def test_events_are_split_the_same_however_their_message_is_written() -> None:
    messages = [tracking.read(part) for part in tracking.split(EVENTS)]
    pretty = json.dumps(list(reversed(json.loads(EVENTS))), indent=7).encode()
    again = {m.id: m.content for m in map(tracking.read, tracking.split(pretty))}
    assert {message.id: message.content for message in messages} == again
    assert tracking.split(messages[0].content) == [messages[0].content]


def test_event_that_counts_and_event_that_never_does() -> None:
    events = [tracking.read(part).event for part in tracking.split(EVENTS)]
    reasons = {e.header.code: tracking.counts_never(e) for e in events if e is not None}
    assert reasons["DEPA"] is None
    assert reasons["LOAD"] is None
    assert "only ACT counts" in (reasons["ARRI"] or "")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"emptyIndicatorCode": "EMPTY"}, "empty"),
        ({"equipmentEventTypeCode": "INSP"}, "no fact"),
        ({"eventClassifierCode": "PLN"}, "ACT"),
    ],
)
def test_event_that_proves_nothing_is_told_why(change: dict[str, str], word: str) -> None:
    event = {**json.loads(EVENTS)[0], **change}
    told = tracking.read(json.dumps(event).encode()).event
    assert told is not None
    assert word in (tracking.counts_never(told) or "")


def test_what_is_read_as_one_event_holds_one() -> None:
    with pytest.raises(MalformedDocument, match="where one is to be"):
        tracking.read(EVENTS)
