"""Practice is in no count, no list and no clock of anybody but the one who practices."""

import datetime as dt
from typing import Any

import pytest

from outreach.actions import escalate_reports, raise_reminders, write_digests
from outreach.choices import ReportKind
from outreach.models import ClusterAlert, Digest, GridReport, Reminder, ReportAck
from outreach.policy import OutreachPolicy
from outreach.queries.clusters import alerts_of
from outreach.queries.community import deeds_of, led_people
from outreach.queries.oversight import figures_by_team, late_page, overseen_by
from outreach.queries.similar import similar_reports
from outreach.queries.tiles import own_sums
from outreach.queries.urgent import (
    alarms_for_committee,
    alarms_for_team,
    alarms_overseen,
    waiting_for_committee,
)
from outreach.queries.weekly import (
    last_words,
    my_weeks,
    sentinels_on,
    silent_postings,
    villages_of_week,
)
from outreach.queries.whistles import BUCKETS, in_bucket, inbox_counts, inbox_of
from outreach.rules.evaluating import half_of
from tests.factories.reports import report_from

NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
MONDAY = dt.date(2026, 11, 23)
DAY = dt.timedelta(days=1)
POLICY = OutreachPolicy()
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to(NOW, tick=False)


def everything(cast, people, *, beside: GridReport) -> dict[str, Any]:
    """Every number and list there is of reports, as each of those who have one sees it."""
    later = NOW + 30 * DAY
    staff = {"li": cast.li, "qian": cast.qian, "he": cast.he, "zhou": cast.zhou}
    found: dict[str, Any] = {}
    for name, user in staff.items():
        inbox = inbox_of(user)
        found[f"inbox {name}"] = inbox_counts(inbox, user, now=later)
        for bucket in BUCKETS:
            found[f"{bucket} {name}"] = in_bucket(inbox, bucket, user, now=later).count()
        seen = overseen_by(user)
        found[f"figures {name}"] = figures_by_team(seen, since=NOW - 90 * DAY, until=later, now=later)
        found[f"late {name}"] = len(late_page(seen, after="", now=later).rows)
        found[f"alarms {name}"] = (alarms_for_team(user).count(), alarms_overseen(user).count())
        found[f"alerts {name}"] = alerts_of(user).count()
    for name, user in {"steward": people.steward, "leader": people.leader}.items():
        found[f"committee {name}"] = alarms_for_committee(user, on=MONDAY).count()
        found[f"waiting {name}"] = waiting_for_committee(user, on=MONDAY).count()
        found[f"led {name}"] = [
            (one.heard_on, one.is_silent, one.is_late) for one in led_people(user, on=MONDAY, policy=POLICY)
        ]
    found["own"] = own_sums(cast.sun, now=NOW)
    found["weeks"] = my_weeks(cast.sun, on=MONDAY)
    found["week"] = villages_of_week(sentinels_on(MONDAY), week=MONDAY, on=MONDAY + 7 * DAY)
    found["heard"] = last_words([people.sentinel.pk])
    found["silent"] = silent_postings(on=MONDAY, policy=POLICY).count()
    found["deeds"] = deeds_of(people.sentinel, half_of(MONDAY))
    found["similar"] = len(similar_reports(beside, cast.li, days=30))
    return found


def test_practice_changes_no_number(cast, people):
    real = report_from(cast.sun, ReportKind.NEED, now=NOW - 40 * DAY)
    before = everything(cast, people, beside=real)
    for kind in ReportKind:
        for _ in range(4):
            report_from(cast.sun, kind, now=NOW, is_training=True)
    assert GridReport.objects.filter(is_training=True).count() == 20
    assert everything(cast, people, beside=real) == before


def test_practice_calls_nobody(cast, people):
    for kind in ReportKind:
        for _ in range(4):
            report_from(cast.sun, kind, now=NOW, is_training=True)
    escalate_reports(now=NOW + 30 * DAY)
    raise_reminders(on=MONDAY + 30 * DAY)
    write_digests(on=MONDAY + 30 * DAY, now=NOW + 30 * DAY)
    assert not ReportAck.objects.exists()
    assert not ClusterAlert.objects.exists()
    assert not Reminder.objects.filter(source__in=["report", "cluster"]).exists()
    assert not Digest.objects.exclude(recipient=people.leader).exists()  # he hears of the silent sentinel
    assert set(GridReport.objects.values_list("respond_by", "settle_by", "escalated", "state")) == {
        (None, None, 0, "new")
    }


def test_no_page_but_ones_own_shows_it(cast, people, sign_in):
    report = report_from(cast.sun, ReportKind.URGENT, now=NOW, is_training=True, person_name="练习张三")
    for who, urls in (
        (cast.li, ("/whistles/", f"/whistles/{report.pk}/", f"/whistles/urgent/{report.pk}/", "/whistles/urgent/")),
        (people.leader, ("/g/", "/g/urgent/", f"/g/urgent/{report.pk}/")),
        (cast.zhou, ("/whistles/oversight/", "/whistles/urgent/")),
    ):  # fmt: skip
        client = sign_in(who)
        for url in urls:
            answer = client.get(url)
            assert answer.status_code in (200, 404)
            assert "练习张三" not in answer.content.decode()
            assert f"/{report.pk}/" not in answer.content.decode().replace(url, "")
    assert "练习" in sign_in(cast.sun).get("/g/mine/").content.decode()
