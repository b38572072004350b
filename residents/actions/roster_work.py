"""What a worker does with a list. Every step is one transaction and looks first whether it is still asked for: a step
may be tried twice, by two workers, or after the list was cancelled."""

import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from django.contrib.postgres.functions import TransactionNow
from django.db import transaction
from django.db.models.functions import Now

from core.bulk import take_time
from core.crypto import seal_bytes
from core.history import credited_to
from residents.choices import UNDER_WAY, ImportState, PartKind
from residents.models import RosterImport, RosterPart, RosterProgress

S = ImportState
MOST_ATTEMPTS = 3
ROWS_A_PIECE = 1_000  # refused rows in one sealed piece
FAILURE_LENGTH, PHASE_LENGTH = 1_000, 40
_GIVEN_UP = (
    f"处理连续中断 {MOST_ATTEMPTS} 次，已停止。没有改动任何登记。"
    "请点“重新核对”再试一次；仍不成功，请把文件拆小，或联系管理员。"
)
_UNDO_GIVEN_UP = f"撤销连续中断 {MOST_ATTEMPTS} 次，已停止。没有撤销任何内容，导入仍然有效。请再试一次；仍不成功，请联系管理员。"
_BEGUN = {S.RECEIVED: S.CHECKING, S.ACCEPTED: S.APPLYING}


def begin_work(*, roster_id: UUID) -> RosterImport | None:
    """Take up a list; None when there is nothing to do, or when it has died too often and is given up."""
    with transaction.atomic():
        now = _locked(roster_id, *UNDER_WAY)
        if now is None:
            return None
        if now.attempts >= MOST_ATTEMPTS:
            _give_up(now)
            return None
        now.attempts += 1
        now.state = _BEGUN.get(ImportState(now.state), now.state)
        now.save(update_fields=["attempts", "state"])
    return now


def note_progress(
    *, roster_id: UUID, phase: str, done: int, total: int | None, seconds_left: int | None
) -> bool:
    """Show how far it is, and that somebody is alive; False when nobody asks for it any more."""
    asked_for = RosterProgress.objects.filter(roster=roster_id, roster__state__in=UNDER_WAY)
    return bool(
        asked_for.update(
            phase=phase[:PHASE_LENGTH], done=done, total=total, seconds_left=seconds_left, beat_at=Now()
        )
    )


@dataclass(frozen=True)
class RefusedRows:
    """The refused rows as they were written, sealed in pieces that are not stored yet."""

    parts: list[RosterPart]
    count: int


def seal_refused_rows(*, roster_id: UUID, rows: Iterable[dict[str, Any]]) -> RefusedRows:
    """Packed, they are small: all pieces stand in memory, the rows do not."""
    parts, count = [], 0
    for number, some in enumerate(_in_lots(rows, ROWS_A_PIECE)):
        packed = zlib.compress(_dumps(some).encode())
        sealed = seal_bytes(packed, purpose=refused_purpose(roster_id, number))
        parts.append(RosterPart(roster_id=roster_id, holds=PartKind.ERRORS, number=number, sealed=sealed))
        count += len(some)
    return RefusedRows(parts, count)


def kept_text(page: dict[str, Any], refused: RefusedRows) -> str:
    """A report as it is stored: what the preview shows, and how many refused rows can be downloaded."""
    return _dumps(page | {"refused_kept": refused.count})


def keep_report(
    *, roster_id: UUID, counts: dict[str, Any], page: dict[str, Any], refused: Iterable[dict[str, Any]]
) -> bool:
    """What the check found, for the preview, and apart from it the refused rows, for the download."""
    kept = seal_refused_rows(
        roster_id=roster_id, rows=refused
    )  # reads the file again: before anything is locked
    with transaction.atomic():
        now = _locked(roster_id, S.CHECKING, S.APPLYING)
        if now is None:
            return False
        RosterPart.objects.filter(roster=now, holds=PartKind.ERRORS).delete()
        RosterPart.objects.bulk_create(kept.parts, batch_size=20)
        now.state, now.attempts, now.failure = S.CHECKED, 0, ""
        now.report, now.result = kept_text(page, kept), counts
        now.save(update_fields=["state", "attempts", "failure", "report", "result"])
    return True


