"""Two verbs at the same moment, real connections: they wait for each other, never deadlock, and one may be refused."""

import threading

import pytest
from django.db import connections

from core.refusals import Refusal
from residents import actions
from residents.actions import Heir
from residents.choices import LifeStatus, Relation, Sex
from residents.models import Household, Resident
from tests.factories.residents import HouseholdFactory, ResidentFactory
from tests.residents.conftest import TODAY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    from core import tasks

    monkeypatch.setattr(tasks.deliver_announcements, "apply_async", lambda **_: None)


def together(*verbs):
    """Results or refusals, in order."""
    gate, results = threading.Barrier(len(verbs)), [None] * len(verbs)

    def run(place, verb):
        try:
            gate.wait(10)
            results[place] = verb()
        except Refusal as refusal:
            results[place] = refusal
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(verbs)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    return results


def family(district):
    home = HouseholdFactory(grid=district.grid_a)
    head = ResidentFactory(grid=district.grid_a, household=home)
    wife = ResidentFactory(
        grid=district.grid_a, household=home, relation=Relation.WIFE, sex=Sex.FEMALE, name="李桂兰"
    )
    son = ResidentFactory(grid=district.grid_a, household=home, relation=Relation.SON)
    return home, head, wife, son


def facts(cast):
    return {"by": cast.li, "on": TODAY}


def test_a_person_moved_twice_at_once_ends_in_one_household(cast, district):
    for _ in range(4):
        _, _, _, son = family(district)
        there = [ResidentFactory(grid=district.grid_a).household for _ in range(2)]
        results = together(
            *(
                lambda a=son, b=home: actions.move_member(
                    resident=a, household=b, relation=Relation.OTHER_RELATIVE, **facts(cast)
                )
                for home in there
            )
        )
        son.refresh_from_db()
        assert son.household in there
        refused = [one for one in results if isinstance(one, Refusal)]
        assert all(one.code == "moved_meanwhile" for one in refused)


def test_two_members_swap_households_without_deadlock(cast, district):
    for _ in range(4):
        one, _, _, son = family(district)
        other, _, _, daughter = family(district)
        results = together(
            lambda a=son, b=other: actions.move_member(
                resident=a, household=b, relation=Relation.OTHER_RELATIVE, **facts(cast)
            ),
            lambda a=daughter, b=one: actions.move_member(
                resident=a, household=b, relation=Relation.OTHER_RELATIVE, **facts(cast)
            ),
        )
        assert not any(isinstance(result, Refusal) for result in results)


def test_head_and_heir_die_at_once_and_the_household_keeps_a_head(cast, district):
    for _ in range(4):
        home, head, wife, son = family(district)
        together(
            lambda a=head, w=wife, s=son: actions.record_death(
                resident=a, since=TODAY, heir=Heir(w.pk, {s.pk: Relation.SON}), **facts(cast)
            ),
            lambda w=wife: actions.record_death(resident=w, since=TODAY, **facts(cast)),
        )
        present = Resident.objects.filter(household=home, life_status=LifeStatus.PRESENT)
        assert present.filter(relation=Relation.HEAD).count() == 1


def test_a_merge_and_a_split_of_the_same_household(cast, district):
    for _ in range(4):
        home, head, wife, son = family(district)
        kept = ResidentFactory(grid=district.grid_a).household
        told = dict.fromkeys((head.pk, wife.pk, son.pk), Relation.OTHER_RELATIVE)
        merged, split = together(
            lambda a=kept, b=home, t=told: actions.merge_households(
                kept=a, closing=b, relations=t, **facts(cast)
            ),
            lambda b=home, s=son: actions.split_household(
                household=b, leaving=[s.pk], founder=Heir(s.pk, {}), **facts(cast)
            ),
        )
        assert isinstance(merged, Household)
        assert isinstance(split, Household) or split.code == "household_closed"
        assert not Resident.objects.filter(household=home).exists()
