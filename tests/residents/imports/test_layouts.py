"""Where a header stands, which sheets are lists, and when a person is asked."""

import pytest

from residents.imports.columns import Column
from residents.imports.layouts import NeedsMapping, find_layouts, notes_of
from residents.imports.reading import CannotReadRoster
from tests.residents.imports.prepared import DONGBEI, REACH, opened, prepared, reach_of_villages, village
from tests.residents.imports.realities.case import HEAD, N, book, table

C = Column
TWO = reach_of_villages(DONGBEI, village("371002001002", "西山村", "西山村第一网格"))


def layout_of(*rows, reach=None, memory=None, mapping=None, **form):
    (found,) = find_layouts(opened(book(*rows, **form)), mapping or {}, memory or {}, reach)
    return found


def question(*rows, reach=None, **form) -> NeedsMapping:
    with pytest.raises(NeedsMapping) as asked:
        layout_of(*rows, reach=reach, **form)
    return asked.value


def test_the_header_is_found_below_titles_and_in_any_order():
    found = layout_of(["环翠区花名册"], [], ["村居", "身份证号", "姓名"], ["东北村", N[0], "林桂芳"])
    assert (found.header_row, found.first_row) == (3, 4)
    assert found.positions == {C.VILLAGE: 0, C.NUMBER: 1, C.NAME: 2}


def test_the_first_of_two_equal_columns_counts_and_phones_are_joined():
    found = layout_of(
        [*HEAD, "民族", "电话", "手机", "性别", "性别"], ["林桂芳", N[0], "东北村", "汉", "", "", "女", "女"]
    )
    assert (found.positions[C.PHONE], found.more, found.unused) == (4, ((C.PHONE, 5),), ("民族", "性别"))


def test_one_line_is_enough_where_the_second_holds_people():
    found = layout_of(HEAD, ["林桂芳", "无", "东北村"], ["于秀英", N[0], "东北村"])
    assert (found.header_row, found.first_row) == (1, 2)


class TestVillages:
    def test_the_title_names_it(self):
        found = layout_of(["环翠楼街道西山村居民花名册"], HEAD[:2], ["林桂芳", N[0]], reach=TWO)
        assert found.constants == {C.VILLAGE: "371002001002"}

    def test_the_title_names_it_where_the_grids_do_not(self):
        """第一网格 is in every village; a grid's code or full name tells its own."""
        head, title = [*HEAD[:2], "网格"], ["环翠楼街道西山村居民花名册"]
        found = layout_of(title, head, ["林桂芳", N[0], "第一网格"], reach=TWO)
        assert found.constants == {C.VILLAGE: "371002001002"}
        for grid in ("37100200100101", "西山村第一网格"):
            assert layout_of(title, head, ["林桂芳", N[0], grid], reach=TWO).constants == {}

    def test_the_sheet_names_it(self):
        assert (
            layout_of(HEAD[:2], ["林桂芳", N[0]], sheet="西山村", reach=TWO).constants[C.VILLAGE]
            == "371002001002"
        )

    def test_there_is_only_one(self):
        assert layout_of(HEAD[:2], ["林桂芳", N[0]], reach=REACH).constants[C.VILLAGE] == "371002001001"

    def test_a_grid_is_enough(self):
        assert (
            layout_of(["姓名", "身份证号", "网格"], ["林桂芳", N[0], "37100200100101"], reach=TWO).missing
            == ()
        )

    def test_else_it_is_asked_for(self):
        asked = question(HEAD[:2], ["林桂芳", N[0]], reach=TWO)
        assert asked.proposal.sheets[0].missing == ("村居",)
        assert "“村居”" in asked.sentence

    def test_the_uploader_says_one_for_all(self):
        told = {
            "0": {
                "header_row": 1,
                "header_rows": 1,
                "columns": {"0": "姓名", "1": "身份证号"},
                "constants": {"村居": "西山村"},
            }
        }
        (row,) = prepared(table(["林桂芳", N[0]], header=HEAD[:2]), mapping=told, reach=TWO).rows
        assert row.village_code == "371002001002"


class TestQuestions:
    ROWS = (
        ["名册"],
        ["人员", "证件", "片区", "手机"],
        ["林桂芳", N[0], "东北村社区", "13712345671"],
        ["于秀英", N[1], "西山村", ""],
    )

    def test_guesses_by_what_the_cells_look_like(self):
        (sheet,) = question(*self.ROWS).proposal.sheets
        assert (sheet.header_row, sheet.header_rows, sheet.skip) == (2, 1, False)
        assert [one.guess for one in sheet.titles] == ["姓名", "身份证号", "村居", "联系电话"]
        assert {one.certainty for one in sheet.titles[:3]} == {"guess"}
        assert [one.title for one in sheet.titles] == ["人员", "证件", "片区", "手机"]

    def test_no_digit_and_no_whole_name_is_shown(self):
        text = str(question(*self.ROWS).proposal.as_json())
        assert "林桂芳" not in text
        assert N[0][:6] not in text
        assert "13712" not in text
        assert "林*芳" in text

    def test_other_sheets_are_offered_too(self):
        asked = question(*self.ROWS, more={"说明": [["请勿修改"]]})
        assert [(one.name, one.skip) for one in asked.proposal.sheets] == [("Sheet1", False), ("说明", True)]

    def test_a_sheet_may_be_left_out(self):
        data = book(
            HEAD, ["林桂芳", N[0], "东北村"], more={"二": [["姓名", "性别", "电话"], ["甲", "男", ""]]}
        )
        with pytest.raises(NeedsMapping):
            find_layouts(opened(data), {}, {})
        assert [one.sheet for one in find_layouts(opened(data), {"1": {"skip": True}}, {})] == [0]

    def test_columns_told_without_a_required_one_are_asked_for_again(self):
        with pytest.raises(NeedsMapping) as asked:
            layout_of(
                *self.ROWS, mapping={"0": {"header_row": 2, "header_rows": 1, "columns": {"0": "姓名"}}}
            )
        assert asked.value.proposal.sheets[0].missing == ("身份证号", "村居")


@pytest.mark.parametrize("rows", [[["x"]], [["说明"], ["请勿修改"]], [["村居", "人数"], ["东北村", 3]]])
def test_nothing_that_looks_like_a_list(rows):
    with pytest.raises(CannotReadRoster) as refused:
        layout_of(*rows)
    assert refused.value.code == "header_not_found"
    assert "模板" in refused.value.sentence


def test_columns_that_nobody_misses_are_not_noted():
    opened_book = opened(
        table(["1", "林桂芳", N[0], "东北村", "", "3"], header=["序号", *HEAD, "错误原因", "原行号"])
    )
    layouts = find_layouts(opened_book, {}, {})
    assert notes_of(opened_book, layouts) == []
