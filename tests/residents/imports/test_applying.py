"""From a file to the registry: what stands there afterwards, all or nothing, and again."""

import datetime as dt
import threading

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from residents.choices import Evidence, LineOutcome, Population, Relation, Sex
from residents.imports import applying, pipeline
from residents.imports.pipeline import CannotApply, Stale
from residents.models import (
    ContactPhone,
    Household,
    PastIdentifier,
    PopulationFlag,
    Resident,
    ResidentEvent,
    RosterLine,
)
from residents.rules.quality import UPGRADED
from tests.factories.grids import BuildingFactory, DwellingFactory
from tests.factories.residents import HouseholdFactory, PopulationFlagFactory, ResidentFactory
from tests.residents.conftest import TODAY
from tests.residents.imports.runs import bring_in, kept_roster, order_of
from tests.residents.imports.sheets import FILES, number, row, xlsx

N = [number(one) for one in range(20)]
MODELS = (Household, Resident, PopulationFlag, ContactPhone, ResidentEvent)


def everything() -> list:
    """The registry as it stands, to compare before and after."""
    return [list(model.objects.order_by("pk").values()) for model in MODELS]


def checked(user, *rows):
    order = order_of(xlsx(*rows), user=user)
    return order, pipeline.check(order, workers=0)


def confirm(user, order, report, **options):
    return pipeline.apply(
        order, roster=kept_roster(user), by=user, expected_digest=report.digest, workers=0, **options
    )


