"""What a worker makes of how its child ended, and how long it says that it will take. The child itself: test_survival."""

import signal

import pytest

from residents import supervising
from residents.actions.roster_work import begin_work
from residents.choices import ImportState
from residents.models import RosterImport, RosterProgress
from residents.queries.rosters import LARGE_BYTES
from residents.supervising import BUSY, OUT_OF_MEMORY, supervise
from tests.factories import rosters

S = ImportState


@pytest.fixture
def ends(monkeypatch):
    """ends(status): the child has begun and ends so; returns whom a worker was asked for."""
    asked = []
    monkeypatch.setattr(supervising, "wake", asked.append)

    def with_status(status):
        monkeypatch.setattr(supervising, "_work", lambda pk: begin_work(roster_id=pk) and status)
        return asked

    return with_status


def state_of(roster):
    return RosterImport.objects.values_list("state", "attempts").get(pk=roster.pk)


@pytest.mark.parametrize("status", [OUT_OF_MEMORY, -signal.SIGABRT])
def test_no_memory_is_said_and_not_tried_again(cast, ends, status):
    roster = rosters.received(cast.li)
    asked = ends(status)
    supervise(roster.pk)
    roster.refresh_from_db()
    assert (roster.state, roster.result["refused"]) == (S.FAILED, "out_of_memory")
    assert "内存" in roster.failure
    assert not roster.parts.exists()
    assert asked == []


def test_too_long_is_said(cast, ends):
    roster = rosters.received(cast.li)
    ends(None)
    supervise(roster.pk)
    roster.refresh_from_db()
    assert (roster.state, roster.result["refused"]) == (S.FAILED, "too_long")


@pytest.mark.parametrize("status", [1, -signal.SIGKILL])
def test_a_death_is_followed_by_another_attempt(cast, ends, status):
    roster = rosters.received(cast.li)
    asked = ends(status)
    supervise(roster.pk)
    assert state_of(roster) == (S.CHECKING, 1)
    assert asked == [roster.pk]


def test_somebody_else_at_work_is_left_alone(cast, ends):
    roster = rosters.received(cast.li)
    asked = ends(BUSY)
    supervise(roster.pk)
    assert asked == []


def test_after_a_large_one_comes_the_next_large_one(cast, ends):
    done, waiting = rosters.received(cast.li), rosters.received(cast.li)
    RosterImport.objects.update(file_bytes=LARGE_BYTES)
    asked = ends(0)
    RosterProgress.objects.filter(roster=waiting).update(beat_at="2026-01-01T00:00:00Z")
    supervise(done.pk)
    assert asked == [waiting.pk]


def test_nothing_to_do_starts_nothing(cast, monkeypatch):
    monkeypatch.setattr(supervising, "_work", lambda pk: pytest.fail("started"))
    supervise(rosters.checked(cast.li).pk)


def test_the_rest_is_told_by_the_pace_of_the_present_phase(cast, monkeypatch):
    roster = rosters.received(cast.li)
    now = [100.0]
    monkeypatch.setattr(supervising.time, "monotonic", lambda: now[0])
    clock = supervising._Clock(roster.pk)

    def told(phase, done, total):
        clock.tell({"phase": phase, "done": done, "total": total})
        return RosterProgress.objects.values_list("phase", "done", "total", "seconds_left").get(roster=roster)

    assert told("读取", 0, 1000) == ("读取", 0, 1000, None)
    now[0] = 110.0
    assert told("读取", 100, 1000) == ("读取", 100, 1000, 90)
    now[0] = 200.0
    assert told("比对", 0, None) == ("比对", 0, None, None)
    now[0] = 205.0
    assert clock.tell(None)  # only a sign of life
    assert RosterProgress.objects.get(roster=roster).phase == "比对"
