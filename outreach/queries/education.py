"""Health education of a year: activities with their records, and institutions against the norms (S2-20, 3.11)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, QuerySet
from django.db.models.functions import ExtractMonth

from outreach.choices import EducationArchive, EducationForm, VisitKind, VisitState
from outreach.models import EducationRecord, OutreachVisit
from outreach.policy import OutreachPolicy
from outreach.queries.visits import place_words
from outreach.rules.education import BY_SUBJECT, CENTER_SPAN, STATION_SPAN, Norm, months_without, norms
from teams.choices import InstitutionType
from teams.models import Institution

_CENTERS = (InstitutionType.CHC, InstitutionType.TOWNSHIP_HOSPITAL)
_STATIONS = (InstitutionType.STATION, InstitutionType.VILLAGE_CLINIC)


@dataclass(frozen=True)
class InstitutionEducation:
    """An institution's year. ``without_lecture``: months, or pairs of them, that went by without one."""

    institution: Institution
    norms: tuple[Norm, ...]
    without_lecture: tuple[str, ...]

    @property
    def is_met(self) -> bool:
        return all(one.is_met for one in self.norms)


def institution_education(
    institutions: QuerySet[Institution], *, year: int, on: date, policy: OutreachPolicy
) -> list[InstitutionEducation]:
    """Centers, then stations, each by name; those without any activity too. Four queries.

    Args:
        institutions: as far as the reader sees them.
        policy: the norms by which the year is told.
    """
    rows = list(institutions.filter(type__in=(*_CENTERS, *_STATIONS), is_active=True).order_by("name", "pk"))
    rows.sort(key=lambda one: one.type not in _CENTERS)
    counts, lectures = _counts(year), _lecture_months(year)
    return [
        InstitutionEducation(
            one,
            tuple(norms(counts.get(one.pk, {}), needs_of(one, policy))),
            tuple(
                months_without(
                    lectures.get(one.pk, set()), year=year, on=on,
                    span=CENTER_SPAN if one.type in _CENTERS else STATION_SPAN,
                )
            ),
        )
        for one in rows
    ]  # fmt: skip


def needs_of(institution: Institution, policy: OutreachPolicy) -> dict[EducationForm, int]:
    """What the norms ask of an institution of its type."""
    if institution.type in _CENTERS:
        return {
            EducationForm.LECTURE: policy.education_lectures_center,
            EducationForm.CONSULTATION: policy.education_consultations_center,
            EducationForm.PRINTED: policy.education_printed_center,
            EducationForm.AUDIOVISUAL: policy.education_audiovisual_center,
            EducationForm.BOARD: policy.education_boards_center,
        }
    return {
        EducationForm.LECTURE: policy.education_lectures_station,
        EducationForm.BOARD: policy.education_boards_station,
    }


def _held(year: int) -> QuerySet[EducationRecord]:
    return EducationRecord.objects.filter(
        visit__state=VisitState.DONE, visit__on__range=(date(year, 1, 1), date(year, 12, 31))
    )


def _counts(year: int) -> dict[int, dict[str, int]]:
    """Institution -> form -> occasions, or different subjects where these are counted."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    occasions = _held(year).exclude(form__in=BY_SUBJECT).values("visit__team__institution", "form")
    subjects = _held(year).filter(form__in=BY_SUBJECT).values("visit__team__institution", "form")
    for row in occasions.annotate(n=Count("pk")).order_by():
        found[row["visit__team__institution"]][row["form"]] = row["n"]
    for row in subjects.annotate(n=Count("visit__topic", distinct=True)).order_by():
        found[row["visit__team__institution"]][row["form"]] = row["n"]
    return found


def _lecture_months(year: int) -> dict[int, set[int]]:
    rows = _held(year).filter(form=EducationForm.LECTURE).annotate(month=ExtractMonth("visit__on"))
    found: dict[int, set[int]] = defaultdict(set)
    for institution, month in rows.values_list("visit__team__institution", "month").distinct():
        found[institution].add(month)
    return found


def activities(visits: QuerySet[OutreachVisit], *, year: int) -> QuerySet[OutreachVisit]:
    """Health activities of a year, and whatever else has a record, the latest first.

    Args:
        visits: as far as the reader sees them.
    """
    of_year = visits.filter(on__range=(date(year, 1, 1), date(year, 12, 31)))
    wanted = of_year.filter(kind=VisitKind.ACTIVITY) | of_year.filter(education__isnull=False)
    rows = wanted.exclude(state=VisitState.CANCELLED).select_related(
        "team__institution", "education", "point"
    )
    return rows.prefetch_related("grids").order_by("-on", "-begins_at", "-pk").distinct()


@dataclass(frozen=True)
class ActivityLine:
    """A visit with its record, None where it is missing. ``is_lacking``: held, and nothing was written down."""

    visit: OutreachVisit
    record: EducationRecord | None
    place: str

    @property
    def is_lacking(self) -> bool:
        return self.record is None and self.visit.state == VisitState.DONE

    @property
    def archives(self) -> list[str]:
        return archive_words(self.record) if self.record else []


def activity_line(visit: OutreachVisit) -> ActivityLine:
    """Of a visit that ``activities`` read."""
    return ActivityLine(visit, record_of(visit), place_words(visit))


def record_of(visit: OutreachVisit) -> EducationRecord | None:
    """None where none was written; a query unless it was read with the visit."""
    return getattr(visit, "education", None)


def archive_words(record: EducationRecord) -> list[str]:
    """文字材料、签到表, in the order of the code list."""
    return [str(one.label) for one in EducationArchive if one.value in record.archives]
