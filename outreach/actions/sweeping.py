"""The sweep over all sources: close what is done, open what has become due since the last one."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction

from care.models import Sweep
from core.sql import run
from outreach.reminders import AT_ONCE, SOURCES, Source, Stage, Swept
from outreach.reminders.numbers import Numbers, numbers_on

FIRST_LOOK = timedelta(days=400)  # how far back the very first sweep looks: longer than any term of a task
_LOCK = 5_120_001  # advisory: two sweeps beside each other would wait for each other's rows in turn


def raise_reminders(*, on: date, sources: Sequence[Source] = SOURCES) -> Swept:
    """Bring the reminders of every source up to a day. Missed days are caught up; a second run changes nothing."""
    numbers = numbers_on(on)
    swept = Swept()
    for source in sources:
        for stage in source.stages:
            swept += _sweep(source, stage, numbers, on)
    return swept


def raise_at_once(*, on: date) -> Swept:
    """Bring up what cannot wait: sources that count all that is open anew, so that they remember no last day."""
    numbers = numbers_on(on)
    with transaction.atomic():
        run("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        found = [one.settle(stage, numbers, on=on) for one in AT_ONCE for stage in one.stages]
    return sum(found, Swept())


def _sweep(source: Source, stage: Stage, numbers: Numbers, on: date) -> Swept:
    """One stage, with how far it has come, in one transaction."""
    name = f"remind:{source.name}:{stage.code}"
    with transaction.atomic():
        run("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        last = Sweep.objects.filter(name=name).values_list("through_on", flat=True).first()
        since = min(last, on) if last else on - FIRST_LOOK
        swept = source.settle(stage, numbers, on=on)
        # The last day again: what was entered in the course of it, after its sweep.
        swept += source.raise_due(stage, numbers, since=since - timedelta(days=1), on=on)
        if last is None or last < on:
            Sweep.objects.update_or_create(name=name, defaults={"through_on": on})
    return swept
