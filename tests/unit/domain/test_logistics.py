"""What carriers tell folds to one story, in whatever order it is told."""

import dataclasses
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.domain.documents.dcsa_events import (
    EquipmentEvent,
    Event,
    EventHeader,
    EventRetraction,
    TransportCall,
    TransportEvent,
)
from entrepot.domain.documents.facts import Shipment
from entrepot.domain.identifiers import parse_container, parse_locode
from entrepot.domain.logistics import Story, Told, standing_events, story_of

CARRIER = "BMLX"
START = datetime(2026, 11, 9, tzinfo=UTC)
NOW = START + timedelta(days=60)
BOX, OTHER_BOX = parse_container("BQMU4011279"), parse_container("BQMU4011284")
POL, POD = parse_locode("CNNGB"), parse_locode("NLRTM")
SHIPMENT = Shipment(
    containers=frozenset({BOX}),
    port_of_loading=POL,
    port_of_discharge=POD,
    vessel=("MERIDIAN AURORA", "046W"),
    on_board_on=date(2026, 11, 12),
)
AT_DISCHARGE = {"ARRI", "DISC", "GTOT", "STRP"}


def event(code: str, day: float, **other: object) -> Event:
    """`day` after the start; at the port that its code belongs to."""
    laden = bool(other.get("laden", True))
    place = other.get("place", POD if code in AT_DISCHARGE and laden else POL)
    call = TransportCall(
        mode="VESSEL",
        location=place,  # type: ignore[arg-type]
        vessel_imo=None,
        vessel_name=str(other.get("vessel", "Meridian Aurora")),
        export_voyage=str(other.get("voyage", "046W")),
        import_voyage=None,
    )
    updated = other.get("updated")
    header = EventHeader(
        id=str(other.get("id", f"{code}-{day}-{laden}")),
        classifier=str(other.get("classifier", "ACT")),
        code=code,
        occurred_at=START + timedelta(days=day),
        created_at=START + timedelta(days=day),
        documents=(),
        references=(),
        updated_at=START + timedelta(days=float(str(updated))) if updated is not None else None,
    )
    if code in ("DEPA", "ARRI"):
        return TransportEvent(header, call)
    box = other.get("box", BOX)
    return EquipmentEvent(header, box, laden, call.location, call)  # type: ignore[arg-type]


def told(*whats: Event | EventRetraction) -> list[Told]:
    return [Told(CARRIER, what) for what in whats]


def codes(story: Story) -> list[str]:
    return [each.header.code for each in story.counted]


WHOLE = [
    event("GTOT", 0, laden=False),
    event("STUF", 1),
    event("GTIN", 2),
    event("LOAD", 3),
    event("DEPA", 3.5),
    event("ARRI", 35),
    event("DISC", 36),
    event("GTOT", 37),
    event("STRP", 38),
]


def test_a_whole_life_in_its_order_counts_whole() -> None:
    story = story_of(told(*WHOLE), NOW, SHIPMENT)
    assert story.counted == tuple(WHOLE)
    assert story.flags == ()


@pytest.mark.parametrize(
    ("stray", "word"),
    [
        (event("GTIN", 2, classifier="PLN"), "only ACT counts"),
        (event("GTIN", 61), "in the future"),
        (event("LOAD", 3, place=POD), "is at NLRTM"),
        (event("LOAD", 3, vessel="Other Star"), "names MERIDIAN AURORA"),
        (event("LOAD", 3, voyage="047W"), "names 046W"),
        (event("LOAD", 6), "has it on board"),
    ],
)
def test_what_cannot_be_is_kept_and_flagged_with_the_reason(stray: Event, word: str) -> None:
    story = story_of(told(stray), NOW, SHIPMENT)
    assert story.counted == ()
    assert word in story.flags[0].why


def test_one_stray_event_among_many_is_flagged_and_the_others_count() -> None:
    stray = event("GTIN", 37.5)
    story = story_of(told(event("LOAD", 3), event("DISC", 36), event("GTOT", 37), stray), NOW)
    assert [flag.event for flag in story.flags] == [stray]
    assert "contradicts" in story.flags[0].why


