"""What stands on the paper of a running agreement beside what is registered today."""

from dataclasses import replace
from datetime import date

from contracts.choices import AgreementState
from contracts.models import Agreement
from contracts.parties import Parties, loads
from contracts.queries.members import house_members
from contracts.queries.people import guardian_of
from contracts.queries.signing import guardian_entry, parties_of
from contracts.rules.amending import Difference, differences
from residents.models import Resident


def parties_now(agreement: Agreement, *, on: date) -> Parties | None:
    """Both parties as the registry and the team's page have them; None if the agreement kept none. Seven queries."""
    if not agreement.as_signed:
        return None
    people = list(
        Resident.objects.filter(
            enrollments__agreement=agreement, enrollments__state=AgreementState.ACTIVE
        ).order_by("enrollments__position", "pk")
    )
    party = agreement.representative or next(iter(people), None)
    if party is None:
        return None
    signs = loads(agreement.as_signed).b.guardian_name
    guardian = guardian_entry(guardian_of(party, on=on)) if signs else ("", "", "")
    now = parties_of(resident=party, guardian=guardian, team=agreement.team, doctor=agreement.doctor, on=on)
    return replace(now, members=house_members(people, on=on)) if agreement.household_id else now


def paper_differences(agreement: Agreement, *, on: date) -> list[Difference]:
    """What of the paper could be corrected from the registry."""
    now = parties_now(agreement, on=on)
    return differences(loads(agreement.as_signed), now) if now else []
