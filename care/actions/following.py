"""What changes in lower rooms mean for plans: told as a fact, and pulled again from the rows themselves."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from care.actions.guarding import share
from care.actions.replanning import Replanned, concerned, replan, write_plans
from care.actions.settling import settle_services, unsettle
from care.models import Sweep
from care.policy import policy_on
from care.queries.rules import rulebook_on
from contracts.actions.fulfilling import BY_HAND
from contracts.models import Fulfillment
from core.bulk import take_time
from core.sql import made, run, vanish

SWEEP = "follow-changes"
FIRST_LOOK = timedelta(days=2)  # where nobody has looked before; what is older the weekly verification finds


def follow_changes(*, on: date, now: datetime, overlap: timedelta) -> Replanned:
    """Replan everybody whose agreement, flags, tier, episode or life changed since the last run, or whose first or last
    day of something has come. Nobody has to tell: the rows are read. A second call changes nothing.

    Args:
        overlap: how far to look back before the last run: a transaction that was open then was not yet to be seen.
    """
    with transaction.atomic():
        share()
        take_time()
        vanish("care_")
        Sweep.objects.bulk_create([Sweep(name=SWEEP)], ignore_conflicts=True)
        sweep = Sweep.objects.select_for_update().get(name=SWEEP)
        since = (sweep.through_at or now - FIRST_LOOK) - overlap
        is_new_day = sweep.through_on is None or sweep.through_on < on
        made(
            "care_of",
            _CHANGED + (_CAME if is_new_day else ""),
            _params(since, sweep.through_on, on=on, is_new_day=is_new_day),
        )
        done = write_plans(on=on, now=now) if concerned() else Replanned()
        sweep.through_at, sweep.through_on = (
            max(now, sweep.through_at or now),
            max(on, sweep.through_on or on),
        )
        sweep.save(update_fields=["through_at", "through_on"])
        return done


def follow_people(*, ids: Sequence[int], on: date) -> Replanned:
    """Replan the residents of an announcement: departed, returned, lost, flags or enrolments changed."""
    return replan(ids, on=on, now=_moment(on))


def follow_households(*, ids: Sequence[int], on: date) -> Replanned:
    """Replan who lives in households whose members or head changed: an infant may have come, a representative gone."""
    with transaction.atomic():
        share()
        vanish("care_")
        made(
            "care_of",
            "SELECT id AS resident_id FROM residents_resident WHERE household_id = ANY(%s)",
            [list(ids)],
        )
        return write_plans(on=on, now=_moment(on)) if concerned() else Replanned()


def follow_merges(*, ids: Sequence[int], on: date) -> Replanned:
    """Two entries became one, or two again: the kept one goes on where the plans of the other stood.

    What was done under the other entry stays there as it was done; its open tasks end with it.
    """
    with transaction.atomic():
        share()
        vanish("care_")
        run(_CARRY_ON, {"ids": list(ids)})
        return replan(ids, on=on, now=_moment(on))


def follow_services(*, ids: Sequence[int], on: date) -> int:
    """Close the tasks of promised services that no record of the person proves, or open them again; how many.

    What a household was given closes the task of its representative, on whom it is planned.
    """
    rows = Fulfillment.objects.filter(pk__in=ids).select_related("enrollment", "agreement", "recorded_by")
    return sum(_follow_service(one, on=on) for one in rows.defer("agreement__as_signed").order_by("pk"))


def _follow_service(fact: Fulfillment, *, on: date) -> int:
    by_hand = fact.key.startswith(BY_HAND)
    key = f"fulfillment:{fact.pk}" if by_hand else fact.key
    if (
        fact.withdrawn_at
    ):  # a record that is taken back takes its tasks along itself, and may have been told anew since
        return unsettle(key, by=fact.withdrawn_by, on=on, now=fact.withdrawn_at) if by_hand else 0
    resident = fact.enrollment.resident_id if fact.enrollment else fact.agreement.representative_id
    if resident is None:
        return 0
    settled = settle_services(
        resident=resident, items=[fact.item_id], key=key, done_on=fact.done_on, by=fact.recorded_by, on=on,
        now=fact.recorded_at,
    )  # fmt: skip
    return len(settled.closed)


def _moment(on: date) -> datetime:
    """When a fact of that day was acted upon: consumers are told the day only."""
    return timezone.make_aware(datetime.combine(on, time(12)))


# Taken as "ended" rows of the kept entry: replanning lets them go on in the same window if the rule still holds for him.
_CARRY_ON = """
    INSERT INTO care_plan (resident_id, rule_id, sequence, state, team_id, enrollment_id, version, urgency, because,
        started_by, anchor_on, steps, opens_on, due_on, closes_on, expires_on)
    SELECT kept.id, plan.rule_id, plan.sequence, CASE plan.state WHEN 'finished' THEN 'finished' ELSE 'ended' END,
        plan.team_id, plan.enrollment_id, plan.version, plan.urgency, plan.because, plan.started_by, plan.anchor_on,
        plan.steps, plan.opens_on, plan.due_on, plan.closes_on, plan.expires_on
    FROM residents_resident AS dropped
    JOIN residents_resident AS kept ON kept.id = dropped.merged_into_id
    JOIN care_plan AS plan ON plan.resident_id = dropped.id
    WHERE dropped.id = ANY(%(ids)s) AND plan.state <> 'ended'
    ORDER BY kept.id, plan.rule_id
    ON CONFLICT DO NOTHING
