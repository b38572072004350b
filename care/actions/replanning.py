"""Plans made as they should be: for persons whose agreement, flags or life changed, or for everybody."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from care.actions.differing import drop_changes, write_changes
from care.actions.guarding import share
from care.actions.handovers import give_to_officers
from care.actions.wanting import name_persons, narrowed, write_wants
from care.choices import CloseReason
from care.policy import policy_on
from care.queries.rules import rulebook_on
from core.bulk import take_time
from core.sql import made, one_of, rows_of, run, vanish


@dataclass(frozen=True)
class Replanned:
    """How many plans were started, ended, given another window, another team, paused, resumed; how many open tasks were
    closed with that, and how many opened."""

    started: int = 0
    ended: int = 0
    moved: int = 0
    retargeted: int = 0
    paused: int = 0
    resumed: int = 0
    cancelled: int = 0
    opened: int = 0


def replan(residents: Collection[int] | None, *, on: date, now: datetime) -> Replanned:
    """Make the plans of these persons (None: of everybody) what agreements, flags, episodes and rules ask for.

    A second call changes nothing. Plans of a person who died, moved away, lost the flag or whose agreement ended are
    ended and their open tasks cancelled with the reason; those of a lost person pause until he is found. What is done
    stays as it is. Who is not concerned costs only the comparison.
    """
    if residents is not None and not residents:
        return Replanned()
    with transaction.atomic():
        share()
        take_time()
        vanish("care_")
        name_persons(residents)
        if residents is None and not _name_concerned(on=on):
            return Replanned()
        return write_plans(on=on, now=now)


def _name_concerned(*, on: date) -> int:
    """Make ``care_of`` of everybody who has a plan that is not as wanted: looked at without holding anything."""
    book = rulebook_on(on)
    write_wants(book, on=on, newborn_days=policy_on(on).newborn_age_days, to_some=False)
    write_changes(book, on=on, to_some=False)
    found = made("care_of", "SELECT DISTINCT resident_id FROM care_changes")
    drop_changes()
    return found


def write_plans(*, on: date, now: datetime) -> Replanned:
    """Replan the persons in ``care_of``, inside the caller's transaction."""
    run(
        "SELECT FROM care_plan WHERE resident_id IN (SELECT resident_id FROM care_of) ORDER BY resident_id, rule_id FOR UPDATE"
    )
    book = rulebook_on(on)
    write_wants(book, on=on, newborn_days=policy_on(on).newborn_age_days, to_some=True)
    write_changes(book, on=on, to_some=True)
    counts = dict(rows_of(_COUNTS))
    closed = _end(now) + run(_PAUSE_TASKS, {"now": now, "reason": CloseReason.NOT_REACHED})
    run(_PAUSE)
    closed += run(_LEAVE_TASKS, {"now": now, "on": on, "reason": CloseReason.AGREEMENT_ENDED})
    run(_MOVE)
    run(_FINISH)
    run(_START)
    run(_GIVE)
    run(_FOLLOW_TASKS)
    run(_NOT_YET, {"on": on})
    opened = open_some(on=on)
    drop_changes()
    return Replanned(cancelled=closed, opened=opened, **counts)


