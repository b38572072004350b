"""Surveys as pages show them: the list, and the answers counted by institution and team, small numbers hidden (4.8)."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from core.sql import rows_of
from outreach.choices import AnswerWay, QuestionKind
from outreach.models import PersonalLink, Survey, SurveyAnswer
from outreach.rules.survey_results import (
    hidden_cells,
    hidden_options,
    hidden_rows,
    is_small,
    percent,
    rate_cells,
)
from outreach.rules.surveys import Question, read_questions
from residents.models import Resident
from teams.models import Team

MOST_WORDS_SHOWN = 100
Counts = dict[str, dict[str, int]]  # question code -> option code -> answers
_COUNTED = """
    SELECT a.team_id, given.key, given.value, count(*)
    FROM outreach_surveyanswer a CROSS JOIN LATERAL jsonb_each_text(a.answers) given
    WHERE a.survey_id = %s AND given.key = ANY(%s) AND (%s OR a.team_id = ANY(%s))
    GROUP BY 1, 2, 3
"""
_WORDS = """
    SELECT given.key, given.value
    FROM outreach_surveyanswer a CROSS JOIN LATERAL jsonb_each_text(a.answers) given
    WHERE a.survey_id = %s AND given.key = ANY(%s) AND given.value <> ''
    ORDER BY md5(a.id::text) LIMIT %s
