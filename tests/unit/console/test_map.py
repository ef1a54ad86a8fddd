"""The map of a voyage: the atlas as it is read, the projection, and what is drawn of a voyage."""

from math import isclose

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from entrepot.console.map import atlas, drawing, sea
from entrepot.console.map.atlas import ROUND, Point, Ring
from entrepot.console.map.projection import HEIGHT, WIDTH, flat, framing
from entrepot.views.values import Party
from entrepot.views.voyages import VoyageView

GRAIN = 1e-6
PLACES = st.tuples(st.floats(-180, 180), st.floats(-66, 84))


def voyage(
    countries: str = "CNNL",
    ports: tuple[str | None, str | None] = ("CNNGB", "NLRTM"),
    told: tuple[str, ...] = (),
    held_in: tuple[str, ...] = (),
) -> VoyageView:
    return VoyageView(
        order_id="0x01",
        reference="PO-1",
        voyage_id="0x02",
        carrier=Party("CARRIER", "Carrier", ""),
        origin=countries[:2],
        destination=countries[2:],
        loading=ports[0],
        discharge=ports[1],
        reached=None,
        told=dict.fromkeys(told),
        held_in=frozenset(held_in),
    )


def box(ring: Ring) -> tuple[float, float, float, float]:
    across, up = [x for x, _ in ring], [y for _, y in ring]
    return min(across), min(up), max(across), max(up)


def test_atlas_has_the_countries_where_they_are() -> None:
    world = atlas.atlas()
    assert len(world.countries) == 174
    assert len(world.land) == 125
    west, south, east, north = box(world.countries["NL"][0])
    assert (round(west), round(south), round(east), round(north)) == (3, 51, 7, 54)
    assert box(world.countries["FR"][0])[0] > -6, "France is the mainland first, not Guiana"


def test_country_over_the_date_line_is_in_one_piece() -> None:
    west, _, east, _ = box(atlas.atlas().countries["RU"][0])
    assert (round(west), round(east)) == (27, 190)


@pytest.mark.parametrize("country", ["SG", "HK", "XX"])
def test_country_too_small_for_the_atlas_has_no_shape(country: str) -> None:
    assert country not in atlas.atlas().countries


def test_arcs_are_joined_and_turned_round() -> None:
    topology = {
        "transform": {"scale": [1, 2], "translate": [10, 20]},
        "arcs": [[[0, 0], [4, 0]], [[0, 0], [0, 3], [4, -3]]],
        "objects": {
            "countries": {"geometries": [{"type": "Polygon", "id": "528", "arcs": [[0, ~1]]}]},
            "land": {"type": "MultiPolygon", "arcs": [[[0, ~1]]]},
        },
    }
    ring = ((10, 20), (14, 20), (10, 26), (10, 20))
    assert atlas.decode(topology) == atlas.Atlas((ring,), {"NL": (ring,)})


@given(st.lists(PLACES, min_size=1, max_size=8))
def test_whatever_is_shown_is_in_the_frame(places: list[Point]) -> None:
    route = atlas.unwrapped(places)
    frame = framing([flat(place) for place in route])
    assume(max(one for one, _ in route) - min(one for one, _ in route) <= ROUND)
    for place in route:
        x, y = frame.at(flat(place))
        assert -GRAIN <= x <= WIDTH + GRAIN
        assert -GRAIN <= y <= HEIGHT + GRAIN


@given(PLACES, PLACES)
def test_map_keeps_north_above_and_east_to_the_right(one: Point, other: Point) -> None:
    (x, y), (other_x, other_y) = flat(one), flat(other)
    assert (x < other_x) == (one[0] < other[0])
    assert y >= other_y or one[1] >= other[1]
    assert isclose(flat((x, 0))[1], 0, abs_tol=1e-9)