class TestApply:
    def test_the_village_file_comes_in_whole(self, cast):
        for name in ("village.xlsx", "village.xls", "village_gb18030.csv"):
            done = bring_in(cast.li, data=(FILES / name).read_bytes())
            assert (done.created_residents, done.created_households, done.unchanged_residents) in (
                (9, 4, 0),
                (0, 0, 9),
            )
        people = {one.name: one for one in Resident.objects.select_related("household", "grid")}
        old = people["宋建国"]
        assert (old.id_number[-1], old.phone, old.relation, old.sex) == (
            "X",
            "19900370001",
            Relation.HEAD,
            Sex.MALE,
        )
        assert (old.born_on, old.initials, old.address) == (dt.date(1952, 3, 18), "sjg", "和平路1号1单元101")
        assert people["于秀英"].household == people["宋一诺"].household == old.household
        assert people["于秀英"].relation == Relation.WIFE
        assert people["宋一诺"].relation == Relation.GRANDCHILD
        assert people["宋海涛"].phone == "19900370003"
        assert people["毕桂兰"].phone == "0631-5201234"
        assert people["阿依古丽·买买提"].household.roster_key == "head:阿依古丽·买买提|和平路3号1单元301"
        assert sorted(one.number[-6:] for one in Household.objects.all()) == [
            "F00001",
            "F00002",
            "F00003",
            "F00004",
        ]

    def test_kinds_of_the_sheet_and_kinds_of_age(self, cast):
        bring_in(cast.li, data=(FILES / "village.xlsx").read_bytes())
        flags = PopulationFlag.objects.values_list(
            "resident__name", "kind", "evidence", "starts_on", "recorded_by"
        )
        found = {(name, kind): rest for name, kind, *rest in flags}
        assert found["宋建国", Population.HYPERTENSION] == [Evidence.ROSTER, TODAY, cast.li.pk]
        assert found["宋建国", Population.ELDERLY_65] == [Evidence.AGE_RULE, dt.date(2017, 1, 1), None]
        assert found["丛子轩", Population.CHILD_0_6][0] == Evidence.AGE_RULE
        assert ("毕桂兰", Population.ELDERLY_80) in found
        assert ("邹丽丽", Population.PERINATAL) in found

    def test_everybody_is_found_by_the_searchable_forms(self, cast):
        bring_in(cast.li, row("单雄信", number(0, Sex.MALE), 联系电话="13812345678"))
        person = Resident.objects.get()
        assert Resident.objects.with_number(person.id_number).get() == person
        assert Resident.objects.with_phone("13812345678").get() == person
        assert Resident.objects.with_phone_tail("5678").get() == person
        assert Resident.objects.named("雄信").get() == Resident.objects.with_initials("sxx").get() == person

    def test_each_import_leaves_lines_that_tell_which_row_did_what(self, cast):
        first, second = kept_roster(cast.li), kept_roster(cast.qian)
        bring_in(cast.li, row("林桂芳", N[0], 与户主关系="户主"), row("甲", N[1]), roster=first)
        may = {"may_restricted": False}
        bring_in(
            cast.qian, row("林桂芳", N[0], 联系电话="13812345678", 人群类型="重精"), roster=second, **may
        )
        bring_in(cast.qian, row("林桂芳", N[0]), roster=kept_roster(cast.qian))  # nothing: no line
        lines = list(RosterLine.objects.order_by("pk").values_list("roster", "row", "outcome", "changed"))
        assert lines == [
            (first.pk, 2, LineOutcome.NEW, ""),
            (first.pk, 3, LineOutcome.NEW, ""),
            (second.pk, 2, LineOutcome.CHANGED, "联系电话"),
        ]
        founded = RosterLine.objects.exclude(household_id=None).get()
        assert founded.household_id == Household.objects.get().pk
        assert not ResidentEvent.objects.exists()

    def test_what_a_row_replaced_is_kept_sealed(self, cast):
        bring_in(cast.li, row("林桂芳", N[0], 联系电话="13812345678", 备注="旧话"))
        bring_in(cast.li, row("林桂芳", N[0], 联系电话="13912345678", 备注="新话"))
        line = RosterLine.objects.get(outcome=LineOutcome.CHANGED)
        assert '"旧话"' in line.before
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT residents_rosterline::text FROM residents_rosterline WHERE outcome = 'changed'"
            )
            stored = cursor.fetchone()[0]
        assert "旧话".encode().hex() not in stored

    def test_changes_are_written_and_blanks_are_not(self, cast, district):
        known = ResidentFactory(
            name="林桂芳", id_number=N[0], sex=Sex.FEMALE, phone="13812340001", remark="旧", address="一号",
            grid=district.grid_a, household=None, relation=Relation.NON_RELATIVE,
        )  # fmt: skip
        PopulationFlagFactory(resident=known, kind=Population.TB, evidence=Evidence.GRID_REPORT)
        done = bring_in(
            cast.li, row("林桂芳", N[0], 联系电话="13912340009", 人群类型="结核、高血压", 与户主关系="户主")
        )
        assert (done.updated_residents, done.created_residents, done.created_households) == (1, 0, 1)
        known.refresh_from_db()
        assert (known.phone, known.remark, known.address, known.relation) == (
            "13912340009",
            "旧",
            "一号",
            Relation.HEAD,
        )
        assert Resident.objects.with_phone("13912340009").get() == known
        assert known.household.grid == district.grid_a
        flags = dict(PopulationFlag.objects.filter(resident=known).values_list("kind", "evidence"))
        assert flags == {Population.TB: Evidence.ROSTER, Population.HYPERTENSION: Evidence.ROSTER}

    def test_the_former_row_is_in_the_history(self, cast, district):
        known = ResidentFactory(
            name="林桂芳", id_number=N[0], remark="旧", grid=district.grid_a, household=None
        )
        bring_in(cast.li, row("林桂芳", N[0], 备注="新"))
        former = known.history.get()
        assert former.remark == "旧"
        assert former.pgh_context.metadata["user"] == cast.li.pk

    def test_the_same_file_twice_changes_nothing(self, cast):
        data = (FILES / "village.xlsx").read_bytes()
        bring_in(cast.li, data=data)
        before = everything()
        done = bring_in(cast.li, data=data)
        assert (done.created_residents, done.updated_residents, done.unchanged_residents) == (0, 0, 9)
        assert everything() == before

    def test_who_is_not_in_the_list_stays(self, cast, person):
        bring_in(cast.li, row("林桂芳", N[0]))
        person.refresh_from_db()
        assert person.life_status == "present"

    def test_refused_rows_stay_out_and_the_corrected_row_joins_its_household(self, cast):
        bring_in(
            cast.li,
            row("宋建国", "123", 与户主关系="户主", 详细地址="一号"),
            row("于秀英", N[1], 与户主关系="妻子"),
        )
        (wife,) = Resident.objects.all()
        assert wife.household.roster_key == "head:宋建国|一号"
        bring_in(cast.li, row("宋建国", number(0, Sex.MALE), 与户主关系="户主", 详细地址="一号"))
        head = Resident.objects.get(name="宋建国")
        assert (head.household, head.relation) == (wife.household, Relation.HEAD)
        assert Household.objects.count() == 1

    def test_twenty_characters_of_every_kind_survive_the_way(self, cast):
        odd = 'a\\b\t"c"\',{d}\n%s\\N 号'
        bring_in(cast.li, row("林桂芳", N[0], 备注=odd, 详细地址="\\N"))
        person = Resident.objects.get()
        assert person.remark == 'a\\b "c"\',{d} %s\\N 号'
        assert person.address == "\\N"

    def test_further_phones_become_contact_phones_once(self, cast):
        line = row("林桂芳", N[0], 联系电话="13812340001/13812340002")
        bring_in(cast.li, line)
        assert ContactPhone.objects.get().phone == "13812340002"
        before = everything()
        assert bring_in(cast.li, line).unchanged_residents == 1
        assert everything() == before
        done = bring_in(cast.li, row("林桂芳", N[0], 联系电话="13812340001/13812340003"))
        assert done.updated_residents == 1
        assert {one.phone for one in ContactPhone.objects.all()} == {"13812340002", "13812340003"}

    def test_what_stood_in_15_digits_is_kept_as_a_former_number(self, cast):
        old = N[0][:6] + N[0][8:17]
        bring_in(cast.li, row("林桂芳", old), row("甲", N[1]))
        former = PastIdentifier.objects.get()
        assert (former.resident.id_number, former.id_number, former.reason) == (N[0], old, UPGRADED)
        assert Resident.objects.with_number(old).get() == former.resident
        assert bring_in(cast.li, row("林桂芳", old), row("甲", N[1])).unchanged_residents == 2

    def test_a_known_door_becomes_the_dwelling(self, cast, district):
        building = BuildingFactory(grid=district.grid_a, name="3号楼")
        door = DwellingFactory(building=building, unit=2, room="501")
        bring_in(cast.li, row("林桂芳", N[0], 与户主关系="户主", 详细地址="和平路1号3号楼2单元501"))
        bring_in(cast.li, row("甲", N[1], 与户主关系="户主", 详细地址="和平路1号3号楼2单元502"))
        homes = dict(Household.objects.values_list("address", "dwelling"))
        assert homes == {"和平路1号3号楼2单元501": door.pk, "和平路1号3号楼2单元502": None}

    def test_a_person_without_number_is_one_person(self, cast):
        child = row("林小宝", "新生儿", 出生日期="2026-11-01", 性别="女")
        assert bring_in(cast.li, child).created_residents == 1
        before = everything()
        assert bring_in(cast.li, child).unchanged_residents == 1
        assert everything() == before

    def test_households_are_numbered_by_village(self, cast, district):
        HouseholdFactory(grid=district.grid_a)
        rows = [row(f"林{one}", N[at], 与户主关系="户主") for at, one in enumerate("甲乙丙")]
        bring_in(cast.li, *rows[:2])
        bring_in(cast.li, rows[2])
        numbers = Resident.objects.order_by("pk").values_list("household__number", flat=True)
        assert [one[-6:] for one in numbers] == ["F00001", "F00002", "F00003"]


