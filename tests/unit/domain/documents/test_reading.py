"""Untrusted bytes: detected by content, refused in time, and never a crash (abuse cases 22, 23)."""

import contextlib
import json
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.domain.documents import json_source, xml_source
from entrepot.domain.documents.json_source import parse_json
from entrepot.domain.documents.reading import (
    BYTES_MAX,
    DOCUMENT_KINDS,
    DocumentKind,
    detect,
    read,
    read_as,
)
from entrepot.domain.errors import (
    InvalidInput,
    MalformedDocument,
    OversizedDocument,
    UnknownDocument,
)

INPUTS = Path(__file__).parents[4] / "hardhat-free-devnet" / "scenarios" / "inputs"
SAMPLES = Path(__file__).parent / "samples"
FILES = sorted(
    path
    for folder in (INPUTS, SAMPLES)
    for path in folder.rglob("*")
    if path.is_file() and path.suffix != ".md"
)
KINDS: dict[str, DocumentKind] = {
    "straight-walk/invoice.xml": "ubl-invoice",
    "straight-walk/transport-document.json": "dcsa-transport-document",
    "straight-walk/events-export.json": "dcsa-events",
    "straight-walk/import-declaration.xml": "wco-declaration",
    "customs-hold/export-response-control.xml": "wco-response",
    "straight-walk/purchase-order.json": "purchase-order",
    "straight-walk/packing-list.json": "packing-list",
}
SAMPLE_KINDS: dict[str, DocumentKind] = {
    "credit-note.xml": "ubl-credit-note",
    "order.xml": "purchase-order",
    "cusres.edi": "edifact-cusres",
    "epcis.json": "epcis-events",
    "insurance-certificate.json": "insurance-certificate",
    "certificate-of-origin.json": "certificate-of-origin",
    "attachment.pdf": "pdf",
}
ALL_KINDS: list[tuple[Path, DocumentKind]] = [
    *((INPUTS / name, kind) for name, kind in KINDS.items()),
    *((SAMPLES / name, kind) for name, kind in SAMPLE_KINDS.items()),
]

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "lol">'
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    + "]><a>&l9;</a>"
)
EXTERNAL = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
EXTERNAL_DTD = '<!DOCTYPE a SYSTEM "http://192.0.2.1/a.dtd"><a/>'
PARAMETER = '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://192.0.2.1/p">%p;]><a/>'

HOSTILE = {
    "billion laughs": LAUGHS.encode(),
    "external entity": EXTERNAL.encode(),
    "external DTD": EXTERNAL_DTD.encode(),
    "parameter entity": PARAMETER.encode(),
    "200,000 deep XML": b"<a>" * 200_000,
    "200,000 deep JSON": b"[" * 200_000,
    "deep objects": b'{"a":' * 200_000,
    "many elements": b"<a>" + b"<b/>" * 1_500_000 + b"</a>",
    "many attributes": b"<a>" + b'<b c="" d="" e=""/>' * 300_000 + b"</a>",
    "many values": b"[" + b"[]," * 2_000_000 + b"[]]",
    "many quotes": b'["' + b'\\"' * 3_000_000 + b"\\",
    "a huge number": b"[" + b"9" * 4_000_000 + b"]",
    "9 MiB": b"<a>" + b" " * 9 * 1024 * 1024 + b"</a>",
}


def test_detect_goes_by_content_for_every_kind() -> None:
    assert {detect(path.read_bytes()) for path, _ in ALL_KINDS} == set(DOCUMENT_KINDS)
    for path, kind in ALL_KINDS:
        assert read_as(kind, path.read_bytes()).kind == kind


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_input_file_reads(path: Path) -> None:
    assert read(path.read_bytes()).kind == detect(path.read_bytes())


def test_read_as_when_it_is_another_kind_names_both() -> None:
    data = (INPUTS / "straight-walk/invoice.xml").read_bytes()
    with pytest.raises(UnknownDocument, match="is a ubl-invoice, not a wco-response"):
        read_as("wco-response", data)


@pytest.mark.parametrize("name", HOSTILE)
def test_read_when_hostile_refuses_in_time(name: str) -> None:
    started = time.process_time()
    with pytest.raises(InvalidInput):
        read(HOSTILE[name])
    assert time.process_time() - started < 3  # half a second on an idle core


