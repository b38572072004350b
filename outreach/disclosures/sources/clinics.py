"""Items 2, 3 and 7: check-ups, immunisation with the supply of vaccines, specialists (S0-23, annex 2)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from django.db.models import Q, QuerySet

from outreach.choices import ClinicKind, SupplyState, VisitKind, VisitState
from outreach.disclosures.base import Drafted, Fact, Month, Unit
from outreach.disclosures.plain import plain_line
from outreach.disclosures.sources.hours import (
    Place,
    fitted,
    grouped,
    hours_of,
    line_of,
    near,
    places_of,
)
from outreach.disclosures.wording import day_words, local_day, page_of
from outreach.models import OutreachVisit, VaccineSupply
from outreach.policy import policy_on
from outreach.queries.clinics import Kept, who_of
from outreach.queries.vaccines import SupplyLine, price_in_words, supply_lines
from outreach.queries.visits import place_words
from outreach.rules.clinics import moments_in_words
from teams.models import TeamMembership

_VACCINATION = (ClinicKind.CHILD_VACCINATION, ClinicKind.ADULT_VACCINATION)
_OFF = (VisitState.CANCELLED, VisitState.MISSED)
_STEWARD = "请机构家医管家在“公开日程”"
_NO_CHECKUP = (
    f"没有安排体检日，请团队在“外出服务日历”安排，或{_STEWARD}登记；本月确实没有的，标明本月无此项。"
)
_NO_VACCINATION = f"没有登记预防接种时间，{_STEWARD}的“门诊与接种”登记。"
_NO_SUPPLY = f"没有登记疫苗供应，{_STEWARD}的“疫苗供应”登记。"
_NO_SPECIALIST = f"本月没有专家坐诊，{_STEWARD}的“门诊与接种”登记；确实没有的，标明本月无此项。"


def visits_of(units: Iterable[Unit], month: Month, kind: VisitKind) -> dict[int, list[OutreachVisit]]:
    """Team -> its goings-out of a kind in a month that were not called off, in their order. Two queries."""
    teams = {team for unit in units for team in unit.teams}
    rows: QuerySet[OutreachVisit] = OutreachVisit.objects.filter(
        team__in=teams, kind=kind, on__range=(month.first, month.last)
    )
    rows = rows.exclude(state__in=_OFF).select_related("team", "point", "education").prefetch_related("grids")
    found: dict[int, list[OutreachVisit]] = defaultdict(list)
    for one in rows.order_by("on", "begins_at", "pk"):
        found[one.team_id].append(one)
    return found


def _month_page(unit: Unit, month: Month) -> str:
    return page_of("calendar", institution=unit.institution, month=f"{month.first:%Y-%m}")


# Item 2.


def checkups(units: Sequence[Unit], month: Month, now: datetime) -> Mapping[Unit, Drafted]:
    """Check-up hours of the institutions and check-up days of the teams. Six queries."""
    places = places_of(units)
    hours = hours_of(places, [ClinicKind.CHECKUP], month)
    visits = visits_of(units, month, VisitKind.CHECKUP)
    return {one: _checkups(one, month, places, hours, visits) for one in units}


def _checkups(
    unit: Unit,
    month: Month,
    places: dict[int, Place],
    hours: list[Kept],
    visits: dict[int, list[OutreachVisit]],
) -> Drafted:
    mine = _of(unit, places, hours)
    held = [visit for team in unit.teams for visit in visits.get(team, ())]
    days = {day for one in mine for day in one.days.kept} | {one.on for one in held}
    fact = Fact("体检日", len(days), "天", _month_page(unit, month))
    lines = [line_of(one, unit) for one in grouped(mine)] + _session_lines(held, places[unit.institution])
    if not days:
        return Drafted(fitted(lines), (fact,), _NO_CHECKUP)
    lines.append("体检后的结果反馈和解读，请向您的签约团队咨询。")
    return Drafted(fitted(lines), (fact,))


def _session_lines(visits: Iterable[OutreachVisit], place: Place) -> list[str]:
    """Days of the same team, hours and place in one line."""
    found: dict[tuple[object, ...], list[OutreachVisit]] = defaultdict(list)
    for one in visits:
        found[one.team_id, one.begins_at, one.closes_at, place_words(one), one.topic].append(one)
    return [_session_line(some, place) for some in found.values()]


def _session_line(visits: Sequence[OutreachVisit], place: Place) -> str:
    first = visits[0]
    phone = first.team.phone or place.phone
    when = moments_in_words([one.on for one in visits], first.begins_at, first.closes_at)
    parts = [
        f"{plain_line(first.team.name)}：{when}", plain_line(place_words(first)), plain_line(first.topic),
        f"电话 {phone}" if phone else "",
    ]  # fmt: skip
    return "，".join(part for part in parts if part)


# Item 3.


def immunization(units: Sequence[Unit], month: Month, now: datetime) -> Mapping[Unit, Drafted]:
    """Days of vaccination, and which vaccines can be had as of which day. Six queries."""
    places, today = places_of(units), local_day(now)
    hours = hours_of(places, _VACCINATION, month)
    supplies: dict[int, list[SupplyLine]] = defaultdict(list)
    policy = policy_on(today)
    for line in supply_lines(VaccineSupply.objects.filter(institution__in=places), on=today, policy=policy):
        supplies[line.vaccine.institution_id].append(line)
    return {
        one: _immunization(one, month, places, hours, supplies, stale_days=policy.vaccine_stale_days)
        for one in units
    }


def _immunization(
    unit: Unit,
    month: Month,
    places: dict[int, Place],
    hours: list[Kept],
    supplies: dict[int, list[SupplyLine]],
    *,
    stale_days: int,
) -> Drafted:
    mine = _of(unit, places, hours)
    days = {day for one in mine for day in one.days.kept}
    where = next((pk for pk in near(unit, places) if supplies.get(pk)), unit.institution)
    known = supplies.get(where, [])
    stale = sum(one.is_stale for one in known)
    gaps = [] if days else [_NO_VACCINATION]
    if not known:
        gaps.append(_NO_SUPPLY)
    if stale:
        gaps.append(
            f"有{stale}种疫苗的供应情况超过{stale_days}天没有更新，{_STEWARD}的“疫苗供应”确认后重新取数。"
        )
    page = page_of("calendar-vaccines", institution=where)
    facts = (
        Fact("预防接种日", len(days), "天", _month_page(unit, month)),
        Fact("疫苗", len(known), "种", page),
        Fact("暂时缺货", sum(one.vaccine.state == SupplyState.OUT for one in known), "种", page),
    )
    lines = [line_of(one, unit) for one in grouped(mine)] + _supply_lines(known)
    return Drafted(fitted(lines), facts, "".join(gaps))


def _supply_lines(known: Iterable[SupplyLine]) -> list[str]:
    """疫苗供应充足（11月20日更新）：甲、乙: a line for each state and day of it, the newest first."""
    found: dict[tuple[date, str], list[str]] = defaultdict(list)
    for line in known:
        one = line.vaccine
        beside = "，".join(filter(None, (price_in_words(one.price_yuan), plain_line(one.note))))
        found[one.updated_on, one.state].append(plain_line(one.name) + (f"（{beside}）" if beside else ""))
    order = list(SupplyState.values)
    keys = sorted(found, key=lambda key: (-key[0].toordinal(), order.index(key[1])))
    return [
        f"疫苗{SupplyState(state).label}（{day_words(day)}更新）：{'、'.join(found[day, state])}"
        for day, state in keys
    ]


# Item 7.


def specialists(units: Sequence[Unit], month: Month, now: datetime) -> Mapping[Unit, Drafted]:
    """Experts who sit in the institutions, and the hours of those sent down to the teams wherever they sit. Five queries."""
    places, sent = places_of(units), _sent_down(units, month)
    people = {pk for some in sent.values() for pk in some}
    hours = hours_of(places, [ClinicKind.SPECIALIST], month, people=people)
    return {one: _specialists(one, month, places, hours, sent) for one in units}


def _sent_down(units: Iterable[Unit], month: Month) -> dict[int, dict[int, str]]:
    """Team -> id and name of those sent down to it in the month. One query."""
    teams = {team for unit in units for team in unit.teams}
    rows = TeamMembership.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=month.first),
        team__in=teams, is_dispatched=True, starts_on__lte=month.last,
    ).order_by("pk")  # fmt: skip
    found: dict[int, dict[int, str]] = defaultdict(dict)
    for team, user, name in rows.values_list("team_id", "user_id", "user__name"):
        found[team][user] = name
    return found


def _specialists(
    unit: Unit, month: Month, places: dict[int, Place], hours: list[Kept], sent: dict[int, dict[int, str]]
) -> Drafted:
    own = {pk: name for team in unit.teams for pk, name in sent.get(team, {}).items()}
    around = near(unit, places)
    mine = [one for one in hours if one.hours.institution_id in around or one.hours.specialist_id in own]
    sitting = [one for one in mine if one.days.kept]
    facts = (
        Fact("坐诊专家", len({_person(one) for one in sitting}), "位", _month_page(unit, month)),
        Fact("专家坐诊", sum(len(one.days.kept) for one in sitting), "次", _month_page(unit, month)),
    )
    text = fitted([line_of(one, unit) for one in grouped(mine)])
    silent = [name for pk, name in own.items() if pk not in {one.hours.specialist_id for one in mine}]
    if not sitting:
        return Drafted(text, facts, _NO_SPECIALIST)
    gap = f"下派专家{'、'.join(silent)}没有登记坐诊时间，{_STEWARD}的“门诊与接种”登记。" if silent else ""
    return Drafted(text, facts, gap)


def _person(one: Kept) -> object:
    return one.hours.specialist_id or who_of(one.hours)


def _of(unit: Unit, places: dict[int, Place], hours: Iterable[Kept]) -> list[Kept]:
    around = near(unit, places)
    return [one for one in hours if one.hours.institution_id in around]
