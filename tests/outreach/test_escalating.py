"""What was not answered in time goes up, each step once; by minutes, or by working days (S2-1, S2-27, S0-39)."""

import datetime as dt
import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from core.calendar import keep_day
from core.models import PolicySetting
from outreach import tasks
from outreach.actions import Escalated, escalate_reports, raise_reminders
from outreach.actions.acknowledging import acknowledge
from outreach.actions.answering import close_report, take_report
from outreach.choices import AckSide, Escalation, Outcome, ReportKind, ReportStep
from outreach.models import Digest, DigestDelivery, GridReport, Reminder, ReportAck
from outreach.queries.inbox import in_words
from residents.choices import Population
from teams.choices import Role
from teams.models import Institution
from tests.factories.community import leader, steward
from tests.factories.grids import GridFactory
from tests.factories.reports import report_from
from tests.factories.teams import RoleAssignmentFactory

ZONE = dt.timezone(dt.timedelta(hours=8))
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
MONDAY = dt.date(2026, 11, 23)
NIGHT = dt.datetime(2026, 11, 23, 2, 0, tzinfo=ZONE)
NONE, LEADER, STEWARD, BUREAU = Escalation
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to(NIGHT, tick=False)


@pytest.fixture
def people(cast, district):
    cast.feng = leader(district.grid_a).user
    cast.zheng = steward(district.village_a).user
    return cast


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    """Of November 2026: the 23rd is a Monday."""
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


def steps(report: GridReport) -> list[str]:
    events = report.events.filter(step=ReportStep.ESCALATED).order_by("at", "pk")
    return [one.note for one in events]


def reminded(source: str = "report") -> dict[str, int]:
    """Stage -> how many are told of, over all rows."""
    found: dict[str, int] = {}
    for one in Reminder.objects.open().filter(source=source):
        found[one.stage] = found.get(one.stage, 0) + one.count + one.restricted
    return found


