"""The health steward of a household (S0-13): a grown-up member; leap-day birthdays included."""

import datetime as dt

import pytest

from residents import actions
from residents.choices import LifeStatus, Relation
from residents.models import StewardTraining
from tests.factories.residents import HouseholdFactory, ResidentFactory
from tests.residents.conftest import POLICY, TODAY
from tests.residents.helpers import DAY, story_of


def name(household, steward, cast, on=TODAY):
    return actions.name_steward(household=household, steward=steward, policy=POLICY, by=cast.li, on=on)


def test_named_changed_and_ended(cast, person):
    home = person.household
    assert name(home, person, cast).steward == person
    assert name(home, None, cast).steward is None
    assert [note for _, note in story_of(home)] == ["不再有掌门人", "掌门人：王*国"]


@pytest.mark.parametrize(
    ("on", "is_adult"),
    [(dt.date(2026, 2, 28), False), (dt.date(2026, 3, 1), True)],
)
def test_born_on_a_leap_day_one_is_of_age_on_the_first_of_march(cast, district, home, on, is_adult):
    young = ResidentFactory(
        grid=district.grid_a, household=home, relation=Relation.SON, born_on=dt.date(2008, 2, 29)
    )
    if is_adult:
        assert name(home, young, cast, on).steward == young
    else:
        with pytest.raises(actions.CannotNameSteward, match="未满 18 周岁"):
            name(home, young, cast, on)


def test_refused(cast, district, person, neighbor):
    home = person.household
    ageless = ResidentFactory(grid=district.grid_a, household=home, relation=Relation.SON)
    type(ageless).objects.filter(pk=ageless.pk).update(born_on=None)
    gone = ResidentFactory(
        grid=district.grid_a, household=home, relation=Relation.SON, life_status=LifeStatus.LOST,
        life_status_on=TODAY,
    )  # fmt: skip
    for chosen, code in [
        (None, "same_steward"),
        (neighbor, "not_a_member"),
        (gone, "not_a_member"),
        (ageless, "age_unknown"),
    ]:
        with pytest.raises(actions.CannotNameSteward) as refused:
            name(home, chosen, cast)
        assert refused.value.code == code
    with pytest.raises(actions.CannotNameSteward, match="销户"):
        name(HouseholdFactory(grid=district.grid_a, closed_on=TODAY), person, cast)


def test_training_is_kept_with_who_was_steward(cast, person):
    home = name(person.household, person, cast)
    row = actions.train_steward(household=home, trained_on=TODAY, topic=" 血压测量 ", by=cast.li, on=TODAY)
    assert (row.steward, row.topic) == (person, "血压测量")
    name(home, None, cast)
    assert StewardTraining.objects.get().steward == person


def test_training_refused(cast, person):
    for trained_on, topic, code in [
        (TODAY, " ", "topic_missing"),
        (TODAY + DAY, "血压", "training_future"),
        (TODAY, "血压", "no_steward"),
    ]:
        with pytest.raises(actions.CannotTrain) as refused:
            actions.train_steward(
                household=person.household, trained_on=trained_on, topic=topic, by=cast.li, on=TODAY
            )
        assert refused.value.code == code
