"""Error rows and the template leave as spreadsheets and come home again."""

import datetime as dt
import io
import json

import openpyxl
import pytest

from residents.actions.roster import stage_roster
from residents.imports.columns import Column, find_layout
from residents.imports.reach import reach_of
from residents.imports.reading import read_sheets
from residents.imports.sheets import error_sheet, template_response
from teams.access import scope_of
from tests.residents.conftest import POLICY, TODAY
from tests.residents.imports.sheets import csv_bytes, number, row, xlsx

NOON = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
BOUNDS = {"max_bytes": 10_000_000, "max_rows": 20_000}


def errors_of(user, data: bytes) -> bytes:
    roster = stage_roster(file_name="a.xlsx", data=data, policy=POLICY, by=user, on=TODAY)
    return error_sheet(json.loads(roster.report), made_by="李医生", made_at=NOON).content


def cells(data: bytes) -> list[list]:
    return [list(one) for one in openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True)]


def test_error_rows_keep_their_layout_and_get_a_reason(cast):
    header = ("编号", "姓名*", "身份证\n号码", "村居", "联系电话", "自定义列")
    sheet = cells(
        errors_of(
            cast.li,
            xlsx(
                ["1", "林桂芳", number(0), "东北村", "", "x"],
                ["2", "甲", "123", "天边村", "1", "保留"],
                header=header,
            ),
        )
    )
    assert sheet[2] == [
        "编号",
        "姓名*",
        "身份证号码",
        "村居",
        "联系电话",
        "自定义列",
        "户主姓名",
        "错误原因",
        "原行号",
    ]
    (only,) = sheet[3:]
    assert only[:4] == ["2", "甲", "123", "天边村"]
    assert only[5] == "保留"
    assert "身份证号：号码有 3 位" in only[7]
    assert "村居：查无村居" in only[7]
    assert only[8] == "3"


def test_corrected_error_rows_go_back_the_way_they_came(cast):
    errors = errors_of(cast.li, xlsx(row("林桂芳", "123", 与户主关系="户主"), row("甲", number(1))))
    book = openpyxl.load_workbook(io.BytesIO(errors))
    page = book.active
    at = [one.value for one in page[3]].index("身份证号") + 1
    page.cell(row=4, column=at).value = number(0)
    buffer = io.BytesIO()
    book.save(buffer)
    roster = stage_roster(file_name="b.xlsx", data=buffer.getvalue(), policy=POLICY, by=cast.li, on=TODAY)
    assert (roster.result["rows"], roster.result["created_residents"], roster.result["errors"]) == (1, 1, 0)
    again = errors_of(cast.li, errors)
    assert cells(again)[2].count("错误原因") == 1


def test_a_member_known_only_by_order_brings_the_name_of_his_head(cast):
    header = ("姓名", "身份证号", "村居", "与户主关系")
    sheet = cells(
        errors_of(
            cast.li,
            xlsx(["宋建国", number(0), "东北村", "户主"], ["于秀英", "123", "东北村", "女儿"], header=header),
        )
    )
    assert sheet[2][4] == "户主姓名"
    assert sheet[3][4] == "宋建国"


@pytest.mark.parametrize(
    "danger", ["=1+1", "+8613812345678", "-2+3", "@SUM(A1)", "＝cmd|'/c calc'!A1", "\t=1"]
)
def test_what_a_spreadsheet_might_run_leaves_as_text_and_comes_home_unchanged(cast, danger):
    upload = csv_bytes(row("甲", "123", 备注=danger))
    errors = errors_of(cast.li, upload)
    page = openpyxl.load_workbook(io.BytesIO(errors)).active
    at = [one.value for one in page[3]].index("备注")
    assert page[4][at].data_type == "s"
    assert page[4][at].value == f"'{danger}"
    twice = errors_of(cast.li, errors)  # the apostrophe does not pile up
    assert cells(twice)[3][at] == f"'{danger}"


def test_the_template_is_a_roster_that_the_import_understands(cast):
    data = template_response(reach_of(scope_of(cast.li))).content
    sheet, layout, others = find_layout(read_sheets(data, **BOUNDS))
    assert (sheet.name, list(layout.positions), others) == ("花名册", list(Column), [])
    book = openpyxl.load_workbook(io.BytesIO(data), rich_text=True)
    assert book.sheetnames == ["花名册", "填写说明", "选项"]
    assert book["选项"].sheet_state == "hidden"
    form = book["花名册"]
    stars = [one.value for one in form[2] if str(one.value).startswith("*")]
    assert [str(one) for one in stars] == ["*姓名", "*身份证号", "*村居"]
    assert stars[0][0].font.color.rgb == "FFC00000"
    assert form.column_dimensions["B"].number_format == "@"
    assert len(form.data_validations.dataValidation) == 3
    assert book["选项"]["C1"].value == "东北村社区"


def test_the_template_names_no_restricted_kind(cast):
    data = template_response(reach_of(scope_of(cast.li))).content
    guide = openpyxl.load_workbook(io.BytesIO(data))["填写说明"]
    text = "".join(str(cell.value) for line in guide for cell in line)
    assert "高血压患者" in text
    assert "艾滋" not in text
    assert "精神" not in text
