"""Regular hours of an institution: immunisation, specialists, check-ups; and the days on which they are not kept (S0-23)."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date, time, timedelta

from django.db import transaction
from django.db.models import Q

from core.history import credited_to
from core.refusals import Refusal
from core.text import clean_name, tidy
from outreach.choices import ClinicKind
from outreach.models import ClinicHours, ClinicStop
from outreach.rules.clinics import share_dates
from outreach.rules.patrols import WEEKDAYS
from teams.models import Institution, User

MOST_STOP_DAYS = 366
_ONE = timedelta(days=1)


class CannotKeepClinic(Refusal):
    """The hours, or the days off, cannot be kept like this."""


@dataclass(frozen=True)
class ClinicFacts:
    """What is said of regular hours; names as the columns of ``ClinicHours``."""

    kind: ClinicKind
    begins_at: time
    closes_at: time
    month_weeks: tuple[int, ...] = ()
    place: str = ""
    specialist: User | None = None
    specialist_name: str = ""
    specialty: str = ""
    home: str = ""
    phone: str = ""
    needs_booking: bool = False
    note: str = ""


def open_clinics(
    *, by: User, institution: Institution, facts: ClinicFacts, weekdays: Collection[int], starts_on: date,
    ends_on: date | None = None,
) -> list[ClinicHours]:  # fmt: skip
    """New regular hours of an institution, a row for each weekday: all, or none. The same form again is refused.

    Raises:
        CannotKeepClinic: ``clinic_no_weekday``, ``ends_before_start``, ``clinic_reversed``, ``clinic_nobody``,
            ``clinic_other_kind``, ``clinic_two_names``, ``clinic_twice``, ``clinic_same_person``.
    """
    if not weekdays:
        raise CannotKeepClinic("clinic_no_weekday", "请至少选择一个星期几。", field="weekdays")
    _check_span(starts_on, ends_on)
    made = []
    with transaction.atomic(), credited_to(by):
        _hold(institution.pk)
        for weekday in sorted(set(weekdays)):
            row = ClinicHours(institution=institution, weekday=weekday, starts_on=starts_on, ends_on=ends_on)
            _write(row, facts)
            _refuse_twice(row)
            row.save()
            made.append(row)
    return made


def change_clinic(
    *, by: User, clinic: ClinicHours, facts: ClinicFacts, weekday: int, starts_on: date, ends_on: date | None = None
) -> ClinicHours:  # fmt: skip
    """Correct or move regular hours; what was published before stays as it was published.

    Raises:
        CannotKeepClinic: as ``open_clinics``.
    """
    _check_span(starts_on, ends_on)
    with transaction.atomic(), credited_to(by):
        _hold(clinic.institution_id)
        row = ClinicHours.objects.select_for_update().get(pk=clinic.pk)
        row.weekday, row.starts_on, row.ends_on = weekday, starts_on, ends_on
        _write(row, facts)
        _refuse_twice(row)
        row.save()
    return row


def end_clinic(*, by: User, on: date, clinic: ClinicHours, ends_on: date) -> ClinicHours:
    """The hours are kept for the last time by ``ends_on``.

    Raises:
        CannotKeepClinic: ``ends_in_past``; ``ends_before_start`` for a day before their first.
    """
    if ends_on < on - _ONE:
        raise CannotKeepClinic("ends_in_past", "结束日期不能早于昨天。", field="ends_on")
    _check_span(clinic.starts_on, ends_on)
    with transaction.atomic(), credited_to(by):
        row = ClinicHours.objects.select_for_update().get(pk=clinic.pk)
        row.ends_on = ends_on
        row.save(update_fields=["ends_on"])
    return row


def stop_clinic(
    *, by: User, on: date, clinic: ClinicHours, starts_on: date, ends_on: date, reason: str
) -> ClinicStop:
    """These days the hours are not kept; residents are told so with the reason. The same days twice are one stop.

    Raises:
        CannotKeepClinic: ``stop_past``, ``stop_reversed``, ``stop_long``, ``stop_no_reason``, ``stop_crosses``.
    """
    why = tidy(reason)[:60]
    if ends_on < starts_on:
        raise CannotKeepClinic("stop_reversed", "停诊的最后一天不能早于第一天。", field="ends_on")
    if ends_on < on:
        raise CannotKeepClinic("stop_past", "停诊日期已经过去，请核对日期。", field="ends_on")
    if (ends_on - starts_on).days >= MOST_STOP_DAYS:
        raise CannotKeepClinic("stop_long", "停诊超过一年的，请直接结束这项日程。", field="ends_on")
    if not why:
        raise CannotKeepClinic("stop_no_reason", "请写明停诊原因，居民会看到。", field="reason")
    with transaction.atomic(), credited_to(by):
        row = ClinicHours.objects.select_for_update().get(pk=clinic.pk)
        crossing = row.stops.filter(starts_on__lte=ends_on, ends_on__gte=starts_on).first()
        if crossing and (crossing.starts_on, crossing.ends_on) == (starts_on, ends_on):
            return crossing
        if crossing:
            raise CannotKeepClinic(
                "stop_crosses",
                f"{crossing.starts_on:%m月%d日}至{crossing.ends_on:%m月%d日}已登记停诊，请先撤销，再登记新的。",
                field="starts_on",
            )
        return row.stops.create(starts_on=starts_on, ends_on=ends_on, reason=why, entered_by=by)


def resume_clinic(*, by: User, on: date, stop: ClinicStop) -> None:
    """Take days off back: all of them, or what is left from today on. Taken back already, nothing happens."""
    with transaction.atomic(), credited_to(by):
        row = ClinicStop.objects.select_for_update().filter(pk=stop.pk).first()
        if row is None or row.ends_on is None or row.ends_on < on:
            return
        if row.starts_on >= on:
            row.delete()
        else:
            row.ends_on = on - _ONE
            row.save(update_fields=["ends_on"])


def _hold(institution: int) -> None:
    """One enters hours of an institution at a time."""
    Institution.objects.select_for_update(of=("self",)).get(pk=institution)


def _check_span(starts_on: date, ends_on: date | None) -> None:
    if ends_on and ends_on < starts_on:
        raise CannotKeepClinic("ends_before_start", "结束日期不能早于开始日期。", field="ends_on")


def _write(row: ClinicHours, facts: ClinicFacts) -> None:
    name = clean_name(facts.specialist_name)
    is_specialist = facts.kind == ClinicKind.SPECIALIST
    if facts.closes_at <= facts.begins_at:
        raise CannotKeepClinic("clinic_reversed", "门诊的结束时间须晚于开始时间。", field="closes_at")
    if is_specialist and not (facts.specialist or name):
        raise CannotKeepClinic("clinic_nobody", "请选择专家，或填写专家姓名。", field="specialist")
    if not is_specialist and (facts.specialist or name):
        raise CannotKeepClinic(
            "clinic_other_kind", "只有专家坐诊才填专家，请清空专家或改类别。", field="kind"
        )
    if facts.specialist and name:
        raise CannotKeepClinic(
            "clinic_two_names", "已选择专家，不要再填专家姓名；两者只填一个。", field="specialist_name"
        )
    for one in fields(facts):
        value = getattr(facts, one.name)
        setattr(row, one.name, tidy(value) if isinstance(value, str) and one.name != "kind" else value)
    row.specialist_name = name
    row.month_weeks = sorted(set(facts.month_weeks))


def _refuse_twice(row: ClinicHours) -> None:
    """The same thing at the same time and place; or one expert in two places."""
    same_time = ClinicHours.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=row.starts_on),
        weekday=row.weekday, begins_at__lt=row.closes_at, closes_at__gt=row.begins_at,
    ).exclude(pk=row.pk)  # fmt: skip
    if row.ends_on:
        same_time = same_time.filter(starts_on__lte=row.ends_on)
    here = Q(institution=row.institution_id, kind=row.kind, place=row.place, specialist=row.specialist_id)
    here &= Q(specialist_name=row.specialist_name)
    his = Q(specialist=row.specialist_id) if row.specialist_id else Q(pk__in=[])
    for other in same_time.filter(here | his).order_by("pk"):
        if not share_dates(row.month_weeks, other.month_weeks):
            continue
        told = f"{WEEKDAYS[other.weekday]} {other.begins_at:%H:%M}-{other.closes_at:%H:%M}"
        if other.institution_id == row.institution_id and other.place == row.place:
            raise CannotKeepClinic(
                "clinic_twice", f"{told}已有相同的日程，请修改原日程，或换时间、地点。", field="begins_at"
            )
        raise CannotKeepClinic(
            "clinic_same_person", f"这位专家{told}已在别处坐诊，请换一个时间。", field="begins_at"
        )
