"""One digest for each person and day, for the right people, out by the channels they chose."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from care.choices import HandoverReason
from care.models import Handover, Plan
from outreach.actions import raise_reminders, set_channels, write_digests
from outreach.choices import ChannelCode, DeliveryKind, DeliveryState
from outreach.models import Digest, DigestDelivery
from outreach.queries.inbox import in_words
from teams.choices import Role
from tests.factories.plans import plan, plans, rule
from tests.factories.residents import ResidentFactory
from tests.factories.teams import InstitutionFactory, RoleAssignmentFactory, TeamFactory, UserFactory

SUNDAY, MONDAY = dt.date(2026, 11, 22), dt.date(2026, 11, 23)
DAY = dt.timedelta(days=1)
pytestmark = pytest.mark.django_db


def noon(day: dt.date, hour: int = 12) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour), dt.timezone(dt.timedelta(hours=8)))


def tell(day: dt.date, hour: int = 12):
    raise_reminders(on=day)
    return write_digests(on=day, now=noon(day, hour))


def told(day: dt.date = MONDAY) -> dict[str, str]:
    return {one.recipient.username: in_words(one).summary for one in Digest.objects.of(day)}


def test_one_message_instead_of_forty(cast):
    plans(12, cast.team_a, MONDAY)
    plans(5, cast.team_a, MONDAY - 11 * DAY)
    plans(2, cast.team_a, MONDAY - 11 * DAY, urgency=2)
    done = tell(MONDAY)
    assert told() == dict.fromkeys(("li", "wang"), "到期待办 12 项，超期 7 项，其中紧急 2 项")
    assert (done.written, done.deliveries) == (2, 2)
    assert tell(MONDAY).written == 0
    assert (Digest.objects.count(), DigestDelivery.objects.count()) == (2, 2)


def test_never_two_digests_a_day(cast):
    Digest.objects.create(recipient=cast.li, on=MONDAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Digest.objects.create(recipient=cast.li, on=MONDAY)


def test_what_stays_undone_climbs(cast):
    """Member, then leader, then the steward of the institution, then the bureau; each by a number."""
    plans(3, cast.team_a, MONDAY)
    tell(MONDAY + 45 * DAY)
    assert told(MONDAY + 45 * DAY) == {
        "li": "超期 3 项，团队超期较久 3 项",
        "wang": "超期 3 项",
        "qian": "机构各团队超期较久 3 项",
        "zhou": "辖区各团队长期超期 3 项",
    }


def test_a_station_without_steward_is_heard_of_by_the_one_above(cast):
    station = InstitutionFactory(parent=cast.institution_a, area_code="371002001")
    plans(1, TeamFactory(institution=station), MONDAY)
    tell(MONDAY + 25 * DAY)
    assert told(MONDAY + 25 * DAY) == {"qian": "机构各团队超期较久 1 项"}


def test_who_left_is_told_nothing(cast):
    cast.team_a.memberships.filter(user=cast.wang).update(ends_on=MONDAY - DAY)
    cast.li.is_active = False
    cast.li.save()
    plans(1, cast.team_a, MONDAY)
    tell(MONDAY)
    assert told() == {}


def test_what_was_done_meanwhile_leaves_the_message(cast):
    plans(2, cast.team_a, MONDAY)
    tell(MONDAY, 1)
    Plan.objects.filter(resident_id=Plan.objects.first().resident_id).update(state="ended")
    assert tell(MONDAY, 9).rewritten == 2
    assert told()["li"] == "到期待办 1 项"
    Plan.objects.update(state="ended")
    assert tell(MONDAY, 10).emptied == 2
    assert told()["li"] == "都已办完。"
    assert tell(MONDAY, 11).emptied == 0


def test_days_off_bring_only_what_is_urgent(cast):
    plans(3, cast.team_a, SUNDAY)
    plans(1, cast.team_b, SUNDAY, urgency=2)
    tell(SUNDAY)
    assert told(SUNDAY) == {"zhao": "到期待办 1 项，其中紧急 1 项"}
    tell(MONDAY)
    assert set(told()) == {"li", "wang", "zhao"}


def test_a_make_up_day_is_a_working_day(cast):
    saturday = dt.date(2026, 10, 10)
    plans(1, cast.team_a, saturday)
    tell(saturday)
    assert set(told(saturday)) == {"li", "wang"}


def test_of_restricted_programmes_only_how_many(cast):
    plans(2, cast.team_a, MONDAY, of=rule("test.closed", is_restricted=True, name="严重精神障碍随访"))
    tell(MONDAY)
    assert told()["li"] == "另有 2 项"


def test_work_that_an_officer_took_over_is_his(cast):
    officer = UserFactory(username="guan", institution=cast.institution_a)
    RoleAssignmentFactory(
        user=officer, role=Role.DEDICATED_OFFICER, institution=cast.institution_a, area_code=""
    )
    person, other = ResidentFactory(), ResidentFactory()
    Handover.objects.create(
        resident=person, population="hypertension", program="hypertension", from_team=cast.team_a, to_officer=officer,
        state="accepted", offered_on=SUNDAY, offered_by=cast.li, answer_by=MONDAY, accepted_on=SUNDAY,
        reason=HandoverReason.values[0],
    )  # fmt: skip
    of = rule()
    plan(cast.team_a, MONDAY, of=of, resident=person)
    plan(cast.team_a, MONDAY, of=of, resident=other)
    tell(MONDAY)
    assert told() == {"li": "到期待办 1 项", "wang": "到期待办 1 项", "guan": "承接人员到期待办 1 项"}


class TestDeliveries:
    @pytest.fixture
    def outside(self, settings):
        settings.SMS_SENDER = "gateway"
        settings.WECOM_ROBOTS = {"*": "http://127.0.0.1:9/robot"}

    def ways(self, user) -> set[tuple[str, str]]:
        rows = DigestDelivery.objects.filter(digest__recipient=user)
        return set(rows.values_list("channel", "kind"))

    def test_as_each_person_chose_else_as_the_policy_says(self, cast, outside):
        set_channels(channels=[ChannelCode.SMS], by=cast.li)
        set_channels(channels=[], by=cast.zhao)
        for team in (cast.team_a, cast.team_b):
            plans(1, team, MONDAY)
        tell(MONDAY)
        assert self.ways(cast.li) == {("inapp", "daily"), ("sms", "daily")}
        assert self.ways(cast.wang) == {("inapp", "daily"), ("wecom", "daily")}
        assert self.ways(cast.zhao) == {("inapp", "daily")}

    def test_outside_not_before_the_quiet_hours_end(self, cast, outside):
        plans(1, cast.team_a, MONDAY)
        tell(MONDAY, 1)
        when = dict(
            DigestDelivery.objects.filter(digest__recipient=cast.li).values_list("channel", "next_try_at")
        )
        assert when == {"inapp": noon(MONDAY, 1), "wecom": noon(MONDAY, 8)}

    def test_what_becomes_urgent_later_is_told_once_more(self, cast, outside):
        plans(1, cast.team_a, MONDAY)
        tell(MONDAY, 8)
        Digest.objects.update(shown_at=noon(MONDAY, 8), read_at=noon(MONDAY, 8))
        plans(1, cast.team_a, MONDAY, urgency=2)
        assert tell(MONDAY, 9).deliveries == 0  # the first word is still on its way and will say so
        assert Digest.objects.unread().count() == 2
        DigestDelivery.objects.update(state=DeliveryState.SENT)
        plans(1, cast.team_a, MONDAY, urgency=2)
        assert tell(MONDAY, 10).deliveries == 2
        assert ("wecom", DeliveryKind.URGENT) in self.ways(cast.li)
        DigestDelivery.objects.update(state=DeliveryState.SENT)
        plans(1, cast.team_a, MONDAY, urgency=2)
        assert tell(MONDAY, 11).deliveries == 0  # twice a day and no more


def test_the_command_says_what_it_would_do_and_does_it(cast, capsys):
    plans(1, cast.team_a, MONDAY)
    call_command("remind", "--on", "2026-11-23", "--dry-run")
    assert "新提醒 1" in capsys.readouterr().out
    assert not Digest.objects.exists()
    call_command("remind", "--on", "2026-11-23")
    assert "新汇总 2" in capsys.readouterr().out
    assert Digest.objects.count() == 2
