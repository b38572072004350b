"""The set-based search against a comparison of everybody with everybody, and how the queue stays true."""

import datetime as dt
import io
import itertools

import pytest
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from residents.actions import find_duplicates, tell_apart
from residents.choices import DuplicateState, IdKind, LifeStatus
from residents.models import ContactPhone, DuplicatePair, PastIdentifier, Resident
from residents.queries.candidates import facts_of
from residents.rules.duplicates import compare
from residents.searchable import number_index, phone_index, phone_tail, searchable_columns
from tests.factories.residents import HouseholdFactory, ResidentFactory, id_number
from tests.residents.conftest import POLICY, TODAY

AT = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
BORN = dt.date(1950, 1, 1)
NAMES = ("张晨", "张辰", "王佳怡", "王佳宁", "王建国", "李建国")
NUMBERS = ["", *(id_number(BORN, serial) for serial in (1, 2, 6, 55)), "371099500101003", "371099500101005"]
PHONES = ("", "13912340001", "13912340002")


class Undo(Exception):
    """Takes a drawn district back."""


person_st = st.fixed_dictionaries(
    {
        "name": st.sampled_from(NAMES),
        "sex": st.sampled_from((1, 2)),
        "born_on": st.sampled_from((BORN, dt.date(1950, 1, 2), None)),
        "number": st.sampled_from(NUMBERS),
        "former": st.sampled_from(NUMBERS),
        "phone": st.sampled_from(PHONES),
        "further": st.sampled_from(PHONES),
        "address": st.sampled_from(("", "和平路1号", "和平路 1号")),
        "home": st.integers(0, 2),
        "is_merged": st.booleans() | st.just(False),
    }
)


def run(**more):
    return find_duplicates(policy=POLICY, on=TODAY, **more)


def twins(grid, serial=1, **more):
    """Two entries of one person: the same name, birth date, phone and address, with numbers far apart."""
    facts = {"name": "王建国", "born_on": BORN, "phone": "13912340001", "grid": grid} | more
    numbers = id_number(BORN, serial), id_number(BORN, serial + 55)
    return tuple(ResidentFactory(id_number=one, **facts) for one in numbers)


def queue():
    return {(one.first_id, one.second_id): one.score for one in DuplicatePair.objects.filter(state="open")}


def settle(drawn, district, user):
    """A small district as drawn; numbers that are taken are left out, as the registry would."""
    Resident.objects.all().delete()
    homes = [None, HouseholdFactory(grid=district.grid_a), HouseholdFactory(grid=district.grid_a)]
    taken = set()
    for one in drawn:
        number = "" if one["number"] in taken else one["number"]
        taken.add(number)
        resident = ResidentFactory(
            name=one["name"], sex=one["sex"], born_on=one["born_on"], id_number=number,
            id_kind=IdKind.OTHER if number else IdKind.NONE, phone=one["phone"], address=one["address"],
            household=homes[one["home"]], relation="99", grid=district.grid_a,
        )  # fmt: skip
        if one["former"]:
            PastIdentifier.objects.create(
                resident=resident, id_kind="01", id_number=one["former"], id_index=number_index(one["former"]),
                replaced_on=TODAY, reason="更正", replaced_by=user,
            )  # fmt: skip
        if one["further"]:
            ContactPhone.objects.create(
                resident=resident,
                phone=one["further"],
                phone_index=phone_index(one["further"]),
                phone_tail=phone_tail("0001"),
            )
        if one["is_merged"] and Resident.objects.count() > 1:
            other = Resident.objects.exclude(pk=resident.pk).order_by("pk").first()
            Resident.objects.filter(pk=resident.pk).update(
                life_status=LifeStatus.MERGED, life_status_on=TODAY, merged_into=other, household=None
            )


def brute_force():
    facts = facts_of(set(Resident.objects.unmerged().values_list("pk", flat=True)))
    scored = {
        (one, other): compare(facts[one], facts[other]).score
        for one, other in itertools.combinations(sorted(facts), 2)
    }
    return {pair: score for pair, score in scored.items() if score >= POLICY.duplicate_min_score}


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(drawn=st.lists(person_st, max_size=9))
def test_finds_what_a_comparison_of_everybody_finds(drawn, cast, district):
    try:
        with transaction.atomic():
            settle(drawn, district, cast.li)
            run()
            assert queue() == brute_force()
            again = run()
            assert (again.added, again.changed, again.removed) == (0, 0, 0)
            raise Undo
    except Undo:
        pass


