"""Drawing a district: real outlines where there are any, tiles of the right size where there are none. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians

Ring = list[tuple[float, float]]  # (longitude, latitude), degrees
WIDTH = 1000.0  # of every drawing, in its own units
_THINNED = 5000  # points, before each is weighed


@dataclass(frozen=True)
class Box:
    """A rectangle of a drawing."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Sheet:
    """How degrees become places on a drawing of ``WIDTH`` by ``height``: true to scale in the middle of a district."""

    west: float
    north: float
    scale: float  # units for one degree of latitude
    squeeze: float  # a degree of longitude against one of latitude
    height: float

    def place(self, east: float, north: float) -> tuple[float, float]:
        x = (east - self.west) * self.squeeze * self.scale
        y = (self.north - north) * self.scale
        return round(x, 1), round(y, 1)

    def path(self, rings: Sequence[Ring]) -> str:
        """The ``d`` of an SVG path."""
        parts = (" ".join(f"{x:g},{y:g}" for x, y in (self.place(*one) for one in ring)) for ring in rings)
        return " ".join(f"M{part}Z" for part in parts)


def sheet_over(points: Sequence[tuple[float, float]], *, margin: float = 0.04) -> Sheet:
    """A sheet on which all these places lie, with a little room around.

    Args:
        points: (longitude, latitude); at least one.
    """
    easts, norths = [one[0] for one in points], [one[1] for one in points]
    squeeze = cos(radians((min(norths) + max(norths)) / 2))
    wide = max((max(easts) - min(easts)) * squeeze, 1e-4)
    high = max(max(norths) - min(norths), 1e-4)
    room = max(wide, high) * margin
    scale = WIDTH / (wide + 2 * room)
    west, north = min(easts) - room / squeeze, max(norths) + room
    return Sheet(west, north, scale, squeeze, round((high + 2 * room) * scale, 1))


def middle_of(ring: Ring) -> tuple[float, float]:
    """Where the name of an area stands: the centroid of its ring."""
    twice, east, north = 0.0, 0.0, 0.0
    for (x, y), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        cross = x * y2 - x2 * y
        twice, east, north = twice + cross, east + (x + x2) * cross, north + (y + y2) * cross
    if abs(twice) < 1e-12:
        return ring[0]
    return east / (3 * twice), north / (3 * twice)


def simplified(ring: Ring, *, most: int) -> Ring:
    """The ring with no more points than that, those kept that matter most (after Visvalingam and Whyatt)."""
    kept = list(ring)
    if len(kept) <= most:
        return kept
    step = len(kept) / _THINNED
    if step > 1:  # a coast of 100,000 points: thinned evenly first
        kept = [kept[int(n * step)] for n in range(_THINNED)]
    areas = [_triangle(kept, n) for n in range(len(kept))]
    while len(kept) > most:
        n = areas.index(min(areas))
        del kept[n], areas[n]
        for beside in (n - 1, n % len(kept)):
            areas[beside] = _triangle(kept, beside)
    return kept


def _triangle(ring: Ring, n: int) -> float:
    """What the ring would lose (or win) without this point."""
    a, b, c = ring[n - 1], ring[n], ring[(n + 1) % len(ring)]
    return abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]))


def tiles(weights: Sequence[float], *, width: float = WIDTH, height: float) -> list[Box]:
    """A rectangle for each weight, as near to squares as it goes, filling the whole (Bruls, Huizing, van Wijk 2000).

    Args:
        weights: none of them below zero; one of zero gets the room of the smallest share.
    """
    if not weights:
        return []
    least = max(sum(weights) / len(weights) / 20, 1e-9)
    sizes = [max(one, least) for one in weights]
    order = sorted(range(len(sizes)), key=lambda n: -sizes[n])
    unit = width * height / sum(sizes)
    boxes = _squarified([sizes[n] * unit for n in order], Box(0, 0, width, height))
    found: list[Box] = [boxes[0]] * len(sizes)
    for n, box in zip(order, boxes, strict=True):
        found[n] = box
    return found


def _squarified(areas: list[float], left: Box) -> list[Box]:
    found: list[Box] = []
    while areas:
        short = min(left.width, left.height)
        count = 1
        while count < len(areas) and _worst(areas[: count + 1], short) <= _worst(areas[:count], short):
            count += 1
        row, left = _row(areas[:count], left)
        found += row
        areas = areas[count:]
    return found


def _worst(areas: Sequence[float], short: float) -> float:
    deep = sum(areas) / short
    return max(max(deep * deep / one, one / (deep * deep)) for one in areas)


def _row(areas: Sequence[float], left: Box) -> tuple[list[Box], Box]:
    """These along the short side of what is left, and what is left then."""
    if left.width >= left.height:
        deep, at, row = sum(areas) / left.height, left.y, []
        for one in areas:
            row.append(Box(left.x, at, deep, one / deep))
            at += one / deep
        return row, Box(left.x + deep, left.y, left.width - deep, left.height)
    deep, at, row = sum(areas) / left.width, left.x, []
    for one in areas:
        row.append(Box(at, left.y, one / deep, deep))
        at += one / deep
    return row, Box(left.x, left.y + deep, left.width, left.height - deep)