class TestUrgent:
    def urgent(self, people) -> GridReport:
        return report_from(people.sun, ReportKind.URGENT, now=NIGHT)

    def test_half_an_hour_then_two_hours_each_once(self, people):
        report = self.urgent(people)
        assert escalate_reports(now=NIGHT + 29 * MINUTE) == Escalated()
        assert escalate_reports(now=NIGHT + 30 * MINUTE) == Escalated(urgent=2)
        assert escalate_reports(now=NIGHT + 31 * MINUTE) == Escalated()
        assert set(report.acks.values_list("escalated", flat=True)) == {STEWARD}
        assert escalate_reports(now=NIGHT + 119 * MINUTE) == Escalated()
        assert escalate_reports(now=NIGHT + 120 * MINUTE) == Escalated(urgent=2)
        assert escalate_reports(now=NIGHT + 500 * MINUTE) == Escalated()
        report.refresh_from_db()
        assert report.escalated == BUREAU
        assert sorted(steps(report)) == [
            "家庭医生团队：超过时限，已报区卫健局",
            "家庭医生团队：超过时限，已报机构家医管家和镇街",
            "村（居）委会：超过时限，已报区卫健局",
            "村（居）委会：超过时限，已报机构家医管家和镇街",
        ]

    def test_only_the_side_that_is_silent(self, people):
        report = self.urgent(people)
        acknowledge(report=report, side=AckSide.TEAM, by=people.li, now=NIGHT + MINUTE)
        assert escalate_reports(now=NIGHT + 40 * MINUTE).urgent == 1
        assert report.acks.get(side=AckSide.TEAM).escalated == NONE

    def test_after_a_night_without_a_worker_the_highest_step_at_once(self, people):
        report = self.urgent(people)
        assert escalate_reports(now=NIGHT + 9 * HOUR).urgent == 2
        assert len(steps(report)) == 2

    def test_what_has_ended_or_was_practice_stays_down(self, people):
        served = {"on": MONDAY, "now": NIGHT + MINUTE, "outcome": Outcome.SERVED}
        close_report(by=people.li, report=self.urgent(people), **served)
        report_from(people.sun, ReportKind.URGENT, now=NIGHT, is_training=True)
        assert escalate_reports(now=NIGHT + 9 * HOUR) == Escalated()

    def test_known_to_both_it_must_be_settled_within_a_day_and_a_night(self, people):
        report = self.urgent(people)
        acknowledge(report=report, side=AckSide.TEAM, by=people.li, now=NIGHT + MINUTE)
        assert escalate_reports(now=NIGHT + 31 * MINUTE).urgent == 1
        acknowledge(report=report, side=AckSide.COMMITTEE, by=people.zheng, now=NIGHT + 32 * MINUTE)
        report.refresh_from_db()
        assert report.escalated == NONE  # late, but heard of
        raise_reminders(on=MONDAY)
        assert reminded() == {"unsettled": 1}
        assert escalate_reports(now=NIGHT + 24 * HOUR - MINUTE) == Escalated()
        assert escalate_reports(now=NIGHT + 24 * HOUR) == Escalated(unsettled=1)
        assert escalate_reports(now=NIGHT + 26 * HOUR - MINUTE) == Escalated()
        assert escalate_reports(now=NIGHT + 26 * HOUR) == Escalated(unsettled=1)
        assert escalate_reports(now=NIGHT + 27 * HOUR) == Escalated()
        report.refresh_from_db()
        assert report.escalated == BUREAU
        assert steps(report)[-2:] == ["超过时限，已报机构家医管家和镇街", "超过时限，已报区卫健局"]
        close_report(
            by=people.li, on=MONDAY + DAY, now=NIGHT + 27 * HOUR, report=report, outcome=Outcome.REFERRED
        )
        assert escalate_reports(now=NIGHT + 28 * HOUR) == Escalated()

    def test_minutes_are_those_of_the_policy_when_it_came_in(self, people):
        PolicySetting.objects.create(
            room="outreach",
            payload={"urgent_ack_minutes": 10, "urgent_bureau_minutes": 20},
            in_force_from=MONDAY - DAY,
            source="test",
        )
        report = self.urgent(people)
        assert escalate_reports(now=NIGHT + 10 * MINUTE).urgent == 2
        assert escalate_reports(now=NIGHT + 20 * MINUTE).urgent == 2
        assert report.acks.filter(escalated=BUREAU).count() == 2


