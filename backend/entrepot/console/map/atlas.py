"""The outline of the world and of its countries, from Natural Earth by way of npm's `world-atlas`.

The file is TopoJSON: borders are kept once, as arcs of small steps on a grid, and a shape names the
arcs that it goes round. Read here in the little that the file uses of it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from typing import Any

from babel.core import get_global

from entrepot.console.language import HERE

FILE = HERE / "node_modules" / "world-atlas" / "countries-110m.json"

ROUND = 360
"""Degrees."""
Point = tuple[float, float]
"""Longitude and latitude in degrees; on a flat map, how far to the right and how far down."""
Ring = tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Atlas:
    """A ring over the date line goes on past 180 degrees, so that it can be drawn in one go.

    countries: by ISO 3166-1 alpha-2, each with its largest ring first. The smallest countries,
    Singapore and Hong Kong among them, have no shape at this scale."""

    land: tuple[Ring, ...]
    countries: Mapping[str, tuple[Ring, ...]]


@cache
def atlas() -> Atlas:
    """The world, read once a process."""
    return decode(json.loads(FILE.read_bytes()))


def decode(topology: Mapping[str, Any]) -> Atlas:
    """The shapes of a topology with the objects `land` and `countries`, whose ids are ISO 3166-1
    numbers; a territory without a number of its own is land, and no country."""
    arcs = [_arc(arc, topology["transform"]) for arc in topology["arcs"]]
    objects = topology["objects"]
    letters = get_global("territory_aliases")
    countries = {
        letters[shape["id"]][0]: _largest_first(_rings(shape, arcs))
        for shape in objects["countries"]["geometries"]
        if shape.get("id") in letters
    }
    return Atlas(tuple(_rings(objects["land"], arcs)), countries)


def _arc(steps: Sequence[Sequence[int]], transform: Mapping[str, Sequence[float]]) -> Ring:
    """Steps from point to point on the grid, as degrees."""
    (wide, high), (west, south) = transform["scale"], transform["translate"]
    across = accumulate(step[0] for step in steps)
    up = accumulate(step[1] for step in steps)
    return tuple((x * wide + west, y * high + south) for x, y in zip(across, up, strict=True))


def _rings(shape: Mapping[str, Any], arcs: Sequence[Ring]) -> Iterator[Ring]:
    match shape["type"]:
        case "GeometryCollection":
            for each in shape["geometries"]:
                yield from _rings(each, arcs)
        case "MultiPolygon":
            yield from (_ring(ring, arcs) for polygon in shape["arcs"] for ring in polygon)
        case "Polygon":
            yield from (_ring(ring, arcs) for ring in shape["arcs"])
        case other:
            raise ValueError(f"{other} has no outline")


def _ring(numbers: Sequence[int], arcs: Sequence[Ring]) -> Ring:
    """Arcs end to end, each beginning where the one before ends; ~n is arc n backwards."""
    points: list[Point] = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += arc[1:] if points else arc
    whole = unwrapped(points)
    middle = (min(x for x, _ in whole) + max(x for x, _ in whole)) / 2
    turns = round(middle / ROUND)
    return tuple((x - turns * ROUND, y) for x, y in whole)


def _largest_first(rings: Iterator[Ring]) -> tuple[Ring, ...]:
    return tuple(sorted(rings, key=_area, reverse=True))


def _area(ring: Ring) -> float:
    """In square degrees, near enough to tell the mainland from an island."""
    return abs(sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in pairwise(ring))) / 2


def unwrapped(places: Iterable[Point]) -> Ring:
    """The same places, each within half a world of the one before: past 180 degrees if need be."""
    found: list[Point] = []
    for longitude, latitude in places:
        turns = round((found[-1][0] - longitude) / ROUND) if found else 0
        found.append((longitude + turns * ROUND, latitude))
    return tuple(found)
