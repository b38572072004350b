"""Symptoms that pile up: what may make an alert, and the alerts that run (S0-10)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from outreach.choices import ReportKind, ReportState
from outreach.models import ClusterAlert, GridReport
from outreach.rules.clusters import people_in, window_opens
from teams.access import Permission, may
from teams.models import User

# Not counted: taken back, or found to be something else or the same.
_NOT_COUNTED = (ReportState.WITHDRAWN, ReportState.INVALID, ReportState.DUPLICATE)


def loose_reports(village: int, symptom: str, *, on: date, days: int) -> list[GridReport]:
    """Reports of one symptom of a village within the span that belong to no alert yet, the oldest first. One query."""
    loose = GridReport.objects.real().filter(
        kind=ReportKind.SYMPTOM, grid__village=village, facts__symptom=symptom, alert__isnull=True
    )
    return _counted_since(loose, window_opens(on, days=days))


def further_reports(alert: ClusterAlert, *, on: date, days: int) -> list[GridReport]:
    """Of an alert those within the span that came after it had been quiet as long as it must be. One query."""
    quiet_over = alert.quiet_until + timedelta(days=1)
    return _counted_since(alert.members.all(), max(window_opens(on, days=days), quiet_over))


def _counted_since(reports: QuerySet[GridReport], day: date) -> list[GridReport]:
    opens = datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())
    counted = reports.filter(reported_at__gte=opens).exclude(state__in=_NOT_COUNTED)
    return list(counted.order_by("reported_at", "pk"))


def day_of(at: datetime) -> date:
    return at.astimezone(timezone.get_current_timezone()).date()


def may_look(user: User) -> bool:
    return may(user, Permission.WHISTLE_VIEW) or may(user, Permission.WHISTLE_OVERSEE)


def may_handle(user: User) -> bool:
    """The team and its steward answer; the bureau, which oversees the district, may close as well. A street looks on."""
    return may(user, Permission.WHISTLE_ANSWER) or (
        may(user, Permission.WHISTLE_OVERSEE) and may(user, Permission.POLICY_MANAGE)
    )


def alerts_of(user: User) -> QuerySet[ClusterAlert]:
    """Running ones and those of the past, the newest first."""
    seen = ClusterAlert.objects.visible_to(user).select_related("village", "grid", "handled_by")
    return seen.order_by("-raised_at", "-pk")


def members_of(alert: ClusterAlert) -> QuerySet[GridReport]:
    """Reports of an alert: where, when, how many; who it is about stands in the report itself."""
    return alert.members.select_related("grid", "team").order_by("reported_at", "pk")


@dataclass(frozen=True)
class Member:
    """A report of an alert.

    Attributes:
        people: of how many it speaks. is_counted: neither taken back nor found to be something else or the same.
        is_readable: the reader may open the report.
    """

    report: GridReport
    people: int
    is_counted: bool
    is_readable: bool


def in_words(reports: Iterable[GridReport], *, user: User) -> list[Member]:
    """One query more than that of the reports."""
    found = list(reports)
    readable: set[int] = set()
    if may(user, Permission.WHISTLE_VIEW):
        own = GridReport.objects.visible_to(user).filter(pk__in=[one.pk for one in found])
        readable = set(own.values_list("pk", flat=True))
    return [
        Member(one, people_in(one.facts), one.state not in _NOT_COUNTED, one.pk in readable) for one in found
    ]