def test_of_two_events_that_contradict_each_other_neither_is_chosen() -> None:
    story = story_of(told(event("LOAD", 2), event("GTIN", 3)), NOW, SHIPMENT)
    assert story.counted == ()
    assert len(story.flags) == 2


def test_departure_after_arrival_counts_as_neither() -> None:
    story = story_of(told(event("DEPA", 35), event("ARRI", 30)), NOW, SHIPMENT)
    assert story.counted == ()


def test_loading_after_the_departure_is_flagged_and_the_departure_counts() -> None:
    bill = dataclasses.replace(SHIPMENT, on_board_on=None)
    story = story_of(told(event("DEPA", 3), event("LOAD", 4)), NOW, bill)
    assert codes(story) == ["DEPA"]
    assert "after the departure" in story.flags[0].why


def test_containers_are_judged_apart() -> None:
    story = story_of(told(event("LOAD", 2), event("GTIN", 3, box=OTHER_BOX)), NOW, SHIPMENT)
    assert codes(story) == ["LOAD", "GTIN"]


def test_later_update_stands_and_retraction_discards_what_came_before_it() -> None:
    first, second = event("GTIN", 2, id="a", updated=2), event("GTIN", 2.5, id="a", updated=4)
    assert standing_events(told(second, first))[0] == (second,)
    gone = EventRetraction("a", START + timedelta(days=3), "")
    assert standing_events(told(first, gone)) == ((), frozenset({"a"}))
    assert standing_events(told(gone, second, first)) == ((second,), frozenset())


def test_same_id_of_another_party_is_another_event() -> None:
    one, other = event("GTIN", 2, id="a"), event("GTIN", 3, id="a")
    standing, _ = standing_events([Told("BMLX", one), Told("OTHR", other)])
    assert len(standing) == 2


def test_two_versions_of_one_moment_are_refused() -> None:
    one, other = event("GTIN", 2, id="a", updated=5), event("GTIN", 3, id="a", updated=5)
    with pytest.raises(ValueError, match="in two ways"):
        standing_events(told(one, other))


whats = st.one_of(
    st.builds(
        event,
        st.sampled_from(["GTIN", "LOAD", "DEPA", "ARRI", "DISC", "GTOT", "STUF"]),
        st.integers(0, 6),
        id=st.sampled_from("abcdef"),
        updated=st.integers(0, 1000),
        box=st.sampled_from([BOX, OTHER_BOX]),
        laden=st.booleans(),
    ),
    st.builds(
        EventRetraction,
        st.sampled_from("abcdef"),
        st.integers(0, 1000).map(lambda day: START + timedelta(days=day)),
        st.just(""),
    ),
)


def moment(what: Event | EventRetraction) -> object:
    return what.updated_at if isinstance(what, EventRetraction) else what.header.updated_at


@given(st.lists(whats, max_size=10, unique_by=moment), st.data())
def test_order_and_repetition_make_no_difference(
    everything: list[Event | EventRetraction], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(everything))
    again = data.draw(st.lists(st.sampled_from(everything), max_size=4)) if everything else []
    one = story_of(told(*everything), NOW, SHIPMENT)
    assert story_of(told(*shuffled, *again), NOW, SHIPMENT) == one
    assert {flag.event for flag in one.flags}.isdisjoint(one.counted)


@given(st.lists(whats, max_size=10, unique_by=moment))
def test_what_counts_never_contradicts_itself(everything: list[Event | EventRetraction]) -> None:
    story = story_of(told(*everything), NOW)
    order = ["GTIN", "LOAD", "DISC"]
    for box in (BOX, OTHER_BOX):
        its = [
            order.index(each.header.code)
            for each in story.counted
            if isinstance(each, EquipmentEvent)
            and (each.equipment, each.is_laden) == (box, True)
            and each.header.code in order
        ]
        assert its == sorted(its) or _simultaneous(story)


def _simultaneous(story: Story) -> bool:
    moments = [each.header.occurred_at for each in story.counted]
    return len(set(moments)) < len(moments)
