"""Home readings: kept as they were measured, judged by the limits in force (S3-26)."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone

from care.actions.planning import start_rule
from care.actions.settling import unsettle
from care.choices import ReadingKind, ReadingSource
from care.forms.readings import readings_form
from care.models import Reading
from care.policy import policy_on
from care.queries.readings import limits_for, values_of
from care.rules.filling import Filled, Visit, fill
from care.rules.readings import FIELDS, in_words, is_abnormal
from core.history import credited_to
from core.refusals import Refusal
from residents.choices import LifeStatus
from residents.models import Resident
from teams.models import User

RULE = "contract.reading"


class CannotRecordReadings(Refusal):
    """Nothing was kept.

    Attributes:
        filled: what is wrong with which value, and what must be confirmed; None when it is none of the values.
    """

    def __init__(self, code: str, sentence: str, *, field: str = "", filled: Filled | None = None) -> None:
        super().__init__(code, sentence, field=field)
        self.filled = filled


def record_readings(
    *, by: User, on: date, now: datetime, resident: Resident, taken_at: datetime, typed: Mapping[str, object],
    source: str, client_token: UUID, confirmed: Collection[str] = (),
) -> list[Reading]:  # fmt: skip
    """Keep what somebody measured at one time. An abnormal value starts a follow-up for his doctor.

    Args:
        typed: by the keys of ``care.forms.readings``. confirmed: keys of unlikely values that are right all the same.
        client_token: of the form; sent again, the first readings are returned.

    Raises:
        CannotRecordReadings: an impossible value, an unlikely one that nobody confirmed, nothing at all, or a bad moment.
    """
    with transaction.atomic(), credited_to(by):
        held = Resident.objects.select_for_update().get(pk=resident.pk)
        tokens = {kind: uuid5(client_token, f"{held.pk}.{kind}") for kind in FIELDS}
        known = list(Reading.objects.filter(client_token__in=tokens.values()).order_by("pk"))
        if known:
            return known
        _refuse_moment(held, taken_at, on=on, now=now)
        measured = _measured(held, taken_at, typed, confirmed)
        limits = limits_for(held, on=on)
        rows = Reading.objects.bulk_create(
            Reading(
                resident=held,
                kind=kind,
                taken_at=taken_at,
                first=values[0],
                second=values[1] if len(values) > 1 else None,
                source=ReadingSource(source),
                is_abnormal=is_abnormal(kind, values, limits),
                client_token=tokens[kind],
                recorded_by=by,
            )
            for kind, values in measured.items()
        )
        _tell_the_doctor(held, rows, by=by, on=on, now=now)
    return rows


def _refuse_moment(held: Resident, taken_at: datetime, *, on: date, now: datetime) -> None:
    if held.life_status in (LifeStatus.DECEASED, LifeStatus.MERGED):
        raise CannotRecordReadings("reading_of_departed", "该居民已不在册，不再登记居家监测。")
    if taken_at > now:
        raise CannotRecordReadings("reading_to_come", "测量时间不能晚于现在。", field="taken_at")
    days = policy_on(on).late_entry_days
    if taken_at < now - timedelta(days=days):
        sentence = f"只能补录 {days} 天以内的测量，请核对测量时间。"
        raise CannotRecordReadings("reading_too_late", sentence, field="taken_at")


def _measured(
    held: Resident, taken_at: datetime, typed: Mapping[str, object], confirmed: Collection[str]
) -> dict[str, list[Decimal]]:
    """Kind -> its values, of everything that was filled in."""
    taken_on = timezone.localdate(taken_at)  # noqa: TID251  # the day of a given moment, not the clock
    filled = fill(readings_form(), typed, visit=Visit(taken_on, held.born_on), confirmed=confirmed)
    found: dict[str, list[Decimal]] = {}
    for kind, keys in FIELDS.items():
        given = [key for key in keys if key in filled.values]
        for key in set(keys) - set(given) if given else ():
            filled.problems.setdefault(key, "收缩压和舒张压请都填写。")
        if given:
            found[kind] = [Decimal(str(filled.values[key])) for key in keys if key in filled.values]
    if filled.problems:
        raise CannotRecordReadings("reading_impossible", "有不可能的数值，请按红字更正。", filled=filled)
    if filled.questions:
        raise CannotRecordReadings("reading_unlikely", "有少见的数值，核对无误的请勾选确认。", filled=filled)
    if not found:
        raise CannotRecordReadings("reading_nothing", "请至少填写一项测量值。")
    return found


def _tell_the_doctor(held: Resident, rows: list[Reading], *, by: User, on: date, now: datetime) -> None:
    """A task of its own; one that waits already is enough."""
    abnormal = [one for one in rows if one.is_abnormal]
    if not abnormal:
        return
    fields = {one.key: one for one in readings_form().fields}
    told = "，".join(
        in_words(one.kind, ReadingKind(one.kind).label, values_of(one), fields) for one in abnormal
    )
    start_rule(
        resident=held.pk, code=RULE, anchor_on=on, because=f"居家监测异常：{told}"[:200], by=by, on=on, now=now,
        started_by=key_of(abnormal[0]),
    )  # fmt: skip


def key_of(reading: Reading) -> str:
    """What the plan that it began knows it by."""
    return f"reading:{reading.pk}"


def void_reading(*, by: User, on: date, now: datetime, reading: Reading) -> Reading:
    """Take back a reading that was written down wrongly, and the follow-up that it began; the row stays."""
    with transaction.atomic(), credited_to(by):
        held = Reading.objects.select_for_update().get(pk=reading.pk)
        if held.voided_at is None:
            held.voided_at, held.voided_by = now, by
            held.save(update_fields=["voided_at", "voided_by"])
            unsettle(key_of(held), by=by, on=on, now=now)
    return held
