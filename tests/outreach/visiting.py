"""Visits and service points for tests."""

import datetime as dt
import uuid

from django.utils import timezone

from outreach.actions.visits import plan_visit
from outreach.choices import Venue, VisitKind
from outreach.models import OutreachVisit, ServicePoint

DAY = dt.date(2026, 11, 22)  # a Sunday
MORNING, NOON = dt.time(9, 0), dt.time(11, 0)
HOUR = dt.timedelta(hours=1)


def at(hour: int, minute: int = 0, day: dt.date = DAY) -> dt.datetime:
    """A moment in Shanghai."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour, minute)))


def point_in(grid, name="党群服务中心", **more) -> ServicePoint:
    code = f"p{grid.pk % 7 + 2}{uuid.uuid4().hex[:6].translate(str.maketrans('01', 'xy'))}"
    facts = {"venue": Venue.PARTY_SERVICE, "address": "文化路 1 号", "opened_on": dt.date(2026, 1, 1)} | more
    return ServicePoint.objects.create(grid=grid, name=name, code=code, **facts)


def planned(
    by, team, *, kind=VisitKind.PATROL, day=DAY, on=DAY, token=None, staff=None, **more
) -> OutreachVisit:
    """Planned by its own verb; a patrol at ``point``, anything else at a place."""
    if kind != VisitKind.PATROL and "grids" not in more:
        more.setdefault("place", "社区广场")
    return plan_visit(
        by=by, on=on, now=timezone.now(), team=team, kind=kind, day=day, begins_at=MORNING, closes_at=NOON,
        staff=[by.pk] if staff is None else staff, client_token=token or uuid.uuid4(), **more,
    ).visit  # fmt: skip
