"""The month's ten disclosures: to confirm, to publish, to post, to look at; and those that are late (S0-23).

Told until the month is over; then it stands on the page of the compliance. Where the institution publishes one issue for
all its teams, every leader hears of it, and whoever is above them counts it once.
"""

from django.conf import settings

from outreach.choices import Audience, Priority
from outreach.reminders.numbers import Numbers
from outreach.reminders.sources import OpenSource, Stage
from outreach.rules.proofs import MOST_CHANNELS, MOST_ITEMS

_TODAY = "team.starts_on <= %(on)s AND coalesce(team.ends_on, %(on)s) >= %(on)s"
# Teams that work today with a grid of their own, each with the issue that tells of it and the days of this month: its
# own, or that of its institution, as the institution has begun, or else as the policy says. ``head`` stands for it. Nobody
# is told of anything before the district had its first issue. ``is_asked``: at work on the day by which it was due, as the
# page of the compliance counts; a team that began later writes its issue, and is not late.
_UNITS = f"""
    WITH calendar AS (
        SELECT first, (first + interval '1 month')::date - 1 AS last, first + (%(due_day)s - 1) AS due
        FROM (SELECT date_trunc('month', %(on)s::timestamp)::date AS first) month
        WHERE EXISTS (SELECT FROM outreach_monthlydisclosure begun WHERE begun.month <= first)
    ), working AS (
        SELECT team.id, team.institution_id, calendar.*,
            min(team.id) OVER (PARTITION BY team.institution_id) AS head,
            coalesce((SELECT bool_and(known.team_id IS NOT NULL) FROM outreach_monthlydisclosure known
                WHERE known.institution_id = team.institution_id AND known.month = calendar.first),
                %(unit)s = 'team') AS is_own,
            team.starts_on <= calendar.due AND EXISTS (SELECT FROM grids_gridresponsibility held
                WHERE held.team_id = team.id AND held.starts_on <= calendar.due
                    AND coalesce(held.ends_on, calendar.due) >= calendar.due) AS was_there
        FROM teams_team team CROSS JOIN calendar
        WHERE {_TODAY} AND EXISTS (SELECT FROM grids_gridresponsibility held WHERE held.team_id = team.id
            AND held.starts_on <= %(on)s AND coalesce(held.ends_on, %(on)s) >= %(on)s)
    ), unit AS (
        SELECT working.id AS team_id, is_own OR head = working.id AS speaks, first, last, due,
            CASE WHEN is_own THEN was_there
                ELSE bool_or(was_there) OVER (PARTITION BY working.institution_id) END AS is_asked,
            coalesce(issue.state, 'none') AS state,
            coalesce(issue.state = 'published'
                AND (SELECT count(*) FROM outreach_disclosureitem item
                    WHERE item.disclosure_id = issue.id AND item.state <> 'gap') >= %(items)s
                AND (SELECT count(DISTINCT proof.channel) FROM outreach_disclosureproof proof
                    WHERE proof.disclosure_id = issue.id AND proof.state = 'counted'
                        AND proof.posted_on BETWEEN first AND last) >= %(channels)s, false) AS is_met
        FROM working
        LEFT JOIN outreach_monthlydisclosure issue ON issue.month = first
            AND CASE WHEN is_own THEN issue.team_id = working.id
                ELSE issue.institution_id = working.institution_id AND issue.team_id IS NULL END
    )
    SELECT 'team:' || team_id AS subject, team_id, NULL::bigint AS user_id, due AS day, 1 AS count, 0 AS urgent,
        0 AS restricted, '' AS title
    FROM unit WHERE
"""  # noqa: S608 - woven of constants of ours
_DRAFT = _UNITS + "state = 'draft'"
_CONFIRMED = _UNITS + "speaks AND state = 'confirmed'"
_IN_LAST_DAYS = "%(on)s > last - %(last_days)s"
_UNPOSTED = (
    _UNITS + f"state = 'published' AND is_asked AND NOT is_met AND %(on)s >= due AND NOT {_IN_LAST_DAYS}"
)
_UNPOSTED_LAST = _UNITS + f"state = 'published' AND is_asked AND NOT is_met AND {_IN_LAST_DAYS}"
_LATE = _UNITS + f"speaks AND is_asked AND NOT is_met AND (%(on)s > due OR {_IN_LAST_DAYS})"
_LATE_LAST = _UNITS + f"speaks AND is_asked AND NOT is_met AND {_IN_LAST_DAYS}"

_FLAGGED = f"""
    SELECT 'team:' || about.team_id AS subject, about.team_id, NULL::bigint AS user_id, issue.month AS day,
        count(*) AS count, 0 AS urgent, 0 AS restricted, '' AS title
    FROM outreach_disclosureproof proof JOIN outreach_monthlydisclosure issue ON issue.id = proof.disclosure_id
    CROSS JOIN LATERAL (SELECT coalesce(issue.team_id, (SELECT min(team.id) FROM teams_team team
        WHERE team.institution_id = issue.institution_id AND {_TODAY})) AS team_id) about
    WHERE proof.state = 'flagged' AND about.team_id IS NOT NULL
        AND (proof.recorded_at AT TIME ZONE '{settings.TIME_ZONE}')::date <= %(on)s
    GROUP BY about.team_id, issue.month
"""  # noqa: S608


def _numbers(numbers: Numbers) -> dict[str, object]:
    policy = numbers.outreach
    return {
        "unit": policy.disclosure_unit,
        "items": min(policy.disclosure_items, MOST_ITEMS),
        "channels": min(policy.disclosure_min_channels, MOST_CHANNELS),
        "due_day": policy.disclosure_due_day,
        "last_days": policy.disclosure_last_days,
    }


def _stage(
    code: str, words: str, audience: Audience, things: str, *, priority: Priority = Priority.ROUTINE,
    page: str = "",
) -> Stage:  # fmt: skip
    """The statements know their days themselves."""
    return Stage(
        code, words, audience, things, offset=lambda numbers: 0, priority=priority, page=page, values=_numbers
    )


DISCLOSURES = OpenSource(
    name="disclosure",
    label="月度十公开",
    page="disclosure-list",
    stages=(
        _stage("confirm", "十公开待确认 {count} 期", Audience.LEADER, _DRAFT),
        _stage("publish", "十公开待审核发布 {count} 期", Audience.STEWARD, _CONFIRMED),
        _stage(
            "post", "已发布、公开形式还不够的十公开 {count} 期", Audience.LEADER, _UNPOSTED,
            page="disclosure-compliance",
        ),
        _stage(
            "post_last", "月底将至，公开形式还不够的十公开 {count} 期", Audience.LEADER, _UNPOSTED_LAST,
            priority=Priority.CLOSE, page="disclosure-compliance",
        ),
        _stage(
            "late", "本月还没有达标的十公开 {count} 期", Audience.STEWARD, _LATE,
            priority=Priority.CLOSE, page="disclosure-compliance",
        ),
        _stage(
            "late_bureau", "月底将至，全区还没有达标的十公开 {count} 期", Audience.BUREAU, _LATE_LAST,
            page="disclosure-compliance",
        ),
        _stage(
            "flagged", "公开照片疑似重复待核 {count} 条", Audience.STEWARD, _FLAGGED, page="proof-flagged"
        ),
    ),
)  # fmt: skip
