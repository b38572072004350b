"""Pages of promised, done, left; writing services down by hand."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.urls import reverse

from contracts.actions import Done, fulfill
from contracts.choices import ProofKind
from contracts.models import Fulfillment, ServiceItem
from core.models import ReadLog
from residents.choices import Population
from tests.contracts.own_side import NOW, TODAY, family, sign_family
from tests.factories.contracts import package, sign_agreement
from tests.factories.residents import PopulationFlagFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def signed(resident, cast):
    return sign_agreement(resident, cast.team_a, cast.li, on=TODAY)


@pytest.fixture
def address(signed):
    return reverse("agreement-promises", args=[signed.pk])


def typed(agreement, code="regular_contact", **changes):
    item = ServiceItem.objects.get(code=code, owner=None)
    what = f"{agreement.enrollments.first().pk}-{item.pk}"
    return {"what": what, "done_on": "2026-11-22", "note": "电话", "token": str(uuid.uuid4())} | changes


def text_of(answer) -> str:
    return answer.content.decode()


def test_doctor_and_bureau_see_the_same(sign_in, cast, address, signed, resident):
    pages = [text_of(sign_in(who).get(address)) for who in (cast.wang, cast.zhou)]
    for page in pages:
        assert "定期联系" in page
        assert "共 4 次；还没到时间" in page
        assert resident.name not in page
    assert "登记已完成" in pages[0]
    assert "登记已完成" not in pages[1]
    assert ReadLog.objects.filter(page="agreement-promises", subject_ids=[resident.pk]).count() == 2


def test_broken_promises_come_first(sign_in, cast, address):
    with time_machine.travel(NOW + dt.timedelta(days=20), tick=False):
        page = text_of(sign_in(cast.li).get(address))
    assert "2 项欠做" in page, "what is due within the first week"
    page = page[page.index("逐项</h2>") :]
    assert page.index("欠做</span>") < page.index("常见病、多发病诊疗")


def test_written_down_once_however_often_it_is_sent(sign_in, cast, address, signed):
    browser, form = sign_in(cast.wang), typed(signed)
    for _ in range(2):
        assert browser.post(address, form).status_code == 302
    fact = Fulfillment.objects.get()
    assert (fact.recorded_by, fact.proof, fact.note, fact.key) == (
        cast.wang,
        "contact",
        "电话",
        f"hand:{form['token']}",
    )
    assert "已做 1 次" in text_of(browser.get(address))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"what": ""}, "请选择服务"),
        ({"what": "1-1"}, "选择"),
        ({"done_on": "2026-11-23"}, "服务日期不能晚于今天"),
        ({"done_on": "2026-11-21"}, "服务日期不在协议有效期内"),
        ({"done_on": "x"}, "日期"),
        ({"note": "长" * 201}, "200"),
        ({"token": "x"}, "UUID"),
    ],
)
def test_what_cannot_be_written_down(sign_in, cast, address, signed, changes, told):
    page = sign_in(cast.li).post(address, typed(signed, **changes))
    assert page.status_code == 200
    assert told in text_of(page)
    assert not Fulfillment.objects.exists()


def test_what_a_record_proves_is_not_in_the_list(sign_in, cast, address, signed):
    page = sign_in(cast.li).post(address, typed(signed, "health_plan"))
    assert "选择" in text_of(page)
    assert not Fulfillment.objects.exists()


def test_who_may_not(sign_in, cast, address, signed):
    assert sign_in(cast.zhou).post(address, typed(signed)).status_code == 403
    assert sign_in(cast.zhao).get(address).status_code == 404
    assert sign_in(cast.he).get(address).status_code == 403
    assert not Fulfillment.objects.exists()


def test_taken_back_with_a_reason(sign_in, cast, address, signed):
    browser = sign_in(cast.wang)
    browser.post(address, typed(signed))
    fact = Fulfillment.objects.get()
    back = reverse("agreement-promise-withdraw", args=[signed.pk, fact.pk])
    assert back in text_of(browser.get(address))
    assert "请写明为什么" in text_of(browser.post(back, {"note": ""}))
    assert browser.post(back, {"note": "记错了人"}).status_code == 302
    fact.refresh_from_db()
    assert (fact.withdrawn_note, fact.withdrawn_by) == ("记错了人", cast.wang)
    assert browser.get(back).status_code == 404


def test_a_record_of_work_is_not_taken_back_here(sign_in, cast, address, signed):
    item = ServiceItem.objects.get(code="regular_contact", owner=None)
    person = signed.enrollments.get()
    fulfill(
        by=None,
        on=TODAY,
        facts=[Done(signed.pk, person.pk, item.pk, TODAY, ProofKind.CONTACT, "contact:1")],
    )
    fact = Fulfillment.objects.get()
    back = reverse("agreement-promise-withdraw", args=[signed.pk, fact.pk])
    browser = sign_in(cast.li)
    assert back not in text_of(browser.get(address))
    assert browser.post(back, {"note": "x"}).status_code == 404


def test_taking_back_is_for_the_own_team_and_the_right_agreement(sign_in, cast, address, signed):
    sign_in(cast.li).post(address, typed(signed))
    fact = Fulfillment.objects.get()
    for who, agreement, status in (
        (cast.zhao, signed.pk, 404),
        (cast.zhou, signed.pk, 403),
        (cast.li, 0, 404),
    ):
        back = reverse("agreement-promise-withdraw", args=[agreement, fact.pk])
        assert sign_in(who).post(back, {"note": "x"}).status_code == status
    assert Fulfillment.objects.standing().exists()


def test_a_restricted_package_is_told_to_named_roles_only(sign_in, cast, resident):
    PopulationFlagFactory(resident=resident, kind=Population.SMI)
    agreement = sign_agreement(
        resident, cast.team_a, cast.li, on=TODAY, packages=[package(), package("severe_mental")]
    )
    address = reverse("agreement-promises", args=[agreement.pk])
    assert "严重精神障碍" in text_of(sign_in(cast.wang).get(address))
    page = text_of(sign_in(cast.zhou).get(address))
    assert "严重精神障碍" not in page
    assert "另有 1 个服务包只对签约团队成员显示" in page


def test_a_household_of_eight_on_one_page(sign_in, cast, district, wording, django_assert_max_num_queries):
    people = family(district.grid_a, *[None] * 8)
    agreement = sign_family(people, cast.team_a, cast.li)
    address = reverse("household-promises", args=[people[0].household_id])
    browser = sign_in(cast.li)
    browser.get(address)
    with django_assert_max_num_queries(26):
        page = text_of(browser.get(address))
    assert agreement.number in page
    assert all(one.masked_name in page for one in people)
    assert sign_in(cast.zhao).get(address).status_code == 404
    log = ReadLog.objects.filter(page="household-promises").latest("pk")
    assert set(log.subject_ids) == {one.pk for one in people}


def test_a_household_without_agreements(sign_in, cast, district, wording):
    people = family(district.grid_a, None)
    page = sign_in(cast.li).get(reverse("household-promises", args=[people[0].household_id]))
    assert "没有正在履行的协议" in text_of(page)


def test_void_promises_nothing(sign_in, cast, address, signed):
    type(signed).objects.filter(pk=signed.pk).update(state="void")
    assert sign_in(cast.li).get(address).status_code == 404


def test_nobody_takes_back_what_he_may_not_know_of(sign_in, cast, resident):
    PopulationFlagFactory(resident=resident, kind=Population.SMI)
    agreement = sign_agreement(
        resident, cast.team_a, cast.li, on=TODAY, packages=[package(), package("severe_mental")]
    )
    item = ServiceItem.objects.get(code="smi_followup", owner=None)
    person = agreement.enrollments.get()
    done = Done(agreement.pk, person.pk, item.pk, TODAY, ProofKind.FOLLOW_UP, "hand:1")
    fulfill(by=cast.li, on=TODAY, facts=[done])
    back = reverse("agreement-promise-withdraw", args=[agreement.pk, Fulfillment.objects.get().pk])
    assert sign_in(cast.qian).get(back).status_code == 404
    assert sign_in(cast.qian).post(back, {"note": "x"}).status_code == 404
    assert sign_in(cast.wang).get(back).status_code == 200
