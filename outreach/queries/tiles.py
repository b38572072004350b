"""What waits for a grid worker on the first page: counts only, nobody's name."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q

from outreach.choices import OPEN_STATES, VisitState
from outreach.models import GridReport, OutreachVisit, VisitCheckIn
from outreach.policy import OutreachPolicy
from outreach.queries.community import led_by
from outreach.queries.urgent import waiting_for_committee
from outreach.queries.weekly import silent_postings
from outreach.queries.workplaces import Workplace
from teams.models import User

ANSWERED_DAYS = 7  # how long what came of a report is news


@dataclass(frozen=True)
class Sums:
    """His own reports: under way, and ended in the last days. Practice is not among them."""

    open: int
    answered: int


def own_sums(user: User, *, now: datetime) -> Sums:
    """One query."""
    since = now - timedelta(days=ANSWERED_DAYS)
    own = GridReport.objects.visible_to(user).sent_by(user).real()
    return Sums(
        **own.aggregate(
            open=Count("pk", filter=Q(state__in=OPEN_STATES)),
            answered=Count("pk", filter=~Q(state__in=OPEN_STATES) & Q(ended_at__gte=since)),
        )
    )


def urgent_waiting(user: User, workplace: Workplace, *, on: date) -> int:
    """Urgent reports that wait for him as the committee side (S2-27). One query, for leaders and stewards."""
    return waiting_for_committee(user, on=on).count() if workplace.leads() else 0


def silent_led(user: User, workplace: Workplace, *, on: date, policy: OutreachPolicy) -> int:
    """How many of those whom he leads have said nothing for weeks (S2-25)."""
    if not workplace.leads():
        return 0
    led = led_by(user, on=on)
    return silent_postings(on=on, policy=policy).filter(pk__in=led.values("pk")).count()


def visits_today(user: User, *, on: date) -> int:
    """Visits of the team in his grids on this day at which he has not checked in yet (S2-28). One query."""
    here = OutreachVisit.objects.visible_to(user).on(on)
    been = VisitCheckIn.objects.filter(posting__user=user).values("visit")
    return here.filter(state__in=(VisitState.PLANNED, VisitState.ONGOING)).exclude(pk__in=been).count()
