"""How a visit really was: begun, ended, who came, how many were served; also written down afterwards (S0-26, S0-27)."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from contracts.rules import Objection
from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from outreach.actions.visit_work import count_found
from outreach.actions.visits import held_visit, refuse_stranger
from outreach.choices import Handout, PlaceGrade, PointService, VisitState
from outreach.models import OutreachVisit, ServicePoint, VisitStaff
from outreach.policy import policy_on
from outreach.queries.visit_work import floor_of
from outreach.rules.places import Place, grade_of
from outreach.rules.visiting import object_to_counts, object_to_state, object_to_times
from teams.models import User


class CannotRecordVisit(Refusal):
    """The visit stays as it was."""


def start_visit(
    *, by: User, on: date, now: datetime, visit: OutreachVisit, position: Place | None = None
) -> OutreachVisit:
    """Begin now what was planned for today. Started once more, nothing changes.

    Args:
        position: of the telephone, if it was asked; kept with its grade, and never a condition.

    Raises:
        CannotRecordVisit: another day, another team, cancelled or over.
    """
    with transaction.atomic(), credited_to(by):
        held = held_visit(visit)
        if held.state == VisitState.ONGOING:
            return held
        refuse_stranger(by, held, on=on, refusal=CannotRecordVisit)
        _refuse(object_to_state("start", held.state))
        if held.on != on:
            raise CannotRecordVisit("visit_not_today", "只能在服务当天开始；以前的请补录，以后的请修改安排。")
        held.state, held.began_at, held.recorded_by, held.recorded_at = VisitState.ONGOING, now, by, now
        held.save(update_fields=["state", "began_at", "recorded_by", "recorded_at"])
        _keep_position(held, position, on=on)
        VisitStaff.objects.update_or_create(visit=held, user=by, defaults={"is_present": True})
    return held


def end_visit(
    *, by: User, on: date, now: datetime, visit: OutreachVisit, began_at: datetime, ended_at: datetime,
    present: Collection[int], visitors: int, head_counts: Mapping[str, int] | None = None,
    handouts: Mapping[str, int] | None = None, note: str = "", position: Place | None = None,
    keys: Collection[str] = (),
) -> OutreachVisit:  # fmt: skip
    """Write down how a visit was: one that runs, one that was missed in the calendar, or a correction.

    Args:
        present: ids of who came. visitors: how many people were served.
        head_counts: service -> people, not below those written down one by one. handouts: code -> pieces.
        keys: of what was made in its time on other pages and is counted with it, see ``count_works``.

    Raises:
        CannotRecordVisit: times, counts or staff that cannot be; ``field`` is the one of the form, or a service.
    """
    counts = {one: n for one, n in (head_counts or {}).items() if n}
    given = {one: n for one, n in (handouts or {}).items() if n}
    with transaction.atomic(), credited_to(by):
        held = held_visit(visit)
        refuse_stranger(by, held, on=on, refusal=CannotRecordVisit)
        _refuse(object_to_state("end", held.state))
        _refuse_codes(counts, given)
        _refuse_times(held, began_at, ended_at, on=on, now=now)
        if not present:
            raise CannotRecordVisit("visit_nobody", "请勾选到场的人员。", field="present")
        count_found(held, keys, by=by, now=now)
        floor, people = floor_of(held)
        _refuse(object_to_counts(counts, floor, visitors=visitors, people=people))
        held.state, held.began_at, held.ended_at = VisitState.DONE, began_at, ended_at
        held.visitors, held.head_counts, held.handouts = visitors, counts, given
        held.note, held.recorded_by, held.recorded_at = tidy(note)[:300], by, now
        held.save(
            update_fields=[
                "state", "began_at", "ended_at", "visitors", "head_counts", "handouts", "note", "recorded_by",
                "recorded_at",
            ]
        )  # fmt: skip
        _keep_position(held, position, on=on)
        _keep_present(held, present)
    return held


def _refuse(objection: Objection | None) -> None:
    if objection:
        raise CannotRecordVisit(objection.code, objection.sentence, field=objection.field)


def _refuse_codes(counts: Mapping[str, int], given: Mapping[str, int]) -> None:
    if set(counts) - set(PointService.values) or set(given) - set(Handout.values):
        raise CannotRecordVisit("visit_no_code", "没有这种服务或材料，请重新打开页面。")
    if min([*counts.values(), *given.values()], default=0) < 0:
        raise CannotRecordVisit("visit_below_zero", "人次和份数不能小于 0。")


def _refuse_times(held: OutreachVisit, began: datetime, ended: datetime, *, on: date, now: datetime) -> None:
    days = policy_on(on).visit_backdate_days
    local = timezone.localtime  # noqa: TID251  # of given moments, not the clock
    objection = object_to_times(
        day=held.on, began=local(began), ended=local(ended), on=on, now=local(now), back_days=days
    )
    _refuse(objection)


def _keep_position(held: OutreachVisit, position: Place | None, *, on: date) -> None:
    """The better of what the telephone said at the beginning and at the end."""
    if position is None:
        return
    grade = position_grade(held, position, on=on)
    if held.latitude is not None and grade <= held.place_grade:
        return
    held.latitude, held.longitude = _degrees(position.latitude), _degrees(position.longitude)
    held.accuracy_m, held.place_grade = position.accuracy_m, grade
    held.save(update_fields=["latitude", "longitude", "accuracy_m", "place_grade"])


def _degrees(value: float) -> Decimal:
    return round(Decimal(str(value)), 6)


def position_grade(visit: OutreachVisit, position: Place | None, *, on: date) -> PlaceGrade:
    """What a telephone's word about where it is, is worth at this visit."""
    policy = policy_on(on)
    return grade_of(position, place_of(visit.point), there_m=policy.place_there_m, near_m=policy.place_near_m)


def place_of(point: ServicePoint | None) -> Place | None:
    """Where a service point lies, if anybody has said so."""
    if point is None or point.latitude is None or point.longitude is None:
        return None
    return Place(float(point.latitude), float(point.longitude))


def _keep_present(held: OutreachVisit, present: Collection[int]) -> None:
    VisitStaff.objects.bulk_create(
        (VisitStaff(visit=held, user_id=pk) for pk in sorted(set(present))), ignore_conflicts=True
    )
    VisitStaff.objects.filter(visit=held).update(is_present=False)
    VisitStaff.objects.filter(visit=held, user__in=present).update(is_present=True)
