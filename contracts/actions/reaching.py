"""Somebody spoke with the resident: what an automatic renewal rests on (S1-27, P13)."""

from collections.abc import Collection
from datetime import date

from django.db import transaction

from contracts.actions.asking import held_for
from contracts.choices import AgreementState, EventKind, ReachWay
from contracts.models import Agreement, AgreementEvent, Enrollment
from contracts.rules.states import Verb
from core.dates import chinese_date
from core.history import credited_to
from core.refusals import Refusal
from teams.models import User


class CannotNoteReached(Refusal):
    """No contact was written down."""


def note_reached(
    *, by: User, on: date, agreement: Agreement, residents: Collection[int], day: date, how: str
) -> Agreement:
    """Write down that these members were spoken with on a day; an earlier day never hides a later one.

    Raises:
        CannotNoteReached: not running, not one's own team's, nobody in it chosen, or a day outside the term or to come.
    """
    with transaction.atomic(), credited_to(by):
        held = held_for(Verb.REACH, agreement, CannotNoteReached, by=by, on=on)
        if day > on:
            raise CannotNoteReached("reached_in_future", "联系日期不能晚于今天。", field="day")
        people = held.enrollments.filter(state=AgreementState.ACTIVE, resident__in=residents)
        rows = list(people.select_related("resident").order_by("position", "pk"))
        if not rows:
            raise CannotNoteReached("nobody_chosen", "请勾选联系上的签约居民。", field="residents")
        first = min(one.starts_on for one in rows)
        if day < first or day > held.ends_on:
            sentence = f"联系日期须在协议期内，不能早于{chinese_date(first)}。"
            raise CannotNoteReached("reached_outside_term", sentence, field="day")
        people.exclude(last_reached_on__gte=day).update(last_reached_on=day)
        names = "、".join(one.resident.masked_name for one in rows)
        note = f"{ReachWay(how).label}联系上{names}"
        AgreementEvent.objects.create(agreement=held, kind=EventKind.REACHED, on=day, by=by, note=note[:500])
    return held


def take_back_reached(
    *, by: User | None, on: date, enrollment: Enrollment, day: date, latest: date | None
) -> bool:
    """The contact of a day was written down wrongly; whether the agreement rested on it.

    Args:
        latest: day of the last contact that stands, None if there is none.
    """
    with transaction.atomic(), credited_to(by):
        if latest == day:
            return False
        rested = Enrollment.objects.filter(pk=enrollment.pk, last_reached_on=day)
        if not rested.update(last_reached_on=latest):
            return False
        note = f"撤回{day:%Y-%m-%d}的联系登记（{enrollment.resident.masked_name}）"
        AgreementEvent.objects.create(
            agreement=enrollment.agreement, kind=EventKind.REACHED, on=on, by=by, note=note
        )
    return True
