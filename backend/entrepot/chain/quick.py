"""The short way from a log to its event, for the events of which every field fills one word, but
for one array of such.

It reads regular logs only and knows no errors: whatever is odd goes the long way of `encoding`,
which says what is wrong. Both answer the same, which tests/chain/test_quick.py holds them to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum
from typing import Any, TypeVar

from entrepot.kit.abi import Event, Field, Struct

WORD = 32

W = TypeVar("W", Event, Struct)

Read = Callable[[bytes], Any]
Fill = Callable[[object, Any], None]
Quick = Callable[[Sequence[bytes], bytes], Event | None]


class _Odd(Exception):
    """A word that its type does not allow."""


def quick_reader(event: type[Event]) -> Quick | None:
    """Reads topics and data, answering None for what is odd; None when more is dynamic than one
    array, which then follows all else."""
    fields = event.abi.fields
    ordered = [f for f in fields if f.indexed] + [f for f in fields if not f.indexed]
    arrays = [at for at, field in enumerate(ordered) if field.type.endswith("]")]
    tail = _tail(ordered, arrays[0]) if len(arrays) == 1 else None
    head = _static([f for at, f in enumerate(ordered) if tail is None or at != tail.at])
    if head is None:
        return None
    topic_count = 1 + sum(field.indexed for field in fields)
    size = WORD * (head.size - topic_count + 1) + (WORD if tail else 0)
    slots = _slots(event, ordered)

    def read(topics: Sequence[bytes], data: bytes) -> Event | None:
        if len(topics) != topic_count or len(data) < size:
            return None
        words = [*topics[1:], *[data[at : at + WORD] for at in range(0, size, WORD)]]
        try:
            items = () if tail is None else tail.take(words, data[size:], size)
            values = head.values(words)
        except (_Odd, KeyError):
            return None
        if tail is not None:
            values.insert(tail.at, items)
        elif len(data) != size:
            return None
        return _filled(event, slots, values)

    return read


class _Static:
    """Fields that fill a word each, or are structs of such."""

    def __init__(self, fields: Sequence[Field], leaves: Sequence[str | type[IntEnum]]) -> None:
        self.size = len(leaves)
        self._reads = [_READERS[one] if isinstance(one, str) else _enum(one) for one in leaves]
        self._folds = list(_structs(fields))

    def values(self, words: Sequence[bytes]) -> list[Any]:
        pairs = zip(words, self._reads, strict=True)
        values = [word if of is None else of(word) for word, of in pairs]
        for struct, first, end, parts in self._folds:
            values[first:end] = [_filled(struct, parts, values[first:end])]
        return values


def _static(fields: Sequence[Field]) -> _Static | None:
    leaves = [leaf for field in fields for leaf in _leaves(field)]
    known = [leaf for leaf in leaves if leaf is not None]
    return _Static(fields, known) if len(known) == len(leaves) else None


class _Tail:
    """The one array of an event. at: among the event's fields; word: where its offset stands."""

    def __init__(self, at: int, word: int, item: _Static) -> None:
        self.at, self._word, self._item = at, word, item

    def take(self, words: list[bytes], data: bytes, offset: int) -> tuple[Any, ...]:
        """The items in the data behind the head; takes the offset out of the words."""
        if words.pop(self._word) != offset.to_bytes(WORD, "big"):
            raise _Odd
        width = WORD * self._item.size
        count = int.from_bytes(data[:WORD], "big")
        if len(data) != WORD + count * width:
            raise _Odd
        return tuple([self._read(data[at : at + width]) for at in range(WORD, len(data), width)])

    def _read(self, data: bytes) -> Any:
        return self._item.values([data[at : at + WORD] for at in range(0, len(data), WORD)])[0]


def _tail(ordered: Sequence[Field], at: int) -> _Tail | None:
    """None when an item, or what stands before the array, doesn't fill words."""
    array, before = ordered[at], _static(ordered[:at])
    item = _static([Field(array.name, array.type[:-2], array.of)])
    if array.indexed or before is None or item is None:
        return None
    return _Tail(at, before.size, item)


def _leaves(field: Field) -> Iterator[str | type[IntEnum] | None]:
    """What each word of a field is: a type or an enum; None where it takes more than a word."""
    if field.type.endswith("]"):
        yield None
    elif field.of is None:
        yield field.type if field.type in _READERS else None
    elif issubclass(field.of, IntEnum):
        yield field.of
    else:
        for part in field.of.abi.fields:
            yield from _leaves(part)


def _slots(word: type[Event | Struct], fields: Sequence[Field]) -> list[Fill]:
    return [getattr(word, field.name).__set__ for field in fields]


def _filled(word: type[W], slots: list[Fill], values: list[Any]) -> W:
    """What the frozen class's own `__init__` would make of these values, in half the time."""
    made = object.__new__(word)
    for fill, value in zip(slots, values, strict=True):
        fill(made, value)
    return made


def _structs(fields: Sequence[Field]) -> Iterator[tuple[type[Struct], int, int, list[Fill]]]:
    """Which values make a struct, its place counted after those before it have been made: the last
    struct first, an inner one before the outer one."""
    ends: list[int] = []
    at = 0
    for field in fields:
        at += sum(1 for _ in _leaves(field))
        ends.append(at)
    for field, end in reversed(list(zip(fields, ends, strict=True))):
        yield from _made(field, end - sum(1 for _ in _leaves(field)))


def _made(field: Field, start: int) -> Iterator[tuple[type[Struct], int, int, list[Fill]]]:
    if field.of is None or issubclass(field.of, IntEnum):
        return
    parts = field.of.abi.fields
    places: list[int] = []
    at = start
    for part in parts:
        places.append(at)
        at += sum(1 for _ in _leaves(part))
    for part, place in reversed(list(zip(parts, places, strict=True))):
        yield from _made(part, place)
    yield field.of, start, start + len(parts), _slots(field.of, parts)


def _uint(bits: int) -> Read:
    def read(word: bytes) -> int:
        value = int.from_bytes(word, "big")
        if value >> bits:
            raise _Odd
        return value

    return read


def _octets(size: int) -> Read:
    padding = bytes(WORD - size)

    def read(word: bytes) -> bytes:
        if word[size:] != padding:
            raise _Odd
        return word[:size]

    return read


def _address(word: bytes) -> bytes:
    if any(word[:12]):
        raise _Odd
    return word[12:]


def _enum(of: type[IntEnum]) -> Read:
    return {int(member).to_bytes(WORD, "big"): member for member in of}.__getitem__


_READERS: dict[str, Read | None] = {
    "bytes32": None,
    "address": _address,
    "bool": {bytes(WORD): False, (1).to_bytes(WORD, "big"): True}.__getitem__,
    **{f"uint{bits}": _uint(bits) for bits in range(8, 257, 8)},
    **{f"bytes{size}": _octets(size) for size in range(1, WORD)},
}
"""How the word of each type is read; None where the word is the value."""
