"""Services and beds at home: what is open, whose round is due."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Max, OuterRef, Q, QuerySet, Subquery

from care.choices import BedState, OrderState, RecordState
from care.models import HomeBed, HomeServiceOrder, ServiceRecord
from care.rules.home_services import next_round
from teams.models import TeamMembership, User

ROUND_FORM, SERVICE_FORM = "home_bed_round", "home_service"


@dataclass(frozen=True)
class BedRow:
    """A bed with its last round; ``due_on`` None while it is not open."""

    bed: HomeBed
    last_on: date | None
    due_on: date | None
    is_late: bool


def orders_shown(user: User, state: str) -> QuerySet[HomeServiceOrder]:
    """``open``: by the day agreed upon, those without one first; else the newest first."""
    rows = HomeServiceOrder.objects.visible_to(user).select_related("resident", "team", "assigned_to")
    if state == "open":
        return rows.open().order_by("scheduled_on", "requested_on", "pk")
    return rows.exclude(pk__in=HomeServiceOrder.objects.open().values("pk")).order_by("-requested_on", "-pk")


def beds_with_rounds(user: User) -> QuerySet[HomeBed]:
    """Each with ``last_round``: the day of its last round, None before the first."""
    rounds = ServiceRecord.objects.standing().filter(
        resident=OuterRef("resident"), form=ROUND_FORM, done_on__gte=OuterRef("opened_on")
    )
    last = rounds.order_by().values("resident").annotate(day=Max("done_on")).values("day")
    rows = HomeBed.objects.visible_to(user).select_related("resident", "team", "assessed_by")
    return rows.annotate(last_round=Subquery(last))


def beds_shown(user: User, state: str) -> QuerySet[HomeBed]:
    """``open``: the oldest first; else the last closed first."""
    rows = beds_with_rounds(user)
    if state == "open":
        return rows.open().order_by("opened_on", "pk")  # type: ignore[attr-defined]
    return rows.filter(state__in=[BedState.CLOSED, BedState.DECLINED]).order_by("-closed_on", "-pk")


def bed_row(bed: HomeBed, *, on: date) -> BedRow:
    """Of a bed that ``beds_shown`` read."""
    last = bed.last_round  # type: ignore[attr-defined]
    if bed.state != BedState.OPEN or bed.opened_on is None:
        return BedRow(bed, last, None, False)
    due = next_round(last or bed.opened_on, bed.round_days)
    return BedRow(bed, last, due, due < on)


def records_for(order: HomeServiceOrder) -> QuerySet[ServiceRecord]:
    """Visits that may prove an order: made since it was asked for, and proving no other."""
    rows = ServiceRecord.objects.filter(
        resident=order.resident_id, form=SERVICE_FORM, state=RecordState.STANDING,
        done_on__gte=order.requested_on,
    )  # fmt: skip
    free = ~Q(pk__in=HomeServiceOrder.objects.filter(record__isnull=False).values("record"))
    return rows.filter(free).select_related("done_by").order_by("-done_on", "-pk")


def colleagues(order: HomeServiceOrder, *, on: date) -> QuerySet[User]:
    """Who of the team may go."""
    members = TeamMembership.objects.active_on(on).filter(team=order.team_id)
    return User.objects.filter(pk__in=members.values("user"), is_active=True).order_by("name", "pk")


def is_open(order: HomeServiceOrder) -> bool:
    return order.state not in (OrderState.DONE, OrderState.CANCELLED)
