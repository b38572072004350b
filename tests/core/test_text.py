"""Cleaning what is typed, and the searchable forms of a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.masks import mask_name, mask_phone
from core.text import bigrams, clean, clean_name, initials, tidy


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("　和平路　１号 ", "和平路 1号"),
        ("ＡＢＣ１２３ｘ", "ABC123x"),
        ("a\u200bb\ufeffc\u00ad", "abc"),
        ("a \t\r\n b", "a b"),
        (371002, "371002"),
        ("", ""),
        ("ﬁ①", "fi1"),
    ],
)
def test_clean(typed, meant):
    assert clean(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("和平路１号，东侧（二楼）。", "和平路1号，东侧（二楼）。"),
        (" 搬走了；\u200b 电话：无\n", "搬走了； 电话：无"),
        ("3号楼,2单元", "3号楼,2单元"),
        ("", ""),
    ],
)
def test_tidy_keeps_chinese_punctuation(typed, meant):
    assert tidy(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("张 三", "张三"),
        ("张　三", "张三"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("阿依古丽．买买提", "阿依古丽·买买提"),
        ("阿依古丽‧买买提", "阿依古丽·买买提"),
        ("王\u200b五", "王五"),
    ],
)
def test_clean_name(typed, meant):
    assert clean_name(typed) == meant


@given(st.text(max_size=60))
def test_cleaning_twice_changes_nothing(text):
    assert clean(clean(text)) == clean(text)
    assert clean_name(clean_name(text)) == clean_name(text)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("王建国", "wjg"),
        ("单雄信", "sxx"),
        ("曾国藩", "zgf"),
        ("解小东", "xxd"),
        ("查良镛", "zly"),
        ("仇英", "qy"),
        ("区小明", "oxm"),
        ("朴正", "pz"),
        ("尉迟恭", "ycg"),
        ("尉小明", "yxm"),
        ("万俟卨", "mq"),
        ("长孙无忌", "zswj"),
        ("乐小平", "yxp"),
        ("阿依·古丽", "aygl"),
        ("Mary王", "maryw"),
        ("", ""),
    ],
)
def test_initials_read_a_surname_as_a_surname(name, expected):
    assert initials(name).startswith(expected)
    assert initials(name).isascii()


def test_a_surname_reading_is_for_the_head_only():
    assert initials("王单") == "wd"
    assert initials("李乐") == "ll"


@pytest.mark.parametrize(
    ("name", "pairs"),
    [("王建国", ["建国", "王建"]), ("王", []), ("", []), ("王王王", ["王王"]), ("王建", ["王建"])],
)
def test_bigrams(name, pairs):
    assert bigrams(name) == pairs


@pytest.mark.parametrize(
    ("name", "shown"),
    [("张三", "张*"), ("张小三", "张*三"), ("欧阳小华", "欧**华"), ("张", "张"), ("", "")],
)
def test_mask_name(name, shown):
    assert mask_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812340000", "138****0000"),
        ("06315200001", "*********01"),
        ("0631-5200001", "**********01"),
        ("12", "12"),
        ("", ""),
    ],
)
def test_mask_phone(phone, shown):
    assert mask_phone(phone) == shown


@given(st.from_regex(r"1[3-9]\d{9}", fullmatch=True))
def test_four_digits_of_a_mobile_phone_are_hidden(phone):
    assert mask_phone(phone)[3:7] == "****"
    assert len(mask_phone(phone)) == 11
