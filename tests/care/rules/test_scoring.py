import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.rules.scoring import (
    BALANCED,
    BIASED,
    QUESTIONS,
    SELF_CARE,
    computed,
    constitution,
    self_care_score,
)

ALL_ONE = dict.fromkeys(QUESTIONS, 1)


@pytest.mark.parametrize(("level", "points"), [(1, 0), (2, 3), (3, 19), (4, 37)])
def test_self_care_on_one_level(level, points):
    assert self_care_score(dict.fromkeys(SELF_CARE, level)) == points


def test_self_care_needs_all_five():
    assert self_care_score(dict.fromkeys(list(SELF_CARE)[:4], 1)) is None


@pytest.mark.parametrize(
    ("item", "points"),
    [
        ("eating", (0, 0, 3, 5)),
        ("grooming", (0, 1, 3, 7)),
        ("dressing", (0, 0, 3, 5)),
        ("toilet", (0, 1, 5, 10)),
        ("activity", (0, 1, 5, 10)),
    ],
)
def test_points_of_each_item(item, points):
    well = dict.fromkeys(SELF_CARE, 1)
    assert tuple(self_care_score(well | {item: level}) for level in (1, 2, 3, 4)) == points


def test_every_question_counts_for_one_biased_type_but_the_first():
    asked = [one for _, questions in BIASED.values() for one in questions]
    assert sorted(asked) == list(range(2, 34))


@pytest.mark.parametrize("kind", BIASED)
@pytest.mark.parametrize(("score", "standing"), [(8, "no"), (9, "leans"), (10, "leans"), (11, "yes")])
def test_thresholds_of_the_biased_types(kind, score, standing):
    first, second, third, fourth = BIASED[kind][1]
    rest = score - 2
    answers = ALL_ONE | {first: min(5, rest - 1), second: rest - min(5, rest - 1), third: 1, fourth: 1}
    found = constitution(answers)[kind]
    assert (found.score, found.standing) == (score, standing)


@pytest.mark.parametrize(
    ("changed", "score", "standing"),
    [
        ({1: 5}, 25, "yes"),
        ({1: 1, 2: 5}, 17, "yes"),
        ({1: 1, 2: 5, 4: 2}, 16, "no"),
        ({1: 5, 9: 5, 16: 1, 28: 1, 32: 1}, 25, "yes"),
        ({1: 5, 9: 5, 16: 2}, 25, "basically"),
        ({1: 5, 9: 5, 16: 3}, 25, "basically"),
        ({1: 5, 9: 5, 16: 4}, 25, "no"),
    ],
)
def test_the_balanced_type(changed, score, standing):
    found = constitution(ALL_ONE | changed)[BALANCED]
    assert (found.score, found.standing) == (score, standing)


@given(st.lists(st.integers(1, 5), min_size=33, max_size=33))
def test_scores_stay_on_the_scale(answers):
    found = constitution(dict(zip(QUESTIONS, answers, strict=True)))
    assert len(found) == 9
    for kind, one in found.items():
        assert (5 if kind == BALANCED else 4) <= one.score <= (25 if kind == BALANCED else 20)
        assert kind == BALANCED or one.standing in ("yes", "leans", "no")


def test_nothing_is_computed_from_half_the_answers():
    assert computed("constitution", {"q1": "3"}) == {}
    assert computed("htn_follow_up", {"sbp": 120}) == {}
