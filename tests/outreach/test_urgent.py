"""Urgent reports: two sides, two clocks, one answer each (S2-27)."""

import datetime as dt
import threading

import pytest
from django.db import connection, connections

from outreach.actions.acknowledging import CannotAcknowledge, acknowledge, open_acks
from outreach.choices import AckSide, ReportKind, ReportStep
from outreach.models import GridReport, ReportAck
from outreach.queries.oversight import late_page, overseen_by
from outreach.queries.urgent import (
    alarms_for_committee,
    alarms_for_team,
    alarms_overseen,
    in_a_list,
    sides_of,
    waiting_for_committee,
)
from outreach.queries.whistles import in_bucket, inbox_of, inbox_page, late
from tests.factories.community import leader, sentinel, steward
from tests.factories.grids import GridFactory, GridResponsibilityFactory, MicroGridFactory
from tests.factories.reports import report_from

NIGHT = dt.datetime(2026, 11, 22, 18, 0, tzinfo=dt.UTC)  # two o'clock at night in Shanghai, on the 23rd
TODAY = dt.date(2026, 11, 23)
MINUTE = dt.timedelta(minutes=1)
pytestmark = pytest.mark.django_db
COMMITTEE, TEAM = AckSide.COMMITTEE, AckSide.TEAM


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to(NIGHT, tick=False)


@pytest.fixture
def people(cast, district):
    cast.feng = leader(district.grid_a).user
    cast.zheng = steward(district.village_a).user
    return cast


def urgent(user, **more) -> GridReport:
    return report_from(user, ReportKind.URGENT, now=NIGHT, **more)


def refused(report, side, by) -> str:
    with pytest.raises(CannotAcknowledge) as found:
        acknowledge(report=report, side=side, by=by, now=NIGHT + MINUTE)
    assert not ReportAck.objects.filter(report=report, side=side, acked_at__isnull=False).exists()
    return found.value.code


def test_both_clocks_begin_with_the_report_at_night_as_well(people):
    report = urgent(people.sun)
    assert {(one.side, one.due_at - NIGHT, one.acked_at) for one in report.acks.all()} == {
        (COMMITTEE, 30 * MINUTE, None),
        (TEAM, 30 * MINUTE, None),
    }
    assert (report.respond_by, report.is_restricted) == (None, True)
    assert len(open_acks(report, now=NIGHT + MINUTE)) == 2  # again: the first clocks stay
    assert set(report.acks.values_list("due_at", flat=True)) == {NIGHT + 30 * MINUTE}


def test_practice_calls_nobody(people):
    report = urgent(people.sun, is_training=True)
    assert open_acks(report, now=NIGHT) == []
    assert not ReportAck.objects.exists()
    assert refused(report, TEAM, people.li) == "not_urgent"


def test_each_side_answers_for_itself(people):
    report = urgent(people.sun)
    acknowledge(report=report, side=TEAM, by=people.wang, now=NIGHT + MINUTE)
    waiting = report.acks.get(side=COMMITTEE)
    assert waiting.acked_at is None
    done = acknowledge(report=report, side=COMMITTEE, by=people.zheng, now=NIGHT + 2 * MINUTE)
    assert (done.acked_by, done.acked_at) == (people.zheng, NIGHT + 2 * MINUTE)
    steps = report.events.filter(step=ReportStep.ACKED).order_by("at")
    assert [(one.by, one.note) for one in steps] == [
        (people.wang, "家庭医生团队"),
        (people.zheng, "村（居）委会"),
    ]


def test_the_first_answer_counts(people):
    report = urgent(people.sun)
    acknowledge(report=report, side=TEAM, by=people.li, now=NIGHT + MINUTE)
    again = acknowledge(report=report, side=TEAM, by=people.wang, now=NIGHT + 9 * MINUTE)
    assert (again.acked_by, again.acked_at) == (people.li, NIGHT + MINUTE)
    assert report.events.filter(step=ReportStep.ACKED).count() == 1


def test_who_stands_on_which_side(people, district):
    report = urgent(people.sun)
    elsewhere = leader(district.grid_b, "wei").user
    next_door = leader(GridFactory(village=district.village_a), "chen").user
    other_sentinel = sentinel(district.grid_a, "shi").user
    for stranger in (people.zhao, people.zhou, people.he, people.feng):
        assert refused(report, TEAM, stranger) == "not_this_team"
    for stranger in (people.li, elsewhere, next_door, other_sentinel, people.qian):
        assert refused(report, COMMITTEE, stranger) == "not_committee"
    assert acknowledge(report=report, side=COMMITTEE, by=people.feng, now=NIGHT).acked_by == people.feng
    assert acknowledge(report=report, side=TEAM, by=people.qian, now=NIGHT).acked_by == people.qian


def test_nobody_acknowledges_his_own_report(people, district):
    report = urgent(people.feng, posting=people.feng.postings.get())
    assert refused(report, COMMITTEE, people.feng) == "own_report"
    assert not waiting_for_committee(people.feng, on=TODAY).exists()
    assert waiting_for_committee(people.zheng, on=TODAY).get() == report


