"""Where ports are, and the usual way by sea from one to another: both from `searoute`.

The way is the shortest one along the lanes that ships use. It is for the eye: nobody has told that
a vessel sailed it.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from entrepot.console.map.atlas import ROUND, Point, Ring, atlas

WAYS_KEPT = 256
FAR = 19
"""Degrees from a country's shape; the Azores are nearer, and what the list of ports has wrong is
farther. The few islands that are farther yet are left out with it."""


@dataclass(frozen=True, slots=True)
class Port:
    """code: its UN/LOCODE."""

    code: str
    name: str
    at: Point


@dataclass(frozen=True, slots=True)
class Way:
    """places: of the way, without the ports. length_nm: in nautical miles, to the hundred."""

    places: Ring
    length_nm: int


def port(code: str | None) -> Port | None:
    """None for what is no port, or none that is known by its place."""
    return _ports().get(code) if code else None


@cache
def _ports() -> dict[str, Port]:
    from searoute.data.ports_dict import node_list  # read when the first map is drawn

    nodes: list[dict[str, Any]] = list(node_list.values())
    return {
        one["port"]: Port(one["port"], one["name"], (one["x"], one["y"]))
        for one in reversed(nodes)  # the first of two that share a code stays
        if one["port"] and one["name"] and _is_near(one["port"][:2], (one["x"], one["y"]))
    }


def _is_near(country: str, place: Point) -> bool:
    """Whether a port can be of that country; any can, of one that is too small for the atlas."""
    rings = atlas().countries.get(country, ())
    return not rings or any(_is_within(ring, place) for ring in rings)


def _is_within(ring: Ring, place: Point) -> bool:
    across, up = [x for x, _ in ring], [y for _, y in ring]
    rows = (place[0] + turn for turn in (-ROUND, 0, ROUND))
    return min(up) - FAR <= place[1] <= max(up) + FAR and any(
        min(across) - FAR <= x <= max(across) + FAR for x in rows
    )


@lru_cache(WAYS_KEPT)
def way(start: Point, end: Point) -> Way | None:
    """None where no sea lies between."""
    from searoute import searoute

    found: Any = searoute(start, end, units="naut")
    places = tuple((float(x), float(y)) for x, y in found.geometry.coordinates)
    return Way(places, int(round(found.properties["length"], -2))) if len(places) > 1 else None
