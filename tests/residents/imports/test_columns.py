import pytest

from residents.imports.columns import SYNONYMS, Column, column_of, find_layout
from residents.imports.reading import CannotReadRoster, Sheet

C = Column


@pytest.mark.parametrize(
    ("title", "column"),
    [
        ("姓名", C.NAME), ("姓 名*", C.NAME), ("*姓名", C.NAME), ("姓名：", C.NAME), ("居民姓名", C.NAME),
        ("身份证\n号码", C.NUMBER), ("身份证号（必填）", C.NUMBER), ("IDCard", C.NUMBER), ("公民身份号码", C.NUMBER),
        ("出生年月", C.BORN_ON), ("手机", C.PHONE), ("联系电话(手机)", C.PHONE), ("村(居)", C.VILLAGE), ("村（居）", C.VILLAGE),
        ("所属社区", C.VILLAGE), ("村（居）委会", C.VILLAGE), ("网格编号", C.GRID), ("现住址", C.ADDRESS), ("户主", C.HEAD),
        ("与户主关系", C.RELATION), ("家庭编号", C.HOUSEHOLD), ("户号", C.HOUSEHOLD), ("重点人群", C.KINDS), ("备注", C.REMARK),
        ("序号", None), ("户主身份证号", None), ("", None), ("民族", None),
    ],
)  # fmt: skip
def test_headers_as_they_are_written(title, column):
    assert column_of(title) == column


def test_no_synonym_means_two_columns():
    words = [word for words in SYNONYMS.values() for word in words.split()]
    assert len(words) == len(set(words))
    assert set(SYNONYMS) == set(Column)


def sheet(*rows, name="") -> Sheet:
    return Sheet(name, [list(one) for one in rows])


GOOD = ("序号", "姓名", "身份证号", "村居")


def test_the_header_is_found_below_titles_and_in_any_order():
    _, layout, _ = find_layout([sheet(["环翠区花名册"], [], ["村居", "身份证号", "姓名"], ["x"])])
    assert (layout.header_row, layout.positions) == (2, {C.VILLAGE: 0, C.NUMBER: 1, C.NAME: 2})


def test_unused_columns_are_told_and_the_first_of_two_equal_ones_counts():
    _, layout, _ = find_layout([sheet([*GOOD, "民族", "电话", "手机"])])
    assert layout.unused == ["序号", "民族", "手机"]
    assert layout.positions[C.PHONE] == 5


def test_the_first_complete_sheet_is_read_and_the_others_named():
    chosen, _, others = find_layout(
        [sheet(["说明"], name="说明"), sheet(GOOD, name="一"), sheet(GOOD, name="二")]
    )
    assert (chosen.name, others) == ("一", ["二"])


@pytest.mark.parametrize(
    ("rows", "code", "says"),
    [
        ([["姓名", "身份证号", "地址"]], "columns_missing", "“村居”"),
        ([["标题"], ["姓名", "村居"]], "columns_missing", "第 2 行表头缺少“身份证号”"),
        ([["姓名", "性别"]], "columns_missing", "“身份证号”、“村居”"),
        ([["张三", "男"], ["李四", "女"]], "header_not_found", "模板"),
        ([["姓名"]], "header_not_found", "模板"),
    ],
)
def test_what_is_missing_is_named(rows, code, says):
    with pytest.raises(CannotReadRoster) as refused:
        find_layout([sheet(*rows)])
    assert refused.value.code == code
    assert says in refused.value.sentence


def test_a_book_without_content():
    with pytest.raises(CannotReadRoster) as refused:
        find_layout([])
    assert refused.value.code == "file_empty"
