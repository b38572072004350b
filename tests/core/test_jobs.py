"""The job engine: rows, order, leases, tries. The jobs are made up; the real list is tested in tests/config."""

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connections, transaction
from django.db.models import F
from django.test import override_settings

from core import jobs, tasks
from core.jobs import CannotRunJob, Job, running
from core.models import Heartbeat, JobRun

ON = dt.date(2026, 11, 22)
NOW = dt.datetime(2026, 11, 21, 16, 10, tzinfo=dt.UTC)  # ten past midnight in Shanghai
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
S = JobRun.State

called: list[tuple[str, dt.date]] = []
trouble: dict[str, Exception] = {}


def _job(name, *, after=()):
    def run(on, now):
        called.append((name, on))
        Heartbeat.objects.update_or_create(name=name, defaults={"at": now})
        if name in trouble:
            raise trouble[name]
        return {"rows": 2}

    return Job(name, f"任务{name}", run, {"rows": "处理"}, after=after)


JOBS = (_job("first"), _job("second"), _job("third", after=("second",)), _job("fourth"))


@pytest.fixture(autouse=True)
def made_up_jobs():
    called.clear()
    trouble.clear()
    with override_settings(NIGHTLY_JOBS="tests.core.test_jobs.JOBS"):
        yield


def states(on=ON):
    found = dict(JobRun.objects.filter(day=on).values_list("job", "state"))
    return [found.get(job.name) for job in JOBS]


def night(now=NOW, on=ON):
    jobs.open_night(on=on)
    return [row.job for row in jobs.work(on=on, clock=lambda: now)]


pytestmark = pytest.mark.django_db


class TestANight:
    def test_every_job_in_order_and_once(self):
        assert night() == [job.name for job in JOBS]
        assert night() == []
        assert called == [(job.name, ON) for job in JOBS]
        assert states() == [S.DONE] * 4
        row = JobRun.objects.get(job="first")
        assert (row.result, row.attempts, row.failure, row.lease_until) == ({"rows": 2}, 1, "", None)
        assert (row.started_at, row.finished_at) == (NOW, NOW)

    def test_two_schedulers_write_down_one_night(self):
        assert jobs.open_night(on=ON) == 4
        assert jobs.open_night(on=ON) == 0
        assert JobRun.objects.count() == 4

    def test_no_more_than_was_asked_for(self):
        jobs.open_night(on=ON)
        assert [row.job for row in jobs.work(on=ON, clock=lambda: NOW, most=1)] == ["first"]
        assert states() == [S.DONE, S.WAITING, S.WAITING, S.WAITING]

    def test_only_those_named(self):
        jobs.open_night(on=ON, names=["fourth"])
        assert states() == [None, None, None, S.WAITING]
        assert [row.job for row in jobs.work(on=ON, clock=lambda: NOW, names=["first"])] == []
        assert [row.job for row in jobs.work(on=ON, clock=lambda: NOW, names=["fourth"])] == ["fourth"]

    def test_the_next_night_begins_anew(self):
        night()
        assert night(NOW + DAY, ON + DAY) == [job.name for job in JOBS]

    def test_a_job_may_be_told_another_moment(self):
        jobs.open_night(on=ON)
        jobs.work(on=ON, clock=lambda: NOW, most=1, at=NOW - 5 * DAY)
        assert Heartbeat.objects.get(name="first").at == NOW - 5 * DAY
        assert JobRun.objects.get(job="first").finished_at == NOW


class TestAFailure:
    def test_holds_up_only_what_comes_after_it_by_name(self):
        trouble["second"] = RuntimeError("张三 371002199003077411")
        assert night() == ["first", "second", "fourth"]
        assert states() == [S.DONE, S.FAILED, S.WAITING, S.DONE]
        assert JobRun.objects.get(job="second").failure == "RuntimeError"  # and not a word of it

    def test_is_tried_again_after_a_while_and_the_rest_follows(self):
        trouble["second"] = RuntimeError()
        night()
        trouble.clear()
        assert night(NOW + MINUTE - dt.timedelta(seconds=1)) == []
        assert night(NOW + MINUTE) == ["second", "third"]
        assert states() == [S.DONE] * 4
        assert JobRun.objects.get(job="second").failure == ""

    def test_is_given_up_after_five_tries(self):
        trouble["second"] = RuntimeError()
        now = NOW
        for _ in range(10):
            night(now)
            now += 60 * MINUTE
        assert JobRun.objects.get(job="second").attempts == running.MOST_ATTEMPTS == 5
        assert states()[1] == S.FAILED

    @pytest.mark.parametrize("answer", [None, 3, {"who": "张三"}, {"rows": True}, {"rows": 1.5}])
    def test_an_answer_that_is_not_counts_is_one(self, answer, monkeypatch):
        odd = Job("first", "任务", lambda on, now: answer, {})
        monkeypatch.setattr(running, "jobs", lambda: (odd,))
        assert night() == ["first"]
        row = JobRun.objects.get(job="first")
        assert (row.state, row.failure, row.result) == (S.FAILED, "TypeError", {})

    @pytest.mark.parametrize(("attempts", "minutes"), [(1, 1), (2, 2), (3, 4), (4, 8)])
    def test_waits_longer_each_time(self, attempts, minutes):
        assert running.wait_after(attempts) == minutes * MINUTE


