"""Item 10: what residents should know beside the nine: who joined or left the team, which points pause (S0-22, S0-25)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db.models import F, Q

from core.dates import months_after
from outreach.choices import ExceptionReason, ExceptionState
from outreach.disclosures.base import Drafted, Fact, Month, Unit
from outreach.disclosures.wording import day_words, local_day, page_of, points_of, span_words
from outreach.models import PointException
from teams.choices import Profession
from teams.models import TeamMembership

NOTHING = "没有自动取得的内容。有其他事项请团队长填写；没有的，请选“本月无此项”。"
_MOST = 12
_ONE = timedelta(days=1)


def changes(units: Sequence[Unit], month: Month, now: datetime) -> Mapping[Unit, Drafted]:
    """Members who came or went last month or will this month; points that pause until the end of next month.

    Two queries, however many units.
    """
    teams = [team for one in units for team in one.teams]
    until = Month(months_after(month.first, 1)).last
    people = _people(teams, month.before.first, month.last)
    stops = _stops(teams, max(month.first, local_day(now)), until)
    found = {}
    for unit in units:
        moved = [line for team in unit.teams for line in people[team]]
        paused = [line for team in unit.teams for line in stops[team]]
        found[unit] = _drafted(unit, moved, paused)
    return found


def _drafted(unit: Unit, moved: list[str], paused: list[str]) -> Drafted:
    parts = []
    if moved:
        parts.append(f"团队成员变动：\n{points_of(_few(moved, '团队公示'))}")
    if paused:
        parts.append(f"服务点停诊：\n{points_of(_few(paused, '服务点公示'))}")
    page = page_of("team-detail", unit.team) if unit.team else page_of("team-list")
    facts = (
        Fact("团队成员变动", len(moved), "人次", page),
        Fact("服务点停诊", len(paused), "次", page_of("point-stop-list")),
    )
    return Drafted("\n\n".join(parts), facts, "" if parts else NOTHING)


def _few(lines: list[str], where: str) -> list[str]:
    return lines if len(lines) <= _MOST else [*lines[:_MOST], f"其余 {len(lines) - _MOST} 项见{where}"]


def _people(teams: Sequence[int], first: date, last: date) -> dict[int, list[str]]:
    """Team -> lines. Who goes on in another post of the same team the day after has neither come nor gone."""
    rows = list(
        TeamMembership.objects.filter(
            Q(starts_on__range=(first, last)) | Q(ends_on__range=(first - _ONE, last)), team__in=teams
        )
        .select_related("user", "team")
        .order_by("starts_on", "pk")
    )
    found: dict[int, list[str]] = defaultdict(list)
    for one in rows:
        others = [
            row
            for row in rows
            if (row.team_id, row.user_id) == (one.team_id, one.user_id) and row.pk != one.pk
        ]
        came = first <= one.starts_on <= last and one.starts_on > one.team.starts_on
        if came and not any(row.ends_on and row.ends_on < one.starts_on for row in others):
            found[one.team_id].append(f"{day_words(one.starts_on)}起，{_who(one)}加入{one.team.name}")
        left = one.ends_on is not None and first <= one.ends_on <= last and one.ends_on != one.team.ends_on
        if left and one.ends_on and not any(row.starts_on > one.ends_on for row in others):
            found[one.team_id].append(f"{day_words(one.ends_on)}后，{_who(one)}不再为{one.team.name}成员")
    return found


def _who(one: TeamMembership) -> str:
    role = "，团队长" if one.is_leader else ""
    return f"{one.user.name}（{Profession(one.profession).label}{role}）"


def _stops(teams: Sequence[int], first: date, last: date) -> dict[int, list[str]]:
    """Team -> approved days off of the points that it serves then; not of one that it has handed over."""
    served = Q(point__timetables__ends_on__isnull=True) | Q(point__timetables__ends_on__gte=F("starts_on"))
    rows = (
        PointException.objects.filter(state=ExceptionState.APPROVED, starts_on__lte=last, ends_on__gte=first)
        .filter(
            served,
            point__timetables__team__in=teams,
            point__timetables__starts_on__lte=F("ends_on"),
        )
        .order_by("starts_on", "pk")
        .values_list("pk", "point__timetables__team", "point__name", "starts_on", "ends_on", "reason")
        .distinct()
    )
    found: dict[int, list[str]] = defaultdict(list)
    for _, team, name, begins, ends, reason in rows:
        found[team].append(
            f"{name}：{span_words(begins, ends or begins)}停诊（{ExceptionReason(reason).label}）"
        )
    return found