class TestTold:
    """Reminders, digests and deliveries of urgent reports: at once, at any hour."""

    @pytest.fixture(autouse=True)
    def outside(self, settings):
        settings.SMS_SENDER = "gateway"
        settings.WECOM_ROBOTS = {"*": "http://127.0.0.1:9/robot"}

    def ways(self, user) -> list[tuple[str, str, str]]:
        rows = DigestDelivery.objects.filter(digest__recipient=user, channel="wecom").order_by("kind")
        return [(one.kind, one.state, one.next_try_at.astimezone(ZONE).strftime("%H:%M")) for one in rows]

    def told(self) -> dict[str, str]:
        return {one.recipient.username: in_words(one).summary for one in Digest.objects.of(MONDAY)}

    def test_both_sides_as_soon_as_it_is_sent(self, people, django_capture_on_commit_callbacks, monkeypatch):
        monkeypatch.setattr(tasks.tell_urgent, "apply_async", lambda **options: tasks.tell_urgent())
        with django_capture_on_commit_callbacks(execute=True):
            report_from(people.sun, ReportKind.URGENT, now=NIGHT)
        assert self.told() == {
            "li": "网格紧急上报待团队确认 1 件，其中紧急 1 项",
            "wang": "网格紧急上报待团队确认 1 件，其中紧急 1 项",
            "feng": "网格紧急上报待村（居）确认 1 件，其中紧急 1 项",
            "zheng": "网格紧急上报待村（居）确认 1 件，其中紧急 1 项",
        }
        assert set(self.told()) == {"li", "wang", "feng", "zheng"}
        assert self.ways(people.li) == [("daily", "waiting", "02:00")]

    def test_without_a_broker_within_the_minute(self, people):
        report_from(people.sun, ReportKind.URGENT, now=NIGHT)
        assert not Digest.objects.exists()
        assert escalate_reports(now=NIGHT + MINUTE) == Escalated()
        assert set(self.told()) == {"li", "wang", "feng", "zheng"}

    def test_who_hears_of_the_delay(self, people):
        report_from(people.sun, ReportKind.URGENT, now=NIGHT)
        escalate_reports(now=NIGHT + 30 * MINUTE)
        assert set(self.told()) == {"li", "wang", "feng", "zheng", "qian", "he"}
        assert "超时未确认 1 件" in self.told()["li"]  # the leader of the team
        assert "超时" not in self.told()["wang"]
        escalate_reports(now=NIGHT + 120 * MINUTE)
        assert set(self.told()) == {"li", "wang", "feng", "zheng", "qian", "he", "zhou"}

    def test_it_stops_when_both_have_answered(self, people):
        report = report_from(people.sun, ReportKind.URGENT, now=NIGHT)
        escalate_reports(now=NIGHT + 30 * MINUTE)
        acknowledge(report=report, side=AckSide.TEAM, by=people.li, now=NIGHT + 31 * MINUTE)
        escalate_reports(now=NIGHT + 32 * MINUTE)
        assert self.told()["wang"] == "都已办完。"
        assert "超时未确认 1 件" in self.told()["qian"]  # the committee is silent yet
        acknowledge(report=report, side=AckSide.COMMITTEE, by=people.feng, now=NIGHT + 33 * MINUTE)
        raise_reminders(on=MONDAY)
        assert reminded() == {"unsettled": 1}

    def test_every_further_one_is_told_again_at_night(self, people):
        """The message of the morning waits; word of danger does not, and the second danger is told like the first."""
        Reminder.objects.create(
            dedupe_key="x", source="care", stage="due", subject="team", audience="member", team=people.team_a,
            due_on=MONDAY, count=1, raised_on=MONDAY,
        )  # fmt: skip
        from outreach.actions import write_digests

        write_digests(on=MONDAY, now=NIGHT - HOUR)
        assert self.ways(people.li) == [("daily", "waiting", "08:00")]
        for n in (0, 1):
            report_from(people.sun, ReportKind.URGENT, now=NIGHT + n * HOUR)
            escalate_reports(now=NIGHT + n * HOUR + MINUTE)
            assert self.ways(people.li)[1] == ("urgent", "waiting", f"0{2 + n}:01")
            keys = set(DigestDelivery.objects.filter(kind="urgent").values_list("key", flat=True))
            DigestDelivery.objects.filter(kind="urgent").update(state="sent")
        assert len(keys) == DigestDelivery.objects.filter(kind="urgent").count()
        escalate_reports(now=NIGHT + HOUR + 2 * MINUTE)
        assert not DigestDelivery.objects.filter(kind="urgent", state="waiting").exists()

    def test_what_was_counted_and_not_told_is_told_the_next_minute(self, people, monkeypatch):
        report_from(people.sun, ReportKind.URGENT, now=NIGHT)

        def broken(**given):
            raise OSError

        with monkeypatch.context() as patch:
            patch.setattr("outreach.actions.alarms.write_digests", broken)
            with pytest.raises(OSError):
                escalate_reports(now=NIGHT + MINUTE)
        assert not Digest.objects.exists()
        escalate_reports(now=NIGHT + 2 * MINUTE)
        assert set(self.told()) == {"li", "wang", "feng", "zheng"}

    def test_a_danger_while_the_last_message_is_on_its_way_is_told_too(self, people):
        for n in (0, 1):
            report_from(people.sun, ReportKind.URGENT, now=NIGHT + n * HOUR)
            escalate_reports(now=NIGHT + n * HOUR + MINUTE)
        sent = DigestDelivery.objects.filter(kind="urgent", channel="wecom", digest__recipient=people.li)
        sent.update(state="sending", lease_until=NIGHT + 3 * HOUR, attempts=1)
        report_from(people.sun, ReportKind.URGENT, now=NIGHT + 2 * HOUR)
        escalate_reports(now=NIGHT + 2 * HOUR + MINUTE)
        assert (sent.get().state, sent.get().attempts) == (
            "waiting",
            1,
        )  # the stamp of that sending finds no row

    def test_the_street_of_the_grid_hears_wherever_the_institution_stands(self, people):
        Institution.objects.filter(pk=people.team_a.institution_id).update(area_code="371002")
        report_from(people.sun, ReportKind.URGENT, now=NIGHT)
        escalate_reports(now=NIGHT + 30 * MINUTE)
        assert "超时未确认 1 件" in self.told()["he"]

    def test_an_officer_with_two_posts_hears_of_each_once(self, people, district):
        RoleAssignmentFactory(user=people.he, role=Role.STREET, area_code=district.village_a.code)
        report_from(people.sun, ReportKind.NEED, now=at(23, 10), grid=GridFactory(village=district.village_a))
        raise_reminders(on=MONDAY)
        assert set(Reminder.objects.open().values_list("stage", "count")) == {("no_team", 1)}

    def test_without_a_team_the_street_and_the_bureau_hear_at_once(self, people, district):
        grid = GridFactory(village=district.village_a)
        report = report_from(people.sun, ReportKind.URGENT, now=NIGHT, grid=grid)
        assert report.team is None
        escalate_reports(now=NIGHT + MINUTE)
        assert set(self.told()) == {"zheng", "he", "zhou"}
        assert "无责任团队的网格紧急上报 1 件" in self.told()["he"]

    def test_words_name_neither_illness_nor_person(self, people):
        report_from(people.sun, ReportKind.URGENT, now=NIGHT)
        escalate_reports(now=NIGHT + 3 * HOUR)
        for said in self.told().values():
            assert not any(word in said for word in ("精神", "刘桂兰", "3号楼"))


