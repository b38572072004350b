"""What is offered to whom, and the content that ships."""

import datetime as dt

import pytest

from contracts.actions import draft_package_version, publish_package
from contracts.choices import AgreementKind, Frequency, PackageKind, ServiceTier
from contracts.models import FulfilmentStandard, HomeCareLabel, PackageItem, ServiceItem, ServicePackage
from contracts.policy import ContractsPolicy
from contracts.queries.packages import (
    contents_of,
    highest_tier,
    lines_of,
    offered,
    packages_offered,
    shelves,
    standard_on,
    standing_promises,
)
from residents.choices import Population, RiskColor, RiskKind
from tests.factories.contracts import draft_package, package
from tests.factories.teams import TeamMembershipFactory

pytestmark = pytest.mark.usefixtures("today", "wording")
DAY = dt.date(2026, 11, 22)
HOUSEHOLD, SUPPLEMENTARY = AgreementKind.HOUSEHOLD, AgreementKind.SUPPLEMENTARY


def codes(packages) -> set[str]:
    return {one.code for one in packages}


def reasons(offers) -> dict[str, str | None]:
    return {one.package.code: one.objection.code if one.objection else None for one in offers}


def test_every_population_but_one_has_a_package():
    """HIV is a report category only, never a schedule of the family doctor (2)."""
    promised = {kind for one in packages_offered(on=DAY, sees_restricted=True) for kind in one.populations}
    assert set(Population.values) - promised == {Population.HIV}


def test_the_shipped_content_is_whole():
    offers = ServicePackage.objects.offered_on(DAY)
    assert set(offers.values_list("tier", flat=True)) == set(ServiceTier.values)
    kinds = set(ServicePackage.objects.filter(owner=None).values_list("kind", flat=True))
    assert kinds == set(PackageKind.values)
    menu = contents_of(package("family_menu"))
    assert len(menu) == 8
    assert not any(one.is_required for one in menu)
    assert {one.item.source.split("、")[0] for one in menu} == {"S0-16"}
    themes = {"screening", "prevention", "mind", "oral", "nutrition", "hospice", "care_home"}
    assert {f"elder_{one}" for one in themes} <= codes(offers)
    assert {package(f"elder_{color}").elder_colors[0] for color in RiskColor.values} == set(RiskColor.values)


def test_the_printed_words_are_those_of_the_rows():
    for one in ServicePackage.objects.exclude(contents=None):
        assert one.items.splitlines() == lines_of(contents_of(one))
        assert one.source


def test_counts_without_a_document_are_marked():
    """A number of times that no source states says so, except where the national specification does."""
    unmarked = ServicePackage.objects.filter(contents__isnull=False, remark="").values_list("code", flat=True)
    assert set(unmarked) == {
        "basic", "elderly", "hypertension", "diabetes", "child", "perinatal", "severe_mental", "tuberculosis",
        "high_risk_htn",
    }  # fmt: skip


def test_what_needs_a_price_first_ships_as_a_draft():
    drafts = codes(ServicePackage.objects.filter(is_enabled=False))
    assert drafts == {one for one in drafts if one.startswith("course_") or one == "home_service"}
    assert len(drafts) == 6


def test_version_one_stays_for_the_agreements_signed_under_it():
    old = ServicePackage.objects.get(code="basic", version=1)
    assert old.items.startswith("建立并更新电子健康档案")
    assert package("basic").version == 2
    assert not old.contents.exists()


@pytest.mark.parametrize(
    ("kind", "there", "missing"),
    [
        (AgreementKind.INDIVIDUAL, {"basic", "elderly", "functional_community"}, {"family_menu", "course_insomnia"}),
        (HOUSEHOLD, {"basic", "elderly", "family_menu"}, {"course_insomnia"}),
        (SUPPLEMENTARY, set(), {"basic", "family_menu"}),
    ],
)  # fmt: skip
def test_kinds_of_agreement(kind, there, missing):
    found = codes(packages_offered(on=DAY, kind=kind, sees_restricted=True))
    assert there <= found
    assert not missing & found


def test_restricted_packages_stay_hidden(cast):
    assert "severe_mental" not in codes(packages_offered(on=DAY, sees_restricted=False))
    offers = offered(cast.team_a, ["smi"], on=DAY)
    assert "severe_mental" not in reasons(offers)
    assert reasons(offered(cast.team_a, ["smi"], on=DAY, sees_restricted=True))["severe_mental"] is None


