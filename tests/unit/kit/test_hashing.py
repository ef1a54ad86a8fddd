"""Canonical JSON and keyed hashes."""

import hashlib
import hmac
from pathlib import Path

import pytest

from entrepot.kit.hashing import (
    canonical_json,
    natural_key,
    normalise,
    salt,
    sha256,
    sha256_file,
)

KEY = bytes(range(32))


def test_canonical_json_sorts_by_utf16_and_keeps_the_text() -> None:
    # RFC 8785, 3.2.3: the emoji's surrogates sort before U+FB33
    value = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\xf6": 7}
    assert canonical_json(value).decode() == (
        '{"\\r":2,"1":4,"\x80":6,"\xf6":7,"\u20ac":1,"\U0001f600":5,"\ufb33":3}'
    )


def test_canonical_json_spells_each_value_once() -> None:
    value = {"b": [True, None, -1], "a": {"y": (1, "\u00e9\n\x01/")}}
    assert canonical_json(value) == b'{"a":{"y":[1,"\xc3\xa9\\n\\u0001/"]},"b":[true,null,-1]}'


@pytest.mark.parametrize("value", [1.0, {"a": [0.1]}, b"x", {1: 2}, {1, 2}])
def test_canonical_json_refuses_what_is_no_exact_json(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)


@pytest.mark.parametrize("value", [2**53, -(2**53), "\ud800"])
def test_canonical_json_refuses_what_readers_disagree_on(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical_json(value)


def test_sha256_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc")
    assert sha256_file(tmp_path / "f") == sha256(b"abc")
    assert sha256(b"abc").hex().startswith("ba7816bf8f01cfea414140de5dae2223")


def test_normalise_folds_case_width_and_blanks() -> None:
    assert normalise("  ＩＮＶ\t0７ \n a") == "inv 07 a"


def test_natural_key_is_the_hmac_over_label_and_length_prefixed_parts() -> None:
    parts = [b"entrepot/natural-key/order", b"po-7"]
    message = b"".join(len(p).to_bytes(4, "big") + p for p in parts)
    assert natural_key(KEY, "order", " PO-7 ") == hmac.digest(KEY, message, hashlib.sha256)


def test_natural_key_tells_domains_keys_and_borders_apart() -> None:
    keys = {
        natural_key(KEY, "order", "ab", "c"),
        natural_key(KEY, "order", "a", "bc"),
        natural_key(KEY, "order", "ab c"),
        natural_key(KEY, "invoice", "ab", "c"),
        natural_key(KEY[::-1], "order", "ab", "c"),
    }
    assert len(keys) == 5


@pytest.mark.parametrize("parts", [(), ("",), ("a", "  ")])
def test_natural_key_refuses_missing_parts(parts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="not empty"):
        natural_key(KEY, "order", *parts)


def test_keyed_hashes_refuse_a_short_key() -> None:
    with pytest.raises(ValueError, match="31 bytes"):
        natural_key(KEY[:31], "order", "a")


def test_salt_changes_with_key_and_parts() -> None:
    made = {salt(KEY, "a", "1"), salt(KEY, "a", "2"), salt(KEY, "a1"), salt(KEY[::-1], "a", "1")}
    assert len(made) == 4
    assert salt(KEY, "a", "1") in made
