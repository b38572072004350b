"""A month: patrols summed up, community visits, work days, check-up sessions."""

import datetime as dt
from dataclasses import replace

import pytest

from core.models import WorkDay
from grids.models import GridResponsibility
from outreach.choices import VisitKind, VisitState
from outreach.models import ServicePoint
from outreach.queries.compliance import NO_TEAM, Grouping, patrol_line, patrol_lines, team_months
from outreach.queries.coverage_calendar import point_rows
from outreach.rules.patrols import Rate, weeks_of_month
from teams.models import Team
from tests.factories.grids import GridFactory
from tests.factories.teams import TeamFactory
from tests.factories.visits import POLICY, a_point, a_visit, always

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 22)
OCTOBER, NOVEMBER = dt.date(2026, 10, 1), dt.date(2026, 11, 1)
OPENED = dt.date(2026, 9, 1)
DAY, WEEK = dt.timedelta(days=1), dt.timedelta(days=7)
MONDAYS = weeks_of_month(NOVEMBER)  # 2, 9, 16, 23 November


def rows(first=NOVEMBER, on=TODAY):
    return point_rows(ServicePoint.objects.all(), weeks=weeks_of_month(first), on=on, policies=always())


def month_of(team, first=NOVEMBER, on=TODAY, policy=POLICY):
    (one,) = team_months(Team.objects.filter(pk=team.pk), first=first, on=on, policies=always(policy))
    return one


class TestPatrols:
    def test_by_team_institution_and_street_the_worst_first(self, cast, district):
        good = a_point(district.grid_a, by=cast.qian, on=OPENED)
        bad = a_point(district.grid_b, by=cast.wu, on=OPENED)
        for monday in MONDAYS[:2]:
            a_visit(cast.team_a, monday, point=good)
        a_visit(cast.team_b, MONDAYS[0], point=bad)
        found = rows()
        assert [(one.name, one.rate) for one in patrol_lines(found, Grouping.STREET)] == [
            ("鲸园街道", Rate(1, 2)),
            ("环翠楼街道", Rate(2, 2)),
        ]
        assert [one.name for one in patrol_lines(found, Grouping.INSTITUTION)] == [
            cast.institution_b.name,
            cast.institution_a.name,
        ]
        assert [(one.points, one.whole) for one in patrol_lines(found, Grouping.TEAM)] == [(1, 0), (1, 1)]
        total = patrol_line("合计", found)
        assert (total.points, total.whole, total.rate) == (2, 1, Rate(3, 4))

    def test_a_grid_without_team_has_its_own_line(self, cast, district):
        a_point(district.grid_a, by=cast.qian, on=OPENED)
        GridResponsibility.objects.all().delete()
        assert [one.name for one in patrol_lines(rows(), Grouping.TEAM)] == [NO_TEAM]

    def test_weeks_of_the_future_are_not_counted(self, cast, district):
        a_point(district.grid_a, by=cast.qian, on=OPENED)
        assert patrol_line("", rows()).rate == Rate(0, 2)
        assert patrol_line("", rows(on=TODAY + DAY)).rate == Rate(0, 3)


