"""Regular hours as residents read them: whose they are, on which days of a month, in one line each. For items 2, 3, 7."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from outreach.choices import ClinicKind
from outreach.disclosures.base import Month, Unit
from outreach.disclosures.plain import POINT, plain_line
from outreach.models import ClinicHours
from outreach.queries.clinics import Kept, home_of, kept_in, specialty_of, who_of
from outreach.rules.clinics import Days, off_in_words, together, when_in_words
from teams.models import Institution

ROOM = 1600  # characters of an item that sources fill; people still have room to add something


@dataclass(frozen=True)
class Place:
    """An institution as lines name it. ``above`` is the one that a station belongs to: its hours are its residents'."""

    pk: int
    name: str
    phone: str
    above: int | None
    district: str


def places_of(units: Iterable[Unit]) -> dict[int, Place]:
    """The units' institutions and those above them. One query."""
    own = {one.institution for one in units}
    rows = Institution.objects.filter(Q(pk__in=own) | Q(children__in=own)).distinct()
    found = rows.values_list("pk", "name", "phone", "parent_id", "area_code")
    return {pk: Place(pk, name, phone, above, area[:6]) for pk, name, phone, above, area in found}


def near(unit: Unit, places: dict[int, Place]) -> tuple[int, ...]:
    """The unit's institution, then the one above it."""
    above = places[unit.institution].above
    return (unit.institution,) if above is None else (unit.institution, above)


def hours_of(
    places: Collection[int], kinds: Collection[ClinicKind], month: Month, *, people: Collection[int] = ()
) -> list[Kept]:
    """Hours of these institutions, and those of these specialists wherever they sit. Three queries."""
    wanted = Q(institution__in=places) | Q(specialist__in=people)
    return kept_in(ClinicHours.objects.filter(wanted, kind__in=kinds), month.first, month.last)


@dataclass(frozen=True)
class Told:
    """Hours that differ in nothing but the weekday, together."""

    first: ClinicHours
    weekdays: tuple[int, ...]
    days: Days


def grouped(kept: Iterable[Kept]) -> list[Told]:
    """Rows with the same time, place and person, in the order of the first of them."""
    found: dict[tuple[object, ...], list[Kept]] = defaultdict(list)
    for one in kept:
        row = one.hours
        key = (
            row.institution_id, row.kind, row.begins_at, row.closes_at, row.place, row.specialist_id,
            row.specialist_name, row.specialty, row.home, row.phone, row.needs_booking, row.note,
            tuple(row.month_weeks),
        )  # fmt: skip
        found[key].append(one)
    return [
        Told(some[0].hours, tuple(one.hours.weekday for one in some), together(one.days for one in some))
        for some in found.values()
    ]


def line_of(told: Told, unit: Unit) -> str:
    """成人疫苗接种：12月2日、9日（周三）8:00-11:30，接种门诊，须预约，电话 0631…"""
    row = told.first
    when = when_in_words(
        told.days, told.weekdays, row.month_weeks, begins_at=row.begins_at, closes_at=row.closes_at
    )
    if not when:
        when = f"本月停诊（{off_in_words(told.days.off)}）" if told.days.off else "本月没有"
    where = "" if row.institution_id == unit.institution else row.institution.name
    phone = row.phone or row.institution.phone
    parts = [
        f"{_head(row)}：{when}", where, plain_line(row.place), "须预约" if row.needs_booking else "",
        f"电话 {phone}" if phone else "", plain_line(row.note),
    ]  # fmt: skip
    return "，".join(part for part in parts if part)


def _head(row: ClinicHours) -> str:
    if row.kind != ClinicKind.SPECIALIST:
        return str(ClinicKind(row.kind).label)
    beside = "，".join(filter(None, (plain_line(home_of(row)), plain_line(specialty_of(row)))))
    return f"{plain_line(who_of(row))}（{beside}）" if beside else plain_line(who_of(row))


def fitted(lines: Sequence[str]) -> str:
    """The lines as points of a list, as many as there is room for; how many are left out is said."""
    kept: list[str] = []
    length = 0
    for one in lines:
        length += len(one) + len(POINT) + 1
        if length > ROOM:
            break
        kept.append(one)
    left = len(lines) - len(kept)
    if left:
        kept.append(f"另有{left}项，请电话咨询或到机构公示栏查看。")
    return "\n".join(POINT + one for one in kept)
