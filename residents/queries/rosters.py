"""Uploaded lists: which of them wait for a worker, and what stands before them."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from core.locks import held_locks, take_lock
from residents.choices import ImportState
from residents.models import RosterImport

LOCKS = 0x726F73  # space of the advisory locks of lists
LARGE_BYTES = 4 * 1024 * 1024  # from here on a list takes minutes
_LARGE_KEY = 0  # one large list at a time: the other workers stay free for what takes seconds
SILENT = timedelta(minutes=2)  # no sign of life for so long: its worker is dead


def is_large(roster: RosterImport) -> bool:
    return roster.file_bytes >= LARGE_BYTES


def _key(roster_id: UUID) -> int:
    return roster_id.int % (2**31 - 1) + 1 if roster_id.int else 1


def take_roster(roster: RosterImport) -> bool:
    """Be the only one at work on this list, and on a large one at all, for as long as this session lives."""
    return take_lock(LOCKS, _key(roster.pk)) and (not is_large(roster) or take_lock(LOCKS, _LARGE_KEY))


def is_taken(roster: RosterImport) -> bool:
    """Whether a worker could not take it now."""
    held = held_locks(LOCKS)
    return _key(roster.pk) in held or (is_large(roster) and _LARGE_KEY in held)


def rosters_to_wake(*, silent: timedelta = SILENT) -> list[UUID]:
    """Lists that ask for a worker and have none. Of the large ones only the next: they are worked on one by one."""
    quiet = RosterImport.objects.under_way().filter(progress__beat_at__lte=Now() - silent)
    held = held_locks(LOCKS)
    found, is_large_free = [], _LARGE_KEY not in held
    for one in quiet.only("pk", "file_bytes").order_by("progress__beat_at", "pk"):
        if _key(one.pk) in held or (is_large(one) and not is_large_free):
            continue
        is_large_free = is_large_free and not is_large(one)
        found.append(one.pk)
    return found


def lists_before(roster: RosterImport) -> int:
    """How many large lists are at work or were queued before this large one."""
    if not is_large(roster):
        return 0
    others = RosterImport.objects.under_way().filter(file_bytes__gte=LARGE_BYTES).exclude(pk=roster.pk)
    at_work = Q(state__in=(ImportState.CHECKING, ImportState.APPLYING)) | Q(
        state=ImportState.UNDOING, attempts__gt=0
    )
    return others.filter(at_work | Q(progress__beat_at__lte=roster.progress.beat_at)).count()


def applied_before(roster: RosterImport) -> RosterImport | None:
    """An import of the very same file by the same institution, if it has not been undone."""
    same = RosterImport.objects.filter(
        institution=roster.institution_id,
        file_digest=roster.file_digest,
        purpose=roster.purpose,
        state=ImportState.APPLIED,
    ).exclude(pk=roster.pk)
    if not roster.institution_id:
        same = same.filter(uploaded_by=roster.uploaded_by_id)
    return same.select_related("uploaded_by").defer("report").order_by("-applied_at").first()


def history_rows(rosters: QuerySet[RosterImport]) -> QuerySet[RosterImport]:
    """What a line of the history shows."""
    return rosters.select_related("uploaded_by", "undone_by").defer("report", "mapping")


def kept_report(roster: RosterImport) -> dict[str, Any]:
    """What was found in a list, as far as it is still kept."""
    return json.loads(roster.report) if roster.report else {}