"""


def survey_list(surveys: QuerySet[Survey]) -> QuerySet[Survey]:
    """The newest first, each with ``answered`` and ``sent``; for paging."""
    return surveys.select_related("made_by").annotate(
        answered=_number(SurveyAnswer.objects.all()), sent=_number(PersonalLink.objects.for_surveys())
    ).order_by("-starts_on", "-pk")  # fmt: skip


def _number(rows: QuerySet) -> Coalesce:
    counted = rows.filter(survey=OuterRef("pk")).order_by().values("survey").annotate(n=Count("pk"))
    return Coalesce(Subquery(counted.values("n"), output_field=IntegerField()), 0)


@dataclass(frozen=True)
class OptionLine:
    """An option of a question and how many chose it; None: hidden."""

    text: str
    number: int | None
    is_good: bool


@dataclass(frozen=True)
class QuestionLine:
    """A question over all answers.

    Attributes:
        number: how many answered it; None: hidden. rate: percent of the answers hoped for, None if hidden or there
            is no such answer.
        words: of a question that is answered in words, in no order that tells when or by whom.
    """

    question: Question
    number: int | None
    rate: int | None
    options: tuple[OptionLine, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class GroupLine:
    """A team or an institution. number None: hidden, and with it everything; a rate None: hidden, or no answer.

    Attributes:
        name: "" for a team in its institution's own row.
    """

    institution: str
    name: str
    number: int | None
    rates: tuple[int | None, ...]


@dataclass(frozen=True)
class Results:
    """Answers to a survey; ``number`` None: hidden."""

    number: int | None
    ways: tuple[tuple[str, int | None], ...]
    questions: tuple[QuestionLine, ...]
    groups: tuple[GroupLine, ...]

    @property
    def rated(self) -> list[Question]:
        return [one.question for one in self.questions if one.question.is_rated]


def results_of(
    survey: Survey, *, least: int, teams: Collection[int] | None = None, with_words: bool = False
) -> Results:
    """Four queries at most, however many answers and teams.

    Args:
        least: numbers below it are hidden. teams: only answers of those signed with these; None: everybody's.
        with_words: also what was answered in words; only for who runs the survey, and from ``least`` answers on.
    """
    questions = read_questions(survey.questions)
    by_team, ways = _numbers(survey, teams)
    cells = _cells(survey, [one.code for one in questions if one.choices], teams)
    total = sum(by_team.values())
    words = _words(survey, questions) if with_words and total >= least else {}
    hidden_ways = hidden_cells(ways, least=least)
    return Results(
        number=None if is_small(total, least) else total,
        ways=tuple((str(AnswerWay(one).label), None if one in hidden_ways else n) for one, n in ways.items()),
        questions=tuple(_question_line(one, cells, words, total=total, least=least) for one in questions),
        groups=_groups(by_team, cells, [one for one in questions if one.is_rated], least),
    )


def _numbers(survey: Survey, teams: Collection[int] | None) -> tuple[dict[int | None, int], dict[str, int]]:
    """Answers by team and by way. One query."""
    rows = SurveyAnswer.objects.filter(survey=survey)
    if teams is not None:
        rows = rows.filter(team__in=list(teams))
    by_team: dict[int | None, int] = defaultdict(int)
    ways: dict[str, int] = defaultdict(int)
    for team, way, number in rows.order_by().values_list("team", "way").annotate(n=Count("pk")):
        by_team[team] += number
        ways[way] += number
    return by_team, ways


def _cells(
    survey: Survey, codes: list[str], teams: Collection[int] | None
) -> dict[int | None, Counts]:  # fmt: skip
    """Team -> question -> option -> answers. One query."""
    found: dict[int | None, Counts] = defaultdict(lambda: defaultdict(dict))
    for team, question, option, number in rows_of(
        _COUNTED, [survey.pk, codes, teams is None, list(teams or ())]
    ):
        found[team][question][option] = number
    return found


def _words(survey: Survey, questions: list[Question]) -> dict[str, list[str]]:
    codes = [one.code for one in questions if one.kind == QuestionKind.WORDS]
    found: dict[str, list[str]] = defaultdict(list)
    for code, text in rows_of(_WORDS, [survey.pk, codes, MOST_WORDS_SHOWN]) if codes else ():
        found[code].append(text)
    return found


def _question_line(
    question: Question,
    cells: Mapping[int | None, Counts],
    words: Mapping[str, list[str]],
    *,
    total: int,
    least: int,
) -> QuestionLine:
    if not question.choices:
        told = tuple(words.get(question.code, ()))
        return QuestionLine(question, None, None, words=told)
    numbers = {one.code: 0 for one in question.choices}
    for counts in cells.values():
        for option, number in counts.get(question.code, {}).items():
            numbers[option] = numbers.get(option, 0) + number
    # Without the number of all answers, none of a part is told.
    hidden = set(numbers) if is_small(total, least) else hidden_options(numbers, question.good, least=least)
    options = tuple(
        OptionLine(one.text, None if one.code in hidden else numbers[one.code], one.is_good)
        for one in question.choices
    )
    given = sum(numbers.values())
    is_hidden = is_small(given, least) or is_small(total - given, least)
    return QuestionLine(question, None if is_hidden else given, _rate(numbers, question, least), options)


def _rate(numbers: Mapping[str, int], question: Question, least: int) -> int | None:
    good, other = rate_cells(numbers, question.good)
    if not question.is_rated or is_small(good, least) or is_small(other, least):
        return None
    return percent(good, other)


def _groups(
    by_team: Mapping[int | None, int],
    cells: Mapping[int | None, Counts],
    questions: list[Question],
    least: int,
) -> tuple[GroupLine, ...]:
    """Institutions with their teams below. An institution that is hidden hides its teams. One query."""
    teams = Team.objects.filter(pk__in=[one for one in by_team if one]).select_related("institution")
    known = {one.pk: one for one in teams}
    members: dict[int | None, list[int | None]] = defaultdict(list)
    for pk in by_team:
        members[known[pk].institution_id if pk else None].append(pk)
    numbers = {place: (sum(by_team[one] for one in own),) for place, own in members.items()}
    rates = {
        one.code: {pk: rate_cells(cells[pk][one.code] if pk in cells else {}, one.good) for pk in by_team}
        for one in questions
    }
    top = _Told(numbers, {code: _summed(cells, members) for code, cells in rates.items()}, least)
    lines = []
    for place, own in sorted(members.items(), key=lambda pair: _name_of(known, pair[1])):
        name = _name_of(known, own)
        lines.append(GroupLine(name, "", *top.told(place)))
        if place is None:
            continue
        below = _Told(
            {pk: (by_team[pk],) for pk in own},
            {code: {pk: row[pk] for pk in own} for code, row in rates.items()},
            least,
            above=top.hidden_at(place),
        )
        for pk in sorted(own, key=lambda one: known[one].name if one else ""):
            lines.append(GroupLine(name, known[pk].name if pk else "", *below.told(pk)))
    return tuple(lines)


def _name_of(known: Mapping[int, Team], own: list[int | None]) -> str:
    return known[own[0]].institution.name if own and own[0] else "未签约居民"


def _summed(
    rows: Mapping[int | None, tuple[int, int]], members: Mapping[int | None, list[int | None]]
) -> dict[int | None, tuple[int, int]]:
    return {
        place: (sum(rows[one][0] for one in own), sum(rows[one][1] for one in own))
        for place, own in members.items()
    }


class _Told:
    """Rows of one level with the numbers that may be told of them.

    Attributes:
        above: what is hidden of the row that these are parts of: "" its number, a question's code its rate.
    """

    def __init__(
        self,
        numbers: Mapping[int | None, tuple[int]],
        rates: Mapping[str, Mapping[int | None, tuple[int, int]]],
        least: int,
        above: Collection[str] = (),
    ) -> None:
        self.numbers, self.rates = numbers, rates
        self._hidden = {"": hidden_rows(numbers, least=least, forced=tuple(numbers) if "" in above else ())}
        for code, rows in rates.items():
            forced = tuple(rows) if code in above else tuple(self._hidden[""])
            self._hidden[code] = hidden_rows(rows, least=least, forced=forced)

    def hidden_at(self, key: int | None) -> set[str]:
        return {code for code, rows in self._hidden.items() if key in rows}

    def told(self, key: int | None) -> tuple[int | None, tuple[int | None, ...]]:
        hidden = self.hidden_at(key)
        rates = tuple(None if code in hidden else percent(*rows[key]) for code, rows in self.rates.items())
        return (None, (None,) * len(rates)) if "" in hidden else (self.numbers[key][0], rates)


def surveys_for(resident: Resident, *, on: date) -> QuerySet[Survey]:
    """Surveys that run and that he has not answered. One query."""
    answered = SurveyAnswer.objects.filter(survey=OuterRef("pk"), resident=resident)
    return Survey.objects.active_on(on).exclude(Exists(answered)).order_by("-starts_on", "-pk")


def answered_by(resident: Resident, answers: QuerySet[SurveyAnswer]) -> list[SurveyAnswer]:
    """That he answered, when and how; not what. One query."""
    mine = answers.filter(resident=resident).select_related("survey", "recorded_by").defer("answers")
    return list(mine.order_by("-answered_at", "-pk")[:20])
