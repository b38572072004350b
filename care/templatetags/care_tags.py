"""Tags of the pages of care."""

from datetime import date
from uuid import UUID, uuid4

from django import template

register = template.Library()


@register.simple_tag
def new_token() -> UUID:
    """Names a form that is about to be filled in; sent twice, it is one record."""
    return uuid4()


@register.filter
def short_day(day: date | None, today: date) -> str:
    """9月30日; with the year where it is not this one, so that last year's work cannot be taken for this year's."""
    if day is None:
        return ""
    short = f"{day.month}月{day.day}日"
    return short if day.year == today.year else f"{day.year}年{short}"
