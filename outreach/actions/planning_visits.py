"""Visits made from the timetables of the service points, for the weeks ahead (S0-26); and those that never happened.

What ought to stand in the calendar follows from the timetables alone; each run compares it with what stands there and
mends the difference, by a few statements over all points. Somebody who has booked is never moved without a word: his
visit stays, or is cancelled where the point is not served, and shows in the list of those to be called.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from core.bulk import take_time
from core.sql import made, rows_of, run, vanish
from outreach.actions.booking import tell_booked
from outreach.choices import VisitState
from outreach.models import OutreachVisit
from outreach.policy import OutreachPolicy

_SPACE = 0x0F15D  # of advisory locks


@dataclass(frozen=True)
class Planned:
    """Visits by what became of them.

    Attributes:
        made: new, or planned again.
        moved: other hours or another team.
        removed: not wanted any more; nobody had ever booked there.
        cancelled: not wanted any more; it was booked once, or is.
        kept: do not fit the timetable any more, and somebody has booked: nobody else may, and a person decides.
    """

    made: int
    moved: int
    removed: int
    cancelled: int
    kept: int


def last_planned_on(*, on: date, policy: OutreachPolicy) -> date:
    """The Sunday up to which visits are planned: this week and ``visits_ahead_weeks`` whole ones after it."""
    return on + timedelta(days=7 - on.isoweekday() + 7 * policy.visits_ahead_weeks)


def plan_visits(
    *, on: date, now: datetime, policy: OutreachPolicy, points: Collection[int] | None = None
) -> Planned:
    """Bring the planned visits of today and later in line with the timetables. A second call changes nothing.

    Visits that a person has changed or cancelled by hand (``recorded_by``) and those begun are left alone; a changed one
    goes away all the same where the point is not served that day.

    Args:
        points: ids of the points looked at; None for all of them.
    """
    given: dict[str, object] = {
        "on": on,
        "until": last_planned_on(on=on, policy=policy),
        "points": None if points is None else list(points),
    }
    with transaction.atomic():
        take_time()
        hold_planning()
        vanish("visits_")
        made("visits_wanted", _WANTED, given)
        _lock_what_changes(given)
        removed, cancelled, kept = _take_away(now)
        back = run(_REVIVE, given)
        moved = run(_MOVE, given)
        new = back + run(_MAKE, given)
        for statement in (_DROP_STAFF, _ADD_STAFF, _DROP_SLOTS, _SEAT_SLOTS, _ADD_SLOTS):
            run(statement, given)
        return Planned(made=new, moved=moved, removed=removed, cancelled=cancelled, kept=kept)


def hold_planning() -> None:
    """One plans at a time, until the end of the transaction.

    Whoever locks a point or its hours before he plans takes this first: the night, which plans already, must not wait
    for his rows while he waits for the night.
    """
    run("SELECT pg_advisory_xact_lock(%s, 1)", [_SPACE])


def _lock_what_changes(given: dict[str, object]) -> None:
    """Slots first, then their visits, as whoever books does: nobody waits in a circle.

    Whoever is booking has finished before it is asked who has booked; a visit that was begun meanwhile is left alone.
    """
    made("visits_over", _OVER, given)
    made("visits_changing", _CHANGING, given)
    for table, column in (("outreach_visitslot", "visit_id"), ("outreach_outreachvisit", "id")):
        run(
            f"SELECT FROM {table} WHERE {column} IN (SELECT id FROM visits_changing) ORDER BY id FOR UPDATE"  # noqa: S608
        )
    run(_LET_GO)


def _take_away(now: datetime) -> tuple[int, int, int]:
    """Visits that no timetable wants: removed, cancelled, kept."""
    made("visits_gone", _GONE)
    for table, column in (
        ("outreach_visitslot", "visit_id"),
        ("outreach_visitstaff", "visit_id"),
        ("outreach_outreachvisit_grids", "outreachvisit_id"),
        ("outreach_outreachvisit", "id"),
    ):
        removed = run(f"DELETE FROM {table} WHERE {column} IN (SELECT id FROM visits_gone)")  # noqa: S608
    cancelled = [pk for (pk,) in rows_of(_CANCEL)]
    if cancelled:
        tell_booked(visits=OutreachVisit.objects.filter(pk__in=cancelled), now=now)
    return removed, len(cancelled), run(_KEPT)


def miss_visits(*, on: date, policy: OutreachPolicy) -> int:
    """Planned and past is missed, of whatever kind; it may still be recorded late. How many.

    So is what was begun and can no longer be written down: nobody ended it. ``began_at`` stays and says so.
    """
    first = on - timedelta(days=policy.visit_backdate_days)
    over = Q(state=VisitState.PLANNED, on__lt=on) | Q(state=VisitState.ONGOING, on__lt=first)
    return OutreachVisit.objects.filter(over).update(state=VisitState.MISSED)


_STOPPED = """EXISTS (
    SELECT FROM outreach_pointexception AS stop WHERE stop.point_id = {point} AND stop.state = 'approved'
        AND {day} BETWEEN stop.starts_on AND stop.ends_on)"""
# greatest() and least() leave out what is empty. Weeks are counted from the Monday of the week in which it began.
_WANTED = f"""
    SELECT plan.id AS timetable_id, plan.team_id, plan.point_id, one.day::date AS day, plan.begins_at, plan.closes_at
    FROM outreach_pointtimetable AS plan
    JOIN outreach_servicepoint AS point ON point.id = plan.point_id
    JOIN teams_team AS team ON team.id = plan.team_id
    CROSS JOIN generate_series(
        greatest(plan.starts_on, point.opened_on, team.starts_on, %(on)s::date)::timestamp,
        least(plan.ends_on, point.closed_on - 1, team.ends_on, %(until)s::date)::timestamp, '1 day') AS one (day)
    WHERE extract(isodow FROM one.day) = plan.weekday
        AND (date_trunc('week', one.day)::date - date_trunc('week', plan.starts_on::timestamp)::date) / 7
            %% plan.every_weeks = 0
        AND (%(points)s::bigint[] IS NULL OR plan.point_id = ANY(%(points)s::bigint[]))
        AND NOT {_STOPPED.format(point="plan.point_id", day="one.day::date")}
