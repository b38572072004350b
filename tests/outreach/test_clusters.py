"""Reports of one symptom that pile up in a village make one alert (S0-10)."""

import datetime as dt
import threading

import pytest
from django.db import connection, connections

from core.models import ReadLog
from outreach.actions import raise_reminders
from outreach.actions.clusters import CannotHandleAlert, close_alert, look_for_cluster, take_alert
from outreach.choices import AlertState, Outcome, ReportKind
from outreach.models import ClusterAlert, GridReport, Reminder
from outreach.queries.clusters import alerts_of, in_words, members_of
from tests.factories.community import sentinel
from tests.factories.grids import GridFactory, GridResponsibilityFactory, MicroGridFactory
from tests.factories.reports import report_from

NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
MONDAY = dt.date(2026, 11, 23)
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to(NOW, tick=False)


def seen(user, *, at: dt.datetime = NOW, symptom: str = "rash", count: int = 1, **more) -> GridReport:
    facts = {"symptom": symptom, "count": count}
    return report_from(user, ReportKind.SYMPTOM, now=at, facts=facts, **more)


def days_ago(n: float) -> dt.datetime:
    return NOW - n * DAY


def test_the_third_within_seven_days_raises_one(cast, district):
    for n in (6, 3):
        seen(cast.sun, at=days_ago(n))
        assert not ClusterAlert.objects.exists()
    last = seen(cast.sun)
    alert = ClusterAlert.objects.get()
    assert (alert.symptom, alert.grid, alert.village) == ("rash", district.grid_a, district.village_a)
    assert (alert.reports, alert.first_on, alert.raised_at) == (3, MONDAY - 6 * DAY, NOW)
    assert (alert.state, alert.quiet_until) == (AlertState.OPEN, MONDAY + 14 * DAY)
    assert last.alert == alert
    assert set(GridReport.objects.values_list("alert", flat=True)) == {alert.pk}


def test_a_day_too_old_or_another_symptom_does_not_count(cast):
    seen(cast.sun, at=days_ago(7))
    seen(cast.sun, at=days_ago(3), symptom="fever")
    seen(cast.sun, at=days_ago(1))
    seen(cast.sun)
    assert not ClusterAlert.objects.exists()


def test_the_day_is_that_of_the_clock_on_the_wall(cast):
    """The first day of the span begins at midnight in Shanghai, which is the evening before by the server's zone."""
    first = dt.datetime(2026, 11, 16, 16, 5, tzinfo=dt.UTC)  # 00:05 of the 17th
    seen(cast.sun, at=first - dt.timedelta(minutes=10))
    seen(cast.sun)
    seen(cast.sun)
    assert not ClusterAlert.objects.exists()
    GridReport.objects.filter(reported_at__lt=first).update(reported_at=first)
    seen(cast.sun)
    assert ClusterAlert.objects.get().reports == 4


def test_one_report_of_several_people_is_enough(cast):
    seen(cast.sun, count=2)
    assert not ClusterAlert.objects.exists()
    seen(cast.sun)
    assert ClusterAlert.objects.get().reports == 2


def test_grids_of_one_village_are_neighbors_others_are_not(cast, district):
    next_door = GridFactory(village=district.village_a)
    micro = MicroGridFactory(parent=district.grid_a)
    other = sentinel(district.grid_b, "wei").user
    seen(cast.sun, grid=next_door)
    seen(other)
    seen(other)
    seen(cast.sun, grid=micro)
    assert not ClusterAlert.objects.exists()
    seen(cast.sun)
    assert ClusterAlert.objects.get().village == district.village_a
    seen(other)
    assert ClusterAlert.objects.count() == 2


def test_practice_and_what_was_taken_back_or_false_counts_not(cast):
    for state in ("withdrawn", "invalid"):
        one = seen(cast.sun)
        GridReport.objects.filter(pk=one.pk).update(state=state, ended_at=NOW, outcome=Outcome.NOT_TRUE)
    first = seen(cast.sun)
    same = seen(cast.sun)
    GridReport.objects.filter(pk=same.pk).update(state="duplicate", ended_at=NOW, duplicate_of=first)
    for _ in range(3):
        practice = seen(cast.sun, is_training=True)
    assert look_for_cluster(practice, on=MONDAY, now=NOW) is None
    assert not ClusterAlert.objects.exists()


