"""Residents as signing sees them: who is signed with whom, until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from contracts.choices import AgreementState
from contracts.models import Enrollment
from contracts.rules.signing import Person, Promise
from contracts.rules.states import Standing, standing
from residents.choices import LifeStatus
from residents.models import Guardian, Resident


@dataclass(frozen=True)
class SignStatus:
    """The latest enrolment of a resident, seen on a day."""

    agreement_id: int
    team_id: int
    team: str
    ends_on: date
    is_running: bool
    standing: Standing


def sign_status(residents: Iterable[int], *, on: date, notice_days: int) -> dict[int, SignStatus]:
    """Resident id -> latest enrolment; who was never signed is not in it. One query."""
    latest = (
        Enrollment.objects.binding()
        .filter(resident__in=list(residents))
        .select_related("agreement__team")
        .order_by("resident_id", "-ends_on", "-id")
        .distinct("resident_id")
    )
    return {one.resident_id: _status(one, on, notice_days) for one in latest}


def _status(enrollment: Enrollment, on: date, notice_days: int) -> SignStatus:
    state, agreement = AgreementState(enrollment.state), enrollment.agreement
    return SignStatus(
        agreement_id=agreement.pk,
        team_id=agreement.team_id,
        team=agreement.team.name,
        ends_on=enrollment.ends_on,
        is_running=enrollment.ends_on >= on,
        standing=standing(state, enrollment.starts_on, enrollment.ends_on, on=on, notice_days=notice_days),
    )


def promises_of(resident: Resident) -> list[Promise]:
    """Every enrolment that bars another team on its days. One query."""
    found = Enrollment.objects.binding().filter(resident=resident).select_related("agreement__team")
    return [
        Promise(one.agreement_id, one.agreement.team_id, one.agreement.team.name, one.starts_on, one.ends_on)
        for one in found.order_by("-ends_on")
    ]


def running_enrollment(resident: Resident, *, on: date) -> Enrollment | None:
    """The enrolment in force on a day; there is one at most."""
    in_force = Enrollment.objects.in_force_on(on).filter(resident=resident, is_supplementary=False)
    return in_force.select_related("agreement__team", "agreement__doctor").first()


def guardian_of(resident: Resident, *, on: date) -> Guardian | None:
    """The registered guardian of a day, the earliest if there are several."""
    holds = Q(ends_on__isnull=True) | Q(ends_on__gte=on)
    return (
        Guardian.objects.filter(holds, resident=resident, starts_on__lte=on)
        .order_by("starts_on", "pk")
        .first()
    )


def person_of(resident: Resident, guardian: Guardian | None) -> Person:
    """The registry entry in the terms of the signing rules."""
    return Person(
        life_status=LifeStatus(resident.life_status),
        life_status_on=resident.life_status_on,
        born_on=resident.born_on,
        has_guardian=guardian is not None,
    )


def signed_counts(teams: Iterable[int], *, on: date) -> dict[int, int]:
    """Team id -> persons with an agreement in force on a day; a team with none is not in it. One query."""
    in_force = Enrollment.objects.in_force_on(on).filter(
        agreement__team__in=list(teams), is_supplementary=False
    )
    return dict(in_force.values_list("agreement__team").annotate(Count("resident", distinct=True)))
