"""A stairwell without signal: what was typed is kept, sent once, and corrected where the server refuses it."""

import re
from io import BytesIO

import pytest
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Route, expect

from core.crypto import unseal_bytes
from outreach.models import GridReport, ReportPhoto
from outreach.queries.whistles import PHOTO_PURPOSE
from tests.contracts.photos import photo
from tests.journeys.conftest import PHONE
from tests.journeys.telephone import (
    NEED,
    PANEL,
    first_post,
    in_storage,
    names,
    reopen,
    send,
    type_need,
    waiting,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_with_a_signal_it_is_there_at_once(phone):
    page = phone.go(NEED)
    type_need(page, "老李")
    phone.keep("grid-need-typed")
    send(page)
    expect(page).to_have_url(re.compile(reverse("grid-mine")))
    expect(page.locator(PANEL)).to_contain_text("已上传：居民需要")
    waiting(page, 0)
    report = GridReport.objects.get()
    assert report.person_name == "老李"
    assert report.typed_at is not None
    assert in_storage(page) == {"entries": 0, "drafts": 0, "told": 0}
    page.reload()
    expect(page.locator(PANEL)).to_be_hidden()


def test_three_reports_without_signal_survive_the_killed_page(phone):
    page = phone.go(NEED)
    page.context.set_offline(True)
    for count, name in enumerate(("老李", "老王", "小张"), 1):
        type_need(page, name)
        send(page)
        waiting(page, count)
        expect(page.locator(PANEL)).to_contain_text("没有信号")
        expect(page.get_by_label("请医生上门")).not_to_be_checked()
    phone.keep("outbox-three-waiting")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert not GridReport.objects.exists()
    page.context.set_offline(False)
    page = reopen(phone, reverse("grid-home"))
    expect(page.locator(PANEL)).to_contain_text("已上传：居民需要")
    waiting(page, 0)
    assert names() == ["小张", "老李", "老王"]
    page.reload()
    waiting(page, 0)
    assert GridReport.objects.count() == 3
    phone.errors.clear()  # the browser tells of the requests that found no network


def test_the_page_itself_sends_when_the_signal_is_back(phone):
    page = phone.go(NEED)
    page.context.set_offline(True)
    type_need(page, "老李")
    send(page)
    waiting(page, 1)
    page.context.set_offline(False)
    expect(page.locator(PANEL)).to_contain_text("已上传：居民需要")
    assert names() == ["老李"]
    phone.errors.clear()


def test_a_server_in_trouble_gets_it_a_second_time(phone):
    page = phone.go(NEED)
    first_post(page, lambda route: route.fulfill(status=500, body="<h1>500</h1>", content_type="text/html"))
    type_need(page, "老李")
    send(page)
    waiting(page, 1)
    expect(page.locator(PANEL)).to_contain_text("服务器没有确认收到")
    assert not GridReport.objects.exists()
    page.get_by_role("button", name="立即上传").click()
    expect(page.locator(PANEL)).to_contain_text("已上传")
    waiting(page, 0)
    assert names() == ["老李"]
    phone.errors.clear()


def test_an_answer_lost_on_the_way_doubles_nothing(phone):
    def lose(route: Route) -> None:
        assert route.fetch().status == 200  # the server has saved it
        route.abort()

    page = phone.go(NEED)
    first_post(page, lose)
    type_need(page, "老李")
    send(page)
    waiting(page, 1)
    expect(page.locator(PANEL)).to_contain_text("没有信号")
    assert GridReport.objects.count() == 1
    page.get_by_role("button", name="立即上传").click()
    waiting(page, 0)
    assert GridReport.objects.count() == 1
    phone.errors.clear()


def test_what_the_server_refuses_stays_with_its_reason_until_it_is_corrected(phone):
    page = phone.go(NEED)
    page.context.set_offline(True)
    type_need(page, "老李", tel="12345")
    send(page)
    waiting(page, 1)
    page.context.set_offline(False)
    expect(page.locator(PANEL)).to_contain_text("要您处理")
    page = reopen(phone, reverse("grid-home"))
    waiting(page, 1)
    page.locator(f"{PANEL} summary").first.click()
    reason = page.locator("[data-outbox-errors]")
    expect(reason).to_contain_text("电话")
    page.get_by_text("看填写的内容").click()
    expect(page.locator("[data-outbox-words]")).to_contain_text("3号楼2单元101")
    phone.keep("outbox-refused")
    page.get_by_role("link", name="修改").click()
    expect(page.get_by_label("姓名或称呼")).to_have_value("老李")
    expect(page.get_by_label("电话", exact=True)).to_have_attribute("aria-invalid", "true")
    phone.keep("outbox-correcting")
    page.get_by_label("电话", exact=True).fill("13800001234")
    send(page)
    waiting(page, 0)
    assert GridReport.objects.get().phone == "13800001234"
    assert in_storage(page)["entries"] == 0
    phone.errors.clear()


def test_what_is_refused_at_once_stays_in_the_form(phone):
    page = phone.go(NEED)
    type_need(page, "老李", tel="12345")
    send(page)
    expect(page.get_by_role("alert").first).to_contain_text("没有提交成功")
    expect(page.get_by_label("姓名或称呼")).to_have_value("老李")
    page.get_by_label("电话", exact=True).fill("13800001234")
    send(page)
    expect(page).to_have_url(re.compile(reverse("grid-mine")))
    waiting(page, 0)
    assert names() == ["老李"]


def test_a_correction_that_was_begun_survives_as_well(phone):
    page = phone.go(NEED)
    type_need(page, "老李", tel="12345")
    send(page)
    expect(page.get_by_role("alert").first).to_contain_text("没有提交成功")
    page.get_by_label("姓名或称呼").fill("李建国")
    page.wait_for_timeout(800)
    page = reopen(phone, reverse("grid-home"))
    page.locator(f"{PANEL} summary").first.click()
    page.get_by_role("link", name="修改").click()
    expect(page.get_by_label("姓名或称呼")).to_have_value("李建国")


def test_a_half_typed_form_survives_the_killed_page(phone):
    page = phone.go(NEED)
    type_need(page, "老李")
    page.wait_for_timeout(800)
    page = reopen(phone, NEED)
    expect(page.locator("[data-outbox-note-words]")).to_contain_text("没有填完")
    expect(page.get_by_label("请医生上门")).to_be_checked()
    expect(page.locator("[name=person_name]")).to_have_value("老李")
    phone.keep("outbox-draft")
    page.get_by_role("button", name="清空重填").click()
    expect(page.locator("[name=person_name]")).to_have_value("")
    page.reload()
    expect(page.get_by_label("请医生上门")).not_to_be_checked()
    assert in_storage(page)["drafts"] == 0


def test_going_back_to_a_form_that_was_sent_sends_something_new(phone):
    page = phone.go(NEED)
    type_need(page, "老李")
    send(page)
    expect(page).to_have_url(re.compile(reverse("grid-mine")))
    for _ in range(4):  # one question a screen: each has its place in the history
        page.go_back()
        if page.url.endswith(NEED):
            break
    page.goto(page.url)
    type_need(page, "老王")
    send(page)
    expect(page).to_have_url(re.compile(reverse("grid-mine")))
    assert names() == ["老李", "老王"]


def test_practice_stays_practice_and_earnest_stays_earnest(phone):
    page = phone.go(NEED)
    page.context.set_offline(True)
    type_need(page, "真的")
    send(page)
    waiting(page, 1)
    page.context.set_offline(False)
    waiting(page, 0)
    page = phone.go(reverse("grid-home"))
    page.get_by_role("button", name=re.compile("练习一下")).click()
    page = phone.go(NEED)
    type_need(page, "练习的")
    page.wait_for_timeout(800)
    page.get_by_role("button", name="结束练习").click()
    page = phone.go(NEED)
    expect(page.locator("[name=person_name]")).to_have_value("练习的")
    page.get_by_role("button", name="下一步").click()
    send(page)
    expect(page).to_have_url(re.compile(reverse("grid-mine")))
    assert not GridReport.objects.filter(is_training=True).exists()  # the page said that it is in earnest
    assert names() == ["真的", "练习的"]
    phone.errors.clear()


def test_a_photo_is_made_small_on_the_telephone_and_bare_on_the_server(phone):
    page = phone.go(NEED)
    type_need(page, "老李")
    page.get_by_role("button", name="再补充").click()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    page.locator("input[type=file]").set_input_files(
        {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": photo(3000, 2000, exif=exif)}
    )
    page.context.set_offline(True)
    send(page)
    waiting(page, 1)
    page.context.set_offline(False)
    page = reopen(phone, reverse("grid-home"))
    expect(page.locator(PANEL)).to_contain_text("已上传")
    kept = ReportPhoto.objects.get()
    image = Image.open(BytesIO(unseal_bytes(bytes(kept.sealed), purpose=PHOTO_PURPOSE)))
    assert image.size == (1280, 853)
    assert not image.getexif()
    phone.errors.clear()


def test_a_telephone_that_keeps_nothing_still_sends(phone):
    page = phone.page
    page.add_init_script("Object.defineProperty(window, 'indexedDB', {get: () => undefined})")
    page = phone.go(NEED)
    type_need(page, "老李")
    send(page)
    expect(page).to_have_url(re.compile(reverse("grid-mine")))
    assert names() == ["老李"]