"""  # noqa: S608
_AHEAD = """visit.state = 'planned' AND visit.timetable_id IS NOT NULL AND visit."on" >= %(on)s
        AND (%(points)s::bigint[] IS NULL OR visit.point_id = ANY(%(points)s::bigint[]))"""
# Visits that only this page has written.
_OURS = f"{_AHEAD} AND visit.recorded_by_id IS NULL"
_OVER = f"""
    SELECT visit.id, day.stopped
    FROM outreach_outreachvisit AS visit JOIN outreach_servicepoint AS point ON point.id = visit.point_id
    CROSS JOIN LATERAL (SELECT point.closed_on <= visit."on" IS TRUE
        OR {_STOPPED.format(point="visit.point_id", day='visit."on"')}) AS day (stopped)
    WHERE {_AHEAD} AND (visit.recorded_by_id IS NULL OR day.stopped) AND NOT EXISTS (
        SELECT FROM visits_wanted AS one WHERE one.timetable_id = visit.timetable_id AND one.day = visit."on")
"""  # noqa: S608
# Also those that will be moved, or come back.
_CHANGING = """
    SELECT id FROM visits_over UNION
    SELECT visit.id FROM outreach_outreachvisit AS visit
    JOIN visits_wanted AS one ON one.timetable_id = visit.timetable_id AND one.day = visit."on"
    WHERE visit.recorded_by_id IS NULL AND (visit.state = 'cancelled' OR visit.state = 'planned'
        AND (one.begins_at, one.closes_at, one.team_id) IS DISTINCT FROM
            (visit.begins_at, visit.closes_at, visit.team_id))
"""
_LET_GO = """
    DELETE FROM visits_over AS over USING outreach_outreachvisit AS visit
    WHERE visit.id = over.id AND (visit.state <> 'planned' OR visit.recorded_by_id IS NOT NULL AND NOT over.stopped)
"""
_BOOKED = """EXISTS (SELECT FROM outreach_booking AS booking JOIN outreach_visitslot AS slot ON slot.id = booking.slot_id
    WHERE slot.visit_id = {visit}{more})"""
_LIVE = " AND booking.state = 'booked'"
_GONE = f"""
    SELECT over.id FROM visits_over AS over
    WHERE NOT {_BOOKED.format(visit="over.id", more="")}
        AND NOT EXISTS (SELECT FROM outreach_visitcheckin AS one WHERE one.visit_id = over.id)
"""  # noqa: S608
# Nobody did this by hand: when the point is served again, the visit comes back.
_CANCEL = f"""
    UPDATE outreach_outreachvisit AS visit SET state = 'cancelled', recorded_by_id = NULL, recorded_at = NULL,
        note = CASE WHEN over.stopped THEN '停诊' ELSE '时间表已调整' END
    FROM visits_over AS over
    WHERE visit.id = over.id AND (over.stopped OR NOT {_BOOKED.format(visit="over.id", more=_LIVE)})
    RETURNING visit.id
"""  # noqa: S608
_KEPT = """
    SELECT visit.id FROM outreach_outreachvisit AS visit JOIN visits_over AS over ON over.id = visit.id
    WHERE visit.state = 'planned'
"""
_MOVE = f"""
    UPDATE outreach_outreachvisit AS visit
    SET begins_at = one.begins_at, closes_at = one.closes_at, team_id = one.team_id
    FROM visits_wanted AS one
    WHERE {_OURS} AND one.timetable_id = visit.timetable_id AND one.day = visit."on"
        AND (one.begins_at, one.closes_at, one.team_id) IS DISTINCT FROM (visit.begins_at, visit.closes_at, visit.team_id)
        AND NOT {_BOOKED.format(visit="visit.id", more=_LIVE)}
