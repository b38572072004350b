"""The grid whistles, the doctor reports: from the stairwell to the inbox and back, in two taps (S2-26 to S2-31)."""

import pytest
from playwright.sync_api import expect

from outreach.choices import ReportState
from outreach.models import GridReport
from tests.journeys.conftest import PHONE
from tests.journeys.people import Company

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_need_is_answered_and_its_sender_hears_of_it(visit, cast):
    phone = visit(PHONE)
    page = phone.sign_in(cast.sun.username, Company.password)
    page.get_by_role("link", name="居民需要").click()
    page.get_by_label("健康咨询").check()
    page.get_by_role("button", name="下一步", exact=True).click()
    page.get_by_label("姓名或称呼").fill("刘大爷")
    page.get_by_role("button", name="发送", exact=True).click()
    page.wait_for_url("**/g/mine/")

    doctor = visit()
    desk = doctor.sign_in(cast.li.username, Company.password)
    desk.get_by_role("link", name="网格上报").first.click()
    row = desk.get_by_role("row", name="健康需求")
    expect(row).to_contain_text("刘*爷")
    doctor.keep("whistles")
    row.get_by_role("button", name="接单").click()
    expect(row).to_contain_text("已接单")
    expect(row).to_contain_text("李医生")
    row.get_by_role("link", name="健康需求").click()
    desk.get_by_role("button", name="已电话联系并解决，办结").click()
    expect(desk.get_by_text("上报人看到：团队已联系并答复，谢谢您。")).to_be_visible()

    report = GridReport.objects.get()
    assert (report.state, report.handler) == (ReportState.CLOSED, cast.li)
    page = phone.go(f"/g/mine/{report.pk}/")
    expect(page.get_by_text("团队已联系并答复，谢谢您。").first).to_be_visible()
    expect(page.locator(".g-way li")).to_have_count(3)
