"""Surveys: made, changed, ended, answered by telephone; results with small numbers hidden; the pages."""

import datetime as dt
from io import BytesIO

import openpyxl
import pytest
from django.urls import reverse

from core.refusals import Refusal
from outreach.actions.surveys import change_survey, end_survey, open_survey
from outreach.choices import LinkPurpose
from outreach.models import Survey, SurveyAnswer
from outreach.queries.surveys import results_of
from outreach.rules.surveys import read_questions, templates
from residents.choices import LifeStatus
from tests.factories.residents import ResidentFactory
from tests.factories.teams import TeamFactory
from tests.outreach.own_links import HAPPY, TODAY, a_link, a_survey, an_answer, facts_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
DAY = dt.timedelta(days=1)
LEAST = 5


def code_from(call) -> str:
    with pytest.raises(Refusal) as met:
        call()
    return met.value.code


@pytest.fixture
def survey(cast):
    return a_survey(cast.zhou)


@pytest.fixture
def resident(cast, district):
    return ResidentFactory(grid=district.grid_a, managing_team=cast.team_a)


def answered(survey, by, team, grid, *, good=0, other=0, words=""):
    """So many content and so many discontent residents of a team."""
    for place in range(good + other):
        person = ResidentFactory(grid=grid, managing_team=team)
        mood = HAPPY | {"q1": "1" if place < good else "4", "q5": words}
        an_answer(survey, person, by=by, answers=mood)


# making


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ends_on": TODAY}, None),
        ({"starts_on": TODAY - 9 * DAY, "ends_on": TODAY - DAY}, "ends_in_past"),
        ({"starts_on": TODAY + 9 * DAY, "ends_on": TODAY + DAY}, "ends_before"),
        ({"questions": ()}, "no_questions"),
        ({"title": "\u200b \u2060"}, "no_title"),
    ],
)
def test_when_and_what_is_asked(cast, changes, code):
    def make():
        return open_survey(by=cast.zhou, on=TODAY, facts=facts_of(**changes))

    if code is None:
        assert make().made_by == cast.zhou
    else:
        assert code_from(make) == code


def test_once_answered_the_questions_stay(survey, resident, cast):
    change_survey(by=cast.zhou, on=TODAY, survey=survey, facts=facts_of("awareness"))
    survey.refresh_from_db()
    assert len(survey.questions) == 4
    change_survey(by=cast.zhou, on=TODAY, survey=survey, facts=facts_of())
    survey.refresh_from_db()
    an_answer(survey, resident, by=cast.zhou)
    change = lambda: change_survey(by=cast.zhou, on=TODAY, survey=survey, facts=facts_of("awareness"))  # noqa: E731
    assert code_from(change) == "has_answers"


def test_ending(cast, survey, resident):
    later = a_survey(cast.zhou, starts_on=TODAY + DAY, ends_on=TODAY + 9 * DAY)
    assert end_survey(by=cast.zhou, on=TODAY, survey=later).ends_on == TODAY + DAY
    assert end_survey(by=cast.zhou, on=TODAY, survey=survey).ends_on == TODAY
    assert code_from(lambda: end_survey(by=cast.zhou, on=TODAY, survey=survey)) == "over_already"
    an_answer(survey, resident, by=cast.zhou)
    late = lambda: an_answer(survey, resident, by=cast.zhou, on=TODAY + DAY)  # noqa: E731
    assert code_from(late) == "survey_over"


# answering


def test_who_writes_down_what_was_said(survey, resident, cast, district):
    """How content people are with a team is not written down by the team."""
    for user, code in ((cast.li, "own_team"), (cast.wang, "own_team"), (cast.wu, "not_own_team")):
        assert code_from(lambda user=user: an_answer(survey, resident, by=user)) == code
    kept = an_answer(survey, resident, by=cast.qian, way="paper")
    assert (kept.team, kept.way, kept.recorded_by) == (cast.team_a, "paper", cast.qian)
    other = ResidentFactory(grid=district.grid_b, managing_team=cast.team_b)
    assert an_answer(survey, other, by=cast.zhou).team == cast.team_b
    known = a_survey(cast.zhou, "awareness")
    knows = dict.fromkeys(("q1", "q2", "q3", "q4"), "1")
    assert an_answer(known, resident, by=cast.li, answers=knows)


def test_once_each_and_in_the_right_way(survey, resident, cast, district):
    assert code_from(lambda: an_answer(survey, resident, by=cast.zhou, way="link")) == "wrong_way"
    assert code_from(lambda: an_answer(survey, resident, by=cast.zhou, answers={"q1": "1"})) == "unanswered"
    an_answer(survey, resident, by=cast.zhou)
    assert code_from(lambda: an_answer(survey, resident, by=cast.qian)) == "answered"
    dead = ResidentFactory(grid=district.grid_a, life_status=LifeStatus.DECEASED, life_status_on=TODAY)
    assert code_from(lambda: an_answer(survey, dead, by=cast.zhou)) == "gone"
    assert SurveyAnswer.objects.count() == 1


