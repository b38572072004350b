"""The command line's twin: one JSON object, an exit status, the same engine."""

import json

import openpyxl
import pytest
from django.core.management import call_command
from django.urls import reverse

from residents.choices import ImportState
from residents.models import HeaderMemory, Resident, RosterImport, RosterLine
from tests.residents.helpers import text_of
from tests.residents.imports.sheets import csv_bytes, number, row

KEYS = {
    "rows", "ok", "warnings", "errors", "created_residents", "updated_residents", "unchanged_residents",
    "created_households", "error_kinds",
}  # fmt: skip


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "东北村.csv"
    path.write_bytes(csv_bytes(row("林桂芳", number(1)), row("王建国", number(2, 1)), row("甲", "123")))
    return path


def answer_of(capsys, *words):
    call_command("import_roster", *map(str, words))
    return json.loads(capsys.readouterr().out)


def refusal_of(capsys, *words):
    with pytest.raises(SystemExit) as ended:
        call_command("import_roster", *map(str, words))
    return ended.value.code, json.loads(capsys.readouterr().out)


def test_it_is_imported_and_kept_as_an_import(cast, sign_in, file, capsys):
    answer = answer_of(capsys, file, "--institution", cast.institution_a.code)
    assert set(answer) == KEYS
    assert [answer[key] for key in ("rows", "errors", "created_residents", "updated_residents")] == [
        3,
        1,
        2,
        0,
    ]
    assert sum(answer["error_kinds"].values()) == 1
    roster = RosterImport.objects.get()
    assert (roster.state, roster.uploaded_by, roster.institution) == (
        ImportState.APPLIED,
        None,
        cast.institution_a,
    )
    assert RosterLine.objects.filter(roster=roster).count() == Resident.objects.count() == 2
    client = sign_in(cast.qian)
    assert "命令行" in text_of(client.get(reverse("roster-upload")))
    assert "命令行" in text_of(client.get(reverse("roster-detail", args=[roster.pk])))
    assert client.get(reverse("roster-errors", args=[roster.pk])).status_code == 200


def test_the_same_file_again_changes_nothing(cast, file, capsys):
    answer_of(capsys, file)
    before = list(Resident.objects.order_by("pk").values())
    answer = answer_of(capsys, file)
    assert [answer[key] for key in ("created_residents", "updated_residents", "unchanged_residents")] == [
        0,
        0,
        2,
    ]
    assert list(Resident.objects.order_by("pk").values()) == before


def test_a_dry_run_only_looks(cast, file, capsys):
    assert answer_of(capsys, file, "--dry-run")["created_residents"] == 2
    assert not Resident.objects.exists()
    assert not RosterImport.objects.exists()


@pytest.mark.parametrize("name", ["错误.xlsx", "错误.csv"])
@pytest.mark.parametrize("mode", [(), ("--dry-run",)])
def test_refused_rows_are_written(cast, file, tmp_path, capsys, name, mode):
    out = tmp_path / name
    answer_of(capsys, file, "--errors", out, *mode)
    if out.suffix == ".csv":
        assert "123" in out.read_text("utf-8-sig")
    else:
        cells = [cell.value for line in openpyxl.load_workbook(out).active.iter_rows() for cell in line]
        assert "123" in cells


def test_what_the_institution_explained_is_known(cast, tmp_path, capsys):
    path = tmp_path / "a.csv"
    path.write_text(f"姓名,号,村居\n林桂芳,{number(1)},东北村社区\n", "utf-8")
    status, said = refusal_of(capsys, path, "--institution", cast.institution_a.code)
    assert (status, said["refused"]) == (2, "columns_unsure")
    HeaderMemory.objects.create(
        institution=cast.institution_a, title="号", column="身份证号", told_by=cast.qian
    )
    assert answer_of(capsys, path, "--institution", cast.institution_a.code)["created_residents"] == 1


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", "姓名,身份证号,村居\n".encode()])
def test_a_useless_file_ends_with_2(cast, tmp_path, capsys, data):
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    status, said = refusal_of(capsys, path)
    assert status == 2
    assert said["sentence"]
    assert not RosterImport.objects.exists()


def test_what_is_not_there_ends_with_2(cast, tmp_path, file, capsys):
    for words, code in (
        (["gibt-es-nicht.csv"], "file_unreachable"),
        ([tmp_path], "file_unreachable"),
        ([file, "--institution", "X9"], "institution_unknown"),
        ([file, "--errors", "/gibt/es/nicht.xlsx"], "errors_unwritable"),
    ):
        status, said = refusal_of(capsys, *words)
        assert (status, said["refused"]) == (2, code)
    assert not Resident.objects.exists()


def test_only_within_the_institution(cast, tmp_path, capsys):
    path = tmp_path / "a.csv"
    path.write_bytes(csv_bytes(row("林桂芳", number(1), village="菊花顶社区")))
    answer = answer_of(capsys, path, "--institution", cast.institution_a.code)
    assert answer["error_kinds"] == {"village_out_of_reach": 1}
    assert not Resident.objects.exists()
