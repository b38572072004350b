"""Tasks opened and given up by the calendar: sweeps whose cost follows what is due, not the population."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from care.actions.guarding import alone
from care.actions.handovers import give_to_officers
from care.actions.replanning import OPEN
from care.actions.windows import answer, keyed
from care.models import Sweep
from care.queries.rules import rulebook_on
from core.bulk import take_time
from core.sql import made, run, vanish

SWEEP = "open-tasks"


@dataclass(frozen=True)
class Opened:
    opened: int


@dataclass(frozen=True)
class Missed:
    """Occurrences that were not done in time nor later, plans that have ended with that, tasks that opened instead."""

    missed: int
    finished: int
    opened: int


def open_tasks(*, on: date) -> Opened:
    """Open every occurrence whose first day has come, by one statement over the plans that are due.

    Goes through the days since the last run, so that missed nights are caught up; a second run adds nothing.
    """
    with transaction.atomic():
        alone()
        take_time()
        Sweep.objects.bulk_create([Sweep(name=SWEEP)], ignore_conflicts=True)
        sweep = Sweep.objects.select_for_update().get(name=SWEEP)
        if sweep.through_on is not None and sweep.through_on >= on:
            return Opened(0)
        since = "AND opens_on > %(since)s" if sweep.through_on else ""
        opened = run(OPEN.format(more=since), {"on": on, "since": sweep.through_on})
        sweep.through_on = on
        sweep.save(update_fields=["through_on"])
        if opened:
            give_to_officers()
        return Opened(opened)


def miss_tasks(*, on: date) -> Missed:
    """Give up every occurrence that is not accepted any more, and open what has come in its place.

    After several missed nights a plan may have passed more than one occurrence: each of them gets its row. A second run
    changes nothing.
    """
    with transaction.atomic():
        alone()
        take_time()
        book, missed, finished, opened = rulebook_on(on), 0, 0, 0
        while True:
            vanish("care_over")
            if not made("care_over", keyed(_OVER), {"on": on}):
                return Missed(missed, finished, opened)
            missed += run(_MISS_OPEN) + run(_MISS_NEVER_OPENED)
            answer("care_over", book=book, on=on)
            run(_MOVE)
            finished += run(_FINISH)
            opened += run(OPEN.format(more=_THESE), {"on": on})


_THESE = "AND (resident_id, rule_id) IN (SELECT resident_id, rule_id FROM care_over) AND expires_on >= %(on)s"
# Of a service item the last day of the agreement says how many windows there are.
_OVER = """
    SELECT plan.resident_id, plan.rule_id, plan.sequence, plan.team_id, plan.urgency, 'next' AS how, plan.version,
        plan.anchor_on, CASE WHEN rule.item_id IS NULL THEN coalesce(held.ends_on, '9999-12-31')
            ELSE coalesce(agreement.ends_on, '9999-12-31') END AS until_on,
        0 AS done, plan.anchor_on AS old_anchor, plan.steps, plan.opens_on, plan.due_on, plan.closes_on, plan.expires_on
    FROM care_plan AS plan
    JOIN care_carerule AS rule ON rule.id = plan.rule_id
    LEFT JOIN contracts_enrollment AS held ON held.id = plan.enrollment_id
    LEFT JOIN contracts_agreement AS agreement ON agreement.id = held.agreement_id
    WHERE plan.state = 'running' AND plan.expires_on < %(on)s
    ORDER BY plan.resident_id, plan.rule_id
"""
_MISS_OPEN = """
    UPDATE care_task AS task SET state = 'missed' FROM care_over AS one
    WHERE task.resident_id = one.resident_id AND task.rule_id = one.rule_id AND task.sequence = one.sequence
        AND task.state = 'due'
"""
_MISS_NEVER_OPENED = """
    INSERT INTO care_task (resident_id, rule_id, sequence, state, team_id, urgency, version, anchor_on, steps, opens_on,
        due_on, closes_on, expires_on)
    SELECT resident_id, rule_id, sequence, 'missed', team_id, urgency, version, anchor_on, steps, opens_on, due_on,
        closes_on, expires_on
    FROM care_over AS one WHERE NOT EXISTS (
        SELECT FROM care_task AS task WHERE task.resident_id = one.resident_id AND task.rule_id = one.rule_id
            AND task.sequence = one.sequence)
    ON CONFLICT DO NOTHING
"""
_ANSWERED = """FROM care_over AS one LEFT JOIN care_over_slot AS slot ON slot.key = one.key
    WHERE plan.resident_id = one.resident_id AND plan.rule_id = one.rule_id"""
_MOVE = f"""
    UPDATE care_plan AS plan SET sequence = one.sequence + 1, anchor_on = slot.anchor_on, steps = slot.steps,
        version = slot.version, opens_on = slot.opens_on, due_on = slot.due_on, closes_on = slot.closes_on,
        expires_on = slot.expires_on
    {_ANSWERED} AND slot.key IS NOT NULL
"""  # noqa: S608
_FINISH = f"UPDATE care_plan AS plan SET state = 'finished' {_ANSWERED} AND slot.key IS NULL"  # noqa: S608
