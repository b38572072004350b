"""Whom a report may be about, and what was reported of him before."""

from dataclasses import dataclass
from datetime import timedelta

from core.text import clean_name
from outreach.choices import ReportState
from outreach.models import GridReport
from outreach.rules.similar import LEAST, Clues, likeness, surname_called
from residents.models import Resident
from residents.rules.addresses import split_address
from teams.models import User

MOST_COMPARED = 500  # reports of a village in a month
SHOWN = 5


@dataclass(frozen=True)
class Similar:
    """An earlier or later report that may be about the same person."""

    report: GridReport
    score: int
    reasons: tuple[str, ...]


def similar_reports(report: GridReport, user: User, *, days: int) -> list[Similar]:
    """Reports of the village within so many days that look alike, the likeliest first. One query.

    Those that were judged as duplicates stand for the one that they repeat, and are left out.
    """
    near = timedelta(days=days)
    others = (
        GridReport.objects.visible_to(user)
        .real()
        .filter(
            grid__village=report.grid.village_id,
            reported_at__range=(report.reported_at - near, report.reported_at + near),
        )
        .exclude(pk=report.pk)
        .exclude(state__in=[ReportState.DUPLICATE, ReportState.WITHDRAWN])
        .select_related("grid")
        .defer("description", "phone")
    )
    mine = _clues(report)
    found = []
    for one in others.order_by("-reported_at")[:MOST_COMPARED]:
        like = likeness(mine, _clues(one))
        if like.score >= LEAST:
            found.append(Similar(one, like.score, like.reasons))
    return sorted(found, key=lambda one: (-one.score, one.report.pk))[:SHOWN]


def _clues(report: GridReport) -> Clues:
    return Clues(report.person_name, report.address, report.phone_index, report.grid_id, report.kind)


@dataclass(frozen=True)
class Candidate:
    """Somebody on file whom the report may mean."""

    resident: Resident
    reasons: tuple[str, ...]


def likely_residents(report: GridReport, user: User) -> list[Candidate]:
    """Residents in one's scope with the phone, or of the village with the name. Three queries, all by index."""
    people = Resident.objects.visible_to(user)
    found: dict[int, list[str]] = {}
    if report.phone:
        for pk in people.with_phone(report.phone).values_list("pk", flat=True)[:SHOWN]:
            found.setdefault(pk, []).append("电话相同")
    name = clean_name(report.person_name)
    if len(name) >= 2 and not surname_called(name):
        of_village = people.named(name).filter(grid__village=report.grid.village_id)
        for pk in of_village.values_list("pk", flat=True)[: SHOWN * 4]:
            found.setdefault(pk, []).append("姓名相同")
    rows = people.for_lists().in_bulk(list(found))
    door = split_address(report.address)
    for pk, one in rows.items():
        if door and split_address(one.address) == door:
            found[pk].append("住址相同")
    ranked = sorted(rows.values(), key=lambda one: (-len(found[one.pk]), one.pk))
    return [Candidate(one, tuple(found[one.pk])) for one in ranked[:SHOWN]]
