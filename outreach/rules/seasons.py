"""The days of a month that the season names: solar terms with their moment, festivals, dog days, the nines of winter.

Pure. The moments are astronomical, in Beijing time, from a library that equals the published tables from 1901 to 2099.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

from lunar_python import Lunar, Solar

FIRST_YEAR, LAST_YEAR = 1901, 2099  # what was compared with tables
TERMS = (
    "小寒", "大寒", "立春", "雨水", "惊蛰", "春分", "清明", "谷雨", "立夏", "小满", "芒种", "夏至",
    "小暑", "大暑", "立秋", "处暑", "白露", "秋分", "寒露", "霜降", "立冬", "小雪", "大雪", "冬至",
)  # fmt: skip
BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
_WINTER_SOLSTICE = "DONG_ZHI"  # the library's key of this year's; 冬至 is the one of the year before
_ONE = timedelta(days=1)
# Festivals at which people gather, eat, travel; those of the moon by its month and day.
_BY_SUN = {(1, 1): "元旦", (5, 1): "劳动节", (6, 1): "儿童节", (10, 1): "国庆节"}
_BY_MOON = {
    (12, 8): "腊八节", (1, 1): "春节", (1, 15): "元宵节", (5, 5): "端午节", (8, 15): "中秋节", (9, 9): "重阳节",
}  # fmt: skip
_NEW_YEARS_EVE = "除夕"
_COUNTS = "一二三四五六七八九"
_TEN, _NINE = timedelta(days=10), timedelta(days=9)
_A_GENG_DAY = date(2026, 7, 15)  # one of them; they return every ten days


class SeasonUnknown(ValueError):
    """The year lies outside the compared tables."""


@dataclass(frozen=True)
class SolarTerm:
    """One of the 24.

    Attributes:
        number: 1 小寒 to 24 冬至, through the calendar year.
        at: moment, Beijing time.
    """

    number: int
    name: str
    at: datetime

    @property
    def on(self) -> date:
        return self.at.date()


@dataclass(frozen=True)
class NamedDay:
    """A day with a name: a festival, the first of the dog days, of a nine."""

    on: date
    name: str


def solar_terms(first: date) -> tuple[SolarTerm, SolarTerm]:
    """The two terms of the calendar month that ``first`` stands in, in order.

    Raises:
        SeasonUnknown: the year is not between 1901 and 2099.
    """
    _check(first.year)
    table = _table(first.year)
    number = 2 * first.month - 1
    early, late = (_term(table, one) for one in (number, number + 1))
    return early, late


@lru_cache(maxsize=4)
def _table(year: int) -> dict[str, Solar]:
    """Names (the library's keys) of the terms of a year, and some around it."""
    return Solar.fromYmd(year, 7, 1).getLunar().getJieQiTable()


def _term(table: dict[str, Solar], number: int) -> SolarTerm:
    name = TERMS[number - 1]
    at = table[_WINTER_SOLSTICE if number == len(TERMS) else name]
    moment = datetime(
        at.getYear(), at.getMonth(), at.getDay(), at.getHour(), at.getMinute(), at.getSecond(), tzinfo=BEIJING
    )
    return SolarTerm(number, name, moment)


def festivals(first: date) -> tuple[NamedDay, ...]:
    """Festivals of the month, by day.

    Raises:
        SeasonUnknown: the year is not between 1901 and 2099.
    """
    _check(first.year)
    found = [NamedDay(date(first.year, *day), name) for day, name in _BY_SUN.items()]
    for year in (first.year - 1, first.year):  # of the moon: its last month mostly lies in January
        found += [NamedDay(_day_of(year, *day), name) for day, name in _BY_MOON.items()]
    found.append(NamedDay(_day_of(first.year, 1, 1) - _ONE, _NEW_YEARS_EVE))
    return _of_month(found, first)


def _day_of(year: int, month: int, day: int) -> date:
    """A day by the moon; its leap months have no festivals."""
    solar = Lunar.fromYmd(year, month, day).getSolar()
    return date(solar.getYear(), solar.getMonth(), solar.getDay())


def dog_days_and_nines(first: date) -> tuple[NamedDay, ...]:
    """First days of 初伏, 中伏, 末伏, the day after them (出伏), and of the nines from the winter solstice.

    The dog days begin with the third 庚 day from the summer solstice on, their last ten with the first from 立秋 on.

    Raises:
        SeasonUnknown: the year is not between 1901 and 2099.
    """
    _check(first.year)
    summer, autumn = _on(first.year, "夏至"), _on(first.year, "立秋")
    start, last = _geng(summer) + 2 * _TEN, _geng(autumn)
    days = [(start, "初伏"), (start + _TEN, "中伏"), (last, "末伏"), (last + _TEN, "出伏")]
    for year in (first.year - 1, first.year):
        if year >= FIRST_YEAR:
            winter = _on(year, "冬至")
            days += [(winter + place * _NINE, f"{count}九") for place, count in enumerate(_COUNTS)]
    return _of_month((NamedDay(*one) for one in days), first)


def _on(year: int, name: str) -> date:
    number = TERMS.index(name)
    return solar_terms(date(year, number // 2 + 1, 1))[number % 2].on


def _geng(day: date) -> date:
    """The first 庚 day from a day on."""
    return day + (_A_GENG_DAY - day).days % 10 * _ONE


def _of_month(days: Iterable[NamedDay], first: date) -> tuple[NamedDay, ...]:
    here = (one for one in days if (one.on.year, one.on.month) == (first.year, first.month))
    return tuple(sorted(here, key=lambda one: one.on))


def _check(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise SeasonUnknown(f"{year} is not between {FIRST_YEAR} and {LAST_YEAR}")
