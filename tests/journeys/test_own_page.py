"""The resident scans the code on his paper: a cheap phone without scripts; the team hears what he says."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from contracts.actions import link_for_paper
from contracts.choices import AgreementState, WaitsFor
from contracts.models import Agreement
from contracts.policy import policy_on
from contracts.views.public import address_of
from grids.models import Grid
from tests.factories.contracts import ensure_wording, sign_agreement
from tests.factories.residents import ResidentFactory
from tests.factories.teams import PASSWORD
from tests.journeys.conftest import PHONE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting(cast, district) -> Agreement:
    """Signed by the doctor, waiting for the resident's own word."""
    ensure_wording()
    resident = ResidentFactory(
        grid=Grid.objects.get(pk=district.grid_a.pk), name="王建国", phone="13912345678"
    )
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=timezone.localdate())
    agreement.enrollments.update(state=AgreementState.PENDING_CONFIRM)
    agreement.state, agreement.waits_for = AgreementState.PENDING_CONFIRM, WaitsFor.RESIDENT
    agreement.save(update_fields=["state", "waits_for"])
    return agreement


@pytest.fixture
def phone(browser, live_server) -> Page:
    context = browser.new_context(viewport=PHONE, locale="zh-CN", java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_confirm_object_and_be_answered(visit, phone, waiting, cast, rf, live_server):
    steward = visit()
    steward.sign_in(cast.qian.username, PASSWORD)
    paper = steward.go(f"/agreements/{waiting.pk}/print/")
    expect(paper.locator(".paper-qr img").first).to_be_visible()
    policy = policy_on(timezone.localdate())
    secret = link_for_paper(agreement=waiting, at=timezone.now(), policy=policy)
    address = address_of(rf.get("/", headers={"Host": "testserver"}), secret).replace("http://testserver", "")

    resident_opens_it(phone, live_server.url + address, waiting)
    steward.keep("own-page-steward")
    resident_confirms(phone, waiting)
    resident_objects(phone)
    steward_answers(steward)

    phone.reload()
    expect(phone.get_by_text("已与您当面核实")).to_be_visible()
    phone.get_by_role("button", name="看完关闭").click()
    expect(phone.get_by_role("heading", name="页面已关闭")).to_be_visible()
    phone.go_back()
    phone.reload()
    expect(phone.get_by_text(waiting.number)).to_have_count(0)


def resident_opens_it(phone: Page, address: str, agreement: Agreement) -> None:
    phone.goto(address)
    expect(phone.get_by_text(agreement.number)).to_have_count(0)
    phone.get_by_label("身份证或手机号码的最后四位").fill("0000")
    phone.get_by_role("button", name="查看").click()
    expect(phone.get_by_text("还可以试 4 次")).to_be_visible()
    phone.get_by_label("身份证或手机号码的最后四位").fill("5678")
    phone.get_by_role("button", name="查看").click()
    expect(phone.get_by_role("heading", name="王*国的签约")).to_be_visible()
    assert "/p/a/" not in phone.url, "the secret is left behind"


def resident_confirms(phone: Page, agreement: Agreement) -> None:
    phone.get_by_role("button", name="是我本人签的").click()
    expect(phone.get_by_text("您已经确认过这份协议")).to_be_visible()
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.ACTIVE
    assert phone.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]


def resident_objects(phone: Page) -> None:
    phone.get_by_label("签过，但内容不对").check()
    phone.get_by_label("说明（可以不填）").fill("说好的血压没有量")
    phone.get_by_role("button", name="提出异议").click()
    expect(phone.get_by_text("已经收到")).to_be_visible()


def steward_answers(steward) -> None:
    page = steward.go("/disputes/")
    page.get_by_role("link", name="核实答复").click()
    expect(page.get_by_text("说好的血压没有量")).to_be_visible()
    page.get_by_label("经核实，签约无误").check()
    page.get_by_label("答复居民").fill("已与您当面核实，本周补做。")
    page.get_by_role("button", name="答复").click()
    expect(page.get_by_text("已答复，居民会在自己的页面看到")).to_be_visible()
