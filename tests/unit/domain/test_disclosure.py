"""Disclosures: single fields shown with proof; a wrong one never holds, a guess gets nothing."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.domain.disclosure import CONTENT, Disclosure, Leaf, Tree, Whereabouts, read_disclosure
from entrepot.domain.documents.fields import fields_of
from entrepot.domain.documents.reading import read
from entrepot.domain.errors import InvalidInput, NotFound
from entrepot.domain.keys import Keys
from entrepot.kit.hashing import sha256

KEYS = Keys(b"a consortium key of thirty-two bytes or more")
ORDER = bytes(range(32))
INPUTS = Path("hardhat-free-devnet/scenarios/inputs/straight-walk")
INVOICE = (INPUTS / "invoice.xml").read_bytes()
FIELDS = fields_of(read(INVOICE))
TREE = KEYS.tree(ORDER, "INVOICE", sha256(INVOICE), FIELDS)
LEDGER = Whereabouts(
    chain_id=1337,
    genesis_hash=bytes(32),
    contract=bytes(20),
    evidence_id=b"\1" * 32,
    kind="INVOICE",
)


def disclosed(*names: str) -> Disclosure:
    return Disclosure(root=TREE.root, shown=TREE.show(names), ledger=LEDGER)


def as_bytes(told: dict[str, Any]) -> bytes:
    return json.dumps(told).encode()


def test_disclosure_when_written_and_read_is_the_same_and_holds() -> None:
    one = disclosed("number", "totals.payable", CONTENT)
    again = read_disclosure(as_bytes(one.told()))
    assert again == one
    assert again.broken() == ()
    assert again.fields == {"number": "NHA-2026-0931", "totals.payable": "1284000.00"}
    assert again.content_sha256 == sha256(INVOICE)


def test_commitment_is_the_root_of_the_tree() -> None:
    assert KEYS.commit(ORDER, "INVOICE", sha256(INVOICE), FIELDS) == TREE.root
    assert KEYS.commit(ORDER, "INVOICE", sha256(INVOICE)) != TREE.root


@given(st.sampled_from(sorted(FIELDS)), st.text(min_size=1).filter(str.strip))
def test_field_when_its_value_was_changed_does_not_hold(name: str, value: str) -> None:
    [shown] = disclosed(name).shown
    wrong = replace(shown, leaf=replace(shown.leaf, value=value))
    broken = replace(disclosed(name), shown=(wrong,)).broken()
    assert broken == (() if value == FIELDS[name] else (name,))


def test_field_when_shown_under_another_name_or_salt_does_not_hold() -> None:
    [shown] = disclosed("totals.net").shown
    for leaf in (
        replace(shown.leaf, name="totals.payable"),
        replace(shown.leaf, salt=bytes(32)),
        Leaf("totals.payable", shown.leaf.value, shown.leaf.salt),
    ):
        assert replace(disclosed("number"), shown=(replace(shown, leaf=leaf),)).broken()


def test_p8_field_when_guessed_right_without_its_salt_confirms_nothing() -> None:
    """The salt of one leaf says nothing of another's, and every document has its own."""
    salts = {each.leaf.salt for each in TREE.show(list(FIELDS))}
    assert len(salts) == len(FIELDS)
    other = KEYS.tree(ORDER[::-1], "INVOICE", sha256(INVOICE), FIELDS)
    assert not salts & {each.leaf.salt for each in other.show(list(FIELDS))}


def test_p8_disclosure_tells_only_what_was_asked_for() -> None:
    text = json.dumps(disclosed("number").told())
    hidden = [value for name, value in FIELDS.items() if name != "number" and len(value) > 4]
    assert "NHA-2026-0931" in text
    assert [value for value in hidden if value in text] == []
    assert sha256(INVOICE).hex() not in text


def test_field_that_the_document_does_not_have_is_not_found() -> None:
    with pytest.raises(NotFound, match=r"totals\.secret"):
        TREE.show(["totals.secret"])


def edited(edit: Callable[[dict[str, Any]], object]) -> bytes:
    told = disclosed("number", CONTENT).told()
    edit(told)
    return as_bytes(told)


WRONG: list[Callable[[dict[str, Any]], object]] = [
    lambda told: told.update(format="entrepot-disclosure/2"),
    lambda told: told.update(root="0x12"),
    lambda told: told.update(root=told["root"].upper()),
    lambda told: told.update(fields=[]),
    lambda told: told["fields"].append(told["fields"][0]),
    lambda told: told["fields"][0].update(salt="0x" + "0" * 62),
    lambda told: told["fields"][0].update(proof=["0x" + "00" * 32] * 33),
    lambda told: told["fields"][0].update(value=7),
    lambda told: told["fields"][0].update(value="not a hash") or told["fields"].pop(),
    lambda told: told["fields"].extend([told["fields"][0]] * 6000),
    lambda told: told["ledger"].update(chain_id="1337"),
    lambda told: told.pop("ledger"),
]


@pytest.mark.parametrize("edit", WRONG)
def test_disclosure_when_misshapen_is_refused(edit: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(InvalidInput):
        read_disclosure(edited(edit))


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"<xml/>", b"\xff", b'{"format":1}'])
def test_bytes_that_are_no_disclosure_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_disclosure(data)


@pytest.mark.parametrize(
    ("name", "profile"),
    [
        ("invoice.xml", "ubl-invoice/1"),
        ("transport-document.json", "dcsa-transport-document/1"),
        ("purchase-order.json", "purchase-order/1"),
        ("packing-list.json", "packing-list/1"),
        ("export-declaration.xml", "wco-declaration/1"),
    ],
)
def test_paper_has_a_profile_with_sorted_text_fields(name: str, profile: str) -> None:
    fields = fields_of(read((INPUTS / name).read_bytes()))
    assert fields["profile"] == profile
    assert list(fields) == sorted(fields)
    assert all(value and value == value.strip() for value in fields.values())
    tree = Tree.of(b"s" * 32, bytes(32), fields)
    shown = Disclosure(root=tree.root, shown=tree.show([*fields, CONTENT]), ledger=LEDGER)
    assert read_disclosure(as_bytes(shown.told())).broken() == ()


PROFILES = {
    "invoice.xml": "fd329c1bd4db5bfb",
    "transport-document.json": "19f5498f9b9adb00",
    "purchase-order.json": "23569176dd521428",
    "packing-list.json": "6ca2b55fff1b0e7c",
    "export-declaration.xml": "9766ba53925629af",
}


@pytest.mark.parametrize("name", PROFILES)
def test_profile_when_a_reader_changes_gives_the_same_fields(name: str) -> None:
    """Two versions of this program must commit alike: a new field needs a new profile."""
    fields = fields_of(read((INPUTS / name).read_bytes()))
    assert Tree.of(bytes(32), bytes(32), fields).root.hex()[:16] == PROFILES[name]