def test_further_ones_join_the_running_alert(cast):
    for _ in range(5):
        seen(cast.sun)
    alert = ClusterAlert.objects.get()
    take_alert(alert=alert, by=cast.li, now=NOW)
    late = seen(cast.sun, at=NOW + 40 * DAY)  # long after the quiet days: it still runs
    alert.refresh_from_db()
    assert (alert.reports, alert.state, late.alert) == (6, AlertState.HANDLING, alert)


def test_quiet_days_after_it_was_closed(cast):
    for _ in range(3):
        seen(cast.sun)
    close_alert(alert=ClusterAlert.objects.get(), by=cast.li, now=NOW, note="已核实，为同班幼儿")
    for n in (8, 9, 14):
        assert seen(cast.sun, at=NOW + n * DAY).alert is None
    assert ClusterAlert.objects.count() == 1
    assert seen(cast.sun, at=NOW + 15 * DAY).alert is not None  # with those of the quiet days within the span
    assert ClusterAlert.objects.count() == 2
    assert ClusterAlert.objects.running().count() == 1


def test_one_in_hand_sounds_again_when_as_many_fall_ill_after_the_quiet_days(cast):
    for _ in range(3):
        seen(cast.sun, at=days_ago(20))
    alert = take_alert(alert=ClusterAlert.objects.get(), by=cast.li, now=days_ago(20))
    assert alert.quiet_until == MONDAY - 6 * DAY
    seen(cast.sun, at=days_ago(6), count=9)  # the last quiet day: it joins, and nobody is called again
    for n in (5, 3):
        seen(cast.sun, at=days_ago(n))
    alert.refresh_from_db()
    assert (alert.state, alert.handled_by, alert.reports) == (AlertState.HANDLING, cast.li, 6)
    seen(cast.sun)
    alert.refresh_from_db()
    assert (alert.state, alert.handled_by, alert.reports) == (AlertState.OPEN, None, 7)
    assert alert.quiet_until == MONDAY + 14 * DAY
    take_alert(alert=alert, by=cast.wang, now=NOW)
    seen(cast.sun, count=5)
    alert.refresh_from_db()
    assert (alert.state, alert.handled_by) == (AlertState.HANDLING, cast.wang)


def test_it_is_handled_and_closed_with_a_word(cast):
    for _ in range(3):
        seen(cast.sun)
    alert = ClusterAlert.objects.get()
    for stranger in (cast.he, cast.sun, cast.shen):
        with pytest.raises(CannotHandleAlert, match="请由"):
            take_alert(alert=alert, by=stranger, now=NOW)
    assert take_alert(alert=alert, by=cast.zhou, now=NOW).handled_by == cast.zhou
    with pytest.raises(CannotHandleAlert) as second:
        take_alert(alert=alert, by=cast.li, now=NOW)
    assert second.value.code == "alert_taken"
    assert ClusterAlert.objects.get().handled_by == cast.zhou
    with pytest.raises(CannotHandleAlert) as empty:
        close_alert(alert=alert, by=cast.li, now=NOW, note=" ")
    assert (empty.value.code, empty.value.field) == ("note_missing", "note")
    done = close_alert(alert=alert, by=cast.li, now=NOW + HOUR, note="已报疾控")
    assert (done.state, done.handled_by, done.handled_at, done.note) == (
        AlertState.CLOSED, cast.li, NOW + HOUR, "已报疾控",
    )  # fmt: skip
    for verb in (lambda: take_alert(alert=alert, by=cast.li, now=NOW),
                 lambda: close_alert(alert=alert, by=cast.li, now=NOW, note="x")):  # fmt: skip
        with pytest.raises(CannotHandleAlert) as over:
            verb()
        assert over.value.code == "alert_closed"


def test_who_sees_it(cast, district):
    for _ in range(3):
        seen(cast.sun)
    alert = ClusterAlert.objects.get()
    for who in (cast.li, cast.qian, cast.he, cast.zhou):
        assert alerts_of(who).get() == alert
    for who in (cast.zhao, cast.wu):
        assert not alerts_of(who).exists()
    # a team of another grid of the village is next door
    GridResponsibilityFactory(grid=GridFactory(village=district.village_a), team=cast.team_b)
    cast.zhao.__dict__.pop("_standing")
    assert alerts_of(cast.zhao).get() == alert


