"""Files that are no lists, and files that are made to burst a reader: refused before anything opens them."""

import dataclasses
import io
import re
import struct
import zipfile
import zlib

import openpyxl
import pytest
import xlsxwriter

from residents.imports import guarding
from residents.imports.guarding import CannotReadRoster, FileKind, inspect
from residents.imports.source import Source
from tests.residents.imports.prepared import LIMITS, opened
from tests.residents.imports.realities.case import HEAD, N, book, zipped
from tests.residents.imports.sheets import FILES, saved

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
GOOD = book(HEAD, ["林桂芳", N[0], "东北村"])


def refusal_of(data: bytes, **limits) -> CannotReadRoster:
    with pytest.raises(CannotReadRoster) as refused:
        opened(data, dataclasses.replace(LIMITS, **limits))
    assert refused.value.field == "file"
    assert refused.value.sentence.endswith("。")
    return refused.value


def workbook(sheet: bytes, strings: bytes = b"") -> bytes:
    """A good workbook whose sheet is replaced by what is given."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.namelist():
            data = sheet if one == "xl/worksheets/sheet1.xml" else old.read(one)
            new.writestr(one, strings if strings and one == "xl/sharedStrings.xml" else data)
    return buffer.getvalue()


def cells(*rows: str) -> bytes:
    lines = "".join(rows)
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{lines}</sheetData></worksheet>'.encode()


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (b"", "file_empty", "空"), (b"  \r\n ", "file_empty", "空"), (b"%PDF-1.7 ...", "file_pdf", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "file_image", "图片"), (b"\xff\xd8\xff\xe0", "file_image", "图片"),
            (b"Rar!\x1a\x07", "file_archive", "解压"),
        (b"MZ\x90\x00\x03\x00\x00\x00", "file_type", ".xlsx"), (b"PK\x03\x04 cut off", "file_damaged", "损坏"),
        (OLE + b"x" * 600, "file_wps", "WPS"), (OLE + "Workbook".encode("utf-16-le") + b"x" * 600, "file_damaged", "损坏"),
        ("<html><table><tr><td>姓名</td></tr></table></html>".encode(), "file_html", "另存为"),
        ("\ufeff \n<!DOCTYPE html><table>".encode(), "file_html", "另存为"),
            ("<html>".encode("utf-16"), "file_html", "另存为"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "file_html", "另存为"),
            (b'<?xml version="1.0"?><Workbook>', "file_html", "另存为"),
        (b"\xff\xff\xff\xff name", "file_type", ".csv"),
    ],
)  # fmt: skip
def test_files_that_are_no_lists(data, code, says):
    refused = refusal_of(data)
    assert refused.code == code
    assert says in refused.sentence


def test_another_office_file_is_told_by_its_content_not_by_its_name():
    assert (
        refusal_of(zipped(**{"[Content_Types].xml": b"", "word/document.xml": b""})).code == "file_document"
    )
    assert refusal_of(zipped(**{"[Content_Types].xml": b"", "ppt/presentation.xml": b""})).code == "file_type"
    assert refusal_of(zipped(**{"xl/workbook.bin": b""})).code == "file_wps"


def test_too_large_says_how_much_is_allowed_of_each_kind():
    assert "1 MB" in refusal_of(b"x," * 700_000, max_bytes=1024 * 1024).sentence
    refused = refusal_of(GOOD, max_workbook_bytes=len(GOOD) - 1)
    assert refused.code == "file_too_large"
    opened(GOOD, dataclasses.replace(LIMITS, max_workbook_bytes=len(GOOD), max_bytes=10))


@pytest.mark.parametrize("name", ["protected.xlsx"])
def test_a_password_is_told(name):
    assert refusal_of((FILES / name).read_bytes()).code == "file_protected"


def test_a_locked_archive_is_told():
    buffer = bytearray(GOOD)
    at = buffer.find(b"PK\x01\x02")
    buffer[at + 8] |= 1
    assert refusal_of(bytes(buffer)).code == "file_protected"


class TestArchivesThatBurst:
    def test_by_what_the_directory_says(self):
        sheet = b" " * (guarding.MAX_RATIO * 1024 * 1024)
        assert refusal_of(workbook(sheet)).code == "file_bomb"

    def test_by_what_really_comes_out_whatever_the_directory_says(self):
        data = bytearray(workbook(b" " * 30 * 1024 * 1024))
        for entry in re.finditer(rb"PK\x01\x02", bytes(data)):  # every part is said to be tiny
            data[entry.start() + 24 : entry.start() + 28] = struct.pack("<I", 10)
        assert refusal_of(bytes(data)).code == "file_bomb"

    def test_too_many_parts(self, monkeypatch):
        monkeypatch.setattr(guarding, "MAX_ENTRIES", 3)
        assert refusal_of(GOOD).code == "file_bomb"

    def test_a_damaged_part(self):
        at = GOOD.find(zlib.compress(b"x")[:1])
        spoiled = bytearray(GOOD)
        local = GOOD.find(b"PK\x03\x04", 40)
        spoiled[local + 60 : local + 160] = b"\xff" * 100
        assert at and refusal_of(bytes(spoiled)).code == "file_damaged"


class TestFieldsThatBurst:
    """A reader keeps every cell between A1 and the last used one."""

    def test_one_cell_at_the_far_corner(self):
        sheet = cells(
            '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        )
        assert refusal_of(workbook(sheet)).code == "too_many_rows"

    def test_a_cell_far_to_the_right(self):
        assert (
            refusal_of(workbook(cells('<row r="1"><c r="GS1"><v>1</v></c></row>'))).code == "too_many_columns"
        )

    def test_a_row_far_below_whose_cells_say_nothing_of_it(self):
        assert refusal_of(workbook(cells("<row r='900000'><c><v>1</v></c></row>"))).code == "too_many_rows"

    def test_long_and_wide_together(self):
        sheet = cells(
            '<row r="1"><c r="GR1"><v>1</v></c></row><row r="200000"><c r="A200000"><v>1</v></c></row>'
        )
        assert refusal_of(workbook(sheet)).code == "file_bomb"

    def test_a_reference_cut_by_a_block_is_seen(self, monkeypatch):
        monkeypatch.setattr(guarding, "_BLOCK", 97)
        assert (
            refusal_of(workbook(cells('<row r="1"><c r="GS1"><v>1</v></c></row>'))).code == "too_many_columns"
        )

    def test_styled_cells_without_content_do_not_count(self):
        sheet = cells(
            '<row r="1"><c r="A1" t="str"><v>x</v></c><c r="XFD1" s="1"/></row><row r="1048576" ht="20"/>'
        )
        assert opened(workbook(sheet)).sheets[0].height == 1

    def test_texts_by_the_million(self, monkeypatch):
        monkeypatch.setattr(guarding, "MAX_TEXTS", 2)
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer) as made:
            made.add_worksheet().write_row(0, 0, ["a", "b", "c"])
        assert refusal_of(buffer.getvalue()).code == "file_bomb"

    def test_the_limits_themselves_are_allowed(self):
        made = openpyxl.Workbook()
        made.active.cell(row=1, column=200).value = "x"
        assert len(opened(saved(made)).sheets[0].head_rows[0]) == 200

    def test_an_old_workbook_with_a_cell_at_the_far_corner(self):
        data = bytearray((FILES / "village.xls").read_bytes())
        cell = list(re.finditer(rb"\xfd\x00\x0a\x00", bytes(data)))[-1].end()
        data[cell : cell + 4] = struct.pack("<HH", 65_000, 150)
        assert refusal_of(bytes(data)).code == "file_bomb"
        data[cell : cell + 4] = struct.pack("<HH", 10, 255)
        assert refusal_of(bytes(data)).code == "too_many_columns"

    def test_an_old_workbook_that_is_locked(self):
        data = bytearray((FILES / "village.xls").read_bytes())
        start = data.find(b"\x09\x08\x10\x00") + 20
        data[start : start + 2] = b"\x2f\x00"
        assert refusal_of(bytes(data)).code == "file_protected"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (GOOD, FileKind.XLSX),
        ((FILES / "village.xls").read_bytes(), FileKind.XLS),
        ("姓名".encode("gb18030"), FileKind.TEXT),
    ],
)
def test_the_kind_is_told_by_the_content(data, kind):
    assert inspect(Source.of_bytes(data), LIMITS).kind is kind
