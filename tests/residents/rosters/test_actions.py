"""The verbs on a list: who may, in which state, and what is left of it."""

import dataclasses
import datetime as dt
import io
import json

import pytest
from django.utils import timezone

from core.refusals import Refusal
from residents.actions import rosters as actions
from residents.actions.rosters import CannotImport
from residents.actions.undoing import CannotUndo
from residents.choices import ImportState, PartKind
from residents.imports.guarding import CannotReadRoster
from residents.imports.source import PIECE, Source
from residents.models import HeaderMemory, RosterImport, RosterPart, RosterProgress
from tests.factories import rosters
from tests.residents.conftest import POLICY, TODAY

S = ImportState


@pytest.fixture
def woken(monkeypatch, django_capture_on_commit_callbacks):
    """Ids for which a worker was asked, once the block is committed."""
    asked = []
    monkeypatch.setattr("residents.waking.wake", asked.append)

    def committed():
        return django_capture_on_commit_callbacks(execute=True)

    committed.asked = asked
    return committed


def receive(by, data, policy=POLICY):
    return actions.receive_roster(
        file_name="  花名册.csv ", stream=io.BytesIO(data), policy=policy, by=by, on=TODAY
    )


class TestReceive:
    def test_the_file_is_kept_in_sealed_pieces_and_a_worker_is_asked(self, cast, woken):
        data = ("姓名,身份证号\n" + "林桂芳,371099\n" * 140_000).encode()
        with woken():
            roster = receive(cast.li, data)
        assert woken.asked == [roster.pk]
        assert (roster.state, roster.file_name, roster.file_bytes) == (S.RECEIVED, "花名册.csv", len(data))
        assert roster.institution == cast.institution_a
        pieces = list(RosterPart.objects.filter(roster=roster).order_by("number"))
        assert [one.number for one in pieces] == list(range(-(-len(data) // PIECE)))
        assert all("林桂芳".encode() not in bytes(one.sealed) for one in pieces)
        source = Source.of_roster(roster)
        assert source.digest == roster.file_digest
        with source.open() as stream:
            assert stream.read() == data
        assert RosterProgress.objects.get(roster=roster).phase == "排队中"

    @pytest.mark.parametrize(
        ("data", "code"), [(b"", "file_empty"), (b"x" * 11, "file_too_large"), (b"%PDF-1.7", "file_pdf")]
    )
    def test_what_is_seen_at_once_is_refused_at_once(self, cast, data, code):
        with pytest.raises(CannotReadRoster) as refused:
            receive(cast.li, data, dataclasses.replace(POLICY, roster_max_bytes=10))
        assert (refused.value.code, refused.value.field) == (code, "file")
        assert not RosterImport.objects.exists()
        assert not RosterPart.objects.exists()

    def test_the_bound_itself_is_allowed(self, cast):
        assert receive(cast.li, b"x" * 10, dataclasses.replace(POLICY, roster_max_bytes=10)).file_bytes == 10


class TestMapColumns:
    MAPPING = {"0": {"columns": {"0": "姓名"}}}

    def test_the_list_is_checked_again_and_the_institution_remembers(self, cast, woken):
        roster = rosters.unmapped(cast.li)
        HeaderMemory.objects.create(
            institution=cast.institution_a, title="号码", column="联系电话", told_by=cast.qian
        )
        with woken():
            actions.map_columns(
                roster=roster,
                mapping=self.MAPPING,
                remembered={"号码": "身份证号", "签名": ""},
                by=cast.li,
                on=TODAY,
            )
        roster.refresh_from_db()
        assert (roster.state, roster.mapping, roster.report) == (S.RECEIVED, self.MAPPING, "")
        assert woken.asked == [roster.pk]
        told = HeaderMemory.objects.filter(institution=cast.institution_a).order_by("title")
        assert list(told.values_list("title", "column", "told_by")) == [
            ("号码", "身份证号", cast.li.pk),
            ("签名", "", cast.li.pk),
        ]

    def test_only_while_it_waits_for_that(self, cast):
        with pytest.raises(CannotImport, match="待确认"):
            actions.map_columns(
                roster=rosters.checked(cast.li), mapping={}, remembered={"x": ""}, by=cast.li, on=TODAY
            )
        assert not HeaderMemory.objects.exists()


class TestReopenColumns:
    def test_what_was_understood_is_asked_anew(self, cast):
        roster = rosters.checked(cast.li, proposal=rosters.PROPOSAL)
        actions.reopen_columns(roster=roster, by=cast.li, on=TODAY)
        roster.refresh_from_db()
        assert (roster.state, json.loads(roster.report)) == (S.UNMAPPED, {"proposal": rosters.PROPOSAL})
        assert set(roster.parts.values_list("holds", flat=True)) == {PartKind.FILE}

    def test_only_by_the_uploader_before_it_is_decided(self, cast):
        roster = rosters.checked(cast.li, proposal=rosters.PROPOSAL)
        with pytest.raises(CannotImport, match="上传人本人"):
            actions.reopen_columns(roster=roster, by=cast.qian, on=TODAY)
        actions.accept_roster(roster=roster, digest=rosters.DIGEST, by=cast.li, on=TODAY)
        with pytest.raises(CannotImport, match="等待导入"):
            actions.reopen_columns(roster=roster, by=cast.li, on=TODAY)


class TestAskUndo:
    def ask(self, roster, by, on=TODAY):
        return actions.ask_undo(roster=roster, policy=POLICY, by=by, on=on)

    def test_a_worker_is_asked_for(self, cast, woken):
        roster = rosters.applied(cast.li)
        RosterImport.objects.update(failure="上次的原因")
        with woken():
            self.ask(roster, cast.qian)
        roster.refresh_from_db()
        assert (roster.state, roster.attempts, roster.failure) == (S.UNDOING, 0, "")
        assert (roster.undone_by, roster.undone_at) == (cast.qian, None)
        assert woken.asked == [roster.pk]

    def test_not_twice(self, cast):
        roster = rosters.applied(cast.li)
        self.ask(roster, cast.li)
        with pytest.raises(CannotUndo, match="已在撤销"):
            self.ask(roster, cast.li)

    def test_not_what_was_never_imported_or_only_compared(self, cast):
        with pytest.raises(CannotUndo, match="待确认"):
            self.ask(rosters.checked(cast.li), cast.li)
        with pytest.raises(CannotUndo):
            self.ask(rosters.compared(cast.li).roster, cast.li)

    def test_not_too_late(self, cast):
        roster = rosters.applied(cast.li)
        first, last = (dt.timedelta(days=POLICY.roster_undo_days + more) for more in (0, 1))
        applied_on = timezone.localdate(roster.applied_at)
        with pytest.raises(CannotUndo, match="不能整批撤销"):
            self.ask(roster, cast.li, on=applied_on + last)
        assert self.ask(roster, cast.li, on=applied_on + first).state == S.UNDOING


class TestAccept:
    def test_what_was_shown_is_queued(self, cast, woken):
        roster = rosters.checked(cast.li)
        with woken():
            actions.accept_roster(roster=roster, digest=rosters.DIGEST, by=cast.li, on=TODAY)
        roster.refresh_from_db()
        assert (roster.state, roster.attempts) == (S.ACCEPTED, 0)
        assert woken.asked == [roster.pk]

    def test_another_report_than_the_one_shown_is_not(self, cast):
        roster = rosters.checked(cast.li)
        with pytest.raises(CannotImport) as refused:
            actions.accept_roster(roster=roster, digest="e" * 64, by=cast.li, on=TODAY)
        assert refused.value.code == "roster_stale"
        roster.refresh_from_db()
        assert roster.state == S.CHECKED

    def test_not_twice(self, cast):
        roster = rosters.checked(cast.li)
        actions.accept_roster(roster=roster, digest=rosters.DIGEST, by=cast.li, on=TODAY)
        with pytest.raises(CannotImport, match="等待导入"):
            actions.accept_roster(roster=roster, digest=rosters.DIGEST, by=cast.li, on=TODAY)

    def test_only_by_the_uploader(self, cast):
        """It was checked within his reach."""
        with pytest.raises(CannotImport) as refused:
            actions.accept_roster(
                roster=rosters.checked(cast.li), digest=rosters.DIGEST, by=cast.qian, on=TODAY
            )
        assert refused.value.code == "roster_not_yours"


class TestCancel:
    @pytest.mark.parametrize("make", [rosters.received, rosters.unmapped, rosters.checked])
    def test_everything_is_erased(self, cast, make):
        roster = make(cast.li)
        actions.cancel_roster(roster=roster, by=cast.li, on=TODAY)
        roster.refresh_from_db()
        assert (roster.state, roster.report) == (S.CANCELLED, "")
        assert not RosterPart.objects.exists()

    def test_not_after_it_was_imported(self, cast):
        with pytest.raises(CannotImport, match="已导入"):
            actions.cancel_roster(roster=rosters.applied(cast.li), by=cast.li, on=TODAY)

    def test_not_while_it_is_written(self, cast):
        roster = rosters.checked(cast.li)
        RosterImport.objects.filter(pk=roster.pk).update(state=S.APPLYING)
        with pytest.raises(CannotImport, match="导入中"):
            actions.cancel_roster(roster=roster, by=cast.li, on=TODAY)


class TestRetry:
    def test_a_failed_one_begins_anew(self, cast, woken):
        roster = rosters.failed(cast.li, keeps_file=True)
        with woken():
            actions.retry_roster(roster=roster, by=cast.li, on=TODAY)
        roster.refresh_from_db()
        assert (roster.state, roster.attempts, roster.failure) == (S.RECEIVED, 0, "")
        assert woken.asked == [roster.pk]

    def test_not_without_its_file(self, cast):
        with pytest.raises(CannotImport, match="重新上传"):
            actions.retry_roster(roster=rosters.failed(cast.li, keeps_file=False), by=cast.li, on=TODAY)


class TestClear:
    def aged(self, roster, days):
        at = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC) - dt.timedelta(days=days)
        RosterImport.objects.filter(pk=roster.pk).update(uploaded_at=at)
        return roster

    def test_after_the_days_only_the_counts_are_left(self, cast):
        kept = self.aged(rosters.checked(cast.li), 30)
        undecided = [
            self.aged(make(cast.li), 31) for make in (rosters.checked, rosters.unmapped, rosters.received)
        ]
        failed = self.aged(rosters.failed(cast.li, keeps_file=True), 31)
        applied = self.aged(rosters.applied(cast.li), 31)
        assert actions.clear_old_rosters(policy=POLICY, on=TODAY, dry_run=True) == 5
        assert actions.clear_old_rosters(policy=POLICY, on=TODAY) == 5
        assert actions.clear_old_rosters(policy=POLICY, on=TODAY) == 0
        states = dict(RosterImport.objects.values_list("pk", "state"))
        assert [states[one.pk] for one in undecided] == [S.CANCELLED] * 3
        assert [states[one.pk] for one in (kept, failed, applied)] == [S.CHECKED, S.FAILED, S.APPLIED]
        assert set(RosterPart.objects.values_list("roster", flat=True)) == {kept.pk}
        applied.refresh_from_db()
        assert (applied.report, applied.result["rows"]) == ("", 3)

    def test_one_that_is_being_written_is_left_alone(self, cast):
        roster = self.aged(rosters.checked(cast.li), 31)
        RosterImport.objects.filter(pk=roster.pk).update(state=S.APPLYING)
        assert actions.clear_old_rosters(policy=POLICY, on=TODAY) == 0

    def test_one_that_is_being_undone_is_not_called_cancelled(self, cast):
        roster = self.aged(rosters.applied(cast.li), 31)
        actions.ask_undo(roster=roster, policy=POLICY, by=cast.li, on=timezone.localdate(roster.applied_at))
        assert actions.clear_old_rosters(policy=POLICY, on=TODAY) == 0
        roster.refresh_from_db()
        assert roster.state == S.UNDOING


def test_every_refusal_says_what_to_do(cast):
    """No verb on a decided list changes anything."""
    roster = rosters.applied(cast.li)
    before = RosterImport.objects.filter(pk=roster.pk).values().get()
    deeds = (
        lambda: actions.map_columns(roster=roster, mapping={}, remembered={}, by=cast.li, on=TODAY),
        lambda: actions.accept_roster(roster=roster, digest=rosters.DIGEST, by=cast.li, on=TODAY),
        lambda: actions.cancel_roster(roster=roster, by=cast.li, on=TODAY),
        lambda: actions.retry_roster(roster=roster, by=cast.li, on=TODAY),
    )
    for deed in deeds:
        with pytest.raises(Refusal, match="请刷新页面"):
            deed()
    assert RosterImport.objects.filter(pk=roster.pk).values().get() == before
    assert RosterPart.objects.filter(roster=roster, holds=PartKind.FILE).count() == 0
