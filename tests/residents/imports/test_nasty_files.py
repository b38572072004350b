"""Files that somebody really sends: damaged texts, quotes left open, numbers where none belong. A sentence or a right import."""

import datetime as dt
import io

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from residents.forms.rosters import MappingForm
from residents.imports.layouts import find_layouts, notes_of, proposal_of
from residents.imports.proposing import NeedsMapping
from residents.imports.reading import CannotReadRoster
from tests.residents.imports.prepared import REACH, opened, prepared
from tests.residents.imports.realities.case import HEAD, N, book
from tests.residents.imports.sheets import number, saved

TEXT = f"姓名,身份证号,村居\n林桂芳,{N[0]},东北村\n"
OTHER = f"王建国,{N[1]},东北村\n"


def refused(data: bytes) -> CannotReadRoster:
    with pytest.raises(CannotReadRoster) as found:
        list(opened(data).rows(0))
    return found.value


def understood(data: bytes):
    found = opened(data)
    return found, find_layouts(found, {}, {}, REACH)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (TEXT.encode() + OTHER.encode("gb18030"), "text_mixed"),
        (TEXT.encode("gb18030") + OTHER.encode() + b"\xff\n", "text_mixed"),
        (TEXT.encode() + b"\xed\xa0\x80\n", "text_mixed"),
        (TEXT.replace("桂", "\0").encode(), "text_zeros"),
        (TEXT.replace(",", "\0,\0").encode("gb18030"), "text_zeros"),
        (TEXT.encode() + b"\0" * 20, "text_zeros"),
        (bytes((at * 7919 + at // 3) % 256 for at in range(20_000)), "file_type"),
        (b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff", "file_type"),
    ],
)
def test_a_damaged_text_is_told_from_what_is_no_text(data, code):
    assert refused(data).code == code


@pytest.mark.parametrize(
    "text",
    [
        TEXT + '"' + OTHER + OTHER,
        TEXT.replace("\n林", ',备注\n"林'),
        f'{TEXT}李,{N[2]},"东北村\n{OTHER}赵,{N[3]},"东北村\n',  # two: : what lies between is swallowed
    ],
)
def test_quotes_left_open_swallow_nobody(text):
    assert refused(text.encode()).code == "file_quotes"


def test_a_cell_of_several_lines_is_still_a_cell():
    rows = list(opened(f'{TEXT}王建国,{N[1]},"东北村\n三组, 2 号"\n'.encode()).rows(0))
    assert rows[-1][1][2] == "东北村\n三组, 2 号"


def test_a_mark_in_the_middle_and_a_head_that_comes_again():
    found = prepared((TEXT + "\ufeff" + TEXT.replace("林桂芳", "\ufeff王建国")).encode())
    assert [one.name for one in found.rows] == ["林桂芳", "王建国"]


def test_a_number_kept_as_text_by_a_formula_is_that_number():
    data = f'姓名,身份证号,村居\n林桂芳,"=""{number(1)}""",东北村\n'.encode()
    (one,) = prepared(data).rows
    assert not one.faults


def test_days_counted_from_1904():
    page = openpyxl.Workbook()
    page.epoch = CALENDAR_MAC_1904
    page.active.append([*HEAD, "出生日期"])
    page.active.append(["林桂芳", number(1), "东北村", dt.date(1960, 1, 1)])
    (one,) = prepared(saved(page)).rows
    assert not one.faults


def test_somebodys_number_among_the_headers_is_nowhere_shown_or_remembered():
    found, layouts = understood(TEXT.replace("村居", f"村居,{N[5]}", 1).encode())
    (note,) = notes_of(found, layouts)
    assert "•" * 18 in note
    proposal = proposal_of(found, layouts, {}).as_json()
    assert N[5] not in str(proposal)
    form = MappingForm(
        {"column-0-0": "姓名", "column-0-1": "身份证号", "column-0-2": "村居", "remember": "on"},
        proposal=proposal,
    )
    assert form.is_valid()
    assert set(form.told()) == {"姓名", "身份证号", "村居"}


def test_a_column_that_stands_there_twice_is_said():
    found, layouts = understood(TEXT.replace("村居", "村居,姓名,签名", 1).encode())
    assert notes_of(found, layouts) == ["以下列不导入：签名。", "“姓名”不止一列，只读取最左边的一列。"]


class TestProposalOfWhatWasUnderstood:
    def test_it_is_exactly_that(self):
        """Pressing the button without a change must not change anything."""
        text = (
            f"姓名,身份证号,联系电话,电话2,村居,说明\n林桂芳,{N[0]},13712345671,13712345672,东北村,{N[1]}\n"
        )
        found, layouts = understood(text.encode())
        proposal = proposal_of(found, layouts, {}).as_json()
        form = MappingForm({"remember": ""}, proposal=proposal)
        blank = {
            name: field.initial
            for name, field in form.fields.items()
            if name.startswith(("column", "village")) and field.initial
        }
        said = MappingForm(blank, proposal=proposal)
        assert said.is_valid(), said.errors
        again = find_layouts(opened(text.encode()), said.mapping(), {}, REACH)
        assert [(one.positions, one.more, one.first_row) for one in again] == [
            (one.positions, one.more, one.first_row) for one in layouts
        ]

    def test_sheets_that_were_not_read_stay_out(self):
        page = openpyxl.load_workbook(io.BytesIO(book(HEAD, ["林桂芳", N[0], "东北村"])))
        page.create_sheet("说明").append(["请认真填写"])
        found, layouts = understood(saved(page))
        skips = [one["skip"] for one in proposal_of(found, layouts, {}).as_json()["sheets"]]
        assert skips == [False, True]


def test_asked_for_one_sheet_what_was_said_of_the_other_is_kept():
    page = openpyxl.Workbook()
    page.active.append(["甲", "乙", "丙"])
    page.active.append(["林桂芳", N[0], "东北村"])
    page.create_sheet("二").append(["姓名", "号码", "所在"])
    page["二"].append(["王建国", N[1], "东北村"])
    said = {"0": {"columns": {"0": "姓名", "1": "身份证号", "2": "村居"}, "header_row": 1, "header_rows": 1}}
    with pytest.raises(NeedsMapping) as asked:
        find_layouts(opened(saved(page)), said | {"1": {"columns": {"0": "姓名"}}}, {}, REACH)
    first = asked.value.proposal.sheets[0]
    assert [one.guess for one in first.titles] == ["姓名", "身份证号", "村居"]
