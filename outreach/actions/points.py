"""Service points: opened, changed, closed (S0-24, S0-25)."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from core.codes import public_code
from core.history import credited_to
from core.refusals import Refusal
from grids.models import Grid
from outreach.actions.planning_visits import hold_planning, plan_visits
from outreach.choices import Venue
from outreach.models import ServicePoint
from outreach.policy import OutreachPolicy
from outreach.rules.places import Place
from teams.models import User


class CannotKeepPoint(Refusal):
    """The service point cannot be kept like this."""


@dataclass(frozen=True)
class PointFacts:
    """What is said of a point.

    Attributes:
        place: in WGS-84 (``rules.places.place_from`` converts), None where nobody has measured.
        services: codes of ``PointService``.
    """

    name: str
    venue: Venue
    address: str
    contact: str = ""
    phone: str = ""
    services: tuple[str, ...] = ()
    place: Place | None = None


def open_point(*, by: User, grid: Grid, facts: PointFacts, opened_on: date) -> ServicePoint:
    """A new point in a grid, served from ``opened_on`` on; its public code is made here.

    Raises:
        CannotKeepPoint: the grid is closed by then, or has a point of that name.
    """
    if opened_on < grid.opened_on or (grid.closed_on and opened_on >= grid.closed_on):
        raise CannotKeepPoint("grid_closed", "这个网格在启用日期没有启用，请核对网格和日期。", field="grid")
    with transaction.atomic(), credited_to(by):
        Grid.objects.select_for_update(of=("self",)).get(pk=grid.pk)
        _check(facts, grid.pk)
        point = ServicePoint(grid=grid, opened_on=opened_on, code=_new_code())
        _write(point, facts)
        point.save()
    return point


def change_point(*, by: User, point: ServicePoint, facts: PointFacts) -> ServicePoint:
    """Correct or renew what is said of a point; its code and the printed square codes stay.

    Raises:
        CannotKeepPoint: another point of the grid has that name.
    """
    with transaction.atomic(), credited_to(by):
        point = ServicePoint.objects.select_for_update().get(pk=point.pk)
        _check(facts, point.grid_id, but=point.pk)
        _write(point, facts)
        point.save()
    return point


def close_point(
    *, by: User, on: date, now: datetime, policy: OutreachPolicy, point: ServicePoint, closed_on: date | None
) -> ServicePoint:
    """No more served from ``closed_on`` on; its later visits go away, those with bookings are cancelled for calling.

    None takes a closing back that has not come yet.

    Raises:
        CannotKeepPoint: the day lies before the opening or in the past; it is closed already.
    """
    with transaction.atomic(), credited_to(by):
        hold_planning()
        point = ServicePoint.objects.select_for_update().get(pk=point.pk)
        if point.closed_on and point.closed_on <= on:
            raise CannotKeepPoint("is_closed", "这个服务点已经停用，需要时请另建一个服务点。")
        if closed_on and closed_on < max(on, point.opened_on):
            raise CannotKeepPoint("closed_in_past", "停用日期不能早于今天和启用日期。", field="closed_on")
        point.closed_on = closed_on
        point.save(update_fields=["closed_on"])
        plan_visits(on=on, now=now, policy=policy, points=[point.pk])
    return point


def _check(facts: PointFacts, grid: int, *, but: int | None = None) -> None:
    same = ServicePoint.objects.filter(grid_id=grid, name=facts.name)
    if (same.exclude(pk=but) if but else same).exists():
        raise CannotKeepPoint(
            "name_taken", "本网格已有同名服务点（包括已停用的），请换一个名称。", field="name"
        )


def _write(point: ServicePoint, facts: PointFacts) -> None:
    for name in ("name", "venue", "address", "contact", "phone"):
        setattr(point, name, getattr(facts, name))
    point.services = list(facts.services)
    point.latitude = facts.place.latitude if facts.place else None
    point.longitude = facts.place.longitude if facts.place else None


def _new_code() -> str:
    """One that no point has, of more than 800 billion."""
    while True:
        code = public_code()
        if not ServicePoint.objects.filter(code=code).exists():
            return code
