"""How much text goes on a sheet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules.posters import A3, A4, MORE, lines_of, plans, shares, shortened, width_of

TEXTS = st.text(alphabet="家庭医生 \n-1a，。", max_size=300)


@pytest.mark.parametrize(
    ("text", "lines"),
    [("", 0), ("一", 1), ("一" * 10, 1), ("一" * 11, 2), ("一\n\n二", 2), ("- " + "一" * 9, 2), ("a" * 17, 1), ("a" * 18, 2)],
)  # fmt: skip
def test_lines_of_a_column_of_ten(text, lines):
    assert lines_of(text, 10) == lines


def test_a_latin_letter_is_little_more_than_half():
    assert width_of("家a") == pytest.approx(1.56)


@pytest.mark.parametrize(
    ("wanted", "capacity", "found"),
    [
        ([2, 2, 2], 9, [2, 2, 2]),
        ([2, 20, 20], 12, [2, 5, 5]),
        ([20, 2, 20], 12, [5, 2, 5]),
        ([9, 9, 9], 2, [1, 1, 1]),
        ([0, 5], 3, [1, 2]),
        ([], 5, []),
    ],
)
def test_who_wants_little_gets_it_and_the_rest_is_shared(wanted, capacity, found):
    assert shares(wanted, capacity) == found


@given(st.lists(st.integers(0, 200), min_size=1, max_size=12), st.integers(0, 300))
def test_shares_never_exceed_what_there_is(wanted, capacity):
    found = shares(wanted, capacity)
    assert sum(found) <= max(capacity, len(wanted))
    assert all(1 <= one <= max(want, 1) for one, want in zip(found, wanted, strict=True))


def test_what_fits_stays_whole():
    assert shortened("一二三", lines=1, letters=10) == "一二三"


def test_what_is_cut_says_where_the_rest_is():
    assert shortened("一" * 100, lines=2, letters=10) == "一" * 12 + MORE
    assert shortened("第一行\n第二行\n第三行", lines=2, letters=20) == f"第一行\n第二行{MORE}"


def test_a_cut_does_not_end_in_a_comma():
    assert shortened("一，" * 30, lines=2, letters=10).endswith(f"一{MORE}")


@given(TEXTS, st.integers(1, 20), st.integers(10, 40))
def test_a_cut_text_never_takes_more_lines(text, lines, letters):
    assert lines_of(shortened(text, lines=lines, letters=letters), letters) <= lines


def test_little_text_begins_with_the_largest_letters():
    assert next(plans(["一二三"] * 10, A4)).step == 0


def test_much_text_is_cut_at_once():
    first = next(plans(["一" * 2000] * 10, A4))
    assert (first.step, sum(first.lines)) == (4, A4[-1].lines)


def test_a3_has_smaller_letters_before_it_cuts():
    texts = ["一" * 250] * 10
    assert next(plans(texts, A4)).lines is not None
    plan = next(plans(texts, A3))
    assert (plan.step, plan.lines) == (5, None)


@given(st.lists(TEXTS, min_size=10, max_size=11))
def test_there_is_always_a_plan_and_each_is_smaller(texts):
    found = list(plans(texts, A4))
    assert found[-1].lines is not None
    whole = [one.step for one in found if one.lines is None]
    assert whole == sorted(set(whole))
    cut = [sum(one.lines) for one in found if one.lines is not None]
    assert cut == sorted(cut, reverse=True)
