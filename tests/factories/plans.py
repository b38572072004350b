"""Plans by hand, for tests of what only reads them; care's own tests reach them through its actions."""

import datetime as dt
from itertools import count

from care.choices import Program
from care.models import CareRule, Plan
from residents.models import Resident
from teams.models import Team

_numbers = count(1)
_somebody = count(900_000_000)


def rule(code: str = "", *, is_restricted: bool = False, **facts) -> CareRule:
    """The shipped rule of that code, or one of its own."""
    code = code or f"test.rule{next(_numbers)}"
    values = {"program": Program.HYPERTENSION, "name": "高血压随访", "is_restricted": is_restricted} | facts
    return CareRule.objects.get_or_create(code=code, defaults=values)[0]


def plan(
    team: Team, due_on: dt.date, *, of: CareRule | None = None, resident: Resident | None = None, **facts
) -> Plan:
    """A running plan: it opens five days before its day and closes ten after."""
    days = {
        "opens_on": due_on - dt.timedelta(days=5),
        "due_on": due_on,
        "closes_on": due_on + dt.timedelta(days=10),
        "expires_on": due_on + dt.timedelta(days=60),
        "anchor_on": due_on - dt.timedelta(days=90),
    }
    return Plan.objects.create(
        resident_id=resident.pk if resident else next(_somebody),
        rule=of or rule(),
        sequence=1,
        team=team,
        **days | facts,
    )


def plans(number: int, team: Team, due_on: dt.date, **facts) -> list[Plan]:
    of = facts.pop("of", None) or rule()
    return [plan(team, due_on, of=of, **facts) for _ in range(number)]