def test_words_are_plain(survey, resident, cast):
    hostile = "好\u202e\u200b的\x00\n<b>谢谢</b>"
    kept = an_answer(survey, resident, by=cast.zhou, answers=HAPPY | {"q5": hostile})
    assert kept.answers["q5"] == "好的 <b>谢谢</b>"


# results


def test_results_by_team_with_small_numbers_hidden(survey, cast, district):
    answered(survey, cast.zhou, cast.team_a, district.grid_a, good=15, other=5)
    answered(survey, cast.zhou, cast.team_b, district.grid_b, good=6, other=6)
    found = results_of(survey, least=LEAST)
    assert found.number == 32
    assert found.questions[0].rate == 66
    assert [(one.text, one.number) for one in found.questions[0].options[:4]] == [
        ("非常满意", 21), ("满意", 0), ("一般", 0), ("不满意", 11),
    ]  # fmt: skip
    rows = {(one.institution, one.name): (one.number, one.rates[0]) for one in found.groups}
    a, b = cast.institution_a.name, cast.institution_b.name
    assert rows == {
        (a, ""): (20, 75), (a, cast.team_a.name): (20, 75), (b, ""): (12, 50), (b, cast.team_b.name): (12, 50),
    }  # fmt: skip


def test_a_small_team_hides_another_one_too(survey, cast, district):
    """Of the institution's sum the small team's answers could be computed."""
    small = TeamFactory(institution=cast.institution_a, name="小团队")
    answered(survey, cast.zhou, cast.team_a, district.grid_a, good=15, other=5)
    answered(survey, cast.zhou, small, district.grid_a, good=3)
    answered(survey, cast.zhou, cast.team_b, district.grid_b, good=6, other=6)
    rows = {(one.institution, one.name): one for one in results_of(survey, least=LEAST).groups}
    a, b = cast.institution_a.name, cast.institution_b.name
    assert rows[a, ""].number == 23
    assert rows[a, "小团队"].number is None
    assert rows[a, cast.team_a.name].number is None
    assert set(rows[a, cast.team_a.name].rates) == {None}
    assert rows[b, cast.team_b.name].number == 12


def test_few_discontent_people_are_not_told(survey, cast, district):
    answered(survey, cast.zhou, cast.team_a, district.grid_a, good=20, other=2)
    answered(survey, cast.zhou, cast.team_b, district.grid_b, good=10, other=6)
    found = results_of(survey, least=LEAST)
    assert found.questions[0].rate == 79
    rates = {one.name: one.rates[0] for one in found.groups}
    assert rates == {"": None, cast.team_a.name: None, cast.team_b.name: None}, "the other one gives it away"
    alone = results_of(survey, least=LEAST, teams=[cast.team_a.pk])
    assert alone.number == 22
    assert alone.questions[0].rate is None
    assert {one.number for one in alone.questions[0].options if one.number} == set()


def test_fewer_than_five_answers_tell_nothing(survey, cast, district):
    answered(survey, cast.zhou, cast.team_a, district.grid_a, good=4, words="不要告诉别人")
    found = results_of(survey, least=LEAST, with_words=True)
    assert found.number is None
    assert all(one.rate is None and one.number is None for one in found.questions)
    assert all(each.number is None for one in found.questions for each in one.options)
    assert not found.questions[4].words


def test_words_are_the_bureaus(survey, cast, district):
    answered(survey, cast.zhou, cast.team_a, district.grid_a, good=6, words="周末也开诊")
    assert results_of(survey, least=LEAST, with_words=True).questions[4].words == ("周末也开诊",) * 6
    assert results_of(survey, least=LEAST).questions[4].words == ()


def test_results_cost_the_same_for_many(survey, cast, district, django_assert_num_queries):
    for team in (cast.team_a, cast.team_b, TeamFactory(institution=cast.institution_a)):
        answered(survey, cast.zhou, team, district.grid_a, good=6)
    with django_assert_num_queries(4):
        results_of(survey, least=LEAST, with_words=True)


# pages


def form_of(kind="satisfaction", **changes):
    """What the editor sends for a template."""
    found = templates()[kind]
    data = {
        "title": found.title, "kind": kind, "introduction": found.introduction, "starts_on": "2026-11-22",
        "ends_on": "2026-12-22", "q-TOTAL_FORMS": 8, "q-INITIAL_FORMS": 0, "q-MIN_NUM_FORMS": 0,
        "q-MAX_NUM_FORMS": 20,
    }  # fmt: skip
    for place, one in enumerate(found.questions):
        options = "\n".join(f"{'* ' if each.is_good else ''}{each.text}" for each in one.options)
        data |= {f"q-{place}-text": one.text, f"q-{place}-kind": one.kind, f"q-{place}-options": options}
        data |= {f"q-{place}-is_needed": "on"} if one.is_needed else {}
    for place in range(len(found.questions), 8):
        data[f"q-{place}-kind"] = "choice"
    return data | changes


