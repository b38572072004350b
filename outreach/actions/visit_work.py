"""What is done for one person at a visit: measured with the kit at once, anything else counted once it is made."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from care.actions.readings import key_of, record_readings
from care.choices import ReadingSource
from care.models import Reading
from core.history import credited_to
from core.refusals import Refusal
from outreach.actions.visits import held_visit, refuse_stranger
from outreach.choices import PointService, VisitState, WorkKind
from outreach.models import OutreachVisit, VisitWork
from outreach.policy import policy_on
from outreach.queries.visit_work import Found, floor_of, found_since
from outreach.rules.visiting import OF_READING, object_to_day, object_to_state
from residents.models import Resident
from teams.models import User


class CannotWorkAtVisit(Refusal):
    """Nothing was written down."""


def measure(
    *, by: User, on: date, now: datetime, visit: OutreachVisit, resident: Resident, typed: Mapping[str, object],
    client_token: UUID, confirmed: Collection[str] = (),
) -> list[Reading]:  # fmt: skip
    """Blood pressure and glucose out of the follow-up kit: readings of the person, counted at the visit (S0-27).

    Of a visit that is over already they are entered from paper, as measured when it ended.

    Args:
        typed, confirmed: as ``care.actions.readings.record_readings``.
        client_token: of the form; sent again, the first readings are returned.

    Raises:
        CannotWorkAtVisit: the visit has not begun, was not ended on its day, or is too long ago.
        CannotRecordReadings: a value that cannot be, or an unlikely one that nobody confirmed.
    """
    with transaction.atomic(), credited_to(by):
        held = _held(visit, by=by, on=on)
        readings = record_readings(
            by=by, on=on, now=now, resident=resident, taken_at=_measured_at(held, on=on, now=now), typed=typed,
            source=ReadingSource.STAFF, client_token=client_token, confirmed=confirmed,
        )  # fmt: skip
        works = [
            _work(
                held, WorkKind.READING, key_of(one), OF_READING.get(one.kind, PointService.OTHER), resident.pk
            )
            for one in readings
        ]
        _keep(held, works, by=by, now=now)
    return readings


def _measured_at(held: OutreachVisit, *, on: date, now: datetime) -> datetime:
    if held.state == VisitState.ONGOING and held.on == on:
        return now
    if held.state != VisitState.DONE or held.ended_at is None:
        raise CannotWorkAtVisit("visit_not_ended", "这次服务不是今天开始的，请先登记结束，再补录测量值。")
    return held.ended_at


def count_works(*, by: User, on: date, now: datetime, visit: OutreachVisit, keys: Collection[str]) -> int:
    """Count at the visit what was made in its time on other pages: records, agreements, new residents. How many of them.

    What is counted already, there or elsewhere, stays where it is.

    Raises:
        CannotWorkAtVisit: as ``measure``.
    """
    with transaction.atomic(), credited_to(by):
        held = _held(visit, by=by, on=on)
        return count_found(held, keys, by=by, now=now)


def count_found(held: OutreachVisit, keys: Collection[str], *, by: User, now: datetime) -> int:
    """The same at a visit that is locked already."""
    if not keys:
        return 0
    wanted = _still_free([one for one in found_since(held, by) if one.key in set(keys)])
    works = [
        _work(held, one.kind, one.key, service, one.resident.pk) for one in wanted for service in one.services
    ]
    _keep(held, works, by=by, now=now)
    return len(wanted)


def _still_free(found: list[Found]) -> list[Found]:
    """Without what somebody counts at another visit at this very moment: the persons are locked, then it is asked again."""
    people = Resident.objects.select_for_update().filter(pk__in={one.resident.pk for one in found})
    list(people.order_by("pk").values_list("pk"))
    counted = VisitWork.objects.filter(key__in=[one.key for one in found]).values_list("key", flat=True)
    taken = set(counted)
    return [one for one in found if one.key not in taken]


def uncount_work(*, by: User, on: date, now: datetime, work: VisitWork) -> None:
    """Take out what was not done at this visit. The record itself stays, and may be counted at another.

    Raises:
        CannotWorkAtVisit: as ``measure``.
    """
    with transaction.atomic(), credited_to(by):
        held = _held(work.visit, by=by, on=on)
        VisitWork.objects.filter(visit=held, key=work.key).delete()


def _held(visit: OutreachVisit, *, by: User, on: date) -> OutreachVisit:
    held = held_visit(visit)
    refuse_stranger(by, held, on=on, refusal=CannotWorkAtVisit)
    objection = object_to_state("work", held.state)
    objection = objection or object_to_day(held.on, on=on, back_days=policy_on(on).visit_backdate_days)
    if objection:
        raise CannotWorkAtVisit(objection.code, objection.sentence)
    return held


def _work(held: OutreachVisit, kind: WorkKind, key: str, service: PointService, resident: int) -> VisitWork:
    return VisitWork(visit=held, kind=kind, key=key, service=service, resident_id=resident)


def _keep(held: OutreachVisit, works: Iterable[VisitWork], *, by: User, now: datetime) -> None:
    """Once each; the head-counts of a visit that is over are lifted to what is written down one by one."""
    rows = list(works)
    for one in rows:
        one.added_by, one.added_at = by, now
    VisitWork.objects.bulk_create(rows, ignore_conflicts=True)
    if held.state != VisitState.DONE:
        return
    floor, people = floor_of(held)
    counts = held.head_counts | {one: max(n, held.head_counts.get(one, 0)) for one, n in floor.items()}
    held.head_counts, held.visitors = counts, max(held.visitors, people, *counts.values(), 0)
    held.save(update_fields=["head_counts", "visitors"])
