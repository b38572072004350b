"""Goings-out of today, those that were never written down, and points at which nobody is planned next week (S0-26)."""

from outreach.choices import Audience, Priority
from outreach.reminders.sources import CountedSource, OpenSource, Stage

_COLUMNS = "'team:' || {team} AS subject, {team} AS team_id, NULL::bigint AS user_id, {day} AS day"
_REST = "count(*) AS count, 0 AS urgent, 0 AS restricted, '' AS title"

_STOPPED = """EXISTS (SELECT FROM outreach_pointexception stop
            WHERE stop.point_id = {point} AND stop.state = 'approved' AND {day} BETWEEN stop.starts_on AND stop.ends_on)"""

_TODAY = f"""
    SELECT {_COLUMNS.format(team="visit.team_id", day='visit."on"')}, {_REST}
    FROM outreach_outreachvisit visit
    WHERE visit."on" = %(on)s AND visit.state IN ('planned', 'ongoing')
        AND visit."on" BETWEEN %(first)s AND %(last)s
    GROUP BY visit.team_id, visit."on"
"""  # noqa: S608 - woven of the constants above
# A point that was served on another day of the same week was served; one with an approved day off had not to be. By way
# of the teams, whose visits of some days an index finds.
_UNWRITTEN = f"""
    SELECT {_COLUMNS.format(team="visit.team_id", day='visit."on"')}, {_REST}
    FROM teams_team team JOIN outreach_outreachvisit visit ON visit.team_id = team.id
    WHERE visit."on" BETWEEN %(first)s AND %(last)s AND visit.state IN ('planned', 'ongoing', 'missed')
        AND NOT EXISTS (SELECT FROM outreach_outreachvisit other
            WHERE visit.kind = 'patrol' AND other.point_id = visit.point_id AND other.state = 'done'
                AND other."on" BETWEEN date_trunc('week', visit."on"::timestamp)::date
                    AND date_trunc('week', visit."on"::timestamp)::date + 6)
        AND NOT (visit.kind = 'patrol' AND {_STOPPED.format(day='visit."on"', point="visit.point_id")})
    GROUP BY visit.team_id, visit."on"
"""  # noqa: S608
_MONDAY = "(date_trunc('week', %(on)s::timestamp)::date + 7)"
# Days of next week on which the timetables want somebody.
_WANTED = f"""SELECT {_MONDAY} + plan.weekday - 1 FROM outreach_pointtimetable plan
                WHERE plan.point_id = point.id AND plan.starts_on <= {_MONDAY} + plan.weekday - 1
                    AND coalesce(plan.ends_on, 'infinity') >= {_MONDAY} + plan.weekday - 1
                    AND ({_MONDAY} - date_trunc('week', plan.starts_on::timestamp)::date) / 7 %% plan.every_weeks = 0"""  # noqa: S608
# Open all of next week, no patrol planned there, and a day on which nobody was allowed to stay away: one of the
# timetables, or without any from Monday to Friday, as the calendar excuses them. Counted for the team of its grid.
_UNCOVERED = f"""
    SELECT {_COLUMNS.format(team="cover.team_id", day=_MONDAY)}, {_REST}
    FROM outreach_servicepoint point
    JOIN grids_grid grid ON grid.id = point.grid_id
    CROSS JOIN LATERAL (
        SELECT held.team_id FROM grids_gridresponsibility held JOIN teams_team team ON team.id = held.team_id
        WHERE held.grid_id IN (grid.id, grid.parent_id) AND held.starts_on <= {_MONDAY}
            AND coalesce(held.ends_on, {_MONDAY}) >= {_MONDAY}
            AND team.starts_on <= {_MONDAY} AND coalesce(team.ends_on, {_MONDAY}) >= {_MONDAY}
        ORDER BY held.grid_id = grid.id DESC, held.id LIMIT 1) cover
    WHERE point.opened_on <= {_MONDAY} AND coalesce(point.closed_on, 'infinity') > {_MONDAY} + 6
        AND {_MONDAY} BETWEEN %(first)s AND %(last)s
        AND NOT EXISTS (SELECT FROM outreach_outreachvisit visit
            WHERE visit.point_id = point.id AND visit."on" BETWEEN {_MONDAY} AND {_MONDAY} + 6
                AND visit.kind = 'patrol' AND visit.state <> 'cancelled')
        AND EXISTS (
            SELECT FROM ({_WANTED} UNION ALL SELECT {_MONDAY} + n FROM generate_series(0, 4) n
                WHERE NOT EXISTS ({_WANTED})) wanted (day)
            WHERE NOT {_STOPPED.format(day="wanted.day", point="point.id")})
    GROUP BY cover.team_id
"""  # noqa: S608

PATROLS = OpenSource(
    name="patrol",
    label="上门巡诊",
    page="visit-list",
    stages=(
        Stage(
            "today", "今天外出服务 {count} 次", Audience.MEMBER, _TODAY,
            offset=lambda numbers: 0, until=lambda numbers: 1, priority=Priority.CLOSE,
        ),
        Stage(
            "uncovered", "下周无人巡诊的服务点 {count} 个", Audience.LEADER, _UNCOVERED,
            offset=lambda numbers: -7, until=lambda numbers: 0, page="point-calendar",
        ),
        Stage(
            "uncovered_steward", "各团队下周无人巡诊的服务点 {count} 个", Audience.STEWARD, _UNCOVERED,
            offset=lambda numbers: -7, until=lambda numbers: 0, page="point-calendar",
        ),
    ),
)  # fmt: skip

# As long as it can be written down, its team is told; then it counts as not done.
UNWRITTEN = CountedSource(
    name="patrol_missed",
    label="外出服务未登记",
    page="visit-list",
    stages=(
        Stage(
            "overdue", "过了日期还没有登记的外出服务 {count} 次", Audience.MEMBER, _UNWRITTEN,
            offset=lambda numbers: 1, until=lambda numbers: numbers.outreach.visit_backdate_days + 1,
            priority=Priority.CLOSE,
        ),
    ),
)  # fmt: skip
