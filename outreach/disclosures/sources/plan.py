"""Item 5: what is due this month, when the service points are served, which organizations are looked after (S0-26, S0-31)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from care.choices import Program
from core.sql import rows_of
from outreach.choices import ExceptionState
from outreach.disclosures.base import Drafted, Fact, Month, Unit
from outreach.disclosures.wording import (
    clock_words,
    fact_words,
    local_day,
    page_of,
    pairs_of,
    points_of,
    told_fact,
)
from outreach.models import PointException, PointTimetable
from outreach.policy import policy_on
from outreach.queries.points import hours_in_words
from outreach.rules.patrols import days_in_week, mondays

# What residents are told. Of severe mental illness and tuberculosis nothing is said in public, not even how many (10).
TOLD = {
    Program.HYPERTENSION: "高血压随访",
    Program.DIABETES: "糖尿病随访",
    Program.ELDERLY: "老年人健康服务",
    Program.CHILD: "0-6岁儿童健康服务",
    Program.PERINATAL: "孕产妇健康服务",
    Program.COPD: "慢阻肺随访",
    Program.CONTRACT: "其他约定服务",
}
# More than these stand on the page of the service points.
_MOST_DATED, _MOST_POINTS, _MOST_NAMES = 16, 40, 6
_ROOM = 1400  # characters of the timetable: what is due and the organizations stand in the same item
NO_TIMES = "责任网格还没有排定服务点巡诊时间，请机构家医管家在“服务点”中排班，或团队长手工填写。"

# What was due before and can still be made good counts too. Each person counts once in a kind of service.
_DUE = """
    SELECT unit.key, rule.program, count(DISTINCT plan.resident_id)
    FROM unnest(%(keys)s::int[], %(teams)s::bigint[]) AS unit (key, team)
    JOIN care_plan AS plan ON plan.team_id = unit.team AND plan.state = 'running'
        AND plan.due_on <= %(last)s AND plan.expires_on >= %(first)s
    JOIN care_carerule AS rule ON rule.id = plan.rule_id AND NOT rule.is_restricted
        AND rule.program = ANY(%(programs)s)
    GROUP BY unit.key, rule.program
"""
_ORGANIZATIONS = """
    SELECT unit.key, org.name
    FROM unnest(%(keys)s::int[], %(teams)s::bigint[]) AS unit (key, team)
    JOIN grids_gridresponsibility AS held ON held.team_id = unit.team AND held.starts_on <= %(last)s
        AND (held.ends_on IS NULL OR held.ends_on >= %(first)s)
    JOIN grids_grid AS grid ON held.grid_id IN (grid.id, grid.parent_id)
    JOIN grids_organization AS org ON org.grid_id = grid.id
    GROUP BY unit.key, org.name, org.id ORDER BY unit.key, org.name, org.id
