"""Keyed hashes: equal for what is the same, different for what is not (P2, P8)."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.domain.keys import Keys

KEYS = Keys(b"a consortium key of thirty-two bytes or more")
OTHERS = Keys(b"another consortium key, just as long as the first")
SELLER = "529900T8BM49AURSDO55"
ORDER = bytes(range(32))

MAKERS: dict[str, Callable[[Keys, str], bytes]] = {
    "order": lambda keys, text: keys.order(text),
    "facility": lambda keys, text: keys.facility(text),
    "title": lambda keys, text: keys.title(text),
    "voyage": lambda keys, text: keys.voyage(SELLER, "9321483", text),
    "order asset": lambda keys, text: keys.order_asset(SELLER, text),
    "invoice asset": lambda keys, text: keys.invoice_asset(SELLER, text),
    "declaration asset": lambda keys, text: keys.declaration_asset(text),
    "fingerprint": lambda keys, text: keys.fingerprint("invoice_number", SELLER, text),
    "document": lambda keys, text: keys.document("INVOICE", SELLER, text),
    "fact": lambda keys, text: keys.fact("dcsa", SELLER, text),
    "payment": lambda keys, text: keys.payment(SELLER, text),
    "rail": lambda keys, text: keys.rail(SELLER, text),
    "reason": lambda keys, text: keys.reason(ORDER, text),
}


def test_key_when_made_for_each_purpose_is_never_the_same() -> None:
    assert len({make(KEYS, "2026/117") for make in MAKERS.values()}) == len(MAKERS)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_key_when_the_secret_differs_differs(make: Callable[[Keys, str], bytes]) -> None:
    assert make(KEYS, "2026/117") != make(OTHERS, "2026/117")


@pytest.mark.parametrize("spelling", ["inv-7", " INV-7 ", "Inv-7", "ＩＮＶ-7"])
def test_p2_invoice_asset_when_spelled_otherwise_is_the_same(spelling: str) -> None:
    assert KEYS.invoice_asset(SELLER.lower(), spelling) == KEYS.invoice_asset(SELLER, "INV-7")


def test_key_when_parts_are_cut_elsewhere_differs() -> None:
    assert KEYS.document("A", "BC", "D") != KEYS.document("AB", "C", "D")


@given(st.text(max_size=3).filter(lambda text: not text.strip()))
def test_key_when_reference_is_empty_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not empty"):
        KEYS.order(text)


def test_commitment_when_order_kind_or_content_differs_differs() -> None:
    one = KEYS.commit(ORDER, "INVOICE", bytes(32))
    others = (
        KEYS.commit(ORDER[::-1], "INVOICE", bytes(32)),
        KEYS.commit(ORDER, "PACKING_LIST", bytes(32)),
        KEYS.commit(ORDER, "INVOICE", bytes(31) + b"1"),
        OTHERS.commit(ORDER, "INVOICE", bytes(32)),
    )
    assert one not in others
    assert one == KEYS.commit(ORDER, "INVOICE", bytes(32))


def test_document_id_when_uploaded_twice_is_the_same() -> None:
    args = (ORDER, SELLER, "INVOICE", bytes(32))
    assert KEYS.document_id(*args) == KEYS.document_id(*args)
    assert KEYS.document_id(*args) != KEYS.document_id(ORDER, SELLER, "INVOICE", b"1" * 32)


def test_p8_keys_when_printed_do_not_show_the_secret() -> None:
    assert "consortium" not in repr(KEYS) + str(KEYS)


def test_key_when_secret_is_short_is_refused() -> None:
    with pytest.raises(ValueError, match="bytes"):
        Keys(b"short").order("1")