def test_a_former_post_is_none(people):
    report = urgent(people.sun)
    people.feng.postings.update(ends_on=TODAY - dt.timedelta(days=1))
    assert refused(report, COMMITTEE, people.feng) == "not_committee"
    assert not alarms_for_committee(people.feng, on=TODAY).exists()


def test_the_leader_of_the_grid_answers_for_its_micro_grids(people, district):
    micro = MicroGridFactory(parent=district.grid_a)
    report = urgent(people.sun, grid=micro)
    assert report.team == people.team_a
    assert waiting_for_committee(people.feng, on=TODAY).get() == report
    acknowledge(report=report, side=COMMITTEE, by=people.feng, now=NIGHT)


def test_who_covers_the_grid_by_now_answers_for_the_team(people, district):
    grid = GridFactory(village=district.village_a)
    report = urgent(people.sun, grid=grid)
    assert report.team is None
    assert refused(report, TEAM, people.zhao) == "not_this_team"
    GridResponsibilityFactory(grid=grid, team=people.team_b)
    report = GridReport.objects.get(pk=report.pk)
    assert refused(report, TEAM, people.li) == "not_this_team"
    assert acknowledge(report=report, side=TEAM, by=people.zhao, now=NIGHT + MINUTE).acked_by == people.zhao


def test_what_is_over_needs_no_answer(people):
    report = urgent(people.sun)
    report.state, report.ended_at = "withdrawn", NIGHT
    report.save(update_fields=["state", "ended_at"])
    assert refused(report, TEAM, people.li) == "report_ended"
    assert not waiting_for_committee(people.feng, on=TODAY).exists()


def test_who_sees_what(people):
    report = urgent(people.sun)
    assert alarms_for_team(people.li).get() == report
    assert not alarms_for_team(people.zhao).exists()
    assert not alarms_for_team(people.qian).exists()  # may not know restricted ones
    for who in (people.li, people.qian, people.zhou, people.he):
        assert alarms_overseen(who).get() == report
    for who in (people.zhao, people.wu):
        assert not alarms_overseen(who).exists()
    (row,) = in_a_list(alarms_overseen(people.qian), user=people.qian, now=NIGHT, on=TODAY)
    assert not row.is_readable
    assert {one.user for one in row.committee} == {people.feng, people.zheng}
    (row,) = in_a_list(alarms_overseen(people.li), user=people.li, now=NIGHT, on=TODAY)
    assert row.is_readable
    assert [(one.side, one.minutes) for one in row.sides] == [(TEAM, 30), (COMMITTEE, 30)]


def test_minutes_left_and_past(people):
    report = urgent(people.sun)
    report = alarms_for_team(people.li).get(pk=report.pk)

    def team(now):
        return sides_of(report, now=now, is_team=True)[0]

    assert (team(NIGHT + 29 * MINUTE).is_late, team(NIGHT + 30 * MINUTE).is_late) == (False, False)
    late = team(NIGHT + 31 * MINUTE)
    assert (late.is_late, late.late_minutes, late.is_mine) == (True, 1, True)


def test_rows_of_the_list_cost_the_same_however_many(people, django_assert_max_num_queries):
    for _ in range(3):
        urgent(people.sun)
    with django_assert_max_num_queries(6):
        assert len(in_a_list(alarms_overseen(people.li), user=people.li, now=NIGHT, on=TODAY)) == 3


@pytest.mark.django_db(transaction=True)
def test_two_who_press_at_once_are_one_answer(people):
    report = urgent(people.sun)

    def press(who):
        try:
            acknowledge(report=report, side=TEAM, by=who, now=NIGHT + MINUTE)
        finally:
            connections.close_all()

    presses = [threading.Thread(target=press, args=(one,)) for one in (people.li, people.wang) * 3]
    for one in presses:
        one.start()
    for one in presses:
        one.join()
    connection.close()
    assert report.events.filter(step=ReportStep.ACKED).count() == 1


def test_a_side_that_is_late_makes_the_report_late_everywhere(people):
    report = urgent(people.sun)
    lists = (overseen_by(people.zhou), inbox_of(people.li))
    in_time, over = NIGHT + 29 * MINUTE, NIGHT + 30 * MINUTE
    assert not any(one.filter(late(in_time)).exists() for one in lists)
    (row,) = late_page(lists[0], after="", now=over).rows
    assert (row.report, row.is_late, row.due) == (
        report,
        True,
        None,
    )  # to be settled later, to be answered at once
    (line,) = inbox_page(in_bucket(lists[1], "late", people.li, now=over), "late", after="", now=over).rows
    assert (line.is_late, line.due) == (True, report.settle_by)
    for side, by in ((TEAM, people.li), (COMMITTEE, people.feng)):
        acknowledge(report=report, side=side, by=by, now=over)
    assert not any(one.filter(late(over)).exists() for one in lists)
    (row,) = late_page(lists[0], after="", now=report.settle_by).rows
    assert (row.is_late, row.due) == (True, report.settle_by)
