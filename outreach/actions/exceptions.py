"""Days on which a point is not served: asked by the team, decided by somebody else (S0-26)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from core.history import credited_to
from core.refusals import Refusal
from outreach.actions.planning_visits import Planned, plan_visits
from outreach.choices import ExceptionReason, ExceptionState
from outreach.models import PointException, ServicePoint
from outreach.policy import OutreachPolicy
from teams.models import User

S = ExceptionState


class CannotStopService(Refusal):
    """The days off cannot be asked for or decided like this."""


@dataclass(frozen=True)
class DaysOff:
    starts_on: date
    ends_on: date
    reason: ExceptionReason
    note: str = ""


def ask_exception(
    *,
    by: User,
    on: date,
    now: datetime,
    policy: OutreachPolicy,
    points: Collection[ServicePoint],
    days: DaysOff,
) -> list[PointException]:
    """Ask that points be not served for some days: a holiday for many at once, or what has just happened to one.

    Raises:
        CannotStopService: the days are turned round or too long ago; a point is closed, or has asked for one of them already.
    """
    _check_days(days, on, policy)
    if not points:
        raise CannotStopService("no_points", "请至少选一个服务点。", field="points")
    with transaction.atomic(), credited_to(by):
        ids = sorted(one.pk for one in points)
        locked = list(ServicePoint.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
        for point in locked:
            _check_point(point, days)
        rows = [
            PointException(
                point=point, starts_on=days.starts_on, ends_on=days.ends_on, reason=days.reason, note=days.note,
                asked_by=by, asked_at=now,
            )
            for point in locked
        ]  # fmt: skip
        return PointException.objects.bulk_create(rows)


def decide_exception(
    *, by: User, on: date, now: datetime, policy: OutreachPolicy, exception: PointException, approves: bool,
    decision: str = "",
) -> Planned | None:  # fmt: skip
    """Approve or refuse; approved, the visits of those days go away and the weeks are not counted against the point.

    What became of the visits, None where nothing was approved. Those with bookings are cancelled, and their residents to
    be called.

    Raises:
        CannotStopService: decided already, one's own, or refused without a word.
    """
    with transaction.atomic(), credited_to(by):
        row = PointException.objects.select_for_update().get(pk=exception.pk)
        if row.state != S.ASKED:
            raise CannotStopService("is_decided", f"这项申请{row.get_state_display()}，请刷新页面查看。")
        if row.asked_by_id == by.pk:
            raise CannotStopService("is_own", "自己提出的申请须由他人审批，请联系机构家医管家或区卫健局。")
        if not approves and not decision:
            raise CannotStopService("no_reason", "不批准请写明原因，申请人会看到。", field="decision")
        _decide(row, S.APPROVED if approves else S.REFUSED, by, now, decision)
        return plan_visits(on=on, now=now, policy=policy, points=[row.point_id]) if approves else None


def revoke_exception(
    *, by: User, on: date, now: datetime, policy: OutreachPolicy, exception: PointException, decision: str
) -> Planned:
    """Take an approval back before its days are over: the visits from today on are planned again.

    Raises:
        CannotStopService: it is not approved, is over, or no reason was given.
    """
    with transaction.atomic(), credited_to(by):
        row = PointException.objects.select_for_update().get(pk=exception.pk)
        if row.state != S.APPROVED:
            raise CannotStopService("not_approved", "只能撤销已批准的停诊。")
        if row.ends_on is None or row.ends_on < on:
            raise CannotStopService("is_over", "停诊的日子已经过去，不能再撤销。")
        if not decision:
            raise CannotStopService("no_reason", "请写明撤销原因。", field="decision")
        _decide(row, S.REFUSED, by, now, f"撤销：{decision}"[:200])
        return plan_visits(on=on, now=now, policy=policy, points=[row.point_id])


def _decide(row: PointException, state: ExceptionState, by: User, now: datetime, decision: str) -> None:
    row.state, row.decided_by, row.decided_at, row.decision = state, by, now, decision
    row.save(update_fields=["state", "decided_by", "decided_at", "decision"])


def _check_days(days: DaysOff, on: date, policy: OutreachPolicy) -> None:
    if days.ends_on < days.starts_on:
        raise CannotStopService("ends_before_start", "结束日期不能早于开始日期。", field="ends_on")
    if days.starts_on < on - timedelta(days=policy.visit_backdate_days):
        raise CannotStopService(
            "too_late", f"只能补报 {policy.visit_backdate_days} 天以内的停诊。", field="starts_on"
        )
    if days.reason == ExceptionReason.OTHER and not days.note:
        raise CannotStopService("note_missing", "原因选“其他”时请写明情况。", field="note")


def _check_point(point: ServicePoint, days: DaysOff) -> None:
    if days.starts_on < point.opened_on or (point.closed_on and days.starts_on >= point.closed_on):
        raise CannotStopService("point_closed", f"{point.name}在这些日子没有启用，请去掉它。", field="points")
    standing = point.exceptions.filter(
        state__in=[S.ASKED, S.APPROVED], starts_on__lte=days.ends_on, ends_on__gte=days.starts_on
    )
    if standing.exists():
        raise CannotStopService(
            "asked_already", f"{point.name}这些日子里已有停诊申请，请先查看那一项。", field="points"
        )