class TestAllOrNothing:
    @pytest.mark.parametrize(
        "step",
        [
            "_insert_residents",
            "write_changed_lines",
            "_update_residents",
            "_write_stated_flags",
            "_write_phones",
        ],
    )
    def test_a_fault_in_the_middle_leaves_nothing(self, cast, district, monkeypatch, step):
        ResidentFactory(name="甲", id_number=N[5], grid=district.grid_a, household=None)
        rows = row("林桂芳", N[0], 与户主关系="户主"), row("甲", N[5], 备注="新", 人群类型="高血压")
        order, report = checked(cast.li, *rows)
        before = everything()

        def broken(*args):
            raise RuntimeError("power cut")

        monkeypatch.setattr(applying, step, broken)
        with pytest.raises(RuntimeError):
            confirm(cast.li, order, report)
        assert everything() == before
        assert not RosterLine.objects.exists()
        monkeypatch.undo()
        assert confirm(cast.li, order, report).created_residents == 1

    def test_a_check_leaves_nothing_behind(self, cast):
        before = everything()
        checked(cast.li, row("林桂芳", N[0], 与户主关系="户主"))
        assert everything() == before
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_class WHERE relpersistence = 't' AND relname LIKE 'roster\\_%'"
            )
            assert cursor.fetchone() == (0,)

    def test_what_was_previewed_is_what_is_applied_or_nothing(self, cast, district):
        order, report = checked(cast.li, row("林桂芳", N[0]), row("甲", N[1]))
        ResidentFactory(name="林桂芳", id_number=N[0], grid=district.grid_a)
        before = everything()
        with pytest.raises(Stale) as stale:
            confirm(cast.li, order, report)
        assert everything() == before
        assert stale.value.report.counts["created_residents"] == 1
        assert confirm(cast.li, order, stale.value.report).created_residents == 1

    @pytest.mark.parametrize("field", ["phone", "address", "remark", "relation", "household"])
    def test_any_change_of_what_would_be_overwritten_is_noticed(self, cast, district, field):
        known = ResidentFactory(
            name="甲", id_number=N[5], grid=district.grid_a, household=None, relation=Relation.NON_RELATIVE,
            phone="13812340001", address="旧", remark="旧",
        )  # fmt: skip
        told = {"联系电话": "13912340009", "详细地址": "新", "备注": "新", "与户主关系": "户主"}
        order, report = checked(cast.li, row("甲", N[5], **told))
        match field:
            case "phone":
                from residents.searchable import phone_index

                Resident.objects.filter(pk=known.pk).update(phone_index=phone_index("13700000001"))
            case "household":
                Resident.objects.filter(pk=known.pk).update(household=HouseholdFactory(grid=district.grid_a))
            case "relation":
                Resident.objects.filter(pk=known.pk).update(relation=Relation.SON)
            case _:
                Resident.objects.filter(pk=known.pk).update(**{field: "第三种"})
        with pytest.raises(Stale):
            confirm(cast.li, order, report)

    def test_lost_reach_between_preview_and_confirm_is_noticed(self, cast, district):
        _, report = checked(cast.li, row("林桂芳", N[0]))
        district.grid_a.responsibilities.update(team=cast.team_b)
        cast.li.__dict__.pop("_standing", None)
        with pytest.raises(Stale):
            confirm(cast.li, order_of(xlsx(row("林桂芳", N[0])), user=cast.li), report)
        assert not Resident.objects.exists()

    def test_used_up_household_numbers_stop_the_whole_list(self, cast, district):
        from core.models import NumberSequence

        NumberSequence.objects.create(prefix=f"household:{district.village_a.code}", last=99_998)
        rows = [row(f"林{one}", N[at], 与户主关系="户主") for at, one in enumerate("甲乙")]
        with pytest.raises(CannotApply) as refused:
            bring_in(cast.li, *rows)
        assert refused.value.code == "household_numbers_used_up"
        assert not Resident.objects.exists()

    def test_somebody_writes_to_a_household_meanwhile(self, cast, district, monkeypatch):
        home = HouseholdFactory(grid=district.grid_a)
        held = applying._hold_what_changes

        def late():
            Household.objects.filter(pk=home.pk).update(closed_on=TODAY)
            held()

        monkeypatch.setattr(applying, "_hold_what_changes", late)
        with transaction.atomic(), pytest.raises(CannotApply) as refused:
            bring_in(cast.li, row("乙", N[1], 户号=home.number, 与户主关系="女儿"))
        assert refused.value.code == "roster_clash"


