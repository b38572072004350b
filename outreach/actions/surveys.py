"""Surveys: made, changed while nobody has answered, ended; answered once by each resident (4.8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from contracts.queries.signing import works_for
from contracts.rules import Objection
from core.history import credited_to
from core.refusals import Refusal
from outreach.choices import AnswerWay, SurveyKind
from outreach.disclosures.plain import plain_line
from outreach.models import PersonalLink, Survey, SurveyAnswer
from outreach.queries.personal_links import team_behind
from outreach.rules.surveys import (
    Question,
    object_to_answers,
    object_to_questions,
    object_to_survey,
    read_questions,
)
from residents.choices import LifeStatus
from residents.models import Resident
from teams.access import Permission, may
from teams.models import Team, TeamMembership, User

_GONE = (LifeStatus.DECEASED, LifeStatus.MERGED)


class CannotKeepSurvey(Refusal):
    """The survey stays as it was."""


class CannotAnswer(Refusal):
    """No answer was kept."""


@dataclass(frozen=True)
class SurveyFacts:
    """What is typed of a survey."""

    title: str
    kind: str
    introduction: str
    starts_on: date
    ends_on: date
    questions: Sequence[Question]

    def columns(self) -> dict[str, object]:
        return {
            "title": plain_line(self.title),
            "kind": self.kind,
            "introduction": plain_line(self.introduction),
            "starts_on": self.starts_on,
            "ends_on": self.ends_on,
            "questions": [one.as_json() for one in self.questions],
        }


def open_survey(*, by: User, on: date, facts: SurveyFacts) -> Survey:
    """A new survey for the whole district.

    Raises:
        CannotKeepSurvey: no_title, ends_before, ends_in_past, no_questions, too_many_questions, bad_question.
    """
    _refuse(facts, on=on)
    with transaction.atomic(), credited_to(by):
        return Survey.objects.create(made_by=by, **facts.columns())


def change_survey(*, by: User, on: date, survey: Survey, facts: SurveyFacts) -> Survey:
    """Once somebody has answered, the questions are what he answered, and stay.

    Raises:
        CannotKeepSurvey: has_answers, or as ``open_survey``.
    """
    _refuse(facts, on=on)
    with transaction.atomic(), credited_to(by):
        # Who answers takes a key-share lock on this row by its foreign key; this lock waits for him, and he for it.
        held = Survey.objects.select_for_update().get(pk=survey.pk)
        if held.replies.exists():
            raise CannotKeepSurvey("has_answers", "已经有人回答，不能再修改；需要改的请复制成新问卷。")
        columns = facts.columns()
        for name, value in columns.items():
            setattr(held, name, value)
        held.save(update_fields=list(columns))
    return held


def end_survey(*, by: User, on: date, survey: Survey) -> Survey:
    """Today is its last day; one that has not begun is over before it begins: it ends on its first day.

    Raises:
        CannotKeepSurvey: over_already.
    """
    with transaction.atomic(), credited_to(by):
        held = Survey.objects.select_for_update().get(pk=survey.pk)
        if held.ends_on and held.ends_on <= on:
            raise CannotKeepSurvey("over_already", "这份问卷已经截止或今天就截止。")
        held.ends_on = max(on, held.starts_on)
        held.save(update_fields=["ends_on"])
    return held


def _refuse(facts: SurveyFacts, *, on: date) -> None:
    if not plain_line(facts.title):
        raise CannotKeepSurvey("no_title", "请填写问卷的标题。", field="title")
    if facts.ends_on < facts.starts_on:
        raise CannotKeepSurvey("ends_before", "截止日期不能早于开始日期。", field="ends_on")
    if facts.ends_on < on:
        raise CannotKeepSurvey("ends_in_past", "截止日期已经过去，请填今天或以后的日期。", field="ends_on")
    objection = object_to_questions(facts.questions)
    if objection:
        raise CannotKeepSurvey(objection.code, objection.sentence)


def answer_survey(
    *,
    by: User | None,
    on: date,
    now: datetime,
    survey: Survey,
    resident: Resident,
    answers: Mapping[str, str],
    way: str,
    link: PersonalLink | None = None,
) -> SurveyAnswer:
    """One resident's answers, once (constraint ``survey_answered_once``), counted for whom he is signed with today.

    Args:
        by: who writes down what was said on the telephone or on paper; None for the resident himself, by ``link``.

    Raises:
        CannotAnswer: not_begun, survey_over, answered, gone, no_answers, unanswered, bad_answer, wrong_way,
            not_own_team, own_team.
    """
    if (way == AnswerWay.LINK) != (by is None):
        raise CannotAnswer("wrong_way", "请选择电话或纸质。", field="way")
    given = {code: plain_line(value) for code, value in answers.items() if plain_line(value)}
    with transaction.atomic(), credited_to(by):
        held = Survey.objects.select_for_update(no_key=True).get(pk=survey.pk)
        is_answered = SurveyAnswer.objects.filter(survey=held, resident=resident).exists()
        _object(object_to_survey(held.starts_on, held.ends_on, today=on, is_answered=is_answered))
        if resident.life_status in _GONE:
            raise CannotAnswer("gone", "该居民已死亡或登记已合并，不能登记回答。")
        _object(object_to_answers(read_questions(held.questions), given))
        if by:
            _refuse_recorder(by, held, resident, on=on)
        return _written(
            survey=held,
            resident=resident,
            team_id=resident.managing_team_id,
            link=link,
            way=way,
            answers=given,
            answered_at=now,
            recorded_by=by,
        )


def _object(objection: Objection | None) -> None:
    if objection:
        raise CannotAnswer(objection.code, objection.sentence, field=objection.field)


def _refuse_recorder(by: User, survey: Survey, resident: Resident, *, on: date) -> None:
    """How content people are with a team is not written down by the team itself."""
    if may(by, Permission.SURVEY_MANAGE):
        return
    team = team_behind(resident, None, on=on)
    if team is None or not works_for(by, team, on=on):
        raise CannotAnswer("not_own_team", "只能登记本机构、本团队居民的回答。")
    if survey.kind == SurveyKind.SATISFACTION and _is_member(by, team, on=on):
        raise CannotAnswer("own_team", "满意度由机构家医管家或区卫健局登记，不能由本团队的人登记。")


def _is_member(by: User, team: Team, *, on: date) -> bool:
    return TeamMembership.objects.active_on(on).filter(team=team, user=by).exists()


def _written(**columns: object) -> SurveyAnswer:
    try:
        with transaction.atomic():
            return SurveyAnswer.objects.create(**columns)
    except IntegrityError as met:
        raise CannotAnswer("answered", "这份问卷已经回答过了，谢谢。") from met
