"""A sender that is killed with -9 after the gateway has taken the message and before it could write that down."""

import datetime as dt
import os
import signal
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from core.models import PolicySetting
from outreach.models import Digest, DigestDelivery
from tests.factories.teams import UserFactory
from tests.outreach.gateways import Fake, serving

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def sender(gateway: Fake) -> subprocess.Popen:
    """The command in a process of its own, on the database of this test."""
    place = connection.settings_dict
    whom = f"{place['USER']}:{place['PASSWORD']}" if place["PASSWORD"] else place["USER"]
    database = f"postgres://{whom}@{place['HOST'].replace('/', '%2F')}:{place['PORT']}/{place['NAME']}"
    environment = os.environ | {
        "FDCS_ENV": "test",
        "DATABASE_URL": database,
        "SMS_SENDER": "gateway",
        "SMS_GATEWAY_URL": gateway.url,
        "SMS_GATEWAY_SECRET": "secret",
    }
    command = [sys.executable, "manage.py", "send_deliveries"]
    return subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.DEVNULL)


@pytest.fixture
def message() -> DigestDelivery:
    """Urgent, and the bureau lets such messages out at any hour: the clock of the drill is the real one."""
    today = timezone.localdate()
    PolicySetting.objects.create(
        room="outreach", payload={"urgent_in_quiet_hours": True}, in_force_from=today, source="测试"
    )
    lines = [{"source": "care", "stage": "due", "count": 1, "urgent": 1, "restricted": 0, "titles": []}]
    digest = Digest.objects.create(
        recipient=UserFactory(phone="13900001234"), on=today, lines=lines, urgent=1, shown_at=timezone.now()
    )
    return DigestDelivery.objects.create(digest=digest, channel="sms", next_try_at=timezone.now())


def test_it_is_sent_again_under_the_same_key_and_arrives_once(message):
    with serving() as gateway:
        first = sender(gateway)
        gateway.on_request = lambda: os.kill(first.pid, signal.SIGKILL)
        assert first.wait(timeout=120) == -signal.SIGKILL
        message.refresh_from_db()
        assert (message.state, message.attempts, len(gateway.kept)) == ("sending", 1, 1)

        gateway.on_request = lambda: None
        assert sender(gateway).wait(timeout=120) == 0
        message.refresh_from_db()
        assert (message.state, len(gateway.requests)) == ("sending", 1)  # its lease still runs

        DigestDelivery.objects.update(lease_until=timezone.now() - dt.timedelta(seconds=1))
        assert sender(gateway).wait(timeout=120) == 0
        message.refresh_from_db()
        assert (message.state, message.attempts) == ("sent", 2)
        assert len(gateway.requests) == 2
        assert set(gateway.kept) == {str(message.key)}
