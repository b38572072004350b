"""Packages and services: drafted, priced, published, continued; what was signed stays."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from contracts.actions import (
    CannotKeepPackage,
    CannotSign,
    draft_package_version,
    keep_item,
    keep_package,
    publish_package,
    set_contents,
    withdraw_package,
)
from contracts.actions.packages import Row
from contracts.choices import Frequency, PackageKind
from contracts.models import Agreement, PackageItem, ServiceItem, ServicePackage
from tests.factories.contracts import draft_package, package, sign_agreement

pytestmark = pytest.mark.usefixtures("today", "wording")
DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)


def item(code: str = "regular_contact") -> ServiceItem:
    return ServiceItem.objects.get(code=code, owner=None)


def refused(action, **asked) -> CannotKeepPackage:
    with pytest.raises(CannotKeepPackage) as met:
        action(**asked)
    return met.value


@pytest.fixture
def bureau(cast):
    return {"by": cast.zhou, "on": DAY}


@pytest.fixture
def signed(cast, resident):
    sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    return package("basic")


def test_a_new_package_is_a_draft_whoever_asks_for_more(cast):
    made = draft_package(by=cast.zhou, is_enabled=True, valid_from=DAY)
    assert (made.is_enabled, made.valid_from) == (False, None)
    assert made.items == "定期联系，每年2次：电话、微信、短信或当面，询问健康状况和需要"


def test_it_is_offered_from_its_first_day_on(cast, bureau):
    made = draft_package(by=cast.zhou)
    publish_package(package=made, valid_from=DAY + ONE, **bureau)
    on_offer = ServicePackage.objects.filter(code="own")
    assert not on_offer.offered_on(DAY)
    assert on_offer.offered_on(DAY + ONE)


@pytest.mark.parametrize(("day", "code"), [(DAY - ONE, "begins_in_past"), (DAY, None)])
def test_it_does_not_begin_in_the_past(cast, bureau, day, code):
    made = draft_package(by=cast.zhou)
    if code is None:
        assert publish_package(package=made, valid_from=day, **bureau).is_enabled
        return
    assert refused(publish_package, package=made, valid_from=day, **bureau).code == code


def test_an_empty_package_is_not_published(cast, bureau):
    made = draft_package(by=cast.zhou, items=())
    assert refused(publish_package, package=made, valid_from=DAY, **bureau).code == "no_contents"


def test_a_new_version_replaces_the_old_on_its_day_and_agreements_keep_theirs(cast, signed, bureau):
    made = draft_package_version(package=signed, **bureau)
    assert (made.version, made.is_enabled, made.valid_from) == (signed.version + 1, False, None)
    same = [(one.item_id, one.frequency, one.times) for one in made.contents.in_order()]
    assert same == [(one.item_id, one.frequency, one.times) for one in signed.contents.in_order()]
    set_contents(package=made, rows=[Row(item(), Frequency.MONTH, 1)], **bureau)
    publish_package(package=made, valid_from=DAY + ONE, **bureau)
    assert package("basic", on=DAY) == signed
    assert package("basic", on=DAY + ONE) == made
    kept = Agreement.objects.get().packages.get()
    assert kept == signed
    assert "电子健康档案" in kept.items


def test_a_replaced_version_cannot_be_signed(cast, signed, bureau, resident):
    made = draft_package_version(package=signed, **bureau)
    publish_package(package=made, valid_from=DAY, **bureau)
    from tests.factories.residents import ResidentFactory

    other = ResidentFactory(born_on=dt.date(1960, 1, 1), grid=resident.grid)
    with pytest.raises(CannotSign) as met:
        sign_agreement(other, cast.team_a, cast.li, on=DAY, packages=[signed])
    assert met.value.code == "package_withdrawn"


def test_what_has_not_begun_goes_back_to_a_draft_and_the_old_one_goes_on(signed, bureau):
    made = draft_package_version(package=signed, **bureau)
    publish_package(package=made, valid_from=DAY + ONE, **bureau)
    back = withdraw_package(package=made, **bureau)
    assert (back.valid_from, back.is_enabled) == (None, False)
    assert package("basic", on=DAY + ONE) == signed
    assert refused(withdraw_package, package=made, **bureau).code == "not_offered"


def test_a_withdrawn_version_does_not_bring_back_the_one_before_it(bureau):
    assert ServicePackage.objects.filter(code="elderly", version=1, is_enabled=True).exists()
    withdraw_package(package=package("elderly"), **bureau)
    assert not ServicePackage.objects.filter(code="elderly").offered_on(DAY)


def test_an_old_version_is_not_published_over_a_newer_one(signed, bureau):
    old = ServicePackage.objects.get(code="basic", version=1)
    assert refused(publish_package, package=old, valid_from=DAY, **bureau).code == "newer_published"


def test_a_later_version_does_not_begin_before_the_last(signed, bureau):
    second = draft_package_version(package=signed, **bureau)
    publish_package(package=second, valid_from=DAY + 2 * ONE, **bureau)
    third = draft_package_version(package=second, **bureau)
    met = refused(publish_package, package=third, valid_from=DAY + ONE, **bureau)
    assert (met.code, met.field) == ("begins_before_last", "valid_from")
    assert publish_package(package=third, valid_from=DAY + 2 * ONE, **bureau).is_enabled


PRICED = {
    "price_yuan": 100,
    "discount_yuan": 10,
    "fund_yuan": 40,
    "insurance_yuan": 20,
    "individual_yuan": 30,
}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"individual_yuan": Decimal("29.99")}, "package_payers_add_up"),
        ({"individual_yuan": Decimal("30.01")}, "package_payers_add_up"),
        ({"discount_yuan": 101, "fund_yuan": 0, "insurance_yuan": 0, "individual_yuan": -1}, "package_prices_not_negative"),
        ({"kind": PackageKind.DISEASE_COURSE}, "package_course_has_days"),
        ({"kind": PackageKind.DISEASE_COURSE, "course_days": 14}, None),
        ({"course_days": 14}, "package_course_has_days"),
    ],
)  # fmt: skip
def test_who_pays_adds_up_and_courses_have_days(cast, bureau, changes, code):
    facts = {"code": "priced", "name": "有价", "kind": PackageKind.PERSONALIZED_PAID} | PRICED | changes
    if code is None:
        assert keep_package(package=ServicePackage(**facts), **bureau).pk
        return
    met = refused(keep_package, package=ServicePackage(**facts), **bureau)
    assert met.code == code
    assert met.sentence
    with pytest.raises(IntegrityError, match=code), transaction.atomic():
        ServicePackage.objects.create(**facts, is_enabled=False)


def test_codes_are_once_for_each_owner(cast, bureau):
    draft_package(by=cast.zhou)
    again = ServicePackage(code="own", name="又一个", kind=PackageKind.KEY_POPULATION)
    assert refused(keep_package, package=again, **bureau).code == "package_version_unique"
    own = ServicePackage(code="own", name="本院的", kind=PackageKind.KEY_POPULATION, owner=cast.institution_a)
    assert keep_package(package=own, **bureau).version == 1


def test_a_signed_package_keeps_its_contents(signed, bureau):
    met = refused(set_contents, package=signed, rows=[Row(item(), Frequency.YEAR, 1)], **bureau)
    assert met.code == "package_signed"
    row = signed.contents.first()
    spare = item("insomnia_course")
    for attempt in (
        lambda: signed.contents.filter(pk=row.pk).update(times=9),
        lambda: signed.contents.filter(pk=row.pk).delete(),
        lambda: PackageItem.objects.create(package=signed, item=spare, times=1),
    ):
        with pytest.raises(IntegrityError, match="stay as they are"), transaction.atomic():
            attempt()


@pytest.mark.parametrize(
    "changes",
    [
        {"items": "别的"}, {"name": "别的"}, {"populations": ["tb"]}, {"tier": 3}, {"elder_colors": ["red"]},
        {"price_yuan": 1, "individual_yuan": 1}, {"is_fixed_price": False}, {"intro": "别的"},
    ],
)  # fmt: skip
def test_the_database_keeps_every_promise_of_a_signed_package(signed, changes):
    with pytest.raises(IntegrityError, match="part of a signed agreement"), transaction.atomic():
        ServicePackage.objects.filter(pk=signed.pk).update(**changes)


def test_what_is_no_promise_may_change_in_a_signed_package(signed):
    ServicePackage.objects.filter(pk=signed.pk).update(
        is_enabled=False, valid_until=DAY, remark="停用", is_suggested=False
    )


def test_a_promised_service_keeps_its_words_but_not_its_givers(signed, bureau):
    one = signed.contents.first().item
    with pytest.raises(IntegrityError, match="service item"), transaction.atomic():
        ServiceItem.objects.filter(pk=one.pk).update(name="别的")
    one.providers = ["nurse"]
    assert keep_item(item=one, **bureau).providers == ["nurse"]


@pytest.mark.parametrize(
    ("frequency", "times", "is_fine"),
    [
        (Frequency.YEAR, 1, True),
        (Frequency.YEAR, 0, False),
        (Frequency.YEAR, None, False),
        (Frequency.NEED, None, True),
        (Frequency.NEED, 1, False),
        (Frequency.SCHEDULE, None, True),
        (Frequency.SCHEDULE, 1, False),
    ],
)
def test_a_number_of_times_where_one_counts(cast, frequency, times, is_fine):
    made = draft_package(by=cast.zhou, items=())
    if is_fine:
        PackageItem.objects.create(package=made, item=item(), frequency=frequency, times=times)
        return
    with pytest.raises(IntegrityError, match="package_item_times"), transaction.atomic():
        PackageItem.objects.create(package=made, item=item(), frequency=frequency, times=times)


def test_a_service_stands_once_in_a_package(cast, bureau):
    made = draft_package(by=cast.zhou)
    row = Row(item(), Frequency.YEAR, 1)
    assert refused(set_contents, package=made, rows=[row, row], **bureau).code == "item_twice"
    assert made.contents.count() == 1


def test_services_of_the_catalog(cast, bureau):
    twice = ServiceItem(code="regular_contact", name="又一个")
    assert refused(keep_item, item=twice, **bureau).code == "service_item_code_unique"
    own = ServiceItem(code="regular_contact", name="本院的", owner=cast.institution_a)
    assert keep_item(item=own, **bureau).pk
    child = ServiceItem(code="part", name="子项", level=3, parent=item())
    assert refused(keep_item, item=child, **bureau).code == "parent_level"
    child.level = 4
    assert keep_item(item=child, **bureau).pk
    dear = ServiceItem(code="dear", name="贵", price_yuan=-1)
    assert refused(keep_item, item=dear, **bureau).code == "service_item_price"


def test_an_institution_copies_the_menu_and_keeps_its_own_series(cast, bureau):
    menu = package("family_menu")
    mine = draft_package_version(package=menu, owner=cast.institution_a, **bureau)
    assert (mine.owner, mine.version, mine.code) == (cast.institution_a, 1, "family_menu")
    assert mine.contents.count() == 8
    publish_package(package=mine, valid_from=DAY, **bureau)
    assert draft_package_version(package=mine, **bureau).version == 2
    assert package("family_menu") == menu
