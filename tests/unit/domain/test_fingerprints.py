"""Fingerprints: the same paper in another spelling shares a key, another paper shares none (P2)."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.domain.documents.dcsa_transport_document import TransportDocument
from entrepot.domain.documents.reading import read, read_as
from entrepot.domain.documents.ubl_invoice import UblInvoice
from entrepot.domain.fingerprints import (
    WINDOW_DAYS,
    FingerprintKind,
    folded,
    folded_runs,
    of_container,
    of_document,
    shared,
)
from entrepot.domain.keys import Keys
from entrepot.domain.money import Money

KEYS = Keys(b"a consortium key of thirty-two bytes or more")
SELLER = "ENTR00NINGBOHAISHU13"
INPUTS = Path("hardhat-free-devnet/scenarios/inputs/straight-walk")
CONTAINER = "MSKU6011672"

Segments = list[str]


def invoice() -> UblInvoice:
    document = read_as("ubl-invoice", (INPUTS / "invoice.xml").read_bytes())
    assert isinstance(document, UblInvoice)
    return document


INVOICE = invoice()


def common(ours: UblInvoice, theirs: UblInvoice) -> tuple[FingerprintKind, ...]:
    return shared(of_document(KEYS, ours, SELLER), of_document(KEYS, theirs, SELLER))


def numbered(number: str) -> UblInvoice:
    return replace(INVOICE, number=number)


@pytest.mark.parametrize(
    "spelling",
    [
        "nha 2026 0931",
        "NHA/2026/0931",
        "NHA20260931",
        "NHA-2026-931",
        "NHA-2O26-O931",
        "NHA-2026-093I",
        "ＮＨＡ－２０２６－０９３１",
        "NНА-2026-0931",  # Cyrillic
        "NΗΑ-2026-0931",  # Greek
        "NHA-٢٠٢٦-٠٩٣١",
        "N\u200bHA-2026-0931",
        "ŃHÁ-2026-0931",
        "NHA2026931",  # both changed: date and amount tell
    ],
)
def test_p2_invoice_when_its_number_is_spelled_otherwise_is_a_near_match(spelling: str) -> None:
    assert common(INVOICE, numbered(spelling))[0] in {
        FingerprintKind.INVOICE,
        FingerprintKind.INVOICE_NUMBER,
    }


def test_p2_invoice_when_its_amount_is_changed_is_a_near_match() -> None:
    other = replace(INVOICE, payable=Money(INVOICE.payable.amount_minor + 1, "USD"))
    assert common(INVOICE, other) == (FingerprintKind.INVOICE_WITHOUT_AMOUNT,)


def test_invoice_when_it_is_the_same_tells_no_more_than_that() -> None:
    assert common(INVOICE, INVOICE) == (FingerprintKind.INVOICE,)


@pytest.mark.parametrize("number", ["NHA-2026-0932", "NHA-2027-0931", "NHA-2026-0931-1"])
def test_invoice_when_it_is_another_is_no_match(number: str) -> None:
    assert common(INVOICE, numbered(number)) == ()


def test_invoice_when_another_seller_has_the_number_is_no_match() -> None:
    other = replace(INVOICE, seller=replace(INVOICE.seller, lei="ENTR00VANDERMEERBV73"))
    assert common(INVOICE, other) == ()


segments = st.lists(
    st.one_of(
        st.integers(1, 10**6).map(str),
        st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=5),
    ),
    min_size=1,
    max_size=4,
)
separators = st.sampled_from(["-", "/", " ", ".", "_", "–", " / "])
SWAPS = {"O": "0", "0": "O", "I": "1", "1": "l", "S": "5", "B": "8", "A": "А", "H": "Η", "Z": "2"}


@st.composite
def spelled(draw: st.DrawFn, text: str) -> str:
    """As somebody else might write these letters: case, width, homoglyphs."""
    letters: list[str] = []
    for letter in text:
        seen = SWAPS.get(letter, letter) if draw(st.booleans()) else letter
        seen = seen.lower() if seen.isascii() and draw(st.booleans()) else seen
        wide = seen.isascii() and seen.isalnum() and draw(st.booleans())
        letters.append(chr(ord(seen) + 0xFEE0) if wide else seen)
    return "".join(letters)


@given(segments, st.data())
def test_p2_number_when_separators_and_letters_change_folds_the_same(
    parts: Segments, data: st.DataObject
) -> None:
    other = "".join(
        data.draw(spelled(part)) + data.draw(st.sampled_from(["", "-", " ", "/"])) for part in parts
    )
    assert folded(other) == folded("-".join(parts))


@given(segments, st.data())
def test_p2_number_when_zeros_and_letters_change_folds_the_same_in_runs(
    parts: Segments, data: st.DataObject
) -> None:
    padded = [
        "0" * data.draw(st.integers(0, 3)) + part if part.isdigit() else part for part in parts
    ]
    between = data.draw(separators)
    other = between.join(data.draw(spelled(part)) for part in padded)
    assert folded_runs(other) == folded_runs("-".join(parts))


@given(segments, st.data())
def test_p2_invoice_when_its_number_is_spelled_in_any_of_these_ways_shares_a_key(
    parts: Segments, data: st.DataObject
) -> None:
    padded = [
        "0" * data.draw(st.integers(0, 3)) + part if part.isdigit() else part for part in parts
    ]
    other = data.draw(st.sampled_from(["", "-", "/", " "])).join(
        data.draw(spelled(part)) for part in padded
    )
    assert common(numbered("-".join(parts)), numbered(other))


@given(st.text(min_size=1, max_size=12), st.text(min_size=1, max_size=12))
def test_p2_invoice_when_numbers_differ_as_people_read_them_has_another_exact_key(
    one: str, two: str
) -> None:
    if not (one.split() and two.split()):
        return
    same = KEYS.invoice_asset(SELLER, one) == KEYS.invoice_asset(SELLER, two)
    kinds = common(numbered(one), numbered(two))
    assert same == (FingerprintKind.INVOICE in kinds)
    assert kinds or not same


@given(st.text(max_size=20))
def test_fold_when_the_number_is_anything_gives_something(number: str) -> None:
    assert folded(number) or not number
    assert folded_runs(number)
    assert folded(folded(number)) == folded(number)


@given(st.dates(date(2000, 1, 1), date(2099, 1, 1)), st.integers(0, 60))
def test_container_when_shipped_within_a_week_matches_and_after_two_never(
    day: date, later: int
) -> None:
    ours = of_container(KEYS, CONTAINER, day)
    theirs = of_container(KEYS, CONTAINER, day + timedelta(days=later))
    found = shared(ours, theirs) == (FingerprintKind.CONTAINER_AND_DATE,)
    assert found or later > WINDOW_DAYS // 2
    assert not found or later < WINDOW_DAYS


def test_p2_bill_when_a_container_is_used_again_is_a_near_match() -> None:
    bill = read((INPUTS / "transport-document.json").read_bytes())
    assert isinstance(bill, TransportDocument)
    ours = of_document(KEYS, bill, SELLER)
    theirs = of_document(KEYS, replace(bill, reference="OTHER0001"), SELLER)
    assert shared(ours, theirs) == (FingerprintKind.CONTAINER_AND_DATE,)
    assert shared(ours, ours)[0] == FingerprintKind.BILL_OF_LADING


def test_p8_fingerprints_when_the_consortium_differs_are_others() -> None:
    others = Keys(b"another consortium key, just as long as the first")
    assert not set(of_document(KEYS, INVOICE, SELLER)) & set(of_document(others, INVOICE, SELLER))
