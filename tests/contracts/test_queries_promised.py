"""Promised, done, left."""

import datetime as dt

import pytest

from contracts.actions import Done, fulfill, terminate, withdraw
from contracts.choices import PackageKind, ProofKind
from contracts.models import ServiceItem
from contracts.queries.promised import promised_in_agreements, team_sees, ticked_at_signing
from residents.choices import Population
from tests.contracts.own_side import NOW, TODAY, family, sign_family, wait_for_resident
from tests.factories.contracts import draft_package, package, sign_agreement
from tests.factories.residents import PopulationFlagFactory

pytestmark = pytest.mark.django_db
EVERYTHING = team_sees(sees_restricted=True)


def promises(agreement, on=TODAY, sees=EVERYTHING):
    (found,) = promised_in_agreements([agreement.pk], on=on, sees=sees)
    return found


def line(part, code):
    return next(one for one in part.lines if one.item.code == code)


def item(code):
    return ServiceItem.objects.get(code=code, owner=None)


def done(agreement, code, day=TODAY, key="contact:1", who=None):
    person = who or agreement.enrollments.get()
    return Done(agreement.pk, person.pk, item(code).pk, day, ProofKind.CONTACT, key)


@pytest.fixture
def signed(resident, cast):
    return sign_agreement(resident, cast.team_a, cast.li, on=TODAY)


def test_each_service_with_its_numbers(signed, cast):
    fulfill(by=cast.li, on=TODAY, facts=[done(signed, "regular_contact")])
    (part,) = promises(signed, on=dt.date(2027, 5, 22)).parts
    contact = line(part, "regular_contact")
    assert (contact.term, contact.due, contact.done, contact.left, contact.is_overdue) == (4, 2, 1, 3, True)
    assert [(one.done_on, one.label) for one in contact.proofs] == [(TODAY, "联系记录")]
    record = line(part, "health_record")
    assert (record.term, record.due, record.is_overdue) == (1, 1, True)
    assert line(part, "common_disease").term is None
    overdue = [one.is_overdue for one in part.lines]
    assert overdue == sorted(overdue, reverse=True), "what is overdue comes first"
    assert part.overdue == sum(overdue)


def test_nothing_is_owed_on_the_first_day(signed):
    (part,) = promises(signed).parts
    assert part.overdue == 0
    assert all(not one.due for one in part.lines)


def test_a_withdrawn_record_counts_no_more(signed, cast):
    fulfill(by=cast.li, on=TODAY, facts=[done(signed, "regular_contact")])
    withdraw(by=cast.li, now=NOW, keys=["contact:1"], note="记错了人")
    assert line(promises(signed).parts[0], "regular_contact").done == 0


def test_a_service_of_two_packages_is_given_once_for_both(resident, cast):
    PopulationFlagFactory(resident=resident, kind=Population.ELDERLY_65)
    more = draft_package("more", by=cast.zhou, populations=["elderly_65"])  # regular_contact twice a year
    more.is_enabled, more.valid_from = True, TODAY
    more.save()
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=TODAY, packages=[package(), more])
    contact = line(promises(agreement).parts[0], "regular_contact")
    assert contact.term == 4
    assert set(contact.packages) == {package().name, more.name}


def test_an_early_end_cuts_the_promise(signed, cast):
    last = dt.date(2027, 3, 1)
    terminate(
        by=cast.li, on=last, now=NOW, agreement=signed, reason="resident_request", last_day=last, note=""
    )
    (part,) = promises(signed, on=dt.date(2027, 12, 1)).parts
    assert line(part, "regular_contact").term == 1
    assert line(part, "health_plan").term == 0


def test_nothing_is_owed_before_the_resident_confirmed(signed):
    found = promises(wait_for_resident(signed), on=dt.date(2027, 10, 1))
    assert not found.is_counting
    assert found.overdue == 0


