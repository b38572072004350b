"""Merging where more hangs together: three entries, a head who died, somebody lost sight of, tiers, restricted kinds."""

import datetime as dt

import pytest
from django.urls import reverse

from core.models import Announcement
from residents.actions import CannotMergeResidents, undo_merge
from residents.choices import DuplicateState, LifeStatus, Population, Relation, RiskColor, RiskKind
from residents.models import DuplicatePair, PopulationFlag, RiskTier
from residents.queries.risk import scheme_on
from residents.rules.merging import Part
from tests.factories.residents import PopulationFlagFactory, ResidentFactory
from tests.factories.risk import ensure_schemes
from tests.residents.conftest import TODAY
from tests.residents.test_actions_merging import AT, look, merge

LONG_GONE = dt.date(2025, 3, 1)


@pytest.fixture
def double(cast, district):
    """The second entry of the person, alone in a household of his own."""
    return ResidentFactory(
        name="王建国", born_on=dt.date(1950, 1, 1), phone="13912340002", grid=district.grid_a
    )


@pytest.fixture
def wife(person):
    return ResidentFactory(
        name="李秀英", grid=person.grid, household=person.household, relation=Relation.WIFE
    )


def gone(resident, status):
    resident.life_status, resident.life_status_on = status, LONG_GONE
    resident.save()
    return resident


@pytest.mark.usefixtures("today")
def test_a_merged_pair_leads_to_the_last_kept_entry_of_a_chain(cast, district, person, double, sign_in):
    third = ResidentFactory(grid=district.grid_a)
    first, second = sorted((person, double), key=lambda one: one.pk)
    pair = DuplicatePair.objects.create(first=first, second=second, score=90, found_on=TODAY)
    merge(person, double, by=cast.li)
    person.refresh_from_db()
    merge(third, person, by=cast.li)
    pair.refresh_from_db()
    assert pair.state == DuplicateState.MERGED
    answer = sign_in(cast.li).get(reverse("duplicate-detail", args=[pair.pk]))
    assert answer.status_code == 302
    assert answer.url == reverse("resident-detail", args=[third.pk])


def test_a_head_does_not_die_of_a_merge_and_leave_others_without_one(cast, person, wife, double):
    gone(double, LifeStatus.DECEASED)
    with pytest.raises(CannotMergeResidents) as refused:
        merge(person, double, by=cast.li, take=[Part.STATUS])
    assert "户主" in refused.value.sentence
    wife.refresh_from_db()
    assert (wife.household, wife.relation) == (person.household, Relation.WIFE)


def test_nor_is_the_kept_entry_of_somebody_away_head_of_those_present(cast, person, wife):
    away = gone(
        ResidentFactory(
            name="王建国", grid=person.grid, household=person.household, relation=Relation.NON_RELATIVE
        ),
        LifeStatus.MOVED_OUT,
    )
    with pytest.raises(CannotMergeResidents) as refused:
        merge(away, person, by=cast.li)
    assert "户主" in refused.value.sentence
    assert merge(away, person, by=cast.li, take=[Part.STATUS])


def test_who_dies_of_a_merge_alone_closes_the_household_stewards_it_no_more_and_is_followed(
    cast, person, double
):
    gone(double, LifeStatus.DECEASED)
    home = person.household
    home.steward = person
    home.save()
    done = merge(person, double, by=cast.li, take=[Part.STATUS])
    home.refresh_from_db()
    assert (home.closed_on, home.steward) == (TODAY, None)
    assert Announcement.objects.filter(topic="resident.departed", ids=[person.pk]).exists()
    changed = Announcement.objects.get(topic="household.changed")
    assert changed.ids == sorted([home.pk, double.household_id])
    undo_merge(merge=done, by=cast.li, at=AT)
    home.refresh_from_db()
    assert (home.closed_on, home.steward) == (None, person)
    assert Announcement.objects.filter(topic="household.changed").count() == 2


def test_a_household_that_waits_for_somebody_lost_is_not_closed(cast, person, double):
    lost = gone(
        ResidentFactory(grid=double.grid, household=double.household, relation=Relation.WIFE), LifeStatus.LOST
    )
    merge(person, double, by=cast.li)
    lost.household.refresh_from_db()
    assert lost.household.closed_on is None


def test_the_preview_does_not_count_flags_that_only_named_roles_may_see(cast, person, double):
    PopulationFlagFactory(resident=double, kind=Population.SMI)
    assert PopulationFlag._meta.verbose_name not in look(person, double, by=cast.li).moving
    PopulationFlagFactory(resident=double, kind=Population.HYPERTENSION)
    assert look(person, double, by=cast.li).moving[PopulationFlag._meta.verbose_name] == 1


@pytest.mark.parametrize(("mine", "theirs"), [(1, 6), (6, 1)])
def test_of_two_tiers_the_later_holds_from_its_own_day(cast, person, double, mine, theirs):
    ensure_schemes()
    scheme = scheme_on(RiskKind.ELDER, TODAY)
    rows = {
        month: RiskTier.objects.create(
            resident=who, kind=RiskKind.ELDER, scheme=scheme, color=color, explained="", starts_on=dt.date(2026, month, 1)
        )
        for who, month, color in ((person, mine, RiskColor.GREEN), (double, theirs, RiskColor.RED))
    }  # fmt: skip
    later_color = rows[6].color
    done = merge(person, double, by=cast.li)
    told = RiskTier.objects.filter(resident=person).order_by("starts_on").values_list("starts_on", "ends_on")
    assert list(told) == [
        (dt.date(2026, 1, 1), dt.date(2026, 5, 31)),
        (dt.date(2026, 6, 1), None),
    ]
    assert RiskTier.objects.running().get(resident=person).color == later_color
    undo_merge(merge=done, by=cast.li, at=AT)
    assert all(RiskTier.objects.get(pk=one.pk).resident_id == one.resident_id for one in rows.values())
    assert RiskTier.objects.running().count() == 2
