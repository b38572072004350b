"""Merging two entries of one person: what is taken from which, and what forbids it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from residents.choices import LifeStatus, Relation


class Part(StrEnum):
    """What is taken from one entry or the other as a whole; the value names the form field."""

    NAME = "name"
    IDENTITY = "identity"
    PHONE = "phone"
    HOME = "home"
    REGISTRATION = "registration"
    TEAM = "team"
    STATUS = "status"
    REMARK = "remark"


@dataclass(frozen=True)
class Choice:
    """One line of the choice.

    Attributes:
        columns: of the resident's row, the first tells whether there is anything.
    """

    label: str
    columns: tuple[str, ...]


CHOICES: dict[Part, Choice] = {
    Part.NAME: Choice("姓名", ("name", "name_grams", "initials")),
    Part.IDENTITY: Choice(
        "证件、性别、出生日期", ("id_index", "id_kind", "id_number", "id_tail", "sex", "born_on")
    ),
    Part.PHONE: Choice("联系电话", ("phone_index", "phone", "phone_tail")),
    Part.HOME: Choice("家庭、网格和住址", ("household_id", "relation", "grid_id", "address")),
    Part.REGISTRATION: Choice("户籍类型", ("registration",)),
    Part.TEAM: Choice("管理团队", ("managing_team_id",)),
    Part.STATUS: Choice("状态", ("life_status", "life_status_on")),
    Part.REMARK: Choice("备注", ("remark",)),
}

Row = Mapping[str, Any]


def differing(kept: Row, dropped: Row) -> list[Part]:
    """Parts in which the two rows differ, so that somebody has to choose."""
    return [
        part for part, choice in CHOICES.items() if any(kept[one] != dropped[one] for one in choice.columns)
    ]


def proposed(kept: Row, dropped: Row) -> set[Part]:
    """Parts to take from the dropped entry unless somebody chooses otherwise: where the kept one has nothing."""
    return {
        part
        for part in differing(kept, dropped)
        if not kept[CHOICES[part].columns[0]] and dropped[CHOICES[part].columns[0]]
    }


def better_kept(first: Row, second: Row) -> bool:
    """Whether the first of two entries is the one to keep: with a number, present, in a household; else the older."""

    def worth(row: Row) -> tuple[bool, bool, bool]:
        return (
            bool(row["id_index"]),
            row["life_status"] == LifeStatus.PRESENT,
            row["household_id"] is not None,
        )

    if worth(first) != worth(second):
        return worth(first) > worth(second)
    return bool(first["id"] < second["id"])


def merged_row(kept: Row, dropped: Row, take: Collection[Part]) -> dict[str, Any]:
    """Columns of the kept entry that change.

    The later day of confirming counts. Who was head of the same household remains head, under whichever entry.
    """
    wanted = {column: dropped[column] for part in take for column in CHOICES[part].columns}
    days = [row["confirmed_on"] for row in (kept, dropped) if row["confirmed_on"]]
    wanted["confirmed_on"] = max(days, default=None)
    if _is_head(dropped) and dropped["household_id"] == kept["household_id"]:
        wanted["relation"] = Relation.HEAD.value
    return {column: value for column, value in wanted.items() if kept[column] != value}


# What is left of an entry that was merged away: no number, no household, no team.
DROPPED = {
    "id_kind": "00",
    "id_number": "\\x",
    "id_index": None,
    "id_tail": None,
    "household_id": None,
    "relation": Relation.NON_RELATIVE.value,
    "managing_team_id": None,
    "life_status": LifeStatus.MERGED.value,
}


def _is_head(row: Row) -> bool:
    return (
        row["household_id"] is not None
        and row["relation"] == Relation.HEAD
        and row["life_status"] == LifeStatus.PRESENT
    )


def left_households(kept: Row, dropped: Row, take: Collection[Part]) -> dict[int, bool]:
    """Households in which the person is not present after the merge: id -> whether one of the entries was their head."""
    after = {**kept, **merged_row(kept, dropped, take)}
    stays = after["household_id"] if after["life_status"] == LifeStatus.PRESENT else None
    left: dict[int, bool] = {}
    for row in (kept, dropped):
        home = row["household_id"]
        if home is not None and home != stays:
            left[home] = left.get(home, False) or _is_head(row)
    return left


def waits_in(kept: Row, dropped: Row, take: Collection[Part]) -> int | None:
    """The household that waits for him: he was lost sight of and may be found again."""
    after = {**kept, **merged_row(kept, dropped, take)}
    return after["household_id"] if after["life_status"] == LifeStatus.LOST else None
