"""What grid workers have sent and nobody has answered yet, and alerts of symptoms (S2-26 to S2-29, S0-10).

How far a delay is told stands in the rows (``escalated``), written each minute on the working calendar; here it is only
counted. Of restricted kinds nothing is said but how many; an urgent report is told without saying about what.
"""

from django.conf import settings

from outreach.choices import Audience, Priority
from outreach.reminders.sources import OpenSource, Stage

_OPEN = "one.state IN ('new', 'assigned', 'verifying') AND NOT one.is_training"
_OFFICER = """officer.area_code <> ''
            AND officer.starts_on <= %(on)s AND coalesce(officer.ends_on, %(on)s) >= %(on)s"""
_OFFICERS = f"officer.role IN ('street', 'bureau') AND {_OFFICER}"
_TEAM = "'team:' || one.team_id AS subject, one.team_id, NULL::bigint AS user_id"
_PERSON = "'user:' || {0} AS subject, NULL::bigint AS team_id, {0} AS user_id"
_OFFICER_ID = _PERSON.format("officer.user_id")


def _day(column: str) -> str:
    return f"({column} AT TIME ZONE '{settings.TIME_ZONE}')::date AS day"


def _urgent(whose: str, where: str, joined: str = "") -> str:
    """Urgent reports with a side that has not acknowledged."""
    return f"""
        SELECT {whose}, {_day("one.reported_at")}, count(DISTINCT one.id) AS count, count(DISTINCT one.id) AS urgent,
            0 AS restricted, '' AS title
        FROM outreach_reportack ack JOIN outreach_gridreport one ON one.id = ack.report_id {joined}
        WHERE ack.acked_at IS NULL AND {_OPEN} AND {where}
        GROUP BY 1, 2, 3, 4
    """  # noqa: S608 - woven of the constants of this page


def _unsettled(whose: str, where: str, joined: str = "") -> str:
    """Urgent reports that both sides know of and nobody has ended."""
    return f"""
        SELECT {whose}, {_day("one.settle_by")}, count(DISTINCT one.id) AS count, count(DISTINCT one.id) AS urgent,
            0 AS restricted, '' AS title
        FROM outreach_gridreport one {joined}
        WHERE {_OPEN} AND one.kind = 'urgent' AND {where} AND NOT EXISTS (
            SELECT FROM outreach_reportack ack WHERE ack.report_id = one.id AND ack.acked_at IS NULL)
        GROUP BY 1, 2, 3, 4
    """  # noqa: S608


def _usual(whose: str, where: str, joined: str = "") -> str:
    return f"""
        SELECT {whose}, {_day("one.respond_by")}, count(DISTINCT one.id) FILTER (WHERE NOT one.is_restricted) AS count,
            0 AS urgent, count(DISTINCT one.id) FILTER (WHERE one.is_restricted) AS restricted, '' AS title
        FROM outreach_gridreport one {joined}
        WHERE {_OPEN} AND one.kind <> 'urgent' AND {where}
        GROUP BY 1, 2, 3, 4
    """  # noqa: S608


_GRID = "JOIN grids_grid grid ON grid.id = one.grid_id"
_COMMITTEE = f"""{_GRID} JOIN grids_posting post ON post.user_id <> one.reporter_id
        AND (post.role = 'community_steward' AND post.village_id = grid.village_id
            OR post.role = 'grid_leader' AND post.grid_id IN (grid.id, grid.parent_id))
        AND post.starts_on <= %(on)s AND coalesce(post.ends_on, %(on)s) >= %(on)s"""
_AT = f"{_GRID} JOIN teams_roleassignment officer ON starts_with(grid.code, officer.area_code)"
_PLACE = f"{_AT} AND {_OFFICERS}"
# A report belongs to its place: the street of the grid is told, wherever the institution of the team stands.
_STREET = f"{_AT} AND officer.role = 'street' AND {_OFFICER}"


def _late_urgent(level: int) -> str:
    return _urgent(_TEAM, f"one.team_id IS NOT NULL AND ack.escalated >= {level}")


def _late_unsettled(level: int) -> str:
    return _unsettled(_TEAM, f"one.team_id IS NOT NULL AND one.escalated >= {level}")


def _late(level: int) -> str:
    return _usual(_TEAM, f"one.team_id IS NOT NULL AND one.escalated >= {level}")


def _stage(code: str, words: str, audience: Audience, things: str, *, page: str = "", **facts: bool) -> Stage:
    return Stage(
        code, words, audience, things, offset=lambda numbers: 0, priority=Priority.CLOSE, page=page, **facts
    )


_OVERSEEN = "whistle-urgent-list"
_URGENT_LATE = "网格紧急上报超时未确认 {count} 件"
_UNSETTLED_LATE = "网格紧急上报超时未办结 {count} 件"

