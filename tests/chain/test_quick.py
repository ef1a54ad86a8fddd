"""The short way and the long way from a log to its event come to the same, or both refuse."""

from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.bindings.registry import EVENTS_BY_TOPIC
from entrepot.chain.bloom import Bloom
from entrepot.chain.codec import decode_event, encode_event
from entrepot.chain.errors import Undecodable
from entrepot.chain.quick import quick_reader
from entrepot.kit.abi import Event, Field

QUICK = {event: read for event in EVENTS_BY_TOPIC.values() if (read := quick_reader(event))}

small = st.integers(0, 3).map(lambda number: number.to_bytes(32, "big"))
left = st.binary(min_size=20, max_size=20).map(lambda octets: octets + bytes(12))
words = st.one_of(small, left, st.binary(min_size=32, max_size=32))


def test_most_events_go_the_short_way() -> None:
    assert len(QUICK) > len(EVENTS_BY_TOPIC) / 2


@pytest.mark.parametrize("event", QUICK, ids=lambda event: event.abi.name)
@given(data=st.data())
def test_what_the_short_way_reads_encodes_back_to_the_same_bytes(
    event: type[Event], data: st.DataObject
) -> None:
    indexed = sum(field.indexed for field in event.abi.fields)
    count = data.draw(st.sampled_from((indexed, indexed + 1)))
    topics = (event.abi.topic, *data.draw(st.lists(words, min_size=count, max_size=count)))
    plain = b"".join(data.draw(st.lists(words, max_size=9)))
    read = QUICK[event](topics, plain)
    if read is None:
        with pytest.raises(Undecodable):
            decode_event(topics, plain)
    else:
        assert encode_event(read) == (topics, plain)
        assert read == type(read)(**{f.name: getattr(read, f.name) for f in event.abi.fields})


def test_a_bloom_knows_the_addresses_that_are_in_it() -> None:
    here, elsewhere = b"\x11" * 20, b"\x22" * 20
    bits = Bloom([here])._masks[0].to_bytes(256, "big")  # pyright: ignore[reportPrivateUsage]
    assert Bloom([elsewhere, here]).may_be_in(bits)
    assert not Bloom([elsewhere]).may_be_in(bits)
    assert not Bloom([here]).may_be_in(bytes(256))


ARRAYS = [event for event in QUICK if any(f.type.endswith("]") for f in event.abi.fields)]


def value_of(field: Field) -> st.SearchStrategy[Any]:
    """What the field may hold."""
    if field.type.endswith("[]"):
        item = Field(field.name, field.type.removesuffix("[]"), field.of)
        return st.lists(value_of(item), max_size=4).map(tuple)
    if field.of is not None and issubclass(field.of, IntEnum):
        return st.sampled_from(list(field.of))
    if field.of is not None:
        return st.builds(field.of, **{part.name: value_of(part) for part in field.of.abi.fields})
    if field.type == "bool":
        return st.booleans()
    if field.type.startswith("uint"):
        return st.integers(0, 2 ** int(field.type.removeprefix("uint")) - 1)
    size = 20 if field.type == "address" else int(field.type.removeprefix("bytes"))
    return st.binary(min_size=size, max_size=size)


def test_some_events_have_an_array() -> None:
    assert len(ARRAYS) > 3


@pytest.mark.parametrize("event", ARRAYS, ids=lambda event: event.abi.name)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_an_array_is_read_as_it_was_written_and_not_otherwise(
    event: type[Event], data: st.DataObject
) -> None:
    written = event(**{f.name: data.draw(value_of(f)) for f in event.abi.fields})
    topics, plain = encode_event(written)
    assert QUICK[event](topics, plain) == written
    assert QUICK[event](topics, plain[: data.draw(st.integers(0, len(plain) - 1))]) is None
    assert QUICK[event](topics, plain + bytes(32)) is None
    changed = bytearray(plain)
    changed[data.draw(st.integers(0, len(plain) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    read = QUICK[event](topics, bytes(changed))
    if read is None:
        with pytest.raises(Undecodable):
            decode_event(topics, bytes(changed))
    else:
        assert encode_event(read) == (topics, bytes(changed))
