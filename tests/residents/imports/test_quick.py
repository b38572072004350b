"""The short way and the full rules say the same of every row."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stdnum.cn.ric import calc_check_digit

from core.crypto import Sealer
from residents.imports.layouts import Layout, find_layouts
from residents.imports.placing import Placer
from residents.imports.preparing import Preparer
from residents.imports.quick import QuickReader, check_digit
from residents.imports.rows import no_person
from tests.residents.imports.prepared import DONGBEI, TODAY, opened, reach_of_villages, row_of, village
from tests.residents.imports.sheets import csv_bytes, number

HEADER = (
    "序号", "姓名", "身份证号", "性别", "出生日期", "年龄", "联系电话", "与户主关系", "户主姓名", "户号", "村居", "网格",
        "住址", "楼栋", "人群类型",
    "高血压", "证件类型", "户籍类型", "人员状态", "手机", "备注",
)  # fmt: skip
REACH = reach_of_villages(
    DONGBEI, village("371002001002", "西山村", "西山村第一网格", "西山村第二网格", former={"老网格": 11_002})
)
GOOD = (
    "1",
    "林桂芳",
    number(0),
    "女",
    "1960-01-01",
    "66",
    "13712345671",
    "妻",
    "林大山",
    "17",
    "东北村",
    "第一网格",
    "和平路1号1单元101",
    "",
    "高血压",
    "",
    "",
    "",
    "",
    "",
    "",
)


def layout() -> Layout:
    book = opened(csv_bytes(GOOD, header=HEADER))
    (found,) = find_layouts(book, {}, {}, REACH)
    return found


LAYOUT = layout()


def preparer() -> Preparer:
    return Preparer([LAYOUT], REACH, Sealer.of_settings(), ("utf-8", ","), TODAY)


@st.composite
def numbers(draw) -> str:
    """Good ones mostly; of any county, day and sequence, some with another check digit."""
    county = draw(
        st.sampled_from(
            ("371099", "371002", "110105", "999999", "810000", "910000", "123456", "３７１０９９")
        )
    )
    day = draw(st.dates(dt.date(1895, 1, 1), dt.date(2027, 12, 31))).strftime("%Y%m%d")
    body = (
        county
        + draw(st.sampled_from((day, day, day, "19500229", "20231301")))
        + f"{draw(st.integers(0, 999)):03d}"
    )
    if not body.isascii() or draw(st.integers(0, 9)) == 0:
        return body + draw(st.sampled_from("0123456789Xx×"))
    return body + calc_check_digit(body + "0")


LETTERS = "林桂芳王建国无暂没有示例合计乐单曾重庆银行·.A 1\u3000\u200b（）=?'#\\\t\"，/-—0"
CELLS = (
    st.sampled_from(("", "1", "示例", "合计", "(1)", "12")),
    st.one_of(st.sampled_from(("林桂芳", "单雄信", "姓名", "示例一", "重庆", "没有", "示例：张三", "于秀英（曾用名）")),
        st.text(LETTERS, max_size=6)),
    st.one_of(numbers(), st.text(LETTERS, max_size=19)),
    st.sampled_from(("", "女", "男", "1", "2", "F", "x", "0")),
    st.sampled_from(("", "1960-01-01", "1960/1/1", "无", "五四年", "2030-01-01", "19600101")),
    st.sampled_from(("", "66", "66岁", "20", "0", "无", "1000", "#REF!")),
    st.one_of(st.sampled_from(("", "13712345671", "13800138000", "19999999999", "无", "0631-5231234", "女儿13712345671",
        "137 1234 5671")), st.text("0123456789/-", max_size=12)),
    st.sampled_from(("", "户主", "妻", "丈夫", "长子", "02", "甲", "新生儿")),
    st.sampled_from(("", "林桂芳", "林大山", "无", "A1", " 林大山", "林大山（户主）")),
    st.sampled_from(("", "17", "a-1", "0", "371002001001F00001", "x" * 50, "007")),
    st.sampled_from(("", "东北村", "西山村", "371002001002", "天边", " 东北村社区 ", "#REF!")),
    st.sampled_from(("", "1", "第二网格", "老网格", "无", "九")),
    st.one_of(st.sampled_from(("", "和平路1号1单元101", "3-2-501", "无", "a\tb", "c:\\x")), st.text(LETTERS, max_size=8)),
    st.sampled_from(("", "3", "三号楼", "0", "x" * 300)),
    st.sampled_from(("", "高血压", "高血压、糖尿病", "HIV", "怪病", "无", "老年人", "一般人群")),
    st.sampled_from(("", "√", "否", "可能", "肢体残疾")),
    st.sampled_from(("", "身份证", "护照", "暂无证件", "01", "户口簿", "甲")),
    st.sampled_from(("", "户籍", "流动", "甲", "1")),
    st.sampled_from(("", "在册", "死亡", "迁出", "1")),
    st.sampled_from(("", "", "", "13712345672", "无")),
    st.one_of(st.sampled_from(("", "新生儿", "已故", "'=1+1", "走访")), st.text(LETTERS, max_size=8)),
)  # fmt: skip


@st.composite
def rows(draw) -> list[str]:
    """A faultless row in which a few cells are anything."""
    row = list(GOOD)
    for at in draw(st.lists(st.integers(0, len(CELLS) - 1), max_size=4)):
        row[at] = draw(CELLS[at])
    return row


PREPARER = None


@settings(max_examples=1_500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows())
def test_the_short_way_says_what_the_full_rules_say(row):
    global PREPARER
    made = PREPARER = PREPARER or preparer()
    quick = made.readers[0].line(7, row)
    if quick is None:
        return
    assert no_person(row, LAYOUT) == ""
    assert row_of(quick.rstrip("\n")) == row_of(made._by_full_rules(7, row, LAYOUT).rstrip("\n"))


def test_ordinary_rows_go_the_short_way():
    reader = preparer().readers[0]
    assert reader.line(2, list(GOOD)) is not None
    for at, text in (
        (3, ""),
        (4, "1960/1/1"),
        (5, ""),
        (6, ""),
        (7, "配偶"),
        (8, ""),
        (9, ""),
        (11, ""),
        (14, ""),
        (15, "√"),
    ):
        row = list(GOOD)
        row[at] = text
        assert reader.line(2, row) is not None, HEADER[at]


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (1, "林桂 芳"),
        (2, "37109919600101003"),
        (3, "男"),
        (4, "1961-01-01"),
        (5, "20"),
        (6, "1371234567"),
        (10, "天边"),
        (18, "死亡"),
    ],
)
def test_anything_unusual_is_left_to_the_full_rules(at, text):
    row = list(GOOD)
    row[at] = text
    found = preparer().readers[0].line(2, row)
    if at != 1:  # a blank in a name is folded by a table
        assert found is None


@given(st.from_regex(r"[0-9]{17}", fullmatch=True))
def test_the_check_digit_is_that_of_the_library(body):
    assert check_digit(body) == calc_check_digit(body + "0")


def test_a_day_counts_from_the_birthday_on():
    """A number of somebody born today is good today, and not yet yesterday."""
    born = number(1, born_on=TODAY)
    row = list(GOOD)
    row[2], row[4], row[5] = born, "", ""
    sealing = preparer().sealing
    assert QuickReader(LAYOUT, Placer(REACH), sealing, on=TODAY).line(2, row) is not None
    assert QuickReader(LAYOUT, Placer(REACH), sealing, on=TODAY - dt.timedelta(days=1)).line(2, row) is None
