"""Who did what in a member's name: entries that are chained by hash, as a file anybody can check.

Each entry's hash covers the one before it, and the first covers whose trail it is; so nothing can
be changed, left out or put in between without every later hash being another. The last line signs
the last hash, and with it all of them; what was cut off at the end is missed by their number.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, cast

from entrepot.kit.hashing import canonical_json, sha256
from entrepot.kit.jose import Key, Untrusted, claims_of, public_key, signed

FORMAT: Final = "entrepot-audit-trail/1"
TYPE: Final = "entrepot-audit-trail+jwt"
LINE_BYTES_MAX: Final = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """number: from 1, without gaps. at: RFC 3339, UTC. actor: what the person or token is called.

    act: what was done, a word of `views.words.ACTS`. subject: the id of what it was done to, or
    "". reason: why, in the actor's own words, or "".
    """

    number: int
    at: str
    actor: str
    act: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A trail that holds. key: the RFC 7638 thumbprint of the key that signed, to be compared with
    the one that the member's console shows."""

    participant: str
    entries: int
    exported_at: str
    key: str


class TrailBroken(Exception):
    """The trail does not hold, from this line of the file on (the first is 1)."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}")
        self.line = line
        self.why = why


def start(participant: str) -> bytes:
    """What the first entry is chained to. participant: the LEI."""
    return sha256(canonical_json({"format": FORMAT, "participant": participant}))


def link(previous: bytes, entry: Entry) -> bytes:
    """The entry's hash, after the hash of the one before it."""
    return sha256(previous + canonical_json(asdict(entry)))


def write(
    participant: str, trail: Sequence[tuple[Entry, bytes]], exported_at: str, key: Key
) -> str:
    """The whole trail as JSON lines: whose it is, each entry with its hash, and the signature."""
    last = trail[-1][1] if trail else start(participant)
    claims = {
        "participant": participant,
        "entries": len(trail),
        "sha256": last.hex(),
        "exported_at": exported_at,
    }
    lines = [
        {"format": FORMAT, "participant": participant},
        *(asdict(entry) | {"sha256": digest.hex()} for entry, digest in trail),
        {"key": key.as_dict(private=False), "signature": signed({"typ": TYPE}, claims, key)},
    ]
    return "".join(canonical_json(line).decode() + "\n" for line in lines)


def check(text: str) -> Checked:
    """What an unbroken trail says of itself. Raises TrailBroken at the first line that is wrong."""
    lines = text.split("\n")
    if len(lines) < 3 or lines.pop() != "":
        raise TrailBroken(len(lines) + 1, "the file is cut off")
    head = _object(1, lines[0], {"format", "participant"})
    participant = head["participant"]
    if head["format"] != FORMAT or not isinstance(participant, str):
        raise TrailBroken(1, f"it is no {FORMAT}")
    digest = start(participant)
    for number, line in enumerate(lines[1:-1], 1):
        digest = _follow(number, line, digest)
    return _signed(len(lines), lines[-1], participant, len(lines) - 2, digest)


def _follow(number: int, line: str, previous: bytes) -> bytes:
    """The hash of an entry that follows the one before. Raises TrailBroken."""
    at = number + 1
    found = _object(at, line, {*Entry.__dataclass_fields__, "sha256"})
    told = found.pop("sha256")
    if found["number"] != number:
        raise TrailBroken(at, f"entry {number} is missing")
    try:
        digest = link(previous, Entry(**found))
    except (TypeError, ValueError) as error:
        raise TrailBroken(at, "it is no entry") from error
    if digest.hex() != told:
        raise TrailBroken(at, "its hash does not follow: it, or one before it, was changed")
    return digest


def _signed(at: int, line: str, participant: str, entries: int, digest: bytes) -> Checked:
    found = _object(at, line, {"key", "signature"})
    try:
        key = public_key(found["key"])
        claims = claims_of(str(found["signature"]), key, (TYPE,))
    except (Untrusted, ValueError, AttributeError) as error:
        raise TrailBroken(at, f"its signature does not hold: {error}") from error
    exported_at = claims.pop("exported_at", None)
    wanted = {"participant": participant, "entries": entries, "sha256": digest.hex()}
    if claims != wanted or not isinstance(exported_at, str):
        raise TrailBroken(at, "what was signed is another trail: entries are missing, or added")
    return Checked(
        participant=participant, entries=entries, exported_at=exported_at, key=key.thumbprint()
    )


def _object(at: int, line: str, members: set[str]) -> dict[str, Any]:
    """A line's JSON object with just these members. Raises TrailBroken."""
    if len(line.encode()) > LINE_BYTES_MAX:
        raise TrailBroken(at, "it is too long")
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise TrailBroken(at, "it is no JSON") from error
    if not isinstance(found, dict) or cast("dict[str, Any]", found).keys() != members:
        raise TrailBroken(at, f"it has not the members {', '.join(sorted(members))}")
    return cast("dict[str, Any]", found)
