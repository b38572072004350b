"""A service point of team A's grid with a visit and slots, for tests of booking."""

import datetime as dt

from outreach.choices import Venue, VisitKind
from outreach.models import OutreachVisit, ServicePoint, VisitSlot
from tests.factories.teams import LONG_AGO

VISIT_ON = dt.date(2026, 11, 24)


def make_point(grid, *, code="abcdefgh", name="党群服务中心服务点", **facts) -> ServicePoint:
    facts = {"venue": Venue.PARTY_SERVICE, "address": "和平路8号", "opened_on": LONG_AGO} | facts
    return ServicePoint.objects.create(grid=grid, code=code, name=name, **facts)


def make_visit(point, team, *, on=VISIT_ON, state="planned") -> OutreachVisit:
    return OutreachVisit.objects.create(
        kind=VisitKind.PATROL,
        state=state,
        point=point,
        team=team,
        on=on,
        begins_at=dt.time(9),
        closes_at=dt.time(11),
    )


def make_slot(visit, *, begins_at=dt.time(9), seats=2) -> VisitSlot:
    return VisitSlot.objects.create(visit=visit, begins_at=begins_at, seats=seats)
