"""Item 4: health activities of the teams, and the weekly live streams that everybody may watch (S2-20, S2-10)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Q

from outreach.choices import EducationForm, VisitKind
from outreach.disclosures.base import Drafted, Fact, Month, Unit
from outreach.disclosures.plain import plain_line
from outreach.disclosures.sources.clinics import visits_of
from outreach.disclosures.sources.hours import Place, fitted, places_of
from outreach.disclosures.wording import page_of
from outreach.models import LivestreamSlot, OutreachVisit
from outreach.queries.education import record_of
from outreach.queries.livestreams import slot_words
from outreach.queries.visits import place_words
from outreach.rules.clinics import moments_in_words

_NONE = "本月没有安排健康活动，请团队在“外出服务日历”安排讲座、义诊等健康活动；确实没有的，标明本月无此项。"


def activities(units: Sequence[Unit], month: Month, now: datetime) -> Mapping[Unit, Drafted]:
    """What teams invite to: when, what, where, whom to call. Four queries."""
    places = places_of(units)
    visits, streams = visits_of(units, month, VisitKind.ACTIVITY), _streams(month)
    return {one: _activities(one, month, places[one.institution], visits, streams) for one in units}


def _activities(
    unit: Unit,
    month: Month,
    place: Place,
    visits: dict[int, list[OutreachVisit]],
    streams: dict[str, list[str]],
) -> Drafted:
    mine = sorted(
        (visit for team in unit.teams for visit in visits.get(team, ())),
        key=lambda one: (one.on, one.begins_at, one.pk),
    )
    lines = [_line(one, place, with_team=unit.team is None) for one in mine]
    text = fitted(lines + streams.get(place.district, []))
    page = page_of("calendar", institution=unit.institution, month=f"{month.first:%Y-%m}")
    fact = Fact("健康活动", len(mine), "次", page)
    if not mine:
        return Drafted(text, (fact,), _NONE)
    vague = sum(not one.topic for one in mine)
    gap = f"有{vague}次健康活动没有填主题，请团队在“外出服务日历”补充后重新取数。" if vague else ""
    return Drafted(text, (fact,), gap)


def _line(visit: OutreachVisit, place: Place, *, with_team: bool) -> str:
    """12月5日（周六）9:00-11:00 高血压讲座，形式：健康讲座，地点：社区广场，对象：老年人，报名电话 0631…"""
    record = record_of(visit)
    phone = (record.phone if record else "") or visit.team.phone or place.phone
    parts = [
        f"{moments_in_words([visit.on], visit.begins_at, visit.closes_at)} {plain_line(visit.topic) or '健康活动'}",
        f"形式：{EducationForm(record.form).label}" if record else "",
        f"地点：{plain_line(place_words(visit))}" if place_words(visit) else "",
        f"对象：{plain_line(record.audience)}" if record and record.audience else "",
        f"主办：{plain_line(visit.team.name)}" if with_team else "",
        f"报名电话 {phone}" if phone else "",
    ]
    return "，".join(part for part in parts if part)


def _streams(month: Month) -> dict[str, list[str]]:
    """District -> its weekly live streams, in a line each. One query."""
    slots = LivestreamSlot.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=month.first),
        starts_on__lte=month.last, institution__is_active=True,
    )  # fmt: skip
    found: dict[str, list[str]] = defaultdict(list)
    for one in slots.select_related("institution").order_by("institution__name", "weekday", "begins_at"):
        words = f"健康直播：{one.institution.name}，{slot_words(one)}，{plain_line(one.platform)}"
        found[one.institution.area_code[:6]].append(words)
    return found
