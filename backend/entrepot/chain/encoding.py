"""Solidity's ABI encoding for the types that our contracts use, both ways.

A value has one encoding, the one that Solidity itself writes: each tail right after the one before,
padding zero, nothing left over. Whatever else a node or a caller brings is Undecodable. Values are
those of the bindings: bytes, int, bool, str, IntEnum, Struct, and tuples of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from functools import cache
from typing import Any, Protocol, cast

from entrepot.chain.errors import Undecodable
from entrepot.kit.abi import Field, Struct

WORD = 32


class Coder(Protocol):
    """One type. size: bytes in the head; dynamic: whether the head is only an offset."""

    size: int
    dynamic: bool

    def encode(self, value: Any) -> bytes: ...

    def decode(self, data: bytes, at: int) -> tuple[Any, int]:
        """The value that starts at `at`, and where it ends. The head is known to be there."""
        ...


def encode(fields: tuple[Field, ...], values: Sequence[Any]) -> bytes:
    """abi.encode(values...)."""
    return _sequence(fields).encode(values)


def decode(fields: tuple[Field, ...], data: bytes) -> list[Any]:
    """The values, in the order of `fields`, whose encoding is `data` and nothing more."""
    coder = _sequence(fields)
    if len(data) < coder.size:
        raise Undecodable(f"{len(data)} bytes, at least {coder.size} are needed")
    values, end = coder.decode(data, 0)
    if end != len(data):
        raise Undecodable(f"{len(data)} bytes where {end} were due")
    return values


@cache
def _sequence(fields: tuple[Field, ...]) -> _Sequence:
    return _Sequence(tuple(_coder(field.type, field.of) for field in fields))


@cache
def _coder(abi_type: str, of: type[Struct] | type[IntEnum] | None) -> Coder:
    if abi_type.endswith("[]"):
        return _Array(_coder(abi_type[:-2], of))
    if of is not None:
        return _Enum(of) if issubclass(of, IntEnum) else _Record(of)
    if abi_type in ("bytes", "string"):
        return _Octets(is_text=abi_type == "string")
    if abi_type == "address":
        return _Address()
    if abi_type == "bool":
        return _Bool()
    if abi_type.startswith("bytes"):
        return _FixedBytes(int(abi_type.removeprefix("bytes")))
    if abi_type.startswith("uint"):
        return _Uint(int(abi_type.removeprefix("uint")))
    raise TypeError(f"our contracts have no {abi_type}")


class _Uint:
    size, dynamic = WORD, False

    def __init__(self, bits: int) -> None:
        self._bits = bits

    def encode(self, value: Any) -> bytes:
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise Undecodable(f"{value!r} is no uint{self._bits}")
        if value >> self._bits:
            raise Undecodable(f"{value} does not fit into uint{self._bits}")
        return value.to_bytes(WORD, "big")

    def decode(self, data: bytes, at: int) -> tuple[int, int]:
        value = int.from_bytes(data[at : at + WORD], "big")
        if value >> self._bits:
            raise Undecodable(f"{value} does not fit into uint{self._bits}")
        return value, at + WORD


class _Bool:
    size, dynamic = WORD, False

    def encode(self, value: Any) -> bytes:
        if not isinstance(value, bool):
            raise Undecodable(f"{value!r} is no bool")
        return value.to_bytes(WORD, "big")

    def decode(self, data: bytes, at: int) -> tuple[bool, int]:
        value = int.from_bytes(data[at : at + WORD], "big")
        if value > 1:
            raise Undecodable(f"{value} is no bool")
        return value == 1, at + WORD


class _Enum:
    size, dynamic = WORD, False

    def __init__(self, of: type[IntEnum]) -> None:
        self._of = of
        self._members = {int(member): member for member in of}

    def encode(self, value: Any) -> bytes:
        if not isinstance(value, self._of):
            raise Undecodable(f"{value!r} is no {self._of.__name__}")
        return value.to_bytes(WORD, "big")

    def decode(self, data: bytes, at: int) -> tuple[IntEnum, int]:
        number = int.from_bytes(data[at : at + WORD], "big")
        if (member := self._members.get(number)) is None:
            raise Undecodable(f"{number} is no {self._of.__name__}")
        return member, at + WORD


class _FixedBytes:
    """bytesN: left-aligned."""

    size, dynamic = WORD, False

    def __init__(self, length: int) -> None:
        self._length, self._padding = length, bytes(WORD - length)

    def encode(self, value: Any) -> bytes:
        if not isinstance(value, bytes) or len(value) != self._length:
            raise Undecodable(f"{value!r} is no bytes{self._length}")
        return value + self._padding

    def decode(self, data: bytes, at: int) -> tuple[bytes, int]:
        middle, end = at + self._length, at + WORD
        if data[middle:end] != self._padding:
            raise Undecodable(f"more than {self._length} bytes")
        return data[at:middle], end


class _Address:
    """Right-aligned, as a number is."""

    size, dynamic = WORD, False
    _padding = bytes(12)

    def encode(self, value: Any) -> bytes:
        if not isinstance(value, bytes) or len(value) != 20:
            raise Undecodable(f"{value!r} is no address")
        return self._padding + value

    def decode(self, data: bytes, at: int) -> tuple[bytes, int]:
        middle, end = at + 12, at + WORD
        if data[at:middle] != self._padding:
            raise Undecodable("more than 20 bytes of an address")
        return data[middle:end], end


class _Octets:
    """bytes and string: a length, then as many bytes, filled up to a word."""

    size, dynamic = WORD, True

    def __init__(self, *, is_text: bool) -> None:
        self._is_text = is_text

    def encode(self, value: Any) -> bytes:
        if not isinstance(value, str if self._is_text else bytes):
            raise Undecodable(f"{value!r} is no {'string' if self._is_text else 'bytes'}")
        octets = value.encode() if isinstance(value, str) else value
        return len(octets).to_bytes(WORD, "big") + octets + bytes(-len(octets) % WORD)

    def decode(self, data: bytes, at: int) -> tuple[bytes | str, int]:
        start, length = _length(data, at, 1)
        octets, end = data[start : start + length], start + length + -length % WORD
        if data[start + length : end] != bytes(-length % WORD):
            raise Undecodable("no zeros behind the bytes")
        if not self._is_text:
            return octets, end
        try:
            return octets.decode(), end
        except UnicodeDecodeError as error:
            raise Undecodable("a string that is no UTF-8") from error


class _Array:
    """T[]: a length, then the elements as a sequence of their own."""

    size, dynamic = WORD, True

    def __init__(self, element: Coder) -> None:
        self._element = element

    def encode(self, value: Any) -> bytes:
        if not isinstance(value, tuple):
            raise Undecodable(f"{value!r} is no tuple")
        values = cast("tuple[Any, ...]", value)
        elements = _Sequence((self._element,) * len(values))
        return len(values).to_bytes(WORD, "big") + elements.encode(values)

    def decode(self, data: bytes, at: int) -> tuple[tuple[Any, ...], int]:
        start, length = _length(data, at, self._element.size)
        values, end = _Sequence((self._element,) * length).decode(data, start)
        return tuple(values), end


class _Sequence:
    """Several values: their heads, then the tails of those that are dynamic."""

    def __init__(self, parts: tuple[Coder, ...]) -> None:
        self.parts = parts
        self.size = sum(part.size for part in parts)
        self.dynamic = any(part.dynamic for part in parts)

    def encode(self, value: Sequence[Any]) -> bytes:
        heads: list[bytes] = []
        tails: list[bytes] = []
        tail_at = self.size
        for part, item in zip(self.parts, value, strict=True):
            encoded = part.encode(item)
            if part.dynamic:
                heads.append(tail_at.to_bytes(WORD, "big"))
                tails.append(encoded)
                tail_at += len(encoded)
            else:
                heads.append(encoded)
        return b"".join(heads + tails)

    def decode(self, data: bytes, at: int) -> tuple[list[Any], int]:
        values: list[Any] = []
        head, tail = at, at + self.size
        for part in self.parts:
            if part.dynamic:
                if int.from_bytes(data[head : head + WORD], "big") != tail - at:
                    raise Undecodable("a value that does not follow the one before it")
                if tail + WORD > len(data):
                    raise Undecodable("a value that is not there")
                value, tail = part.decode(data, tail)
                head += WORD
            else:
                value, head = part.decode(data, head)
            values.append(value)
        return values, tail


class _Record:
    """A struct."""

    def __init__(self, of: type[Struct]) -> None:
        self._of = of
        self._names = tuple(field.name for field in of.abi.fields)
        self._fields = _sequence(of.abi.fields)
        self.dynamic = self._fields.dynamic
        self.size = WORD if self.dynamic else self._fields.size

    def encode(self, value: Any) -> bytes:
        if not isinstance(value, self._of):
            raise Undecodable(f"{value!r} is no {self._of.__name__}")
        return self._fields.encode([getattr(value, name) for name in self._names])

    def decode(self, data: bytes, at: int) -> tuple[Struct, int]:
        if at + self._fields.size > len(data):
            raise Undecodable(f"half a {self._of.__name__}")
        values, end = self._fields.decode(data, at)
        return self._of(**dict(zip(self._names, values, strict=True))), end


def _length(data: bytes, at: int, item_size: int) -> tuple[int, int]:
    """Where the items start and how many there are; their heads are there for sure."""
    start = at + WORD
    length = int.from_bytes(data[at:start], "big")
    if length * item_size > len(data) - start:
        raise Undecodable(f"{length} items in {len(data) - start} bytes")
    return start, length
