"""Hashes that mean something: canonical JSON, and keyed hashes for what the chain may see.

Nothing guessable is ever hashed bare: an invoice number has few possible values, so anybody could
try them all. What goes on the chain is an HMAC-SHA256 under a key that outsiders do not have.
Everything here is deterministic, so that a replay gives the same bytes.
"""

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

KEY_SIZE_MIN = 32
SAFE_INTEGER_MAX = 2**53 - 1


def canonical_json(value: Any) -> bytes:
    """The one spelling of a JSON value, as RFC 8785 has it, for values that every reader agrees on.

    UTF-8, no white space, members sorted by the UTF-16 code units of their names. Floats are
    refused (TypeError), and so are integers beyond 2^53 - 1 and lone surrogates (ValueError):
    amounts travel as decimal strings.
    """
    text = json.dumps(_canonical(value), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8")


def _canonical(value: Any) -> Any:
    match value:
        case None | bool() | str():
            return value
        case int():
            if abs(value) > SAFE_INTEGER_MAX:
                raise ValueError(f"write {value} as a string: not every reader keeps it exact")
            return int(value)
        case dict():
            members = cast("dict[Any, Any]", value)
            if any(not isinstance(name, str) for name in members):
                raise TypeError("the names of a JSON object are strings")
            names = sorted(members, key=lambda name: name.encode("utf-16-be"))
            return {name: _canonical(members[name]) for name in names}
        case list() | tuple():
            return [_canonical(item) for item in cast("Iterable[Any]", value)]
        case _:
            raise TypeError(f"no canonical JSON for a {type(value).__name__}")


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def sha256_file(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def normalise(text: str) -> str:
    """Unicode NFKC, case folded, runs of white space as one blank: ` Inv  7` is `inv 7`."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def natural_key(key: bytes, domain: str, *parts: str) -> bytes:
    """32 bytes that stand for a thing's own identity, such as ("order", reference).

    `domain` says what is identified, so that an order and an invoice of the same number differ.
    The parts are normalised and length-prefixed; ValueError when there is none or one is empty.
    """
    texts = [normalise(part) for part in parts]
    if not texts or not all(texts):
        raise ValueError(f"a natural key of {domain!r} needs parts that are not empty")
    return _keyed(key, f"entrepot/natural-key/{domain}", (text.encode() for text in texts))


def salt(key: bytes, *parts: str) -> bytes:
    """What the salts of one commitment are made from: secret as the key is, and the same on every
    replay."""
    return _keyed(key, "entrepot/salt", (part.encode() for part in parts))


def _keyed(key: bytes, label: str, parts: Iterable[bytes]) -> bytes:
    if len(key) < KEY_SIZE_MIN:
        raise ValueError(f"the key has {len(key)} bytes, at least {KEY_SIZE_MIN} are needed")
    mac = hmac.new(key, digestmod=hashlib.sha256)
    for part in (label.encode(), *parts):
        mac.update(len(part).to_bytes(4, "big"))
        mac.update(part)
    return mac.digest()