def test_told_at_once_also_on_a_day_off(cast):
    for _ in range(3):
        seen(cast.sun)
    raise_reminders(on=MONDAY)
    rows = Reminder.objects.open().filter(source="cluster")
    assert {(one.stage, one.count, one.urgent) for one in rows} == {
        ("open", 1, 1), ("open_steward", 1, 1), ("open_area", 1, 1),
    }  # fmt: skip
    assert {one.user.username for one in rows if one.user} == {"zhou", "he"}
    take_alert(alert=ClusterAlert.objects.get(), by=cast.li, now=NOW)
    raise_reminders(on=MONDAY)
    rows = Reminder.objects.open().filter(source="cluster")
    assert [(one.stage, one.count, one.urgent) for one in rows] == [("handling", 1, 0)]
    close_alert(alert=ClusterAlert.objects.get(), by=cast.li, now=NOW, note="结束")
    raise_reminders(on=MONDAY)
    assert not Reminder.objects.open().filter(source="cluster").exists()


@pytest.mark.django_db(transaction=True)
def test_reports_in_the_same_moment_raise_one(cast):
    def send():
        try:
            seen(cast.sun)
        finally:
            connections.close_all()

    senders = [threading.Thread(target=send) for _ in range(6)]
    for one in senders:
        one.start()
    for one in senders:
        one.join()
    connection.close()
    assert GridReport.objects.count() == 6
    assert ClusterAlert.objects.get().reports == 6


class TestPages:
    @pytest.fixture
    def alert(self, cast) -> ClusterAlert:
        for _ in range(3):
            seen(cast.sun, person_name="刘桂兰")
        return ClusterAlert.objects.get()

    def test_list_and_page(self, cast, alert, sign_in):
        for who in (cast.li, cast.qian, cast.he, cast.zhou):
            client = sign_in(who)
            assert "东北村社区" in client.get("/whistles/alerts/").content.decode()
            page = client.get(f"/whistles/alerts/{alert.pk}/").content.decode()
            assert "手足口部皮疹" in page
            assert "刘桂兰" not in page
        assert not ReadLog.objects.exists()  # no person on it
        assert "whistles/1" not in sign_in(cast.zhou).get(f"/whistles/alerts/{alert.pk}/").content.decode()

    def test_another_team_and_other_roles(self, cast, alert, sign_in):
        assert sign_in(cast.zhao).get(f"/whistles/alerts/{alert.pk}/").status_code == 404
        assert sign_in(cast.sun).get(f"/whistles/alerts/{alert.pk}/").status_code == 403
        assert sign_in(cast.sun).get("/whistles/alerts/").status_code == 403
        assert sign_in(cast.he).post(f"/whistles/alerts/{alert.pk}/").status_code == 403

    def test_take_and_close(self, cast, alert, sign_in):
        client, url = sign_in(cast.li), f"/whistles/alerts/{alert.pk}/"
        assert client.post(url, {"verb": "take"}).status_code == 302
        bad = client.post(url, {"verb": "close", "note": ""})
        assert bad.status_code == 200
        assert bad.context["form"].errors["note"]
        assert client.post(url, {"verb": "close", "note": "已报疾控"}).status_code == 302
        assert "已报疾控" in client.get(url).content.decode()
        assert "结束预警" not in client.get(url).content.decode()
        late = client.post(url, {"verb": "close", "note": "再一次"}, follow=True)
        assert "已经结束" in late.content.decode()
        assert "已经结束" in client.post(url, {"verb": "take"}, follow=True).content.decode()
        assert "没有未结束" in client.get("/whistles/alerts/").content.decode()
        assert "手足口部皮疹" in client.get("/whistles/alerts/?state=all").content.decode()

    def test_queries_do_not_grow(self, cast, alert, sign_in, django_assert_max_num_queries):
        client = sign_in(cast.li)
        for _ in range(5):
            seen(cast.sun)
        client.get("/whistles/alerts/")
        with django_assert_max_num_queries(22):
            client.get("/whistles/alerts/")
        with django_assert_max_num_queries(24):
            client.get(f"/whistles/alerts/{alert.pk}/")

    def test_excluded_ones_are_marked(self, cast, alert):
        one = alert.members.first()
        GridReport.objects.filter(pk=one.pk).update(state="invalid", ended_at=NOW)
        rows = in_words(members_of(alert), user=cast.li)
        assert [one.is_counted for one in rows].count(False) == 1
        assert all(one.is_readable for one in rows)
