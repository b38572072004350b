"""From upload to registry through the actions: what stands there afterwards, all or nothing, and again."""

import datetime as dt
import json
import threading

import pytest
from django.core.management import call_command
from django.db import connection, connections

from residents.actions.roster import CannotImport, cancel_roster, confirm_roster, stage_roster
from residents.choices import Evidence, ImportState, Population, Relation, Sex
from residents.imports import applying
from residents.models import Household, PopulationFlag, Resident, ResidentEvent, RosterImport
from tests.factories.residents import PopulationFlagFactory, ResidentFactory
from tests.residents.conftest import POLICY, TODAY
from tests.residents.imports.sheets import FILES, number, row, xlsx

N = [number(one) for one in range(20)]


def stage(user, data, name="花名册.xlsx") -> RosterImport:
    return stage_roster(file_name=name, data=data, policy=POLICY, by=user, on=TODAY)


def confirm(user, roster):
    return confirm_roster(roster=roster, policy=POLICY, by=user, on=TODAY)


def bring_in(user, *rows):
    return confirm(user, stage(user, xlsx(*rows)))


def everything() -> list:
    """The registry as it stands, to compare before and after."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (Household, Resident, PopulationFlag, ResidentEvent)
    ]


class TestApply:
    def test_the_village_file_comes_in_whole(self, cast):
        for name in ("village.xlsx", "village.xls", "village_gb18030.csv"):
            done = confirm(cast.li, stage(cast.li, (FILES / name).read_bytes(), name))
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
        confirm(cast.li, stage(cast.li, (FILES / "village.xlsx").read_bytes()))
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

    def test_each_import_leaves_events_with_who_did_it(self, cast):
        bring_in(cast.li, row("林桂芳", N[0]))
        bring_in(cast.qian, row("林桂芳", N[0], 联系电话="13812345678", 人群类型="重精"))
        events = list(ResidentEvent.objects.order_by("pk").values_list("kind", "by", "note"))
        assert events == [
            ("imported", cast.li.pk, ""),
            (
                "changed",
                cast.qian.pk,
                "花名册导入，修改：联系电话",
            ),  # a steward may not enter restricted kinds
        ]

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
        confirm(cast.li, stage(cast.li, data))
        before = everything()
        done = confirm(cast.li, stage(cast.li, data))
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


class TestAllOrNothing:
    @pytest.mark.parametrize(
        "step", ["_update_residents", "_write_flags", "_write_events", "_insert_residents"]
    )
    def test_a_fault_in_the_middle_leaves_nothing(self, cast, district, monkeypatch, step):
        ResidentFactory(name="甲", id_number=N[5], grid=district.grid_a, household=None)
        roster = stage(
            cast.li,
            xlsx(row("林桂芳", N[0], 与户主关系="户主"), row("甲", N[5], 备注="新", 人群类型="高血压")),
        )
        before = everything()

        def broken(*args):
            raise RuntimeError("power cut")

        monkeypatch.setattr(applying, step, broken)
        with pytest.raises(RuntimeError):
            confirm(cast.li, roster)
        assert everything() == before
        roster.refresh_from_db()
        assert roster.state == ImportState.CHECKED
        monkeypatch.undo()
        assert confirm(cast.li, roster).created_residents == 1

    def test_what_was_previewed_is_what_is_applied_or_nothing(self, cast, district):
        roster = stage(cast.li, xlsx(row("林桂芳", N[0]), row("甲", N[1])))
        ResidentFactory(name="林桂芳", id_number=N[0], grid=district.grid_a)
        before = everything()
        with pytest.raises(CannotImport) as refused:
            confirm(cast.li, roster)
        assert refused.value.code == "roster_stale"
        assert everything() == before
        roster.refresh_from_db()
        assert (roster.state, roster.result["created_residents"]) == (ImportState.CHECKED, 1)
        assert confirm(cast.li, roster).created_residents == 1

    def test_lost_reach_between_preview_and_confirm_is_noticed(self, cast, district):
        roster = stage(cast.li, xlsx(row("林桂芳", N[0])))
        district.grid_a.responsibilities.update(team=cast.team_b)
        cast.li.__dict__.pop("_standing", None)
        with pytest.raises(CannotImport):
            confirm(cast.li, roster)
        assert not Resident.objects.exists()

    def test_decided_once(self, cast):
        roster = stage(cast.li, xlsx(row("林桂芳", N[0])))
        confirm(cast.li, roster)
        for again in (
            lambda: confirm(cast.li, roster),
            lambda: cancel_roster(roster=roster, by=cast.li, on=TODAY),
        ):
            with pytest.raises(CannotImport) as refused:
                again()
            assert refused.value.code == "roster_decided"

    def test_a_cancelled_roster_is_erased(self, cast):
        roster = stage(cast.li, xlsx(row("林桂芳", N[0])))
        cancel_roster(roster=roster, by=cast.li, on=TODAY)
        roster.refresh_from_db()
        assert (roster.state, roster.rows, roster.report) == (ImportState.CANCELLED, "", "")
        assert not Resident.objects.exists()


def test_staged_rows_are_sealed(cast):
    stage(cast.li, xlsx(row("林桂芳", N[0], 联系电话="13812345678"), row("甲", "371002196001010000")))
    with connection.cursor() as cursor:
        cursor.execute("SELECT residents_rosterimport::text FROM residents_rosterimport")
        stored = cursor.fetchone()[0]
    for secret in (N[0], "13812345678", "林桂芳", "371002196001010000"):
        assert secret not in stored
        assert secret.encode().hex() not in stored


def test_applied_rows_are_erased_and_error_rows_kept(cast):
    roster = stage(cast.li, xlsx(row("林桂芳", N[0]), row("甲", "123")))
    confirm(cast.li, roster)
    roster.refresh_from_db()
    assert (roster.state, roster.rows) == (ImportState.APPLIED, "")
    report = json.loads(roster.report)
    assert [one["row"] for one in report["error_rows"]] == [3]
    assert N[0] not in roster.report


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_two_uploads_of_the_same_people_at_once_make_them_once(cast):
    rosters = [stage(user, xlsx(row("林桂芳", N[0]), row("甲", N[1]))) for user in (cast.li, cast.wang)]
    gate, answers = threading.Barrier(2), []

    def run(user, roster):
        gate.wait()
        try:
            answers.append(confirm(user, roster).created_residents)
        except CannotImport as refused:
            answers.append(refused.code)
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=run, args=pair) for pair in zip((cast.li, cast.wang), rosters, strict=True)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert Resident.objects.count() == 2
    assert 2 in answers
    assert set(answers) <= {2, "roster_clash", "roster_stale"}


class TestCommand:
    def run(self, capsys, path, *options) -> tuple[int, dict]:
        status = 0
        try:
            call_command("import_roster", str(path), *options)
        except SystemExit as end:
            status = end.code
        return status, json.loads(capsys.readouterr().out)

    def test_one_json_object_and_the_rows_are_in(self, cast, capsys):
        status, answer = self.run(capsys, FILES / "village.xlsx")
        assert (status, answer) == (
            0,
            {
                "rows": 9, "ok": 8, "warnings": 1, "errors": 0, "created_residents": 9, "updated_residents": 0,
                "unchanged_residents": 0, "created_households": 4, "error_kinds": {},
            },
        )  # fmt: skip
        assert Resident.objects.count() == 9
        assert ResidentEvent.objects.filter(by=None).count() == 9
        assert self.run(capsys, FILES / "village.xlsx")[1]["unchanged_residents"] == 9

    def test_a_dry_run_writes_nothing(self, cast, capsys):
        assert self.run(capsys, FILES / "village.xlsx", "--dry-run")[1]["created_residents"] == 9
        assert not Resident.objects.exists()
        assert not RosterImport.objects.exists()

    def test_an_institution_bounds_the_reach(self, cast, capsys):
        code = cast.institution_b.code
        _, answer = self.run(capsys, FILES / "village.xlsx", "--institution", code)
        assert (answer["errors"], answer["error_kinds"]) == (9, {"village_out_of_reach": 9})

    def test_error_rows_go_to_a_file(self, cast, capsys, tmp_path):
        (tmp_path / "in.xlsx").write_bytes(xlsx(row("甲", "123"), row("乙", N[1])))
        _, answer = self.run(capsys, tmp_path / "in.xlsx", "--errors", str(tmp_path / "out.xlsx"))
        assert (answer["errors"], answer["error_kinds"]) == (1, {"id_length": 1})
        _, again = self.run(capsys, tmp_path / "out.xlsx", "--dry-run")
        assert again["rows"] == 1

    def test_an_unusable_file_says_why_and_ends_with_2(self, cast, capsys):
        status, answer = self.run(capsys, FILES / "protected.xlsx")
        assert (status, answer["refused"]) == (2, "file_protected")
        assert "密码" in answer["sentence"]

    def test_a_missing_file_and_an_unknown_institution(self, cast):
        from django.core.management.base import CommandError

        for arguments in (["/nowhere/roster.xlsx"], [str(FILES / "village.xlsx"), "--institution", "没有"]):
            with pytest.raises(CommandError) as error:
                call_command("import_roster", *arguments)
            assert error.value.returncode == 2


@pytest.mark.slow
def test_two_thousand_rows_take_seconds_and_a_bounded_number_of_queries(cast, django_assert_max_num_queries):
    people = [
        row(
            f"林{chr(0x4E00 + at % 500)}",
            number(at % 300, Sex.MALE, dt.date(1960 + at // 300, 1, 1)),
            与户主关系="户主",
        )
        for at in range(2_000)
    ]
    roster = stage(cast.li, xlsx(*people))
    with django_assert_max_num_queries(40):
        assert confirm(cast.li, roster).created_residents == 2_000
