"""Urgent reports: who stands on the committee side, what waits for whom, and where nobody has answered (S2-27)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Prefetch, Q, QuerySet

from grids.choices import PostingRole
from grids.models import Posting
from outreach.choices import AckSide, ReportKind
from outreach.models import GridReport, ReportAck, ReportEvent
from outreach.queries.whistles import team_answering
from teams.access import Permission, may
from teams.models import User


@dataclass(frozen=True)
class Side:
    """One side of an urgent report.

    Attributes:
        minutes: until the time is over; below zero: since then. None once acknowledged.
        is_mine: the reader may acknowledge it now.
    """

    side: AckSide
    ack: ReportAck
    minutes: int | None
    is_mine: bool

    @property
    def is_late(self) -> bool:
        """Not acknowledged in time, or not by now."""
        if self.ack.acked_at:
            return self.ack.acked_at > self.ack.due_at
        return self.minutes is not None and self.minutes < 0

    @property
    def late_minutes(self) -> int:
        return -self.minutes if self.minutes is not None and self.minutes < 0 else 0


@dataclass(frozen=True)
class Alarm:
    """An urgent report as a list shows it: where and since when, never whom."""

    report: GridReport
    sides: tuple[Side, ...]
    committee: tuple[Posting, ...]
    is_readable: bool


def committee_of(user: User, *, on: date) -> Q:
    """Reports whose committee side this person may stand on: steward of the village, leader of the grid or of the one
    above; never of what he has sent himself."""
    held = Posting.objects.active_on(on).filter(user=user)
    led = held.filter(role=PostingRole.GRID_LEADER).values("grid")
    stewarded = held.filter(role=PostingRole.COMMUNITY_STEWARD).values("village")
    places = Q(grid__in=led) | Q(grid__parent__in=led) | Q(grid__village__in=stewarded)
    return places & ~Q(reporter=user)


def is_on_committee_side(user: User, report: GridReport, *, on: date) -> bool:
    return GridReport.objects.filter(committee_of(user, on=on), pk=report.pk).exists()


def alarms_for_committee(user: User, *, on: date) -> QuerySet[GridReport]:
    """Urgent reports that the village and grid staff see on /g/, the newest first: what he answers for by his posts."""
    mine = GridReport.objects.for_committee(user).filter(committee_of(user, on=on))
    return _with_sides(mine).order_by("-reported_at", "-pk")


def waiting_for_committee(user: User, *, on: date) -> QuerySet[GridReport]:
    """Of them, those that nobody of the committee side has acknowledged yet."""
    waiting = ReportAck.objects.filter(side=AckSide.COMMITTEE, acked_at__isnull=True)
    return (
        GridReport.objects.for_committee(user)
        .open()
        .filter(committee_of(user, on=on), pk__in=waiting.values("report"))
    )


def alarms_for_team(user: User) -> QuerySet[GridReport]:
    """Urgent reports with everything they say: only those who may know restricted ones (S2-27)."""
    return _with_sides(_urgent(GridReport.objects.visible_to(user)))


def alarms_overseen(user: User) -> QuerySet[GridReport]:
    """Urgent reports of one's teams and places, for a list without persons, the newest first."""
    return _with_sides(_urgent(GridReport.objects.overseen_by(user))).order_by("-reported_at", "-pk")


def _urgent(reports: QuerySet[GridReport]) -> QuerySet[GridReport]:
    return reports.filter(kind=ReportKind.URGENT, is_training=False)


def _with_sides(reports: QuerySet[GridReport]) -> QuerySet[GridReport]:
    acks = ReportAck.objects.select_related("acked_by").order_by("-side")  # the team first
    return reports.select_related("grid__village", "team__institution", "reporter").prefetch_related(
        Prefetch("acks", queryset=acks)
    )


def is_on_team_side(user: User, report: GridReport, *, on: date) -> bool:
    """Answers for the team it was sent to, or for the one that covers the grid by now."""
    return may(user, Permission.WHISTLE_ANSWER) and team_answering(report, user, on=on) is not None


def sides_of(
    report: GridReport, *, now: datetime, is_committee: bool = False, is_team: bool = False
) -> tuple[Side, ...]:
    """Both sides with their clocks. No query once ``acks`` is loaded.

    Args:
        is_committee, is_team: on which side the reader stands.
    """
    return tuple(
        Side(
            AckSide(one.side),
            one,
            None if one.acked_at else int((one.due_at - now).total_seconds() // 60),
            report.is_open and not one.acked_at and (is_team if one.side == AckSide.TEAM else is_committee),
        )
        for one in report.acks.all()
    )


def in_a_list(reports: Iterable[GridReport], *, user: User, now: datetime, on: date) -> list[Alarm]:
    """Rows of the overseers' list with the telephones of both sides. Two queries."""
    found = list(reports)
    readable = set(
        GridReport.objects.visible_to(user)
        .filter(pk__in=[one.pk for one in found])
        .values_list("pk", flat=True)
    )
    people = committee_people(found, on=on)
    return [
        Alarm(
            one,
            sides_of(one, now=now),
            tuple(people[one.pk]),
            is_readable=one.pk in readable,
        )
        for one in found
    ]


def committee_people(reports: Iterable[GridReport], *, on: date) -> dict[int, list[Posting]]:
    """Report id -> steward of the village and leader of the grid or of the one above. One query."""
    wanted = list(reports)
    grids = {one.grid_id for one in wanted} | {one.grid.parent_id for one in wanted}
    villages = {one.grid.village_id for one in wanted}
    standing = Posting.objects.active_on(on).filter(
        Q(role=PostingRole.GRID_LEADER, grid__in=grids - {None})
        | Q(role=PostingRole.COMMUNITY_STEWARD, village__in=villages)
    )
    people = list(standing.order_by("role", "pk"))
    found: dict[int, list[Posting]] = defaultdict(list)
    for report in wanted:
        places = {report.grid_id, report.grid.parent_id}
        found[report.pk] = [
            one
            for one in people
            if one.village_id == report.grid.village_id or (one.grid_id and one.grid_id in places)
        ]
    return found


def log_of(report: GridReport) -> list[ReportEvent]:
    """Every step so far. One query."""
    return list(report.events.select_related("by").order_by("at", "pk"))
