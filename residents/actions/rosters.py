"""What people do with a list: upload it, say what its columns are, confirm or cancel it, have it checked again.

What the worker does with it in between is in ``roster_work``. Only who uploaded a list decides on it: it was checked
within his reach. Who answers for the institution may look, take the refused rows home, and undo.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone

from core.refusals import Refusal
from core.text import tidy
from residents.actions.undoing import CannotUndo, refuse_untimely
from residents.choices import UNDER_WAY, ImportState, PartKind
from residents.imports.guarding import Limits, kind_of, refusal, too_large
from residents.imports.source import Source, pieces, seal_piece
from residents.models import HeaderMemory, RosterImport, RosterPart, RosterProgress
from residents.policy import ResidentsPolicy
from residents.waking import wake_on_commit
from teams.models import User

S = ImportState
CANCELLABLE = (S.RECEIVED, S.CHECKING, S.UNMAPPED, S.CHECKED, S.ACCEPTED, S.FAILED)
TITLE_LENGTH = 100  # of a remembered header
LOOKED_AT_ONCE = 4 * 1024 * 1024  # bytes; whether a larger file can be used at all, the worker tells


class CannotImport(Refusal):
    """The list is not taken a step further; nothing was changed."""


def receive_roster(
    *, file_name: str, stream: BinaryIO, policy: ResidentsPolicy, by: User, on: date, **purpose: Any
) -> RosterImport:
    """Keep an uploaded file in sealed pieces and have it checked. Nothing is imported yet.

    Args:
        stream: read piece by piece, never whole.
        purpose: for a list that is only held against the registry: purpose, source, source_on, asked.

    Raises:
        CannotReadRoster: the file is empty, too large, or, as far as a first look tells, of no use.
    """
    digest, size = hashlib.sha256(), 0
    with transaction.atomic():
        roster = RosterImport.objects.create(
            file_name=tidy(file_name)[-200:], institution_id=by.institution_id, uploaded_by=by, **purpose
        )
        for number, piece in enumerate(pieces(stream)):
            size += len(piece)
            if size > policy.roster_max_bytes:
                raise too_large(policy.roster_max_bytes)
            digest.update(piece)
            sealed = seal_piece(piece, roster_id=roster.pk, number=number)
            RosterPart.objects.create(roster=roster, number=number, sealed=sealed)
        if not size:
            raise refusal("file_empty")
        if size <= LOOKED_AT_ONCE:
            kind_of(Source.of_roster(roster), Limits.of(policy))
        roster.file_bytes, roster.file_digest = size, digest.hexdigest()
        roster.save(update_fields=["file_bytes", "file_digest"])
        _queue(roster)
    return roster


def map_columns(
    *, roster: RosterImport, mapping: dict[str, Any], remembered: Mapping[str, str], by: User, on: date
) -> RosterImport:
    """Say which column is which, and have the list checked again.

    Args:
        mapping: by sheet, as ``imports.layouts`` reads it.
        remembered: bare title -> column ("" to leave it out), for the institution's next lists.

    Raises:
        CannotImport: it does not wait for this, or is somebody else's.
    """
    with transaction.atomic():
        now = _locked(roster, by, S.UNMAPPED)
        now.state, now.mapping, now.report, now.attempts = S.RECEIVED, mapping, "", 0
        now.save(update_fields=["state", "mapping", "report", "attempts"])
        if now.institution_id:
            told = [
                HeaderMemory(institution_id=now.institution_id, title=title, column=column, told_by=by)
                for title, column in remembered.items()
                if 0 < len(title) <= TITLE_LENGTH
            ]
            HeaderMemory.objects.bulk_create(
                told,
                update_conflicts=True,
                unique_fields=["institution", "title"],
                update_fields=["column", "told_by", "told_at"],
            )
        _queue(now)
    return now


def reopen_columns(*, roster: RosterImport, by: User, on: date) -> RosterImport:
    """Go back from the preview to the columns, which were understood wrongly; the file need not be uploaded again.

    Raises:
        CannotImport: it does not wait for a confirmation, or is somebody else's.
    """
    with transaction.atomic():
        now = _locked(roster, by, S.CHECKED)
        proposal = json.loads(now.report).get("proposal") if now.report else None
        if proposal is None:
            raise CannotImport("roster_erased", "上传的内容已经清除。请重新上传。")
        now.state, now.result = S.UNMAPPED, {}
        now.report = json.dumps({"proposal": proposal}, ensure_ascii=False)
        now.save(update_fields=["state", "result", "report"])
        RosterPart.objects.filter(roster=now, holds=PartKind.ERRORS).delete()
    return now


def accept_roster(*, roster: RosterImport, digest: str, by: User, on: date) -> RosterImport:
    """Confirm what the preview showed; a worker imports exactly that, in one transaction.

    Args:
        digest: of the report that was shown.

    Raises:
        CannotImport: decided already, somebody else's, or the preview has been renewed since it was shown.
    """
    with transaction.atomic():
        now = _locked(roster, by, S.CHECKED)
        if not now.report or json.loads(now.report)["digest"] != digest:
            raise CannotImport("roster_stale", "预览已经更新。请重新核对后再确认。")
        now.state, now.attempts = S.ACCEPTED, 0
        now.save(update_fields=["state", "attempts"])
        _queue(now)
    return now


def cancel_roster(*, roster: RosterImport, by: User, on: date) -> RosterImport:
    """Drop a list that has not been imported; the file and what was found in it are erased.

    Raises:
        CannotImport: being imported, decided already, or somebody else's.
    """
    with transaction.atomic():
        now = _locked(roster, by, *CANCELLABLE)
        now.state, now.report = S.CANCELLED, ""
        now.save(update_fields=["state", "report"])
        RosterPart.objects.filter(roster=now).delete()
    return now


def retry_roster(*, roster: RosterImport, by: User, on: date) -> RosterImport:
    """Have a list checked again that could not be completed.

    Raises:
        CannotImport: it has not failed, its file is gone, or it is somebody else's.
    """
    with transaction.atomic():
        now = _locked(roster, by, S.FAILED)
        if not RosterPart.objects.filter(roster=now, holds=PartKind.FILE).exists():
            raise CannotImport("roster_erased", "上传的文件已经清除。请重新上传。")
        now.state, now.attempts, now.failure, now.report = S.RECEIVED, 0, "", ""
        now.save(update_fields=["state", "attempts", "failure", "report"])
        _queue(now)
    return now


def ask_undo(*, roster: RosterImport, policy: ResidentsPolicy, by: User, on: date) -> RosterImport:
    """Have an import taken back by a worker; what stands in the way is found by him, and told on the list's page.

    Raises:
        CannotUndo: not imported, being undone already, or too long ago.
    """
    with transaction.atomic():
        now = RosterImport.objects.select_for_update(of=("self",)).get(pk=roster.pk)
        if now.state == S.UNDOING:
            raise CannotUndo("undo_asked", "这份花名册已在撤销，请等待结果。")
        refuse_untimely(now, policy, on)
        now.state, now.attempts, now.failure, now.undone_by = S.UNDOING, 0, "", by
        now.save(update_fields=["state", "attempts", "failure", "undone_by"])
        _queue(now)
    return now


def clear_old_rosters(*, policy: ResidentsPolicy, on: date, dry_run: bool = False) -> int:
    """Erase what is left of uploads after the days they are kept; those never decided count as cancelled.

    Returns:
        How many still held anything.
    """
    first_kept = timezone.make_aware(datetime.combine(on - timedelta(days=policy.roster_keep_days), time.min))
    parts = RosterPart.objects.filter(roster=OuterRef("pk"))
    old = RosterImport.objects.filter(Exists(parts) | ~Q(report=b""), uploaded_at__lt=first_kept)
    # A worker is at it, or the timetable will see to it; what is being undone stands in the registry.
    old = old.exclude(state__in=(S.APPLYING, S.UNDOING))
    if dry_run:
        return old.count()
    with transaction.atomic():
        held = list(old.select_for_update(of=("self",)).values_list("pk", flat=True))
        undecided = RosterImport.objects.filter(pk__in=held, state__in=(*UNDER_WAY, S.UNMAPPED, S.CHECKED))
        undecided.update(state=S.CANCELLED)
        RosterPart.objects.filter(roster__in=held).delete()
        RosterImport.objects.filter(pk__in=held).update(report="")
    return len(held)


def _queue(roster: RosterImport) -> None:
    """From here on a worker has to do something about it."""
    fresh = {
        "phase": roster.get_state_display(),
        "done": 0,
        "total": None,
        "seconds_left": None,
        "beat_at": Now(),
    }
    RosterProgress.objects.update_or_create(roster=roster, defaults=fresh)
    wake_on_commit(roster.pk)


def _locked(roster: RosterImport, by: User, *states: str) -> RosterImport:
    now = RosterImport.objects.select_for_update(of=("self",)).get(pk=roster.pk)
    if now.state not in states:
        sentence = f"这份花名册{now.get_state_display()}，不能再这样处理。请刷新页面查看。"
        raise CannotImport("roster_decided", sentence)
    if now.uploaded_by_id != by.pk:
        raise CannotImport("roster_not_yours", "这份花名册按上传人的管辖范围核对，只能由上传人本人处理。")
    return now
