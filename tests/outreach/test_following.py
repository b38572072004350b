"""What nobody has ended belongs to whoever answers for its place now (7.3)."""

import datetime as dt

import pytest

from grids.models import GridResponsibility
from outreach.actions import Escalated, escalate_reports
from outreach.actions.answering import take_report
from outreach.actions.following import follow_grids
from outreach.choices import ReportKind, ReportState, ReportStep
from outreach.models import GridReport
from outreach.queries.whistles import inbox_of
from tests.factories.grids import GridFactory, GridResponsibilityFactory, MicroGridFactory
from tests.factories.reports import MONDAY_TEN, report_from

ON = dt.date(2026, 11, 24)
NOW = MONDAY_TEN + dt.timedelta(days=1)
DAY = dt.timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to(NOW, tick=False)


def follow() -> int:
    return follow_grids(on=ON, now=NOW)


def hand_over(grid, team, *, on: dt.date = ON) -> None:
    GridResponsibility.objects.filter(grid=grid, ends_on=None).update(ends_on=on - DAY)
    GridResponsibilityFactory(grid=grid, team=team, starts_on=on)


def test_it_goes_to_the_new_team_with_its_clocks_and_says_so(cast, district):
    report = take_report(by=cast.li, on=ON, now=NOW, report=report_from(cast.sun))
    hand_over(district.grid_a, cast.team_b)
    assert follow() == 1
    moved = GridReport.objects.get()
    assert (moved.team, moved.handler, moved.state) == (cast.team_b, None, ReportState.ASSIGNED)
    assert (moved.respond_by, moved.settle_by) == (report.respond_by, report.settle_by)
    step = moved.events.latest("pk")
    assert (step.step, step.by, step.note) == (ReportStep.PASSED, None, f"网格改由{cast.team_b.name}负责")
    assert list(inbox_of(cast.zhao)) == [moved] and not inbox_of(cast.li).exists()
    assert follow() == 0


def test_not_before_the_day(cast, district):
    report_from(cast.sun)
    hand_over(district.grid_a, cast.team_b, on=ON + DAY)
    assert follow() == 0


def test_what_has_ended_and_practice_stay(cast, district):
    report = report_from(cast.sun)
    GridReport.objects.filter(pk=report.pk).update(state=ReportState.CLOSED, ended_at=NOW)
    report_from(cast.sun, is_training=True)
    hand_over(district.grid_a, cast.team_b)
    assert follow() == 0


def test_without_anybody_now_it_stays_with_whom_it_was(cast, district):
    report_from(cast.sun)
    GridResponsibility.objects.filter(grid=district.grid_a).update(ends_on=ON - DAY)
    assert follow() == 0
    assert GridReport.objects.get().team == cast.team_a


def test_a_grid_that_nobody_had_gets_its_team(cast, district):
    grid = GridFactory(village=district.village_a)
    report = report_from(cast.sun, grid=grid)
    assert report.team is None
    GridResponsibilityFactory(grid=grid, team=cast.team_b, starts_on=ON)
    assert follow() == 1
    report.refresh_from_db()
    assert report.team == cast.team_b


def test_a_micro_grid_has_its_own_team_before_that_of_the_grid_above(cast, district):
    micro = MicroGridFactory(parent=district.grid_a)
    report = report_from(cast.sun, grid=micro)
    assert report.team == cast.team_a
    GridResponsibilityFactory(grid=micro, team=cast.team_b, starts_on=ON)
    assert follow() == 1
    report.refresh_from_db()
    assert report.team == cast.team_b


def test_a_team_that_was_closed_answers_for_nothing(cast, district):
    report_from(cast.sun)
    GridResponsibilityFactory(grid=MicroGridFactory(parent=district.grid_a), team=cast.team_b)
    type(cast.team_a).objects.filter(pk=cast.team_a.pk).update(ends_on=ON - DAY)
    assert follow() == 0


def test_each_minute_and_the_new_team_is_told(cast, district):
    report_from(cast.sun, ReportKind.NEED)
    hand_over(district.grid_a, cast.team_b)
    assert escalate_reports(now=NOW) == Escalated(followed=1)
    assert escalate_reports(now=NOW) == Escalated()
