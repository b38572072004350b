"""Codes, coverage and pairing. Plain values in; a code, a verdict or a finding with a Chinese sentence out."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from core.policy import Finding

CODE_LENGTH = {1: 6, 2: 9, 3: 12}  # level of area -> digits: district, township, village
LEVEL_OF_LENGTH = {length: level for level, length in CODE_LENGTH.items()}
MAX_CHILDREN = 99  # a grid's number in its village has two digits, and so has a micro-grid's in its grid


def next_code(prefix: str, taken: Iterable[str]) -> str | None:
    """The code after the highest ever given below ``prefix``; None when the two digits are used up.

    A closed grid's number is not given again: old records still speak of it.
    """
    highest = max((int(code[len(prefix) : len(prefix) + 2]) for code in taken), default=0)
    return f"{prefix}{highest + 1:02d}" if highest < MAX_CHILDREN else None


def area_code_finding(code: str, level: int, parent_code: str) -> Finding | None:
    """6, 9 or 12 digits by level, and below the parent's code: scopes are read from the first digits."""
    length = CODE_LENGTH[level]
    if not (code.isascii() and code.isdigit() and len(code) == length):
        return Finding("bad_code", f"代码应为 {length} 位数字，您填的是“{code}”。", "error")
    if not code.startswith(parent_code):
        return Finding("not_below_parent", f"代码 {code} 应以上级区划代码 {parent_code} 开头。", "error")
    return None


@dataclass(frozen=True)
class Span:
    """One team's responsibility for a grid."""

    team: int
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True)
class Handover:
    """What assigning a grid means: ``keep`` (nothing to do), ``assign``, or ``blocked`` by a span that is not past."""

    verdict: str
    ended: Span | None = None  # the span that ends the day before
    blocker: Span | None = None


def hand_over(spans: Collection[Span], team: int, day: date) -> Handover:
    """May the team take the grid from ``day`` on, without end (S0-19: exactly one team on any day)?

    Whoever holds the grid on that day hands it over. A span that begins on the day itself or later stands in the way:
    it was decided on purpose, and ending it before it begins would erase it.
    """
    holder = next(
        (one for one in spans if one.starts_on <= day and (one.ends_on is None or one.ends_on >= day)), None
    )
    if holder and holder.team == team and holder.ends_on is None:
        return Handover("keep")
    ahead = next((one for one in spans if one.starts_on > day), None)
    blocker = holder if holder and holder.starts_on == day else ahead
    return Handover("blocked", blocker=blocker) if blocker else Handover("assign", ended=holder)


@dataclass(frozen=True)
class Standing:
    """What the person on the medical side is on the day of the pairing, seen from the community person's place."""

    is_steward: bool = False
    is_leader_of_place: bool = False  # leads the team responsible for the grid
    is_member_at_place: bool = False  # belongs to that team


# Level of pairing -> the quality asked of the medical side, and how to say that it is missing (S2-7).
_ASKED = {
    "steward": ("is_steward", "不是在任的医疗机构家医管家"),
    "leader": ("is_leader_of_place", "不是负责该网格的团队的团队长"),
    "member": ("is_member_at_place", "不是负责该网格的团队的成员"),
}


def pairing_finding(
    level: str,
    role: str,
    person: str,
    standing: Standing,
    *,
    partner: Mapping[str, str],
    labels: Mapping[str, str],
) -> Finding | None:
    """Both sides fit the level: steward with steward, leader with leader, member with sentinel (S2-7).

    Args:
        partner: level -> role asked of the community side; labels: role -> Chinese name.
    """
    if partner[level] != role:
        return Finding(
            "role_unfit", f"这一层次的社区方应为{labels[partner[level]]}，您选的是{labels[role]}。", "error"
        )
    quality, lack = _ASKED[level]
    if getattr(standing, quality):
        return None
    return Finding("person_unfit", f"{person}{lack}，请先登记其任职或改选他人。", "error")
