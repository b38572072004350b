"""Spreadsheets out: what stands in them, and that nothing in them runs."""

import datetime as dt
from io import BytesIO

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import sheets
from core.sheets import Column, quoted, unquoted, xlsx_response

COLUMNS = [
    Column("名称", 20),
    Column("数量", kind="number"),
    Column("比率", kind="percent"),
    Column("日期", kind="date"),
]
MADE_AT = dt.datetime(2026, 11, 22, 9, 5)  # noqa: DTZ001 - local time, as it is printed


def sheet_of(rows, columns=COLUMNS, **options):
    response = xlsx_response("测试表", columns, rows, made_by="周科长", made_at=MADE_AT, **options)
    return response, openpyxl.load_workbook(BytesIO(response.content)).active


def test_title_maker_headers_and_typed_cells():
    response, sheet = sheet_of(
        [("甲", 3, 0.5, dt.date(2026, 1, 2)), ("", None, None, None)], note="截至 2026-11-22"
    )
    assert sheet["A1"].value == "测试表"
    assert sheet["A2"].value == "制表人：周科长　制表时间：2026-11-22 09:05　截至 2026-11-22"
    assert [cell.value for cell in sheet[3]] == ["名称", "数量", "比率", "日期"]
    assert [cell.value for cell in sheet[4]] == ["甲", 3, 0.5, dt.datetime(2026, 1, 2)]  # noqa: DTZ001
    assert sheet["C4"].number_format == "0.00%"
    assert [cell.value for cell in sheet[5]] == [None, None, None, None]
    assert "%E6%B5%8B%E8%AF%95%E8%A1%A8-20261122.xlsx" in response["Content-Disposition"]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"])
def test_what_could_run_as_a_formula_is_text_with_an_apostrophe(sign):
    _, sheet = sheet_of([(f"{sign}HYPERLINK(1)", None, None, None)])
    assert sheet["A4"].data_type == "s"
    assert sheet["A4"].value.startswith("'")


def test_a_long_number_in_a_text_column_stays_as_typed():
    _, sheet = sheet_of([("371002001001",)], [Column("代码")])
    assert sheet["A4"].value == "371002001001"


@given(st.text(max_size=20))
def test_quoting_comes_back_exactly(text):
    assert unquoted(quoted(text)) == text or text.startswith("'")
    assert quoted(text) in (text, f"'{text}")


def test_an_apostrophe_of_the_writer_stays():
    assert unquoted("'甲") == "'甲"


@pytest.mark.parametrize(("rows", "is_refused"), [(3, False), (4, True)])
def test_the_bound(monkeypatch, rows, is_refused):
    monkeypatch.setattr(sheets, "MAX_ROWS", 3)
    data = [("甲",)] * rows
    if is_refused:
        with pytest.raises(sheets.CannotExport, match="超过 3 行"):
            sheet_of(data, [Column("名称")])
    else:
        assert sheet_of(data, [Column("名称")])[1].max_row == 6


def test_a_cell_longer_than_the_format_allows_is_cut_not_dropped():
    _, sheet = sheet_of([("长" * 40_000,)], [Column("名称")])
    assert len(sheet["A4"].value) == sheets.MAX_TEXT