def test_the_staged_rows_hold_no_number_and_no_phone_in_clear(cast):
    order = order_of(xlsx(row("林桂芳", N[0], 联系电话="13812345678/13812340002")), user=cast.li)
    with transaction.atomic(), pipeline.staging(), connection.cursor() as cursor:
        pipeline._judged(order, pipeline._silent, 0, is_locked=False)
        cursor.execute("SELECT string_agg(roster_row::text, '') FROM roster_row")
        stored = cursor.fetchone()[0]
    for secret in (N[0], "13812345678", "13812340002"):
        assert secret not in stored
        assert secret.encode().hex() not in stored


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_two_lists_of_the_same_people_at_once_make_them_once(cast):
    orders = [checked(user, row("林桂芳", N[0]), row("甲", N[1])) for user in (cast.li, cast.wang)]
    gate, answers = threading.Barrier(2), []

    def run(user, order, report):
        gate.wait()
        try:
            answers.append(confirm(user, order, report).created_residents)
        except Stale:
            answers.append("stale")
        except CannotApply as refused:
            answers.append(refused.code)
        finally:
            connections.close_all()

    pairs = zip((cast.li, cast.wang), orders, strict=True)
    threads = [threading.Thread(target=run, args=(user, *order)) for user, order in pairs]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert Resident.objects.count() == 2
    assert sorted(map(str, answers)) == ["2", "stale"]


