"""The refused rows, as a file that can be corrected and uploaded again."""

import csv
import io

import openpyxl
import pytest
from django.urls import reverse

from residents.imports.columns import REASON, ROW
from tests.factories import rosters

pytestmark = pytest.mark.usefixtures("today")
LAYOUTS = [
    {"sheet": 0, "name": "东北村", "titles": ["姓名", "身份证号", REASON], "lacks_head": False},
    {"sheet": 2, "name": "西北村", "titles": ["证件", "姓名"], "lacks_head": True},
]
ROWS = [
    {"sheet": 0, "row": 5, "cells": ["甲", "123", "上次的原因"], "reason": "号码不对。", "head": ""},
    {"sheet": 0, "row": 9, "cells": ["=cmd|' /C calc'!A0"], "reason": "姓名不对。", "head": ""},
    {"sheet": 2, "row": 7, "cells": ["456", "乙"], "reason": "号码不对。", "head": "林桂芳"},
]


def download(client, roster):
    return client.get(reverse("roster-errors", args=[roster.pk]))


def test_a_spreadsheet_with_the_sheets_of_the_upload(cast, sign_in):
    roster = rosters.checked(cast.li, layouts=LAYOUTS, refused=ROWS)
    response = download(sign_in(cast.li), roster)
    assert "attachment" in response["Content-Disposition"]
    assert response["Content-Disposition"].endswith("20261122.xlsx")
    assert response["Cache-Control"] == "no-store"
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    assert book.sheetnames == ["东北村", "西北村"]
    first, second = ([[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book)
    assert first[2:] == [
        ["姓名", "身份证号", REASON, ROW],
        ["甲", "123", "号码不对。", "5"],
        ["'=cmd|' /C calc'!A0", "", "姓名不对。", "9"],
    ] or first[2:] == [
        ["姓名", "身份证号", REASON, ROW],
        ["甲", "123", "号码不对。", "5"],
        ["'=cmd|' /C calc'!A0", None, "姓名不对。", "9"],
    ]
    assert second[2:] == [
        ["证件", "姓名", "户主姓名", REASON, ROW],
        ["456", "乙", "林桂芳", "号码不对。", "7"],
    ]
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_very_many_are_text_under_all_columns_there_are(cast, sign_in):
    many = [ROWS[0] | {"row": at} for at in range(20_001)]
    roster = rosters.checked(cast.li, layouts=LAYOUTS, refused=[*many, ROWS[1], ROWS[2]])
    response = download(sign_in(cast.li), roster)
    assert response["Content-Disposition"].endswith("20261122.csv")
    assert response.streaming
    data = b"".join(response.streaming_content)
    assert data.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert len(lines) == 20_003
    assert lines[-2]["姓名"].startswith("'=")
    assert lines[-1] == {
        "姓名": "乙", "身份证号": "", REASON: "号码不对。", ROW: "7", "证件": "456", "户主姓名": "林桂芳",
    }  # fmt: skip


def test_nothing_refused_is_no_file(cast, sign_in):
    assert download(sign_in(cast.li), rosters.checked(cast.li, refused=[])).status_code == 404


@pytest.mark.parametrize("make", [rosters.received, rosters.unmapped])
def test_not_before_it_was_checked(cast, sign_in, make):
    assert download(sign_in(cast.li), make(cast.li)).status_code == 404