class TestALease:
    def taken(self, now=NOW):
        """A row as a worker leaves it that was killed."""
        jobs.open_night(on=ON)
        assert running._claim_next(on=ON, now=now, names=None)[0].name == "first"
        return JobRun.objects.get(job="first")

    def test_while_it_lasts_nobody_else_works_on_anything(self):
        row = self.taken()
        assert (row.state, row.lease_until, row.attempts) == (S.RUNNING, NOW + running.LEASE, 1)
        assert night(NOW + running.LEASE) == []
        assert called == []

    def test_when_it_has_run_out_the_job_begins_anew_and_the_night_goes_on(self):
        self.taken()
        assert night(NOW + running.LEASE + dt.timedelta(seconds=1)) == [job.name for job in JOBS]
        assert JobRun.objects.get(job="first").attempts == 2

    def test_a_job_that_kills_its_worker_every_time_is_given_up(self):
        now = NOW
        for _ in range(running.MOST_ATTEMPTS):
            self.taken(now)
            now += running.LEASE + MINUTE
        assert night(now) == ["second", "third", "fourth"]
        row = JobRun.objects.get(job="first")
        assert (row.state, row.failure) == (S.FAILED, running.INTERRUPTED)

    def test_who_has_lost_it_writes_nothing_down(self):
        row = self.taken()
        night(NOW + running.LEASE + MINUTE)
        told = running._finish(row, {"rows": 99}, "", NOW + 9 * MINUTE)
        assert told.result == JobRun.objects.get(job="first").result == {"rows": 2}

    def test_a_leftover_of_yesterday_neither_blocks_today_nor_is_done_for_yesterday(self):
        self.taken()
        assert night(NOW + DAY, ON + DAY) == [job.name for job in JOBS]
        assert states()[0] == S.WAITING
        assert {on for _, on in called} == {ON + DAY}

    def test_the_database_itself_allows_one_running_job(self):
        self.taken()
        with pytest.raises(IntegrityError, match="one_job_at_a_time"), transaction.atomic():
            JobRun.objects.filter(job="second").update(state=S.RUNNING, lease_until=NOW)

    def test_it_and_running_go_together(self):
        jobs.open_night(on=ON)
        with pytest.raises(IntegrityError, match="job_running_under_lease"), transaction.atomic():
            JobRun.objects.filter(job="first").update(state=S.RUNNING)


@pytest.mark.django_db(transaction=True)
class TestSessionsBesideEachOther:
    def test_a_long_job_renews_its_lease(self, monkeypatch):
        monkeypatch.setattr(running, "LEASE", dt.timedelta(seconds=0.3))
        moments = iter(range(1, 1_000))
        renewed = threading.Event()

        def clock():
            return NOW + next(moments) * MINUTE

        def run(on, now):
            first = JobRun.objects.get(job="first").lease_until
            for _ in range(100):
                if JobRun.objects.get(job="first").lease_until > first:
                    renewed.set()
                    break
                threading.Event().wait(0.05)
            return {}

        monkeypatch.setattr(running, "jobs", lambda: (Job("first", "任务", run, {}),))
        jobs.open_night(on=ON)
        jobs.work(on=ON, clock=clock)
        assert renewed.is_set()
        assert JobRun.objects.get().state == S.DONE

    @pytest.mark.slow
    def test_eight_workers_at_once_do_every_job_once(self):
        jobs.open_night(on=ON)
        barrier = threading.Barrier(8)

        def worker():
            try:
                barrier.wait()
                for _ in range(20):
                    jobs.work(on=ON, clock=lambda: NOW)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=worker) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(called) == sorted((job.name, ON) for job in JOBS)
        assert states() == [S.DONE] * 4


class TestARehearsal:
    def test_tells_what_would_be_done_and_changes_nothing(self):
        assert jobs.rehearse(JOBS[0], on=ON, at=NOW) == {"rows": 2}
        assert called == [("first", ON)]
        assert not Heartbeat.objects.exists()
        assert not JobRun.objects.exists()


