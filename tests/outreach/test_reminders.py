"""Reminders: raised once, counted anew, closed by themselves; missed nights are caught up."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from care.models import Plan, Sweep
from core.sql import rows_of, run
from outreach.actions import clear_reminders, raise_reminders
from outreach.choices import Audience, Priority
from outreach.models import Reminder
from outreach.reminders import SOURCES, Swept
from outreach.reminders.care import CONTACTS, TASKS
from outreach.reminders.numbers import numbers_on
from outreach.reminders.sources import CountedSource, Stage
from tests.factories.plans import plan, plans, rule

MONDAY = dt.date(2026, 11, 23)
DAY = dt.timedelta(days=1)
pytestmark = pytest.mark.django_db


def counts(stage: str, source: str = "care") -> dict[dt.date, tuple[int, int, int]]:
    rows = Reminder.objects.open().filter(source=source, stage=stage)
    return {one.due_on: (one.count, one.urgent, one.restricted) for one in rows}


def test_one_row_for_a_team_and_day_however_many_people(cast):
    plans(40, cast.team_a, MONDAY)
    plans(2, cast.team_a, MONDAY, urgency=2)
    plans(3, cast.team_b, MONDAY)
    assert raise_reminders(on=MONDAY).raised == 2
    row = Reminder.objects.get(team=cast.team_a)
    assert (row.dedupe_key, row.count, row.urgent) == (f"care:due:team:{cast.team_a.pk}:2026-11-23", 42, 2)
    assert (row.audience, row.priority, row.raised_on) == (Audience.MEMBER, Priority.URGENT, MONDAY)


def test_a_second_run_changes_nothing(cast):
    plans(3, cast.team_a, MONDAY)
    plans(2, cast.team_a, MONDAY - 20 * DAY)
    assert raise_reminders(on=MONDAY).raised == 3  # due; overdue for the member and for the leader
    assert raise_reminders(on=MONDAY) == Swept()


@pytest.mark.parametrize(
    ("days", "stages"),
    [
        (-4, set()),
        (-3, {"soon"}),
        (-1, {"soon"}),
        (0, {"due"}),
        (10, {"due"}),  # the last day in time
        (11, {"overdue"}),
        (16, {"overdue"}),
        (17, {"overdue", "overdue_leader"}),
        (24, {"overdue", "overdue_leader", "overdue_steward"}),
        (40, {"overdue", "overdue_leader", "overdue_steward", "overdue_bureau"}),
    ],
)
def test_stages_follow_each_other(cast, days, stages):
    """By one sweep on that day alone, and by one each night: the same."""
    one = plan(cast.team_a, MONDAY)
    raise_reminders(on=MONDAY + days * DAY)
    assert set(Reminder.objects.open().values_list("stage", flat=True)) == stages
    Reminder.objects.all().delete()
    Sweep.objects.all().delete()
    for night in range(-6, days + 1):
        raise_reminders(on=MONDAY + night * DAY)
    assert set(Reminder.objects.open().values_list("stage", flat=True)) == stages
    assert Plan.objects.filter(resident_id=one.resident_id).exists()


def test_three_missed_nights_are_caught_up_in_one(cast):
    raise_reminders(on=MONDAY - 4 * DAY)
    for back in range(4):
        plans(back + 1, cast.team_a, MONDAY - back * DAY)
    raise_reminders(on=MONDAY)
    assert {day: one[0] for day, one in counts("due").items()} == {
        MONDAY - back * DAY: back + 1 for back in range(4)
    }


def test_it_stops_by_itself_when_the_thing_is_done(cast):
    done, left = plans(2, cast.team_a, MONDAY)
    raise_reminders(on=MONDAY)
    Plan.objects.filter(resident_id=done.resident_id).update(
        due_on=MONDAY + 90 * DAY,
        opens_on=MONDAY + 80 * DAY,
        closes_on=MONDAY + 95 * DAY,
        expires_on=MONDAY + 99 * DAY,
    )
    assert raise_reminders(on=MONDAY) == Swept(changed=1)
    assert counts("due") == {MONDAY: (1, 0, 0)}
    Plan.objects.filter(resident_id=left.resident_id).update(state="ended")  # died, moved, signed off
    assert raise_reminders(on=MONDAY) == Swept(closed=1)
    row = Reminder.objects.get()
    assert (row.state, row.count, row.closed_on) == ("closed", 0, MONDAY)
    assert raise_reminders(on=MONDAY) == Swept()


def test_what_was_taken_back_is_open_again(cast):
    one = plan(cast.team_a, MONDAY)
    raise_reminders(on=MONDAY)
    Plan.objects.update(state="paused")
    raise_reminders(on=MONDAY)
    Plan.objects.filter(resident_id=one.resident_id).update(state="running")
    assert raise_reminders(on=MONDAY + DAY) == Swept(changed=1)
    row = Reminder.objects.get()
    assert (row.state, row.raised_on, row.closed_on) == ("open", MONDAY + DAY, None)


def test_a_team_that_took_over_is_reminded_instead(cast):
    plans(2, cast.team_a, MONDAY)
    raise_reminders(on=MONDAY)
    Plan.objects.update(team=cast.team_b)
    raise_reminders(on=MONDAY + DAY)
    assert set(Reminder.objects.open().values_list("team_id", flat=True)) == {cast.team_b.pk}


def test_restricted_programmes_are_a_number_of_their_own(cast):
    plans(2, cast.team_a, MONDAY)
    plans(3, cast.team_a, MONDAY, of=rule("test.closed", is_restricted=True))
    raise_reminders(on=MONDAY)
    assert counts("due") == {MONDAY: (2, 0, 3)}


def test_the_quarterly_contact_is_counted_by_itself(cast):
    contact = rule("contract.contact")
    plans(5, cast.team_a, MONDAY, of=contact, closes_on=MONDAY + 14 * DAY)
    raise_reminders(on=MONDAY - DAY)
    assert counts("soon", "contact") == {}
    raise_reminders(on=MONDAY)
    assert counts("soon", "contact") == {MONDAY + 14 * DAY: (5, 0, 0)}
    assert counts("due") == {}
    raise_reminders(on=MONDAY + 15 * DAY)
    assert (counts("soon", "contact"), counts("overdue", "contact")) == ({}, {MONDAY + 14 * DAY: (5, 0, 0)})


def test_the_cost_follows_what_is_due_and_not_the_population(cast):
    """Every statement begins with the days of an index; the plans that are not due are never read."""
    plans(3, cast.team_a, MONDAY)
    far = {
        name: MONDAY + (200 + n) * DAY
        for n, name in enumerate(["opens_on", "due_on", "closes_on", "expires_on"])
    }
    of = rule("test.far")
    Plan.objects.bulk_create(
        Plan(resident_id=800_000_000 + n, rule=of, sequence=1, team=cast.team_a, anchor_on=MONDAY, **far)
        for n in range(3000)
    )
    run("ANALYZE care_plan")
    days = {"first": MONDAY - 3 * DAY, "last": MONDAY, "on": MONDAY}
    for source in (TASKS, CONTACTS):
        for stage in source.stages:
            shown = "\n".join(row[0] for row in rows_of(f"EXPLAIN {stage.things}", days))
            assert "Seq Scan on care_plan" not in shown, stage.code
            assert "plan_due" in shown or "plan_closes" in shown, stage.code


def test_never_two_rows_for_one_thing(cast):
    plan(cast.team_a, MONDAY)
    raise_reminders(on=MONDAY)
    row = Reminder.objects.get()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


# Patrols of service points: the generic source, over a table of the test's own.
PATROLS = CountedSource(
    name="patrol",
    label="服务点巡诊",
    page="home",
    stages=(
        Stage(
            "due", "本周应巡诊 {count} 处", Audience.PERSON,
            "SELECT 'point:' || id AS subject, NULL::bigint AS team_id, user_id, day, 1 AS count, 0 AS urgent,"
            " 0 AS restricted, name AS title FROM test_point WHERE NOT is_done AND day BETWEEN %(first)s AND %(last)s",
            offset=lambda numbers: -6,
        ),
    ),
)  # fmt: skip


@pytest.fixture
def points(cast):
    run(
        "CREATE TEMP TABLE test_point (id int, user_id bigint, day date, name text, is_done bool DEFAULT false)"
    )
    run("INSERT INTO test_point VALUES (1, %s, %s, '东北村服务点'), (2, %s, %s, '菊花顶服务点')",
        [cast.li.pk, MONDAY + 6 * DAY, cast.zhao.pk, MONDAY + 7 * DAY])  # fmt: skip
    yield
    run("DROP TABLE test_point")


def test_any_table_with_days_can_be_a_source(cast, points):
    assert raise_reminders(on=MONDAY, sources=[PATROLS]) == Swept(raised=1)
    row = Reminder.objects.get()
    assert (row.user, row.title, row.subject) == (cast.li, "东北村服务点", "point:1")
    assert raise_reminders(on=MONDAY + DAY, sources=[PATROLS]) == Swept(raised=1)
    run("UPDATE test_point SET is_done = true WHERE id = 1")
    assert raise_reminders(on=MONDAY + DAY, sources=[PATROLS]) == Swept(closed=1)


def test_every_source_leads_somewhere_and_says_no_diagnosis(cast):
    numbers = numbers_on(MONDAY)
    seen = set()
    for source in SOURCES:
        for stage in source.stages:
            assert (source.name, stage.code) not in seen
            seen.add((source.name, stage.code))
            assert source.address(stage.code).startswith("/")
            assert "{count}" in stage.words
            assert not {"血压", "糖尿", "精神", "结核", "艾滋", "孕", "病"} & set(stage.words)
            assert stage.until is None or stage.offset(numbers) < stage.until(numbers)
            assert len(f"remind:{source.name}:{stage.code}") <= 40


def test_what_ended_long_ago_is_forgotten(cast):
    plan(cast.team_a, MONDAY)
    raise_reminders(on=MONDAY)
    Plan.objects.update(state="ended")
    raise_reminders(on=MONDAY)
    assert clear_reminders(on=MONDAY + 180 * DAY) == 0
    assert clear_reminders(on=MONDAY + 181 * DAY) == 1
    assert not Reminder.objects.exists()
