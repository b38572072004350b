"""What the import as a whole makes of the realities that depend on other rows, on the registry, or on what leaves it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.sheets import quoted
from residents.choices import LifeStatus
from residents.imports import pipeline
from residents.models import ContactPhone, Household, Resident
from residents.queries.rosters import LARGE_BYTES
from tests.factories.grids import GridFactory
from tests.factories.residents import HouseholdFactory, ResidentFactory
from tests.residents.conftest import POLICY
from tests.residents.imports.realities import ALL, REALITIES, Reality
from tests.residents.imports.realities.case import M, N
from tests.residents.imports.runs import NEW, REFUSED, SAME, bring_in, judged, order_of

TOLD: dict[int, Callable] = {}


def the_engine_of(number: int):
    """Marks the test of a reality's ``engine`` sentence; it gets the reality and who imports it."""

    def kept(test: Callable) -> Callable:
        TOLD[number] = test
        return pytest.mark.parametrize("case", [engine_case(number)], ids=str)(test)

    return kept


def engine_case(number: int) -> Reality:
    (found,) = (one for one in REALITIES[number] if one.engine)
    return found


def test_every_sentence_has_its_test():
    assert sorted(TOLD) == sorted(one.number for one in ALL if one.engine)


def outcomes(check) -> list[str]:
    return [one.outcome for one in check.rows]


@the_engine_of(14)
def test_dates_in_all_forms_are_one_person(case, cast):
    check = judged(case.data, user=cast.li)
    assert outcomes(check) == [NEW, *[REFUSED] * (len(case.rows) - 1)]
    assert {tuple(one.faults) for one in check.rows[1:]} == {("id_repeated",)}


@the_engine_of(22)
def test_repeated_people_are_told_and_a_second_import_changes_nobody(case, cast):
    check = judged(case.data, user=cast.li)
    assert [list(one.faults) for one in check.rows] == [
        [], ["id_repeated"], [], ["id_two_names"], ["id_upgraded"], ["id_repeated"],
    ]  # fmt: skip
    assert bring_in(cast.li, data=case.data).created_residents == 3
    again = bring_in(cast.li, data=case.data)
    assert (again.created_residents, again.updated_residents, again.unchanged_residents) == (0, 0, 3)


@the_engine_of(23)
def test_whoever_is_dead_in_the_registry_is_not_brought_back(case, cast, district):
    dead = ResidentFactory(
        name="白雪",
        id_number=N[5],
        grid=district.grid_a,
        life_status=LifeStatus.DECEASED,
        life_status_on="2026-01-02",
    )
    check = judged(case.data, user=cast.li)
    assert list(check.rows[5].faults) == ["not_present"]
    bring_in(cast.li, data=case.data)
    dead.refresh_from_db()
    assert dead.life_status == LifeStatus.DECEASED


@the_engine_of(24)
def test_a_newborn_is_never_entered_twice(case, cast):
    header, *rows = case.data.decode("utf-8-sig").splitlines()
    father = f"宋建国,居民身份证,{M[0]},男,,东北村,户主,"
    data = "\r\n".join([header, father, *rows]).encode()
    assert bring_in(cast.li, data=data).created_residents == 7
    again = bring_in(cast.li, data=data)
    assert (again.created_residents, again.unchanged_residents) == (0, 7)
    assert Resident.objects.filter(name="宋宝").count() == 1


@the_engine_of(25)
def test_heads_who_are_missing_or_too_many(case, cast, district):
    check = judged(case.data, user=cast.li)
    assert [one.faults for one in check.rows] == [
        {}, {"second_head": "error"}, {"head_missing": "warning"}, {"head_missing": "warning"},
    ]  # fmt: skip
    assert check.homes == [0, None, 1, 2]
    home = HouseholdFactory(grid=district.grid_a)
    ResidentFactory(name="林大山", household=home, relation="02", grid=district.grid_a)
    check = judged(case.data, user=cast.li)
    assert check.rows[3].faults == {}
    assert check.household_of(3) == home.pk


@the_engine_of(26)
def test_one_household_in_two_grids(case, cast, district):
    GridFactory(village=district.village_a, name="第二网格")
    check = judged(case.data, user=cast.zhou)
    assert check.homes == [0, 0]
    assert {code for one in check.rows for code in one.faults} == {"grids_scattered"}
    bring_in(cast.zhou, data=case.data)
    (home,) = Household.objects.all()
    grids = list(Resident.objects.filter(household=home).order_by("pk").values_list("grid__name", flat=True))
    assert len(grids) == 2
    assert len(set(grids)) == 2


@the_engine_of(27)
def test_further_phones_are_kept_and_one_phone_of_many_is_told(case, cast):
    check = judged(case.data, user=cast.li, policy=replace(POLICY, phone_max_households=3))
    shared = {at for at, one in enumerate(check.rows) if one.phone == "13712345671"}
    assert len(shared) == 4
    assert {at for at, one in enumerate(check.rows) if "phone_shared" in one.faults} == shared
    bring_in(cast.li, data=case.data)
    owners = ContactPhone.objects.filter(resident__name="孙玉梅").values_list("phone", "owner")
    assert list(owners) == [("13812345678", "儿子")]


@the_engine_of(29)
def test_a_long_list_says_how_far_it_is(case, cast):
    heard = []
    pipeline.check(order_of(case.data, user=cast.li), lambda *told: heard.append(told), workers=0)
    told = [(done, total) for phase, done, total in heard if phase == "读取并核对各行"]
    height = len(case.rows) + 1
    assert len(told) > 1
    assert told == sorted(told)
    assert told[-1] == (height, height)
    assert len(case.data) < LARGE_BYTES  # so that the page of a list this long comes back at once


@the_engine_of(31)
def test_hidden_characters_make_no_second_name(case, cast):
    check = judged(case.data, user=cast.li)
    assert [list(one.faults) for one in check.rows] == [[], ["id_repeated"], ["id_repeated"]]


@the_engine_of(32)
def test_order_tells_the_household(case, cast):
    check = judged(case.data, user=cast.li)
    assert check.homes == [0, 0, 1, 1]
    bring_in(cast.li, data=case.data)
    heads = Resident.objects.filter(relation="02").order_by("pk").values_list("name", flat=True)
    assert (list(heads), Household.objects.count()) == (["宋建国", "林桂芳"], 2)


@the_engine_of(35)
def test_a_doctor_in_the_list_does_not_make_a_signing(case, cast):
    bring_in(cast.li, data=case.data)
    (person,) = Resident.objects.all()
    assert person.managing_team is None  # only an agreement gives a person into a team's care
    assert outcomes(judged(case.data, user=cast.li)) == [SAME]


@the_engine_of(39)
def test_remarks_that_look_like_formulas_leave_as_text(case, cast):
    check = judged(case.data, user=cast.li)
    remarks = [one.remark for one in check.rows]
    assert remarks == [one["remark"] for one in case.rows]
    assert [quoted(one) for one in remarks] == [f"'{one}" for one in remarks]
