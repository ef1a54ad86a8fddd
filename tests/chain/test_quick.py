"""The short way and the long way from a log to its event come to the same, or both refuse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.bindings.registry import EVENTS_BY_TOPIC
from entrepot.chain.bloom import Bloom
from entrepot.chain.codec import decode_event, encode_event
from entrepot.chain.errors import Undecodable
from entrepot.chain.quick import quick_reader
from entrepot.kit.abi import Event

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
