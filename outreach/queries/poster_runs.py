"""Posters drawn in one go: which runs wait for a worker, how far they are, the file that comes of them."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zipfile import ZipFile, ZipInfo

from django.db.models import Count, Q, QuerySet

from outreach.choices import DisclosureState, PaperSize, RunState
from outreach.models import MonthlyDisclosure, PosterRun, PosterSheet

SILENT = timedelta(minutes=2)  # no sign of life for so long: its worker is dead, or the message was lost
_FEW = 4  # posters read at once: some hundred kilobytes each
_FORBIDDEN = re.compile(r'[\\/:*?"<>|\s\x00-\x1f]+')


def free_runs(*, now: datetime) -> QuerySet[PosterRun]:
    """Runs that a worker may take up: waiting, or left by one that is dead."""
    dead = Q(state=RunState.RUNNING, beat_at__lt=now - SILENT)
    return PosterRun.objects.filter(Q(state=RunState.WAITING) | dead)


def runs_to_wake(*, now: datetime) -> list[int]:
    """Those of them for which no message is on its way any more."""
    forgotten = free_runs(now=now).filter(beat_at__lt=now - SILENT)
    return list(forgotten.order_by("beat_at", "pk").values_list("pk", flat=True))


@dataclass(frozen=True)
class MonthOfIssues:
    """A month of which something is published."""

    month: date
    count: int


def months_of(issues: QuerySet[MonthlyDisclosure], *, most: int) -> list[MonthOfIssues]:
    """The newest first. One query."""
    published = issues.filter(state=DisclosureState.PUBLISHED)
    rows = published.values("month").annotate(count=Count("pk")).order_by("-month")[:most]
    return [MonthOfIssues(one["month"], one["count"]) for one in rows]


@dataclass(frozen=True)
class Failure:
    """A poster that was not drawn."""

    issue: int
    publisher: str
    told: str


def failures_of(run: PosterRun) -> list[Failure]:
    """Of what did not succeed, whose it is and why. One query."""
    issues = MonthlyDisclosure.objects.filter(pk__in=[int(one) for one in run.failed])
    named = issues.select_related("institution", "team").order_by("institution__name", "team__name", "pk")
    return [Failure(one.pk, _publisher(one), run.failed[str(one.pk)]) for one in named]


def packed(run: PosterRun) -> Iterator[bytes]:
    """The posters as one ZIP, piece by piece; a few of them in memory at a time. What is PDF cannot be packed tighter."""
    sheets = PosterSheet.objects.filter(run=run).select_related("disclosure__institution", "disclosure__team")
    outlet, size = _Outlet(), PaperSize(run.size)
    made_at = run.asked_at.timetuple()[:6]
    order = {pk: number for number, pk in enumerate(run.issues, start=1)}
    with ZipFile(outlet, "w") as archive:
        for one in sheets.order_by("pk").iterator(chunk_size=_FEW):
            name = _FORBIDDEN.sub("_", _publisher(one.disclosure))[:100]
            entry = ZipInfo(f"{order[one.disclosure_id]:03d}-{name}-{size.label}.pdf", made_at)
            archive.writestr(entry, bytes(one.pdf))
            yield outlet.taken()
    yield outlet.taken()


def _publisher(issue: MonthlyDisclosure) -> str:
    return f"{issue.institution.name}-{issue.team.name}" if issue.team else issue.institution.name


class _Outlet(io.RawIOBase):
    """A file that can only be written to; what was written is handed on."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        found = b"".join(self._parts)
        self._parts.clear()
        return found
