"""Questions, answers, and what may be told of them: the pure part."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules.survey_results import hidden_cells, hidden_options, hidden_rows, is_small, percent
from outreach.rules.surveys import (
    MOST_QUESTIONS,
    Option,
    Question,
    lines_of,
    object_to_answers,
    object_to_questions,
    object_to_survey,
    options_from,
    read_questions,
    templates,
)

LEAST = 5
GOOD = Question("q1", "满意吗？", "choice", options_from(["*满意", "不满意"]))
CELLS = st.dictionaries(
    st.integers(0, 8), st.tuples(st.integers(0, 40), st.integers(0, 12)), min_size=1, max_size=8
)


def test_what_ships_is_sound():
    found = templates()
    assert (len(found["satisfaction"].questions), len(found["awareness"].questions)) == (5, 4)
    for one in found.values():
        assert object_to_questions(one.questions) is None
        assert len(one.title) <= 60
        assert len(one.introduction) <= 300
        assert any(each.is_rated for each in one.questions)


def test_options_as_they_are_typed_and_back():
    found = options_from(["* 很好", "", "一般", "＊还行", " ** "])
    assert [(one.code, one.text, one.is_good) for one in found] == [
        ("1", "很好", True),
        ("2", "一般", False),
        ("3", "还行", True),
    ]
    assert options_from(lines_of(found).split("\n")) == found


def test_stored_and_read_again():
    for one in templates()["satisfaction"].questions:
        assert read_questions([one.as_json()]) == [one]


@pytest.mark.parametrize(
    ("questions", "code"),
    [
        ([], "no_questions"),
        ([GOOD] * (MOST_QUESTIONS + 1), "too_many_questions"),
        ([GOOD] * MOST_QUESTIONS, None),
        ([Question("q1", "问", "choice", GOOD.options)], "bad_question"),
        ([Question("q1", "问" * 101, "choice", GOOD.options)], "bad_question"),
        ([Question("q1", "满意吗", "choice", GOOD.options[:1])], "bad_question"),
        ([Question("q1", "满意吗", "choice", options_from("一二三四五六七八九"))], "bad_question"),
        ([Question("q1", "满意吗", "choice", options_from(["好", "好"]))], "bad_question"),
        ([Question("q1", "满意吗", "choice", options_from(["*好", "*很好"]))], "bad_question"),
        ([Question("q1", "满意吗", "choice", options_from(["好", "字" * 31]))], "bad_question"),
        ([Question("q1", "打几分", "score", GOOD.options)], "bad_question"),
        ([Question("q1", "打几分", "score"), Question("q2", "说说看", "words")], None),
    ],
)
def test_questions(questions, code):
    found = object_to_questions(questions)
    assert (found.code if found else None) == code


@pytest.mark.parametrize(
    ("answers", "code", "field"),
    [
        ({"q1": "1", "q2": "5"}, None, ""),
        ({"q1": "1", "q2": "1", "q3": "字" * 300}, None, ""),
        ({}, "no_answers", ""),
        ({"q1": "1", "q2": "5", "q9": "1"}, "no_answers", ""),
        ({"q1": "1"}, "unanswered", "q2"),
        ({"q1": "3", "q2": "5"}, "bad_answer", "q1"),
        ({"q1": "1", "q2": "6"}, "bad_answer", "q2"),
        ({"q1": "1", "q2": "0"}, "bad_answer", "q2"),
        ({"q1": "1", "q2": "5", "q3": "字" * 301}, "bad_answer", "q3"),
    ],
)
def test_answers(answers, code, field):
    questions = [GOOD, Question("q2", "几分", "score"), Question("q3", "说说", "words", (), False)]
    found = object_to_answers(questions, answers)
    assert ((found.code, found.field) if found else (None, "")) == (code, field)


def test_when_a_survey_is_answered():
    first, last = dt.date(2026, 11, 1), dt.date(2026, 11, 30)

    def code(today, is_answered=False):
        found = object_to_survey(first, last, today=today, is_answered=is_answered)
        return found.code if found else None

    assert [code(dt.date(2026, 10, 31)), code(first), code(last), code(dt.date(2026, 12, 1))] == [
        "not_begun",
        None,
        None,
        "survey_over",
    ]
    assert code(first, is_answered=True) == "answered"


@pytest.mark.parametrize(
    ("rows", "hidden"),
    [
        ({"a": (20, 5), "b": (10, 5)}, set()),
        ({"a": (20, 0), "b": (10, 5)}, set()),
        ({"a": (20, 1), "b": (10, 5), "c": (30, 9)}, {"a", "b"}),
        ({"a": (20, 1), "b": (10, 2), "c": (30, 9)}, {"a", "b", "c"}),
        ({"a": (20, 4), "b": (10, 4), "c": (30, 9)}, {"a", "b"}),
        ({"a": (3, 0), "b": (0, 0), "c": (9, 9)}, {"a", "c"}),
    ],
)
def test_small_rows_are_hidden_and_what_gives_them_away(rows, hidden):
    assert hidden_rows(rows, least=LEAST) == hidden


@given(rows=CELLS, forced=st.sets(st.integers(0, 8)))
def test_subtraction_finds_no_small_number(rows, forced):
    """Told: the sum of all, and each row that is not hidden. Unless there is nothing left to hide."""
    hidden = hidden_rows(rows, least=LEAST, forced=forced)
    shown = [cells for key, cells in rows.items() if key not in hidden]
    assert not any(is_small(one, LEAST) for cells in shown for one in cells)
    if any(sum(cells) for cells in shown):
        totals = [sum(cells) for cells in zip(*rows.values(), strict=True)]
        left = [total - sum(cells[at] for cells in shown) for at, total in enumerate(totals)]
        assert not any(is_small(one, LEAST) for one in left)
        assert len(hidden) != 1


@given(
    st.dictionaries(st.sampled_from("123456"), st.integers(0, 30), min_size=2),
    st.sets(st.sampled_from("123456")),
)
def test_nor_among_the_options_of_a_question(numbers, good):
    good = good & set(numbers)
    hidden = hidden_options(numbers, good, least=LEAST)
    assert not any(is_small(numbers[one], LEAST) for one in set(numbers) - hidden)
    shown_sum = sum(n for key, n in numbers.items() if key not in hidden)
    if shown_sum:
        assert len(hidden) != 1
        assert not is_small(sum(numbers.values()) - shown_sum, LEAST)


def test_options_where_the_rate_is_told_too():
    numbers = {"1": 40, "2": 7, "3": 9, "4": 2, "5": 6}
    assert hidden_options(numbers, {"1", "2"}, least=LEAST) == {"4", "5"}, (
        "not one of the good: their sum is told"
    )
    assert hidden_cells(numbers, least=LEAST) == {"4", "5"}


def test_percent():
    assert [percent(0, 0), percent(1, 0), percent(2, 1), percent(0, 7)] == [None, 100, 67, 0]


def test_scores_are_good_from_four():
    score = Question("q1", "几分", "score")
    assert score.good == {"4", "5"}
    assert score.choices[0] == Option("5", "5 分", True)
