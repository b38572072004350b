"""How sources word figures, days and addresses: small numbers are not told (10). Pure, but for the addresses of pages."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.timezone import get_current_timezone

from outreach.disclosures.base import Fact, Unit


def told_fact(label: str, number: int, people: int, *, least: int, unit: str, page: str = "") -> Fact:
    """A figure; not known to anybody where some, but fewer than ``least`` people stand behind it."""
    return Fact(label, None if 0 < people < least else number, unit, page)


def fact_words(fact: Fact, least: int) -> str:
    """门诊服务 12 人次; 门诊服务 不足5人"""
    return (
        f"{fact.label} {fact.value} {fact.unit}" if fact.value is not None else f"{fact.label} 不足{least}人"
    )


def points_of(lines: Iterable[str]) -> str:
    """Lines as the points of a list."""
    return "\n".join(f"- {one}" for one in lines)


def clock_words(begins: time, closes: time) -> str:
    return f"{begins:%H:%M}-{closes:%H:%M}"


def day_words(day: date) -> str:
    return f"{day.month}月{day.day}日"


def span_words(first: date, last: date) -> str:
    """11月3日, 11月3日至5日, 11月28日至12月2日"""
    if first == last:
        return day_words(first)
    return f"{day_words(first)}至{f'{last.day}日' if (first.year, first.month) == (last.year, last.month) else day_words(last)}"


def page_of(name: str, *args: int, **query: object) -> str:
    """Path of an internal page."""
    asked = urlencode({key: value for key, value in query.items() if value is not None})
    return reverse(name, args=args) + (f"?{asked}" if asked else "")


def pairs_of(units: Sequence[Unit]) -> dict[str, list[int]]:
    """For ``unnest(%(keys)s::int[], %(teams)s::bigint[]) AS unit (key, team)``: place of the unit, and each of its teams."""
    found = [(key, team) for key, unit in enumerate(units) for team in unit.teams]
    return {"keys": [key for key, _ in found], "teams": [team for _, team in found]}


def local_day(now: datetime) -> date:
    """The calendar day of a moment where the district lies."""
    return now.astimezone(get_current_timezone()).date()
