"""The fixed list of placeholders: what a text may hold, and what becomes of it."""

import pytest
from django.template import engines

from contracts.choices import DocumentKind
from contracts.printing.placeholders import ALLOWED, BLANK, MAX_LETTERS, fill, names_in, object_to_text

INDIVIDUAL = DocumentKind.INDIVIDUAL


def test_every_kind_of_document_has_its_list():
    assert set(ALLOWED) == set(DocumentKind)
    assert all("机构名称" in names for names in ALLOWED.values())


@pytest.mark.parametrize(
    "text", ["", "没有占位符", "{{居民姓名}}您好", "{{ 居民姓名 }}", "单个 { 和 } 不要紧"]
)
def test_what_may_be_published(text):
    assert object_to_text(INDIVIDUAL, text) == ""


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        (INDIVIDUAL, "{{居民名字}}", "{{居民名字}}"),
        (INDIVIDUAL, "{{ x|safe }}", "{{x|safe}}"),
        (INDIVIDUAL, "{{}}", "{{}}"),
        (INDIVIDUAL, "{{居民姓名", "不完整"),
        (INDIVIDUAL, "居民姓名}}", "不完整"),
        (DocumentKind.LETTER_SIGNING, "{{居民姓名}}", "致居民的信（签约）"),
        (INDIVIDUAL, "{{病种}}", "{{病种}}"),
        (INDIVIDUAL, "字" * (MAX_LETTERS + 1), "请删减"),
    ],
)
def test_what_is_refused_is_named(kind, text, told):
    assert told in object_to_text(kind, text)


def test_the_length_that_just_fits():
    assert object_to_text(INDIVIDUAL, "字" * MAX_LETTERS) == ""


def test_the_sentence_lists_what_can_be_used():
    sentence = object_to_text(INDIVIDUAL, "{{甲}}和{{乙}}")
    assert "{{甲}}、{{乙}}" in sentence
    assert "居民姓名" in sentence


def test_filling():
    values = {"居民姓名": "王建国", "团队电话": ""}
    assert (
        fill("{{居民姓名}}，{{ 居民姓名 }}：{{团队电话}}。{{别的}}", values)
        == f"王建国，王建国：{BLANK}。{{{{别的}}}}"
    )


def test_a_name_that_looks_like_a_placeholder_stays_a_name():
    assert fill("{{居民姓名}}", {"居民姓名": "{{协议编号}}", "协议编号": "FD"}) == "{{协议编号}}"


def test_nothing_is_executed():
    text = "{% include 'base.html' %}{{居民姓名}}{# x #}"
    assert fill(text, {"居民姓名": "王"}) == "{% include 'base.html' %}王{# x #}"
    assert (
        engines["django"].from_string("{{ x }}").render({"x": "{% now 'Y' %}"}) == "{% now &#x27;Y&#x27; %}"
    )


def test_names_are_told_once_in_order():
    assert names_in("{{乙}}{{甲}}{{ 乙 }}") == ["乙", "甲"]
