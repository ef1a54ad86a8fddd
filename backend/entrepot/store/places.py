"""Places in the feed, and how a cursor spells them."""

from __future__ import annotations

import re
from typing import Final, NamedTuple, Self

_PLACE = re.compile(
    r"(0|[1-9][0-9]{0,17})\.(0|[1-9][0-9]{0,8}|100000000[0-2])(?:\.([0-9a-f]{2,160}))?"
)

DECISION: Final = 1_000_000_000
BREACH: Final = DECISION + 1
NOTICE: Final = DECISION + 2
"""Ranks of what follows from a block: after all its logs, in this order."""


class BadCursor(ValueError):
    """The cursor is none that this server gave; start again without one."""


class Place(NamedTuple):
    """Where something stands: block, then rank (a log's index, or one of the above), then key."""

    block: int
    rank: int
    key: bytes = b""

    def __str__(self) -> str:
        """ "1042.3"; with the key in hex after it where there is one."""
        return f"{self.block}.{self.rank}" + (f".{self.key.hex()}" if self.key else "")

    @classmethod
    def read(cls, text: str) -> Self:
        """The inverse; BadCursor for anything else."""
        match = _PLACE.fullmatch(text)
        key = (match[3] or "") if match else ""
        if match is None or len(key) % 2 or bool(key) != (int(match[2]) >= DECISION):
            raise BadCursor(f"{text[:40]!r} is not a cursor of this list")
        return cls(int(match[1]), int(match[2]), bytes.fromhex(key))