def refused_purpose(roster_id: UUID, number: int) -> str:
    """What a piece of refused rows is sealed for: it opens only at its own place."""
    return f"roster.refused:{roster_id}:{number}"


def ask_for_columns(*, roster_id: UUID, proposal: dict[str, Any]) -> bool:
    """The headers do not speak for themselves: a person has to."""
    with transaction.atomic():
        now = _locked(roster_id, S.CHECKING)
        if now is None:
            return False
        now.state, now.attempts, now.report = S.UNMAPPED, 0, _dumps({"proposal": proposal})
        now.save(update_fields=["state", "attempts", "report"])
    return True


def apply_work(
    *, roster: RosterImport, write: Callable[[], dict[str, Any]], state: ImportState = S.APPLYING
) -> bool:
    """Write the list and say so in the same transaction: whoever dies in between leaves nothing or everything.

    Args:
        write: writes the rows; returns counts to keep.
        state: in which the list must be; one that is only compared is never confirmed.

    Returns:
        False when it was not asked for any more; then nothing was written.
    """
    with transaction.atomic(), credited_to(roster.uploaded_by):
        take_time()
        result = write()
        accepted = RosterImport.objects.filter(pk=roster.pk, state=state)
        if not accepted.update(state=S.APPLIED, applied_at=TransactionNow(), failure="", result=result):
            transaction.set_rollback(True)
            return False
        RosterPart.objects.filter(roster=roster, holds=PartKind.FILE).delete()
    return True


def fail_work(*, roster_id: UUID, code: str, sentence: str, keeps_file: bool) -> bool:
    """Give up a list: it stays as it is, with the reason. An import that is not undone stands as before.

    Args:
        keeps_file: it may be tried again as it is.
    """
    with transaction.atomic():
        now = _locked(roster_id, *UNDER_WAY)
        if now is None:
            return False
        is_applied = now.state == S.UNDOING
        _fail(now, code, sentence)
        if not keeps_file and not is_applied:
            RosterPart.objects.filter(roster=now).delete()
    return True


def note_death(*, roster_id: UUID, attempts: int) -> bool:
    """A worker's process died: count it if it died before it could count itself, and give up after too many.

    Args:
        attempts: as they stood before the process was started.

    Returns:
        Whether it is to be tried again.
    """
    with transaction.atomic():
        now = _locked(roster_id, *UNDER_WAY)
        if now is None:
            return False
        if now.attempts == attempts:
            now.attempts += 1
            now.save(update_fields=["attempts"])
        if now.attempts < MOST_ATTEMPTS:
            return True
        _give_up(now)
    return False


def _give_up(now: RosterImport) -> None:
    _fail(now, "interrupted", _UNDO_GIVEN_UP if now.state == S.UNDOING else _GIVEN_UP)


def _fail(now: RosterImport, code: str, sentence: str) -> None:
    if now.state == S.UNDOING:
        now.state, now.failure, now.attempts, now.undone_by = S.APPLIED, sentence[:FAILURE_LENGTH], 0, None
        now.save(update_fields=["state", "failure", "attempts", "undone_by"])
        return
    now.state, now.failure, now.result = S.FAILED, sentence[:FAILURE_LENGTH], {"refused": code}
    now.save(update_fields=["state", "failure", "result"])


def _locked(roster_id: UUID, *states: str) -> RosterImport | None:
    found = RosterImport.objects.filter(pk=roster_id, state__in=states)
    return found.select_for_update(of=("self",)).first()


def _in_lots(rows: Iterable[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    left = iter(rows)
    while some := list(islice(left, size)):
        yield some


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
