"""A doctor's panel at an institution: the persons he looks after, the number, and the list behind the number."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from contracts.choices import RUNNING
from contracts.models import Enrollment
from contracts.policy import ContractsPolicy
from teams.models import Institution, Team, TeamMembership, User


def _on_panels(institution: Institution, on: date) -> QuerySet[Enrollment]:
    """Active and pending enrolments with any doctor of an institution; what begins later holds its place already."""
    return Enrollment.objects.filter(
        state__in=RUNNING, is_supplementary=False, ends_on__gte=on, agreement__team__institution=institution
    )


def panel_size(doctor: User, institution: Institution, on: date, without: Collection[int] = ()) -> int:
    """Persons on a doctor's panel, each once; the length of ``panel_enrollments``. One query.

    Args:
        without: residents to leave out, such as those who are being renewed or replaced.
    """
    found = _on_panels(institution, on).filter(agreement__doctor=doctor)
    if without:
        found = found.exclude(resident__in=without)
    return found.aggregate(count=Count("resident", distinct=True))["count"]


def panel_enrollments(doctor: User, institution: Institution, on: date) -> QuerySet[Enrollment]:
    """One enrolment for each person on the panel: the one that ends last where a following one is signed already."""
    own = _on_panels(institution, on).filter(agreement__doctor=doctor)
    later = own.filter(resident=OuterRef("resident")).filter(
        Q(ends_on__gt=OuterRef("ends_on")) | Q(ends_on=OuterRef("ends_on"), pk__gt=OuterRef("pk"))
    )
    return own.filter(~Exists(later))


def panel_newcomers(
    doctor: User, institution: Institution, on: date, residents: Collection[int]
) -> list[int]:
    """Those of these residents who are not on the doctor's panel yet. One query."""
    own = _on_panels(institution, on).filter(agreement__doctor=doctor, resident__in=residents)
    known = set(own.values_list("resident_id", flat=True))
    return [one for one in residents if one not in known]


@dataclass(frozen=True)
class Panel:
    """A doctor's panel at an institution as a line of a list."""

    doctor: User
    count: int
    cap: int

    @property
    def left(self) -> int:
        return max(self.cap - self.count, 0)

    @property
    def is_full(self) -> bool:
        return self.count >= self.cap


def panels(
    institution: Institution, teams: Iterable[int], *, on: date, policy: ContractsPolicy
) -> list[Panel]:
    """Doctors of these teams of an institution with the sizes of their whole panels, the fullest first. Two queries.

    Who may sign today is listed with nobody on his panel too; who left, as long as somebody is on it.
    """
    own = list(teams)
    posts = TeamMembership.objects.active_on(on).filter(
        team__in=own, profession__in=policy.signing_professions
    )
    at_work = _on_panels(institution, on)
    signers = at_work.filter(agreement__team__in=own).values_list("agreement__doctor", flat=True)
    doctors = User.objects.filter(Q(pk__in=posts.values("user")) | Q(pk__in=signers.distinct()))
    sizes = dict(
        at_work.filter(agreement__doctor__in=doctors)
        .values_list("agreement__doctor")
        .annotate(Count("resident", distinct=True))
        .order_by()
    )
    cap = policy.max_residents_per_doctor
    found = [Panel(one, sizes.get(one.pk, 0), cap) for one in doctors.order_by("name", "pk")]
    return sorted(found, key=lambda one: -one.count)


def institutions_of(teams: QuerySet[Team]) -> QuerySet[Institution]:
    """Institutions that these teams belong to, in the order of their areas."""
    return Institution.objects.filter(pk__in=teams.order_by().values("institution")).order_by(
        "area_code", "name"
    )
