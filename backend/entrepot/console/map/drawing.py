"""What is drawn of a voyage: its ports, or its countries without, the way, and how far it is.

Only what is known. A port stands where `sea` has it, or not at all; without both of them there is
no way; where on it a vessel is, nobody has told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Literal

from entrepot.console.map.atlas import ROUND, Point, Ring, atlas, unwrapped
from entrepot.console.map.projection import HEIGHT, WIDTH, Frame, flat, framing
from entrepot.console.map.sea import Port, Way, port, way
from entrepot.views.voyages import VoyageView

GRAIN = 10
"""Steps of a coast to a degree."""
SKETCHES_KEPT = 256
SOUTH_END = -60
STEP_MIN = 2.0
"""Of a way on the map: a shorter bend is not seen."""
NAME_ABOVE, NAME_BELOW = -12.0, 24.0
NAMES_APART = (120, 30)
EDGE = 70
"""How near to the frame's side a name in the middle of its port would be cut."""

AtSea = Literal["ahead", "under-way", "arrived"]
Reached = Literal["ok", "open", "bad"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A port in the frame. reached: whether the goods were there, or customs hold them there."""

    port: Port
    reached: Reached
    x: float
    y: float
    name_y: float
    anchor: Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Sketch:
    """What a template needs to draw a voyage over `land`.

    transform: from the land's steps to the frame. worlds: how many steps to the right the land is
    drawn. countries: outlines, in the land's steps, of those whose port is not known. points: of
    the way, in the frame; "" where none is known.
    """

    transform: str
    worlds: tuple[int, ...]
    countries: tuple[str, ...]
    points: str
    length_nm: int | None
    at_sea: AtSea
    marks: tuple[Mark, ...]
    width: int = WIDTH
    height: int = HEIGHT


@cache
def land() -> str:
    """The outline of all land, as the `d` of a path in steps of a GRAIN-th of a degree."""
    return _outline(ring for ring in atlas().land if max(y for _, y in ring) > SOUTH_END)


def sketch(voyage: VoyageView) -> Sketch | None:
    """None when not even the two countries are on our map."""
    at_sea: AtSea = "ahead"
    if "VESSEL_DEPARTED" in voyage.told:
        at_sea = "under-way"
    if voyage.told.keys() & {"VESSEL_ARRIVED", "DISCHARGED"}:
        at_sea = "arrived"
    left = at_sea != "ahead" or bool(voyage.told.keys() & {"LOADED", "SHIPPED_ON_BOARD"})
    return _sketch(
        (voyage.origin, voyage.destination),
        (voyage.loading, voyage.discharge),
        at_sea,
        (
            _reached(left, voyage.origin in voyage.held_in),
            _reached(at_sea == "arrived", voyage.destination in voyage.held_in),
        ),
    )


def _reached(there: bool, held: bool) -> Reached:
    return "bad" if held else "ok" if there else "open"


@lru_cache(SKETCHES_KEPT)
def _sketch(
    countries: tuple[str, str],
    codes: tuple[str | None, str | None],
    at_sea: AtSea,
    reached: tuple[Reached, Reached],
) -> Sketch | None:
    start, end = (port(code) for code in codes)
    found = way(start.at, end.at) if start and end else None
    route = _route(start, found, end)
    shown = _shown(countries, (start, end), route)
    if shown is None:
        return None
    frame = framing(shown)
    points = _bends([frame.at(flat(place)) for place in route]) if found else []
    known: list[tuple[Port, Reached]] = [
        (one, how) for one, how in zip((start, end), reached, strict=True) if one
    ]
    ends = [*route[:1], *route[-1:]][: len(known)]
    return Sketch(
        transform=_transform(frame),
        worlds=tuple(world * ROUND * GRAIN for world in frame.worlds),
        countries=tuple(
            _outline(atlas().countries[country])
            for country, one in zip(countries, (start, end), strict=True)
            if one is None
        ),
        points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points),
        length_nm=found.length_nm if found else None,
        at_sea=at_sea,
        marks=_marks(known, [frame.at(flat(place)) for place in ends]),
    )


def _route(start: Port | None, found: Way | None, end: Port | None) -> Ring:
    """From port to port; the ports alone where no way is known."""
    between = found.places if found else ()
    ends = (start.at if start else None, *between, end.at if end else None)
    return unwrapped(each for each in ends if each)


def _shown(
    countries: tuple[str, str], ports: tuple[Port | None, Port | None], route: Ring
) -> Ring | None:
    """All that has to be in the frame: the way, and a country whole where its port is not known."""
    shown = list(route)
    for country, known in zip(countries, ports, strict=True):
        if known:
            continue
        if country not in atlas().countries:
            return None
        ring = atlas().countries[country][0]
        turns = round((_middle(shown) - _middle(ring)) / ROUND) if shown else 0
        shown += [(x + turns * ROUND, y) for x, y in ring]
    return tuple(flat(place) for place in shown)


def _middle(places: Sequence[Point]) -> float:
    return sum(x for x, _ in places) / len(places)


def _transform(frame: Frame) -> str:
    x, y = frame.at((0, 0))
    return f"translate({x:.2f} {y:.2f}) scale({frame.scale / GRAIN:.5f})"


def _marks(known: Sequence[tuple[Port, Reached]], places: Sequence[Point]) -> tuple[Mark, ...]:
    """Names stand above their ports; the lower of two that would run into each other below."""
    below = None
    if len(places) == 2:
        (x, y), (other_x, other_y) = places
        if abs(x - other_x) < NAMES_APART[0] and abs(y - other_y) < NAMES_APART[1]:
            below = 0 if y > other_y else 1
    return tuple(
        Mark(
            port=one,
            reached=how,
            x=round(x, 1),
            y=round(y, 1),
            name_y=round(y + (NAME_BELOW if place == below else NAME_ABOVE), 1),
            anchor="start" if x < EDGE else "end" if x > WIDTH - EDGE else "middle",
        )
        for place, ((one, how), (x, y)) in enumerate(zip(known, places, strict=True))
    )


def _bends(points: Sequence[Point]) -> list[Point]:
    """The line without bends that are too small to be seen."""
    kept = list(points[:1])
    for x, y in points[1:-1]:
        if abs(x - kept[-1][0]) + abs(y - kept[-1][1]) >= STEP_MIN:
            kept.append((x, y))
    return [*kept, *points[-1:]]


def _outline(rings: Iterable[Ring]) -> str:
    """As the `d` of a path in whole steps, each from the one before."""
    return "".join(_closed(ring) for ring in rings)


def _closed(ring: Ring) -> str:
    """A ring; "" for what is smaller than a step."""
    steps = [(round(x * GRAIN), round(y * GRAIN)) for x, y in map(flat, ring)]
    steps = [one for one, last in zip(steps, [None, *steps], strict=False) if one != last]
    if len(steps) < 4:
        return ""
    moves = [f"{x - was_x} {y - was_y}" for (was_x, was_y), (x, y) in pairwise(steps[:-1])]
    return f"M{steps[0][0]} {steps[0][1]}l{' '.join(moves).replace(' -', '-')}z"
