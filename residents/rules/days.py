"""Dates as people write them (docs/domain.md 6.7)."""

import re
from datetime import date, datetime, timedelta

from core.text import clean
from residents.rules.faults import Fault

_LONG = re.compile(
    r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})\s?日?(?:[ T]00:00(?::00)?(?:\.0+)?)?"
)
_SOLID = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SHORT = re.compile(r"(\d{2})(\d{2})(\d{2})")
_SERIAL = re.compile(r"\d{4,5}(\.0+)?")
_EXCEL_DAY_ZERO = date(1899, 12, 30)
_LAST_SERIAL = 73_050  # 2099-12-31


def read_date(text: object, *, on: date) -> date | Fault:
    """2024-01-05, 2024/1/5, 2024.1.5, 20240105, 2024年1月5日, 240105 and Excel's day number 45296.

    A two-digit year means the last such year that is not after ``on``. Chinese numerals and lunar dates are refused:
    the birth date in the identity number decides.
    """
    if isinstance(text, datetime):
        return text.date()
    if isinstance(text, date):
        return text
    written = clean(text)
    if _SERIAL.fullmatch(written) and len(written.split(".")[0]) == 5 and int(float(written)) <= _LAST_SERIAL:
        return _EXCEL_DAY_ZERO + timedelta(days=int(float(written)))
    found = _LONG.fullmatch(written) or _SOLID.fullmatch(written)
    if found:
        return _real(*(int(one) for one in found.groups()), written=written)
    short = _SHORT.fullmatch(written)
    if short:
        year, month, day = (int(one) for one in short.groups())
        century = 2000 if (2000 + year, month, day) <= (on.year, on.month, on.day) else 1900
        return _real(century + year, month, day, written=written)
    return Fault("date_form", f"不认识的日期“{written[:20]}”", "请写成 1956-03-08 的样子，农历请换算成公历")


def _real(year: int, month: int, day: int, *, written: str) -> date | Fault:
    try:
        return date(year, month, day)
    except ValueError:
        return Fault("date_impossible", f"日期“{written[:20]}”不存在", "请核对年、月、日")
