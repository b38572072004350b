"""Persons on their way to somebody else: handovers that an officer has not answered (S1-22), referrals that wait for the
hospital, or that came back and wait for the team (S2-21). Restricted ones are a number of their own.
"""

from django.conf import settings

from outreach.choices import Audience, Priority
from outreach.reminders.sources import CountedSource, Stage

_LOOK_AHEAD = -60  # days before the last day to answer: longer than any such term

_HANDOVERS = """
    SELECT 'user:' || one.to_officer_id AS subject, NULL::bigint AS team_id, one.to_officer_id AS user_id,
        one.answer_by AS day, count(*) AS count, 0 AS urgent, 0 AS restricted, '' AS title
    FROM care_handover one
    WHERE one.state = 'offered' AND one.answer_by BETWEEN %(first)s AND %(last)s
    GROUP BY one.to_officer_id, one.answer_by
"""
_HANDOVERS_OF_TEAM = """
    SELECT 'team:' || one.from_team_id AS subject, one.from_team_id AS team_id, NULL::bigint AS user_id,
        one.answer_by AS day, count(*) AS count, 0 AS urgent, 0 AS restricted, '' AS title
    FROM care_handover one
    WHERE one.state = 'offered' AND one.answer_by BETWEEN %(first)s AND %(last)s
    GROUP BY one.from_team_id, one.answer_by
"""
# By day as the clock on the wall shows it; the bounds stand on the bare column, for its index.
_CLOCK = f"""
    SELECT *, (reply_by AT TIME ZONE '{settings.TIME_ZONE}')::date AS day FROM care_referral
    WHERE reply_by >= %(first)s::timestamp AT TIME ZONE '{settings.TIME_ZONE}'
        AND reply_by < (%(last)s::date + 1)::timestamp AT TIME ZONE '{settings.TIME_ZONE}'
"""  # noqa: S608 - woven of constants of ours, as those below
_COUNTED = """count(*) FILTER (WHERE NOT one.is_restricted) AS count,
        count(*) FILTER (WHERE one.urgency >= 2) AS urgent,
        count(*) FILTER (WHERE one.is_restricted) AS restricted, '' AS title"""
_SENT_UP = f"""
    SELECT 'user:' || staff.user_id AS subject, NULL::bigint AS team_id, staff.user_id, one.day, {_COUNTED}
    FROM ({_CLOCK} AND state = 'sent') one
    JOIN (SELECT DISTINCT user_id, institution_id FROM teams_roleassignment
        WHERE role IN ('hospital_staff', 'institution_steward') AND starts_on <= %(on)s
            AND coalesce(ends_on, %(on)s) >= %(on)s) staff ON staff.institution_id = one.to_institution_id
    GROUP BY staff.user_id, one.day
"""  # noqa: S608
_UNANSWERED_OF_TEAM = f"""
    SELECT 'team:' || one.team_id AS subject, one.team_id, NULL::bigint AS user_id, one.day, {_COUNTED}
    FROM ({_CLOCK} AND state = 'sent') one GROUP BY one.team_id, one.day
"""  # noqa: S608
_HANDED_DOWN = f"""
    SELECT 'team:' || one.team_id AS subject, one.team_id, NULL::bigint AS user_id, one.day, {_COUNTED}
    FROM ({_CLOCK} AND state = 'handed_down') one GROUP BY one.team_id, one.day
"""  # noqa: S608

HANDOVERS = CountedSource(
    name="handover",
    label="专干移交",
    page="officer-list",
    stages=(
        Stage(
            "waiting", "待接收移交 {count} 人", Audience.PERSON, _HANDOVERS,
            offset=lambda numbers: _LOOK_AHEAD, until=lambda numbers: 1, page="officer-inbox",
        ),
        Stage(
            "overdue", "移交超过答复期限 {count} 人", Audience.PERSON, _HANDOVERS,
            offset=lambda numbers: 1, priority=Priority.CLOSE, page="officer-inbox",
        ),
        Stage(
            "overdue_leader", "专干超期未答复的移交 {count} 人", Audience.LEADER, _HANDOVERS_OF_TEAM,
            offset=lambda numbers: 1,
        ),
    ),
)  # fmt: skip

REFERRALS = CountedSource(
    name="referral",
    label="双向转诊",
    page="referral-list",
    stages=(
        Stage(
            "waiting", "待接诊转诊 {count} 人", Audience.PERSON, _SENT_UP,
            offset=lambda numbers: _LOOK_AHEAD, until=lambda numbers: 1,
        ),
        Stage(
            "overdue", "转诊超过答复期限 {count} 人", Audience.PERSON, _SENT_UP,
            offset=lambda numbers: 1, priority=Priority.CLOSE,
        ),
        Stage(
            "unanswered", "上级医院超期未答复的转诊 {count} 人", Audience.LEADER, _UNANSWERED_OF_TEAM,
            offset=lambda numbers: 1,
        ),
        Stage(
            "back", "下转待接续 {count} 人", Audience.MEMBER, _HANDED_DOWN,
            offset=lambda numbers: _LOOK_AHEAD, until=lambda numbers: 1,
        ),
        Stage(
            "back_overdue", "下转超期未接续 {count} 人", Audience.MEMBER, _HANDED_DOWN,
            offset=lambda numbers: 1, priority=Priority.CLOSE,
        ),
    ),
)  # fmt: skip
