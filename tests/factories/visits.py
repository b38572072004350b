"""Service points, their hours and the visits made from them, through the actions."""

import datetime as dt
from collections import defaultdict
from itertools import count

from outreach.actions.points import PointFacts, open_point
from outreach.actions.timetables import Hours, set_timetable
from outreach.choices import PointService, Venue, VisitKind, VisitState
from outreach.models import OutreachVisit
from outreach.policy import OutreachPolicy
from outreach.queries.policies import Policies
from outreach.rules.places import Place

_numbers = count(1)
POLICY = OutreachPolicy()


def always(policy: OutreachPolicy = POLICY) -> Policies:
    """The same numbers on every day."""
    return defaultdict(lambda: policy)


def midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)


def facts(**given) -> PointFacts:
    values = {
        "name": f"服务点{next(_numbers)}",
        "venue": Venue.PARTY_SERVICE,
        "address": "东北村社区党群服务中心一楼",
        "contact": "王护士",
        "phone": "06315200001",
        "services": (PointService.PRESSURE, PointService.SIGN),
        "place": Place(37.5, 122.12),
    }
    return PointFacts(**values | given)


def a_point(grid, *, by, on: dt.date, opened_on: dt.date | None = None, **given):
    return open_point(by=by, grid=grid, facts=facts(**given), opened_on=opened_on or on)


def hours(team, **given) -> Hours:
    values = {"weekday": 3, "begins_at": dt.time(9), "closes_at": dt.time(11)}
    return Hours(team=team, **values | given)


def a_timetable(point, team, *, by, on: dt.date, policy=POLICY, starts_on=None, ends_on=None, **given):
    return set_timetable(
        by=by, on=on, now=midnight(on), policy=policy, point=point, hours=hours(team, **given), starts_on=starts_on or on,
        ends_on=ends_on,
    )  # fmt: skip


def a_visit(
    team, on: dt.date, *, kind=VisitKind.PATROL, state=VisitState.DONE, grids=(), **given
) -> OutreachVisit:
    """A visit as it stands after the fact; its own verbs have their own tests."""
    times = {}
    if state == VisitState.DONE:
        nine = dt.datetime.combine(on, dt.time(1), tzinfo=dt.UTC)
        times = {"began_at": nine, "ended_at": nine + dt.timedelta(hours=2)}
    hours = {"begins_at": dt.time(9), "closes_at": dt.time(11)}
    visit = OutreachVisit.objects.create(
        **{"team": team, "kind": kind, "state": state, "on": on} | hours | times | given
    )
    visit.grids.set(grids)
    return visit
