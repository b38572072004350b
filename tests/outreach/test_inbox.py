"""The inbox, the number in the head of every page, and how the channels are doing."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import ReadLog
from outreach.actions import raise_reminders, send_deliveries, write_digests
from outreach.models import Digest, DigestDelivery, MessageSetting
from outreach.queries.inbox import unread_count
from tests.factories.plans import plans
from tests.residents.helpers import FRAME

MONDAY = dt.date(2026, 11, 23)
NINE = dt.datetime(2026, 11, 23, 9, tzinfo=dt.timezone(dt.timedelta(hours=8)))
pytestmark = pytest.mark.django_db


@pytest.fixture
def monday():
    import time_machine

    with time_machine.travel(NINE, tick=False):
        yield MONDAY


@pytest.fixture
def told(cast, monday):
    plans(3, cast.team_a, MONDAY)
    raise_reminders(on=MONDAY)
    write_digests(on=MONDAY, now=NINE)
    send_deliveries(clock=lambda: NINE)
    return Digest.objects.get(recipient=cast.li)


def page(client, name: str, *args) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_number_stands_on_every_page_and_goes_with_reading(cast, told, sign_in):
    client = sign_in(cast.li)
    assert 'aria-label="1 条未读">1</span>' in page(client, "account")
    assert "到期待办 3 项" in page(client, "inbox")
    assert reverse("home") in page(client, "inbox-message", told.pk)
    assert "条未读" not in page(client, "account")
    told.refresh_from_db()
    assert told.read_at == NINE


def test_not_before_it_has_arrived(cast, told, sign_in):
    Digest.objects.update(shown_at=None)
    client = sign_in(cast.li)
    assert "条未读" not in page(client, "account")
    assert "还没有消息" in page(client, "inbox")
    assert client.get(reverse("inbox-message", args=[told.pk])).status_code == 404


def test_the_number_costs_one_query_and_a_page_without_head_none(
    cast, told, sign_in, django_assert_num_queries
):
    with django_assert_num_queries(1):
        assert unread_count(cast.li) == 1
    client = sign_in(cast.li)
    with CaptureQueriesContext(connection) as captured:
        page(client, "account")
    assert sum("outreach_digest" in one["sql"] for one in captured) == 1
    with CaptureQueriesContext(connection) as captured:
        client.get(reverse("healthz"))
    assert not any("outreach_digest" in one["sql"] for one in captured)


def test_the_list_costs_the_same_however_long(cast, told, sign_in, django_assert_max_num_queries):
    client = sign_in(cast.li)
    for n in range(1, 60):
        Digest.objects.create(
            recipient=cast.li, on=MONDAY - n * dt.timedelta(days=1), lines=told.lines, shown_at=NINE
        )
    with django_assert_max_num_queries(FRAME + 4):  # its rows; the session is written once more
        answer = client.get(reverse("inbox"))
    assert len(answer.context["shown"]) == 30
    older = client.get(reverse("inbox"), {"after": answer.context["next_after"]})
    assert len(older.context["shown"]) == 30
    assert 'aria-label="60 条未读">60</span>' in older.content.decode()


def test_one_and_all_are_marked(cast, told, sign_in):
    client = sign_in(cast.li)
    Digest.objects.create(recipient=cast.li, on=MONDAY - dt.timedelta(days=3), shown_at=NINE)
    assert client.post(reverse("inbox-read", args=[told.pk])).status_code == 302
    assert unread_count(cast.li) == 1
    assert client.post(reverse("inbox-read-all")).status_code == 302
    assert unread_count(cast.li) == 0
    assert unread_count(cast.wang) == 1
    assert "没有未读消息" in client.post(reverse("inbox-read-all"), follow=True).content.decode()


def test_nobody_reads_the_message_of_another(cast, told, sign_in):
    client = sign_in(cast.zhao)
    for name in ("inbox-message", "inbox-read"):
        answer = client.get if name == "inbox-message" else client.post
        assert answer(reverse(name, args=[told.pk])).status_code == 404
    assert Digest.objects.unread().count() == 2


class TestFirstThings:
    @pytest.fixture
    def tasks(self, cast, told, district):
        from care.models import Task
        from tests.factories.plans import rule
        from tests.factories.residents import ResidentFactory

        def make(name: str, days: int, of, urgency: int = 0) -> None:
            day = MONDAY + dt.timedelta(days=days)
            Task.objects.create(
                resident=ResidentFactory(name=name, grid=district.grid_a), rule=of, sequence=1, team=cast.team_a,
                opens_on=day, due_on=day, closes_on=day, expires_on=day + dt.timedelta(days=30), anchor_on=day,
                urgency=urgency,
            )  # fmt: skip

        make("王建国", -9, rule("test.plain"))
        make("张秀英", 0, rule("test.plain"), urgency=2)
        make("周明", 1, rule("test.plain"))
        make("孙立", -5, rule("test.closed", is_restricted=True, name="严重精神障碍随访"))

    def test_the_most_pressing_come_first_with_masked_names_and_are_logged(self, cast, told, tasks, sign_in):
        html = page(sign_in(cast.li), "inbox-message", told.pk)
        assert html.index("张*英") < html.index("王*国")
        assert "周*" not in html  # not due yet
        assert "王建国" not in html
        log = ReadLog.objects.get(user_id=cast.li.pk)
        assert (log.action, len(log.subject_ids), log.page) == ("list", 3, "inbox-message")

    def test_outside_the_team_nobody_is_named(self, cast, told, tasks, sign_in):
        theirs = Digest.objects.create(recipient=cast.zhou, on=MONDAY, lines=told.lines, shown_at=NINE)
        html = page(sign_in(cast.zhou), "inbox-message", theirs.pk)
        assert "先办这几项" not in html
        assert not ReadLog.objects.exists()


class TestSettings:
    def test_only_what_the_installation_offers(self, cast, sign_in, settings):
        client = sign_in(cast.li)
        assert "目前只有站内消息" in page(client, "inbox-settings")
        settings.SMS_SENDER = "gateway"
        html = page(client, "inbox-settings")
        assert 'value="sms"' in html
        assert 'value="wecom"' not in html

    def test_kept_for_each_person(self, cast, sign_in, settings):
        settings.SMS_SENDER, settings.WECOM_ROBOTS = "gateway", {"*": "http://127.0.0.1:9/"}
        client = sign_in(cast.li)
        assert 'value="wecom" checked' in page(client, "inbox-settings").replace(' id="id_channels_1"', "")
        assert client.post(reverse("inbox-settings"), {"channels": ["sms"]}).status_code == 302
        assert MessageSetting.objects.get().channels == ["sms"]
        assert client.post(reverse("inbox-settings"), {}).status_code == 302
        assert MessageSetting.objects.get().channels == []
        assert client.post(reverse("inbox-settings"), {"channels": ["file"]}).status_code == 200


def test_the_page_of_the_channels_counts_and_names_nobody(cast, told, sign_in):
    DigestDelivery.objects.filter(digest=told).update(state="given_up")
    address = reverse("admin:outreach_digestdelivery_changelist")
    html = sign_in(cast.xu).get(address).content.decode()
    assert "站内消息" in html
    assert "李医生" not in html
    rows = {row.label: row.counts for row in sign_in(cast.xu).get(address).context["rows"]}
    assert (rows["站内消息"]["sent"], rows["站内消息"]["given_up"]) == (1, 1)
    assert sign_in(cast.zhou).get(address).status_code == 403
