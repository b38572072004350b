"""What a worker writes down: only what is still asked for, and each step once."""

import pytest

from residents.actions import roster_work as work
from residents.actions.rosters import accept_roster, cancel_roster
from residents.choices import ImportState, PartKind
from residents.models import RosterImport, RosterPart, RosterProgress
from tests.factories import rosters
from tests.residents.conftest import TODAY

S = ImportState


def state_of(roster):
    return RosterImport.objects.values_list("state", "attempts").get(pk=roster.pk)


def accepted(by):
    roster = rosters.checked(by)
    return accept_roster(roster=roster, digest=rosters.DIGEST, by=by, on=TODAY)


class TestBegin:
    def test_each_beginning_counts(self, cast):
        roster = rosters.received(cast.li)
        for attempt in (1, 2, 3):
            assert work.begin_work(roster_id=roster.pk).attempts == attempt
            assert state_of(roster) == (S.CHECKING, attempt)

    def test_after_the_third_it_is_given_up(self, cast):
        roster = rosters.received(cast.li)
        for _ in range(3):
            work.begin_work(roster_id=roster.pk)
        assert work.begin_work(roster_id=roster.pk) is None
        roster.refresh_from_db()
        assert roster.state == S.FAILED
        assert "重新核对" in roster.failure
        assert RosterPart.objects.filter(roster=roster).exists()  # it may be tried again

    def test_an_accepted_one_is_applied(self, cast):
        roster = accepted(cast.li)
        assert work.begin_work(roster_id=roster.pk).state == S.APPLYING
        assert work.begin_work(roster_id=roster.pk).state == S.APPLYING

    @pytest.mark.parametrize("make", [rosters.checked, rosters.unmapped, rosters.applied])
    def test_nothing_to_do(self, cast, make):
        assert work.begin_work(roster_id=make(cast.li).pk) is None


class TestProgress:
    def tell(self, roster):
        return work.note_progress(roster_id=roster.pk, phase="读取" * 30, done=5, total=10, seconds_left=7)

    def test_it_is_shown(self, cast):
        roster = rosters.received(cast.li)
        before = RosterProgress.objects.get(roster=roster).beat_at
        assert self.tell(roster)
        progress = RosterProgress.objects.get(roster=roster)
        assert (progress.done, progress.total, progress.seconds_left) == (5, 10, 7)
        assert progress.phase == ("读取" * 30)[:40]
        assert progress.beat_at >= before

    def test_a_cancelled_list_says_stop(self, cast):
        roster = rosters.received(cast.li)
        cancel_roster(roster=roster, by=cast.li, on=TODAY)
        assert not self.tell(roster)


class TestReport:
    def test_refused_rows_stand_apart_from_the_page(self, cast):
        roster = rosters.checked(cast.li, refused=[rosters.REFUSED | {"row": at} for at in range(2_500)])
        assert len(roster.report) < 3_000
        assert '"refused_kept":2500' in roster.report
        assert RosterPart.objects.filter(roster=roster, holds=PartKind.ERRORS).count() == 3
        assert roster.result == rosters.COUNTS
        assert state_of(roster) == (S.CHECKED, 0)

    def test_a_second_check_leaves_nothing_of_the_first(self, cast):
        roster = accepted(cast.li)
        work.begin_work(roster_id=roster.pk)
        assert work.keep_report(
            roster_id=roster.pk, counts=rosters.COUNTS, page=rosters.page(is_renewed=True), refused=[]
        )
        assert state_of(roster) == (S.CHECKED, 0)
        assert not RosterPart.objects.filter(roster=roster, holds=PartKind.ERRORS).exists()

    @pytest.mark.parametrize("step", ["report", "columns", "failure", "death"])
    def test_what_was_cancelled_stays_cancelled(self, cast, step):
        roster = rosters.received(cast.li)
        work.begin_work(roster_id=roster.pk)
        cancel_roster(roster=roster, by=cast.li, on=TODAY)
        done = {
            "report": lambda: work.keep_report(
                roster_id=roster.pk, counts={}, page=rosters.page(), refused=[]
            ),
            "columns": lambda: work.ask_for_columns(roster_id=roster.pk, proposal={}),
            "failure": lambda: work.fail_work(roster_id=roster.pk, code="x", sentence="x", keeps_file=True),
            "death": lambda: work.note_death(roster_id=roster.pk, attempts=1),
        }[step]()
        assert done is False
        assert state_of(roster)[0] == S.CANCELLED
        assert not RosterPart.objects.exists()


class TestApply:
    def test_rows_and_word_stand_in_one_transaction(self, cast):
        roster = accepted(cast.li)
        begun = work.begin_work(roster_id=roster.pk)
        assert work.apply_work(roster=begun, write=lambda: {"rows": 3})
        roster.refresh_from_db()
        assert (roster.state, roster.result) == (S.APPLIED, {"rows": 3})
        assert roster.applied_at
        assert set(roster.parts.values_list("holds", flat=True)) == {PartKind.ERRORS}

    def test_not_asked_for_any_more_means_nothing_is_written(self, cast):
        roster = accepted(cast.li)
        begun = work.begin_work(roster_id=roster.pk)
        RosterImport.objects.filter(pk=roster.pk).update(state=S.CANCELLED)

        def write():
            RosterImport.objects.filter(pk=roster.pk).update(failure="geschrieben")
            return {}

        assert not work.apply_work(roster=begun, write=write)
        roster.refresh_from_db()
        assert roster.failure == ""


class TestDeath:
    def test_one_that_died_before_it_began_is_counted(self, cast):
        roster = rosters.received(cast.li)
        assert [work.note_death(roster_id=roster.pk, attempts=at) for at in range(3)] == [True, True, False]
        assert state_of(roster) == (S.FAILED, 3)

    def test_one_that_had_begun_has_counted_itself(self, cast):
        roster = rosters.received(cast.li)
        work.begin_work(roster_id=roster.pk)
        assert work.note_death(roster_id=roster.pk, attempts=0)
        assert state_of(roster) == (S.CHECKING, 1)


def test_a_useless_file_is_erased_and_the_reason_stays(cast):
    roster = rosters.failed(cast.li, keeps_file=False, sentence="x" * 1_001)
    assert (roster.state, len(roster.failure), roster.result) == (
        S.FAILED,
        1_000,
        {"refused": "file_damaged"},
    )
    assert not RosterPart.objects.exists()
