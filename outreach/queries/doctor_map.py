"""The doctor map (S0-36): where teams and service points are, for everybody. Nothing here is about a resident."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from grids.choices import AreaLevel, GridLevel
from grids.models import Area, AreaOutline, Grid, GridResponsibility
from outreach.models import ServicePoint
from outreach.rules.doctor_map import Box, Ring, Sheet, middle_of, sheet_over, tiles
from teams.models import Team

_TILE_HEIGHT = 900.0
_LETTER = 48.0  # width of a letter of a name on a drawing of 1000
_OUTLINED = 0.5  # of the areas must have an outline, else a map would show holes


@dataclass(frozen=True)
class Shape:
    """An area as it is drawn.

    Attributes:
        path: ``d`` of an SVG path, "" where it is a tile or only listed. label: its name, cut to what fits.
        x, y: where the name stands.
    """

    area: Area
    teams: int
    points: int
    path: str
    box: Box | None
    x: float
    y: float
    label: str

    @property
    def is_drawn(self) -> bool:
        return bool(self.path or self.box)


@dataclass(frozen=True)
class Dot:
    """A service point on the drawing."""

    point: ServicePoint
    x: float
    y: float


@dataclass(frozen=True)
class Place:
    """A line of the list beside it: a village with its teams and points."""

    area: Area
    grids: tuple[Grid, ...]
    teams: tuple[Team, ...]
    points: tuple[ServicePoint, ...]


@dataclass(frozen=True)
class Drawing:
    """
    Attributes:
        is_true: real outlines; otherwise tiles whose size is that of the number of grids.
    """

    height: float
    is_true: bool
    shapes: tuple[Shape, ...]
    dots: tuple[Dot, ...]


@dataclass(frozen=True)
class DoctorMap:
    """A drawing with the list beside it; ``places`` only inside a township."""

    area: Area
    drawing: Drawing
    places: tuple[Place, ...]
    teams: int
    points: int


def district_map(*, on: date) -> DoctorMap | None:
    """The townships of the district; None before any area is loaded. Six queries."""
    district = Area.objects.filter(level=AreaLevel.DISTRICT).order_by("code").first()
    return _map_of(district, on=on) if district else None


def township_map(code: str, *, on: date) -> DoctorMap | None:
    """The villages of a township, with teams and points by name; None for an unknown code. Seven queries."""
    township = Area.objects.filter(level=AreaLevel.TOWNSHIP, code=code).first()
    return _map_of(township, on=on) if township else None


def _map_of(above: Area, *, on: date) -> DoctorMap:
    areas = list(
        above.children.filter(Q(valid_to=None) | Q(valid_to__gte=on), valid_from__lte=on).order_by("code")
    )
    grids = list(
        Grid.objects.open_on(on)
        .filter(code__startswith=above.code)  # a micro-grid may have a team of its own
        .select_related("village")
        .order_by("code")
    )
    held = dict(
        GridResponsibility.objects.standing_on(on)
        .filter(grid__in=grids, team__institution__is_active=True)
        .values_list("grid", "team")
    )
    points = list(
        ServicePoint.objects.open_on(on)
        .filter(grid__code__startswith=above.code)
        .select_related("grid")
        .order_by("name")
    )
    drawing = _drawing(areas, grids, held, points)
    is_township = above.level == AreaLevel.TOWNSHIP
    places = _places(areas, grids, held, points) if is_township else ()
    return DoctorMap(above, drawing, places, len(set(held.values())), len(points))


def _drawing(
    areas: Sequence[Area], grids: Sequence[Grid], held: dict[int, int], points: Sequence[ServicePoint]
) -> Drawing:
    length = len(areas[0].code) if areas else 0
    teams = {area.code: len({held[one.pk] for one in grids if one.code[:length] == area.code and one.pk in held})
             for area in areas}  # fmt: skip
    served = Counter(one.grid.code[:length] for one in points)
    outlines = dict(AreaOutline.objects.filter(area__in=areas).values_list("area", "rings"))
    counts = [(area, teams[area.code], served[area.code]) for area in areas]
    if len(outlines) > _OUTLINED * len(areas):
        return _true(counts, outlines, points)
    sizes = Counter(one.code[:length] for one in grids if one.level == GridLevel.GRID)
    boxes = tiles([sizes[area.code] for area in areas], height=_TILE_HEIGHT)
    shapes = [
        Shape(
            *one,
            "",
            box,
            round(box.x + box.width / 2, 1),
            round(box.y + box.height / 2, 1),
            _fit(one[0], box),
        )
        for one, box in zip(counts, boxes, strict=True)
    ]
    return Drawing(_TILE_HEIGHT, False, tuple(shapes), ())


def _fit(area: Area, box: Box) -> str:
    """As much of a name as its tile has room for; the whole stands in its title."""
    letters = int(box.width / _LETTER)
    if box.height < _LETTER or letters < 2:
        return ""
    return area.name if len(area.name) <= letters else f"{area.name[: letters - 1]}…"


def _true(
    counts: Sequence[tuple[Area, int, int]], outlines: dict[int, list[Ring]], points: Sequence[ServicePoint]
) -> Drawing:
    located = [one for one in points if one.longitude is not None and one.latitude is not None]
    sheet = sheet_over([one for rings in outlines.values() for ring in rings for one in ring])
    shapes = []
    for one in counts:
        rings = outlines.get(one[0].pk)
        if not rings:  # not drawn, but in the list beside the drawing
            shapes.append(Shape(*one, "", None, 0, 0, ""))
            continue
        x, y = sheet.place(*middle_of(max(rings, key=len)))
        shapes.append(Shape(*one, sheet.path(rings), None, x, y, one[0].name))
    return Drawing(sheet.height, True, tuple(shapes), tuple(_dots(sheet, located)))


def _dots(sheet: Sheet, points: Iterable[ServicePoint]) -> Iterable[Dot]:
    """Those that lie on the sheet: a place typed wrongly stands on no map."""
    for one in points:
        x, y = sheet.place(float(one.longitude), float(one.latitude))  # type: ignore[arg-type]
        if 0 <= x <= 1000 and 0 <= y <= sheet.height:
            yield Dot(one, x, y)


def _places(
    areas: Sequence[Area], grids: Sequence[Grid], held: dict[int, int], points: Sequence[ServicePoint]
) -> tuple[Place, ...]:
    teams = Team.objects.select_related("institution").in_bulk(set(held.values()))
    found = []
    for area in areas:
        own = [one for one in grids if one.village_id == area.pk]
        named = dict.fromkeys(held[one.pk] for one in own if one.pk in held)
        served = [one for one in points if one.grid.village_id == area.pk]
        found.append(Place(area, tuple(own), tuple(teams[one] for one in named), tuple(served)))
    return tuple(found)