"""  # noqa: S608
_REVIVE = f"""
    UPDATE outreach_outreachvisit AS visit SET state = 'planned',
        note = CASE WHEN {_BOOKED.format(visit="visit.id", more=_LIVE)} THEN '停诊后恢复，请逐个联系已预约的居民确认' ELSE '' END
    FROM visits_wanted AS one
    WHERE visit.state = 'cancelled' AND visit.recorded_by_id IS NULL
        AND one.timetable_id = visit.timetable_id AND one.day = visit."on"
"""  # noqa: S608
_MAKE = """
    INSERT INTO outreach_outreachvisit (kind, state, team_id, point_id, timetable_id, place, topic, "on", begins_at,
        closes_at, visitors, head_counts, handouts, place_grade, note, client_token)
    SELECT 'patrol', 'planned', team_id, point_id, timetable_id, '', '', day, begins_at, closes_at, 0, '{}', '{}', 0,
        '', gen_random_uuid()
    FROM visits_wanted ORDER BY day, timetable_id
    ON CONFLICT DO NOTHING
"""
# Who stands in the timetable and belongs to the team on that day.
_TO_COME = """EXISTS (SELECT FROM outreach_pointtimetable_staff AS named
    JOIN teams_teammembership AS member ON member.user_id = named.user_id AND member.team_id = visit.team_id
        AND member.starts_on <= visit."on" AND (member.ends_on IS NULL OR member.ends_on >= visit."on")
    WHERE named.pointtimetable_id = visit.timetable_id AND named.user_id = {user})"""
_DROP_STAFF = f"""
    DELETE FROM outreach_visitstaff AS staff USING outreach_outreachvisit AS visit
    WHERE {_OURS} AND staff.visit_id = visit.id AND NOT staff.is_present
        AND NOT {_TO_COME.format(user="staff.user_id")}
"""  # noqa: S608
_ADD_STAFF = f"""
    INSERT INTO outreach_visitstaff (visit_id, user_id, is_present)
    SELECT visit.id, person.user_id, false FROM outreach_outreachvisit AS visit
    JOIN outreach_pointtimetable_staff AS person ON person.pointtimetable_id = visit.timetable_id
    WHERE {_OURS} AND {_TO_COME.format(user="person.user_id")}
    ON CONFLICT DO NOTHING
"""  # noqa: S608
# The slots of a visit: from its own hours, as long and as many seats as its timetable says. Of one that no timetable
# wants any more only those that are booked stay.
_SLOTS = f"""
    SELECT visit.id AS visit_id, visit.begins_at + make_interval(mins => plan.slot_minutes * step) AS begins_at,
        plan.seats
    FROM outreach_outreachvisit AS visit JOIN outreach_pointtimetable AS plan ON plan.id = visit.timetable_id
    CROSS JOIN generate_series(0,
        floor(extract(epoch FROM visit.closes_at - visit.begins_at) / 60 / plan.slot_minutes)::int - 1) AS step
    WHERE {_OURS} AND plan.seats > 0 AND NOT EXISTS (SELECT FROM visits_over AS over WHERE over.id = visit.id)
"""  # noqa: S608
_DROP_SLOTS = f"""
    WITH wanted AS ({_SLOTS})
    DELETE FROM outreach_visitslot AS slot USING outreach_outreachvisit AS visit
    WHERE {_OURS} AND slot.visit_id = visit.id
        AND NOT EXISTS (SELECT FROM wanted WHERE wanted.visit_id = slot.visit_id AND wanted.begins_at = slot.begins_at)
        AND NOT EXISTS (SELECT FROM outreach_booking AS booking WHERE booking.slot_id = slot.id)
"""  # noqa: S608
_SEAT_SLOTS = f"""
    WITH wanted AS ({_SLOTS}), seated AS (
        SELECT slot.id, greatest(coalesce(wanted.seats, 0), slot.taken) AS seats
        FROM outreach_outreachvisit AS visit JOIN outreach_visitslot AS slot ON slot.visit_id = visit.id
        LEFT JOIN wanted ON wanted.visit_id = slot.visit_id AND wanted.begins_at = slot.begins_at
        WHERE {_OURS})
    UPDATE outreach_visitslot AS slot SET seats = greatest(seated.seats, slot.taken) FROM seated
    WHERE slot.id = seated.id AND slot.seats <> seated.seats
"""  # noqa: S608
_ADD_SLOTS = f"""
    INSERT INTO outreach_visitslot (visit_id, begins_at, seats, taken)
    SELECT visit_id, begins_at, seats, 0 FROM ({_SLOTS}) AS wanted
    ON CONFLICT DO NOTHING
"""  # noqa: S608
