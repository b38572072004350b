"""Who publishes in a month, and what the sources have to say for all of them at once (S0-23)."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from grids.models import GridResponsibility
from outreach.choices import DisclosureTopic, DisclosureUnit, ItemState
from outreach.disclosures.base import Drafted, Month, Unit
from outreach.disclosures.plain import MAX_DRAFT, MAX_TEXT, bounded, plain, plain_line
from outreach.disclosures.sources import SOURCES
from outreach.models import DisclosureItem
from outreach.policy import OutreachPolicy
from teams.models import Team

log = logging.getLogger(__name__)

_GAP_LENGTH = 200
UNREAD = Drafted("", gap="数据暂时未能取出，请稍后点“重新取数”，或手工填写。")
UNKNOWN = Drafted("", gap="系统没有这一项的数据，请团队长填写，或选“本月无此项”。")


def units_of(month: Month, policy: OutreachPolicy) -> list[Unit]:
    """Who is to publish: teams at work in the month that answer for a grid then; or their institutions. One query."""
    teams = teams_in(month)
    if policy.disclosure_unit == DisclosureUnit.TEAM:
        return [Unit(institution, team, (team,)) for team, institution in teams]
    of: dict[int, list[int]] = defaultdict(list)
    for team, institution in teams:
        of[institution].append(team)
    return [Unit(institution, None, tuple(found)) for institution, found in sorted(of.items())]


def teams_in(month: Month, *, institution: int | None = None) -> list[tuple[int, int]]:
    """(team, institution) of those at work in the month that answer for a grid then. One query."""
    meets = Q(ends_on__isnull=True) | Q(ends_on__gte=month.first)
    answering = GridResponsibility.objects.filter(meets, starts_on__lte=month.last).values("team")
    teams = Team.objects.filter(meets, starts_on__lte=month.last, pk__in=answering)
    if institution is not None:
        teams = teams.filter(institution=institution)
    return list(teams.order_by("pk").values_list("pk", F("institution_id")))


def told(
    units: Sequence[Unit], month: Month, now: datetime, *, numbers: Collection[int] = tuple(DisclosureTopic)
) -> dict[Unit, dict[int, Drafted]]:
    """Unit -> number of the item -> what its source says; every number for every unit. Each source is asked once."""
    found: dict[Unit, dict[int, Drafted]] = {one: {} for one in units}
    for number in numbers:
        said = _asked(DisclosureTopic(number), units, month, now)
        for unit in units:
            found[unit][number] = said.get(unit, UNKNOWN)
    return found


def _asked(
    topic: DisclosureTopic, units: Sequence[Unit], month: Month, now: datetime
) -> Mapping[Unit, Drafted]:
    """One broken source leaves its own item open, and not a whole district without its issues."""
    source = SOURCES.get(topic)
    if source is None or not units:
        return {}
    try:
        with transaction.atomic():
            return source(units, month, now)
    except Exception:
        log.exception("source of disclosure item %s failed", int(topic))
        return dict.fromkeys(units, UNREAD)


def write_into(item: DisclosureItem, drafted: Drafted, now: datetime) -> None:
    """What a source says, as the item keeps it: its text, its figures, and what is still missing."""
    item.drafted = kept_draft(drafted)
    item.text = bounded(item.drafted, MAX_TEXT)
    item.gap = gap_of(drafted, item.text)
    item.state = ItemState.GAP if item.gap else ItemState.FILLED
    refresh_figures(item, drafted, now)
    item.edited_by = item.edited_at = None


def kept_draft(drafted: Drafted) -> str:
    return bounded(plain(drafted.text), MAX_DRAFT, lines=MAX_DRAFT)


def gap_of(drafted: Drafted, text: str) -> str:
    gap = plain_line(drafted.gap)
    return gap[:_GAP_LENGTH] if gap or text else UNKNOWN.gap


def refresh_figures(item: DisclosureItem, drafted: Drafted, now: datetime) -> None:
    """Only what the source has counted; the text stays."""
    stamp = now.isoformat(timespec="seconds")
    item.facts = [
        {
            "label": plain_line(one.label),
            "value": one.value,
            "unit": plain_line(one.unit),
            "as_of": stamp,
            "page": one.page,
        }
        for one in drafted.facts
    ]
    item.as_of = now


def new_items(disclosure: int, said: Mapping[int, Drafted], now: datetime) -> Iterable[DisclosureItem]:
    for number in sorted(said):
        item = DisclosureItem(disclosure_id=disclosure, number=number)
        write_into(item, said[number], now)
        yield item
