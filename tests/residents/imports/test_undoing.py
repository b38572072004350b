"""A whole import taken back: to the byte, while nothing stands on it, and again afterwards."""

import datetime as dt
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.contrib.postgres.functions import TransactionNow
from django.db import connection
from django.test.utils import CaptureQueriesContext

from residents.actions.undoing import CannotUndo, undo_roster
from residents.choices import Evidence, ImportState, LineOutcome, Population, Relation, Sex
from residents.models import (
    ContactPhone,
    DuplicatePair,
    Guardian,
    Household,
    PopulationFlag,
    Resident,
    ResidentEvent,
    RosterLine,
)
from tests.factories.contracts import sign_agreement
from tests.factories.residents import HouseholdFactory, PopulationFlagFactory, ResidentFactory
from tests.residents.conftest import POLICY, TODAY
from tests.residents.imports.runs import bring_in, kept_roster
from tests.residents.imports.sheets import number, row

N = [number(one) for one in range(20)]
# Serials are never given out twice; history and contexts are only ever added to; the roster tells of itself.
ONLY_ADDED = ("core_numbersequence", "pghistory_context", "residents_rosterimport", "residents_rosterline")


def tables() -> dict[str, list[str]]:
    """Every row of every table of ours, byte for byte."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            name = model._meta.db_table
            if (
                not model._meta.managed
                or name.startswith("pghistory")
                or name in ONLY_ADDED
                or name.endswith("history")
            ):
                continue
            cursor.execute(f"SELECT t::text FROM {connection.ops.quote_name(name)} t ORDER BY 1")
            found[name] = [line for (line,) in cursor.fetchall()]
    return found


@pytest.fixture
def undo(cast):
    def undone(roster, *, by=None, on=TODAY):
        return undo_roster(roster=roster, policy=POLICY, by=by or cast.li, on=on)

    return undone


@pytest.fixture
def imported(cast):
    """imported(*rows, days_ago=) -> an applied roster. Each stands in a moment of its own, as if committed."""

    def applied(*rows, days_ago=0, user=None):
        roster = kept_roster(user or cast.li)
        bring_in(user or cast.li, *rows, roster=roster)
        type(roster).objects.filter(pk=roster.pk).update(
            state=ImportState.APPLIED, applied_at=TransactionNow()
        )
        if days_ago:
            _age(roster, days_ago)
        roster.refresh_from_db()
        return roster

    return applied


def _age(roster, days) -> None:
    """As if it had been imported so many days ago: all moments of the import move together."""
    ago = dt.timedelta(days=days)
    with connection.cursor() as cursor:
        ids = list(RosterLine.objects.filter(roster=roster).values_list("resident_id", flat=True))
        cursor.execute(
            "UPDATE residents_rosterimport SET applied_at = applied_at - %s WHERE id = %s", [ago, roster.pk]
        )
        with no_history(cursor):
            for table, column, key in (
                ("residents_resident", "updated_at", "id"),
                ("residents_populationflag", "recorded_at", "resident_id"),
                ("residents_contactphone", "recorded_at", "resident_id"),
            ):
                cursor.execute(
                    f"UPDATE {table} SET {column} = {column} - %s WHERE {key} = ANY(%s) AND {column} = now()",
                    [ago, ids],
                )
        for table in ("residents_residenthistory", "residents_populationflaghistory"):
            cursor.execute(f"UPDATE {table} SET pgh_created_at = pgh_created_at - %s", [ago])


@contextmanager
def no_history(cursor):
    import pgtrigger

    with pgtrigger.ignore():
        yield


class TestGivenBack:
    def test_an_import_of_new_people_leaves_no_trace(self, imported, undo):
        before = tables()
        roster = imported(
            row(
                "宋建国",
                number(0, Sex.MALE),
                与户主关系="户主",
                详细地址="一号",
                联系电话="13812340001/13812340002",
            ),
            row("于秀英", N[1], 与户主关系="妻子", 人群类型="高血压、糖尿病"),
            row("林桂芳", N[2][:6] + N[2][8:17]),
        )
        assert Resident.objects.count() == 3
        undo(roster)
        assert tables() == before
        roster.refresh_from_db()
        assert (roster.state, roster.undone_at is not None, roster.undone_by.username) == (
            "undone",
            True,
            "li",
        )
        assert not RosterLine.objects.exists()

    def test_changed_people_stand_as_before_to_the_byte(self, imported, undo, district, cast):
        known = ResidentFactory(
            name="林桂芳", id_number=N[0], sex=Sex.FEMALE, phone="13812340001", remark="旧", address="一号",
            grid=district.grid_a, household=None, relation=Relation.NON_RELATIVE,
        )  # fmt: skip
        PopulationFlagFactory(
            resident=known,
            kind=Population.TB,
            evidence=Evidence.GRID_REPORT,
            source="孙网格员",
            recorded_by=cast.sun,
        )
        ResidentFactory(
            name="甲", id_number=N[1], sex=Sex.FEMALE, phone="", grid=district.grid_a, household=None
        )
        before = tables()
        roster = imported(
            row("林桂芳", N[0], 联系电话="13912340009/13912340008", 人群类型="结核、高血压", 与户主关系="户主", 备注="新",
                详细地址="二号"),
            row("甲", N[1], 联系电话="13912340007", 与户主关系="女儿"),
        )  # fmt: skip
        known.refresh_from_db()
        assert (known.phone, known.remark, known.relation) == ("13912340009", "新", Relation.HEAD)
        assert tables() != before
        undo(roster)
        assert tables() == before
        line = RosterLine.objects.filter(resident_id=known.pk).get()
        assert (line.before, line.household_id) == ("", None)

    def test_into_a_standing_household(self, imported, undo, district):
        home = HouseholdFactory(grid=district.grid_a)
        before = tables()
        roster = imported(row("乙", N[1], 户号=home.number, 与户主关系="女儿"))
        assert home.members.count() == 1
        undo(roster)
        assert tables() == before

    def test_applied_again_afterwards(self, imported, undo):
        rows = row("宋建国", number(0, Sex.MALE), 与户主关系="户主"), row("于秀英", N[1], 与户主关系="妻子")
        undo(imported(*rows))
        again = imported(*rows)
        assert Resident.objects.count() == 2
        undo(again)
        assert not Household.objects.exists()

    def test_in_the_opposite_order_of_two_imports(self, imported, undo):
        first = imported(row("林桂芳", N[0], 备注="一"), days_ago=2)
        before = tables()
        second = imported(row("林桂芳", N[0], 备注="二"))
        with pytest.raises(CannotUndo) as refused:
            undo(first)
        assert refused.value.code == "built_on"
        undo(second)
        assert tables() == before

    def test_what_machines_work_out_anew_is_no_obstacle(self, imported, undo, district):
        other = ResidentFactory(name="林桂香", grid=district.grid_a)
        roster = imported(row("林桂芳", N[0]), days_ago=1)
        new = Resident.objects.get(name="林桂芳")
        pair = {"first": other, "second": new, "score": 80, "found_on": TODAY}
        DuplicatePair.objects.create(**pair)
        PopulationFlag.objects.create(
            resident=new, kind=Population.ELDERLY_60_64, evidence=Evidence.AGE_RULE, starts_on=TODAY
        )
        undo(roster)
        assert not Resident.objects.filter(pk=new.pk).exists()
        assert not DuplicatePair.objects.exists()


class TestRefused:
    def blocked(self, undo, roster, says):
        before = tables()
        with pytest.raises(CannotUndo) as refused:
            undo(roster)
        assert refused.value.code == "built_on"
        assert says in refused.value.sentence
        assert tables() == before

    def test_a_later_edit_of_a_new_person(self, imported, undo):
        roster = imported(row("林桂芳", N[0]), days_ago=1)
        person = Resident.objects.get()
        person.remark = "改过"
        person.save(update_fields=["remark", "updated_at"])
        self.blocked(undo, roster, "新增的居民又有修改 1 处")

    def test_a_later_edit_that_history_alone_tells(self, imported, undo):
        roster = imported(row("林桂芳", N[0]), days_ago=1)
        Resident.objects.update(remark="改过")
        self.blocked(undo, roster, "新增的居民又有修改 1 处")

    def test_a_later_edit_of_a_changed_person(self, imported, undo, district):
        ResidentFactory(name="林桂芳", id_number=N[0], sex=Sex.FEMALE, grid=district.grid_a, household=None)
        roster = imported(row("林桂芳", N[0], 备注="新"), days_ago=1)
        Resident.objects.update(address="三号")
        self.blocked(undo, roster, "改过的居民又有修改 1 处")

    def test_a_flag_that_was_ended_and_one_that_was_added(self, imported, undo, cast):
        roster = imported(row("林桂芳", N[0], 人群类型="高血压"), days_ago=1)
        PopulationFlag.objects.filter(kind=Population.HYPERTENSION).update(ends_on=TODAY)
        PopulationFlagFactory(resident=Resident.objects.get(), kind=Population.TB, recorded_by=cast.li)
        self.blocked(undo, roster, "居民的人群标识 2 处")

    def test_the_flags_of_a_changed_person(self, imported, undo, district):
        known = ResidentFactory(
            name="林桂芳", id_number=N[0], sex=Sex.FEMALE, grid=district.grid_a, household=None
        )
        PopulationFlagFactory(resident=known, kind=Population.TB, evidence=Evidence.GRID_REPORT)
        roster = imported(row("林桂芳", N[0], 人群类型="结核、高血压"), days_ago=1)
        PopulationFlag.objects.filter(kind=Population.TB).update(evidence=Evidence.MEDICAL_RECORD)
        PopulationFlag.objects.filter(kind=Population.HYPERTENSION).update(detail="复诊")
        self.blocked(undo, roster, "人群标识又有修改 2 处")

    def test_a_further_phone_that_was_corrected(self, imported, undo, district):
        ResidentFactory(name="林桂芳", id_number=N[0], sex=Sex.FEMALE, grid=district.grid_a, household=None)
        roster = imported(row("林桂芳", N[0], 联系电话="13812340001/13812340002"), days_ago=1)
        ContactPhone.objects.update(owner="儿子")
        self.blocked(undo, roster, "其他电话又有修改 1 处")

    def test_what_hangs_on_a_new_person(self, imported, undo, cast):
        roster = imported(row("林桂芳", N[0]), row("甲", N[1]))
        person = Resident.objects.get(name="甲")
        Guardian.objects.create(resident=person, name="乙", relation="父亲", starts_on=TODAY)
        ResidentEvent.objects.create(resident=person, kind=ResidentEvent.Kind.CONFIRMED, by=cast.li)
        self.blocked(undo, roster, "居民的监护人 1 处；居民的居民事项 1 处")

    def test_whoever_moved_into_a_new_household(self, imported, undo, district):
        roster = imported(row("宋建国", number(0, Sex.MALE), 与户主关系="户主"))
        ResidentFactory(
            name="租客",
            grid=district.grid_a,
            household=Household.objects.get(),
            relation=Relation.NON_RELATIVE,
        )
        self.blocked(undo, roster, "家庭的居民 1 处")

    def test_a_new_household_that_was_changed(self, imported, undo):
        roster = imported(row("宋建国", number(0, Sex.MALE), 与户主关系="户主"), days_ago=1)
        Household.objects.update(address="别处")
        self.blocked(undo, roster, "新建的家庭又有修改 1 处")

    def test_an_agreement(self, imported, undo, cast, today):
        roster = imported(row("林桂芳", N[0]))
        sign_agreement(Resident.objects.get(), cast.team_a, cast.li, on=TODAY)
        self.blocked(undo, roster, "签约")

    @pytest.mark.parametrize("days", [30, 31])
    def test_within_the_days_of_the_policy(self, imported, undo, days):
        roster = imported(row("林桂芳", N[0]))
        last = roster.applied_at.astimezone(dt.timezone(dt.timedelta(hours=8))).date() + dt.timedelta(
            days=days
        )
        if days <= POLICY.roster_undo_days:
            assert undo(roster, on=last).state == ImportState.UNDONE
            return
        with pytest.raises(CannotUndo) as refused:
            undo(roster, on=last)
        assert refused.value.code == "too_late"

    def test_once(self, imported, undo):
        roster = imported(row("林桂芳", N[0]))
        undo(roster)
        with pytest.raises(CannotUndo) as refused:
            undo(roster)
        assert refused.value.code == "not_applied"


def test_statements_do_not_depend_on_the_rows(imported, undo):
    asked = []
    for count in (1, 60):
        rows = [row(f"林{chr(0x4E00 + at)}", number(at), 与户主关系="户主") for at in range(count)]
        roster = imported(*rows)
        with CaptureQueriesContext(connection) as queries:
            undo(roster)
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_history_tells_who_took_it_back(imported, undo, cast):
    roster = imported(row("林桂芳", N[0]))
    pk = Resident.objects.get().pk
    undo(roster, by=cast.qian)
    former = apps.get_model("residents", "ResidentHistory").objects.get(pgh_obj_id=pk)
    assert former.pgh_context.metadata["user"] == cast.qian.pk
    assert LineOutcome.NEW not in RosterLine.objects.values_list("outcome", flat=True)
