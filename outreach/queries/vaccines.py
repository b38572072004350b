"""Vaccines of institutions, each with the day on which its state was true."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Case, IntegerField, QuerySet, Value, When

from outreach.choices import VaccineProgram
from outreach.models import VaccineSupply
from outreach.policy import OutreachPolicy
from outreach.rules.vaccines import is_stale

_ORDER = Case(When(program=VaccineProgram.FREE, then=Value(0)), default=Value(1), output_field=IntegerField())


@dataclass(frozen=True)
class SupplyLine:
    """A vaccine in a list. ``is_stale``: nobody has looked at it for too long; days since then in ``age_days``."""

    vaccine: VaccineSupply
    age_days: int
    is_stale: bool


def supply_lines(vaccines: QuerySet[VaccineSupply], *, on: date, policy: OutreachPolicy) -> list[SupplyLine]:
    """Free ones first, then by name. One query."""
    rows = vaccines.select_related("updated_by").order_by("institution_id", _ORDER, "name")
    return [
        SupplyLine(one, (on - one.updated_on).days, is_stale(one.updated_on, on=on, days=policy.vaccine_stale_days))
        for one in rows
    ]  # fmt: skip


def stale_count(lines: Iterable[SupplyLine]) -> int:
    return sum(one.is_stale for one in lines)


def price_in_words(price: Decimal | None) -> str:
    """318 元/剂; "" where none is known."""
    if not price:
        return ""
    told = f"{price:.2f}".rstrip("0").rstrip(".")
    return f"{told}元/剂"
