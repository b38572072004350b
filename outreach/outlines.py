"""Outlines of areas out of a GeoJSON file, as the bureau's mapping office or a map site hands them out."""

import json
from collections.abc import Iterator
from typing import Any

from core.refusals import Refusal
from outreach.choices import Coordinates
from outreach.rules.doctor_map import Ring, simplified
from outreach.rules.places import wgs84_of

MAX_BYTES = 50 * 1024 * 1024
MAX_POINTS = 300  # of a ring; a map on a telephone shows no more
_CODES = ("code", "adcode", "区划代码", "id")


class CannotReadOutlines(Refusal):
    """The file is no collection of outlines."""


def read_outlines(raw: bytes, *, system: Coordinates) -> dict[str, list[Ring]]:
    """Area code (6, 9 or 12 digits, trailing zeros of longer codes cut off) -> rings in WGS-84.

    Raises:
        CannotReadOutlines: too large, no GeoJSON, or without codes.
    """
    if len(raw) > MAX_BYTES:
        raise CannotReadOutlines("outlines_too_large", "文件超过50MB，请先简化轮廓。")
    try:
        read = json.loads(raw)
        found = {code: rings for one in read["features"] for code, rings in _outline(one, system)}
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise CannotReadOutlines(
            "no_outlines", "文件不是 GeoJSON 轮廓文件（FeatureCollection），请重新导出。"
        ) from error
    if not found:
        raise CannotReadOutlines(
            "outlines_without_codes", "文件里的轮廓没有区划代码（属性 code 或 adcode），无法对应。"
        )
    return found


def _outline(feature: dict[str, Any], system: Coordinates) -> Iterator[tuple[str, list[Ring]]]:
    properties = feature.get("properties") or {}
    code = next((str(properties[one]) for one in _CODES if properties.get(one)), "")
    shape = feature["geometry"]
    polygons = {"Polygon": lambda: [shape["coordinates"]], "MultiPolygon": lambda: shape["coordinates"]}
    if code.isdigit() and shape["type"] in polygons:
        rings = [_ring(ring, system) for polygon in polygons[shape["type"]]() for ring in polygon]
        yield _area_code(code), [simplified(ring, most=MAX_POINTS) for ring in rings]


def _ring(points: list[list[float]], system: Coordinates) -> Ring:
    ring = [(float(point[0]), float(point[1])) for point in points]
    if any(not (-180 <= east <= 180 and -90 <= north <= 90) for east, north in ring):
        raise ValueError("not in degrees")
    if system == Coordinates.GCJ02:
        turned = (wgs84_of(north, east) for east, north in ring)
        ring = [(east, north) for north, east in turned]
    return [(round(east, 5), round(north, 5)) for east, north in ring]


def _area_code(code: str) -> str:
    """371002000000 -> 371002, 371002001000 -> 371002001."""
    for length in (6, 9):
        if len(code) > length and set(code[length:]) == {"0"}:
            return code[:length]
    return code[:12]
