"""What happened to a resident's entry: what people did to it one by one, and which rows of which lists entered or changed it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from residents.choices import ImportState, LineOutcome
from residents.models import Resident, ResidentEvent, RosterLine

SHOWN = 20


@dataclass(frozen=True)
class StoryLine:
    """One thing that happened: ``by`` is a name, "" where nobody is named."""

    at: datetime
    title: str
    note: str
    by: str


def story_of(resident: Resident, *, most: int = SHOWN) -> list[StoryLine]:
    """The last things that happened, the newest first, also to entries that were merged into this one. Two queries."""
    entries = list(Resident.objects.filter(merged_into=resident).values_list("pk", flat=True))
    found = [*_events([resident.pk, *entries], most), *_lines([resident.pk, *entries], most)]
    return [line for _, line in sorted(found, key=lambda one: (one[1].at, one[0]), reverse=True)[:most]]


def _events(ids: list[int], most: int) -> Iterable[tuple[tuple[int, int], StoryLine]]:
    events = ResidentEvent.objects.filter(resident__in=ids).select_related("by").order_by("-at", "-pk")
    for one in events[:most]:
        yield (1, one.pk), StoryLine(one.at, one.get_kind_display(), one.note, str(one.by or ""))


def _lines(ids: list[int], most: int) -> Iterable[tuple[tuple[int, int], StoryLine]]:
    """A list entered or changed him before anything else that happened in the same moment."""
    written = Q(roster__applied_at__isnull=False)
    lines = RosterLine.objects.filter(written, resident__in=ids).order_by("-roster__applied_at", "-pk")
    facts = lines.values_list(
        "pk", "outcome", "row", "changed", "roster__file_name", "roster__state", "roster__applied_at",
        "roster__uploaded_by__name",
    )  # fmt: skip
    for pk, outcome, row, changed, file_name, state, at, name in facts[:most]:
        title = "导入" if outcome == LineOutcome.NEW else "修改"
        note = f"花名册导入（{file_name} 第 {row} 行）"
        note += f"，修改：{changed}" if changed else ""
        note += "，后已撤销" if state == ImportState.UNDONE else ""
        if at is not None:
            yield (0, pk), StoryLine(at, title, note, name or "")
