"""Where a page ends: positions written so that the next request can continue there."""

import re

from entrepot.store.places import BadCursor, Place

__all__ = ["BadCursor", "read_row", "write_place", "write_row"]

_ROW = re.compile(r"(0|[1-9][0-9]{0,38})\.0x([0-9a-f]{2,128})")


def write_place(block: int, log_index: int) -> str:
    """A log's place on the chain: "1042.3"."""
    return str(Place(block, log_index))


def write_row(number: int, row_id: bytes) -> str:
    """A row's place in a list that is sorted by a whole number, say its block, then by its id."""
    return f"{number}.0x{row_id.hex()}"


def read_row(text: str) -> tuple[int, bytes]:
    """The inverse of `write_row`."""
    if (match := _ROW.fullmatch(text)) is None or len(match[2]) % 2:
        raise BadCursor(f"{text[:40]!r} is not a cursor of this list")
    return int(match[1]), bytes.fromhex(match[2])
