"""Wanted plans held against the existing ones: what has to be started, kept, moved, paused or ended, and why."""

from datetime import date

from care.actions.wanting import narrowed
from care.actions.windows import answer, keyed
from care.queries.rules import Rulebook
from core.sql import made, run

SAME_SERIES_DAYS = 180  # an anchor corrected by less is the same pregnancy; by more it is another one


def write_changes(book: Rulebook, *, on: date, to_some: bool, program: str = "") -> int:
    """Make ``care_changes``, one row for each plan that is not as it is wanted, with its new window; how many there are.

    Needs ``care_wants``. Nothing is written to a plan. Column ``act``: start, keep, again, next (a plan gets a window),
    give (only its team or enrolment), pause, end.

    Args:
        program: compare with the plans of its rules only.
    """
    params = {"on": on, "same": SAME_SERIES_DAYS, "program": program}
    some = narrowed("one.resident_id", to_some=to_some) + (_OF_PROGRAM if program else "")
    made("care_compared", _COMPARED.format(some=some), params)
    made("care_asked", keyed(_ASKED))
    answer("care_asked", book=book, on=on)
    return made("care_changes", _CHANGES)


_OF_PROGRAM = (
    " AND one.rule_id IN (SELECT id FROM care_carerule WHERE program = %(program)s AND item_id IS NULL)"
)
_SAME_ANCHOR = """(CASE WHEN wanted.is_yearly
    THEN to_char(wanted.anchor_on, 'MMDD') = to_char(plan.anchor_on, 'MMDD') AND wanted.anchor_on >= plan.anchor_on
    ELSE wanted.anchor_on = plan.anchor_on END)"""
# A discharge or a last period that is told, or put right, after the visit asks for no second one.
_DONE_SINCE = """(NOT wanted.is_item AND EXISTS (
    SELECT FROM care_task AS task WHERE task.resident_id = plan.resident_id AND task.rule_id = plan.rule_id
        AND task.state IN ('done', 'done_late') AND task.done_on >= wanted.anchor_on))"""
