"""New techniques and policies as residents of an institution are told of them (items 8 and 9)."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import TypeVar

from django.db.models import Q

from outreach.models import NewTechnique, PolicyNotice
from teams.models import Institution
from teams.querysets import PRIMARY

N = TypeVar("N", NewTechnique, PolicyNotice)


def techniques_of(institutions: Collection[int], *, first: date, last: date) -> dict[int, list[NewTechnique]]:
    """Institution -> what may be asked for between two days: its own and its parent's, then those of the hospitals
    that work for its district; the newest first. Two queries."""
    rows = NewTechnique.objects.filter(_between(first, last)).select_related("institution")
    return _told(institutions, rows.order_by("-starts_on", "pk"), with_hospitals=True)


def policies_of(institutions: Collection[int], *, first: date, last: date) -> dict[int, list[PolicyNotice]]:
    """Institution -> what stands between two days: the district's, then its own and its parent's; the newest first.
    Two queries."""
    rows = PolicyNotice.objects.filter(_between(first, last)).select_related("institution")
    return _told(institutions, rows.order_by("-starts_on", "pk"), with_hospitals=False)


def _between(first: date, last: date) -> Q:
    return Q(starts_on__lte=last) & (Q(ends_on__isnull=True) | Q(ends_on__gte=first))


def _told(institutions: Collection[int], rows: Iterable[N], *, with_hospitals: bool) -> dict[int, list[N]]:
    entered = list(rows)
    found = {}
    for one in Institution.objects.filter(pk__in=institutions).only("area_code", "parent"):
        near = [(rank, row) for row in entered if (rank := _rank(row, one, with_hospitals)) is not None]
        found[one.pk] = [row for _, row in sorted(near, key=lambda pair: pair[0])]
    return found


def _rank(row: NewTechnique | PolicyNotice, home: Institution, with_hospitals: bool) -> int | None:
    """Where it stands in the list of an institution; None if it is not for its residents."""
    if row.institution is None:
        return 0
    if row.institution_id in (home.pk, home.parent_id):
        return 1
    is_above = row.institution.type not in PRIMARY and home.area_code.startswith(row.institution.area_code)
    return 2 if with_hospitals and is_above else None
