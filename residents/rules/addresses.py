"""Building, unit and room out of an address as people write it (docs/domain.md 7.1 item 21)."""

import re
from dataclasses import dataclass
from functools import lru_cache

from core.text import clean

_NUMERALS = {one: at for at, one in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_N = r"[\dA-Za-z甲乙丙丁]{1,4}|[一二三四五六七八九十]{1,3}"
_BUILDING = rf"(?P<building>{_N})(?:#楼|号楼|楼|栋|幢|座|#|号院?(?=.*单元))"
_UNIT = r"(?P<unit>[\dA-Za-z甲乙丙丁]{1,3}|[一二三四五六七八九十]{1,3})(?:单元|门洞|门)"
_ROOM = r"(?:\d{1,2}(?:楼|层))?(?P<room>\d{1,4}[A-Za-z]?|[东西南北中](?:户|室)?)(?:号房|房|室|号|户)?"
_LAST = r"(?:[(].*[)])?$"
_WRITTEN = re.compile(
    rf"(?:^|[^\dA-Za-z甲乙丙丁一二三四五六七八九十]){_BUILDING}(?:-?{_UNIT})?(?:-?{_ROOM})?{_LAST}"
)
_UNIT_ONLY = re.compile(rf"(?:^|[^\dA-Za-z一二三四五六七八九十]){_UNIT}-?{_ROOM}{_LAST}")
_DASHED = re.compile(
    r"(?:^|[^\d\-])(?P<building>\d{1,3}[A-Za-z]?)(?:号楼|栋|幢|#)?-(?P<unit>\d{1,2})(?:单元)?-"
    r"(?P<room>\d{1,4}[A-Za-z]?)室?" + _LAST
)
_TWO_DASHED = re.compile(r"(?:^|[^\d\-])(?P<building>\d{1,3})-(?P<room>\d{3,4})室?" + _LAST)
_DASHES = str.maketrans({"—": "-", "–": "-", "－": "-", "―": "-", "_": "-"})


@dataclass(frozen=True)
class Door:
    """What an address says of the door: plain numbers as text ("3", "2", "501"), "" where it does not say it."""

    building: str = ""
    unit: str = ""
    room: str = ""

    def __bool__(self) -> bool:
        return bool(self.building or self.unit or self.room)


@lru_cache(maxsize=65_536)  # the members of a household stand next to each other
def split_address(text: str) -> Door:
    """3号楼2单元501, 3-2-501, 3栋501室, 三号楼 ...; a house number alone (和平路12号) is not a building."""
    bare = re.sub(r"\s", "", clean(text)).translate(_DASHES)
    patterns = (_DASHED, _WRITTEN, _TWO_DASHED, _UNIT_ONLY) if "-" in bare else (_WRITTEN, _UNIT_ONLY)
    for pattern in patterns:
        found = pattern.search(bare)
        if found:
            parts = found.groupdict()
            return Door(*(plain_number(parts.get(one) or "") for one in ("building", "unit", "room")))
    return Door()


def plain_number(text: str) -> str:
    """三 -> 3, 十二 -> 12, 03 -> 3; letters stay: B座 -> B."""
    if text.isascii() and text.isdigit():
        return text.lstrip("0") or "0"
    bare = clean(text).upper()
    bare = re.sub(r"(号楼|楼|栋|幢|座|单元|室|号|#|户)+$", "", bare) or bare
    if bare.isdigit():
        return bare.lstrip("0") or "0"
    if not bare or any(one not in _NUMERALS and one != "十" for one in bare):
        return bare
    tens, is_ten, ones = bare.rpartition("十")
    if not is_ten:
        return str(int("".join(str(_NUMERALS[one]) for one in bare)))
    return str((_NUMERALS.get(tens, 0) if tens else 1) * 10 + (_NUMERALS.get(ones, 0) if ones else 0))