REPORTS = OpenSource(
    name="report",
    label="网格上报",
    page="whistle-list",
    stages=(
        _stage(
            "urgent", "网格紧急上报待团队确认 {count} 件", Audience.MEMBER,
            _urgent(_TEAM, "one.team_id IS NOT NULL AND ack.side = 'team'"), page=_OVERSEEN, is_alarm=True,
        ),
        _stage(
            "urgent_side", "网格紧急上报待村（居）确认 {count} 件", Audience.PERSON,
            _urgent(_PERSON.format("post.user_id"), "ack.side = 'committee'", _COMMITTEE),
            page="grid-urgent-list", is_alarm=True,
        ),
        _stage("urgent_leader", _URGENT_LATE, Audience.LEADER, _late_urgent(2), page=_OVERSEEN, is_alarm=True),
        _stage("urgent_steward", _URGENT_LATE, Audience.STEWARD, _late_urgent(2), page=_OVERSEEN, is_alarm=True),
        _stage(
            "urgent_street", _URGENT_LATE, Audience.PERSON,
            _urgent(_OFFICER_ID, "one.team_id IS NOT NULL AND ack.escalated >= 2", _STREET),
            page=_OVERSEEN, is_alarm=True,
        ),
        _stage("urgent_bureau", _URGENT_LATE, Audience.BUREAU, _late_urgent(3), page=_OVERSEEN, is_alarm=True),
        _stage(
            "urgent_no_team", "无责任团队的网格紧急上报 {count} 件", Audience.PERSON,
            _urgent(_OFFICER_ID, "one.team_id IS NULL", _PLACE), page=_OVERSEEN, is_alarm=True,
        ),
        _stage(
            "unsettled", "网格紧急上报待办结 {count} 件", Audience.MEMBER,
            _unsettled(_TEAM, "one.team_id IS NOT NULL AND one.escalated = 0"), page=_OVERSEEN,
        ),
        _stage("unsettled_late", _UNSETTLED_LATE, Audience.MEMBER, _late_unsettled(2), page=_OVERSEEN),
        _stage("unsettled_leader", _UNSETTLED_LATE, Audience.LEADER, _late_unsettled(2), page=_OVERSEEN),
        _stage("unsettled_steward", _UNSETTLED_LATE, Audience.STEWARD, _late_unsettled(2), page=_OVERSEEN),
        _stage(
            "unsettled_street", _UNSETTLED_LATE, Audience.PERSON,
            _unsettled(_OFFICER_ID, "one.team_id IS NOT NULL AND one.escalated >= 2", _STREET), page=_OVERSEEN,
        ),
        _stage("unsettled_bureau", _UNSETTLED_LATE, Audience.BUREAU, _late_unsettled(3), page=_OVERSEEN),
        _stage(
            "new", "待响应网格上报 {count} 件", Audience.MEMBER,
            _usual(_TEAM, "one.team_id IS NOT NULL AND one.state = 'new' AND one.escalated = 0"),
        ),
        _stage("overdue", "超时网格上报 {count} 件", Audience.MEMBER, _late(1)),
        _stage("overdue_leader", "团队超时网格上报 {count} 件", Audience.LEADER, _late(1)),
        _stage("overdue_steward", "机构各团队超时网格上报 {count} 件", Audience.STEWARD, _late(2)),
        _stage(
            "overdue_street", "辖区网格上报超时 {count} 件", Audience.PERSON,
            _usual(_OFFICER_ID, "one.team_id IS NOT NULL AND one.escalated >= 2", _STREET),
            page="whistle-oversight",
        ),
        _stage(
            "overdue_bureau", "辖区网格上报长期超时 {count} 件", Audience.BUREAU, _late(3),
            page="whistle-oversight",
        ),
        _stage(
            "no_team", "无责任团队的网格上报 {count} 件", Audience.PERSON,
            _usual(_OFFICER_ID, "one.team_id IS NULL", _PLACE), page="whistle-oversight",
        ),
    ),
)  # fmt: skip


def _alerts(whose: str, where: str, joined: str, *, is_urgent: bool = True) -> str:
    return f"""
        SELECT {whose}, {_day("alert.raised_at")}, count(DISTINCT alert.id) AS count,
            {"count(DISTINCT alert.id)" if is_urgent else "0"} AS urgent, 0 AS restricted, '' AS title
        FROM outreach_clusteralert alert {joined} WHERE {where}
        GROUP BY 1, 2, 3, 4
    """  # noqa: S608


_MEMBERS = "JOIN outreach_gridreport one ON one.alert_id = alert.id AND one.team_id IS NOT NULL"
_AROUND = f"""JOIN grids_area village ON village.id = alert.village_id
        JOIN teams_roleassignment officer ON starts_with(village.code, officer.area_code) AND {_OFFICERS}"""

CLUSTERS = OpenSource(
    name="cluster",
    label="聚集性症状",
    page="whistle-alert-list",
    stages=(
        _stage(
            "open", "聚集性症状预警 {count} 起", Audience.MEMBER, _alerts(_TEAM, "alert.state = 'open'", _MEMBERS)
        ),
        _stage(
            "handling", "处置中的症状预警 {count} 起", Audience.MEMBER,
            _alerts(_TEAM, "alert.state = 'handling'", _MEMBERS, is_urgent=False),
        ),
        _stage(
            "open_steward", "机构聚集性症状预警 {count} 起", Audience.STEWARD,
            _alerts(_TEAM, "alert.state = 'open'", _MEMBERS),
        ),
        _stage(
            "open_area", "辖区聚集性症状预警 {count} 起", Audience.PERSON,
            _alerts(_OFFICER_ID, "alert.state = 'open'", _AROUND),
        ),
    ),
)  # fmt: skip