def test_two_ports_are_joined_by_the_way_at_sea() -> None:
    drawn = drawing.sketch(voyage())
    assert drawn is not None
    assert drawn.length_nm == 10_500
    assert [(mark.port.name, mark.reached) for mark in drawn.marks] == [
        ("Ningbo", "open"),
        ("Rotterdam", "open"),
    ]
    start, end = (f"{mark.x:.1f},{mark.y:.1f}" for mark in drawn.marks)
    assert drawn.points.startswith(start)
    assert drawn.points.endswith(end)
    assert all(0 < mark.x < WIDTH and 0 < mark.y < HEIGHT for mark in drawn.marks)
    assert len(drawn.points) < 3_000
    assert drawn.countries == (), "a port says more than its country's shape"


def test_way_across_the_pacific_goes_on_past_the_date_line() -> None:
    drawn = drawing.sketch(voyage("CNUS", ("CNNGB", "USLAX")))
    assert drawn is not None
    across = [float(point.partition(",")[0]) for point in drawn.points.split()]
    assert across[0] < across[-1]
    assert max(one - last for one, last in zip(across[1:], across, strict=False)) < WIDTH / 4
    assert drawn.worlds == (0, 3600), "America is drawn to the right of Asia"


@pytest.mark.parametrize(
    ("told", "at_sea", "reached"),
    [
        ((), "ahead", ["open", "open"]),
        (("LOADED",), "ahead", ["ok", "open"]),
        (("VESSEL_DEPARTED",), "under-way", ["ok", "open"]),
        (("VESSEL_DEPARTED", "VESSEL_ARRIVED"), "arrived", ["ok", "ok"]),
    ],
)
def test_map_says_how_far_the_facts_go(
    told: tuple[str, ...], at_sea: str, reached: list[str]
) -> None:
    drawn = drawing.sketch(voyage(told=told))
    assert drawn is not None
    assert (drawn.at_sea, [mark.reached for mark in drawn.marks]) == (at_sea, reached)


def test_hold_stands_at_the_port_of_the_country_whose_customs_hold() -> None:
    drawn = drawing.sketch(voyage(told=("VESSEL_ARRIVED",), held_in=("NL",)))
    assert drawn is not None
    assert [mark.reached for mark in drawn.marks] == ["ok", "bad"]


def test_without_ports_the_countries_are_shown_and_no_way() -> None:
    drawn = drawing.sketch(voyage(ports=(None, None)))
    assert drawn is not None
    assert (drawn.points, drawn.marks, len(drawn.countries)) == ("", (), 2)


def test_countries_are_shown_side_by_side_the_shorter_way_round() -> None:
    drawn = drawing.sketch(voyage("CNUS", (None, None)))
    assert drawn is not None
    assert drawn.worlds == (0, 3600)


def test_port_without_a_place_is_not_put_anywhere() -> None:
    drawn = drawing.sketch(voyage(ports=("CNNGB", "NLXXX")))
    assert drawn is not None
    assert [mark.port.code for mark in drawn.marks] == ["CNNGB"]
    assert drawn.points == ""


@pytest.mark.parametrize("code", ["CRSJO", "ZAPOR", "CHERN", "IDCHN"])
def test_port_that_the_list_puts_into_another_country_is_not_put_anywhere(code: str) -> None:
    """San Jose is in Asia there, by a sign; Zaporizhzhia in South Africa, by its first letters."""
    assert sea.port(code) is None


@pytest.mark.parametrize("code", ["ESLPA", "PTADH", "JPNAH", "USHNL", "SGSIN", "FJSUV"])
def test_port_of_an_island_of_its_country_is_where_it_is(code: str) -> None:
    assert sea.port(code) is not None


def test_small_country_is_on_the_map_by_its_port_alone() -> None:
    assert drawing.sketch(voyage("CNSG", (None, None))) is None
    drawn = drawing.sketch(voyage("CNSG", (None, "SGSIN")))
    assert drawn is not None
    assert [mark.port.name for mark in drawn.marks] == ["Singapore"]


def test_any_port_can_be_shown() -> None:
    for code in list(sea._ports())[::25]:
        assert sea.port(code) is not None
        assert drawing.sketch(voyage(ports=(code, None))) is not None, code


def test_the_outline_of_the_land_is_light() -> None:
    assert 15_000 < len(drawing.land()) < 25_000
