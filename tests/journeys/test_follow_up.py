"""From the worklist to a hypertension visit by keyboard alone: bad input keeps everything, the task closes, the next
date is told."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from care.actions import replan
from care.models import ServiceRecord, Task
from residents.choices import Population
from tests.factories.care import ensure_care
from tests.factories.contracts import ensure_wording, sign_agreement
from tests.factories.residents import PopulationFlagFactory, ResidentFactory
from tests.journeys.conftest import PHONE
from tests.journeys.people import Company

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def patient(cast, district):
    """Signed a hundred days ago, with hypertension: his visit is due."""
    ensure_wording()
    ensure_care()
    today = timezone.localdate()
    resident = ResidentFactory(name="王建国", born_on=dt.date(1950, 1, 1), grid=district.grid_a)
    day = today - dt.timedelta(days=100)
    PopulationFlagFactory(resident=resident, kind=Population.HYPERTENSION, starts_on=day)
    sign_agreement(resident, cast.team_a, cast.li, on=day)
    replan([resident.pk], on=today, now=timezone.now())
    return resident


def test_a_doctor_records_a_visit_by_keyboard(visit, cast, patient):
    assert Task.objects.open().filter(rule__code="hypertension.routine").exists()
    doctor = visit()
    page = doctor.sign_in(cast.li.username, Company.password)
    expect(page.get_by_role("main")).to_contain_text("王*国")
    doctor.keep("worklist")
    page = doctor.go(f"/care/residents/{patient.pk}/")
    doctor.keep("care-resident")
    page.get_by_role("link", name="高血压随访", exact=True).first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("高血压随访")
    page.wait_for_load_state()
    fill_in_by_keyboard(page, systolic="1400")
    doctor.keep("record-form-typed")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("main")).to_contain_text("收缩压 1400 不可能，请核对（50～300 mmHg）。")
    expect(page.get_by_label("舒张压")).to_have_value("78")
    expect(page.get_by_label("第 1 行药名")).to_have_value("氨氯地平片")
    doctor.keep("record-form-wrong")
    page.get_by_label("收缩压").fill("132")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("main")).to_contain_text("高血压随访已保存")
    expect(page.get_by_role("main")).to_contain_text("控制满意")
    expect(page.get_by_role("main")).to_contain_text("下次应于")
    doctor.keep("record-detail")
    record = ServiceRecord.objects.get()
    assert record.values["drugs"] == [{"name": "氨氯地平片", "times": 1, "dose": "5mg"}]
    assert not Task.objects.open().filter(rule__code="hypertension.routine").exists()


def fill_in_by_keyboard(page, *, systolic: str) -> None:
    """Enter goes on, a blank ticks, arrows choose: the mouse is not touched."""
    page.get_by_label("服务方式").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    for label in ("无症状",):
        page.get_by_label(label, exact=True).focus()
        page.keyboard.press("Space")
    page.get_by_label("收缩压").focus()
    page.keyboard.type(systolic)
    page.keyboard.press("Enter")
    expect(page.get_by_label("舒张压")).to_be_focused()
    page.keyboard.type("78")
    for name, value in (("adherence", "regular"), ("reaction", "no"), ("complication", "none")):
        page.locator(f"input[name=htn_follow_up__{name}][value={value}]").focus()
        page.keyboard.press("Space")
    page.get_by_label("第 1 行药名").focus()
    for typed in ("氨氯地平片", "1", "5mg"):
        page.keyboard.type(typed)
        page.keyboard.press("Enter")


def test_without_a_network_nothing_is_sent_and_nothing_is_lost(visit, cast, patient):
    doctor = visit()
    doctor.sign_in(cast.li.username, Company.password).set_viewport_size(PHONE)
    page = doctor.go(f"/care/residents/{patient.pk}/record/htn_follow_up/")
    page.get_by_label("收缩压").fill("132")
    page.context.set_offline(True)
    page.get_by_role("button", name="保存", exact=True).last.click()
    expect(page.locator("[data-draft-said]")).to_contain_text("网络不通")
    expect(page.get_by_label("收缩压")).to_have_value("132")
    page.context.set_offline(False)
    expect(page.locator("[data-draft-said]")).to_contain_text(re.compile("恢复|草稿"))
    page.get_by_role("button", name="加一行").click()
    expect(page.get_by_label("第 3 行药名")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    kept = page.evaluate("({...localStorage, ...sessionStorage})")
    path = f"/care/residents/{patient.pk}/record/htn_follow_up/"
    assert kept in ({}, {"htmx-current-path-for-history": path})
    doctor.keep("record-form-phone")
    doctor.errors.clear()  # the browser tells of the requests that found no network
    assert not ServiceRecord.objects.exists()
