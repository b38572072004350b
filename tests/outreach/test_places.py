"""Two systems of coordinates that are never mixed, and what a phone's place is worth."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.choices import Coordinates, PlaceGrade
from outreach.rules.places import Place, distance_m, gcj02_of, grade_of, place_from, wgs84_of

# Reference pairs published with the eviltransform library (github.com/googollee/eviltransform): WGS-84, GCJ-02.
PUBLISHED = [
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
]
POINT = Place(37.5, 122.12)
NORTH = 111_195.0  # meters of a degree of latitude on the sphere


def north_of(meters: float, accuracy_m: int | None = 10) -> Place:
    return Place(POINT.latitude + meters / NORTH, POINT.longitude, accuracy_m)


class TestConverting:
    @pytest.mark.parametrize(("wgs84", "gcj02"), PUBLISHED)
    def test_the_published_pairs(self, wgs84, gcj02):
        assert gcj02_of(*wgs84) == pytest.approx(gcj02, abs=1e-8)

    @pytest.mark.parametrize(("wgs84", "gcj02"), PUBLISHED)
    def test_and_back(self, wgs84, gcj02):
        assert wgs84_of(*gcj02) == pytest.approx(wgs84, abs=1e-8)

    @given(st.floats(18.2, 53.5), st.floats(73.6, 135.0))
    def test_there_and_back_all_over_china(self, latitude, longitude):
        assert wgs84_of(*gcj02_of(latitude, longitude)) == pytest.approx((latitude, longitude), abs=1e-7)

    def test_nothing_is_shifted_abroad(self):
        paris = (48.8566, 2.3522)
        assert gcj02_of(*paris) == paris
        assert wgs84_of(*paris) == paris

    def test_entered_once_and_rounded_as_stored(self):
        wgs84, gcj02 = PUBLISHED[2]
        assert place_from(*wgs84, Coordinates.WGS84) == Place(39.911954, 116.377817)
        assert place_from(*gcj02, Coordinates.GCJ02) == Place(39.911954, 116.377817)

    def test_mixing_them_would_be_half_a_kilometer(self):
        wgs84, gcj02 = PUBLISHED[2]
        assert 400 < distance_m(Place(*wgs84), Place(*gcj02)) < 700


class TestDistance:
    def test_a_degree_of_latitude(self):
        assert distance_m(Place(37.0, 122.0), Place(38.0, 122.0)) == pytest.approx(NORTH, rel=1e-4)

    def test_half_around_the_globe(self):
        assert distance_m(Place(0.0, 0.0), Place(0.0, 180.0)) == pytest.approx(math.pi * 6_371_008.8)

    def test_to_itself(self):
        assert distance_m(POINT, POINT) == 0


class TestGrade:
    @pytest.mark.parametrize(
        ("meters", "accuracy", "grade"),
        [
            (0, None, PlaceGrade.THERE),
            (99, 100, PlaceGrade.THERE),
            (101, 10, PlaceGrade.NEAR),
            (50, 101, PlaceGrade.NEAR),
            (499, 500, PlaceGrade.NEAR),
            (501, 10, PlaceGrade.FAR),
            (0, 501, PlaceGrade.NONE),
        ],
    )
    def test_by_distance_and_by_how_coarse_it_is(self, meters, accuracy, grade):
        assert grade_of(north_of(meters, accuracy), POINT, there_m=100, near_m=500) == grade

    def test_without_a_place_there_is_no_grade(self):
        assert grade_of(None, POINT, there_m=100, near_m=500) == PlaceGrade.NONE
        assert grade_of(POINT, None, there_m=100, near_m=500) == PlaceGrade.NONE
