"""Whether two reports may be about the same person (7.3). Lay reporters write nicknames and half addresses. Pure."""

import re
from dataclasses import dataclass
from uuid import UUID

from core.text import bigrams, clean, clean_name
from residents.rules.addresses import split_address

LEAST = 40  # from this score on a report is shown as a possible duplicate
# 老刘, 小刘, 刘大爷, 刘阿姨, 刘家, 刘某: only the surname is told.
_CALLED = re.compile(
    r"(?:[老小大阿](?P<after>[^\W\d_]))|(?:(?P<before>[^\W\d_])(?:大爷|大妈|大娘|大叔|大姐|大哥|阿姨|奶奶|爷爷|师傅|女士|先生|家|某.?|老太|老太太|老汉|婶|嫂))"
)


@dataclass(frozen=True)
class Clues:
    """What a report says of whom it is about.

    Attributes:
        phone: blind index. grid: id of the grid. kind: of the report.
    """

    name: str
    address: str
    phone: UUID | None
    grid: int
    kind: str


@dataclass(frozen=True)
class Likeness:
    """0 to 100 and more, and why, in words."""

    score: int
    reasons: tuple[str, ...]


def likeness(one: Clues, other: Clues) -> Likeness:
    """Points for the phone, the name, the door, the grid and the kind; one clue alone but the phone is not enough."""
    found: list[tuple[int, str]] = []
    if one.phone and one.phone == other.phone:
        found.append((60, "电话相同"))
    found += _of_names(clean_name(one.name), clean_name(other.name))
    found += _of_addresses(one.address, other.address)
    if not found:
        return Likeness(0, ())
    if one.grid == other.grid:
        found.append((10, "同一网格"))
    if one.kind == other.kind:
        found.append((10, "同类上报"))
    return Likeness(sum(points for points, _ in found), tuple(words for _, words in found))


def _of_names(one: str, other: str) -> list[tuple[int, str]]:
    if not one or not other:
        return []
    if one == other:
        return [(40, "姓名相同")]
    if surname_called(one) or surname_called(other):
        return [(20, "称呼的姓相同")] if _surname(one) == _surname(other) else []
    if set(bigrams(one)) & set(bigrams(other)) or _one_off(one, other):
        return [(30, "姓名相近")]
    return []


def surname_called(name: str) -> str:
    """The surname of somebody who is only called by it (老刘, 刘大爷), else ""."""
    found = _CALLED.fullmatch(name)
    return (found["after"] or found["before"]) if found else ""


def _surname(name: str) -> str:
    return surname_called(name) or name[:1]


def _one_off(one: str, other: str) -> bool:
    """The same name but for one character, as heard: 刘桂兰 and 刘贵兰."""
    return len(one) == len(other) >= 2 and sum(a != b for a, b in zip(one, other, strict=True)) == 1


def _of_addresses(one: str, other: str) -> list[tuple[int, str]]:
    if not one or not other:
        return []
    if clean(one) == clean(other):
        return [(30, "住址相同")]
    first, second = split_address(one), split_address(other)
    if not first or not second:
        return []
    if (first.building, first.room) == (second.building, second.room) and first.room:
        is_same = first.unit == second.unit or not (first.unit and second.unit)
        return [(30, "同一户")] if is_same else []
    if first.building and first.building == second.building and not (first.room and second.room):
        return [(15, "同一栋楼")]
    return []
