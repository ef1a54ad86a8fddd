"""Bindings to bytes and back: against eth_abi's own reading, and strictly."""

from enum import IntEnum
from typing import Any

import eth_abi.abi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.bindings.evidence import KindsResult, KindsView
from entrepot.bindings.financing import ConditionsNotMet
from entrepot.bindings.financings import Conditions
from entrepot.bindings.ids import FinancingId, OrderId
from entrepot.bindings.registry import CALLS_BY_PATH, EVENTS_BY_TOPIC, REVERTS_BY_SELECTOR
from entrepot.bindings.settlement_token import Minted, Transfer, TransferCall
from entrepot.bindings.titles import SurrenderReason, TitleSurrendered
from entrepot.chain.codec import (
    Message,
    Panic,
    Unexplained,
    decode_call,
    decode_event,
    decode_result,
    decode_revert,
    encode,
    encode_call,
    encode_values,
)
from entrepot.chain.errors import Undecodable, UnknownEvent
from entrepot.kit.abi import Address, Struct


def values(abi_type: str, of: type[Struct] | type[IntEnum] | None = None) -> st.SearchStrategy[Any]:
    """Every value that a field of this type may have."""
    if abi_type.endswith("[]"):
        return st.lists(values(abi_type[:-2], of), max_size=3).map(tuple)
    if of is not None and issubclass(of, IntEnum):
        return st.sampled_from(list(of))
    if of is not None:
        return st.builds(of, **{f.name: values(f.type, f.of) for f in of.abi.fields})
    if abi_type.startswith("uint"):
        return st.integers(0, 2 ** int(abi_type[4:]) - 1)
    plain: dict[str, st.SearchStrategy[Any]] = {
        "bool": st.booleans(),
        "string": st.text(max_size=40),
        "bytes": st.binary(max_size=70),
        "address": st.binary(min_size=20, max_size=20),
    }
    if abi_type in plain:
        return plain[abi_type]
    size = int(abi_type.removeprefix("bytes"))
    return st.binary(min_size=size, max_size=size)


def words(classes: Any) -> st.SearchStrategy[Any]:
    """An instance of any of the classes."""
    return st.sampled_from(sorted(classes, key=lambda cls: cls.__qualname__)).flatmap(
        lambda cls: st.builds(cls, **{f.name: values(f.type, f.of) for f in cls.abi.fields})
    )


@given(words(CALLS_BY_PATH.values()))
def test_call_survives_its_encoding(call: Any) -> None:
    assert decode_call(call.abi.contract, encode_call(call)) == call


def plain(value: Any) -> Any:
    """As eth_abi takes it."""
    if isinstance(value, Struct):
        return tuple(plain(getattr(value, field.name)) for field in value.abi.fields)
    return [plain(item) for item in value] if isinstance(value, tuple) else value


@given(words(CALLS_BY_PATH.values()))
def test_call_is_encoded_as_eth_abi_does(call: Any) -> None:
    types = [field.type for field in call.abi.fields]
    values = [plain(getattr(call, field.name)) for field in call.abi.fields]
    assert encode_call(call)[4:] == eth_abi.abi.encode(types, values)


@given(words(CALLS_BY_PATH.values()), st.data())
def test_a_bent_call_is_refused_or_another_call(call: Any, data: st.DataObject) -> None:
    sent = bytearray(encode_call(call))
    at = data.draw(st.integers(4, max(4, len(sent) - 1)))
    if at == len(sent):
        return  # a call without arguments
    sent[at] ^= data.draw(st.integers(1, 255))
    try:
        read = decode_call(call.abi.contract, bytes(sent))
    except Undecodable:
        return
    assert encode_call(read) == sent
    assert read != call


@given(words(CALLS_BY_PATH.values()), st.data())
def test_a_cut_or_lengthened_call_is_refused(call: Any, data: st.DataObject) -> None:
    sent = encode_call(call)
    longer = sent + data.draw(st.binary(min_size=1, max_size=64))
    with pytest.raises(Undecodable):
        decode_call(call.abi.contract, longer)
    if len(sent) > 4:
        with pytest.raises(Undecodable):
            decode_call(call.abi.contract, sent[: data.draw(st.integers(4, len(sent) - 1))])


@given(words(REVERTS_BY_SELECTOR.values()))
def test_revert_survives_its_encoding(revert: Any) -> None:
    assert decode_revert(revert.abi.selector + encode(revert.abi.fields, revert)) == revert


@given(words(EVENTS_BY_TOPIC.values()))
def test_event_survives_its_encoding(event: Any) -> None:
    topics = [event.abi.topic]
    topics += [encode([field], event) for field in event.abi.fields if field.indexed]
    data = encode([field for field in event.abi.fields if not field.indexed], event)
    assert decode_event(topics, data) == event


@given(words(EVENTS_BY_TOPIC.values()), st.binary(max_size=200))
def test_event_of_arbitrary_data_is_refused_or_read_exactly(event: Any, data: bytes) -> None:
    topics = [event.abi.topic]
    topics += [encode([field], event) for field in event.abi.fields if field.indexed]
    plain = [field for field in event.abi.fields if not field.indexed]
    try:
        read = decode_event(topics, data)
    except Undecodable:
        return
    assert encode(plain, read) == data