# A window that has opened stays as it was told to people; the next one is reckoned by the rules then in force.
_COMPARED = f"""
    SELECT coalesce(wanted.resident_id, plan.resident_id) AS resident_id,
        coalesce(wanted.rule_id, plan.rule_id) AS rule_id,
        CASE WHEN wanted.resident_id IS NULL THEN CASE WHEN plan.state IN ('running', 'paused') THEN 'end' END
            WHEN plan.resident_id IS NULL THEN CASE WHEN NOT wanted.is_lost THEN 'start' END
            WHEN wanted.is_lost THEN CASE WHEN plan.state = 'running' THEN 'pause' END
            WHEN plan.state = 'paused' THEN 'keep'
            WHEN plan.state = 'ended' THEN CASE
                WHEN plan.expires_on >= %(on)s AND (NOT wanted.compares OR {_SAME_ANCHOR}) THEN 'keep' ELSE 'start' END
            WHEN plan.state = 'finished' THEN CASE
                WHEN wanted.compares AND wanted.anchor_on > plan.anchor_on AND NOT {_DONE_SINCE} THEN 'start'
                WHEN wanted.has_until AND wanted.anchor_on > plan.expires_on + 1 THEN 'start'
                WHEN wanted.has_until THEN 'next' END
            WHEN wanted.compares AND NOT {_SAME_ANCHOR} THEN CASE
                WHEN NOT wanted.is_item AND NOT wanted.is_yearly
                    AND abs(wanted.anchor_on - plan.anchor_on) <= %(same)s THEN 'again' ELSE 'start' END
            WHEN wanted.version <> plan.version AND plan.opens_on > %(on)s THEN 'again'
            WHEN (wanted.team_id, wanted.enrollment_id) IS DISTINCT FROM (plan.team_id, plan.enrollment_id) THEN 'give'
            END AS act,
        CASE WHEN wanted.compares AND NOT {_SAME_ANCHOR} OR plan.resident_id IS NULL THEN wanted.anchor_on
            WHEN plan.state = 'ended' AND NOT plan.expires_on >= %(on)s THEN wanted.anchor_on
            WHEN plan.state = 'finished' AND wanted.anchor_on > plan.expires_on + 1 THEN wanted.anchor_on
            ELSE plan.anchor_on END AS anchor_on,
        wanted.until_on, wanted.team_id, wanted.enrollment_id, wanted.version, wanted.urgency, wanted.is_points,
        wanted.is_item, wanted.done, plan.resident_id IS NULL AS is_new, plan.state, plan.sequence AS old_sequence,
        plan.anchor_on AS old_anchor, plan.steps, plan.opens_on, plan.due_on, plan.closes_on, plan.expires_on
    FROM care_wants AS wanted
    FULL JOIN (SELECT * FROM care_plan AS one WHERE true {{some}}) AS plan
        ON plan.resident_id = wanted.resident_id AND plan.rule_id = wanted.rule_id
"""  # noqa: S608
# Where only the anchor matters, the rest is the same for all, so that a million beginnings are a few thousand cases.
_OLD = ("old_anchor", "steps", "opens_on", "due_on", "closes_on", "expires_on")
_EQUAL = ", ".join(
    f"CASE WHEN act = 'start' THEN {'0' if one == 'steps' else 'anchor_on'} ELSE {one} END AS {one}"
    for one in _OLD
)
_ASKED = f"""
    SELECT resident_id, CASE act WHEN 'start' THEN 'first' ELSE act END AS how, rule_id, version, anchor_on, until_on,
        done, {_EQUAL}
    FROM care_compared WHERE act IN ('start', 'keep', 'again', 'next')
"""  # noqa: S608
# No window: nothing to start; a series that has no further occurrence is finished. The count of a plan goes on from
# where it stopped; a series keeps whole rounds, so that its points keep their names.
_CHANGES = """
    WITH found AS (
        SELECT asked.resident_id, asked.rule_id, slot.key, slot.sequence, slot.anchor_on, slot.steps,
            slot.opens_on, slot.due_on, slot.closes_on, slot.expires_on
        FROM care_asked AS asked
        JOIN care_asked_slot AS slot ON slot.key = asked.key
    )
    SELECT one.resident_id, one.rule_id, one.act, one.team_id, one.enrollment_id, one.version, one.urgency, one.is_new,
        one.state, one.is_item, found.key IS NOT NULL AS has_window, one.old_sequence,
        one.due_on AS old_due_on,
        CASE WHEN one.act = 'start' THEN CASE
                WHEN one.is_points THEN (coalesce(one.old_sequence, 0) + 99) / 100 * 100 + found.sequence
                ELSE coalesce(one.old_sequence, 0) + 1 END
            ELSE one.old_sequence + coalesce(found.sequence, 1) - 1 + CASE
                WHEN one.act = 'keep' AND EXISTS (
                    SELECT FROM care_task AS task WHERE task.resident_id = one.resident_id
                        AND task.rule_id = one.rule_id AND task.sequence = one.old_sequence)
                THEN CASE WHEN one.is_points THEN 100 ELSE 1 END ELSE 0 END
            END AS sequence,
        found.anchor_on, found.steps, found.opens_on, found.due_on, found.closes_on, found.expires_on
    FROM care_compared AS one
    LEFT JOIN found ON found.resident_id = one.resident_id AND found.rule_id = one.rule_id
    WHERE one.act IS NOT NULL AND (found.key IS NOT NULL OR one.act IN ('end', 'pause', 'give', 'keep', 'again')
        OR one.act = 'start' AND one.state = 'running')
"""


def drop_changes() -> None:
    """Forget the comparison, so that another one can be made in the same transaction."""
    run(
        "DROP TABLE IF EXISTS care_compared, care_asked, care_asked_slot, care_changes, care_wants,"
        " care_found, care_people, care_rules, care_covers, care_promised"
    )
