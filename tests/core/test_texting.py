"""Texts are sent after the commit, tried again, and forgotten."""

import datetime as dt

import pytest
from django.db import connection, transaction

from core import texting
from core.models import OutgoingText
from core.tasks import send_texts
from core.texting import CannotText, queue_text, send_due

NOW = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(minutes=10)
pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(settings, tmp_path):
    settings.SMS_SENDER, settings.SMS_FILE = "file", tmp_path / "run" / "texts.txt"
    return settings.SMS_FILE


def queue(text="验证码 123456", at=NOW, useless_at=LATER):
    return queue_text(purpose="test", phone="13900001234", text=text, at=at, useless_at=useless_at)


def test_nothing_is_queued_without_a_channel(settings):
    settings.SMS_SENDER = "none"
    assert not texting.has_channel()
    with pytest.raises(CannotText, match="没有配置短信通道"):
        queue()


def test_sealed_in_the_row_and_gone_once_sent(channel):
    row = queue()
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone, text FROM core_outgoingtext")
        sealed = b"".join(bytes(one) for one in cursor.fetchone())
    assert b"1390000" not in sealed
    assert b"123456" not in sealed
    assert send_due(at=NOW) == 1
    assert channel.read_text() == "13900001234 验证码 123456\n"
    row.refresh_from_db()
    assert (row.state, row.phone, row.text, row.done_at) == ("sent", "", "", NOW)
    assert send_due(at=LATER) == 0


@pytest.mark.django_db(transaction=True)
def test_sent_only_if_the_transaction_commits(channel, monkeypatch):
    woken = []
    monkeypatch.setattr(send_texts, "apply_async", lambda **options: woken.append(options))
    with pytest.raises(RuntimeError), transaction.atomic():
        queue()
        raise RuntimeError
    assert (woken, OutgoingText.objects.count()) == ([], 0)
    with transaction.atomic():
        queue()
        assert woken == []
    assert woken == [{"retry": False}]
    with pytest.raises(transaction.TransactionManagementError):
        queue()


def test_what_failed_is_tried_again_without_telling_why(channel, monkeypatch, caplog):
    row = queue()

    def broken(phone, text, key):
        raise OSError(f"no route to {phone}")

    monkeypatch.setitem(texting.SENDERS, "file", broken)
    assert send_due(at=NOW) == 0
    row.refresh_from_db()
    assert (row.state, row.failure, row.attempts) == ("waiting", "OSError", 1)
    assert row.next_try_at == NOW + dt.timedelta(seconds=30)
    assert "1390000" not in caplog.text
    assert send_due(at=NOW + dt.timedelta(seconds=29)) == 0
    monkeypatch.setitem(texting.SENDERS, "file", lambda phone, text, key: None)
    assert send_due(at=NOW + dt.timedelta(seconds=30)) == 1


def test_what_is_useless_by_now_is_not_sent(channel):
    row = queue()
    assert send_due(at=LATER) == 0
    row.refresh_from_db()
    assert (row.state, row.text) == ("dropped", "")
    assert not channel.exists()


def test_the_channel_was_taken_away(channel, settings):
    row = queue()
    settings.SMS_SENDER = "none"
    assert send_due(at=NOW) == 0
    row.refresh_from_db()
    assert (row.state, row.failure) == ("waiting", "no channel")


def test_old_texts_are_forgotten(channel):
    queue()
    OutgoingText.objects.update(created_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    assert texting.clear_texts(at=NOW, dry_run=True) == 1
    assert texting.clear_texts(at=NOW) == 1
    assert not OutgoingText.objects.exists()