class TestTeams:
    def test_weeks_in_the_community(self, cast):
        a_visit(cast.team_a, MONDAYS[0], kind=VisitKind.COMMUNITY)
        a_visit(cast.team_a, MONDAYS[1] + 6 * DAY, kind=VisitKind.SESSION)
        a_visit(cast.team_a, MONDAYS[1] + 6 * DAY, kind=VisitKind.SESSION)
        a_visit(cast.team_a, MONDAYS[2], kind=VisitKind.ACTIVITY)
        assert month_of(cast.team_a).community == Rate(2, 2)
        assert month_of(cast.team_a, on=TODAY + DAY).community == Rate(2, 3)
        twice = replace(POLICY, community_visits_per_week=2)
        assert month_of(cast.team_a, policy=twice).community == Rate(1, 2)

    def test_only_what_was_held(self, cast):
        a_visit(cast.team_a, MONDAYS[0], kind=VisitKind.COMMUNITY, state=VisitState.MISSED)
        assert month_of(cast.team_a).community == Rate(0, 2)

    def test_a_week_of_holidays_is_not_asked(self, cast):
        days = [MONDAYS[0] + n * DAY for n in range(7)]
        WorkDay.objects.filter(day__in=days).delete()
        WorkDay.objects.bulk_create([WorkDay(day=day, is_working=False, name="放假") for day in days])
        assert month_of(cast.team_a).community == Rate(0, 1)

    def test_a_new_team_from_its_first_whole_week(self, cast):
        new = TeamFactory(institution=cast.institution_a, name="新团队", starts_on=MONDAYS[0] + DAY)
        assert month_of(new).community == Rate(0, 1)

    def test_work_days_with_enough_grids(self, cast, district):
        a_visit(cast.team_a, MONDAYS[0], kind=VisitKind.WORK_DAY, grids=[district.grid_a])
        a_visit(cast.team_a, MONDAYS[1], kind=VisitKind.WORK_DAY)
        one = month_of(cast.team_a)
        assert (one.workdays, one.finding) == (1, None)
        two = replace(POLICY, workday_grids_min=2)
        assert month_of(cast.team_a, policy=two).workdays == 0

    def test_two_visits_of_a_day_are_one_day_with_both_grids(self, cast, district):
        other = GridFactory(village=district.village_a)
        a_visit(cast.team_a, MONDAYS[0], kind=VisitKind.WORK_DAY, grids=[district.grid_a])
        a_visit(cast.team_a, MONDAYS[0], kind=VisitKind.WORK_DAY, grids=[other])
        assert month_of(cast.team_a, policy=replace(POLICY, workday_grids_min=2)).workdays == 1

    def test_too_few_only_when_the_month_is_over(self, cast, district):
        assert month_of(cast.team_a).finding is None
        assert month_of(cast.team_a, on=dt.date(2026, 12, 1)).finding.code == "workdays_few"
        for n in range(3):
            a_visit(cast.team_a, MONDAYS[0] + n * DAY, kind=VisitKind.WORK_DAY, grids=[district.grid_a])
        assert month_of(cast.team_a).finding.code == "workdays_many"

    def test_the_first_and_the_last_day_of_the_month(self, cast, district):
        for day in (dt.date(2026, 10, 1), dt.date(2026, 10, 31), dt.date(2026, 11, 1)):
            a_visit(cast.team_a, day, kind=VisitKind.WORK_DAY, grids=[district.grid_a])
        assert month_of(cast.team_a, OCTOBER).workdays == 2

    def test_check_up_sessions(self, cast):
        for n, state in enumerate(
            (VisitState.DONE, VisitState.MISSED, VisitState.PLANNED, VisitState.CANCELLED)
        ):
            a_visit(cast.team_a, MONDAYS[0] + n * DAY, kind=VisitKind.CHECKUP, state=state)
        one = month_of(cast.team_a)
        assert (one.checkups, one.checkups_planned) == (1, 3)


class TestPage:
    URL = "/points/compliance/"

    def test_a_month_by_street(self, noon, cast, district, sign_in):
        a_visit(cast.team_a, MONDAYS[0], point=a_point(district.grid_a, by=cast.qian, on=OPENED))
        page = sign_in(cast.zhou).get(f"{self.URL}?month=2026-11&by=street")
        assert page.status_code == 200
        assert page.context["total"].rate == Rate(1, 2)
        assert "环翠楼街道" in page.content.decode()
        assert "缺周最多的服务点" in page.content.decode()

    def test_a_month_to_come_falls_back_to_this_one(self, noon, cast, sign_in):
        page = sign_in(cast.zhou).get(f"{self.URL}?month=2027-01")
        assert page.context["first"] == NOVEMBER
        assert page.context["form"].errors["month"]
        assert [one for one, _ in page.context["form"].fields["month"].choices][:2] == ["2026-11", "2026-10"]

    @pytest.mark.parametrize("sheet", ["points", "groups", "teams"])
    def test_sheets(self, noon, cast, district, sign_in, sheet):
        a_point(district.grid_a, by=cast.qian, on=OPENED)
        answer = sign_in(cast.li).get(f"{self.URL}?export={sheet}")
        assert "spreadsheet" in answer["Content-Type"]

    def test_scope(self, noon, cast, district, sign_in):
        a_point(district.grid_a, by=cast.qian, on=OPENED)
        assert sign_in(cast.wu).get(self.URL).context["total"].points == 0
        assert {one.team for one in sign_in(cast.wu).get(self.URL).context["months"]} == {cast.team_b}
        assert sign_in(cast.xu).get(self.URL).status_code == 403

    def test_a_bounded_number_of_queries(self, noon, cast, district, sign_in, django_assert_max_num_queries):
        for n in range(6):
            a_point(district.grid_a, by=cast.qian, on=OPENED)
            TeamFactory(institution=cast.institution_a, name=f"团队{n}")
        browser = sign_in(cast.zhou)
        with django_assert_max_num_queries(24):
            browser.get(self.URL)