class TestAskedByHand:
    @pytest.fixture
    def woken(self, monkeypatch):
        asked = []
        monkeypatch.setattr(tasks.work_jobs, "apply_async", lambda **_: asked.append(1))
        return asked

    def ask(self, by):
        return jobs.ask_run(job=JOBS[0], by=by, on=ON)

    def test_a_job_that_was_done_is_done_again_and_its_counts_add_up(
        self, cast, woken, django_capture_on_commit_callbacks
    ):
        night()
        with django_capture_on_commit_callbacks(execute=True):
            assert self.ask(cast.xu).asked_by_id == cast.xu.pk
        assert woken == [1]
        assert night() == ["first"]
        row = JobRun.objects.get(job="first")
        assert (row.result, row.attempts) == ({"rows": 4}, 1)

    def test_one_that_never_ran(self, cast):
        self.ask(cast.xu)
        assert states() == [S.WAITING, None, None, None]

    def test_one_that_was_given_up(self, cast):
        night()
        JobRun.objects.filter(job="first").update(state=S.FAILED, attempts=5, failure="RuntimeError")
        self.ask(cast.xu)
        assert night() == ["first"]

    def test_one_that_is_running_is_refused(self, cast):
        jobs.open_night(on=ON)
        running._claim_next(on=ON, now=NOW, names=None)
        with pytest.raises(CannotRunJob, match="正在运行") as refused:
            self.ask(cast.xu)
        assert refused.value.code == "is_running"

    def test_one_that_waits_is_refused(self, cast):
        jobs.open_night(on=ON)
        with pytest.raises(CannotRunJob, match="已在排队") as refused:
            self.ask(cast.xu)
        assert refused.value.code == "is_waiting"

    def test_without_a_broker_it_waits_for_the_sweep(
        self, cast, settings, monkeypatch, django_capture_on_commit_callbacks
    ):
        from kombu.exceptions import OperationalError

        def broken(**_):
            raise OperationalError

        monkeypatch.setattr(tasks.work_jobs, "apply_async", broken)
        with django_capture_on_commit_callbacks(execute=True):
            self.ask(cast.xu)
        assert states()[0] == S.WAITING


class TestTheTask:
    @pytest.fixture
    def at(self, monkeypatch):
        import time_machine

        monkeypatch.setattr(jobs, "wake_worker", lambda: woken.append(1))
        woken: list[int] = []

        def run(moment):
            woken.clear()
            with time_machine.travel(moment, tick=False):
                tasks.work_jobs()
            return len(woken)

        return run

    def test_before_its_hour_there_is_no_night(self, at):
        assert at(NOW - dt.timedelta(seconds=1)) == 0
        assert not JobRun.objects.exists()

    def test_each_call_does_one_job_and_asks_for_the_next(self, at):
        assert [at(NOW) for _ in range(6)] == [1, 1, 1, 1, 0, 0]
        assert [name for name, _ in called] == [job.name for job in JOBS]

    def test_a_beat_that_slept_until_noon_is_made_up_for(self, at):
        assert at(NOW + 12 * 60 * MINUTE) == 1
        assert called == [("first", ON)]


class TestReading:
    def word(self, hours, on=ON):
        return jobs.night_in_a_word(now=NOW + hours * 60 * MINUTE, today=on)

    def test_a_night_that_went_well(self):
        night()
        assert self.word(2) == "ok"

    def test_nobody_asks_about_tonight_for_two_hours(self):
        night(NOW - DAY, ON - DAY)
        assert self.word(1.99) == "ok"
        assert self.word(2) == "missing"
        jobs.open_night(on=ON)
        assert (self.word(1.99), self.word(2)) == ("ok", "late")

    def test_failed_and_still_missing(self):
        assert self.word(2) == "missing"
        trouble["second"] = RuntimeError()
        night()
        assert self.word(2) == "failed"
        JobRun.objects.filter(job="fourth").delete()
        assert self.word(2) == "missing"

    def test_what_today_has_done_counts_for_yesterday(self):
        trouble["second"] = RuntimeError()
        night(NOW - DAY, ON - DAY)
        assert self.word(1) == "failed"
        trouble.clear()
        night()
        assert self.word(1) == "ok"

    def test_every_job_with_its_newest_row_in_two_queries(self, django_assert_num_queries):
        trouble["second"] = RuntimeError()
        night(NOW - DAY, ON - DAY)
        trouble.clear()
        night()
        JobRun.objects.filter(job="fourth").delete()
        with django_assert_num_queries(2):
            found = jobs.standings(on=ON)
        assert [one.job.name for one in found] == [job.name for job in JOBS]
        assert [one.last.day if one.last else None for one in found] == [ON, ON, ON, None]
        assert [one.failures for one in found] == [0, 1, 0, 0]
        JobRun.objects.update(day=F("day") - 30 * DAY)
        assert [one.failures for one in jobs.standings(on=ON)] == [0, 0, 0, 0]

    def test_words_leave_out_nothings(self):
        job = Job("x", "任务", lambda on, now: {}, {"begun": "新增标识", "ended": "结束标识"})
        assert job.in_words({"ended": 3, "begun": 12}) == "新增标识 12，结束标识 3"
        assert job.in_words({"begun": 0}) == "没有需要处理的"