class TestUsual:
    def test_leader_when_overdue_steward_and_bureau_by_working_days(self, people):
        """Friday 15:00, two working days: Tuesday 15:00; weekends do not count."""
        report = report_from(people.sun, ReportKind.NEED, now=at(20, 15))
        assert report.respond_by == at(24, 15)
        assert escalate_reports(now=at(24, 14, 59)) == Escalated()
        assert escalate_reports(now=at(24, 15)) == Escalated(usual=1)
        assert escalate_reports(now=at(25, 14, 59)) == Escalated()
        assert escalate_reports(now=at(25, 15)) == Escalated(usual=1)
        assert escalate_reports(now=at(27, 14, 59)) == Escalated()
        assert escalate_reports(now=at(27, 15)) == Escalated(usual=1)
        assert escalate_reports(now=at(30, 15)) == Escalated()
        assert steps(report) == [
            "超过时限，已提醒团队长",
            "超过时限，已报机构家医管家和镇街",
            "超过时限，已报区卫健局",
        ]

    def test_nobodys_report_has_no_leader_who_could_have_been_told(self, people, district):
        grid = GridFactory(village=district.village_a)
        report = report_from(people.sun, ReportKind.NEED, now=at(20, 15), grid=grid)
        assert escalate_reports(now=at(24, 15)) == Escalated(usual=1)
        assert escalate_reports(now=at(30, 15)) == Escalated()
        assert steps(report) == ["超过时限，已报区卫健局"]

    def test_days_off_do_not_count(self, people):
        keep_day(day=dt.date(2026, 11, 25), is_working=False, name="调休", source="test")
        report_from(people.sun, ReportKind.NEED, now=at(20, 15))
        escalate_reports(now=at(24, 15))
        assert escalate_reports(now=at(25, 20)) == Escalated()
        assert escalate_reports(now=at(26, 15)) == Escalated(usual=1)

    def test_who_hears(self, people):
        report_from(people.sun, ReportKind.NEED, now=at(20, 15))
        raise_reminders(on=dt.date(2026, 11, 20))
        assert reminded() == {"new": 1}
        escalate_reports(now=at(24, 15))
        raise_reminders(on=dt.date(2026, 11, 24))
        assert reminded() == {"overdue": 1, "overdue_leader": 1}
        escalate_reports(now=at(25, 15))
        raise_reminders(on=dt.date(2026, 11, 25))
        assert reminded() == {"overdue": 1, "overdue_leader": 1, "overdue_steward": 1, "overdue_street": 1}
        escalate_reports(now=at(27, 15))
        raise_reminders(on=dt.date(2026, 11, 27))
        assert set(reminded()) == {
            "overdue", "overdue_leader", "overdue_steward", "overdue_street", "overdue_bureau",
        }  # fmt: skip

    def test_taken_late_it_has_the_clock_of_the_next_stage(self, people):
        report = report_from(people.sun, ReportKind.NEED, now=at(20, 15))
        escalate_reports(now=at(24, 15))
        escalate_reports(now=at(25, 15))
        take_report(by=people.li, on=dt.date(2026, 11, 25), now=at(25, 16), report=report)
        assert escalate_reports(now=at(25, 17)) == Escalated(eased=1)
        raise_reminders(on=dt.date(2026, 11, 25))
        assert reminded() == {}
        report.refresh_from_db()
        assert escalate_reports(now=report.settle_by - MINUTE) == Escalated()
        assert escalate_reports(now=report.settle_by) == Escalated(usual=1)
        assert (
            len(steps(report)) == 3
        )  # leader and steward for the response, the leader again for the settling

    def test_taken_in_time_nothing_happens(self, people):
        report = report_from(people.sun, ReportKind.NEED, now=at(20, 15))
        take_report(by=people.li, on=MONDAY, now=at(23, 9), report=report)
        assert escalate_reports(now=at(25, 15)) == Escalated()

    def test_practice_has_no_clock(self, people):
        report_from(people.sun, ReportKind.NEED, now=at(20, 15), is_training=True)
        assert escalate_reports(now=at(30, 15)) == Escalated()
        raise_reminders(on=MONDAY)
        assert reminded() == {}

    def test_of_restricted_kinds_only_how_many(self, people):
        report_from(people.sun, now=at(20, 15), facts={"populations": [Population.SMI]})
        raise_reminders(on=MONDAY)
        row = Reminder.objects.get(stage="new")
        assert (row.count, row.restricted, row.urgent) == (0, 1, 0)

    def test_without_a_team_it_is_the_streets_and_the_bureaus(self, people, district):
        report_from(people.sun, ReportKind.NEED, now=at(20, 15), grid=GridFactory(village=district.village_a))
        raise_reminders(on=MONDAY)
        rows = Reminder.objects.open().filter(source="report")
        assert {(one.stage, one.user.username) for one in rows} == {("no_team", "he"), ("no_team", "zhou")}

    def test_many_at_once_in_few_statements(self, people, django_assert_max_num_queries):
        for _ in range(12):
            report_from(people.sun, ReportKind.NEED, now=at(20, 15))
        Digest.objects.all().delete()
        with django_assert_max_num_queries(60):
            assert escalate_reports(now=at(24, 15)).usual == 12


def test_command_twin(people):
    report_from(people.sun, ReportKind.URGENT, now=NIGHT)
    out = StringIO()
    call_command("escalate_reports", at="2026-11-23 02:30", stdout=out)
    assert "紧急上报 2 方" in out.getvalue()
    assert "2026-11-23 02:30" in out.getvalue()
    with pytest.raises(CommandError, match="不对"):
        call_command("escalate_reports", at="gestern")
    call_command("escalate_reports", stdout=out)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_write_each_step_once(people):
    report_from(people.sun, ReportKind.URGENT, now=NIGHT)
    report_from(people.sun, ReportKind.NEED, now=NIGHT - 9 * DAY)

    def work():
        try:
            escalate_reports(now=NIGHT + 31 * MINUTE)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    connection.close()
    assert ReportAck.objects.filter(escalated=STEWARD).count() == 2
    for report in GridReport.objects.all():
        notes = steps(report)
        assert len(notes) == len(set(notes)) > 0
