"""What was not answered in time goes up: team leader, steward and street, bureau; each step once (S2-1, S2-27, S0-39).

Urgent reports by natural minutes for each side; the others by the clock of their stage on the working calendar.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from core.calendar import working_test
from outreach.actions.alarms import tell_now
from outreach.actions.following import follow_grids
from outreach.choices import OPEN_STATES, AckSide, Escalation, ReportKind, ReportStep
from outreach.models import ClusterAlert, GridReport, ReportAck, ReportEvent
from outreach.policy import OutreachPolicy, policy_on
from outreach.queries.whistles import late
from outreach.rules.urgent import BUREAU, ESCALATED_WORDS, LEADER, STEWARD, cut_off, urgent_level

AT_ONCE = 500  # reports of one run; the next minute takes the rest
_CALENDAR_DAYS = 400  # back: more working days than any policy allows


@dataclass(frozen=True)
class Escalated:
    """How many things went up a step, by what waits, and what else the minute brought.

    Attributes:
        urgent: sides of urgent reports. unsettled: urgent reports that both sides know and nobody has ended.
        usual: all other reports. eased: those whose next clock runs. followed: those that have another team by now.
    """

    urgent: int = 0
    unsettled: int = 0
    usual: int = 0
    eased: int = 0
    followed: int = 0


def escalate_reports(*, now: datetime) -> Escalated:
    """Bring every report that waits up to the step it has reached, and tell whom it concerns. Twice changes nothing."""
    on = now.astimezone(timezone.get_current_timezone()).date()
    policy = policy_on(on)
    with transaction.atomic():
        found = Escalated(
            followed=follow_grids(on=on, now=now),
            urgent=_escalate_urgent(policy, now),
            eased=_ease(now),
            unsettled=_escalate_unsettled(policy, now),
            usual=_escalate_usual(policy, on, now),
        )
    if found != Escalated() or _waits_for_word():
        tell_now(on=on, now=now)
    return found


def _waits_for_word() -> bool:
    """Whether anything is open that is told at once: the message to the worker may have been lost."""
    waiting = ReportAck.objects.filter(
        acked_at__isnull=True, report__state__in=OPEN_STATES, report__is_training=False
    )
    return waiting.exists() or ClusterAlert.objects.running().exists()


def _escalate_urgent(policy: OutreachPolicy, now: datetime) -> int:
    waiting = (
        ReportAck.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(acked_at__isnull=True, due_at__lte=now, escalated__lt=Escalation.BUREAU)
        .filter(report__state__in=OPEN_STATES, report__is_training=False)
        .select_related("report")
        .order_by("due_at", "pk")[:AT_ONCE]
    )
    risen: list[tuple[ReportAck, int]] = []
    for one in waiting:
        level = _level_of(one, policy, now)
        if level > one.escalated:
            risen.append((one, level))
    for level in {level for _, level in risen}:
        ids = [one.pk for one, found in risen if found == level]
        ReportAck.objects.filter(pk__in=ids).update(escalated=level)
    _write_events([(one.report_id, level, f"{AckSide(one.side).label}：") for one, level in risen], now)
    for report in {one.report_id for one, _ in risen}:
        highest = ReportAck.objects.filter(report=report).aggregate(level=Max("escalated"))["level"]
        GridReport.objects.filter(pk=report).update(escalated=highest)
    return len(risen)


def _level_of(ack: ReportAck, policy: OutreachPolicy, now: datetime) -> int:
    """The time to acknowledge is the one that was promised when the report came in."""
    opened_at = ack.report.reported_at
    minutes = int((ack.due_at - opened_at).total_seconds() // 60)
    bureau = max(policy.urgent_bureau_minutes, minutes)
    return urgent_level(opened_at, ack_minutes=minutes, bureau_minutes=bureau, now=now)


def _heard() -> QuerySet[GridReport]:
    """Urgent ones under way that both sides know of."""
    unheard = ReportAck.objects.filter(acked_at__isnull=True)
    urgent = GridReport.objects.real().open().filter(kind=ReportKind.URGENT)
    return urgent.exclude(pk__in=unheard.values("report"))


def _escalate_unsettled(policy: OutreachPolicy, now: datetime) -> int:
    """Known to both sides and not ended in time: as with the sides, in natural time."""
    bureau = now - timedelta(minutes=policy.urgent_bureau_minutes)
    steps = [(BUREAU, Q(settle_by__lte=bureau)), (STEWARD, Q(settle_by__lte=now))]
    return sum(_raise_to(level, _heard().filter(is_late), now) for level, is_late in steps)


def _waiting() -> QuerySet[GridReport]:
    return GridReport.objects.real().open().exclude(kind=ReportKind.URGENT)


def _ease(now: datetime) -> int:
    """Taken on or passed on since: the clock of the next stage has its own steps upwards."""
    return (
        _waiting().filter(escalated__gt=Escalation.NONE).exclude(late(now)).update(escalated=Escalation.NONE)
    )


def _escalate_usual(policy: OutreachPolicy, on: date, now: datetime) -> int:
    zone = timezone.get_current_timezone()
    working = working_test(on - timedelta(days=_CALENDAR_DAYS), on)
    # Without a team there is no leader and no steward: street and bureau have heard of it already.
    nobodys = Q(team=None) & late(now)
    steps = [
        (BUREAU, nobodys | late(cut_off(now, policy.whistle_bureau_days, is_working=working, zone=zone))),
        (STEWARD, late(cut_off(now, policy.whistle_steward_days, is_working=working, zone=zone))),
        (LEADER, late(now)),
    ]
    return sum(_raise_to(level, _waiting().filter(is_late), now) for level, is_late in steps)


def _raise_to(level: int, reports: QuerySet[GridReport], now: datetime) -> int:
    overdue = reports.filter(escalated__lt=level).order_by("pk")
    ids = list(
        overdue.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True)[:AT_ONCE]
    )
    GridReport.objects.filter(pk__in=ids).update(escalated=level)
    _write_events([(one, level, "") for one in ids], now)
    return len(ids)


def _write_events(steps: list[tuple[int, int, str]], now: datetime) -> None:
    """One event for each step: (report, level, of which side)."""
    ReportEvent.objects.bulk_create(
        ReportEvent(
            report_id=report, step=ReportStep.ESCALATED, at=now, note=f"{side}{ESCALATED_WORDS[level]}"
        )
        for report, level, side in steps
    )
