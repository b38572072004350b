"""What a team plans to go out for: entering it, changing it, calling it off (S0-26, S1-14, S2-17, S4-8).

Patrols of a timetable are made by ``outreach.actions.planning_visits``; everything here is done by hand.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from contracts.queries.signing import works_for
from contracts.rules import Objection
from core.history import credited_to
from core.refusals import Refusal
from core.sql import alone
from core.text import tidy
from grids.models import Grid
from outreach.actions.booking import tell_booked
from outreach.choices import VisitKind, VisitState
from outreach.models import OutreachVisit, ServicePoint, VisitSlot, VisitStaff, VisitWork
from outreach.policy import policy_on
from outreach.rules.visiting import object_to_day, object_to_plan, object_to_state
from teams.models import Team, User


class CannotPlanVisit(Refusal):
    """The plan stays as it was."""


class CannotCancelVisit(Refusal):
    """It stands as before."""


@dataclass(frozen=True)
class Planned:
    """``is_new`` False if this very form had been sent before; then nothing was changed."""

    visit: OutreachVisit
    is_new: bool


def plan_visit(
    *, by: User, on: date, now: datetime, team: Team, kind: str, day: date, begins_at: time, closes_at: time,
    staff: Collection[int], client_token: UUID, point: ServicePoint | None = None, grids: Collection[Grid] = (),
    place: str = "", topic: str = "", note: str = "",
) -> Planned:  # fmt: skip
    """Enter something into the calendar of a team; also a past day, which is then written down as it was.

    Args:
        staff: ids of who goes there.
        client_token: of the form; sent again, the first entry is returned.

    Raises:
        CannotPlanVisit: hours, place or day that cannot be, or a team that is not one's own.
    """
    asked = _Plan(kind, day, begins_at, closes_at, frozenset(staff), point, tuple(grids), place, topic, note)
    with transaction.atomic(), credited_to(by):
        alone(f"outreach.visit:{client_token}")  # the same form twice at once is one entry
        Team.objects.select_for_update().get(pk=team.pk)
        known = OutreachVisit.objects.filter(client_token=client_token).first()
        if known:
            return _known(known, by)
        asked.refuse(by=by, team=team, on=on)
        visit = OutreachVisit.objects.create(
            team=team, client_token=client_token, recorded_by=by, recorded_at=now, **asked.columns()
        )
        visit.grids.set(asked.grids)
        VisitStaff.objects.bulk_create(VisitStaff(visit=visit, user_id=pk) for pk in sorted(asked.staff))
    return Planned(visit, is_new=True)


def plan_weekly(*, client_token: UUID, day: date, weeks: int, **plan: Any) -> list[Planned]:
    """The same on the same weekday of several weeks, such as the elderly's check-up days (S4-8): all, or nothing.

    Args:
        plan: as ``plan_visit`` takes it.
    """
    with transaction.atomic():
        return [
            plan_visit(
                client_token=uuid5(client_token, str(week)) if week else client_token,
                day=day + timedelta(weeks=week),
                **plan,
            )
            for week in range(weeks)
        ]


def _known(visit: OutreachVisit, by: User) -> Planned:
    if visit.recorded_by_id != by.pk:
        raise CannotPlanVisit("visit_token_taken", "这张表单已由他人提交，请重新打开页面。")
    return Planned(visit, is_new=False)


@dataclass(frozen=True)
class _Plan:
    """What a form asks for."""

    kind: str
    day: date
    begins_at: time
    closes_at: time
    staff: frozenset[int]
    point: ServicePoint | None
    grids: tuple[Grid, ...]
    place: str
    topic: str
    note: str

    def refuse(self, *, by: User, team: Team, on: date) -> None:
        if self.kind not in VisitKind.values:
            raise CannotPlanVisit("visit_no_kind", "请选择类别。", field="kind")
        if not works_for(by, team, on=on):
            raise CannotPlanVisit("visit_other_team", "只能安排本团队的外出服务。", field="team")
        objection = object_to_day(self.day, on=on, back_days=policy_on(on).visit_backdate_days)
        objection = objection or object_to_plan(
            kind=self.kind,
            begins_at=self.begins_at,
            closes_at=self.closes_at,
            has_point=self.point is not None,
            grids=len(self.grids),
            has_place=bool(tidy(self.place)),
            staff=len(self.staff),
        )
        if objection:
            raise CannotPlanVisit(objection.code, objection.sentence, field=objection.field)
        if self.point and not ServicePoint.objects.open_on(self.day).filter(pk=self.point.pk).exists():
            raise CannotPlanVisit(
                "visit_point_closed", "这个服务点在那一天没有启用，请另选服务点或日期。", field="point"
            )

    def columns(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "on": self.day,
            "begins_at": self.begins_at,
            "closes_at": self.closes_at,
            "point": self.point,
            "place": tidy(self.place)[:120],
            "topic": tidy(self.topic)[:100],
            "note": tidy(self.note)[:300],
        }


def change_visit(
    *, by: User, on: date, now: datetime, visit: OutreachVisit, day: date, begins_at: time, closes_at: time,
    staff: Collection[int], point: ServicePoint | None = None, grids: Collection[Grid] = (), place: str = "",
    topic: str = "", note: str = "",
) -> OutreachVisit:  # fmt: skip
    """Move something that has not begun, or send others. The hours of a patrol from a timetable stay as that says.

    Raises:
        CannotPlanVisit: as ``plan_visit``; ``visit_by_timetable``, ``visit_booked`` for hours that are not his to move.
    """
    with transaction.atomic(), credited_to(by):
        held = held_visit(visit)
        _refuse_state(object_to_state("change", held.state), CannotPlanVisit)
        asked = _Plan(
            held.kind, day, begins_at, closes_at, frozenset(staff), point, tuple(grids), place, topic, note
        )
        asked.refuse(by=by, team=held.team, on=on)
        _refuse_other_hours(held, asked)
        columns = asked.columns() | {"recorded_by": by, "recorded_at": now}
        for name, value in columns.items():
            setattr(held, name, value)
        held.save(update_fields=list(columns))
        held.grids.set(asked.grids)
        set_staff(held, asked.staff)
    return held


def _refuse_other_hours(held: OutreachVisit, asked: _Plan) -> None:
    was = (held.on, held.begins_at, held.closes_at, held.point_id)
    if was == (asked.day, asked.begins_at, asked.closes_at, asked.point.pk if asked.point else None):
        return
    if held.timetable_id:
        raise CannotPlanVisit(
            "visit_by_timetable",
            "这次巡诊按时间表排班：改时间请修改时间表或申请停诊，这里可以换人。",
            field="on",
        )
    if VisitSlot.objects.filter(visit=held, taken__gt=0).exists():
        raise CannotPlanVisit("visit_booked", "已有居民预约，不能改时间；请取消后新建一次。", field="on")


def set_staff(visit: OutreachVisit, staff: Collection[int]) -> None:
    """Exactly these are to come; who stays keeps what is known of him."""
    VisitStaff.objects.filter(visit=visit).exclude(user__in=staff).delete()
    VisitStaff.objects.bulk_create(
        (VisitStaff(visit=visit, user_id=pk) for pk in sorted(staff)), ignore_conflicts=True
    )


def cancel_visit(*, by: User, on: date, now: datetime, visit: OutreachVisit, note: str) -> OutreachVisit:
    """Call something off, or take back what was entered wrongly. What was done there stands and forbids it.

    Who had booked is told, as far as texts can be sent.

    Raises:
        CannotCancelVisit: ``visit_no_reason``; ``visit_has_work``; too long ago.
    """
    why = tidy(note)[:300]
    with transaction.atomic(), credited_to(by):
        held = held_visit(visit)
        if held.state == VisitState.CANCELLED:
            return held
        refuse_stranger(by, held, on=on, refusal=CannotCancelVisit)
        late = object_to_day(held.on, on=on, back_days=policy_on(on).visit_backdate_days)
        _refuse_state(object_to_state("cancel", held.state) or late, CannotCancelVisit)
        if not why:
            raise CannotCancelVisit("visit_no_reason", "请写明取消的原因，如暴雨停诊、误登记。", field="note")
        if VisitWork.objects.filter(visit=held).exists():
            raise CannotCancelVisit(
                "visit_has_work", "这次服务已有逐人登记的内容，不能取消；请先移出误记的内容。"
            )
        held.state, held.note, held.recorded_by, held.recorded_at = VisitState.CANCELLED, why, by, now
        held.save(update_fields=["state", "note", "recorded_by", "recorded_at"])
        tell_booked(visits=[held], now=now)
    return held


def held_visit(visit: OutreachVisit) -> OutreachVisit:
    """The row, locked: what is done to one visit comes one after another."""
    rows = OutreachVisit.objects.select_for_update(of=("self",))
    return rows.select_related("team__institution", "point").get(pk=visit.pk)


def refuse_stranger(by: User, visit: OutreachVisit, *, on: date, refusal: type[Refusal]) -> None:
    if not works_for(by, visit.team, on=on):
        raise refusal("visit_other_team", "只能登记本团队的外出服务。")


def _refuse_state(objection: Objection | None, refusal: type[Refusal]) -> None:
    if objection:
        raise refusal(objection.code, objection.sentence, field=objection.field)
