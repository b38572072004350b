"""A person's messages, and how the channels are doing."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet

from care.models import Task
from core.masks import mask_name
from outreach.choices import ChannelCode, DeliveryState
from outreach.models import Digest, DigestDelivery, MessageSetting
from outreach.policy import policy_on
from outreach.reminders import SOURCES
from outreach.reminders.wording import Line, lines_of, restricted_in, summary
from teams.access import Permission, may, scope_of
from teams.models import TeamMembership, User

TOP = 5


@dataclass(frozen=True)
class Message:
    """One digest in words.

    Attributes:
        restricted: further things that are said as a number only.
    """

    digest: Digest
    lines: list[Line]
    restricted: int
    summary: str


@dataclass(frozen=True)
class Urgent:
    """One of the first things to do, for the page inside the system."""

    resident_id: int
    name: str
    work: str
    closes_on: date
    is_overdue: bool
    is_urgent: bool


@dataclass(frozen=True)
class Health:
    """How many messages of a channel are in each state."""

    label: str
    is_offered: bool
    counts: dict[str, int]


def unread_count(user: User) -> int:
    """One query, by the index of unread digests."""
    return Digest.objects.visible_to(user).unread().count()


def inbox_of(user: User) -> QuerySet[Digest]:
    return Digest.objects.visible_to(user).shown()


def in_words(digest: Digest) -> Message:
    """No query."""
    lines = lines_of(digest.lines, SOURCES)
    restricted = restricted_in(digest.lines)
    said = summary(lines, urgent=digest.urgent, restricted=restricted)
    return Message(digest, lines, restricted, said or "都已办完。")


def first_things(user: User, *, on: date) -> list[Urgent]:
    """The most pressing open tasks of a person's own teams; restricted ones only for those who may see them."""
    if not may(user, Permission.CARE_VIEW):
        return []
    own = TeamMembership.objects.active_on(on).filter(user=user, team__in=scope_of(user).teams)
    tasks = Task.objects.visible_to(user).open().filter(team__in=own.values("team"), due_on__lte=on)
    first = tasks.select_related("resident", "rule").order_by("-urgency", "closes_on", "pk")[:TOP]
    return [_urgent(one, on) for one in first]


def _urgent(task: Any, on: date) -> Urgent:
    return Urgent(
        task.resident_id,
        mask_name(task.resident.name),
        task.rule.name,
        task.closes_on,
        is_overdue=task.closes_on < on,
        is_urgent=task.urgency >= 2,
    )


def chosen_channels(user: User, *, on: date) -> list[str]:
    """What a person chose, else what the policy says."""
    setting = MessageSetting.objects.filter(user=user).first()
    return list(setting.channels) if setting else list(policy_on(on).outside_channels)


def channel_health(*, since: date, offered: set[str]) -> list[Health]:
    """Messages of the days from ``since`` on, by channel and state. One query."""
    rows = (
        DigestDelivery.objects.filter(digest__on__gte=since)
        .values_list("channel", "state")
        .annotate(count=Count("pk"))
    )
    found = {(channel, state): count for channel, state, count in rows}
    return [
        Health(
            one.label,
            one.value in offered,
            {state: found.get((one.value, state), 0) for state in DeliveryState},
        )
        for one in ChannelCode
    ]