"""


def _params(since: datetime, through_on: date | None, *, on: date, is_new_day: bool) -> dict[str, object]:
    first = through_on or on - FIRST_LOOK
    ages = _ages_asked(on) if is_new_day else []
    newborn = policy_on(on).newborn_age_days
    return {"since": since, "after": first, "on": on, "newborn": newborn, "ages": ages}


def _ages_asked(on: date) -> list[int]:
    """Birthdays with which a rule begins."""
    aged = [
        one.trigger.split(":") for one in rulebook_on(on).rules.values() if one.trigger.startswith("aged:")
    ]
    return sorted({int(years) for _, years, *_ in aged})


# Every change of an agreement writes an event, every change of a row its history.
_CHANGED = """
    SELECT one.resident_id FROM contracts_agreementevent AS event
        JOIN contracts_enrollment AS one ON one.agreement_id = event.agreement_id WHERE event.at > %(since)s
    UNION SELECT resident_id FROM contracts_enrollmenthistory WHERE pgh_created_at > %(since)s
    UNION SELECT resident_id FROM residents_populationflag WHERE recorded_at > %(since)s
    UNION SELECT resident_id FROM residents_populationflaghistory WHERE pgh_created_at > %(since)s
    UNION SELECT resident_id FROM residents_risktier WHERE assessed_at > %(since)s
    UNION SELECT resident_id FROM residents_risktierhistory WHERE pgh_created_at > %(since)s
    UNION SELECT id FROM residents_residenthistory WHERE pgh_created_at > %(since)s
    UNION SELECT resident_id FROM care_episode WHERE recorded_at > %(since)s
    UNION SELECT resident_id FROM care_episodehistory WHERE pgh_created_at > %(since)s
"""
# First and last days need no change at all: they come, once a day. Rows are gone through as a whole for this.
_CAME = """
    UNION SELECT resident_id FROM contracts_enrollment
        WHERE starts_on > %(after)s AND starts_on <= %(on)s OR ends_on >= %(after)s AND ends_on < %(on)s
    UNION SELECT resident_id FROM residents_populationflag
        WHERE starts_on > %(after)s AND starts_on <= %(on)s OR ends_on >= %(after)s AND ends_on < %(on)s
    UNION SELECT resident_id FROM residents_risktier
        WHERE starts_on > %(after)s AND starts_on <= %(on)s OR ends_on >= %(after)s AND ends_on < %(on)s
    UNION SELECT baby.id FROM residents_resident AS baby
        JOIN contracts_agreement AS one ON one.household_id = baby.household_id AND one.state = 'active'
        WHERE baby.born_on + %(newborn)s > %(after)s AND one.kind = 'household'
    UNION SELECT person.id FROM residents_resident AS person CROSS JOIN unnest(%(ages)s::int[]) AS age
        WHERE person.born_on + make_interval(years => age) > %(after)s
            AND person.born_on + make_interval(years => age) <= %(on)s
"""
