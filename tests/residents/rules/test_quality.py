import datetime as dt

import pytest

from residents.choices import Relation
from residents.rules.quality import GENERATIONS, RULES, is_stale, months_before

D = dt.date


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (D(2026, 11, 22), 12, D(2025, 11, 22)),
        (D(2026, 3, 31), 1, D(2026, 2, 28)),
        (D(2028, 3, 31), 1, D(2028, 2, 29)),
        (D(2028, 2, 29), 12, D(2027, 2, 28)),
        (D(2026, 1, 15), 3, D(2025, 10, 15)),
        (D(2026, 1, 15), 25, D(2023, 12, 15)),
    ],
)
def test_the_same_day_months_ago(day, months, before):
    assert months_before(day, months) == before


@pytest.mark.parametrize(
    ("confirmed", "on", "stale"),
    [
        (D(2025, 11, 22), D(2026, 11, 22), False),  # to the day
        (D(2025, 11, 22), D(2026, 11, 23), True),
        (D(2024, 2, 29), D(2025, 2, 28), False),
        (D(2024, 2, 29), D(2025, 3, 1), True),
        (None, D(2026, 11, 22), True),
    ],
)
def test_stale_after_twelve_months(confirmed, on, stale):
    assert is_stale(confirmed, on=on, months=12) is stale


def test_every_rule_says_why_what_next_and_who():
    assert len({one.code for one in RULES}) == len(RULES)
    for one in RULES:
        assert one.why.endswith("。")
        assert one.step
        assert one.who.value


def test_generations_judge_only_those_whose_generation_is_told():
    told_by_nothing = {Relation.HEAD, Relation.SPOUSE, Relation.HUSBAND, Relation.WIFE, Relation.SIBLINGS}
    assert not told_by_nothing & set(GENERATIONS)
    assert GENERATIONS[Relation.SON] == (False, 1)
    assert GENERATIONS[Relation.GRANDPARENTS] == (True, 2)
