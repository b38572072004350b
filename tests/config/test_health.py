"""healthz and readyz: 200 and 503, every part by itself, without a session and without TLS."""

import datetime as dt

import pytest
import time_machine
from celery.signals import beat_init
from django.db import OperationalError
from django.utils import timezone

from config import health
from config.celery import app
from config.jobs import JOBS
from core.models import Announcement, Delivery, Heartbeat, JobRun
from core.tasks import beat_heartbeat


def test_healthz_touches_no_database(client, django_assert_num_queries):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.fixture
def all_well(db, monkeypatch):
    beat_heartbeat()
    monkeypatch.setattr(health, "queue", lambda: "ok")
    monkeypatch.setattr(health, "missing_years", lambda on: [])
    JobRun.objects.bulk_create(
        JobRun(job=job.name, day=timezone.localdate(), state=JobRun.State.DONE) for job in JOBS
    )


def test_readyz_says_yes_when_all_is_well(client, all_well):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True, "database": "ok", "migrations": "ok", "beat": "ok", "redis": "ok", "deliveries": "ok", "jobs": "ok",
        "calendar": "ok",
    }  # fmt: skip
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("age", "status", "word"), [(0, 200, "ok"), (179, 200, "ok"), (180, 503, "late"), (None, 503, "missing")]
)
def test_heartbeat_may_be_three_minutes_old(client, all_well, time_machine_at, age, status, word):
    Heartbeat.objects.all().delete()
    if age is not None:
        Heartbeat.objects.create(name="beat", at=timezone.now() - dt.timedelta(seconds=age))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["beat"]) == (status, word)


@pytest.fixture
def time_machine_at():
    with time_machine.travel("2026-11-22 08:00 +0800", tick=False):
        yield


@pytest.mark.parametrize(
    ("minutes", "done", "word"), [(59, False, "ok"), (60, False, "late"), (60, True, "ok")]
)
def test_a_fact_not_delivered_for_an_hour_is_told_and_turns_nothing_off(
    client, all_well, time_machine_at, minutes, done, word
):
    fact = Announcement.objects.create(topic="resident.departed", ids=[1])
    Announcement.objects.update(at=timezone.now() - dt.timedelta(minutes=minutes))
    Delivery.objects.create(announcement=fact, consumer="x", done_at=timezone.now() if done else None)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["deliveries"]) == (200, word)


@pytest.mark.parametrize(("state", "word"), [("failed", "failed"), ("waiting", "late"), (None, "missing")])
def test_a_night_that_is_not_done_is_told_and_turns_nothing_off(client, all_well, state, word):
    rows = JobRun.objects.filter(job="expire-agreements")
    rows.update(state=state) if state else rows.delete()
    later = timezone.localtime().replace(hour=23)
    with time_machine.travel(later, tick=False):
        beat_heartbeat()
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["jobs"]) == (200, word)


def test_a_year_without_holidays_is_told_and_turns_nothing_off(client, all_well, monkeypatch):
    monkeypatch.setattr(health, "missing_years", lambda on: [on.year + 1])
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["calendar"]) == (200, "missing")


def test_missing_migration_is_said(client, all_well, monkeypatch):
    monkeypatch.setattr(health, "_is_migrated", False)
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda *_: [("teams", False)])
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["migrations"]) == (503, "pending")


def test_database_down_is_said_without_a_word_of_why(client, all_well, monkeypatch):
    def fail():
        raise OperationalError("password=secret host=10.0.0.1")

    monkeypatch.setattr(health, "database", fail)
    fail.__name__ = "database"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False, "database": "down", "migrations": "unknown", "beat": "unknown", "redis": "ok",
        "deliveries": "unknown", "jobs": "unknown", "calendar": "unknown",
    }  # fmt: skip
    assert "secret" not in answer.content.decode()


@pytest.mark.django_db
def test_redis_down_is_said_quickly(client, settings):
    beat_heartbeat()
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["redis"]) == (503, "down")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_neither_is_sent_to_tls_or_to_the_login_page(client, all_well, settings, path):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(path).status_code == 200
    assert client.get("/account/").status_code == 301
    assert client.post(path).status_code == 405


@pytest.mark.django_db
def test_running_the_heartbeat_twice_keeps_one_row():
    beat_heartbeat()
    beat_heartbeat()
    assert Heartbeat.objects.count() == 1


def test_beat_ticks_as_soon_as_it_starts(monkeypatch):
    sent = []
    monkeypatch.setattr(app, "send_task", sent.append)
    beat_init.send(sender=None)
    assert sent == ["core.tasks.beat_heartbeat"]
    assert app.conf.beat_schedule["beat-heartbeat"]["task"] == sent[0]
