"""Where something is, and how near somebody was. Pure.

Phones tell WGS-84; the maps of Chinese companies show GCJ-02, which lies up to some 700 meters beside it. What is typed
from a map is converted once, when it is entered; from then on there is WGS-84 only.
"""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from math import pi as PI

from outreach.choices import Coordinates, PlaceGrade

_AXIS, _FLATNESS = 6378245.0, 0.00669342162296594323  # of the ellipsoid of Krasovsky, as GCJ-02 uses it
_EARTH_M = 6371008.8
_EXACT = 1e-9  # degrees: a tenth of a millimeter
_DIGITS = 6  # of a stored degree: eleven centimeters


@dataclass(frozen=True)
class Place:
    """Degrees in WGS-84; ``accuracy_m`` is the radius that the phone gave, None where nobody measured."""

    latitude: float
    longitude: float
    accuracy_m: int | None = None


def place_from(latitude: float, longitude: float, system: Coordinates) -> Place:
    """A place as it is stored, from what was entered."""
    if system == Coordinates.GCJ02:
        latitude, longitude = wgs84_of(latitude, longitude)
    return Place(round(latitude, _DIGITS), round(longitude, _DIGITS))


def gcj02_of(latitude: float, longitude: float) -> tuple[float, float]:
    """WGS-84 to GCJ-02; outside of China both are the same."""
    if not _is_in_china(latitude, longitude):
        return latitude, longitude
    north, east = _shift(longitude - 105.0, latitude - 35.0)
    turn = radians(latitude)
    curve = 1 - _FLATNESS * sin(turn) ** 2
    north = north * 180.0 / (_AXIS * (1 - _FLATNESS) / (curve * sqrt(curve)) * PI)
    east = east * 180.0 / (_AXIS / sqrt(curve) * cos(turn) * PI)
    return latitude + north, longitude + east


def wgs84_of(latitude: float, longitude: float) -> tuple[float, float]:
    """GCJ-02 to WGS-84. There is no formula for it: the guess is mended until it leads back."""
    north, east = latitude, longitude
    for _ in range(30):
        shown = gcj02_of(north, east)
        off_north, off_east = shown[0] - latitude, shown[1] - longitude
        if abs(off_north) < _EXACT and abs(off_east) < _EXACT:
            break
        north, east = north - off_north, east - off_east
    return north, east


def distance_m(one: Place, other: Place) -> float:
    """Meters on the globe."""
    a, b = radians(one.latitude), radians(other.latitude)
    half = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(other.longitude - one.longitude) / 2) ** 2
    return 2 * _EARTH_M * asin(sqrt(min(1.0, half)))


def grade_of(here: Place | None, there: Place | None, *, there_m: int, near_m: int) -> PlaceGrade:
    """How well a phone's place speaks for having been somewhere (P2).

    A measurement coarser than ``near_m`` says nothing, one coarser than ``there_m`` no more than "near".

    Args:
        there_m, near_m: meters, as the policy has them.
    """
    if here is None or there is None:
        return PlaceGrade.NONE
    coarse = here.accuracy_m or 0
    if coarse > near_m:
        return PlaceGrade.NONE
    away = distance_m(here, there)
    if away <= there_m and coarse <= there_m:
        return PlaceGrade.THERE
    return PlaceGrade.NEAR if away <= near_m else PlaceGrade.FAR


def _is_in_china(latitude: float, longitude: float) -> bool:
    """The box in which the maps are shifted."""
    return 0.8293 <= latitude <= 55.8271 and 72.004 <= longitude <= 137.8347


def _shift(x: float, y: float) -> tuple[float, float]:
    """Meters north and east by which the map is shifted, as published; x and y are degrees east and north of 35 N 105 E."""
    both = sqrt(abs(x))
    wave = 20.0 * sin(6.0 * x * PI) + 20.0 * sin(2.0 * x * PI)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * both
    north += (wave + 20.0 * sin(y * PI) + 40.0 * sin(y / 3.0 * PI)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * PI) + 320.0 * sin(y * PI / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * both
    east += (wave + 20.0 * sin(x * PI) + 40.0 * sin(x / 3.0 * PI)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * PI) + 300.0 * sin(x / 30.0 * PI)) * 2.0 / 3.0
    return north, east
