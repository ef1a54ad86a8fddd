"""The events of like logs, read all at once: one event, with a column in the place of each value.

A column holds what n events have in one field: bytes as (n, size), numbers and bools as (n,), an
enum as `Members`. What a column can't hold (a dynamic field, a number above 63 bits) and what its
type doesn't allow is left to be read log by log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from entrepot.chain.alike import WORD, Octets, Run, Wholes
from entrepot.kit.abi import Event, Field, Struct

W = TypeVar("W", Event, Struct)


class _Odd(Exception):
    """No column."""


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """What n events have in a field of an enum."""

    of: type[IntEnum]
    values: Wholes

    @property
    def name(self) -> NDArray[np.bytes_]:
        """(n,), each name filled up with zeros as numpy has it."""
        return _names(self.of)[self.values]


@cache
def _names(of: type[IntEnum]) -> NDArray[np.bytes_]:
    """By value; what is no member is never asked for."""
    return np.array([of(n).name if n in set(of) else "" for n in range(max(of) + 1)], np.bytes_)


def abreast(run: Run) -> Any:
    """An event of the run's type with columns as its values; None where it has to be read log by
    log."""
    fields = run.event.abi.fields
    topics, data = _each(run.topics), _each(run.data)
    try:
        values = {f.name: _column(f, topics if f.indexed else data) for f in fields}
        if next(topics, None) is not None or next(data, None) is not None:
            return None
    except _Odd:
        return None
    return _filled(run.event, values)


def _each(words: Octets) -> Iterator[Octets]:
    """The columns of a run's words, (n, 32) each."""
    return (words[:, at] for at in range(words.shape[1]))


def _filled(kind: type[W], values: dict[str, Any]) -> W:
    made = object.__new__(kind)
    for name, value in values.items():
        object.__setattr__(made, name, value)
    return made


def _column(field: Field, words: Iterator[Octets]) -> Any:
    spelled = _TYPE.fullmatch(field.type)
    if field.of is not None and issubclass(field.of, Struct) and not field.type.endswith("]"):
        return _filled(field.of, {part.name: _column(part, words) for part in field.of.abi.fields})
    word = next(words, None)
    if word is None or spelled is None:
        raise _Odd
    match spelled["name"], int(spelled["size"] or 0):
        case "uint", bits if field.of is None:
            return _whole(word, bits)
        case "uint", bits:
            return _members(cast("type[IntEnum]", field.of), _whole(word, bits))
        case "bool", _:
            return _at_most(1, _whole(word, 8)) == 1
        case "address", _:
            return _octets(word, 12, 32, padding=word[:, :12])
        case "bytes", size if size:
            return _octets(word, 0, size, padding=word[:, size:])
        case _:
            raise _Odd


_TYPE = re.compile("(?P<name>[a-z]+)(?P<size>[0-9]*)")


def _whole(word: Octets, bits: int) -> Wholes:
    if word[:, : WORD - min(bits // 8, 8)].any():
        raise _Odd
    values = np.ascontiguousarray(word[:, WORD - 8 :]).view(">i8")[:, 0].astype(np.int64)
    if (values < 0).any():
        raise _Odd
    return values


def _at_most(highest: int, values: Wholes) -> Wholes:
    if (values > highest).any():
        raise _Odd
    return values


def _members(of: type[IntEnum], values: Wholes) -> Members:
    if not np.isin(values, list(of)).all():
        raise _Odd
    return Members(of, values)


def _octets(word: Octets, start: int, end: int, *, padding: Octets) -> Octets:
    if padding.any():
        raise _Odd
    return word[:, start:end]
