"""What headers mean, one by one."""

import pytest

from residents.choices import Population
from residents.imports.columns import SYNONYMS, Column, Meaning, bare_title, column_of, meaning_of, tick_of

C = Column


@pytest.mark.parametrize(
    ("title", "column"),
    [
        ("姓名", C.NAME), ("姓 名*", C.NAME), ("*姓名", C.NAME), ("姓名：", C.NAME), ("居民姓名", C.NAME),
            ("1.姓名", C.NAME),
        ("身份证\n号码", C.NUMBER), ("身份证号（必填）", C.NUMBER), ("IDCard", C.NUMBER), ("公民身份号码", C.NUMBER),
        ("证件类型", C.ID_KIND), ("出生年月", C.BORN_ON), ("年龄（岁）", C.AGE), ("手机", C.PHONE),
            ("联系电话(手机)", C.PHONE),
        ("村(居)", C.VILLAGE), ("村（居）", C.VILLAGE), ("村（居）民委员会", C.VILLAGE), ("所属社区", C.VILLAGE),
            ("乡镇(街道)", C.TOWNSHIP),
        ("网格编号", C.GRID), ("现住址", C.ADDRESS), ("楼号", C.BUILDING), ("单元号", C.UNIT), ("室号", C.ROOM),
            ("户主", C.HEAD),
        ("户主身份证号码", C.HEAD_NUMBER), ("与户主关系", C.RELATION), ("家庭编号", C.HOUSEHOLD),
            ("户籍类型", C.REGISTRATION),
        ("重点人群", C.KINDS), ("是否死亡", C.STATUS), ("备注", C.REMARK), ("序号", None), ("户主电话", None), ("", None),
            ("民族", None),
    ],
)  # fmt: skip
def test_headers_as_they_are_written(title, column):
    assert column_of(title) == column


def test_no_synonym_means_two_columns():
    words = [word for words in SYNONYMS.values() for word in words.split()]
    assert len(words) == len(set(words))
    assert set(SYNONYMS) == set(Column)


def test_every_synonym_is_found_in_its_bare_form():
    assert [
        word for column, words in SYNONYMS.items() for word in words.split() if column_of(word) != column
    ] == []


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("高血压", Population.HYPERTENSION), ("是否患糖尿病", Population.DIABETES_T2), ("残疾人（√）", Population.DISABLED),
            ("是否低保", Population.LOW_INCOME),
        ("65岁及以上老年人", Population.ELDERLY_65), ("民族", None), ("重点人群", None), ("高血压、糖尿病", None),
            ("", None),
    ],
)  # fmt: skip
def test_columns_of_one_kind(title, kind):
    assert tick_of(title) == kind


@pytest.mark.parametrize(
    ("above", "title", "code"),
    [
        ("户主信息", "姓名", "户主姓名"), ("户主", "身份证号", "户主身份证号"), ("户主", "电话", ""),
            ("户主", "住址", "详细地址"), ("成员信息", "姓名", "姓名"),
        ("监护人", "姓名", ""), ("家庭医生", "电话", ""), ("重点人群", "高血压", "tick:hypertension"),
            ("姓名", "姓名", "姓名"),
    ],
)  # fmt: skip
def test_a_title_below_another(above, title, code):
    assert meaning_of(title, {}, above).code == code


def test_what_somebody_has_explained_wins():
    memory = {
        bare_title("户主"): "姓名",
        bare_title("民 族："): "备注",
        bare_title("姓名"): "",
        bare_title("慢病"): "tick:hypertension",
    }
    assert [meaning_of(one, memory).code for one in ("户主", "民族", "姓名", "慢病")] == [
        "姓名",
        "备注",
        "",
        "tick:hypertension",
    ]


def test_meanings_go_to_codes_and_back():
    codes = [*(one.value for one in Column), *(f"tick:{one.value}" for one in Population), ""]
    assert [Meaning.of_code(one).code for one in codes] == codes