def test_from_a_template_to_a_copy(sign_in, cast):
    browser = sign_in(cast.zhou)
    page = browser.get(reverse("survey-new"), {"kind": "satisfaction"}).content.decode()
    assert "*非常满意" in page
    answer = browser.post(reverse("survey-new"), form_of())
    survey = Survey.objects.get()
    assert answer.url == reverse("survey-detail", args=[survey.pk])
    assert read_questions(survey.questions) == list(templates()["satisfaction"].questions)
    assert "还没有人回答" in browser.get(answer.url).content.decode()
    edit = reverse("survey-edit", args=[survey.pk])
    assert browser.post(edit, form_of(**{"q-0-text": "", "q-0-options": ""})).status_code == 302
    survey.refresh_from_db()
    assert [one["code"] for one in survey.questions] == ["q1", "q2", "q3", "q4"]
    copy = browser.get(reverse("survey-new"), {"copy": survey.pk})
    assert copy.context["rows"].initial_form_count() == 4
    assert browser.get(reverse("survey-new"), {"copy": "99x"}).status_code == 404
    assert "第 1 题" in browser.post(reverse("survey-new"), form_of(**{"q-0-options": "好"})).content.decode()
    assert browser.post(reverse("survey-new"), {}).status_code == 200
    assert (
        "今天结束后截止"
        in browser.post(reverse("survey-end", args=[survey.pk]), follow=True).content.decode()
    )


def test_who_may_open_what(sign_in, survey, resident, cast):
    pages = [
        reverse("survey-list"),
        reverse("survey-detail", args=[survey.pk]),
        reverse("survey-answer", args=[survey.pk, resident.pk]),
        reverse("survey-new"),
        reverse("survey-edit", args=[survey.pk]),
    ]
    for user, expected in (
        (cast.zhou, [200] * 5),
        (cast.li, [200, 200, 200, 403, 403]),
        (cast.zhao, [200, 200, 404, 403, 403]),
        (cast.he, [403] * 5),
        (cast.sun, [403] * 5),
        (cast.shen, [403] * 5),
    ):
        browser = sign_in(user)
        assert [browser.get(one).status_code for one in pages] == expected


def test_by_telephone(sign_in, survey, resident, cast):
    address = reverse("survey-answer", args=[survey.pk, resident.pk])
    assert "满意度由机构家医管家" in sign_in(cast.li).post(address, HAPPY | {"way": "phone"}).content.decode()
    browser = sign_in(cast.qian)
    page = browser.post(address, HAPPY | {"way": "link", "q1": ""}).content.decode()
    assert "请选择一项" in page
    assert browser.post(address, HAPPY | {"way": "phone"}).status_code == 302
    assert "已经回答过了" in browser.post(address, HAPPY | {"way": "phone"}).content.decode()
    assert SurveyAnswer.objects.get().recorded_by == cast.qian
    page = browser.get(reverse("personal-link-new", args=[resident.pk])).content.decode()
    assert "钱主任登记" in page
    assert HAPPY["q5"] not in page, "that he answered, not what"


def test_a_team_reads_of_its_own_residents_only(sign_in, survey, cast, district):
    answered(survey, cast.zhou, cast.team_a, district.grid_a, good=6, words="甲组的话")
    answered(survey, cast.zhou, cast.team_b, district.grid_b, good=9)
    page = sign_in(cast.li).get(reverse("survey-detail", args=[survey.pk]))
    assert page.context["results"].number == 6
    assert cast.team_b.name not in page.content.decode()
    assert "甲组的话" not in page.content.decode()
    page = sign_in(cast.zhou).get(reverse("survey-detail", args=[survey.pk]))
    assert page.context["results"].number == 15
    assert "甲组的话" in page.content.decode()


def test_the_export(sign_in, survey, cast, district):
    answered(survey, cast.zhou, cast.team_a, district.grid_a, good=15, other=5, words="不出门的话")
    answered(survey, cast.zhou, cast.team_b, district.grid_b, good=3)
    raw = sign_in(cast.zhou).get(reverse("survey-detail", args=[survey.pk]), {"export": "1"}).content
    rows = list(openpyxl.load_workbook(BytesIO(raw)).active.values)
    assert rows[3][:4] == ("合计", None, "23", "78")
    assert [one[2] for one in rows[4:]] == ["不显示"] * 4, (
        "two institutions: the small one and what gives it away"
    )
    assert "不出门的话" not in str(rows)


def test_the_list_counts_links_and_answers(sign_in, survey, resident, cast, django_assert_max_num_queries):
    a_link(cast.li, resident, LinkPurpose.SURVEY, survey=survey)
    an_answer(survey, resident, by=cast.zhou)
    for _ in range(5):
        a_survey(cast.zhou, "awareness")
    browser = sign_in(cast.zhou)
    page = browser.get(reverse("survey-list"))
    row = next(one for one in page.context["page"] if one.pk == survey.pk)
    assert (row.sent, row.answered) == (1, 1)
    with django_assert_max_num_queries(14):
        browser.get(reverse("survey-list"))
