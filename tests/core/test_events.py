"""Facts told upward: heard only if committed, never lost, never twice at once."""

import datetime as dt
import threading
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connections, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from core import tasks
from core.events import announce, clear_announcements, deliver_due
from core.events.delivering import wait_after
from core.models import Announcement, Delivery

ON = dt.date(2026, 11, 22)
SOON = dt.timedelta(seconds=5)  # the database's clock stamps what is due
heard: list[tuple[str, list[int], dt.date]] = []


def first(*, ids, on):
    heard.append(("first", list(ids), on))


def second(*, ids, on):
    heard.append(("second", list(ids), on))


def broken(*, ids, on):
    Announcement.objects.create(topic="half done", ids=[])
    raise LookupError("371099199003070012")


WIRING = {"thing.done": (first, second), "thing.hard": (broken, first), "thing.quiet": ()}


@pytest.fixture(autouse=True)
def wired(settings, db, monkeypatch):
    settings.EVENT_WIRING = "tests.core.test_events.WIRING"
    heard.clear()


def deliver(**later):
    return deliver_due(at=timezone.now() + SOON + dt.timedelta(**later), on=ON)


class TestAnnounce:
    def test_one_delivery_for_each_consumer(self):
        told = announce("thing.done", ids=[7, 3, 7])
        assert told.ids == [3, 7]
        names = told.deliveries.order_by("pk").values_list("consumer", flat=True)
        assert list(names) == ["tests.core.test_events.first", "tests.core.test_events.second"]

    def test_nothing_to_tell_and_nobody_to_hear(self):
        assert announce("thing.done", ids=[]) is None
        assert announce("thing.quiet", ids=[1]).deliveries.count() == 0

    def test_a_topic_that_is_not_wired_is_a_typing_mistake(self):
        with pytest.raises(ValueError, match="no such topic"):
            announce("thing.doen", ids=[1])

    def test_a_fact_that_was_rolled_back_is_never_heard_of(self):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            announce("thing.done", ids=[1])
            raise ZeroDivisionError
        assert not Announcement.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_it_belongs_to_a_transaction(self):
        with pytest.raises(transaction.TransactionManagementError):
            announce("thing.done", ids=[1])

    def test_the_worker_is_woken_after_the_commit(self, monkeypatch, django_capture_on_commit_callbacks):
        woken = []
        monkeypatch.setattr(tasks.deliver_announcements, "apply_async", lambda **how: woken.append(how))
        with django_capture_on_commit_callbacks(execute=True):
            announce("thing.done", ids=[1])
            announce("thing.quiet", ids=[1])
            assert woken == []
        assert woken == [{"retry": False}]

    def test_without_a_broker_it_waits_for_the_sweep(self, monkeypatch, django_capture_on_commit_callbacks):
        def no_broker(**_):
            raise OperationalError("connection refused")

        monkeypatch.setattr(tasks.deliver_announcements, "apply_async", no_broker)
        with django_capture_on_commit_callbacks(execute=True):
            announce("thing.done", ids=[1])
        assert deliver().done == 2


class TestDeliver:
    def test_each_consumer_once_with_the_day_of_the_door(self):
        announce("thing.done", ids=[3, 7])
        assert (deliver().done, deliver().done) == (2, 0)
        assert heard == [("first", [3, 7], ON), ("second", [3, 7], ON)]

    def test_what_fails_holds_up_no_other_and_leaves_nothing_half_done(self, caplog):
        announce("thing.hard", ids=[1])
        done = deliver()
        assert (done.done, done.failed) == (1, 1)
        assert heard == [("first", [1], ON)]
        assert not Announcement.objects.filter(topic="half done").exists()
        row = Delivery.objects.get(done_at__isnull=True)
        assert (row.attempts, row.failure) == (1, "LookupError")  # never the words, they may quote somebody

    def test_it_is_tried_again_later_and_succeeds(self, monkeypatch):
        announce("thing.hard", ids=[1])
        deliver()
        assert deliver().failed == 0  # not yet due
        assert deliver(minutes=2).failed == 1
        monkeypatch.setitem(WIRING, "thing.hard", (broken, first))
        monkeypatch.setattr("tests.core.test_events.broken.__code__", second.__code__)
        assert deliver(hours=2).done == 1
        assert not Delivery.objects.filter(done_at__isnull=True).exists()

    def test_a_consumer_taken_off_the_page_is_dropped(self, monkeypatch):
        announce("thing.done", ids=[1])
        monkeypatch.setitem(WIRING, "thing.done", (first,))
        assert deliver().done == 2
        assert [one[0] for one in heard] == ["first"]

    def test_what_kills_its_worker_waits_like_what_failed(self, monkeypatch):
        def deadly(*, ids, on):
            raise SystemExit(9)

        deadly.__module__, deadly.__qualname__ = first.__module__, "first"
        monkeypatch.setitem(WIRING, "thing.done", (deadly, second))
        announce("thing.done", ids=[1])
        with pytest.raises(SystemExit):
            deliver()
        assert deliver().done == 1  # the next in the queue is reached
        assert [one for one, _, _ in heard] == ["second"]
        open_one = Delivery.objects.get(done_at__isnull=True)
        assert open_one.attempts == 1
        monkeypatch.undo()
        assert deliver(minutes=2).done == 1

    def test_the_waits_double_up_to_an_hour(self):
        minutes = [wait_after(one).total_seconds() / 60 for one in (1, 2, 3, 6, 7, 500)]
        assert minutes == [1, 2, 4, 32, 60, 60]

    def test_a_run_is_bounded(self):
        announce("thing.done", ids=[1])
        assert deliver_due(at=timezone.now() + SOON, on=ON, most=1).done == 1


class TestClear:
    def test_only_what_was_heard_everywhere_long_ago(self):
        announce("thing.done", ids=[1])
        open_one = announce("thing.hard", ids=[1])
        deliver()
        later = timezone.now() + dt.timedelta(days=31)
        assert clear_announcements(at=timezone.now() + dt.timedelta(days=29)) == 0
        assert clear_announcements(at=later, dry_run=True) == 1
        assert clear_announcements(at=later) == 1
        assert Announcement.objects.get() == open_one


class TestDoors:
    def test_the_command_twins(self):
        announce("thing.done", ids=[1])
        out = StringIO()
        call_command("deliver_announcements", "--dry-run", stdout=out)
        assert "有 2 条通告待投递" in out.getvalue()
        call_command("deliver_announcements", "--on", "2026-11-22", stdout=out)
        assert "已投递 2 条" in out.getvalue()
        call_command("clear_announcements", stdout=out)
        assert "已清除 0 条" in out.getvalue()

    def test_the_task_reads_the_clock(self):
        announce("thing.done", ids=[1])
        tasks.deliver_announcements()
        assert heard[0][2] == timezone.localdate()


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_two_workers_share_the_work_and_deliver_nothing_twice():
    with transaction.atomic():
        for pk in range(20):
            announce("thing.done", ids=[pk])
    gate, counts = threading.Barrier(2), []

    def run():
        gate.wait(10)
        try:
            counts.append(deliver_due(at=timezone.now() + SOON, on=ON).done)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert sum(counts) == 40
    assert len(heard) == 40


def test_every_topic_and_consumer_of_the_house_can_be_called(settings):
    """The wiring page names functions that take what is delivered."""
    import inspect

    from config.wiring import WIRING as house

    for topic, consumers in house.items():
        assert "." in topic
        for one in consumers:
            assert {"ids", "on"} <= set(inspect.signature(one).parameters)
