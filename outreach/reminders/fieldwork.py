"""What stays lying in the field: errands late or not done, changes of persons, days off that nobody has decided.

Each is told to who can do something about it, and only to him: an errand to its team and to who carries it (S2-31), a
change of persons to the street (S2-23), days off to those who may approve them, never to who asked (S0-26).
"""

from django.conf import settings

from outreach.choices import Audience, Priority
from outreach.queries.errands import SHOWN_DAYS
from outreach.reminders.sources import OpenSource, Stage

_TEAM = "'team:' || errand.team_id AS subject, errand.team_id, NULL::bigint AS user_id"
_PERSON = "'user:' || {0} AS subject, NULL::bigint AS team_id, {0} AS user_id"
_REST = "count(DISTINCT {0}) AS count, 0 AS urgent, 0 AS restricted, '' AS title"
_IN_FORCE = "{0}.starts_on <= %(on)s AND coalesce({0}.ends_on, %(on)s) >= %(on)s"


def _day(column: str) -> str:
    return f"({column} AT TIME ZONE '{settings.TIME_ZONE}')::date"


def _late(whose: str, joined: str = "") -> str:
    return f"""
        SELECT {whose}, errand.due_on AS day, {_REST.format("errand.id")}
        FROM outreach_errandorder errand {joined}
        WHERE errand.state IN ('asked', 'taken') AND errand.due_on < %(on)s
        GROUP BY 1, 2, 3, 4
    """  # noqa: S608 - woven of the constants of this page


# As the page of who goes has it: his own, as long as he holds the post.
_CARRIED = f"""JOIN grids_posting post ON post.id = errand.posting_id AND post.user_id IS NOT NULL
            AND {_IN_FORCE.format("post")}"""
# The team has done something about it once it has sent somebody again or has spoken with the person; and there is
# nothing left to do for who has died or moved away. As long as the pages of who went show what has ended.
_FAILED = f"""
    SELECT {_TEAM}, {_day("errand.ended_at")} AS day, {_REST.format("errand.id")}
    FROM outreach_errandorder errand JOIN residents_resident person ON person.id = errand.resident_id
    WHERE errand.state = 'failed' AND {_day("errand.ended_at")} > %(on)s::date - {SHOWN_DAYS}
        AND person.life_status = 'present'
        AND NOT EXISTS (SELECT FROM outreach_errandorder again
            WHERE again.resident_id = errand.resident_id AND again.id > errand.id
                AND again.asked_at >= errand.ended_at)
        AND NOT EXISTS (SELECT FROM care_contact spoken
            WHERE spoken.resident_id = errand.resident_id AND spoken.outcome = 'reached'
                AND spoken.voided_at IS NULL AND spoken.recorded_at >= errand.ended_at
                AND spoken.contacted_on >= {_day("errand.ended_at")})
    GROUP BY 1, 2, 3, 4
"""  # noqa: S608

_OFFICERS = f"""officer.area_code <> '' AND starts_with(grid.code, officer.area_code)
            AND {_IN_FORCE.format("officer")}"""
# The street enters them; where it has nobody, the bureau does.
_CHANGES = f"""
    SELECT {_PERSON.format("officer.user_id")}, {_day("change.reported_at")} AS day, {_REST.format("change.id")}
    FROM outreach_personnelchange change JOIN grids_grid grid ON grid.id = change.grid_id
    JOIN teams_roleassignment officer ON {_OFFICERS} AND (officer.role = 'street' OR officer.role = 'bureau'
        AND NOT EXISTS (SELECT FROM teams_roleassignment street
            JOIN teams_user person ON person.id = street.user_id AND person.is_active
            WHERE street.role = 'street' AND street.area_code <> '' AND starts_with(grid.code, street.area_code)
                AND {_IN_FORCE.format("street")}))
    WHERE change.state = 'new'
    GROUP BY 1, 2, 3, 4
"""  # noqa: S608

# Stewards of the institution whose team answers for the grid, a micro-grid by the grid above it, and of the one above
# that institution; the bureau where none of them but who asked is there.
_STEWARDS = f"""SELECT steward.user_id FROM grids_gridresponsibility held
            JOIN teams_team team ON team.id = held.team_id
            JOIN teams_institution place ON place.id = team.institution_id
            JOIN teams_roleassignment steward ON steward.institution_id IN (place.id, place.parent_id)
            JOIN teams_user person ON person.id = steward.user_id AND person.is_active
            WHERE (held.grid_id = grid.id OR held.grid_id = grid.parent_id AND NOT EXISTS (
                    SELECT FROM grids_gridresponsibility own
                    WHERE own.grid_id = grid.id AND {_IN_FORCE.format("own")}))
                AND {_IN_FORCE.format("held")} AND steward.role = 'institution_steward'
                AND {_IN_FORCE.format("steward")} AND steward.user_id <> stop.asked_by_id"""  # noqa: S608
_STOPS = f"""
    SELECT {_PERSON.format("decider.user_id")}, {_day("stop.asked_at")} AS day, {_REST.format("stop.id")}
    FROM outreach_pointexception stop JOIN outreach_servicepoint point ON point.id = stop.point_id
    JOIN grids_grid grid ON grid.id = point.grid_id
    CROSS JOIN LATERAL ({_STEWARDS} UNION SELECT officer.user_id FROM teams_roleassignment officer
        WHERE officer.role = 'bureau' AND {_OFFICERS} AND officer.user_id <> stop.asked_by_id
            AND NOT EXISTS ({_STEWARDS})) decider
    WHERE stop.state = 'asked'
    GROUP BY 1, 2, 3, 4
"""  # noqa: S608


ERRANDS = OpenSource(
    name="errand",
    label="代办",
    page="errand-list",
    query="?state=late",
    stages=(
        Stage(
            "overdue", "超期未办的代办 {count} 件", Audience.MEMBER, _late(_TEAM),
            offset=lambda numbers: 1, priority=Priority.CLOSE,
        ),
        Stage(
            "overdue_worker", "超期未办的代办 {count} 件", Audience.PERSON,
            _late(_PERSON.format("post.user_id"), _CARRIED),
            offset=lambda numbers: 1, priority=Priority.CLOSE, page="grid-errands",
        ),
    ),
)  # fmt: skip

FAILED_ERRANDS = OpenSource(
    name="errand_failed",
    label="没有办成的代办",
    page="errand-list",
    query="?state=failed",
    stages=(
        Stage(
            "failed", "没有办成的代办 {count} 件，请另行安排", Audience.MEMBER, _FAILED,
            offset=lambda numbers: 0, until=lambda numbers: SHOWN_DAYS, priority=Priority.CLOSE,
        ),
    ),
)  # fmt: skip

CHANGES = OpenSource(
    name="personnel",
    label="网格人员变动",
    page="admin:outreach_personnelchange_changelist",
    query="?state__exact=new",
    stages=(
        Stage(
            "new", "待办理的网格人员变动 {count} 件", Audience.PERSON, _CHANGES, offset=lambda numbers: 0,
        ),
    ),
)  # fmt: skip

STOPS = OpenSource(
    name="point_stop",
    label="服务点停诊",
    page="point-stop-list",
    query="?state=asked",
    stages=(
        Stage(
            "asked", "待批准的停诊申请 {count} 件", Audience.PERSON, _STOPS, offset=lambda numbers: 0,
            priority=Priority.CLOSE,
        ),
    ),
)  # fmt: skip
