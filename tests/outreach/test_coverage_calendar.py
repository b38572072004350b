"""Points by weeks: next week's gaps before they happen."""

import datetime as dt

import pytest

from outreach.actions.exceptions import DaysOff, ask_exception, decide_exception
from outreach.actions.timetables import end_timetable
from outreach.choices import ExceptionReason, VisitKind, VisitState
from outreach.models import ServicePoint
from outreach.queries.coverage_calendar import point_rows, totals_of
from outreach.rules.patrols import WeekState, mondays
from tests.factories.visits import POLICY, a_point, a_timetable, a_visit, always

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 22)  # a Sunday
MONDAY = dt.date(2026, 11, 16)
WEEK, DAY = dt.timedelta(days=7), dt.timedelta(days=1)
WEEKS = mondays(MONDAY - 2 * WEEK, MONDAY + 4 * WEEK)
NOW = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
S = WeekState


def states(point, *, weeks=WEEKS, on=TODAY, policy=POLICY) -> list[WeekState]:
    (row,) = point_rows(ServicePoint.objects.filter(pk=point.pk), weeks=weeks, on=on, policies=always(policy))
    return [one.state for one in row.weeks]


@pytest.fixture
def point(cast, district):
    return a_point(district.grid_a, by=cast.qian, on=MONDAY - 2 * WEEK)


class TestWeeks:
    def test_what_was_and_what_comes(self, cast, point):
        a_visit(cast.team_a, MONDAY - 2 * WEEK + DAY, point=point)
        a_timetable(point, cast.team_a, by=cast.qian, on=TODAY, starts_on=TODAY + DAY)
        assert states(point) == [S.MET, S.SHORT, S.GAP, *[S.PLANNED] * 4]

    def test_next_weeks_gap_is_seen_before_it_happens(self, cast, point):
        row = a_timetable(point, cast.team_a, by=cast.qian, on=TODAY)
        assert states(point)[3] == S.PLANNED
        end_timetable(by=cast.qian, on=TODAY, now=NOW, policy=POLICY, timetable=row, ends_on=TODAY)
        assert states(point)[3] == S.GAP

    def test_every_other_week_leaves_a_gap(self, cast, point):
        a_timetable(point, cast.team_a, by=cast.qian, on=TODAY, starts_on=TODAY + DAY, every_weeks=2)
        assert states(point)[3:] == [S.PLANNED, S.GAP, S.PLANNED, S.GAP]

    def test_approved_days_off_excuse(self, cast, point):
        a_timetable(point, cast.team_a, by=cast.qian, on=TODAY)
        wednesday = MONDAY + WEEK + 2 * DAY
        (off,) = ask_exception(
            by=cast.li, on=TODAY, now=NOW, policy=POLICY, points=[point],
            days=DaysOff(wednesday, wednesday, ExceptionReason.HOLIDAY),
        )  # fmt: skip
        assert states(point)[3] == S.PLANNED
        decide_exception(by=cast.qian, on=TODAY, now=NOW, policy=POLICY, exception=off, approves=True)
        assert states(point)[3] == S.EXCUSED

    def test_only_patrols_that_were_held_count(self, cast, point):
        a_visit(cast.team_a, MONDAY - WEEK, point=point, state=VisitState.MISSED)
        a_visit(cast.team_a, MONDAY - WEEK, point=point, state=VisitState.CANCELLED)
        a_visit(cast.team_a, MONDAY - WEEK, point=point, kind=VisitKind.ACTIVITY)
        assert states(point)[1] == S.SHORT

    def test_monday_and_sunday_belong_to_the_week(self, cast, point):
        a_visit(cast.team_a, MONDAY - 2 * WEEK, point=point)
        a_visit(cast.team_a, MONDAY - DAY, point=point)
        assert states(point)[:2] == [S.MET, S.MET]

    def test_not_counted_before_the_first_full_week(self, cast, district):
        late = a_point(district.grid_a, by=cast.qian, on=MONDAY + DAY)
        assert states(late)[:4] == [S.NOT_COUNTED] * 3 + [S.GAP]

    def test_totals(self, cast, district, point):
        a_point(district.grid_a, by=cast.qian, on=MONDAY - WEEK)
        rows = point_rows(ServicePoint.objects.all(), weeks=WEEKS, on=TODAY, policies=always())
        totals = totals_of(rows, WEEKS)
        assert [one.short for one in totals] == [1, 2, 0, 0, 0, 0, 0]
        assert [one.gaps for one in totals] == [0, 0, 2, 2, 2, 2, 2]

    def test_six_queries_whatever_the_number(self, cast, district, point, django_assert_max_num_queries):
        for _ in range(12):
            a_timetable(a_point(district.grid_a, by=cast.qian, on=TODAY), cast.team_a, by=cast.qian, on=TODAY)
        with django_assert_max_num_queries(6):
            rows = point_rows(ServicePoint.objects.all(), weeks=WEEKS, on=TODAY, policies=always())
            assert {row.team for row in rows} == {cast.team_a}

    def test_nothing_is_no_query(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert point_rows(ServicePoint.objects.all(), weeks=[], on=TODAY, policies=always()) == []


class TestPage:
    URL = "/points/calendar/"

    def test_next_weeks_gaps_are_counted_and_filtered(self, noon, cast, district, point, sign_in):
        other = a_point(district.grid_a, by=cast.qian, on=MONDAY)
        a_timetable(other, cast.team_a, by=cast.qian, on=TODAY)
        browser = sign_in(cast.li)
        page = browser.get(self.URL)
        assert page.context["gaps"] == 1
        assert {row.point for row in page.context["page"]} == {point, other}
        assert [row.point for row in browser.get(f"{self.URL}?gaps=on").context["page"]] == [point]
        assert [row.point for row in browser.get(f"{self.URL}?q={other.name}").context["page"]] == [other]

    def test_only_ones_own_places(self, noon, cast, district, point, sign_in):
        assert not sign_in(cast.zhao).get(self.URL).context["page"].object_list
        assert sign_in(cast.zhou).get(self.URL).context["page"].object_list
        assert sign_in(cast.he).get(self.URL).context["page"].object_list
        assert sign_in(cast.sun).get(self.URL).status_code == 403

    def test_a_sheet(self, noon, cast, point, sign_in):
        answer = sign_in(cast.li).get(f"{self.URL}?export=1")
        assert "spreadsheet" in answer["Content-Type"]

    def test_a_bounded_number_of_queries(
        self, noon, cast, district, point, sign_in, django_assert_max_num_queries
    ):
        for _ in range(8):
            a_point(district.grid_a, by=cast.qian, on=MONDAY)
        browser = sign_in(cast.zhou)
        with django_assert_max_num_queries(20):
            browser.get(self.URL)
