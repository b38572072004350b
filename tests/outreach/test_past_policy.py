"""Each week and each month is judged by the numbers of its own last day, not by those of today."""

import datetime as dt

import pytest

from core.models import PolicySetting
from outreach.choices import VisitKind
from outreach.models import ServicePoint
from outreach.policy import OutreachPolicy
from outreach.queries.compliance import team_months
from outreach.queries.coverage_calendar import point_rows
from outreach.queries.policies import policies_of
from outreach.rules.patrols import Rate, WeekState, last_judged_on, month_end, weeks_of_month
from teams.models import Team
from tests.factories.visits import a_point, a_visit

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 22)  # a Sunday
SEPTEMBER, OCTOBER, NOVEMBER = dt.date(2026, 9, 1), dt.date(2026, 10, 1), dt.date(2026, 11, 1)
DAY, WEEK = dt.timedelta(days=1), dt.timedelta(days=7)
MONDAY = dt.date(2026, 11, 2)
S = WeekState


def order(day: dt.date, **numbers) -> None:
    PolicySetting.objects.create(room="outreach", payload=numbers, in_force_from=day, source="区卫健局通知")


def month_of(team: Team, first: dt.date, on=TODAY):
    days = [month_end(first), *(one + 6 * DAY for one in weeks_of_month(first))]
    (one,) = team_months(
        Team.objects.filter(pk=team.pk), first=first, on=on, policies=policies_of(days, on=on)
    )
    return one


class TestDays:
    def test_what_is_over_by_its_last_day_and_what_runs_by_today(self):
        order(TODAY, patrols_per_point_week=2)
        order(TODAY + DAY, patrols_per_point_week=3)
        days = [TODAY - DAY, TODAY, TODAY + DAY, month_end(TODAY)]
        found = policies_of(days, on=TODAY)
        assert [found[one].patrols_per_point_week for one in days] == [1, 2, 2, 2]
        later = policies_of(days, on=TODAY + 60 * DAY)
        assert [later[one].patrols_per_point_week for one in days] == [1, 2, 3, 3]

    def test_one_query_however_many_they_are(self, django_assert_num_queries):
        for n in range(5):
            order(NOVEMBER + n * DAY, patrols_per_point_week=n)
        with django_assert_num_queries(1):
            policies_of([NOVEMBER + n * DAY for n in range(60)], on=TODAY)
        with django_assert_num_queries(0):
            assert policies_of([], on=TODAY) == {}

    @pytest.mark.parametrize(
        ("day", "judged"),
        [
            (dt.date(2026, 10, 1), dt.date(2026, 10, 31)),
            (dt.date(2026, 2, 28), dt.date(2026, 2, 28)),
            (dt.date(2028, 2, 1), TODAY),
            (TODAY, TODAY),
            (dt.date(2026, 11, 1), TODAY),
        ],
    )
    def test_the_day_by_which_a_month_is_judged(self, day, judged):
        assert last_judged_on(day, on=TODAY) == judged
        assert month_end(dt.date(2028, 2, 1)) == dt.date(2028, 2, 29)


class TestWeeks:
    @pytest.mark.parametrize(
        ("since", "states"),
        [
            (MONDAY + WEEK, [S.MET, S.SHORT, S.GAP]),  # from the second week on
            (MONDAY + 6 * DAY, [S.SHORT, S.SHORT, S.GAP]),  # from the Sunday of the first
            (MONDAY + 2 * WEEK, [S.MET, S.MET, S.GAP]),
            (TODAY + DAY, [S.MET, S.MET, S.MET]),  # of the week to come nothing is known today
        ],
    )
    def test_each_by_its_own_numbers(self, cast, district, since, states):
        point = a_point(district.grid_a, by=cast.qian, on=SEPTEMBER)
        order(since, patrols_per_point_week=2)
        weeks = [MONDAY + n * WEEK for n in range(3)]
        for monday in weeks:
            a_visit(cast.team_a, monday, point=point)
        policies = policies_of((one + 6 * DAY for one in weeks), on=TODAY)
        (row,) = point_rows(ServicePoint.objects.all(), weeks=weeks, on=TODAY, policies=policies)
        assert [one.state for one in row.weeks] == states


