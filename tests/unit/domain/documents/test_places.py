"""Every field of every document says where it stands, and what stands there is its value."""

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from entrepot.domain.documents.places import Placed
from entrepot.domain.documents.reading import read
from entrepot.domain.documents.xml_source import XmlNode, parse_xml

INPUTS = Path(__file__).parents[4] / "hardhat-free-devnet" / "scenarios" / "inputs"
SAMPLES = Path(__file__).parent / "samples"
FILES = sorted(
    path
    for folder in (INPUTS, SAMPLES)
    for path in folder.rglob("*")
    if path.suffix in {".xml", ".json"}
)
# What is reckoned from several values, or is no value of the file, stands where its parts do.
RECKONED = re.compile(
    r"(^kind|^places|^direction|\.call|identifiers|references|codes|statements|address|\.code$|\.currency$)"
)


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """(field, value) of everything in a document that is neither empty nor made of parts."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for part in dataclasses.fields(value):
            inner = f"{name}.{part.name}" if name else part.name
            yield from leaves(getattr(value, part.name), inner)
    elif isinstance(value, tuple):
        for number, each in enumerate(value):
            yield from leaves(each, f"{name}[{number}]")
    elif value is not None and value != "":
        yield name, value


def xml_at(root: XmlNode, path: str) -> XmlNode:
    node = root
    for step in path.split("/")[2:]:
        name, position = re.fullmatch(r"([^\[]+)(?:\[(\d+)\])?", step).groups()  # type: ignore[union-attr]
        node = [child for child in node.children if child.name == name][int(position or 1) - 1]
    return node


def json_at(root: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        root = root[int(key)] if isinstance(root, list) else root[key]
    return root


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_text_stands_where_its_document_says(path: Path) -> None:
    data = path.read_bytes()
    document = read(data)
    is_xml = path.suffix == ".xml"
    file = parse_xml(data) if is_xml else json.loads(data)
    checked = 0
    for name, value in leaves(document):
        if RECKONED.search(name) or not isinstance(value, str):
            continue
        place = document.where(name)
        found = xml_at(file, place) if is_xml else json_at(file, place)
        texts = [found.text, *found.attributes.values()] if is_xml else [found]
        assert any(normal(value) in normal(text) for text in texts), (name, place)
        checked += 1
    assert checked >= 3


def normal(value: Any) -> str:
    joined = " ".join(value) if isinstance(value, list) else str(value)
    return re.sub(r"[ -]", "", joined).upper()


def test_where_when_a_field_is_not_in_the_file_names_what_is_around_it(inputs: Path) -> None:
    invoice = read((inputs / "straight-walk/invoice.xml").read_bytes())
    assert invoice.where("lines[1].net") == "/Invoice/InvoiceLine[2]/LineExtensionAmount"
    assert invoice.where("lines[1].period") == "/Invoice/InvoiceLine[2]"
    assert invoice.where("contract_reference") == "/Invoice"


def test_where_when_there_is_no_such_field_is_an_error(inputs: Path) -> None:
    invoice = read((inputs / "straight-walk/invoice.xml").read_bytes())
    with pytest.raises(AttributeError):
        invoice.where("lines[0].nett")
    with pytest.raises(IndexError):
        invoice.where("lines[99].net")


def test_places_are_no_part_of_what_a_document_is(inputs: Path) -> None:
    data = (inputs / "straight-walk/purchase-order.json").read_bytes()
    assert read(data) == read(data)
    assert isinstance(read(data), Placed)
    assert "places" not in repr(read(data))
