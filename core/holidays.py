"""Public holidays and make-up working days: as the library knows them, and as the State Council's notice prints them.

Pure: text in, days out. Only days that differ from their weekday's custom, and the holidays themselves, are listed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from core.refusals import Refusal

_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}
_HEADING = re.compile(r"^(?:[一二三四五六七八九十]+、|\d+[.、])?\s*(?P<name>[^：:]{2,18})[：:](?P<rest>.+)$")
_SPAN = re.compile(
    r"(?:(?P<year>\d{4})年)?(?:(?P<month>\d{1,2})月)?(?P<first>\d{1,2})日"
    r"(?:(?:至|到|—|-|~)(?:(?:\d{4})年)?(?:(?P<last_month>\d{1,2})月)?(?P<last>\d{1,2})日)?"
)
_ASIDE = re.compile(r"[（(][^（）()]*[）)]")
_TOTAL = re.compile(r"共(\d+)天")
LONGEST = 15  # days of one holiday; a longer one is a slip


class CannotReadNotice(Refusal):
    """The text is no notice on the holidays of that year; nothing was read."""


@dataclass(frozen=True)
class SpecialDay:
    """A holiday, or a day off that people work."""

    day: date
    is_working: bool
    name: str


def known_days() -> list[SpecialDay]:
    """Every year the library ``chinesecalendar`` has."""
    from chinese_calendar import constants

    off = [SpecialDay(day, False, _NAMES.get(name, name)) for day, name in constants.holidays.items()]
    on = [SpecialDay(day, True, _NAMES.get(name, name)) for day, name in constants.workdays.items()]
    return sorted([*off, *on], key=lambda one: one.day)


def read_notice(text: str, year: int) -> list[SpecialDay]:
    """The days of a notice as it is published: one holiday a line, "春节：2月15日至23日放假，共9天。2月14日上班。"

    Raises:
        CannotReadNotice: no holiday is found, a date does not exist, or a count does not fit its dates.
    """
    found: dict[date, SpecialDay] = {}
    for line in text.splitlines():
        heading = _HEADING.match(line.strip())
        if heading and "放假" in line:
            for one in _days_of(heading["name"].strip(), _ASIDE.sub("", heading["rest"]), year):
                if one.day in found:
                    raise CannotReadNotice(
                        "notice_day_twice", f"{one.day:%Y-%m-%d} 出现了两次，请核对后再粘贴。"
                    )
                found[one.day] = one
    if not any(not one.is_working for one in found.values()):
        raise CannotReadNotice(
            "notice_empty",
            "没有读到放假安排。请按通知原文粘贴，每个节日一行，例如“元旦：1月1日至3日放假，共3天。”",
        )
    return sorted(found.values(), key=lambda one: one.day)


def _days_of(name: str, rest: str, year: int) -> Iterator[SpecialDay]:
    """Sentences end in 。: the one with 放假 names days off, those with 上班 make-up days."""
    for sentence in re.split(r"[。；;]", rest):
        if "放假" in sentence:
            days = list(_dates(sentence.partition("放假")[0], year))
            total = _TOTAL.search(sentence)
            if total and int(total[1]) != len(days):
                raise CannotReadNotice(
                    "notice_count_differs", f"{name}写明共{total[1]}天，按日期算是{len(days)}天，请核对。"
                )
            yield from (SpecialDay(day, False, name) for day in days)
        elif "上班" in sentence:
            yield from (SpecialDay(day, True, name) for day in _dates(sentence, year))


def _dates(text: str, year: int) -> Iterator[date]:
    month = 0
    for span in _SPAN.finditer(text):
        month = int(span["month"] or month)
        first = _date(int(span["year"] or year), month, int(span["first"]))
        last = first
        if span["last"]:
            month = int(span["last_month"] or month)
            last = _date(first.year + (month < first.month), month, int(span["last"]))
        if not 0 <= (last - first).days < LONGEST:
            raise CannotReadNotice("notice_span", f"“{span[0]}”的起止日期不对，请核对。")
        yield from (first + timedelta(days=one) for one in range((last - first).days + 1))


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise CannotReadNotice(
            "notice_no_such_day", f"没有 {year}年{month}月{day}日 这一天，请核对。"
        ) from error
