"""The words of a contract as plain Python: what the generated bindings are made of.

A binding is a frozen dataclass with one class attribute, `abi`, which says how Solidity spells it.
Nothing here speaks to a node or knows the encoding; `entrepot.chain.codec` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, ClassVar, Generic, NewType, TypeVar, cast

Address = NewType("Address", bytes)
"""20 bytes. Hexadecimal spellings live at the edges only, so that two of them always compare."""

NO_ADDRESS = Address(bytes(20))

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter, component or return value.

    name: the Python attribute.
    type: the canonical ABI type, nested tuples spelled out.
    of: what an element becomes in Python when it is more than a plain value.
    """

    name: str
    type: str
    of: type[Struct] | type[IntEnum] | None = None
    indexed: bool = False


@dataclass(frozen=True, slots=True)
class StructAbi:
    name: str
    fields: tuple[Field, ...]

    @property
    def type(self) -> str:
        """The tuple's canonical ABI type."""
        return f"({','.join(field.type for field in self.fields)})"


@dataclass(frozen=True, slots=True)
class EventAbi:
    """`topic` is keccak256 of the signature: topic 0 of every log of this event."""

    contract: str
    name: str
    topic: bytes
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class CallAbi:
    """`selector` is the first four bytes of keccak256 of the signature."""

    contract: str
    name: str
    selector: bytes
    fields: tuple[Field, ...]

    @property
    def path(self) -> str:
        """How the call is named in tables and messages: `Financing.release`."""
        return f"{self.contract}.{self.name}"


@dataclass(frozen=True, slots=True)
class ViewAbi(CallAbi):
    """`result` gathers several return values in one class; None when there is only one."""

    returns: tuple[Field, ...]
    result: type[Struct] | None = None


@dataclass(frozen=True, slots=True)
class RevertAbi:
    contract: str
    name: str
    selector: bytes
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Struct:
    """A Solidity struct."""

    abi: ClassVar[StructAbi]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A log that a contract wrote."""

    abi: ClassVar[EventAbi]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A function that changes state, with its arguments."""

    abi: ClassVar[CallAbi]


@dataclass(frozen=True, slots=True, kw_only=True)
class View(Generic[T]):
    """A function that only reads, with its arguments; its answer is a T."""

    abi: ClassVar[ViewAbi]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revert:
    """The reason a contract gave for refusing."""

    abi: ClassVar[RevertAbi]


Word = Struct | Event | Call | View[Any] | Revert
"""Anything with an `abi`: what can be written as plain values and read back."""

W = TypeVar("W", bound=Word)


def to_plain(word: Word) -> dict[str, Any]:
    """The fields as JSON values: bytes as 0x-hex, integers as decimal strings, enums by name."""
    return {field.name: _plain(getattr(word, field.name)) for field in word.abi.fields}


def from_plain(cls: type[W], values: dict[str, Any]) -> W:
    """The inverse of `to_plain`; KeyError or ValueError when the values are not its output."""
    if unknown := values.keys() - {field.name for field in cls.abi.fields}:
        raise ValueError(f"{cls.__name__} has no field {', '.join(sorted(unknown))}")
    return cls(**{f.name: _typed(f.type, f.of, values[f.name]) for f in cls.abi.fields})


def _plain(value: Any) -> Any:
    match value:
        case IntEnum():
            return value.name
        case bool() | str():
            return value
        case int():
            return str(value)
        case bytes():
            return "0x" + value.hex()
        case tuple():
            return [_plain(item) for item in cast("tuple[Any, ...]", value)]
        case Struct():
            return to_plain(value)
        case _:
            raise TypeError(f"no ABI value: {value!r}")


def _typed(abi_type: str, of: type[Struct] | type[IntEnum] | None, value: Any) -> Any:
    if abi_type.endswith("]"):
        return tuple(_typed(abi_type[: abi_type.rindex("[")], of, item) for item in value)
    if of is not None:
        return of[value] if issubclass(of, IntEnum) else from_plain(of, value)
    if abi_type in ("bool", "string"):
        return value
    if abi_type == "address" or abi_type.startswith("bytes"):
        return bytes.fromhex(value.removeprefix("0x"))
    return int(value)
