"""Profiles of this installation: finding the file, and storing its numbers from a day on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from config.policies import ROOMS
from config.profiles.reading import CannotReadProfile, Profile, Shapes, read_profile
from core.models import PolicySetting

FOLDER = Path(__file__).parent
SHAPES: Shapes = {one.room: one.shape for one in ROOMS.values()}


@dataclass(frozen=True)
class Change:
    """The numbers of one room: stored, or already in force from that day with the same content."""

    room: str
    payload: dict[str, Any]
    is_new: bool


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
        same_day = PolicySetting.objects.filter(room=room, in_force_from=on).order_by("-id")
        last = same_day.values_list("payload", flat=True).first()
        yield Change(room, payload, last != payload)


@transaction.atomic
def store(profile: Profile, *, on: date) -> list[Change]:
    """Put the profile's numbers in force from ``on``; doing it twice writes nothing the second time."""
    with connection.cursor() as cursor:  # two loads at once must not both find nothing
        cursor.execute("LOCK TABLE core_policysetting IN SHARE ROW EXCLUSIVE MODE")
    found = list(changes(profile, on=on))
    PolicySetting.objects.bulk_create(
        PolicySetting(room=one.room, payload=one.payload, in_force_from=on, source=profile.basis(one.room))
        for one in found
        if one.is_new
    )
    return found
