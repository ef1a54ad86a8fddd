"""Bindings to bytes and back: calls, answers, logs and refusals, by Solidity's ABI.

Decoding is strict: whatever does not encode back to the very same bytes is Undecodable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, TypeVar, cast

from entrepot.bindings.registry import CALLS_BY_PATH, EVENTS_BY_TOPIC, REVERTS_BY_SELECTOR
from entrepot.chain import encoding
from entrepot.chain.errors import Undecodable, UnknownEvent
from entrepot.chain.quick import quick_reader
from entrepot.kit.abi import Call, Event, Field, Revert, RevertAbi, View

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Revert):
    """A plain `require(..., "text")`."""

    message: str

    abi: ClassVar[RevertAbi] = RevertAbi(
        "Solidity", "Error", bytes.fromhex("08c379a0"), (Field("message", "string"),)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Panic(Revert):
    """A broken assertion, an overflow and the like, by Solidity's own codes."""

    code: int

    abi: ClassVar[RevertAbi] = RevertAbi(
        "Solidity", "Panic", bytes.fromhex("4e487b71"), (Field("code", "uint256"),)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unexplained(Revert):
    """A refusal that gives no reason we know: nothing at all, or an error of a foreign contract."""

    data: bytes

    abi: ClassVar[RevertAbi] = RevertAbi("Solidity", "Unexplained", b"", (Field("data", "bytes"),))


_REVERTS: dict[bytes, type[Revert]] = {
    **REVERTS_BY_SELECTOR,
    Message.abi.selector: Message,
    Panic.abi.selector: Panic,
}

_CALLS: dict[tuple[str, bytes], type[Call]] = {
    (call.abi.contract, call.abi.selector): call for call in CALLS_BY_PATH.values()
}


def encode(fields: Sequence[Field], word: object) -> bytes:
    """`word`'s attributes in the order of `fields`, as abi.encode has them."""
    return encoding.encode(tuple(fields), [getattr(word, field.name) for field in fields])


def encode_values(types: Sequence[str | Field], values: Sequence[Any]) -> bytes:
    """abi.encode(values); a Field where a type is made of structs or enums."""
    fields = (kind if isinstance(kind, Field) else Field("", kind) for kind in types)
    return encoding.encode(tuple(fields), values)


def encode_call(call: Call | View[Any]) -> bytes:
    return call.abi.selector + encode(call.abi.fields, call)


def decode_call(contract: str, data: bytes) -> Call:
    """The call of that contract which encodes to `data`."""
    if (cls := _CALLS.get((contract, data[:4]))) is None:
        raise Undecodable(f"{contract} has no call 0x{data[:4].hex()}")
    return cls(**_decode(cls.abi.fields, data[4:]))


def decode_result(view: View[T], data: bytes) -> T:
    """What a node returned for `view`. No bytes at all mean that no contract is there."""
    values = _decode(view.abi.returns, data)
    if view.abi.result is not None:
        return cast("T", view.abi.result(**values))
    return cast("T", next(iter(values.values()), None))


def decode_event(topics: Sequence[bytes], data: bytes) -> Event:
    """The event of a log; UnknownEvent when it is none of ours, Undecodable when malformed."""
    cls = EVENTS_BY_TOPIC.get(topics[0]) if topics else None
    if cls is None:
        raise UnknownEvent(f"topic 0x{topics[0].hex()}" if topics else "a log without topics")
    quick = _quick(cls)
    if quick is not None and (event := quick(topics, data)) is not None:
        return event
    indexed, plain = _split(cls)
    if len(topics) != len(indexed) + 1:
        raise Undecodable(f"{cls.__name__} with {len(topics)} topics")
    return cls(**_decode(indexed, b"".join(topics[1:])), **_decode(plain, data))


def encode_event(event: Event) -> tuple[tuple[bytes, ...], bytes]:
    """The topics and the data of the log that a contract would write."""
    indexed, plain = _split(type(event))
    named = encode(indexed, event)
    topics = (named[at : at + 32] for at in range(0, len(named), 32))
    return (event.abi.topic, *topics), encode(plain, event)


_quick = cache(quick_reader)


@cache
def _split(event: type[Event]) -> tuple[tuple[Field, ...], tuple[Field, ...]]:
    """The fields in the topics, and those in the data."""
    fields = event.abi.fields
    return tuple(f for f in fields if f.indexed), tuple(f for f in fields if not f.indexed)


def decode_revert(data: bytes) -> Revert:
    """The reason of a refusal; Unexplained when it is none that we know, never an error."""
    if cls := _REVERTS.get(data[:4]):
        try:
            return cls(**_decode(cls.abi.fields, data[4:]))
        except Undecodable:
            pass
    return Unexplained(data=data)


def _decode(fields: tuple[Field, ...], data: bytes) -> dict[str, Any]:
    values = encoding.decode(fields, data)
    return {field.name: value for field, value in zip(fields, values, strict=True)}
