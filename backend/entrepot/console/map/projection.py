"""From the globe to a flat map, and from the map to the piece of it that is shown.

Miller's projection: upright like Mercator's, without its giants in the north. How far to the right
a place lies is its longitude alone, so a way over the date line is drawn by going on past 180
degrees, over the same world once more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, degrees, floor, log, pi, radians, tan

from entrepot.console.map.atlas import ROUND, Point

WIDTH, HEIGHT = 640, 280
MARGIN = 48
"""Around what is shown; a port's name has to fit in."""
SPAN_MIN = 50
"""Degrees across: nearer than that the coasts of this atlas are all corners."""
OVERHANG = 12
"""Degrees by which Siberia, in one piece, is drawn past the edge of its world."""
TOP, BOTTOM = -115.0, 80.0
"""Of the map: about 84 degrees north and 66 south; nobody ships goods beyond."""


def flat(place: Point) -> Point:
    """Where a place is on the map, in degrees: to the right of Greenwich, down from the equator."""
    longitude, latitude = place
    return longitude, -1.25 * degrees(log(tan(pi / 4 + 0.4 * radians(latitude))))


@dataclass(frozen=True, slots=True)
class Frame:
    """The piece of the map that is shown, in WIDTH by HEIGHT. scale: of a degree across."""

    left: float
    top: float
    scale: float

    def at(self, point: Point) -> Point:
        """A point of the map in the frame."""
        return (point[0] - self.left) * self.scale, (point[1] - self.top) * self.scale

    @property
    def worlds(self) -> range:
        """Which worlds are seen, side by side: 0 is ours, 1 the one to its right."""
        reach = ROUND / 2 + OVERHANG
        first = ceil((self.left - reach) / ROUND)
        last = floor((self.left + WIDTH / self.scale + reach) / ROUND)
        return range(first, last + 1)


def framing(points: Sequence[Point]) -> Frame:
    """The smallest frame of our proportions with all points of the map in it, and a margin."""
    across = [x for x, _ in points]
    down = [y for _, y in points]
    scale = min(
        (WIDTH - 2 * MARGIN) / max(max(across) - min(across), SPAN_MIN),
        (HEIGHT - 2 * MARGIN) / max(max(down) - min(down), 1),
    )
    scale = max(scale, HEIGHT / (BOTTOM - TOP))
    left = (max(across) + min(across) - WIDTH / scale) / 2
    top = (max(down) + min(down) - HEIGHT / scale) / 2
    return Frame(left, min(max(top, TOP), BOTTOM - HEIGHT / scale), scale)
