"""Rates as people read them."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from django import template

register = template.Library()


@register.filter
def percent(rate: Fraction | None) -> str:
    """1/3 -> 33.33%; nothing to compare with is a dash."""
    if rate is None:
        return "—"
    number = Decimal(rate.numerator) * 100 / Decimal(rate.denominator)
    return f"{number.quantize(Decimal('0.01'), ROUND_HALF_UP)}%"
