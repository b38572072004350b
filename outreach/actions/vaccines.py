"""Vaccines of an institution and whether they can be had; a state is shown with the day on which it was true (S0-23)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction

from core.constraints import refuse_on
from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from outreach.choices import SupplyState, VaccineAudience, VaccineProgram
from outreach.models import VaccineSupply
from teams.models import Institution, User


class CannotKeepVaccine(Refusal):
    """The vaccine, or its state, cannot be kept like this."""


@dataclass(frozen=True)
class VaccineFacts:
    """What is said of a vaccine; a price only where it is paid for, in yuan a dose."""

    name: str
    program: VaccineProgram
    audience: VaccineAudience
    state: SupplyState
    price_yuan: Decimal | None = None
    note: str = ""


@dataclass(frozen=True)
class Supply:
    """How a vaccine stands today."""

    state: SupplyState
    note: str = ""


def add_vaccine(*, by: User, on: date, institution: Institution, facts: VaccineFacts) -> VaccineSupply:
    """One more vaccine of an institution.

    Raises:
        CannotKeepVaccine: ``vaccine_once``; ``vaccine_free_price``, ``vaccine_no_name``.
    """
    row = VaccineSupply(institution=institution, updated_on=on, updated_by=by)
    _write(row, facts)
    with (
        transaction.atomic(),
        credited_to(by),
        refuse_on(VaccineSupply, CannotKeepVaccine, vaccine_once="name"),
    ):
        row.save()
    return row


def change_vaccine(*, by: User, on: date, vaccine: VaccineSupply, facts: VaccineFacts) -> VaccineSupply:
    """Correct what is said of a vaccine; its state is of today with that.

    Raises:
        CannotKeepVaccine: as ``add_vaccine``.
    """
    with (
        transaction.atomic(),
        credited_to(by),
        refuse_on(VaccineSupply, CannotKeepVaccine, vaccine_once="name"),
    ):
        row = VaccineSupply.objects.select_for_update(of=("self",)).get(pk=vaccine.pk)
        _write(row, facts)
        row.updated_on, row.updated_by = on, by
        row.save()
    return row


def update_supplies(*, by: User, on: date, institution: Institution, supplies: Mapping[int, Supply]) -> int:
    """How the vaccines of an institution stand today, all at once: also one that stands as before was looked at today.

    Args:
        supplies: by ids of its vaccines; an id of another institution is left alone, and so is one that is not named.

    Returns:
        how many were confirmed for today.
    """
    with transaction.atomic(), credited_to(by):
        rows = list(
            VaccineSupply.objects.select_for_update(of=("self",))
            .filter(institution=institution, pk__in=supplies)
            .order_by("pk")
        )
        for row in rows:
            row.state, row.note = supplies[row.pk].state, tidy(supplies[row.pk].note)[:100]
            row.updated_on, row.updated_by = on, by
        VaccineSupply.objects.bulk_update(rows, ["state", "note", "updated_on", "updated_by"])
    return len(rows)


def remove_vaccine(*, by: User, vaccine: VaccineSupply) -> None:
    """No more offered at all, or entered wrongly; what it was stays in the history. Removed already, nothing happens."""
    with transaction.atomic(), credited_to(by):
        VaccineSupply.objects.filter(pk=vaccine.pk).delete()


def _write(row: VaccineSupply, facts: VaccineFacts) -> None:
    name = tidy(facts.name)
    if not name:
        raise CannotKeepVaccine("vaccine_no_name", "请填写疫苗名称。", field="name")
    if facts.program == VaccineProgram.FREE and facts.price_yuan:
        raise CannotKeepVaccine(
            "vaccine_free_price", "免疫规划疫苗免费，请清空价格，或改类别。", field="price_yuan"
        )
    row.name, row.note = name, tidy(facts.note)
    row.program, row.audience, row.state = facts.program, facts.audience, facts.state
    row.price_yuan = facts.price_yuan
