"""Issues of team A brought to each state by the actions themselves."""

import datetime as dt

from django.utils import timezone

from outreach.actions.disclosures import confirm, edit_items, publish
from outreach.actions.drafting_disclosures import draft_month
from outreach.choices import ItemState
from outreach.models import MonthlyDisclosure
from outreach.policy import policy_on
from outreach.rules.disclosures import Entry
from teams.models import Team, User

DAY = dt.date(2026, 11, 22)


def drafted(team: Team) -> MonthlyDisclosure:
    draft_month(on=DAY, now=timezone.now(), policy=policy_on(DAY))
    return MonthlyDisclosure.objects.get(team=team)


def last(issue: MonthlyDisclosure) -> int:
    """Number of the newest version: what somebody who opens the page now has before him."""
    return issue.versions.order_by("-number").values_list("number", flat=True)[0]


def write(issue: MonthlyDisclosure, by: User, **texts: str) -> list[int]:
    """``write(issue, li, n3="…")``; "" declares that there is none."""
    entries = {
        int(name[1:]): Entry(ItemState.FILLED if text else ItemState.NOTHING, text)
        for name, text in texts.items()
    }
    return edit_items(by=by, now=timezone.now(), disclosure=issue, seen=last(issue), entries=entries)


def filled(team: Team, by: User) -> MonthlyDisclosure:
    """A draft in which every item says something."""
    issue = drafted(team)
    write(issue, by, **{f"n{number}": f"第{number}项的内容" for number in range(1, 11)})
    return issue


def confirmed(team: Team, by: User) -> MonthlyDisclosure:
    issue = filled(team, by)
    return confirm(by=by, now=timezone.now(), policy=policy_on(DAY), disclosure=issue, seen=last(issue))


def published(team: Team, leader: User, steward: User) -> MonthlyDisclosure:
    issue = confirmed(team, leader)
    return publish(by=steward, now=timezone.now(), disclosure=issue, seen=last(issue))
