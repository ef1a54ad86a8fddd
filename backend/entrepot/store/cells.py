"""Columns as PostgreSQL's binary COPY has rows: what `packing` does value by value, for n at once.

A column is a numpy array whose first axis counts the rows, or one value that all rows share. Every
row is laid out in the same width; where texts differ in length, what fills them up is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from entrepot.store.packing import PACKERS, array_head

Octets = NDArray[np.uint8]

DIGITS = 5
"""Groups of four decimal digits that hold any number of 64 bits; PostgreSQL drops leading zeros."""


class _Cell(NamedTuple):
    """A column's cells: (n, width), or (1, width) where all rows share one. kept: the octets that
    count, where not all do."""

    octets: Octets
    kept: NDArray[np.bool] | None = None


def pack(kinds: Sequence[str], columns: Sequence[Any], count: int) -> bytes:
    """`count` rows; `kinds` are the columns' types as PostgreSQL names them."""
    head = _Cell(_shared(len(kinds).to_bytes(2, "big")))
    cells = [head, *(_cell(kind, column) for kind, column in zip(kinds, columns, strict=True))]
    octets = np.empty((count, sum(cell.octets.shape[1] for cell in cells)), np.uint8)
    kept = None
    at = 0
    for cell in cells:
        end = at + cell.octets.shape[1]
        octets[:, at:end] = cell.octets
        if cell.kept is not None:
            kept = np.ones(octets.shape, np.bool) if kept is None else kept
            kept[:, at:end] = cell.kept
        at = end
    return (octets if kept is None else octets[kept]).tobytes()


def _cell(kind: str, column: Any) -> _Cell:
    if isinstance(column, np.ndarray):
        return _CELLS[kind](column)
    return _Cell(_shared(PACKERS[kind]([column])[0]))


def _shared(octets: bytes) -> Octets:
    return np.frombuffer(octets, np.uint8)[np.newaxis]


def _sized(octets: Octets) -> _Cell:
    size = octets.shape[1].to_bytes(4, "big")
    return _Cell(np.hstack([_repeated(size, len(octets)), octets]))


def _repeated(octets: bytes, count: int) -> Octets:
    return np.broadcast_to(_shared(octets), (count, len(octets)))


def _big_endian(values: NDArray[Any], kind: str) -> Octets:
    """Each number's octets; OverflowError where it takes more of them."""
    packed = values.astype(kind)
    if (packed != values).any():
        raise OverflowError(f"a number that is no {kind}")
    return packed.view(np.uint8).reshape(len(values), -1)


def _numeric(values: NDArray[np.int64]) -> _Cell:
    """The count of the digit groups, the weight of the first, the sign, no digits behind."""
    if (values < 0).any():
        raise OverflowError("a negative number")
    groups = np.empty((len(values), 4 + DIGITS), ">i2")
    groups[:, :4] = (DIGITS, DIGITS - 1, 0, 0)
    rest = values
    for at in reversed(range(4, 4 + DIGITS)):
        rest, groups[:, at] = np.divmod(rest, 10_000)
    return _sized(groups.view(np.uint8))


def _text(values: NDArray[np.bytes_]) -> _Cell:
    """numpy fills texts up with zeros, which no text of ours ends with."""
    width = values.dtype.itemsize
    octets = np.ascontiguousarray(values).view(np.uint8).reshape(len(values), width)
    sizes = np.strings.str_len(values)
    kept = np.arange(-4, width) < sizes[:, np.newaxis]
    return _Cell(np.hstack([_big_endian(sizes, ">i4"), octets]), kept)


def _array(values: Octets) -> _Cell:
    """(n, items, size): arrays of equally many octets each."""
    count, items, size = values.shape
    each = np.empty((count, items, 4 + size), np.uint8)
    each[:, :, :4] = _shared(size.to_bytes(4, "big"))
    each[:, :, 4:] = values
    head = _repeated(array_head(items), count)
    return _sized(np.hstack([head, each.reshape(count, -1)]))


_CELLS: Mapping[str, Callable[[NDArray[Any]], _Cell]] = {
    "bytea": _sized,
    "bytea[]": _array,
    "numeric": _numeric,
    "int8": lambda values: _sized(_big_endian(values, ">i8")),
    "int4": lambda values: _sized(_big_endian(values, ">i4")),
    "text": _text,
    "bool": lambda values: _sized(values.astype(np.uint8)[:, np.newaxis]),
}
