"""Home readings of one person: what is normal for him, the last values, their course."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from care.choices import ReadingKind
from care.forms.readings import readings_form
from care.models import Reading
from care.queries.verdicts import goals_for
from care.rules.readings import FIELDS, Curve, Limit, curve, in_words, limits_of
from residents.models import Resident

MOST = 60


@dataclass(frozen=True)
class Series:
    """The readings of one kind, newest first.

    Attributes:
        rows: (reading, its value in words). curve: None for fewer than three.
    """

    kind: ReadingKind
    rows: tuple[tuple[Reading, str], ...]
    curve: Curve | None


def limits_for(resident: Resident, *, on: date) -> dict[str, Limit]:
    """Field -> what is normal for this person on a day: the goals of the rule tables where they name one. One query."""
    form, stricter = readings_form(), {}
    for key, most in goals_for(resident, on=on).items():
        normal = form.field(key).normal
        stricter[key] = Limit(normal.least if normal else None, most)
    return limits_of(form, stricter)


def values_of(reading: Reading) -> list[Decimal]:
    return [reading.first] if reading.second is None else [reading.first, reading.second]


def series_of(resident: Resident, *, on: date) -> list[Series]:
    """The last readings of each kind that was ever measured. One query, and those of the limits."""
    rows = Reading.objects.filter(resident=resident, voided_at__isnull=True).select_related("recorded_by")
    by_kind: dict[str, list[Reading]] = {}
    for one in rows.order_by("-taken_at", "-pk")[: MOST * len(FIELDS)]:
        by_kind.setdefault(one.kind, []).append(one)
    fields = {one.key: one for one in readings_form().fields}
    limits = limits_for(resident, on=on) if by_kind else {}
    found = []
    for kind in ReadingKind:
        some = by_kind.get(kind, [])[:MOST]
        if some:
            told = tuple((one, in_words(kind, "", values_of(one), fields).strip()) for one in some)
            drawn = curve([(one.taken_at, values_of(one)) for one in some], limits[FIELDS[kind][0]])
            found.append(Series(kind, told, drawn))
    return found
