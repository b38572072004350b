import datetime as dt
import io
import zipfile

import openpyxl
import pytest

from residents.imports import reading
from residents.imports.reading import CannotReadRoster, cell_text, read_sheets
from tests.residents.imports.sheets import FILES, HEADER, csv_bytes, row, saved, xlsx

BOUNDS = {"max_bytes": 10 * 1024 * 1024, "max_rows": 20_000}
ONE = row("林桂芳", "371002196001010003")


def refusal_of(data: bytes, **bounds) -> CannotReadRoster:
    with pytest.raises(CannotReadRoster) as refused:
        read_sheets(data, **BOUNDS | bounds)
    assert refused.value.field == "file"
    assert refused.value.sentence.endswith("。")
    return refused.value


def docx() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (b"", "file_empty", "空"),
        (b"  \r\n ", "file_empty", "空"),
        (b"%PDF-1.7 ...", "file_type", ".xlsx"),
        (b"\x89PNG\r\n\x1a\n", "file_type", ".xlsx"),
        (b"MZ\x90\x00\x03\x00\x00\x00", "file_type", ".xlsx"),
        (b"PK\x03\x04 cut off", "file_damaged", "损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "file_damaged", "损坏"),
        ("<html><table><tr><td>姓名</td></tr></table></html>".encode(), "file_html", "另存为"),
        ("\ufeff \n<!DOCTYPE html><table>".encode(), "file_html", "另存为"),
        (b'<?xml version="1.0"?><Workbook>', "file_html", "另存为"),
        (b"\xff\xff\xff\xff name", "file_type", ".csv"),
    ],
)
def test_files_that_are_no_rosters(data, code, says):
    refused = refusal_of(data)
    assert refused.code == code
    assert says in refused.sentence


def test_another_office_file_is_told_by_its_content_not_by_its_name():
    assert refusal_of(docx()).code == "file_type"


def test_too_large_says_how_much_is_allowed():
    refused = refusal_of(xlsx(ONE), max_bytes=1024 * 1024 // 1024)
    assert refused.code == "file_too_large"
    assert "MB" in refused.sentence


def test_a_password_is_told():
    assert refusal_of((FILES / "protected.xlsx").read_bytes()).code == "file_protected"


def bomb(megabytes: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(megabytes):
                sheet.write(b" " * 1024 * 1024)
    return buffer.getvalue()


def test_a_zip_bomb_is_refused_before_anything_opens_it(monkeypatch):
    monkeypatch.setattr(reading, "_workbook", lambda *_: pytest.fail("opened"))
    assert refusal_of(bomb(30)).code == "file_bomb"  # by its ratio


def test_an_archive_that_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(reading, "MAX_UNPACKED", 1024)
    assert refusal_of(xlsx(ONE)).code == "file_bomb"


def test_an_honest_roster_is_far_from_the_bounds():
    data = xlsx(*[ONE] * 2_000)
    unpacked = sum(one.file_size for one in zipfile.ZipFile(io.BytesIO(data)).infolist())
    assert unpacked < reading.MAX_RATIO * len(data) / 2
    assert read_sheets(data, **BOUNDS)


def test_too_many_rows_and_columns_are_refused_before_they_are_read():
    assert refusal_of(xlsx(*[ONE] * 300), max_rows=50).code == "too_many_rows"
    assert refusal_of(csv_bytes(*[ONE] * 300), max_rows=50).code == "too_many_rows"
    assert refusal_of(xlsx(["x"] * 201)).code == "too_many_columns"
    assert refusal_of(csv_bytes(["x"] * 201)).code == "too_many_columns"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_in_every_coming_encoding(encoding, delimiter):
    (sheet,) = read_sheets(csv_bytes(ONE, encoding=encoding, delimiter=delimiter), **BOUNDS)
    assert sheet.rows == [list(HEADER), ONE]


def test_old_and_new_workbooks_read_the_same():
    new, old = (
        read_sheets((FILES / name).read_bytes(), **BOUNDS)[0].rows for name in ("village.xlsx", "village.xls")
    )
    assert [one[1] for one in new[3:8]] == [one[1] for one in old[2:7]]


def test_row_numbers_agree_with_what_excel_shows():
    book = openpyxl.Workbook()
    book.active["B4"] = "姓名"
    (sheet,) = read_sheets(saved(book), **BOUNDS)
    assert sheet.rows[3][1] == "姓名"


def test_hidden_sheets_are_not_read():
    book = openpyxl.Workbook()
    book.active.append(["看得见"])
    book.create_sheet("选项").append(["看不见"])
    book["选项"].sheet_state = "hidden"
    assert [one.name for one in read_sheets(saved(book), **BOUNDS)] == ["Sheet"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), (True, "是"), (13812345678, "13812345678"), (13812345678.0, "13812345678"), (6.5, "6.5"),
        (371002196001010000, "3.71002196001010E+17"), (3.7100219600101e17, "3.71002196001010E+17"),
        (340524800101001, "340524800101001"), (dt.date(1960, 1, 2), "1960-01-02"),
        (dt.datetime(1960, 1, 2), "1960-01-02"),  # noqa: DTZ001 - spreadsheets know no time zone
        (dt.datetime(1960, 1, 2, 8, 30), "1960-01-02 08:30:00"),  # noqa: DTZ001
        (dt.time(8, 30), "08:30:00"), (" 原样 ", " 原样 "),
    ],
)  # fmt: skip
def test_cells_as_a_person_reads_them(value, text):
    assert cell_text(value) == text
