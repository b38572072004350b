"""One telephone, several accounts: what was typed belongs to who typed it, and leaves with him."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from core.models import PolicySetting
from outreach.models import GridReport
from teams.models import Session
from tests.journeys.people import Company
from tests.journeys.telephone import NEED, PANEL, in_storage, names, reopen, send, type_need, waiting

pytestmark = pytest.mark.django_db(transaction=True)


def test_another_account_neither_sees_nor_sends_it(phone, cast, neighbour):
    page = phone.go(NEED)
    page.context.set_offline(True)
    type_need(page, "宋大爷")
    send(page)
    waiting(page, 1)
    Session.objects.all().delete()
    page.context.set_offline(False)
    page = reopen(phone, "/login/")
    phone.sign_in(neighbour.username, Company.password)
    page.goto(phone.address + NEED)
    waiting(page, 0)
    assert "宋大爷" not in page.content()
    type_need(page, "老王")
    send(page)
    expect(page).to_have_url(re.compile(reverse("grid-mine")))
    assert list(GridReport.objects.values_list("reporter__username", "person_name")) == [("jiang", "老王")]
    page.get_by_role("button", name="退出登录").click()  # nothing of his own waits: no question
    expect(page).to_have_url(re.compile("/login/"))
    phone.sign_in(cast.sun.username, Company.password)
    waiting(page, 0)
    expect(page.locator(PANEL)).to_contain_text("已上传")
    assert set(GridReport.objects.values_list("reporter__username", "person_name")) == {
        ("jiang", "老王"),
        ("sun", "宋大爷"),
    }
    phone.errors.clear()


def test_a_page_left_open_under_the_old_account_sends_nothing_under_the_new_one(phone, cast, neighbour):
    page = phone.go(NEED)
    type_need(page, "老李")
    Session.objects.all().delete()
    other = page.context.new_page()
    other.goto(phone.address + "/login/")
    other.get_by_label("登录名").fill(neighbour.username)
    other.get_by_label("密码").fill(Company.password)
    other.get_by_role("button", name="登录").click()
    expect(other.get_by_role("button", name="退出")).to_be_attached()
    send(page)
    waiting(page, 1)
    expect(page.locator(PANEL)).to_contain_text("另一个账号")
    assert not GridReport.objects.exists()
    phone.errors.clear()


def test_signing_out_warns_and_then_leaves_nothing_behind(phone, cast):
    asked: list[str] = []
    page = phone.go(NEED)
    page.route(
        f"**{NEED}", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    type_need(page, "老李")
    send(page)
    waiting(page, 1)

    def answer(dialog) -> None:
        asked.append(dialog.message)
        dialog.accept() if len(asked) > 1 else dialog.dismiss()

    page.on("dialog", answer)
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_timeout(1500)
    assert len(asked) == 1
    assert "1 条内容没有上传" in asked[0]
    waiting(page, 1)
    page.get_by_role("button", name="退出登录").click()
    expect(page).to_have_url(re.compile("/login/"))
    assert in_storage(page) == {"entries": 0, "drafts": 0, "told": 0}
    assert not GridReport.objects.exists()
    phone.errors.clear()


def test_signing_out_from_the_account_page_warns_as_well(phone):
    asked: list[str] = []
    page = phone.go(NEED)
    type_need(page, "老李")
    page.wait_for_timeout(800)
    phone.go(reverse("account"))
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    page.get_by_text("菜单").click()
    page.locator(".menu-person").get_by_role("button", name="退出").click()
    expect(page).to_have_url(re.compile("/login/"))
    assert "1 份草稿没有填完" in asked[0]
    assert in_storage(page)["drafts"] == 0


def test_a_closed_form_leaves_no_draft_and_shows_nothing_back(phone):
    PolicySetting.objects.create(
        room="outreach", payload={"allow_hiv_clue": True}, in_force_from=dt.date(2020, 1, 1), source="测试"
    )
    page = phone.go(reverse("grid-report-closed"))
    page.get_by_label("姓名或称呼").fill("某某")
    page.get_by_label("住址").fill("3号楼")
    page.wait_for_timeout(800)
    assert in_storage(page)["drafts"] == 0
    page.context.set_offline(True)
    send(page)
    waiting(page, 1)
    expect(page.locator(PANEL)).to_contain_text("已存在手机里")
    page.locator(f"{PANEL} summary").first.click()
    assert "某某" not in page.content()
    page.context.set_offline(False)
    waiting(page, 0)
    phone.errors.clear()


def test_a_session_that_ended_in_between_loses_nothing(phone, cast):
    page = phone.go(NEED)
    type_need(page, "老李")
    Session.objects.all().delete()
    send(page)
    waiting(page, 1)
    expect(page.locator(PANEL)).to_contain_text("登录已过期")
    phone.keep("outbox-signed-out")
    page.get_by_role("link", name="重新登录").click()
    page.get_by_label("登录名").fill(cast.sun.username)
    page.get_by_label("密码").fill(Company.password)
    page.get_by_role("button", name="登录").click()
    expect(page.locator(PANEL)).to_contain_text("已上传：居民需要")
    waiting(page, 0)
    assert names() == ["老李"]


def test_two_windows_send_it_once(phone):
    page = phone.go(NEED)
    other = page.context.new_page()
    other.goto(phone.address + NEED)
    page.context.set_offline(True)
    for number, window in enumerate((page, other, page)):
        type_need(window, f"居民{number}")
        send(window)
        expect(window.locator("[data-outbox-told]")).to_contain_text("已存在手机里")
    posts: list[str] = []
    page.context.on(
        "request", lambda request: posts.append(request.url) if request.method == "POST" else None
    )
    page.context.set_offline(False)
    for window in (page, other):
        window.evaluate("window.outboxSend.send({all: true})")
    waiting(page, 0)
    waiting(other, 0)
    assert names() == ["居民0", "居民1", "居民2"]
    assert len(posts) == 3
    phone.errors.clear()
