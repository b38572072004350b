"""Each channel against a server on this machine, and what becomes of a message that does not get through."""

import datetime as dt
import hashlib
import hmac

import httpx2
import pytest

from core import gateway
from core.pacing import free_at
from outreach.actions import raise_reminders, send_deliveries, set_channels, write_digests
from outreach.channels import CHANNELS, wecom
from outreach.channels.wecom import fitting
from outreach.choices import DeliveryState
from outreach.models import Digest, DigestDelivery
from tests.factories.plans import Plan, plans
from tests.outreach.gateways import serving

MONDAY = dt.date(2026, 11, 23)
NINE = dt.datetime(2026, 11, 23, 9, tzinfo=dt.timezone(dt.timedelta(hours=8)))
MINUTE = dt.timedelta(minutes=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def fake():
    with serving() as one:
        yield one


@pytest.fixture
def sms(settings, fake):
    settings.SMS_SENDER, settings.SMS_GATEWAY_URL = "gateway", fake.url
    settings.SMS_GATEWAY_APP, settings.SMS_GATEWAY_SECRET = "fdcs", "secret"
    return fake


@pytest.fixture
def robot(settings, fake):
    settings.WECOM_ROBOTS = {"*": fake.url}
    fake.answer = {"errcode": 0, "errmsg": "ok"}
    return fake


def written(cast, *ways: str, **facts) -> None:
    """李医生 alone has work, and wants to be told by these channels."""
    cast.team_a.memberships.exclude(user=cast.li).delete()
    cast.li.phone = "13900001234"
    cast.li.save()
    set_channels(channels=ways, by=cast.li)
    plans(2, cast.team_a, MONDAY, **facts)
    raise_reminders(on=MONDAY)
    write_digests(on=MONDAY, now=NINE)


def sent(at: dt.datetime = NINE):
    return send_deliveries(clock=lambda: at)


def row(channel: str) -> DigestDelivery:
    return DigestDelivery.objects.get(channel=channel)


def test_into_the_inbox(cast):
    written(cast)
    assert not Digest.objects.shown().exists()
    assert sent().sent == 1
    assert Digest.objects.get().shown_at == NINE
    assert sent().sent == 0


def test_a_file_a_message_for_demonstrations(cast, settings, tmp_path):
    settings.SMS_SENDER, settings.SMS_FILE = "file", tmp_path / "texts.txt"
    written(cast, "file")
    assert sent().sent == 2
    (file,) = (tmp_path / "messages").glob("*.txt")
    assert file.read_text().endswith("【家庭医生签约服务】到期待办 2 项。请登录系统查看。\n")
    assert "139****1234" in file.read_text()
    DigestDelivery.objects.update(state=DeliveryState.WAITING, done_at=None)
    sent()
    assert len(list((tmp_path / "messages").iterdir())) == 1


class TestSms:
    def test_signed_and_under_a_key(self, cast, sms):
        written(cast, "sms")
        assert sent().sent == 2
        ((headers, body),) = sms.requests
        assert body == {
            "app": "fdcs", "id": str(row("sms").key), "phone": "13900001234",
            "text": "【家庭医生签约服务】到期待办 2 项。请登录系统查看。",
        }  # fmt: skip
        proof = f"{headers['X-Timestamp']}.{headers['raw']}".encode()
        assert headers["X-Signature"] == hmac.new(b"secret", proof, hashlib.sha256).hexdigest()
        assert headers["Idempotency-Key"] == body["id"]

    def test_a_gateway_that_took_it_and_did_not_answer_is_asked_again(self, cast, sms, monkeypatch):
        """Fault (f): unknown, so once more under the same key; the colleague gets one message."""
        written(cast, "sms")
        monkeypatch.setattr(gateway, "TIMEOUT", httpx2.Timeout(0.2))
        sms.delay = 0.6
        assert sent().failed == 1
        one = row("sms")
        assert (one.state, one.failure, one.next_try_at) == ("waiting", "GatewayFailed", NINE + MINUTE)
        sms.delay = 0
        assert sent().sent == 0
        assert sent(NINE + MINUTE).sent == 1
        assert (len(sms.requests), len(sms.kept), row("sms").state) == (2, 1, "sent")

    @pytest.mark.parametrize("status", [500, 502, 429, 401])
    def test_a_broken_gateway_is_tried_less_and_less_and_given_up(self, cast, sms, status):
        written(cast, "sms")
        sms.status, at = status, NINE
        for attempt in range(1, 8):
            assert sent(at).failed == 1
            assert row("sms").attempts == attempt
            at = row("sms").next_try_at
        assert sent(at).given_up == 1
        assert row("sms").state == DeliveryState.GIVEN_UP
        assert sent(at + 60 * MINUTE) == type(sent(at))()

    def test_what_it_will_never_take_is_not_sent_again(self, cast, sms):
        written(cast, "sms")
        sms.status = 422
        assert sent().given_up == 1
        assert row("sms").failure == "HTTP 422"

    def test_without_a_mobile_phone(self, cast, sms):
        written(cast, "sms")
        cast.li.phone = "0631-5200000"
        cast.li.save()
        assert sent().given_up == 1
        assert (row("sms").failure, sms.requests) == ("no mobile phone", [])

    def test_a_gateway_that_is_down_does_not_cost_every_message_a_timeout(self, cast, sms, settings):
        settings.SMS_GATEWAY_URL = "http://127.0.0.1:9/closed"
        written(cast, "sms")
        digest = Digest.objects.get()
        for n in range(6):
            other = Digest.objects.create(recipient=cast.li, on=MONDAY - (n + 1) * dt.timedelta(days=1))
            DigestDelivery.objects.create(digest=other, channel="sms", next_try_at=NINE)
        Digest.objects.exclude(pk=digest.pk).update(lines=digest.lines)
        assert sent().failed <= 3
        assert "139" not in "".join(DigestDelivery.objects.values_list("failure", flat=True))


class TestRobot:
    def test_the_group_is_told_how_many_and_the_colleague_is_called(self, cast, robot):
        written(cast, "wecom")
        assert sent().sent == 2
        ((_, body),) = robot.requests
        assert body["text"] == {
            "content": "【家庭医生签约服务】到期待办 2 项。请登录系统查看。",
            "mentioned_mobile_list": ["13900001234"],
        }

    def test_the_robot_of_the_institution_comes_first(self, cast, robot, settings):
        settings.WECOM_ROBOTS = {cast.institution_a.code: robot.url, "*": "http://127.0.0.1:9/other"}
        written(cast, "wecom")
        assert sent().sent == 2

    def test_twenty_a_minute(self, cast, robot):
        """Whichever worker sends them, and whenever the minute began."""
        for n in range(20):
            assert free_at("robot", at=NINE + n * dt.timedelta(seconds=1), most=20, within=MINUTE) is None
        at = NINE + dt.timedelta(seconds=30)
        assert free_at("robot", at=at, most=20, within=MINUTE) == NINE + MINUTE
        assert free_at("robot", at=NINE + MINUTE, most=20, within=MINUTE) is None
        assert free_at("robot", at=NINE + MINUTE, most=20, within=MINUTE) == NINE + MINUTE * 61 / 60

    def test_the_twenty_first_waits_and_counts_as_no_attempt(self, cast, robot, monkeypatch):
        written(cast, "wecom")
        monkeypatch.setattr(wecom, "MOST", 0 + 1)
        name = f"wecom:{wecom.keyed_digest(robot.url, purpose='wecom.robot')[:40]}"
        assert free_at(name, at=NINE, most=1, within=MINUTE) is None
        assert sent().put_off == 1
        assert (row("wecom").state, row("wecom").attempts, row("wecom").next_try_at) == (
            "waiting",
            0,
            NINE + MINUTE,
        )
        assert robot.requests == []
        assert sent(NINE + MINUTE).sent == 1

    def test_too_fast_by_its_own_count(self, cast, robot):
        robot.answer = {"errcode": 45009}
        written(cast, "wecom")
        assert sent().put_off == 1
        robot.answer = {"errcode": 0}
        assert sent(NINE + MINUTE).sent == 1

    def test_it_says_no(self, cast, robot):
        robot.answer = {"errcode": 93000}
        written(cast, "wecom")
        assert sent().given_up == 1
        assert row("wecom").failure == "errcode 93000"

    def test_what_may_have_arrived_is_not_said_twice(self, cast, robot, monkeypatch):
        monkeypatch.setattr(wecom, "TIMEOUT", httpx2.Timeout(0.2))
        robot.delay = 0.6
        written(cast, "wecom")
        assert sent().unclear == 1
        assert sent(NINE + 60 * MINUTE).sent == 0
        assert (row("wecom").state, len(robot.requests)) == ("unclear", 1)

    def test_what_cannot_have_arrived_is_tried_again(self, cast, robot, settings):
        settings.WECOM_ROBOTS = {"*": "http://127.0.0.1:9/closed"}
        written(cast, "wecom")
        assert sent().failed == 1
        assert row("wecom").failure == "ConnectError"

    def test_2048_bytes_and_no_half_character(self):
        cut = fitting("超期" * 1000)
        assert len(cut.encode()) <= 2048
        assert cut.endswith("…")
        assert fitting("超期 5 项") == "超期 5 项"


def test_not_in_the_quiet_hours_and_not_when_there_is_nothing_left(cast, sms):
    written(cast, "sms")
    DigestDelivery.objects.update(next_try_at=NINE - 120 * MINUTE)
    late = send_deliveries(clock=lambda: NINE - 61 * MINUTE)
    assert (late.sent, late.put_off) == (1, 1)  # the inbox knows no quiet hours
    assert row("sms").next_try_at == NINE - 60 * MINUTE
    Plan.objects.update(state="ended")
    raise_reminders(on=MONDAY)
    write_digests(on=MONDAY, now=NINE)
    assert sent().dropped == 1
    assert sms.requests == []


def test_yesterdays_message_and_a_channel_that_was_taken_away_are_dropped(cast, sms, settings):
    written(cast, "sms")
    assert sent(NINE + 24 * 60 * MINUTE).dropped == 2
    DigestDelivery.objects.update(state=DeliveryState.WAITING, done_at=None)
    settings.SMS_SENDER = "none"
    assert sent().dropped == 1


def test_a_worker_that_died_leaves_a_lease_that_runs_out(cast, sms, robot):
    written(cast, "sms", "wecom")
    DigestDelivery.objects.exclude(channel="inapp").update(
        state=DeliveryState.SENDING, lease_until=NINE + MINUTE, attempts=1
    )
    assert sent().sent == 1
    done = sent(NINE + 2 * MINUTE)
    assert (done.sent, done.unclear) == (1, 1)  # the gateway knows keys, the robot does not
    assert (row("sms").state, row("wecom").state) == ("sent", "unclear")


def test_each_channel_has_its_name():
    assert all(code == channel.code for code, channel in CHANNELS.items())