# Several acts count as one thing to the reader.
_COUNTS = """
    SELECT CASE WHEN act = 'end' THEN 'ended' WHEN act = 'pause' THEN 'paused' WHEN act = 'give' THEN 'retargeted'
        WHEN act = 'keep' THEN 'resumed' WHEN act = 'start' AND is_new THEN 'started'
        WHEN act = 'start' AND state <> 'running' THEN 'started' ELSE 'moved' END AS what, count(*)::int
    FROM care_changes WHERE act <> 'again' OR old_due_on IS DISTINCT FROM due_on GROUP BY what
"""
_END_TASKS = """
    UPDATE care_task AS task SET state = 'cancelled', closed_at = %(now)s, reason = CASE
        WHEN person.life_status = 'deceased' THEN 'deceased'
        WHEN person.life_status = 'moved_out' THEN 'moved_out'
        WHEN person.life_status = 'merged' THEN 'merged'
        WHEN served.resident_id IS NULL THEN 'agreement_ended'
        WHEN rule.kind IN ('flag', 'tier') THEN 'flag_ended'
        WHEN rule.kind IN ('episode', 'discharged') THEN 'episode_closed'
        WHEN rule.rule_id IS NULL AND NOT known.code LIKE 'item.%%' THEN 'rule_changed'
        ELSE 'agreement_ended' END
    FROM care_changes AS one
    JOIN residents_resident AS person ON person.id = one.resident_id
    JOIN care_carerule AS known ON known.id = one.rule_id
    LEFT JOIN care_people AS served ON served.resident_id = one.resident_id
    LEFT JOIN care_rules AS rule ON rule.rule_id = one.rule_id
    WHERE one.act = 'end' AND task.resident_id = one.resident_id AND task.rule_id = one.rule_id AND task.state = 'due'
"""
_OF = "FROM care_changes AS one WHERE plan.resident_id = one.resident_id AND plan.rule_id = one.rule_id"
_PAUSE = f"UPDATE care_plan AS plan SET state = 'paused' {_OF} AND one.act = 'pause'"  # noqa: S608
_PAUSE_TASKS = """
    UPDATE care_task AS task SET state = 'lost', reason = %(reason)s, closed_at = %(now)s
    FROM care_changes AS one
    WHERE one.act = 'pause' AND task.resident_id = one.resident_id AND task.rule_id = one.rule_id AND task.state = 'due'
"""
# Another term, another pregnancy: what was open belongs to the former one. By a corrected anchor its days may be over.
_IS_OVER = "(one.act = 'again' OR task.expires_on < %(on)s)"
_LEAVE_TASKS = f"""
    UPDATE care_task AS task SET state = CASE WHEN {_IS_OVER} THEN 'missed' ELSE 'cancelled' END,
        reason = CASE WHEN NOT {_IS_OVER} THEN %(reason)s END, closed_at = CASE WHEN NOT {_IS_OVER} THEN %(now)s END
    FROM care_changes AS one
    WHERE (one.act = 'start' OR one.act = 'again' AND (NOT one.has_window OR one.sequence > one.old_sequence))
        AND task.resident_id = one.resident_id AND task.rule_id = one.rule_id AND task.state = 'due'
"""  # noqa: S608
_WINDOW = ("anchor_on", "steps", "opens_on", "due_on", "closes_on", "expires_on")
_SET_WINDOW = ", ".join(f"{one} = one.{one}" for one in _WINDOW)
_MOVE = f"""
    UPDATE care_plan AS plan SET state = 'running', sequence = one.sequence, team_id = one.team_id,
        enrollment_id = one.enrollment_id, version = one.version, urgency = one.urgency, {_SET_WINDOW}
    {_OF} AND one.has_window
"""  # noqa: S608
_FINISH = f"""
    UPDATE care_plan AS plan SET state = 'finished'
    {_OF} AND NOT one.has_window AND one.act IN ('start', 'keep', 'again', 'next')
"""  # noqa: S608
_START = f"""
    INSERT INTO care_plan (resident_id, rule_id, sequence, state, team_id, enrollment_id, version, urgency, because,
        {", ".join(_WINDOW)})
    SELECT resident_id, rule_id, sequence, 'running', team_id, enrollment_id, version, urgency, '', {", ".join(_WINDOW)}
    FROM care_changes AS one WHERE act = 'start' AND is_new AND has_window
    ORDER BY resident_id, rule_id
    ON CONFLICT DO NOTHING
"""  # noqa: S608
_GIVE = f"""
    UPDATE care_plan AS plan SET team_id = one.team_id, enrollment_id = one.enrollment_id {_OF} AND one.act = 'give'
"""  # noqa: S608
# An open task goes with its plan: to another team, which plans its own days, or to the days of a corrected anchor.
_OF_TEAM = ", ".join(
    f"{one} = CASE WHEN task.team_id = plan.team_id THEN task.{one} END"
    for one in ("assigned_to_id", "planned_on")
)
_FOLLOW_TASKS = f"""
    UPDATE care_task AS task SET team_id = plan.team_id, {_OF_TEAM},
        {", ".join(f"{one} = plan.{one}" for one in _WINDOW)}
    FROM care_changes AS one
    JOIN care_plan AS plan ON plan.resident_id = one.resident_id AND plan.rule_id = one.rule_id
    WHERE one.act IN ('give', 'again') AND task.resident_id = plan.resident_id AND task.rule_id = plan.rule_id
        AND task.sequence = plan.sequence AND task.state = 'due'
"""  # noqa: S608
_NOT_YET = """
    DELETE FROM care_task AS task USING care_changes AS one
    WHERE one.act = 'again' AND task.resident_id = one.resident_id AND task.rule_id = one.rule_id
        AND task.state = 'due' AND task.opens_on > %(on)s
"""


def _end(now: datetime) -> int:
    """How many open tasks were cancelled."""
    cancelled = run(_END_TASKS, {"now": now})
    run(f"UPDATE care_plan AS plan SET state = 'ended' {_OF} AND one.act = 'end'")  # noqa: S608
    return cancelled


OPEN = """
    INSERT INTO care_task (resident_id, rule_id, sequence, state, team_id, urgency, version, anchor_on, steps, opens_on,
        due_on, closes_on, expires_on)
    SELECT resident_id, rule_id, sequence, 'due', team_id, urgency, version, anchor_on, steps, opens_on, due_on,
        closes_on, expires_on
    FROM care_plan AS plan WHERE state = 'running' AND opens_on <= %(on)s {more}
    ON CONFLICT DO NOTHING
"""


def open_some(*, on: date) -> int:
    """Open at once what is open already for the persons in ``care_of``; how many tasks that were."""
    opened = run(OPEN.format(more=narrowed("resident_id", to_some=True)), {"on": on})
    if opened:
        give_to_officers(residents=[pk for (pk,) in rows_of("SELECT resident_id FROM care_of")])
    return opened


def concerned() -> int:
    """How many persons ``care_of`` names."""
    return int(one_of("SELECT count(*) FROM care_of")[0])
