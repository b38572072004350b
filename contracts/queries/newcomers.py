"""Who lives in the household of an agreement and is not in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from contracts.choices import SignerParty
from contracts.models import Agreement, Enrollment
from contracts.queries.members import guardians_of, party_of
from contracts.queries.people import promises_by
from contracts.queries.signing import guardian_entry
from core.dates import age_on, chinese_date
from residents.choices import LifeStatus
from residents.models import Resident
from residents.policy import policy_on


@dataclass(frozen=True)
class Newcomer:
    """A present member of the household who is not, and never was, in its agreement.

    Attributes:
        party: who agrees for him: himself or his guardian.
        elsewhere: with whom he is signed until when, in words; "" if he is free to join.
    """

    resident: Resident
    age: int | None
    party: SignerParty
    guardian: tuple[str, str, str]
    elsewhere: str

    @property
    def label(self) -> str:
        years = f"，{self.age}岁" if self.age is not None else ""
        return f"{self.resident.masked_name}（{self.resident.get_relation_display()}{years}）"


def newcomers(agreement: Agreement, people: QuerySet[Resident], *, on: date) -> list[Newcomer]:
    """Those among ``people`` who could be asked to join; none for other kinds of agreement. Three queries."""
    if agreement.household_id is None:
        return []
    inside = Enrollment.objects.filter(agreement=agreement, resident=OuterRef("pk"))
    outside = (
        people.filter(~Exists(inside), household=agreement.household_id, life_status=LifeStatus.PRESENT)
        .defer("id_number", "phone")
        .order_by("born_on", "pk")
    )
    found = list(outside)
    if not found:
        return []
    promises, guardians = promises_by(one.pk for one in found), guardians_of(found, on=on)
    minor_age = policy_on(on).minor_age
    return [
        Newcomer(
            resident=one,
            age=age_on(one.born_on, on) if one.born_on else None,
            party=party_of(one, guardians.get(one.pk), on=on, minor_age=minor_age),
            guardian=guardian_entry(guardians.get(one.pk)),
            elsewhere=_elsewhere(promises[one.pk], on=on),
        )
        for one in found
    ]


def _elsewhere(promises: Iterable, *, on: date) -> str:
    running = [one for one in promises if one.ends_on >= on and not one.is_ended]
    return "；".join(f"已由{one.team}签约至{chinese_date(one.ends_on)}" for one in running)
