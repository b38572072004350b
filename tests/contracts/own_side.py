"""Signed people for the tests of the resident's own side."""

import datetime as dt
import uuid
from typing import Any

from contracts.actions import Joining, SignedBy, link_for_paper, sign_household
from contracts.choices import AgreementState, ConsentWay, SignChannel, SignerParty, SignMode, WaitsFor
from contracts.models import Agreement
from contracts.policy import policy_on
from residents.choices import Population, Relation
from residents.models import Resident
from tests.factories.contracts import NOON, ensure_wording, package, png
from tests.factories.residents import HouseholdFactory, PopulationFlagFactory, ResidentFactory

TODAY = dt.date(2026, 11, 22)
NOW = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)


def family(grid, *kinds: str | None, **facts: Any) -> list[Resident]:
    """A household: its head first, one person for each population (None: no population)."""
    household = HouseholdFactory(grid=grid)
    people = []
    for place, kind in enumerate(kinds):
        born_on = dt.date(2023, 5, 1) if kind == Population.CHILD_0_6 else dt.date(1985, 5, 1 + place)
        relation = Relation.HEAD if place == 0 else Relation.NON_RELATIVE
        person = ResidentFactory(
            grid=grid,
            household=household,
            relation=relation,
            name=f"家人{'甲乙丙丁戊己庚辛'[place]}",
            born_on=born_on,
            **facts,
        )
        if kind:
            PopulationFlagFactory(resident=person, kind=kind)
        people.append(person)
    return people


def sign_family(people, team, doctor, codes=("basic",), **changes: Any) -> Agreement:
    """The first represents; children come in through him."""
    ensure_wording()
    head = people[0]
    asked = {
        "by": doctor, "on": TODAY, "now": dt.datetime.combine(TODAY, NOON), "household": head.household,
        "representative": head, "members": [_joining(one, head) for one in people], "team": team, "doctor": doctor,
        "signatory": "team", "term_years": 1, "starts_on": TODAY, "signed_on": TODAY,
        "channel": SignChannel.CLINIC_VISIT, "mode": SignMode.ELECTRONIC, "packages": [package(one) for one in codes],
        "chosen": (), "evidence": (), "client_token": uuid.uuid4(),
        "signatures": [SignedBy(SignerParty.RESIDENT, head.name, png()), SignedBy(SignerParty.DOCTOR, doctor.name, png())],
    }  # fmt: skip
    return sign_household(**asked | changes)


def _joining(one: Resident, head: Resident) -> Joining:
    if one.born_on.year > 2010:
        return Joining(one, ConsentWay.GUARDIAN, head.name, "父亲", head.phone, png())
    return Joining(one, ConsentWay.SIGNED if one == head else ConsentWay.IN_PERSON)


def wait_for_resident(agreement: Agreement) -> Agreement:
    """As a district that asks for the resident's own word leaves it."""
    agreement.enrollments.update(state=AgreementState.PENDING_CONFIRM)
    agreement.state, agreement.waits_for = AgreementState.PENDING_CONFIRM, WaitsFor.RESIDENT
    agreement.save(update_fields=["state", "waits_for"])
    Resident.objects.filter(enrollments__agreement=agreement).update(managing_team=None)
    return agreement


def secret_of(agreement: Agreement) -> str:
    return link_for_paper(agreement=agreement, at=NOW, policy=policy_on(TODAY))
