"""Killed at any moment, a list leaves nothing or everything, and goes on by itself or says that it cannot.

Real processes on a real database. They are stopped at a table that the test holds: in a check at the registry, in an import
after the people are written and before the word that it is done.
"""

import datetime as dt
import io
import json
import subprocess
from threading import Thread

import pytest
from django.db import OperationalError, connection, connections
from django.db.models import F
from django.utils import timezone

from core.models import PolicySetting
from residents import supervising, tasks
from residents.actions import roster_work
from residents.actions.rosters import accept_roster, ask_undo, cancel_roster, receive_roster, retry_roster
from residents.choices import ImportState, PartKind
from residents.models import Household, Resident, RosterImport, RosterLine, RosterProgress
from residents.queries.rosters import LARGE_BYTES, SILENT, rosters_to_wake
from residents.supervising import BUSY
from tests.residents.conftest import POLICY
from tests.residents.imports.sheets import csv_bytes, number, row
from tests.residents.rosters.processes import (
    environment,
    kill,
    processes_of,
    run_child,
    start_child,
    start_worker,
    stopped_at,
    until,
    waiting_backends,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
S = ImportState
IN_CHECK = ("residents_resident", "ACCESS EXCLUSIVE")  # nobody may even read
IN_IMPORT = ("residents_rosterline", "SHARE")  # nobody may write: the people stand there, not yet committed
DATA = csv_bytes(row("林桂芳", number(1)), row("王建国", number(2, 1)), row("甲", "123"))


@pytest.fixture
def woken(monkeypatch):
    """Without a broker: whom a worker was asked for."""
    asked = []
    for place in ("residents.waking", "residents.supervising", "residents.tasks"):
        monkeypatch.setattr(f"{place}.wake", asked.append)
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    return asked


@pytest.fixture
def roster(cast, woken):
    return receive_roster(
        file_name="花名册.csv", stream=io.BytesIO(DATA), policy=POLICY, by=cast.li, on=timezone.localdate()
    )


@pytest.fixture
def accepted(roster, cast):
    assert run_child(roster) == 0
    roster.refresh_from_db()
    assert roster.state == S.CHECKED, roster.failure
    digest = json.loads(roster.report)["digest"]
    return accept_roster(roster=roster, digest=digest, by=cast.li, on=timezone.localdate())


def state_of(roster):
    return RosterImport.objects.values_list("state", "attempts").get(pk=roster.pk)


def nothing_is_written():
    counts = [model.objects.count() for model in (Resident, Household, RosterLine)]
    return counts == [0, 0, 0]


def everything_is_written(roster):
    roster.refresh_from_db()
    assert (roster.state, roster.result["created_residents"], roster.result["errors"]) == (S.APPLIED, 2, 1)
    assert Resident.objects.count() == 2
    assert RosterLine.objects.filter(roster=roster).count() == 2
    assert set(roster.parts.values_list("holds", flat=True)) == {PartKind.ERRORS}
    return True


def test_a_check_that_nobody_disturbs(roster, woken):
    supervising.supervise(roster.pk)
    roster.refresh_from_db()
    assert (roster.state, roster.attempts, roster.result["rows"]) == (S.CHECKED, 0, 3)
    assert nothing_is_written()
    assert RosterProgress.objects.get(roster=roster).phase != "排队中"


def test_an_import_that_nobody_disturbs(accepted):
    supervising.supervise(accepted.pk)
    assert everything_is_written(accepted)


class TestTheChildIsKilled:
    def test_in_a_check(self, roster):
        with stopped_at(*IN_CHECK, lambda: start_child(roster)) as child:
            kill(child)
        assert state_of(roster) == (S.CHECKING, 1)
        until(lambda: not processes_of(roster))
        until(lambda: run_child(roster) != BUSY)
        assert state_of(roster) == (S.CHECKED, 0)

    def test_in_an_import(self, accepted):
        with stopped_at(*IN_IMPORT, lambda: start_child(accepted)) as child:
            assert nothing_is_written()  # nothing that anybody sees
            kill(child)
        assert state_of(accepted) == (S.APPLYING, 1)
        until(lambda: run_child(accepted) != BUSY)
        assert everything_is_written(accepted)

    def test_its_worker_asks_for_the_next_attempt_and_gives_up_after_the_third(
        self, roster, woken, monkeypatch
    ):
        """A file that kills its reader every time ends in a sentence and a button."""
        real = subprocess.Popen

        def doomed(argv, **kwargs):
            return real([argv[0], "-c", "import os; os.kill(os.getpid(), 9)"], **kwargs)

        monkeypatch.setattr(supervising.subprocess, "Popen", doomed)
        woken.clear()
        for attempt in (1, 2):
            supervising.supervise(roster.pk)
            assert state_of(roster) == (S.RECEIVED, attempt)
            assert woken == [roster.pk] * attempt
        supervising.supervise(roster.pk)
        roster.refresh_from_db()
        assert roster.state == S.FAILED
        assert "重新核对" in roster.failure
        assert woken == [roster.pk] * 2
        monkeypatch.undo()
        retry_roster(roster=roster, by=roster.uploaded_by, on=timezone.localdate())
        assert run_child(roster) == 0
        assert state_of(roster) == (S.CHECKED, 0)


class TestTheWorkerIsKilled:
    def test_in_an_import(self, accepted):
        """The child dies with it, and what it had written is gone."""
        with stopped_at(*IN_IMPORT, lambda: start_worker(accepted)) as worker:
            assert processes_of(accepted)
            kill(worker)
            until(lambda: not processes_of(accepted))
        assert state_of(accepted) == (S.APPLYING, 1)
        until(lambda: run_child(accepted) != BUSY)
        assert everything_is_written(accepted)

    def test_after_the_commit_and_before_it_could_say_so(self, accepted, woken):
        """The word stands in the same transaction as the people: whoever comes next finds it done."""
        assert run_child(accepted) == 0
        woken.clear()
        supervising.supervise(accepted.pk)
        assert everything_is_written(accepted)
        assert woken == []


class TestTheDatabaseBreaksOff:
    @pytest.mark.parametrize("stop", [IN_CHECK, IN_IMPORT], ids=["check", "import"])
    def test_in_the_middle(self, request, stop):
        roster = request.getfixturevalue("roster" if stop is IN_CHECK else "accepted")
        with stopped_at(*stop, lambda: start_child(roster)) as child:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", waiting_backends(stop[0])[:1])
            assert child.wait(60) == 1
        assert nothing_is_written()
        assert state_of(roster) == (S.CHECKING if stop is IN_CHECK else S.APPLYING, 1)
        assert run_child(roster) == 0
        assert state_of(roster)[0] == (S.CHECKED if stop is IN_CHECK else S.APPLIED)

    def test_progress_that_cannot_be_stored_disturbs_nobody(self, roster, monkeypatch):
        def broken(**_):
            raise OperationalError("server closed the connection")

        monkeypatch.setattr(supervising, "note_progress", broken)
        supervising.supervise(roster.pk)
        assert state_of(roster) == (S.CHECKED, 0)


class TestDeliveredTwice:
    def test_the_second_finds_somebody_at_work(self, accepted, woken):
        with stopped_at(*IN_IMPORT, lambda: start_child(accepted)) as child:
            assert run_child(accepted) == BUSY
            supervising.supervise(accepted.pk)  # does not even start a child
            assert state_of(accepted) == (S.APPLYING, 1)
        assert child.wait(60) == 0
        assert everything_is_written(accepted)
        tasks.run_roster(str(accepted.pk))
        assert everything_is_written(accepted)

    def test_two_large_lists_are_not_worked_on_at_once(self, roster, cast, woken):
        RosterImport.objects.update(file_bytes=LARGE_BYTES)
        with stopped_at(*IN_CHECK, lambda: start_child(roster)) as child:
            other = RosterImport.objects.create(
                file_name="b.csv", uploaded_by=cast.li, file_bytes=LARGE_BYTES
            )
            assert run_child(other) == BUSY
            assert state_of(other) == (S.RECEIVED, 0)
        assert child.wait(60) == 0


class TestAnUndo:
    @pytest.fixture
    def asked(self, accepted, cast):
        assert run_child(accepted) == 0
        return ask_undo(roster=accepted, policy=POLICY, by=cast.li, on=timezone.localdate())

    def stands(self, roster):
        roster.refresh_from_db()
        assert (Resident.objects.count(), RosterLine.objects.filter(roster=roster).count()) == (2, 2)
        assert set(roster.parts.values_list("holds", flat=True)) == {PartKind.ERRORS}
        return True

    def test_that_nobody_disturbs(self, asked, cast):
        supervising.supervise(asked.pk)
        assert state_of(asked) == (S.UNDONE, 0)
        assert nothing_is_written()
        asked.refresh_from_db()
        assert asked.undone_by == cast.li
        assert RosterProgress.objects.get(roster=asked).phase != "撤销中"

    def test_killed_after_everything_was_removed_and_before_it_could_say_so(self, asked):
        with stopped_at(*IN_IMPORT, lambda: start_child(asked)) as child:
            assert self.stands(asked)
            kill(child)
        assert state_of(asked) == (S.UNDOING, 1)
        until(lambda: not processes_of(asked))
        assert self.stands(asked)
        until(lambda: run_child(asked) != BUSY)
        assert state_of(asked) == (S.UNDONE, 0)
        assert nothing_is_written()

    def test_what_was_built_on_it_is_told_and_it_stands(self, asked):
        Resident.objects.filter(name="林桂芳").update(remark="已走访")
        supervising.supervise(asked.pk)
        assert state_of(asked) == (S.APPLIED, 0)
        assert self.stands(asked)
        assert "新增的居民又有修改 1 处" in asked.failure
        assert (asked.undone_by, asked.result["created_residents"]) == (None, 2)

    def test_one_that_dies_every_time_is_given_up_and_the_import_stands(self, asked, monkeypatch):
        for _ in range(3):
            roster_work.begin_work(roster_id=asked.pk)
        assert run_child(asked) == 0
        assert state_of(asked) == (S.APPLIED, 0)
        assert self.stands(asked)
        assert "没有撤销任何内容" in asked.failure

    @pytest.mark.parametrize(
        ("status", "says"), [(supervising.OUT_OF_MEMORY, "内存"), (None, "3 小时")], ids=["memory", "time"]
    )
    def test_too_much_is_a_sentence_and_the_import_stands(self, asked, monkeypatch, status, says):
        monkeypatch.setattr(supervising, "_work", lambda _: status)
        supervising.supervise(asked.pk)
        assert state_of(asked) == (S.APPLIED, 0)
        assert self.stands(asked)
        assert says in asked.failure
        assert "导入仍然有效" in asked.failure


class TestNobodyComes:
    """The broker lost the message, or the worker died with it."""

    def silent(self, roster, seconds):
        quiet = dt.timedelta(seconds=seconds)
        RosterProgress.objects.filter(roster=roster).update(beat_at=F("beat_at") - quiet)

    def test_after_two_silent_minutes_it_is_asked_for_again(self, roster, woken):
        woken.clear()
        self.silent(roster, SILENT.total_seconds() - 30)
        tasks.restart_rosters()
        assert woken == []
        self.silent(roster, 31)
        tasks.restart_rosters()
        assert woken == [roster.pk]

    def test_not_while_somebody_is_at_work(self, accepted, woken):
        woken.clear()
        with stopped_at(*IN_IMPORT, lambda: start_child(accepted)) as child:
            self.silent(accepted, 600)
            tasks.restart_rosters()
            assert woken == []
            kill(child)
        until(rosters_to_wake)
        assert rosters_to_wake() == [accepted.pk]

    def test_of_the_large_ones_only_the_next(self, cast, roster, woken):
        """They are worked on one by one; waking all of them would only start processes that go away again."""
        more = [
            receive_roster(
                file_name=f"{at}.csv",
                stream=io.BytesIO(DATA),
                policy=POLICY,
                by=cast.li,
                on=timezone.localdate(),
            )
            for at in range(2)
        ]
        for at, one in enumerate([roster, *more]):
            self.silent(one, 900 - at)
        RosterImport.objects.exclude(pk=more[1].pk).update(file_bytes=LARGE_BYTES)
        assert rosters_to_wake() == [roster.pk, more[1].pk]


def test_cancelled_in_a_check_its_process_is_ended(roster, cast, monkeypatch):
    monkeypatch.setattr(supervising, "BEAT_SECONDS", 0.2)

    def work():
        try:
            supervising.supervise(roster.pk)
        finally:
            connections.close_all()

    thread = Thread(target=work)
    with stopped_at(*IN_CHECK, lambda: thread.start() or _Nobody()):
        cancel_roster(roster=roster, by=cast.li, on=timezone.localdate())
        thread.join(60)
        assert not thread.is_alive()
        assert not processes_of(roster)
    assert state_of(roster)[0] == S.CANCELLED


class _Nobody:
    """What ``stopped_at`` would kill, where the test itself is the worker."""

    def kill(self): ...
    def wait(self, _): ...


def test_too_little_memory_is_a_sentence(roster, woken):
    PolicySetting.objects.create(
        room="residents", payload={"roster_memory_mb": 16}, in_force_from="2020-01-01", source="测试"
    )
    supervising.supervise(roster.pk)
    roster.refresh_from_db()
    assert (roster.state, roster.result) == (S.FAILED, {"refused": "out_of_memory"})
    assert "内存" in roster.failure
    assert nothing_is_written()


def test_the_third_beginning_is_the_last(roster):
    for _ in range(3):
        roster_work.begin_work(roster_id=roster.pk)
    assert run_child(roster) == 0
    assert state_of(roster)[0] == S.FAILED
