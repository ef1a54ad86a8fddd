"""Where a page ends: positions written so that the next request can continue there."""

import re

_PLACE = re.compile(r"(0|[1-9][0-9]{0,17})\.(0|[1-9][0-9]{0,8})")
_ROW = re.compile(r"(0|[1-9][0-9]{0,38})\.0x([0-9a-f]{2,128})")


class BadCursor(ValueError):
    """The cursor is none that this server gave; start again without one."""


def write_place(block: int, log_index: int) -> str:
    """A log's place on the chain: "1042.3"."""
    return f"{block}.{log_index}"


def read_place(text: str) -> tuple[int, int]:
    """The inverse of `write_place`."""
    if (match := _PLACE.fullmatch(text)) is None:
        raise BadCursor(f"{text[:40]!r} is not a cursor of this list")
    return int(match[1]), int(match[2])


def write_row(number: int, row_id: bytes) -> str:
    """A row's place in a list that is sorted by a whole number, say its block, then by its id."""
    return f"{number}.0x{row_id.hex()}"


def read_row(text: str) -> tuple[int, bytes]:
    """The inverse of `write_row`."""
    if (match := _ROW.fullmatch(text)) is None or len(match[2]) % 2:
        raise BadCursor(f"{text[:40]!r} is not a cursor of this list")
    return int(match[1]), bytes.fromhex(match[2])