class TestManyRows:
    def people(self, count):
        return [
            row(
                f"林{chr(0x4E00 + at % 500)}",
                number(at % 300, Sex.MALE, dt.date(1960 + at // 300, 1, 1)),
                与户主关系="户主",
                人群类型="高血压",
                备注=f"{at}",
            )
            for at in range(count)
        ]

    def test_the_number_of_statements_does_not_depend_on_the_rows(self, cast):
        asked = []
        for count in (1, 2, 300):
            with CaptureQueriesContext(connection) as queries:
                bring_in(cast.li, *self.people(count))
            asked.append(len(queries))
        assert asked[1] == asked[2]  # the first also reads the uploader's standing

    def test_a_first_load_puts_the_indexes_aside_and_builds_the_very_same(self, cast, monkeypatch):
        monkeypatch.setattr(applying, "FIRST_LOAD_ROWS", 100)
        before = _catalog()
        done = bring_in(cast.li, *self.people(200))
        assert (done.created_residents, done.created_households) == (200, 200)
        assert _catalog() == before
        assert bring_in(cast.li, *self.people(200)).unchanged_residents == 200

    def test_a_first_load_finds_what_the_indexes_forbid(self, cast, district, monkeypatch):
        monkeypatch.setattr(applying, "FIRST_LOAD_ROWS", 100)
        monkeypatch.setattr(pipeline, "match_people", _blind)
        ResidentFactory(
            name="林\u4e00",
            id_number=number(0, Sex.MALE, dt.date(1960, 1, 1)),
            grid=district.grid_a,
            household=None,
        )
        before = _catalog()
        with pytest.raises(CannotApply) as refused:
            bring_in(cast.li, *self.people(200))
        assert refused.value.code == "roster_clash"
        assert Resident.objects.count() == 1
        assert _catalog() == before


def _blind(places) -> None:
    """As if somebody were entered in the moment after the comparison."""
    from residents.imports import matching

    matching.match_people(places)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE roster_match")


def _catalog() -> list[tuple]:
    """Indexes and constraints of the registry's tables, by definition."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid), indisvalid FROM pg_index"
            " WHERE indrelid::regclass::text LIKE 'residents\\_%' ORDER BY 1"
        )
        indexes = cursor.fetchall()
        cursor.execute(
            "SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid), convalidated FROM pg_constraint"
            " WHERE conrelid::regclass::text LIKE 'residents\\_%' ORDER BY 2, 1"
        )
        return [*indexes, *cursor.fetchall()]
