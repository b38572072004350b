"""How reports are answered, for whoever oversees a street, an institution or the district: counts and clocks only.

No kind, no person and no word of what was reported: street and bureau need not know any of it to see what is late.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q, QuerySet

from core.paging import timed_page
from outreach.choices import OPEN_STATES, Escalation, ReportState
from outreach.models import GridReport
from outreach.queries.whistles import late, with_due
from outreach.rules.whistle import stage_due
from teams.models import User

PAGE_SIZE = 50


@dataclass(frozen=True)
class Figures:
    """Reports of a team, or of grids without one.

    Attributes:
        sent, ended: in the period. hours: from coming in until somebody took it, mean of the period; None without any.
        open, new, late: now. bureau: of the open ones, how many were told to the bureau.
    """

    institution: str
    team: str
    sent: int
    ended: int
    hours: float | None
    open: int
    new: int
    late: int
    bureau: int

    @property
    def is_nobodys(self) -> bool:
        return not self.team


def overseen_by(user: User) -> QuerySet[GridReport]:
    """Of one's areas and teams, whatever they say; practice never."""
    return GridReport.objects.overseen_by(user).real()


def figures_by_team(
    reports: QuerySet[GridReport], *, since: datetime, until: datetime, now: datetime
) -> list[Figures]:
    """A line for each team that has any, those without a team first, then by what is late. One query."""
    period = Q(reported_at__gte=since, reported_at__lt=until)
    is_open = Q(state__in=OPEN_STATES)
    waited = ExpressionWrapper(F("taken_at") - F("reported_at"), output_field=DurationField())
    rows = (
        reports.filter(period | Q(ended_at__gte=since, ended_at__lt=until) | is_open)
        .values("team", institution=F("team__institution__name"), name=F("team__name"))
        .annotate(
            sent=Count("pk", filter=period),
            ended=Count("pk", filter=Q(ended_at__gte=since, ended_at__lt=until)),
            waited=Avg(waited, filter=period & Q(taken_at__isnull=False)),
            open=Count("pk", filter=is_open),
            new=Count("pk", filter=Q(state=ReportState.NEW)),
            late=Count("pk", filter=late(now)),
            bureau=Count("pk", filter=is_open & Q(escalated=Escalation.BUREAU)),
        )
    )
    found = [
        Figures(
            institution=one["institution"] or "",
            team=one["name"] or "",
            sent=one["sent"],
            ended=one["ended"],
            hours=round(one["waited"] / timedelta(hours=1), 1) if one["waited"] is not None else None,
            open=one["open"],
            new=one["new"],
            late=one["late"],
            bureau=one["bureau"],
        )
        for one in rows
    ]
    return sorted(found, key=lambda one: (not one.is_nobodys, -one.late, one.institution, one.team))


def total_of(figures: list[Figures]) -> Figures:
    """The last line."""
    sums = {
        name: sum(getattr(one, name) for one in figures)
        for name in ("sent", "ended", "open", "new", "late", "bureau")
    }
    return Figures(institution="合计", team="合计", hours=None, **sums)


@dataclass(frozen=True)
class Late:
    """One report that is late or belongs to nobody: where, since when, whose.

    Attributes:
        due: clock of the stage; None where it runs yet and a side of an urgent report is late with its answer: at once.
    """

    report: GridReport
    due: datetime | None
    is_late: bool


@dataclass(frozen=True)
class LatePage:
    rows: list[Late]
    next_after: str


def late_page(reports: QuerySet[GridReport], *, after: str, now: datetime) -> LatePage:
    """What is late or belongs to nobody, the longest waiting first. One query."""
    found = reports.filter(late(now) | Q(team=None, state__in=OPEN_STATES))
    shown = with_due(found, now=now).select_related("grid__village__parent", "team__institution", "handler").only(
        "state", "reported_at", "respond_by", "settle_by", "escalated", "grid__name", "grid__village__name",
        "grid__village__parent__name", "team__name", "team__institution__name", "handler__name",
    )  # fmt: skip
    page = timed_page(shown, "due", after, PAGE_SIZE)
    return LatePage([_late(one, now) for one in page.rows], page.next_after)


def _late(one: Any, now: datetime) -> Late:
    due = stage_due(one.state, one.respond_by, one.settle_by)
    is_unheard = one.is_late and due is not None and due > now
    return Late(one, None if is_unheard else due, is_late=one.is_late)