def test_offers_say_why_not_and_tick_what_fits(cast):
    offers = offered(cast.team_a, ["elderly_65", "hypertension"], on=DAY)
    said = reasons(offers)
    assert said["basic"] is said["elderly"] is said["hypertension"] is None
    assert said["diabetes"] == "package_population"
    assert said["elder_green"] == "package_not_graded"
    ticked = {one.package.code for one in offers if one.is_suggested}
    assert ticked == {"basic", "elderly", "hypertension"}


def test_colors_and_tiers(cast):
    colors = {RiskKind.ELDER: RiskColor.YELLOW, RiskKind.CARDIOVASCULAR: RiskColor.RED}
    held = ["elderly_65", "hypertension"]
    said = reasons(offered(cast.team_a, held, on=DAY, colors=colors))
    assert said["elder_yellow"] is None
    assert said["elder_green"] == said["three_highs_primary"] == "package_color"
    assert said["three_highs_advanced"] == "package_tier"
    TeamMembershipFactory(team=cast.team_a, tier=3, starts_on=DAY)
    assert highest_tier(cast.team_a, on=DAY) == 3
    assert reasons(offered(cast.team_a, held, on=DAY, colors=colors))["three_highs_advanced"] is None


def test_a_course_fits_its_days(cast):
    made = draft_package("course_x", by=cast.zhou, kind=PackageKind.DISEASE_COURSE, course_days=14)
    publish_package(package=made, valid_from=DAY, by=cast.zhou, on=DAY)
    for days, expected in ((14, None), (15, "package_term")):
        assert reasons(offered(cast.team_a, [], on=DAY, kind=SUPPLEMENTARY, days=days)) == {
            "course_x": expected
        }


def test_an_institution_s_package_stands_in_for_the_district_s(cast):
    menu = package("family_menu")
    mine = draft_package_version(package=menu, owner=cast.institution_a, by=cast.zhou, on=DAY)
    publish_package(package=mine, valid_from=DAY, by=cast.zhou, on=DAY)
    own = packages_offered(on=DAY, teams=[cast.team_a], kind=HOUSEHOLD, sees_restricted=False)
    other = packages_offered(on=DAY, teams=[cast.team_b], kind=HOUSEHOLD, sees_restricted=False)
    assert mine in own
    assert menu not in own
    assert menu in other
    assert mine not in other


def test_the_offer_costs_two_queries(cast, django_assert_num_queries):
    team = type(cast.team_a).objects.select_related("institution").get(pk=cast.team_a.pk)
    with django_assert_num_queries(2):
        offered(team, ["elderly_65"], on=DAY)


def test_the_shelves_cost_one_query(cast, django_assert_max_num_queries):
    from teams.access import scope_of

    scope_of(cast.li)
    with django_assert_max_num_queries(1):
        found = shelves(cast.li, on=DAY, sees_restricted=True)
    assert [one.kind for one in found] == [
        PackageKind.BASIC_FREE, PackageKind.KEY_POPULATION, PackageKind.FAMILY_MENU, PackageKind.FUNCTIONAL_COMMUNITY,
    ]  # fmt: skip


def test_every_agreement_promises_by_policy():
    said = standing_promises(ContractsPolicy(contacts_per_quarter=2, household_assessments_per_year=3))
    assert "每季度至少联系2次" in said[0]
    assert "每年至少评估3次" in said[1]


def test_the_seven_ones_ship_as_unverified_candidates():
    standard = FulfilmentStandard.objects.get()
    assert (standard.name, standard.in_force_from, standard.items.count()) == ("七个一", None, 7)
    assert all("待核定" in one.text and not one.is_verified for one in standard.items.all())
    assert standard_on(DAY) is None
    counted = {
        group: HomeCareLabel.objects.filter(group=group).count()
        for group in ("guarantee", "priority", "focus")
    }
    assert counted == {"guarantee": 5, "priority": 4, "focus": 4}
    assert package("elder_care_home").labels.count() == 13


def test_the_catalog_says_who_and_by_what_record():
    assert ServiceItem.objects.count() >= 80
    assert not ServiceItem.objects.filter(source="").exists()
    used = set(PackageItem.objects.values_list("item__code", flat=True))
    assert set(ServiceItem.objects.values_list("code", flat=True)) - used == set()
    assert {Frequency(one) for one in PackageItem.objects.values_list("frequency", flat=True)} == set(
        Frequency
    )
