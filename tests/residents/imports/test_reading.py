"""Opened lists: texts in every encoding, blocks of any size, sheets and cells."""

import dataclasses
import datetime as dt

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from residents.imports import textfiles
from residents.imports.reading import CannotReadRoster, cell_text
from residents.imports.textfiles import Block
from tests.residents.imports.prepared import LIMITS, opened
from tests.residents.imports.sheets import FILES, HEADER, csv_bytes, row, saved, xlsx

ONE = row("林桂芳", "371002196001010003")


def rows_of(data: bytes) -> list[list[str]]:
    return [cells for _, cells in opened(data).rows(0)]


def code_of(data: bytes, **limits) -> str:
    with pytest.raises(CannotReadRoster) as refused:
        list(opened(data, dataclasses.replace(LIMITS, **limits)).rows(0))
    return refused.value.code


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_in_every_coming_encoding(encoding, delimiter):
    assert rows_of(csv_bytes(ONE, encoding=encoding, delimiter=delimiter)) == [list(HEADER), ONE]


def test_a_text_that_turns_out_to_be_gb18030_only_at_its_end():
    data = b"a,b\n" * 100_000 + "林,桂\n".encode("gb18030")
    assert rows_of(data)[-1] == ["林", "桂"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_all_systems(end):
    assert rows_of(f"a,b{end}1,2{end}{end}3,4".encode()) == [["a", "b"], ["1", "2"], [], ["3", "4"]]


def flattened(blocks: list[Block]) -> list[list[str]]:
    """Rows of blocks, plain ones taken apart."""
    rows = []
    for block in blocks:
        assert block.first_row == len(rows) + 1
        if block.data is not None:
            rows += [
                one.split(",")
                for one in block.data.decode().replace("\r\n", "\n").removesuffix("\n").split("\n")
            ]
        else:
            rows += block.rows
        assert len(rows) == block.first_row + block.count - 1
    return [[] if one == [""] else one for one in rows]


CELL = st.text("林a1 \"'\n,", max_size=5)


@given(st.lists(st.lists(CELL, min_size=2, max_size=3), min_size=1, max_size=30), st.integers(3, 60))
def test_blocks_of_any_size_give_the_same_rows(rows, size):
    data = csv_bytes(*rows, header=("x", "y"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(textfiles, "BLOCK", size)
        book = opened(data)
        whole, parsed = (
            flattened(list(book.blocks(0, parsed=False))),
            flattened(list(book.blocks(0, parsed=True))),
        )
    assert (
        whole == parsed == [["x", "y"], *(["\n".join(one.split("\r\n")) for one in cells] for cells in rows)]
    )


def test_plain_stretches_stay_bytes(monkeypatch):
    monkeypatch.setattr(textfiles, "BLOCK", 40)
    blocks = list(opened(b"a,b\n" + b"1,2\n" * 30 + b'"x",y\n' + b"3,4\n" * 30).blocks(0, parsed=False))
    kinds = [one.data is None for one in blocks]
    assert kinds.count(True) == 1
    assert kinds.count(False) > 3


def test_quotes_that_never_close():
    assert code_of(b'a,b\n"1,2\n' + b"3,4\n" * 50_000) == "file_quotes"


def test_a_line_without_an_end():
    assert code_of(b"a,b\n" + b"x" * 3_000_000) == "line_too_long"


def test_the_allowed_number_of_rows(monkeypatch):
    monkeypatch.setattr(textfiles, "HEAD_ROOM", 0)
    assert code_of(b"a,b\n" * 11, max_csv_rows=10) == "too_many_rows"
    assert len(list(opened(b"a,b\n" * 10, dataclasses.replace(LIMITS, max_csv_rows=10)).rows(0))) == 10


def test_too_many_columns():
    assert code_of(csv_bytes(["x"] * 201)) == "too_many_columns"


def test_old_and_new_workbooks_read_the_same():
    new, old = (rows_of((FILES / name).read_bytes()) for name in ("village.xlsx", "village.xls"))
    assert [one[1] for one in new[3:8]] == [one[1] for one in old[2:7]]


def test_row_numbers_and_columns_agree_with_what_excel_shows():
    book = openpyxl.Workbook()
    book.active["C4"], book.active["D6"] = "姓名", "x"
    found = dict(opened(saved(book)).rows(0))
    assert (found[4], found[6]) == (["", "", "姓名", ""], ["", "", "", "x"])
    assert opened(saved(book)).sheets[0].height == 6


def test_hidden_sheets_are_not_read_and_said():
    book = openpyxl.Workbook()
    book.active.append(["看得见"])
    for name, state in (("选项", "hidden"), ("参数", "veryHidden")):
        book.create_sheet(name).append(["看不见"])
        book[name].sheet_state = state
    book.create_sheet("空表")
    found = opened(saved(book))
    assert [one.name for one in found.sheets] == ["Sheet"]
    assert "“选项”、“参数”" in found.notes[0]


def test_merged_cells_are_known():
    book = openpyxl.Workbook()
    book.active.append(["x"])
    book.active.merge_cells("A2:B5")
    assert opened(saved(book)).sheets[0].merges == [((1, 0), (4, 1))]


def test_blocks_of_a_workbook_are_rows():
    (block,) = opened(xlsx(ONE)).blocks(0, parsed=False)
    assert (block.first_row, block.count, block.data, block.rows[0]) == (1, 2, None, list(HEADER))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), (True, "是"), (13712345671, "13712345671"), (13712345671.0, "13712345671"), (6.5, "6.5"),
        (371002196001010000, "3.71002196001010E+17"), (3.7100219600101e17, "3.71002196001010E+17"),
        (340524800101001, "340524800101001"), (dt.date(1960, 1, 2), "1960-01-02"),
        (dt.datetime(1960, 1, 2), "1960-01-02"),  # noqa: DTZ001 - spreadsheets know no time zone
        (dt.datetime(1960, 1, 2, 8, 30), "1960-01-02 08:30:00"),  # noqa: DTZ001
        (dt.time(8, 30), "08:30:00"), (" 原样 ", " 原样 "),
    ],
)  # fmt: skip
def test_cells_as_a_person_reads_them(value, text):
    assert cell_text(value) == text
