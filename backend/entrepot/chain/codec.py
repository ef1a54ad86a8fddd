"""Bindings to bytes and back: calls, answers, logs and refusals, by Solidity's ABI.

Decoding is strict: whatever does not encode back to the very same bytes is Undecodable.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, ClassVar, TypeVar, cast

from eth_abi import abi as eth_abi
from eth_abi.exceptions import DecodingError, EncodingError

from entrepot.bindings import CALLS_BY_PATH, EVENTS_BY_TOPIC, REVERTS_BY_SELECTOR
from entrepot.chain.errors import Undecodable, UnknownEvent
from entrepot.kit.abi import Call, Event, Field, Revert, RevertAbi, Struct, View

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
    return encode_values(
        [field.type for field in fields], [getattr(word, field.name) for field in fields]
    )


def encode_values(types: Sequence[str], values: Sequence[Any]) -> bytes:
    """abi.encode(values); Undecodable when one does not fit its type exactly."""
    raw = [_raw(abi_type, value) for abi_type, value in zip(types, values, strict=True)]
    try:
        return eth_abi.encode(types, raw)
    except EncodingError as error:
        raise Undecodable(f"not ({','.join(types)}): {error}") from error


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
    indexed = [field for field in cls.abi.fields if field.indexed]
    if len(topics) != len(indexed) + 1:
        raise Undecodable(f"{cls.__name__} with {len(topics)} topics")
    plain = [field for field in cls.abi.fields if not field.indexed]
    return cls(**_decode(indexed, b"".join(topics[1:])), **_decode(plain, data))


def decode_revert(data: bytes) -> Revert:
    """The reason of a refusal; Unexplained when it is none that we know, never an error."""
    if cls := _REVERTS.get(data[:4]):
        try:
            return cls(**_decode(cls.abi.fields, data[4:]))
        except Undecodable:
            pass
    return Unexplained(data=data)


def _decode(fields: Sequence[Field], data: bytes) -> dict[str, Any]:
    types = [field.type for field in fields]
    try:
        values = eth_abi.decode(types, data)
        if eth_abi.encode(types, values) != data:
            raise Undecodable(f"{len(data)} bytes are not the encoding of ({','.join(types)})")
        return {f.name: _typed(f.type, f.of, v) for f, v in zip(fields, values, strict=True)}
    except (DecodingError, EncodingError, ValueError, OverflowError) as error:
        raise Undecodable(f"not ({','.join(types)}): {error}") from error


def _raw(abi_type: str, value: Any) -> Any:
    """A binding's value as eth_abi takes it. Short bytes are refused here: it would pad them."""
    if isinstance(value, tuple | list):
        element = abi_type[: abi_type.rindex("[")]
        return [_raw(element, item) for item in cast("Iterable[Any]", value)]
    if isinstance(value, Struct):
        return tuple(_raw(f.type, getattr(value, f.name)) for f in value.abi.fields)
    if isinstance(value, bytes) and abi_type != "bytes":
        size = 20 if abi_type == "address" else int(abi_type.removeprefix("bytes"))
        if len(value) != size:
            raise Undecodable(f"{len(value)} bytes for {abi_type}")
    return int(value) if isinstance(value, IntEnum) else value


def _typed(abi_type: str, of: type[Struct] | type[IntEnum] | None, value: Any) -> Any:
    """A value of eth_abi's as the bindings have it."""
    if abi_type.endswith("]"):
        element = abi_type[: abi_type.rindex("[")]
        return tuple(_typed(element, of, item) for item in cast("Iterable[Any]", value))
    if of is None:
        return bytes.fromhex(value[2:]) if abi_type == "address" else value
    if issubclass(of, IntEnum):
        return of(value)
    parts = zip(of.abi.fields, value, strict=True)
    return of(**{field.name: _typed(field.type, field.of, part) for field, part in parts})