class TestMonths:
    @pytest.fixture(autouse=True)
    def three_work_days_a_month(self, cast, district):
        for first in (OCTOBER, NOVEMBER):
            for n in range(3):
                a_visit(cast.team_a, first + n * DAY, kind=VisitKind.WORK_DAY, grids=[district.grid_a])

    @pytest.mark.parametrize(
        ("since", "october", "november"),
        [
            (NOVEMBER, "workdays_many", None),
            (OCTOBER + 30 * DAY, None, None),  # its last day
            (TODAY, "workdays_many", None),
            (TODAY + DAY, "workdays_many", "workdays_many"),
        ],
    )
    def test_each_its_own_verdict(self, cast, since, october, november):
        order(since, workdays_per_month_max=4)
        codes = [
            one and one.code
            for one in (month_of(cast.team_a, first).finding for first in (OCTOBER, NOVEMBER))
        ]
        assert codes == [october, november]

    def test_grids_of_a_work_day(self, cast):
        order(NOVEMBER, workday_grids_min=2)
        assert (month_of(cast.team_a, OCTOBER).workdays, month_of(cast.team_a, NOVEMBER).workdays) == (3, 0)

    def test_rounds_of_a_week(self, cast):
        order(MONDAY + WEEK, community_visits_per_week=2)
        for n in range(2):
            a_visit(cast.team_a, MONDAY + n * WEEK, kind=VisitKind.COMMUNITY)
        assert month_of(cast.team_a, NOVEMBER).community == Rate(1, 2)


class TestPages:
    def test_compliance_tells_what_was_asked_then(self, noon, cast, district, sign_in):
        a_point(district.grid_a, by=cast.qian, on=SEPTEMBER - 9 * DAY)
        order(MONDAY + WEEK, patrols_per_point_week=2, workdays_per_month_max=5)
        browser = sign_in(cast.zhou)
        text = browser.get("/points/compliance/?month=2026-11").content.decode()
        assert "每点每周 1，后改为 2 次" in text and "工作日 1 至 5 天" in text
        text = browser.get("/points/compliance/?month=2026-10").content.decode()
        assert "每点每周 1 次" in text and "工作日 1 至 2 天" in text

    def test_the_coverage_calendar_says_that_it_was_otherwise(self, noon, cast, district, sign_in):
        a_point(district.grid_a, by=cast.qian, on=SEPTEMBER)
        order(TODAY + DAY, patrols_per_point_week=3)
        assert "按当时的规定" not in sign_in(cast.zhou).get("/points/calendar/").content.decode()
        order(TODAY - DAY, patrols_per_point_week=2)
        text = sign_in(cast.zhou).get("/points/calendar/").content.decode()
        assert "不少于 2 次，以前的周按当时的规定。" in text

    def test_the_calendar_of_visits_too(self, noon, cast, district, sign_in):
        for first in (OCTOBER, NOVEMBER):
            for n in range(3):
                a_visit(cast.team_a, first + n * DAY, kind=VisitKind.WORK_DAY, grids=[district.grid_a])
        order(NOVEMBER, workdays_per_month_max=3)
        browser = sign_in(cast.li)
        october = browser.get("/visits/?week=2026-10-12").context["month"]
        november = browser.get("/visits/?week=2026-11-16").context["month"]
        assert (october.most, len(october.warnings)) == (2, 1)
        assert (november.most, november.warnings) == (3, [])

    @pytest.mark.parametrize("page", ["/points/compliance/?month=2026-10", "/points/calendar/"])
    def test_many_changes_cost_no_more_queries(
        self, noon, cast, district, sign_in, page, django_assert_max_num_queries
    ):
        a_point(district.grid_a, by=cast.qian, on=SEPTEMBER)
        for n in range(20):
            order(SEPTEMBER + n * 3 * DAY, patrols_per_point_week=n % 3)
        browser = sign_in(cast.zhou)
        with django_assert_max_num_queries(24):
            browser.get(page)


def test_an_unchanged_number_is_the_shipped_one():
    assert policies_of([TODAY], on=TODAY) == {TODAY: OutreachPolicy()}
