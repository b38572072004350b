"""Item 1: the solar terms of the month with their moment, keeping healthy, illnesses to watch. The same for all units."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from outreach.choices import SeasonKind
from outreach.disclosures.base import Drafted, Month, Unit
from outreach.models import SeasonEntry
from outreach.rules.patrols import WEEKDAYS
from outreach.rules.seasons import NamedDay, SolarTerm, dog_days_and_nines, festivals, solar_terms


def season_of_month(units: Sequence[Unit], month: Month, now: datetime) -> Mapping[Unit, Drafted]:
    """One query."""
    terms = solar_terms(month.first)
    entries = {(one.kind, one.number): one for one in SeasonEntry.objects.all()}
    wanted = [(SeasonKind.TERM, one.number, one.name) for one in terms]
    wanted.append((SeasonKind.MONTH, month.first.month, "本月"))
    lines = [_terms_line(terms), *_days_lines(month)]
    missing = []
    for kind, number, name in wanted:
        entry = entries.get((kind, number))
        if entry:
            lines += [f"{name}养生：{entry.health}", f"{name}防病：{entry.diseases}"]
        else:
            missing.append(name)
    gap = (
        f"缺{'、'.join(missing)}的养生防病内容，请区卫健局在管理端“节气与月份养生”中补充。" if missing else ""
    )
    return dict.fromkeys(units, Drafted("\n".join(lines), gap=gap))


def _terms_line(terms: Iterable[SolarTerm]) -> str:
    return f"本月节气：{'，'.join(f'{_day(one.on)}{_clock(one.at)}{one.name}' for one in terms)}。"


def _days_lines(month: Month) -> list[str]:
    days = festivals(month.first)
    season = dog_days_and_nines(month.first)
    lines = [f"本月节日：{_named(days)}。"] if days else []
    return [*lines, f"本月时令：{_named(season)}。"] if season else lines


def _named(days: Iterable[NamedDay]) -> str:
    return "，".join(f"{_day(one.on)}{one.name}" for one in days)


def _day(on: date) -> str:
    return f"{on.month}月{on.day}日（{WEEKDAYS[on.isoweekday()]}）"


def _clock(at: datetime) -> str:
    """To the nearest minute, as calendars print it, but never into the next day."""
    near = at + timedelta(seconds=30)
    return f"{near if near.date() == at.date() else at:%H:%M}"
