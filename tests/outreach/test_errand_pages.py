"""The team's pages of errands: who reads what is fetched, and what comes next."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from outreach.actions.errands import fail_errand
from outreach.choices import ReportKind
from outreach.models import ErrandOrder, GridReport
from tests.factories.reports import posting_of, report_from
from tests.factories.residents import ResidentFactory
from tests.outreach.errand_steps import TODAY, finish, order, person_in, picture, take


@pytest.fixture
def resident(cast, district, noon):
    return person_in(district.grid_a)


@pytest.fixture
def sentinel(cast):
    return posting_of(cast.sun)


def test_the_report_behind_it_is_named_to_who_may_know_it(cast, resident, sign_in):
    urgent = report_from(cast.sun, ReportKind.URGENT)
    GridReport.objects.filter(pk=urgent.pk).update(resident=resident)
    made = order(cast.li, resident, report=GridReport.objects.get(pk=urgent.pk))
    page = reverse("errand-detail", args=[made.pk])
    assert "来自上报" in sign_in(cast.li).get(page).content.decode()
    steward = sign_in(cast.qian).get(page)
    assert steward.status_code == 200
    assert "来自上报" not in steward.content.decode()


def test_what_is_fetched_is_read_by_who_may_know_every_illness(cast, resident, sentinel, sign_in):
    """Of nobody by the others: what is hidden of some would say what they have."""
    made = order(cast.li, resident, medicines="利培酮 1 盒", posting=sentinel)
    goes = sign_in(cast.sun).get(reverse("grid-errand", args=[made.pk])).content.decode()
    assert "利培酮 1 盒" in goes
    finish(made, cast.sun, receipt=picture(), note="利培酮已交女儿")
    page, receipt = (reverse(name, args=[made.pk]) for name in ("errand-detail", "errand-receipt"))
    for reader in (cast.li, cast.wang):
        client = sign_in(reader)
        text = client.get(page).content.decode()
        assert "利培酮 1 盒" in text and "利培酮已交女儿" in text and receipt in text
        assert client.get(receipt).status_code == 200
    client = sign_in(cast.qian)
    text = client.get(page).content.decode()
    assert "由责任团队查看" in text and "利培酮" not in text and receipt not in text
    assert client.get(receipt).status_code == 404
    for address in (
        reverse("errand-list") + "?state=ended",
        reverse("errand-new", args=[resident.pk]),
        reverse("errand-ask", args=[made.pk]),
    ):
        assert "利培酮" not in client.get(address).content.decode()


def test_who_ordered_it_reads_it(cast, resident, sign_in):
    made = order(cast.qian, resident)
    assert "氨氯地平" in sign_in(cast.qian).get(reverse("errand-detail", args=[made.pk])).content.decode()


def test_why_it_failed_is_read_by_who_may(cast, resident, sentinel, sign_in):
    made = order(cast.li, resident, posting=sentinel)
    fail_errand(by=cast.sun, now=timezone.now(), errand=made, note="没有利培酮")
    page = reverse("errand-detail", args=[made.pk])
    text = sign_in(cast.qian).get(page).content.decode()
    assert "没有办成" in text and "利培酮" not in text
    assert "没有利培酮" in sign_in(cast.li).get(page).content.decode()


def test_from_the_residents_page_to_what_comes_next(cast, resident, sentinel, sign_in):
    client = sign_in(cast.li)
    new = reverse("errand-new", args=[resident.pk])
    page = client.get(new)
    assert page.context["form"]["due_on"].value() == dt.date(2026, 11, 24)
    data = {
        "kind": "prescription", "medicines": "二甲双胍 2 盒", "due_on": "2026-11-25",
        "posting": sentinel.pk, "client_token": str(uuid.uuid4()),
    }  # fmt: skip
    assert client.post(new, {}).status_code == 200
    answer = client.post(new, data)
    made = ErrandOrder.objects.get()
    assert answer.url == reverse("errand-detail", args=[made.pk])
    page = client.get(answer.url).content.decode()
    assert "改派" in page
    assert reverse("errand-receipt", args=[made.pk]) not in page
    finish(made, cast.sun, receipt=picture())
    page = client.get(answer.url).content.decode()
    for name, *args in (("contact-new", resident.pk), ("point-booking-new",), ("errand-receipt", made.pk)):
        assert reverse(name, args=args) in page
    picked = client.get(reverse("errand-receipt", args=[made.pk]))
    assert (picked.content, picked["Cache-Control"]) == (picture(), "no-store")


def test_passed_on_and_called_off_by_the_pages(cast, resident, sentinel, sign_in):
    made = order(cast.li, resident)
    client = sign_in(cast.wang)
    client.post(reverse("errand-ask", args=[made.pk]), {"posting": sentinel.pk})
    made.refresh_from_db()
    assert made.posting == sentinel
    assert client.post(reverse("errand-cancel", args=[made.pk]), {}).status_code == 200
    client.post(reverse("errand-cancel", args=[made.pk]), {"note": "不需要了"})
    made.refresh_from_db()
    assert made.state == "cancelled"
    assert client.get(reverse("errand-receipt", args=[made.pk])).status_code == 404


@pytest.mark.parametrize(
    ("state", "shown"), [("open", 2), ("late", 1), ("failed", 0), ("ended", 1), ("?", 2)]
)
def test_the_tabs(cast, resident, sentinel, sign_in, state, shown):
    late, _, ended = (order(cast.li, resident) for _ in range(3))
    ErrandOrder.objects.filter(pk=late.pk).update(due_on=TODAY - dt.timedelta(days=1))
    take(ended, sentinel)
    finish(ended, cast.sun)
    page = sign_in(cast.qian).get(reverse("errand-list"), {"state": state})
    assert len(page.context["page"].object_list) == shown


def test_another_team_answers_404(cast, resident, sign_in):
    made = order(cast.li, resident)
    client = sign_in(cast.zhao)
    assert "刘*兰" not in client.get(reverse("errand-list")).content.decode()
    for name in ("detail", "receipt", "ask", "cancel"):
        assert client.get(reverse(f"errand-{name}", args=[made.pk])).status_code == 404
    assert client.get(reverse("errand-new", args=[resident.pk])).status_code == 404


@pytest.mark.parametrize("who", ["zhou", "he", "sun", "shen", "xu"])
def test_only_who_sees_reports(cast, resident, sign_in, who):
    client = sign_in(getattr(cast, who))
    for address in (reverse("errand-list"), reverse("errand-new", args=[resident.pk])):
        assert client.get(address).status_code == 403


def test_lists_ask_a_bounded_number_of_queries(
    cast, district, sentinel, sign_in, noon, django_assert_max_num_queries
):
    for number in range(8):
        made = order(cast.li, ResidentFactory(grid=district.grid_a))
        if number % 2:
            take(made, sentinel)
    client = sign_in(cast.li)
    client.get(reverse("errand-list"))
    with django_assert_max_num_queries(16):
        client.get(reverse("errand-list"))
    client = sign_in(cast.sun)
    with django_assert_max_num_queries(16):
        client.get(reverse("grid-errands"))


def test_who_has_died_meanwhile_is_pointed_out(cast, resident, sentinel, sign_in):
    made = order(cast.li, resident, posting=sentinel)
    resident.life_status, resident.life_status_on = "deceased", TODAY
    resident.save(update_fields=["life_status", "life_status_on"])
    page = sign_in(cast.sun).get(reverse("grid-errand", args=[made.pk])).content.decode()
    assert "请先打电话问李医生团队" in page
    assert "去世" not in page
    page = sign_in(cast.li).get(reverse("errand-detail", args=[made.pk])).content.decode()
    assert "请取消这个代办" in page