def test_transfer_call_is_the_bytes_every_wallet_sends() -> None:
    call = TransferCall(to=Address(b"\x11" * 20), value=1_284_000_00)
    assert encode_call(call).hex() == ("a9059cbb" + "00" * 12 + "11" * 20 + f"{128_400_000:064x}")


def test_decode_call_asks_for_the_contract() -> None:
    data = encode_call(TransferCall(to=Address(bytes(20)), value=1))
    with pytest.raises(Undecodable, match="Titles has no call 0xa9059cbb"):
        decode_call("Titles", data)


@pytest.mark.parametrize("short", [b"", b"\x11" * 19, b"\x11" * 21])
def test_encode_refuses_bytes_of_another_size(short: bytes) -> None:
    with pytest.raises(Undecodable, match="is no address"):
        encode_call(TransferCall(to=Address(short), value=1))


@pytest.mark.parametrize("value", [-1, 2**256, "1", 1.0])
def test_encode_refuses_what_is_no_such_integer(value: Any) -> None:
    with pytest.raises(Undecodable, match="uint256"):
        encode_call(TransferCall(to=Address(bytes(20)), value=value))


TRANSFER = [Transfer.abi.topic, bytes(12) + b"\x01" * 20, bytes(12) + b"\x02" * 20]


def test_decode_event_reads_addresses_as_bytes() -> None:
    event = decode_event(TRANSFER, (7).to_bytes(32, "big"))
    assert event == Transfer(from_=Address(b"\x01" * 20), to=Address(b"\x02" * 20), value=7)


@pytest.mark.parametrize(
    ("topics", "data"),
    [
        (TRANSFER[:2], bytes(32)),
        ([*TRANSFER, bytes(32)], bytes(32)),
        (TRANSFER, b""),
        (TRANSFER, bytes(31)),
        (TRANSFER, bytes(33)),
        (TRANSFER, bytes(64)),
        ([TRANSFER[0], b"\x01" * 32, TRANSFER[2]], bytes(32)),
        ([Minted.abi.topic, bytes(32), b"\x01" * 32], bytes(32)),
        ([Minted.abi.topic, bytes(32), bytes(32)], b"\xff" * 32),
    ],
)
def test_decode_event_refuses_a_malformed_log(topics: list[bytes], data: bytes) -> None:
    with pytest.raises(Undecodable) as refused:
        decode_event(topics, data)
    assert not isinstance(refused.value, UnknownEvent)


@pytest.mark.parametrize("topics", [[], [bytes(32)]])
def test_decode_event_says_when_it_is_none_of_ours(topics: list[bytes]) -> None:
    with pytest.raises(UnknownEvent):
        decode_event(topics, b"")


def test_decode_event_refuses_an_enum_that_does_not_exist() -> None:
    topics = [TitleSurrendered.abi.topic, bytes(32), bytes(32), bytes(32)]
    last = encode_values(["uint8"], [max(SurrenderReason)])
    event = decode_event(topics, last)
    assert isinstance(event, TitleSurrendered)
    assert event.reason is SurrenderReason.SWITCH
    with pytest.raises(Undecodable, match="SurrenderReason"):
        decode_event(topics, encode_values(["uint8"], [max(SurrenderReason) + 1]))


def test_decode_result_gathers_several_values() -> None:
    data = (3).to_bytes(32, "big") + (1).to_bytes(32, "big")
    assert decode_result(KindsView(order_id=OrderId(bytes(32))), data) == KindsResult(
        once=3,  # pyright: ignore[reportArgumentType]
        twice=1,  # pyright: ignore[reportArgumentType]
    )


def test_decode_result_of_nothing_means_no_contract() -> None:
    with pytest.raises(Undecodable):
        decode_result(KindsView(order_id=OrderId(bytes(32))), b"")


def test_decode_revert_reads_a_nested_struct() -> None:
    data = ConditionsNotMet.abi.selector + eth_abi.abi.encode(
        ["bytes32", "uint8", "(uint32,uint64,uint64,uint64)"], [b"\x01" * 32, 2, (4, 5, 6, 7)]
    )
    assert decode_revert(data) == ConditionsNotMet(
        financing_id=FinancingId(b"\x01" * 32),
        tranche=2,
        conditions=Conditions(unmet=4, missing=5, missing_twice=6, blocking=7),  # pyright: ignore
    )


def test_decode_revert_reads_soliditys_own() -> None:
    text = eth_abi.abi.encode(["string"], ["too late"])
    assert decode_revert(bytes.fromhex("08c379a0") + text) == Message(message="too late")
    overflow = bytes.fromhex("4e487b71") + (0x11).to_bytes(32, "big")
    assert decode_revert(overflow) == Panic(code=0x11)


@pytest.mark.parametrize("data", [b"", b"\x08", b"\x01\x02\x03\x04", bytes.fromhex("08c379a0ff")])
def test_decode_revert_keeps_what_it_does_not_know(data: bytes) -> None:
    assert decode_revert(data) == Unexplained(data=data)
