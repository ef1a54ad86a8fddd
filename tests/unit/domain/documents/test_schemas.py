"""The published JSON Schemas of our own formats and their readers say the same.

What a schema can't say (sums, check digits, code lists) only the reader refuses. So: what the
reader takes, the schema takes; what the schema takes, the reader refuses for such a reason only.
"""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.domain import documents
from entrepot.domain.documents.reading import read
from entrepot.domain.errors import InvalidInput

HERE = Path(__file__).parent
INPUTS = HERE.parents[3] / "hardhat-free-devnet" / "scenarios" / "inputs"
SCHEMAS = Path(documents.__file__).parent / "schemas"
DOCUMENTS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text())
    for path in (
        INPUTS / "straight-walk/purchase-order.json",
        INPUTS / "straight-walk/packing-list.json",
        HERE / "samples/insurance-certificate.json",
        HERE / "samples/certificate-of-origin.json",
    )
}
VALIDATORS = {
    name: jsonschema_rs.validator_for(json.loads((SCHEMAS / f"{name}.json").read_text()))
    for name in DOCUMENTS
}
# What the reader alone knows: sums, check digits, code lists, dates that do not exist.
ONLY_THE_READER = (
    *("sum of", "times", "is not net and VAT", "not a valid", "is not a date", "a member"),
    *(
        "net mass lies",
        "of another script",
        "is invisible",
        "decimals",
        "long a number",
        "agreement",
    ),
)
ODD: tuple[Any, ...] = (None, True, 0, -1, 1.5, "", " x", "x" * 2000, [], {}, [1], {"a": 1}, "1e9")


def is_read(document: object) -> str | None:
    """None if the reader takes it, else why not."""
    try:
        read(json.dumps(document).encode())
    except InvalidInput as refusal:
        return str(refusal)
    return None


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in members:
        if isinstance(inner, (dict, list)):
            yield from places(inner, (*path, key))
        else:
            yield (*path, key)


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy with another value at the path; without it, if the value is Ellipsis."""
    document = copy.deepcopy(document)
    node = document
    for step in path[:-1]:
        node = node[step]
    if value is ...:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return document


def test_there_is_a_schema_for_each_format_of_ours() -> None:
    assert {path.stem for path in SCHEMAS.glob("*.json")} == set(DOCUMENTS)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_sound_document_satisfies_both(name: str) -> None:
    assert is_read(DOCUMENTS[name]) is None
    assert VALIDATORS[name].is_valid(DOCUMENTS[name])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_schema_and_reader_refuse_the_same_wherever_one_value_is_changed(name: str) -> None:
    document = DOCUMENTS[name]
    checked = 0
    for path in places(document):
        for value in (..., *ODD):
            one = changed(document, path, value)
            refused, valid = is_read(one), VALIDATORS[name].is_valid(one)
            if value is None and refused is None:
                continue  # a null is no member for the reader; the schema wants it left out
            if refused is None:
                assert valid, (path, value)
            elif valid:
                assert any(why in refused for why in ONLY_THE_READER), (path, value, refused)
            checked += 1
    assert checked > 200


@pytest.mark.parametrize("name", DOCUMENTS)
def test_unknown_member_is_refused_by_both(name: str) -> None:
    one = DOCUMENTS[name] | {"grosKg": 1}
    assert "no such member" in (is_read(one) or "")
    assert not VALIDATORS[name].is_valid(one)


@given(data=st.data())
def test_reader_takes_nothing_that_the_schema_refuses(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(DOCUMENTS)))
    document: Any = DOCUMENTS[name]
    scalars = st.booleans() | st.integers(-9, 10**6) | st.text(max_size=40) | st.sampled_from(ODD)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(sorted(places(document), key=str)))
        value = data.draw(scalars.filter(lambda each: each is not None) | st.just(...))
        document = changed(document, path, value)
    if is_read(document) is None:
        assert VALIDATORS[name].is_valid(document)