@pytest.mark.parametrize("name", ["many elements", "many attributes", "many values", "many quotes"])
def test_read_when_hostile_stays_below_200_mb(name: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(InvalidInput):
            read(HOSTILE[name])
        assert tracemalloc.get_traced_memory()[1] < 200 * 1024 * 1024
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("data", [LAUGHS, EXTERNAL, EXTERNAL_DTD, PARAMETER])
def test_read_when_there_is_a_doctype_says_so(data: str) -> None:
    with pytest.raises(MalformedDocument, match="DOCTYPE"):
        read(data.encode())


@pytest.mark.parametrize(
    ("allowed", "beyond", "measure"),
    [
        (b"<a>" * 64 + b"</a>" * 64, b"<a>" * 65 + b"</a>" * 65, "64 levels"),
        (b"[" * 32 + b"]" * 32, b"[" * 33 + b"]" * 33, "32 levels"),
        (b"<a>" + b"<b/>" * 99 + b"</a>", b"<a>" + b"<b c=''/>" * 50 + b"</a>", "100 elements"),
        (b"[" + b"0," * 99 + b"0]", b"[" + b"0," * 100 + b"0]", "100 values"),
    ],
)
def test_limits_are_the_last_that_is_allowed(
    monkeypatch: pytest.MonkeyPatch, allowed: bytes, beyond: bytes, measure: str
) -> None:
    monkeypatch.setattr(xml_source, "NODES_MAX", 100)
    monkeypatch.setattr(json_source, "VALUES_MAX", 100)
    parse = xml_source.parse_xml if allowed.startswith(b"<") else json_source.parse_json
    parse(allowed)
    with pytest.raises(OversizedDocument, match=measure):
        parse(beyond)


def test_limits_are_the_ones_promised() -> None:
    assert BYTES_MAX == 8 * 1024 * 1024
    assert (xml_source.DEPTH_MAX, xml_source.NODES_MAX) == (64, 200_000)
    assert (json_source.DEPTH_MAX, json_source.VALUES_MAX) == (32, 200_000)
    with pytest.raises(OversizedDocument, match="bytes"):
        read(b" " * (BYTES_MAX + 1))


def test_brackets_inside_strings_are_no_depth() -> None:
    text = "[{" * 1000 + '"\\'
    assert parse_json(json.dumps([text]).encode()).items()[0].text(10_000) == text


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "neither XML nor JSON"),
        (b"%PDF-1.7", "no PDF of version"),
        (b"%PDF-1.7\n1 0 obj", "ends before"),
        (b"PK\x03\x04", "zip archive"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"\xd0\xcf\x11\xe0", "old office document"),
        (b"<\x00a\x00/\x00>\x00", "UTF-16"),
        (b"\x00{\x00}", "UTF-16"),
        (b"<html/>", "no reader knows"),
        (b"{}", "no reader knows"),
        ('<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"), "UTF-16"),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>', "encoding is ISO-8859-1"),
        (b"<a>\xe9</a>", "not well-formed"),
        (b"<a>\x00</a>", "NUL"),
        (b"<a>&#0;</a>", "not well-formed"),
        (b"<a>&unknown;</a>", "not well-formed"),
        (b"<a><b></a>", "line 1, column 9"),
        (b"<x:a/>", "not well-formed"),
        (b'[{"a":1', "line 1, column"),
        (b'["\xff"]', "byte 2: it is not UTF-8"),
        (b'\xef\xbb\xbf["a"]', "byte order mark"),
        (b'["a\\u0000b"]', "/0: it contains a NUL"),
        (b'["\\ud800"]', "half a character"),
        (b'{"a":{"b":1,"b":2}}', "/a/b: the member is there twice"),
        (b'{"a":NaN}', "NaN is not a JSON number"),
        (b'{"a":-Infinity}', "-Infinity is not a JSON number"),
        (b"[1]", "/0: it is not an object"),
        (b"[null]", "/0: it is not an object"),
        (b"[]", "at least 1"),
    ],
)
def test_read_when_broken_says_what_and_where(data: bytes, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        read(data)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_read_when_truncated_refuses(path: Path) -> None:
    data = path.read_bytes().rstrip()
    for length in (1, len(data) // 2, len(data) - 1):
        with pytest.raises(InvalidInput):
            read(data[:length])


def test_numbers_are_never_floats() -> None:
    node = parse_json(b'{"a": 0.1, "b": 1e400, "c": "0.1"}')
    assert str(node.require("a").decimal()) == "0.1"
    with pytest.raises(MalformedDocument, match="plain digits"):
        node.require("b").decimal()
    with pytest.raises(MalformedDocument, match="without quotes"):
        node.require("c").decimal()


@settings(max_examples=300)
@given(data=st.data())
def test_read_when_any_bytes_are_changed_reads_or_refuses(data: st.DataObject) -> None:
    original = data.draw(st.sampled_from(FILES)).read_bytes()
    spoiled = bytearray(original)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(spoiled) - 1))
        spoiled[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=12))
    with contextlib.suppress(InvalidInput):
        assert read(bytes(spoiled)).kind in DOCUMENT_KINDS


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_read_when_nonsense_refuses(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        read(data)
