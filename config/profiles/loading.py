"""Profiles of this installation: finding the file, and storing its numbers from a day on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from care.actions.publishing import CannotPublish, TableChange, profile_changes, publish_profile
from config.policies import ROOMS
from config.profiles.reading import CannotReadProfile, Profile, Setting, Shapes, read_profile
from core.models import PolicySetting
from core.policy import standing_rows, typed
from core.refusals import Refusal

FOLDER = Path(__file__).parent
SHAPES: Shapes = {one.room: one.shape for one in ROOMS.values()}


class CannotLoadProfile(Refusal):
    """The profile may not come into force like this; nothing was stored."""


@dataclass(frozen=True)
class Change:
    """The numbers of one room: stored, or already in force from that day with the same content."""

    room: str
    payload: dict[str, Any]
    is_new: bool


@dataclass(frozen=True)
class Stored:
    """What loading a profile did: to the numbers of the rooms, and to the rule tables of care."""

    rooms: list[Change]
    tables: list[TableChange]


def names() -> list[str]:
    return sorted(one.stem for one in FOLDER.glob("*.toml"))


def read(name: str) -> Profile:
    """The profile of that name.

    Raises:
        CannotReadProfile: no such profile, or its file is wrong.
    """
    if name not in names():
        raise CannotReadProfile(
            "unknown_profile", f"没有名为 {name} 的参数文件，可用：{'、'.join(names())}。"
        )
    return read_profile(name, (FOLDER / f"{name}.toml").read_text(encoding="utf-8"), SHAPES)


def changes(profile: Profile, *, on: date) -> Iterator[Change]:
    """What storing would do: a room whose last numbers of that day are the same is left alone."""
    for room, payload in profile.payloads().items():
        same_day = standing_rows(PolicySetting.objects.filter(room=room, in_force_from=on))
        yield Change(room, payload, not same_day or same_day[-1].payload != payload)


@transaction.atomic
def store(profile: Profile, *, on: date, today: date) -> Stored:
    """Put the profile's numbers and rules in force from ``on``; doing it twice writes nothing the second time.

    Raises:
        CannotLoadProfile: ``on`` is past, and numbers were in force by then: what was done under them stands.
    """
    with connection.cursor() as cursor:  # two loads at once must not both find nothing
        cursor.execute("LOCK TABLE core_policysetting IN SHARE ROW EXCLUSIVE MODE")
    found = list(changes(profile, on=on))
    new = [one for one in found if one.is_new]
    if on < today:
        _refuse_to_change_the_past([one.room for one in new], today)
    PolicySetting.objects.bulk_create(
        PolicySetting(room=one.room, payload=one.payload, in_force_from=on, source=profile.basis(one.room))
        for one in new
    )
    return Stored(found, _publish(profile, on=on, today=today))


def _publish(profile: Profile, *, on: date, today: date) -> list[TableChange]:
    try:
        return publish_profile(profile.name, by=None, on=today, in_force_from=on, source=profile.title)
    except CannotPublish as refusal:
        raise CannotLoadProfile(refusal.code, refusal.sentence) from refusal


def rule_changes(profile: Profile, *, on: date) -> list[TableChange]:
    """What the profile changes in the rule tables in force on a day."""
    return profile_changes(profile.name, on=on)


def _refuse_to_change_the_past(rooms: list[str], today: date) -> None:
    """Before the first numbers of a room there is no past to change: an installation may begin on an earlier day."""
    begun = PolicySetting.objects.filter(room__in=rooms, in_force_from__lte=today)
    held = sorted(set(begun.values_list("room", flat=True)))
    if held:
        labels = "、".join(ROOMS[room].label for room in held)
        raise CannotLoadProfile(
            "in_past", f"{labels}已有执行中的参数，过去的数值不能改。请把生效日期改为今天（{today}）或以后。"
        )


@dataclass(frozen=True)
class Difference:
    """One number of a profile beside what would hold on that day without it; values as JSON has them."""

    room: str
    name: str
    label: str
    before: Any
    after: Any
    differs: bool
    source: str
    note: str


def diff(profile: Profile, *, on: date) -> list[Difference]:
    """Every number of the profile, changed or not, in the order of its file. One query for each room."""
    held = {room: ROOMS[room].on(on) for room in profile.payloads()}
    return [_difference(one, getattr(held[one.room], one.name)) for one in profile.settings]


def _difference(one: Setting, before: Any) -> Difference:
    after = typed(SHAPES[one.room], {one.name: one.value})[one.name]
    return Difference(
        room=one.room,
        name=one.name,
        label=one.label,
        before=_plain(before),
        after=_plain(after),
        differs=before != after,
        source=one.source,
        note=one.note,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Decimal) else value