def test_a_pair_is_found_once_and_not_compared_again(district):
    first, second = twins(district.grid_a)
    done = run()
    assert (done.candidates, done.compared, done.added) == (1, 1, 1)
    pair = DuplicatePair.objects.get()
    assert (pair.first, pair.second, pair.score) == (first, second, 60)
    assert pair.reasons == ["name_birth_phone", "name_birth_home"]
    assert run().compared == 0


def test_a_dry_run_writes_nothing(district):
    twins(district.grid_a)
    done = run(dry_run=True)
    assert done.added == 1 and not DuplicatePair.objects.exists()


def test_who_is_another_person_never_comes_back(cast, district):
    _, second = twins(district.grid_a)
    run()
    tell_apart(pair=DuplicatePair.objects.get(), note="电话核实", by=cast.li, at=AT)
    Resident.objects.filter(pk=second.pk).update(address="新住址")
    done = run()
    assert (done.added, done.changed) == (0, 0)
    assert DuplicatePair.objects.get().state == DuplicateState.DIFFERENT


def test_also_not_after_one_of_them_was_merged_into_a_third_entry(cast, district):
    first, second = twins(district.grid_a)
    run()
    tell_apart(pair=DuplicatePair.objects.get(), note="电话核实", by=cast.li, at=AT)
    third = ResidentFactory(name="王建国", born_on=BORN, phone="13912340001", grid=district.grid_a)
    Resident.objects.filter(pk=second.pk).update(
        life_status=LifeStatus.MERGED, life_status_on=TODAY, merged_into=third, household=None
    )
    run()
    assert (first.pk, third.pk) not in queue()


def test_what_no_longer_agrees_disappears(district):
    _, second = twins(district.grid_a)
    run()
    Resident.objects.filter(pk=second.pk).update(
        name="李明", **searchable_columns("李明", second.id_number, second.phone)
    )
    assert run().removed == 1
    assert not DuplicatePair.objects.exists()


def test_what_agrees_less_is_scored_again(district):
    _, second = twins(district.grid_a, address="和平路1号")
    run()
    Resident.objects.filter(pk=second.pk).update(address="别处")
    done = run()
    assert (done.compared, done.changed) == (1, 1)
    assert DuplicatePair.objects.get().score == 55


def test_below_the_bar_it_leaves_the_queue(district):
    _, second = twins(district.grid_a)
    run()
    columns = searchable_columns(second.name, second.id_number, "13912340009")
    Resident.objects.filter(pk=second.pk).update(**columns)
    assert run().removed == 1  # name, birth date and address alone, with different numbers
    assert queue() == {}


def test_a_clue_that_very_many_share_is_no_clue(district):
    for _ in range(POLICY.duplicate_block_most + 1):
        ResidentFactory(
            name="王建国",
            born_on=BORN,
            phone="",
            address="",
            id_number="",
            id_kind="00",
            grid=district.grid_a,
        )
    assert run().candidates == 0


@pytest.mark.parametrize("extra", [[], ["--dry-run"]])
def test_command(district, extra):
    twins(district.grid_a)
    out = io.StringIO()
    call_command("find_duplicates", "--on", "2026-11-22", *extra, stdout=out)
    assert "新增 1 对" in out.getvalue()
    assert DuplicatePair.objects.exists() is not bool(extra)


def test_the_night_searches(district):
    twins(district.grid_a)
    call_command("nightly", "--on", "2026-11-22", "--only", "find-duplicates", stdout=io.StringIO())
    assert DuplicatePair.objects.get().found_on == dt.date(2026, 11, 22)


def test_a_bounded_number_of_queries(district, django_assert_max_num_queries):
    for serial in range(1, 5):
        twins(district.grid_a, serial)
    with django_assert_max_num_queries(20):
        run()
    assert DuplicatePair.objects.count() == 28
