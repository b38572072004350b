"""Counting services as done."""

import datetime as dt
from dataclasses import replace

import pytest

from contracts.actions import CannotFulfill, Done, fulfill, terminate, withdraw
from contracts.choices import ProofKind
from contracts.models import Fulfillment, PackageItem, ServiceItem
from tests.contracts.own_side import NOW, TODAY, family, sign_family
from tests.factories.contracts import package, sign_agreement
from tests.factories.residents import ResidentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed(resident, cast):
    return sign_agreement(resident, cast.team_a, cast.li, on=TODAY)


@pytest.fixture
def fact(signed):
    item = ServiceItem.objects.get(code="regular_contact", owner=None)
    person = signed.enrollments.get()
    return Done(signed.pk, person.pk, item.pk, TODAY, ProofKind.CONTACT, "contact:1", "电话 问候")


def test_told_twice_it_counts_once(fact, cast):
    assert fulfill(by=cast.li, on=TODAY, facts=[fact]) == 1
    assert fulfill(by=cast.li, on=TODAY, facts=[fact, fact]) == 0
    row = Fulfillment.objects.get()
    assert (row.recorded_by, row.note, row.proof, row.done_on) == (cast.li, "电话 问候", "contact", TODAY)


def test_withdrawn_twice_is_withdrawn_once_and_may_be_told_again(fact, cast):
    fulfill(by=None, on=TODAY, facts=[fact])
    assert withdraw(by=cast.li, now=NOW, keys=[fact.key], note="重复") == 1
    assert withdraw(by=cast.li, now=NOW, keys=[fact.key]) == 0
    row = Fulfillment.objects.get()
    assert (row.withdrawn_by, row.withdrawn_note, row.withdrawn_at) == (cast.li, "重复", NOW)
    assert fulfill(by=None, on=TODAY, facts=[fact]) == 1


def test_withdrawing_one_leaves_the_others(fact, cast):
    fulfill(by=None, on=TODAY, facts=[fact, replace(fact, key="contact:2")])
    assert withdraw(by=cast.li, now=NOW, keys=["contact:2"]) == 1
    assert withdraw(by=cast.li, now=NOW) == 0
    assert Fulfillment.objects.standing().get().key == "contact:1"


def test_only_what_was_promised(fact, cast):
    other = ServiceItem.objects.get(code="elder_checkup", owner=None)
    with pytest.raises(CannotFulfill) as met:
        fulfill(by=cast.li, on=TODAY, facts=[fact, replace(fact, item=other.pk)])
    assert met.value.code == "not_promised"
    assert not Fulfillment.objects.exists(), "all or nothing"


def test_a_service_to_one_counts_for_nobody_else(fact, cast, district):
    stranger = sign_agreement(ResidentFactory(grid=district.grid_a), cast.team_a, cast.li, on=TODAY)
    for wrong in (
        replace(fact, enrollment=stranger.enrollments.get().pk),
        replace(fact, enrollment=None),
        replace(fact, enrollment=0),
        replace(fact, agreement=0),
    ):
        with pytest.raises(CannotFulfill, match="没有约定"):
            fulfill(by=cast.li, on=TODAY, facts=[wrong])


@pytest.mark.parametrize(
    ("days", "on_later", "code"), [(-1, 0, "not_in_term"), (1, 0, "not_yet"), (365, 400, "not_in_term")]
)
def test_only_within_the_term(fact, cast, days, on_later, code):
    wrong = replace(fact, done_on=TODAY + dt.timedelta(days=days))
    with pytest.raises(CannotFulfill) as met:
        fulfill(by=cast.li, on=TODAY + dt.timedelta(days=on_later), facts=[wrong])
    assert (met.value.code, met.value.field) == (code, "done_on")


def test_many_at_once_cost_as_much_as_one(district, cast, wording, django_assert_num_queries):
    agreement = sign_family(family(district.grid_a, *[None] * 8), cast.team_a, cast.li)
    item = ServiceItem.objects.get(code="regular_contact", owner=None)
    facts = [
        Done(agreement.pk, person.pk, item.pk, TODAY, ProofKind.CONTACT, f"contact:{number}")
        for number, person in enumerate(agreement.enrollments.all())
    ]
    with django_assert_num_queries(6):  # a savepoint begins and ends
        assert fulfill(by=cast.li, on=TODAY, facts=facts) == 8


def test_nothing_to_tell(db):
    assert fulfill(by=None, on=TODAY, facts=[]) == 0


def test_for_the_household_as_long_as_anybody_is_in_it(district, cast, wording):
    dish = PackageItem.objects.filter(package=package("family_menu"))[0]
    people = family(district.grid_a, None, None)
    agreement = sign_family(people, cast.team_a, cast.li, ("basic", "family_menu"), chosen=[dish])
    terminate(
        by=cast.li, on=TODAY, now=NOW, agreement=agreement, reason="resident_request", last_day=TODAY
    )  # fmt: skip
    later = TODAY + dt.timedelta(days=1)
    given = Done(agreement.pk, None, dish.item_id, later, ProofKind.MANUAL, "hand:1")
    with pytest.raises(CannotFulfill) as met:
        fulfill(by=cast.li, on=later, facts=[given])
    assert met.value.code == "not_in_term"
    assert fulfill(by=cast.li, on=later, facts=[replace(given, done_on=TODAY)]) == 1
