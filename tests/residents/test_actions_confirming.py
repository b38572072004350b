"""核实无误: one person, or many in one action."""

import pytest

from residents import actions
from residents.choices import Relation
from residents.models import Resident, ResidentEvent
from tests.factories.residents import ResidentFactory
from tests.residents.conftest import TODAY


def test_one(cast, person):
    assert actions.confirm_resident(resident=person, by=cast.li, on=TODAY).confirmed_on == TODAY
    actions.record_death(resident=person, since=TODAY, by=cast.li, on=TODAY)
    with pytest.raises(actions.CannotConfirm, match="死亡"):
        actions.confirm_resident(resident=person, by=cast.li, on=TODAY)


def test_many_at_once_with_an_event_each(cast, district, person, django_assert_num_queries):
    sons = [
        ResidentFactory(grid=district.grid_a, household=person.household, relation=Relation.SON)
        for _ in range(4)
    ]
    actions.record_lost(resident=sons[0], since=TODAY, by=cast.li, on=TODAY)
    people = Resident.objects.filter(household=person.household)
    with django_assert_num_queries(5):  # savepoint twice, lock, update, events
        assert actions.confirm_residents(residents=people, by=cast.li, on=TODAY) == 4
    assert people.filter(confirmed_on=TODAY).count() == 4
    assert ResidentEvent.objects.filter(kind=ResidentEvent.Kind.CONFIRMED, by=cast.li).count() == 4


def test_nobody_present_is_told(cast, person):
    with pytest.raises(actions.CannotConfirm, match="勾选"):
        actions.confirm_residents(residents=Resident.objects.none(), by=cast.li, on=TODAY)
