"""One question a screen: the usual report in a few taps, back with the telephone's own button, nothing sent half."""

import pytest
from playwright.sync_api import Page, expect

from outreach.models import GridReport
from tests.journeys.conftest import PHONE, Visitor
from tests.journeys.people import Company

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def phone(visit, cast) -> Visitor:
    """孙网格员 on his telephone, signed in."""
    visitor = visit(PHONE)
    visitor.sign_in(cast.sun.username, Company.password)
    return visitor


def button(page: Page, words: str):
    return page.get_by_role("button", name=words, exact=True)


def test_a_new_person_in_four_taps_and_one_line(phone):
    page = phone.go("/g/")
    page.get_by_role("link", name="新来的人").click()
    expect(button(page, "发送")).to_be_hidden()
    page.get_by_label("65岁以上老人").check()
    button(page, "下一步").click()
    page.get_by_label("姓名或称呼").fill("3号楼老李")
    button(page, "发送").click()
    page.wait_for_url("**/g/mine/")
    expect(page.get_by_text("3号楼老李")).to_be_visible()
    report = GridReport.objects.get()
    assert report.facts == {"populations": ["elderly_65"]}
    assert report.typed_at is not None


def test_one_tap_on_the_only_answer_goes_on(phone):
    page = phone.go("/g/report/symptom/")
    page.get_by_text("腹泻呕吐").click()
    expect(page.get_by_label("有几个人？")).to_be_visible()
    assert page.get_by_label("有几个人？").get_attribute("inputmode") == "numeric"


def test_nothing_goes_on_without_an_answer(phone):
    page = phone.go("/g/report/person/")
    button(page, "下一步").click()
    expect(page.get_by_text("请先选一项。")).to_be_visible()
    page.get_by_label("残疾人").check()
    expect(page.get_by_text("请先选一项。")).to_have_count(0)
    button(page, "下一步").click()
    button(page, "发送").click()
    expect(page.get_by_text("请至少填一项，医生才能找到人。")).to_be_visible()
    assert not GridReport.objects.exists()


def test_a_new_phone_is_asked_for_when_the_phone_has_changed(phone):
    page = phone.go("/g/report/change/")
    page.get_by_text("电话变更", exact=True).click()
    page.get_by_label("姓名或称呼").fill("老李")
    button(page, "发送").click()
    expect(page.get_by_text("请填写这一项。")).to_be_visible()
    assert page.get_by_label("电话", exact=True).get_attribute("inputmode") == "tel"
    page.get_by_label("电话", exact=True).fill("13900000077")
    button(page, "发送").click()
    page.wait_for_url("**/g/mine/")
    assert GridReport.objects.get().phone == "13900000077"


def test_back_leads_to_the_question_before_and_keeps_what_was_typed(phone):
    page = phone.go("/g/report/need/")
    page.get_by_label("体检", exact=True).check()
    button(page, "下一步").click()
    page.get_by_label("姓名或称呼").fill("老李")
    button(page, "再补充").click()
    expect(page.get_by_label("情况说明")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("姓名或称呼")).to_have_value("老李")
    page.get_by_role("link", name="返回").click()
    expect(page.get_by_label("体检", exact=True)).to_be_checked()
    page.get_by_role("link", name="返回").click()
    page.wait_for_url("**/g/")
