"""Logs read side by side are those that are read one by one, and their columns the values."""

from dataclasses import fields
from enum import IntEnum
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.bindings.registry import EVENTS_BY_TOPIC
from entrepot.bindings.trade_orders import OrderAccepted
from entrepot.chain.abreast import Members, abreast
from entrepot.chain.alike import RUN_MIN, page_of
from entrepot.chain.answers import Log, RawLog, logs_of
from entrepot.chain.codec import decode_event
from entrepot.chain.errors import Undecodable
from entrepot.kit.abi import Event, Struct

COUNT = RUN_MIN + 8
HERE = "0x" + "aa" * 20
small = st.integers(0, 3).map(lambda number: number.to_bytes(32, "big"))
left = st.binary(min_size=20, max_size=20).map(lambda octets: octets + bytes(12))
words = st.one_of(small, small, left, st.binary(min_size=32, max_size=32))


def raw(at: int, topics: list[bytes], data: bytes, /, **changes: str) -> RawLog:
    spelled: dict[str, Any] = {
        "address": HERE,
        "topics": ["0x" + topic.hex() for topic in topics],
        "data": "0x" + data.hex(),
        "block_number": hex(1 + at // 7),
        "block_hash": "0x" + f"{1 + at // 7:064x}",
        "transaction_hash": "0x" + f"{at:064x}",
        "log_index": hex(at),
    }
    return RawLog(**{**spelled, **changes})


def told(raws: list[RawLog]) -> list[Log]:
    page = page_of(raws, 0, 100, ())
    found = [*page.rest, *(log for run in page.runs for log in run.logs)]
    assert len(page) == len(found)
    assert page.mined() == {log.transaction_hash: log.block_number for log in found}
    return sorted(found, key=lambda log: (log.block_number, log.log_index))


@pytest.mark.parametrize("event", EVENTS_BY_TOPIC.values(), ids=lambda event: event.abi.name)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_a_column_has_the_values_that_are_read_one_by_one(
    event: type[Event], data: st.DataObject
) -> None:
    indexed = sum(field.indexed for field in event.abi.fields)
    size = data.draw(st.integers(0, 9))
    seeds = data.draw(st.lists(st.lists(words, min_size=9, max_size=9), min_size=1, max_size=3))
    topics = [words_of(seeds, at)[:indexed] for at in range(COUNT)]
    plain = [b"".join(words_of(seeds, at)[9 - size :]) for at in range(COUNT)]
    raws = [raw(at, [event.abi.topic, *topics[at]], plain[at]) for at in range(COUNT)]
    assert told(raws) == logs_of(raws, ())
    for run in page_of(raws, 0, 100, ()).runs:
        hashes = [log.transaction_hash for log in run.logs]
        datas = [log.data for log in run.logs]
        assert run.numbers.tolist() == [log.block_number for log in run.logs]
        assert run.indexes.tolist() == [log.log_index for log in run.logs]
        assert [bytes(one) for one in run.transactions] == hashes
        assert [bytes(one) for one in run.data.reshape(COUNT, -1)] == datas
        side_by_side = abreast(run)
        if side_by_side is not None:
            for at, log in enumerate(run.logs):
                assert nth(side_by_side, at) == decode_event(log.topics, log.data)


def words_of(seeds: list[list[bytes]], at: int) -> list[bytes]:
    return seeds[at % len(seeds)]


def nth(value: Any, at: int) -> Any:
    """The nth of what columns hold."""
    if isinstance(value, Event | Struct):
        return type(value)(**{f.name: nth(getattr(value, f.name), at) for f in fields(value)})
    if isinstance(value, Members):
        assert value.name[at].decode() == value.of(int(value.values[at])).name
        return value.of(int(value.values[at]))
    one = value[at]
    return bytes(one) if one.ndim else one.item()


def test_most_events_have_columns() -> None:
    found = 0
    for event in EVENTS_BY_TOPIC.values():
        indexed = sum(field.indexed for field in event.abi.fields)
        topics = [event.abi.topic, *[bytes(32)] * indexed]
        sizes = [abreast_of(topics, bytes(32 * size)) for size in range(16)]
        found += any(sizes)
    assert found > len(EVENTS_BY_TOPIC) / 2


def abreast_of(topics: list[bytes], data: bytes) -> bool:
    (run,) = page_of([raw(at, topics, data) for at in range(COUNT)], 0, 100, ()).runs
    return abreast(run) is not None


ODD: list[dict[str, str]] = [
    {"data": "0x" + "0 " * 32},
    {"data": "00" + "00" * 32},
    {"transaction_hash": "00" + "00" * 32},
    {"data": "0x" + "é" * 64},
    {"log_index": hex(2**40)},
]


@pytest.mark.parametrize("changes", ODD, ids=str)
def test_what_is_spelled_in_another_way_is_read_one_by_one(changes: dict[str, str]) -> None:
    """Or refused, as it is there."""
    topics = [OrderAccepted.abi.topic, bytes(32), bytes(32)]
    raws = [raw(at, topics, bytes(32)) for at in range(COUNT)]
    raws.append(raw(COUNT, topics, bytes(32), **changes))
    try:
        expected = logs_of(raws, ())
    except Exception as error:
        with pytest.raises(type(error)):
            page_of(raws, 0, 100, ())
    else:
        assert told(raws) == expected


def test_an_event_that_its_type_does_not_allow_has_no_column() -> None:
    topics = [OrderAccepted.abi.topic, bytes(32), b"\xff" * 32]
    assert not abreast_of(topics, bytes(32))
    with pytest.raises(Undecodable):
        decode_event(topics, bytes(32))


def test_one_odd_value_in_a_column_is_enough() -> None:
    raws = [
        raw(at, [OrderAccepted.abi.topic, bytes(32), bytes(32)], at.to_bytes(32, "big"))
        for at in range(COUNT)
    ]
    raws[-1] = raw(COUNT, [OrderAccepted.abi.topic, bytes(32), bytes(32)], b"\xff" * 32)
    (run,) = page_of(raws, 0, 100, ()).runs
    assert abreast(run) is None
    assert abreast(run.only(np.arange(COUNT) < COUNT - 1)) is not None


def test_members_are_named() -> None:
    class Some(IntEnum):
        NONE = 0
        LAST = 3

    names = Members(Some, np.array([3, 0, 3], np.int64)).name
    assert names.tolist() == [b"LAST", b"NONE", b"LAST"]
