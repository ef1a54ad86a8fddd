"""Each reader under fire: sound documents with their structure spoilt, and bytes at random.

A reader reads or refuses, in little time and memory; whatever it reads can say where it stands.
`scripts/fuzz` does the same by coverage, for longer.
"""

import contextlib
import copy
import dataclasses
import json
import random
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.domain.documents.places import Placed
from entrepot.domain.documents.reading import detect, read
from entrepot.domain.documents.xml_source import XmlNode, parse_xml
from entrepot.domain.errors import InvalidInput

HERE = Path(__file__).parent
INPUTS = HERE.parents[3] / "hardhat-free-devnet" / "scenarios" / "inputs"
FILES = sorted(
    path for folder in (INPUTS, HERE / "samples") for path in folder.rglob("*") if path.is_file()
)
SAMPLES = {detect(path.read_bytes()): path for path in FILES if path.suffix != ".md"}
XML = sorted(kind for kind, path in SAMPLES.items() if path.suffix == ".xml")
JSON = sorted(kind for kind, path in SAMPLES.items() if path.suffix == ".json")
NASTY = (
    *("", " ", "0", "-1", "1e999", "NaN", "9" * 5_000, "2026-02-30", "2026-11-05T10:00:00", "XXX"),
    *(
        "\u0415",
        "\u200b",
        "\ufeff",
        "null",
        "true",
        "[]",
        "<a/>",
        "&amp;",
        "'",
        "+",
        "?",
        "%",
        "\n",
    ),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "00000000000000Z", "\ud7ff", "𝟗"),
)
MARKS = (b"", b"<", b"{", b"[", b"UNB+UNOC:3", b"%PDF-1.7\n")
CPU_SECONDS_MAX = 3.0
MEMORY_MAX = 64 * 1024 * 1024


def check(data: bytes) -> None:
    """Reads or refuses; and what is read knows the place of every field of it."""
    started = time.process_time()
    with contextlib.suppress(InvalidInput):
        document = read(data)
        assert isinstance(document, Placed)
        for name in fields_of(document):
            assert isinstance(document.where(name), str)
    assert time.process_time() - started < CPU_SECONDS_MAX


def fields_of(value: Any, name: str = "") -> Iterator[str]:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for part in dataclasses.fields(value):
            yield from fields_of(getattr(value, part.name), f"{name}.{part.name}".lstrip("."))
    elif isinstance(value, tuple):
        for number, each in enumerate(value[:50]):
            yield from fields_of(each, f"{name}[{number}]")
    elif name != "places":
        yield name


def spoil_tree(nodes: list[XmlNode], draw: random.Random) -> None:
    """One change to one list of siblings: leave out, repeat, put elsewhere, change places."""
    siblings = draw.choice(nodes).children
    if not siblings:
        return
    at = draw.randrange(len(siblings))
    match draw.randrange(4):
        case 0:
            del siblings[at]
        case 1:
            siblings.insert(at, copy.copy(siblings[at]))
        case 2:
            moved = siblings[at]
            below = {id(node.children) for node in moved.walk()}
            elsewhere = [node.children for node in nodes if id(node.children) not in below]
            draw.choice(elsewhere).append(moved)
        case _:
            other = draw.randrange(len(siblings))
            siblings[at], siblings[other] = siblings[other], siblings[at]


def spoil_xml(data: bytes, draw: random.Random) -> bytes:
    root = parse_xml(data)
    for _ in range(draw.randint(1, 4)):
        nodes = list(root.walk())[:5_000]
        if draw.random() < 0.5:
            node = draw.choice(nodes)
            node.text = draw.choice(NASTY)
            if node.attributes and draw.random() < 0.5:
                node.attributes[draw.choice(list(node.attributes))] = draw.choice(NASTY)
        else:
            spoil_tree(nodes, draw)
    return written(root).encode("utf-8", "surrogatepass")


