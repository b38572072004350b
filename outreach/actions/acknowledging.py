"""Both sides say that they have heard of an urgent report, each against a clock of its own (S2-27)."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from core.history import credited_to
from core.refusals import Refusal
from outreach.actions.alarms import tell_soon
from outreach.choices import AckSide, Escalation, ReportKind, ReportStep
from outreach.models import GridReport, ReportAck, ReportEvent
from outreach.policy import policy_on
from outreach.queries.urgent import is_on_committee_side, is_on_team_side
from outreach.rules.urgent import ack_due_at
from teams.models import User


class CannotAcknowledge(Refusal):
    """Nothing was acknowledged."""


def open_acks(report: GridReport, *, now: datetime) -> list[ReportAck]:
    """Start both clocks of an urgent report, and tell both sides at once. Called again, the first rows stay.

    None for practice.
    """
    if report.is_training:
        return []
    policy = policy_on(now.astimezone(timezone.get_current_timezone()).date())
    due_at = ack_due_at(now, minutes=policy.urgent_ack_minutes)
    with transaction.atomic():
        ReportAck.objects.bulk_create(
            [ReportAck(report=report, side=side, due_at=due_at) for side in AckSide], ignore_conflicts=True
        )
        tell_soon()
    return list(report.acks.order_by("side"))


def acknowledge(*, report: GridReport, side: str, by: User, now: datetime) -> ReportAck:
    """One side has heard of it. The first who says so counts; whoever says it again changes nothing.

    Raises:
        CannotAcknowledge: not urgent, over, or somebody who does not stand on that side.
    """
    _refuse(report, side, by=by, now=now)
    with transaction.atomic(), credited_to(by):
        waiting = ReportAck.objects.filter(report=report, side=side, acked_at__isnull=True)
        if waiting.update(acked_at=now, acked_by=by):
            note = AckSide(side).label
            ReportEvent.objects.create(report=report, step=ReportStep.ACKED, at=now, by=by, note=note)
            _ease(report, now)
            tell_soon()
    return ReportAck.objects.select_related("acked_by").get(report=report, side=side)


def _ease(report: GridReport, now: datetime) -> None:
    """Both sides know: from now on only the clock for settling it sends it upwards."""
    if not report.acks.filter(acked_at__isnull=True).exists():
        GridReport.objects.filter(pk=report.pk, settle_by__gt=now).update(escalated=Escalation.NONE)


def _refuse(report: GridReport, side: str, *, by: User, now: datetime) -> None:
    if report.kind != ReportKind.URGENT or report.is_training:
        raise CannotAcknowledge("not_urgent", "这不是紧急上报，不需要确认。")
    if not report.is_open:
        raise CannotAcknowledge("report_ended", "这条上报已经结束，不需要再确认。")
    on = now.astimezone(timezone.get_current_timezone()).date()
    if side == AckSide.TEAM:
        if not is_on_team_side(by, report, on=on):
            raise CannotAcknowledge("not_this_team", "请由负责该网格的家庭医生团队确认。")
    elif by.pk == report.reporter_id:
        raise CannotAcknowledge("own_report", "这是您自己上报的，请由另一位村（居）工作人员确认。")
    elif not is_on_committee_side(by, report, on=on):
        raise CannotAcknowledge("not_committee", "请由本村（居）的社区健康管家或本网格的网格长确认。")