def test_a_void_agreement_promises_nothing(signed):
    signed.enrollments.update(state="void")
    type(signed).objects.filter(pk=signed.pk).update(state="void")
    assert promised_in_agreements([signed.pk], on=TODAY, sees=EVERYTHING) == []


def test_restricted_packages_are_counted_only_for_the_named_roles(resident, cast):
    PopulationFlagFactory(resident=resident, kind=Population.SMI)
    agreement = sign_agreement(
        resident, cast.team_a, cast.li, on=TODAY, packages=[package(), package("severe_mental")]
    )
    fulfill(by=cast.li, on=TODAY, facts=[done(agreement, "smi_followup")])
    (part,) = promises(agreement, sees=team_sees(sees_restricted=False)).parts
    assert part.withheld == 1
    assert "smi_followup" not in {one.item.code for one in part.lines}
    (part,) = promises(agreement).parts
    assert line(part, "smi_followup").done == 1


def test_what_was_done_before_a_change_is_still_shown(signed, cast):
    fulfill(by=cast.li, on=TODAY, facts=[done(signed, "regular_contact")])
    signed.enrollments.get().own_packages.all().delete()
    (part,) = promises(signed).parts
    assert [(one.item.code, one.often, one.done, one.is_overdue) for one in part.lines] == [
        ("regular_contact", "", 1, False)
    ]


def test_what_was_done_under_a_restricted_package_that_went_stays_hidden(resident, cast):
    PopulationFlagFactory(resident=resident, kind=Population.SMI)
    agreement = sign_agreement(
        resident, cast.team_a, cast.li, on=TODAY, packages=[package(), package("severe_mental")]
    )
    fulfill(
        by=cast.li,
        on=TODAY,
        facts=[done(agreement, "smi_followup"), done(agreement, "regular_contact", key="contact:2")],
    )
    agreement.enrollments.get().own_packages.all().delete()
    (part,) = promises(agreement, sees=team_sees(sees_restricted=False)).parts
    assert {one.item.code for one in part.lines} == {"regular_contact"}
    (part,) = promises(agreement).parts
    assert {one.item.code for one in part.lines} == {"regular_contact", "smi_followup"}


def test_the_menu_of_a_household_is_promised_to_all_together(district, cast, wording):
    menu = next(one for one in _menus() if one.contents.filter(is_required=False).exists())
    people = family(district.grid_a, None, None)
    chosen = list(menu.contents.filter(is_required=False)[:2])
    agreement = sign_family(people, cast.team_a, cast.li, ("basic", menu.code), chosen=chosen)
    whole, *others = promises(agreement).parts
    assert whole.enrollment is None
    assert {one.item for one in whole.lines} >= {one.item for one in chosen}
    assert len(others) == 2
    fact = Done(agreement.pk, None, chosen[0].item_id, TODAY, ProofKind.MANUAL, "hand:1")
    assert fulfill(by=cast.li, on=TODAY, facts=[fact]) == 1
    assert line(promises(agreement).parts[0], chosen[0].item.code).done == 1


def _menus():
    from contracts.models import ServicePackage

    return ServicePackage.objects.offered_on(TODAY).filter(kind=PackageKind.FAMILY_MENU, owner=None)


def test_a_household_of_eight_takes_seven_queries(district, cast, wording, django_assert_num_queries):
    people = family(
        district.grid_a, Population.HYPERTENSION, *[None] * 5, Population.DIABETES_T2, Population.SMI
    )
    agreement = sign_family(
        people, cast.team_a, cast.li, ("basic", "hypertension", "diabetes", "severe_mental")
    )
    with django_assert_num_queries(7):
        found = promises(agreement)
        assert len(found.parts) == 8
        assert all(one.lines for one in found.parts)
        assert [one.enrollment.resident.masked_name for one in found.parts]


def test_what_may_be_ticked_while_signing(signed):
    person = signed.enrollments.get()
    assert {(who, one.code) for who, one in ticked_at_signing(signed)} == {
        (person.pk, "health_record"),
        (person.pk, "education_material"),
    }
