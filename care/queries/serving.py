"""Under which promise, and by which team, somebody is served on a day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from contracts.choices import AgreementState
from contracts.models import Enrollment
from residents.models import Resident
from teams.models import Team


@dataclass(frozen=True)
class Serving:
    """``enrollment`` None for somebody who has no agreement on that day; then ``team`` is the one that manages him."""

    team: Team | None
    enrollment: Enrollment | None


def serving(resident: Resident, *, on: date) -> Serving:
    return servings([resident], on=on)[resident.pk]


def servings(people: Collection[Resident], *, on: date) -> dict[int, Serving]:
    """Each resident's main enrolment in force on a day. One query, one more for those without."""
    rows = (
        Enrollment.objects.in_force_on(on)
        .filter(resident__in=[one.pk for one in people], is_supplementary=False)
        .exclude(state=AgreementState.PENDING_CONFIRM)
        .select_related("agreement__team__institution")
        .defer("agreement__as_signed")
        .order_by("starts_on", "pk")
    )
    found = {one.resident_id: Serving(one.agreement.team, one) for one in rows}
    rest = {one.pk: one.managing_team_id for one in people if one.pk not in found}
    teams = Team.objects.select_related("institution").in_bulk({pk for pk in rest.values() if pk})
    return found | {pk: Serving(teams.get(team) if team else None, None) for pk, team in rest.items()}
