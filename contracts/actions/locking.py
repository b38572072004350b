"""One order of locks for everything that changes agreements: their persons by id, then the agreements by id."""

from collections.abc import Collection

from django.db.models import Q

from contracts.models import Agreement, Enrollment
from residents.models import Resident


def lock_people(agreements: Collection[int], *, also: Collection[int] = ()) -> None:
    """Lock the rows of everybody under these agreements, and of other residents. One query."""
    people = Enrollment.objects.filter(agreement__in=list(agreements)).values("resident")
    rows = Resident.objects.filter(Q(pk__in=people) | Q(pk__in=list(also)))
    list(rows.order_by("pk").select_for_update().values_list("pk"))


def locked_agreements(agreements: Collection[int], *, also: Collection[int] = ()) -> list[Agreement]:
    """These agreements, by id, locked after their persons. Two queries.

    The lock lets others refer to them: who signs the next term names the old one while holding its person.
    """
    lock_people(agreements, also=also)
    rows = Agreement.objects.select_for_update(no_key=True, of=("self",)).select_related("team__institution")
    return list(rows.filter(pk__in=list(agreements)).order_by("pk"))


def locked_agreement(agreement: Agreement, *, also: Collection[int] = ()) -> Agreement:
    (found,) = locked_agreements([agreement.pk], also=also)
    return found
