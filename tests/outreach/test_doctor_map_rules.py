"""Drawing a district: to scale, nothing outside of the sheet, no tile over another."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules.doctor_map import WIDTH, middle_of, sheet_over, simplified, tiles

SQUARE = [(122.0, 37.0), (122.2, 37.0), (122.2, 37.1), (122.0, 37.1)]


def test_the_northwest_corner_is_at_the_top_left_and_nothing_lies_outside():
    sheet = sheet_over(SQUARE, margin=0)
    assert sheet.place(122.0, 37.1) == (0, 0)
    assert sheet.place(122.2, 37.0) == (WIDTH, sheet.height)


def test_it_is_true_to_scale():
    sheet = sheet_over(SQUARE)
    east = sheet.place(122.2, 37.05)[0] - sheet.place(122.0, 37.05)[0]
    south = sheet.place(122.1, 37.0)[1] - sheet.place(122.1, 37.1)[1]
    assert east / south == pytest.approx(2 * math.cos(math.radians(37.05)), rel=0.001)


def test_a_single_place_has_a_sheet():
    sheet = sheet_over([(122.0, 37.0)])
    x, y = sheet.place(122.0, 37.0)
    assert 0 <= x <= WIDTH
    assert 0 <= y <= sheet.height


def test_a_path_closes_each_ring():
    sheet = sheet_over(SQUARE, margin=0)
    assert sheet.path([SQUARE[:3]]) == f"M0,{sheet.height:g} {WIDTH:g},{sheet.height:g} {WIDTH:g},0Z"


def test_the_middle_of_a_square_whichever_way_it_runs():
    assert middle_of(SQUARE) == pytest.approx((122.1, 37.05))
    assert middle_of(SQUARE[::-1]) == pytest.approx((122.1, 37.05))
    assert middle_of([(1.0, 1.0), (1.0, 1.0), (1.0, 1.0)]) == (1.0, 1.0)


def test_a_circle_of_many_points_stays_round():
    circle = [(math.cos(n / 500 * math.tau), math.sin(n / 500 * math.tau)) for n in range(500)]
    fewer = simplified(circle, most=40)
    assert len(fewer) == 40
    assert set(fewer) <= set(circle)
    gaps = [math.dist(a, b) for a, b in zip(fewer, [*fewer[1:], fewer[0]], strict=True)]
    assert max(gaps) < 3 * math.tau / 40


def test_corners_are_kept_and_points_on_a_line_are_not():
    line = [(n / 100, 0.0) for n in range(100)]
    assert set(simplified([*line, (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)], most=4)) == {
        (0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0),
    }  # fmt: skip


def test_a_coast_of_very_many_points_is_bounded():
    coast = [(math.cos(n / 50_000 * math.tau), math.sin(n / 50_000 * math.tau)) for n in range(50_000)]
    assert len(simplified(coast, most=300)) == 300


@given(st.lists(st.floats(0, 1000), max_size=40))
def test_tiles_fill_the_sheet_without_lying_over_each_other(weights):
    found = tiles(weights, height=600)
    assert len(found) == len(weights)
    for box in found:
        assert box.x >= -1e-6
        assert box.y >= -1e-6
        assert box.x + box.width <= WIDTH + 1e-6
        assert box.y + box.height <= 600 + 1e-6
    if weights:
        assert sum(box.width * box.height for box in found) == pytest.approx(WIDTH * 600)
    for n, one in enumerate(found):
        for other in found[:n]:
            apart = (
                one.x >= other.x + other.width - 1e-6 or other.x >= one.x + one.width - 1e-6
                or one.y >= other.y + other.height - 1e-6 or other.y >= one.y + one.height - 1e-6
            )  # fmt: skip
            assert apart


def test_a_larger_weight_has_a_larger_tile_in_its_own_place():
    small, large = tiles([1, 3], height=600)
    assert large.width * large.height == pytest.approx(3 * small.width * small.height)


def test_one_without_weight_still_has_a_tile():
    found = tiles([0, 10, 10], height=600)
    assert found[0].width * found[0].height > 0
