"""What is allowed at a going-out of a team, what speaks against a plan, and how it was against the plan. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from contracts.choices import SignChannel
from contracts.rules import Objection
from core.dates import chinese_date
from outreach.choices import PointService, VisitKind, VisitState
from outreach.rules.patrols import off_range

S = VisitState

# Verb -> the states in which it may be done. What was planned and forgotten may still be written down.
MAY: Mapping[str, tuple[VisitState, ...]] = {
    "change": (S.PLANNED,),
    "cancel": (S.PLANNED, S.ONGOING, S.MISSED, S.DONE),
    "start": (S.PLANNED,),
    "end": (S.PLANNED, S.ONGOING, S.MISSED, S.DONE),
    "work": (S.ONGOING, S.DONE),
}

# How somebody who is signed there came to sign (S1-14, S0-27).
CHANNELS: Mapping[VisitKind, SignChannel] = {
    VisitKind.PATROL: SignChannel.SERVICE_POINT,
    VisitKind.WORK_DAY: SignChannel.HOME_VISIT_CAMPAIGN,
    VisitKind.COMMUNITY: SignChannel.HOME_VISIT_WEEKLY,
    VisitKind.SESSION: SignChannel.COMMUNITY_SESSION,
    VisitKind.CHECKUP: SignChannel.CHECKUP_SESSION,
    VisitKind.ACTIVITY: SignChannel.COMMUNITY_SESSION,
}

# Kinds that lead into grids; the others take place at one address.
INTO_GRIDS = (VisitKind.WORK_DAY, VisitKind.COMMUNITY)

_OF_FORM = {
    "long_prescription": PointService.LONG_PRESCRIPTION,
    "education": PointService.EDUCATION,
    "consultation": PointService.CONSULT,
    "health_plan": PointService.CONSULT,
    "medication_guidance": PointService.CONSULT,
}
_OF_FIELD = {
    "sbp": PointService.PRESSURE,
    "glucose_fasting": PointService.GLUCOSE,
    "glucose_after": PointService.GLUCOSE,
    "glucose_random": PointService.GLUCOSE,
}
OF_READING = {
    "blood_pressure": PointService.PRESSURE,
    "glucose_fasting": PointService.GLUCOSE,
    "glucose_after": PointService.GLUCOSE,
    "glucose_random": PointService.GLUCOSE,
}


def object_to_state(verb: str, state: str) -> Objection | None:
    """Why a visit in this state cannot be changed, cancelled, started, ended or worked at."""
    if state in MAY[verb]:
        return None
    told = {
        "change": "只能修改还没有开始的安排。",
        "cancel": "已经取消，不用再取消。",
        "start": "只有已排班的才能开始；补录请填写实际时间。",
        "end": "已经取消的不能登记完成，请新建一次补录。",
        "work": "请先开始这次服务，再登记服务内容。",
    }
    return Objection(f"visit_state_{verb}", told[verb])


def object_to_plan(
    *, kind: str, begins_at: time, closes_at: time, has_point: bool, grids: int, has_place: bool, staff: int
) -> Objection | None:
    """Why something cannot stand in the calendar like this."""
    if closes_at <= begins_at:
        return Objection("visit_hours", "计划的结束时间须晚于开始时间，请改时间。", "closes_at")
    if not staff:
        return Objection("visit_no_staff", "请至少选一位参加人员。", "staff")
    if kind == VisitKind.PATROL and not has_point:
        return Objection("visit_no_point", "巡诊须选服务点。", "point")
    if kind in INTO_GRIDS and not grids:
        return Objection("visit_no_grid", "请选要去的网格。", "grids")
    if kind not in INTO_GRIDS and kind != VisitKind.PATROL and not (has_place or has_point):
        return Objection("visit_no_place", "请填写地点，或选服务点。", "place")
    return None


def object_to_day(day: date, *, on: date, back_days: int) -> Objection | None:
    """Why it is too late to write something down for a day."""
    first = on - timedelta(days=back_days)
    if day >= first:
        return None
    sentence = f"只能补录 {back_days} 天以内的外出服务，即{chinese_date(first)}以后。"
    return Objection("visit_too_late", sentence, "on")


def object_to_times(
    *, day: date, began: datetime, ended: datetime, on: date, now: datetime, back_days: int
) -> Objection | None:
    """Why a visit of a day cannot have been like this. Both moments in local time."""
    if day > on:
        return Objection("visit_to_come", f"{chinese_date(day)}还没有到，不能提前登记完成。")
    late = object_to_day(day, on=on, back_days=back_days)
    if late:
        return late
    if began.date() != day or ended.date() != day:
        return Objection("visit_other_day", "开始和结束时间须在服务当天。", "began_at")
    if ended <= began:
        return Objection("visit_ended_before", "实际结束时间须晚于实际开始时间，请核对。", "ended_at")
    if ended > now:
        return Objection("visit_ends_later", "结束时间不能晚于现在。", "ended_at")
    return None


def object_to_counts(
    counts: Mapping[str, int], floor: Mapping[str, int], *, visitors: int, people: int
) -> Objection | None:
    """Head-counts are never below what was written down one by one, nor is a service above the number of visitors.

    Args:
        floor: service -> persons of whom a record stands; people: how many they are in all.
    """
    for service, done in floor.items():
        if counts.get(service, 0) < done:
            label = PointService(service).label
            return Objection("visit_count_below", f"{label}已逐人登记 {done} 人，不能填得更少。", service)
    if visitors < people:
        return Objection("visitors_below", f"已逐人登记 {people} 人，服务人数不能更少。", "visitors")
    most = max(counts.values(), default=0)
    if visitors < most:
        return Objection(
            "visitors_below_service", f"有一项服务填了 {most} 人次，服务人数不能更少。", "visitors"
        )
    return None


def work_day_warnings(
    *, days: int, grids: int, least: int, most: int, least_grids: int, is_month_over: bool
) -> list[str]:
    """What a team's work days of a month lack or have too many of (S2-17).

    Args:
        days: distinct days planned or done in the month. grids: of the fewest of those days, 0 without one.
    """
    told, off = [], off_range(days, least=least, most=most)
    if off < 0:
        told.append(
            f"本月家庭医生工作日{'只有' if is_month_over else '才排了'} {days} 天，要求不少于 {least} 天。"
        )
    if off > 0:
        told.append(f"本月家庭医生工作日已排 {days} 天，一般不多于 {most} 天。")
    if days and grids < least_grids:
        told.append(f"有工作日只到 {grids} 个网格，要求每次不少于 {least_grids} 个。")
    return told


def services_of(form: str, values: Mapping[str, object], *, is_follow_up: bool) -> tuple[PointService, ...]:
    """As what a record of care counts at a visit: its own service, and what was measured in it."""
    own = _OF_FORM.get(form, PointService.FOLLOW_UP if is_follow_up else PointService.OTHER)
    measured = {service for key, service in _OF_FIELD.items() if values.get(key) not in (None, "")}
    return (own, *sorted(measured))


@dataclass(frozen=True)
class AgainstPlan:
    """How a visit was against its plan.

    Attributes:
        late_minutes: it began later than planned, below zero earlier. lasted, planned: minutes.
        absent: names of those who were to come and did not.
    """

    late_minutes: int
    lasted: int
    planned: int
    absent: tuple[str, ...] = ()

    @property
    def words(self) -> list[str]:
        """晚开始 20 分钟；比计划少 30 分钟；王护士未到"""
        told = []
        if self.late_minutes:
            how = "晚开始" if self.late_minutes > 0 else "早开始"
            told.append(f"{how} {abs(self.late_minutes)} 分钟")
        more = self.lasted - self.planned
        if more:
            told.append(f"比计划{'多' if more > 0 else '少'} {abs(more)} 分钟")
        told += [f"{name}未到" for name in self.absent]
        return told or ["与计划一致"]


def against_plan(
    *, begins: datetime, closes: datetime, began: datetime, ended: datetime, absent: Sequence[str] = ()
) -> AgainstPlan:
    """Compare what was planned with what was."""
    return AgainstPlan(
        _minutes(began - begins), _minutes(ended - began), _minutes(closes - begins), tuple(absent)
    )


def _minutes(span: timedelta) -> int:
    return round(span.total_seconds() / 60)
