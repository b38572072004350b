"""Work that is due for people: soon, due, overdue and for how long (S1-3..S1-9), and the quarterly contact (S2-18).

Read from the plans: the one occurrence of each rule that is open or comes next, with an index on each of its days.
Whatever takes a plan out of the way - done, missed, paused, dead, moved away - takes it out of the count.
"""

from outreach.choices import Audience, Priority
from outreach.reminders.sources import CountedSource, Stage

_CONTACT = "contract.contact"
_HANDED = (
    "handed.resident_id = plan.resident_id AND handed.program = rule.program AND handed.state = 'accepted'"
)


def _plans(day: str, where: str, *, is_officers: bool = False) -> str:
    """Running plans of a span of ``day``, by team, or by the officer who has taken the person over for their programme
    (S1-22); restricted programmes as a number of their own."""
    whose = "plan.team_id"
    columns = "'team:' || plan.team_id AS subject, plan.team_id, NULL::bigint AS user_id"
    with_officer = ""
    if is_officers:
        whose = "handed.to_officer_id"
        columns = "'user:' || handed.to_officer_id AS subject, NULL::bigint AS team_id, handed.to_officer_id AS user_id"
        with_officer = f"JOIN care_handover handed ON {_HANDED}"
    return f"""
        SELECT {columns}, plan.{day} AS day,
            count(*) FILTER (WHERE NOT rule.is_restricted) AS count,
            count(*) FILTER (WHERE plan.urgency >= 2) AS urgent,
            count(*) FILTER (WHERE rule.is_restricted) AS restricted, '' AS title
        FROM care_plan plan JOIN care_carerule rule ON rule.id = plan.rule_id {with_officer}
        WHERE plan.state = 'running' AND plan.{day} BETWEEN %(first)s AND %(last)s AND {where}
        GROUP BY {whose}, plan.{day}
    """  # noqa: S608 - woven of the constants below


_WORK = f"rule.code <> '{_CONTACT}'"
_IN_TIME = f"{_WORK} AND plan.closes_on >= %(on)s"
_OWN = f"NOT EXISTS (SELECT FROM care_handover handed WHERE {_HANDED})"  # an officer has not taken it over
_SOON = _plans("due_on", f"{_WORK} AND {_OWN}")
_DUE = _plans("due_on", f"{_IN_TIME} AND {_OWN}")
_OVERDUE = _plans("closes_on", f"{_WORK} AND {_OWN}")
_OVERDUE_ALL = _plans("closes_on", _WORK)
_OFFICERS_DUE = _plans("due_on", _IN_TIME, is_officers=True)
_OFFICERS_OVERDUE = _plans("closes_on", _WORK, is_officers=True)
_CONTACTS = _plans("closes_on", f"rule.code = '{_CONTACT}'")

TASKS = CountedSource(
    name="care",
    label="服务任务",
    page="home",
    stages=(
        Stage(
            "soon", "近日到期 {count} 项", Audience.MEMBER, _SOON,
            offset=lambda numbers: -numbers.outreach.task_soon_days, until=lambda numbers: 0,
        ),
        Stage("due", "到期待办 {count} 项", Audience.MEMBER, _DUE, offset=lambda numbers: 0, priority=Priority.CLOSE),
        Stage("overdue", "超期 {count} 项", Audience.MEMBER, _OVERDUE, offset=lambda numbers: 1, priority=Priority.CLOSE),
        Stage(
            "officer_due", "承接人员到期待办 {count} 项", Audience.PERSON, _OFFICERS_DUE,
            offset=lambda numbers: 0, priority=Priority.CLOSE,
        ),
        Stage(
            "officer_overdue", "承接人员超期 {count} 项", Audience.PERSON, _OFFICERS_OVERDUE,
            offset=lambda numbers: 1, priority=Priority.CLOSE,
        ),
        Stage(
            "overdue_leader", "团队超期较久 {count} 项", Audience.LEADER, _OVERDUE_ALL,
            offset=lambda numbers: numbers.outreach.escalate_leader_days, priority=Priority.CLOSE,
        ),
        Stage(
            "overdue_steward", "机构各团队超期较久 {count} 项", Audience.STEWARD, _OVERDUE_ALL,
            offset=lambda numbers: numbers.outreach.escalate_steward_days, priority=Priority.CLOSE,
        ),
        Stage(
            "overdue_bureau", "辖区各团队长期超期 {count} 项", Audience.BUREAU, _OVERDUE_ALL,
            offset=lambda numbers: numbers.outreach.escalate_bureau_days, priority=Priority.CLOSE,
        ),
    ),
)  # fmt: skip

CONTACTS = CountedSource(
    name="contact",
    label="季度联系",
    page="home",
    stages=(
        Stage(
            "soon", "本季度还未联系 {count} 人", Audience.MEMBER, _CONTACTS,
            offset=lambda numbers: -numbers.outreach.contact_soon_days, until=lambda numbers: 1,
        ),
        Stage(
            "overdue", "上季度未联系上 {count} 人", Audience.MEMBER, _CONTACTS,
            offset=lambda numbers: 1, priority=Priority.CLOSE,
        ),
    ),
)  # fmt: skip