def written(node: XmlNode) -> str:
    attributes = "".join(f" a{n}={quoteattr(v)}" for n, v in enumerate(node.attributes.values()))
    named = "".join(
        f" {name}={quoteattr(value)}" for name, value in node.attributes.items() if "}" not in name
    )
    head = f"{node.name} xmlns={quoteattr(node.namespace)}{named or attributes}"
    inner = "".join(written(child) for child in node.children[:500])
    return f"<{head}>{escape(node.text)}{inner}</{node.name}>"


def spoil_json(data: bytes, draw: random.Random) -> bytes:
    root = [json.loads(data)]
    for _ in range(draw.randint(1, 4)):
        holders: list[Any] = [root]
        for holder in holders:
            inner = holder.values() if isinstance(holder, dict) else holder
            holders += [each for each in inner if isinstance(each, (dict, list))][:2_000]
        holder = draw.choice([each for each in holders if each])
        key = draw.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        value: Any = draw.choice([*NASTY, None, True, 0, -1, 10**40, 1.5, [], {}, [[]], {"": {}}])
        match draw.randrange(4):
            case 0:
                del holder[key]
            case 1:
                holder[key] = [copy.deepcopy(holder[key])] * 2
            case 2 if isinstance(holder, dict):
                holder[draw.choice(NASTY)] = holder.pop(key)
            case _:
                holder[key] = value
        if not root:
            return b"[]"
    return json.dumps(root[0]).encode()


def spoil_edifact(data: bytes, draw: random.Random) -> bytes:
    segments = data.decode().split("'")
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(segments))
        match draw.randrange(4):
            case 0:
                del segments[at]
            case 1:
                segments.insert(at, segments[at])
            case 2:
                parts = segments[at].split(draw.choice("+:"))
                parts[draw.randrange(len(parts))] = draw.choice(NASTY)
                segments[at] = draw.choice("+:").join(parts)
            case _:
                segments[at] = segments[at] + draw.choice("+:?") * draw.randint(1, 9)
        segments = segments or [""]
    return "'".join(segments).encode("utf-8", "surrogatepass")


def spoil_bytes(data: bytes, draw: random.Random) -> bytes:
    spoilt = bytearray(data)
    for _ in range(draw.randint(1, 8)):
        at = draw.randrange(len(spoilt) + 1)
        spoilt[at : at + draw.randrange(30)] = draw.randbytes(draw.randrange(12))
    return bytes(spoilt[: draw.choice([len(spoilt), draw.randrange(len(spoilt) + 1)])])


SPOILERS: dict[str, tuple[Callable[[bytes, random.Random], bytes], ...]] = {
    kind: (
        spoil_xml if kind in XML else spoil_json if kind in JSON else spoil_edifact,
        spoil_bytes,
    )
    for kind in SAMPLES
    if kind != "pdf"
} | {"pdf": (spoil_bytes,)}


def test_every_kind_is_under_fire() -> None:
    from entrepot.domain.documents.reading import DOCUMENT_KINDS

    assert set(SPOILERS) == set(DOCUMENT_KINDS)


@pytest.mark.parametrize("kind", sorted(SPOILERS))
@given(seed=st.integers(0, 2**64))
def test_reader_reads_or_refuses_whatever_is_spoilt(kind: str, seed: int) -> None:
    draw = random.Random(seed)
    data = SAMPLES[kind].read_bytes()
    check(draw.choice(SPOILERS[kind])(data, draw))


@given(
    data=st.binary(max_size=300), mark=st.sampled_from([b"", b"<", b"{", b"[", b"UNB+", b"%PDF-"])
)
def test_reader_refuses_bytes_at_random(data: bytes, mark: bytes) -> None:
    check(mark + data)


@pytest.mark.parametrize("kind", sorted(SPOILERS))
def test_reader_keeps_to_its_memory(kind: str) -> None:
    draw = random.Random(7)
    data = SAMPLES[kind].read_bytes()
    tracemalloc.start()
    try:
        for _ in range(20):
            check(draw.choice(SPOILERS[kind])(data, draw))
        assert tracemalloc.get_traced_memory()[1] < MEMORY_MAX
    finally:
        tracemalloc.stop()
