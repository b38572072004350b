"""Residents as signing sees them: who is signed with whom, until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.db.models import Count, Q

from contracts.choices import AgreementState
from contracts.models import Enrollment
from contracts.rules.renewing import may_sign_on
from contracts.rules.signing import Person, Promise
from contracts.rules.states import Standing, standing
from residents.choices import LifeStatus
from residents.models import Guardian, Resident


@dataclass(frozen=True)
class SignStatus:
    """How a resident is signed on a day: by the enrolment of that day, else by his latest.

    Attributes:
        may_renew: it ends within the days of notice, and nothing is signed yet to follow it.
    """

    agreement_id: int
    team_id: int
    team: str
    ends_on: date
    is_running: bool
    standing: Standing
    may_renew: bool = False


def sign_status(residents: Iterable[int], *, on: date, notice_days: int) -> dict[int, SignStatus]:
    """Resident id -> how he is signed; who was never signed is not in it. One query."""
    rows = (
        Enrollment.objects.binding()
        .filter(resident__in=list(residents))
        .select_related("agreement__team")
        .defer("agreement__as_signed")
        .order_by("resident_id", "-ends_on", "-id")
    )
    own = {who: list(some) for who, some in groupby(rows, key=lambda one: one.resident_id)}
    return {who: _status(some, on, notice_days) for who, some in own.items()}


def _status(own: list[Enrollment], on: date, notice_days: int) -> SignStatus:
    """Of one person, the latest first; a next term that was signed early does not hide the one in force."""
    one = next((each for each in own if each.starts_on <= on <= each.ends_on), own[0])
    state, agreement = AgreementState(one.state), one.agreement
    is_last = state == AgreementState.ACTIVE and one is own[0]
    return SignStatus(
        agreement_id=agreement.pk,
        team_id=agreement.team_id,
        team=agreement.team.name,
        ends_on=one.ends_on,
        is_running=one.ends_on >= on,
        standing=standing(state, one.starts_on, one.ends_on, on=on, notice_days=notice_days),
        may_renew=is_last and may_sign_on(one.ends_on, on=on, notice_days=notice_days, grace_days=0),
    )


def promises_of(resident: Resident) -> list[Promise]:
    """Every enrolment that bars another team on its days. One query."""
    return promises_by([resident.pk])[resident.pk]


def promises_by(residents: Iterable[int]) -> dict[int, list[Promise]]:
    """Resident id -> every enrolment that bars another team on its days, the latest first. One query."""
    by: dict[int, list[Promise]] = {one: [] for one in residents}
    found = Enrollment.objects.binding().filter(resident__in=list(by)).select_related("agreement__team")
    found = found.defer("agreement__as_signed")
    for one in found.order_by("-ends_on", "-pk"):
        by[one.resident_id].append(_promise(one))
    return by


def _promise(one: Enrollment) -> Promise:
    team = one.agreement.team
    is_ended = one.state in (AgreementState.TERMINATED, AgreementState.TRANSFERRED)
    return Promise(one.agreement_id, team.pk, team.name, one.starts_on, one.ends_on, is_ended)


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