"""


@dataclass(frozen=True)
class _Hours:
    """A weekly hour of a point and the days of the month on which it falls."""

    plan: PointTimetable
    days: tuple[date, ...]


def plan_of_month(units: Sequence[Unit], month: Month, now: datetime) -> Mapping[Unit, Drafted]:
    """Five queries, however many units."""
    least = policy_on(local_day(now)).suppress_below
    given = pairs_of(units) | {"first": month.first, "last": month.last, "programs": list(TOLD)}
    due: dict[int, dict[str, int]] = defaultdict(dict)
    for key, program, people in rows_of(_DUE, given):
        due[key][program] = people
    orgs: dict[int, list[str]] = defaultdict(list)
    for key, name in rows_of(_ORGANIZATIONS, given):
        orgs[key].append(name)
    hours = _hours([team for one in units for team in one.teams], month)
    return {
        unit: _drafted(
            unit, month, due[key], [one for team in unit.teams for one in hours[team]], orgs[key], least
        )
        for key, unit in enumerate(units)
    }


def _drafted(
    unit: Unit, month: Month, due: Mapping[str, int], hours: Sequence[_Hours], orgs: Sequence[str], least: int
) -> Drafted:
    page = (
        page_of("fulfilment-tasks", team=unit.team)
        if unit.team
        else page_of("fulfilment-tasks", institution=unit.institution)
    )
    facts = [
        told_fact(words, due[program], due[program], least=least, unit="人", page=page)
        for program, words in TOLD.items()
        if program in due
    ]
    parts = [_due_words(facts, month, least), _patrol_words(hours), _org_words(orgs)]
    patrols = sum(len(one.days) for one in hours)
    places = len({one.plan.point_id for one in hours})
    more = [
        Fact("本月巡诊", patrols, "次", page_of("point-calendar")),
        Fact("服务点", places, "个", page_of("point-list")),
    ]
    more += [Fact("功能社区单位", len(orgs), "家")] if orgs else []
    return Drafted("\n\n".join(one for one in parts if one), (*facts, *more), "" if hours else NO_TIMES)


def _due_words(facts: Sequence[Fact], month: Month, least: int) -> str:
    if not facts:
        return f"{month.first.month}月没有到期的履约服务，有需要请随时联系团队。"
    head = f"{month.first.month}月应为签约居民提供的服务（含此前未办的），请接到通知后配合："
    return f"{head}\n{points_of(fact_words(one, least) for one in facts)}"


def _patrol_words(hours: Sequence[_Hours]) -> str:
    if not hours:
        return ""
    lines: list[str] = []
    room = _ROOM
    for one in hours[:_MOST_POINTS]:
        line = _point_line(one, has_days=len(hours) <= _MOST_DATED)
        room -= len(line) + 3  # the mark of the point, and the line break
        if room < 0:
            break
        lines.append(line)
    left = len(hours) - len(lines)
    more = f"\n其余 {left} 个时段见各服务点公示。" if left else ""
    return f"服务点巡诊时间：\n{points_of(lines)}{more}"


def _point_line(one: _Hours, *, has_days: bool) -> str:
    point = one.plan.point
    days = "、".join(f"{day.day}日" for day in one.days) if has_days else ""
    times = (
        hours_in_words(one.plan)
        if one.plan.every_weeks == 1 or not days
        else clock_words(one.plan.begins_at, one.plan.closes_at)
    )
    return f"{point.name}（{point.address}）：{times}{f'，{days}' if days else ''}"


def _org_words(orgs: Sequence[str]) -> str:
    if not orgs:
        return ""
    names = "、".join(orgs[:_MOST_NAMES]) + ("等" if len(orgs) > _MOST_NAMES else "")
    return f"功能社区：服务单位 {len(orgs)} 家（{names}），需要健康讲座、义诊或慢病随访的单位请与团队联系。"


def _hours(teams: Sequence[int], month: Month) -> dict[int, list[_Hours]]:
    """Team -> its hours that fall into the month, days off left out. Two queries."""
    meets = Q(ends_on__isnull=True) | Q(ends_on__gte=month.first)
    plans = list(
        PointTimetable.objects.filter(meets, starts_on__lte=month.last, team__in=teams)
        .select_related("point")
        .order_by("point__name", "point", "weekday", "begins_at", "starts_on")
    )
    stops = _stops([one.point_id for one in plans], month)
    found: dict[int, list[_Hours]] = defaultdict(list)
    for plan in plans:
        days = tuple(day for day in _days(plan, month) if not _is_off(day, stops[plan.point_id]))
        if days:
            found[plan.team_id].append(_Hours(plan, days))
    return found


def _days(plan: PointTimetable, month: Month) -> Iterable[date]:
    point = plan.point
    for monday in mondays(month.first, month.last):
        for day in days_in_week([plan], monday):
            is_open = point.opened_on <= day and (point.closed_on is None or day < point.closed_on)
            if is_open and month.first <= day <= month.last:
                yield day


def _stops(points: Sequence[int], month: Month) -> dict[int, list[tuple[date, date | None]]]:
    found: dict[int, list[tuple[date, date | None]]] = defaultdict(list)
    rows = PointException.objects.filter(
        point__in=points, state=ExceptionState.APPROVED, starts_on__lte=month.last, ends_on__gte=month.first
    )
    for point, first, last in rows.values_list("point", "starts_on", "ends_on"):
        found[point].append((first, last))
    return found


def _is_off(day: date, stops: Iterable[tuple[date, date | None]]) -> bool:
    return any(first <= day and (last is None or day <= last) for first, last in stops)
