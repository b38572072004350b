"""Late entries for the steward: listed with the reason, approved, sent back."""

import datetime as dt

import pytest
from django.urls import reverse

from contracts.choices import AgreementState
from contracts.models import Agreement
from core.models import ReadLog
from tests.factories.contracts import family, household_signed, sign_agreement
from tests.factories.residents import ResidentFactory

pytestmark = pytest.mark.usefixtures("today")

DAY, THEN = dt.date(2026, 11, 22), dt.date(2026, 11, 1)
LIST = "approval-list"


def late(resident, cast, **changes):
    return sign_agreement(resident, cast.team_a, cast.li, on=DAY, signed_on=THEN, starts_on=THEN, **changes)


def url(agreement):
    return reverse("approval-detail", args=[agreement.pk])


def test_the_list_says_what_waits_and_how_late(cast, district, resident, sign_in):
    waiting = late(resident, cast)
    sign_agreement(ResidentFactory(grid=district.grid_a), cast.team_a, cast.li, on=DAY)
    page = sign_in(cast.qian).get(reverse(LIST))
    [row] = page.context["page"].rows
    text = page.content.decode()
    assert (row.agreement, row.days, row.is_own) == (waiting, 21, False)
    assert url(waiting) in text
    assert "王*国" in text
    assert resident.name not in text
    assert ReadLog.objects.get().action == "list"


def test_a_household_stands_by_its_representative(cast, district, sign_in, wording):
    household_signed(family(district.grid_a), cast.team_a, cast.li, on=DAY, signed_on=THEN, starts_on=THEN)
    assert "王*国 等 3 人" in sign_in(cast.qian).get(reverse(LIST)).content.decode()


def test_the_page_tells_why_it_is_late(cast, resident, sign_in):
    text = sign_in(cast.qian).get(url(late(resident, cast))).content.decode()
    assert "2026年11月1日签约，2026年11月22日才录入，晚21天，超过允许的7天。" in text
    assert "没有照片或扫描件" in text


def test_approving_puts_it_in_force(cast, resident, sign_in):
    waiting = late(resident, cast)
    answer = sign_in(cast.qian).post(url(waiting), {"approve": "1", "note": "已电话核实"})
    assert answer.url == reverse("agreement-detail", args=[waiting.pk])
    assert Agreement.objects.get().state == AgreementState.ACTIVE
    assert "已电话核实" in sign_in(cast.qian).get(answer.url).content.decode()


def test_sending_back_needs_a_reason_and_voids(cast, resident, sign_in):
    waiting = late(resident, cast)
    client = sign_in(cast.qian)
    answer = client.post(url(waiting), {"reject": "1", "note": " "})
    assert "请写明退回的原因" in " ".join(answer.context["form"].errors["note"])
    assert Agreement.objects.get().state == AgreementState.PENDING_CONFIRM
    client.post(url(waiting), {"reject": "1", "note": "居民说没有签过"})
    assert Agreement.objects.get().state == AgreementState.VOID


def test_what_does_not_wait_cannot_be_decided(cast, resident, sign_in):
    running = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    client = sign_in(cast.qian)
    assert "不在等待补录审批" in client.get(url(running)).content.decode()
    assert client.post(url(running), {"approve": "1"}).status_code == 200
    assert Agreement.objects.get().state == AgreementState.ACTIVE


def test_nobody_approves_his_own_entry(cast, resident, sign_in):
    waiting = late(resident, cast, by=cast.qian)
    client = sign_in(cast.qian)
    assert "须他人审批" in client.get(reverse(LIST)).content.decode()
    assert "审批通过</button>" not in client.get(url(waiting)).content.decode()
    client.post(url(waiting), {"approve": "1"})
    assert Agreement.objects.get().state == AgreementState.PENDING_CONFIRM


@pytest.mark.parametrize(("who", "status"), [("wu", 404), ("li", 403), ("zhou", 403), ("sun", 403)])
def test_only_a_steward_of_the_institution(cast, resident, sign_in, who, status):
    waiting = late(resident, cast)
    client = sign_in(getattr(cast, who))
    assert client.get(url(waiting)).status_code == status
    assert client.post(url(waiting), {"approve": "1"}).status_code == status
    if status == 404:
        assert not client.get(reverse(LIST)).context["page"].rows


def test_an_empty_list_says_so(cast, sign_in):
    assert "没有待审批的补录" in sign_in(cast.qian).get(reverse(LIST)).content.decode()


def test_the_list_costs_the_same_for_many(cast, district, resident, sign_in, django_assert_max_num_queries):
    for _ in range(32):
        late(ResidentFactory(grid=district.grid_a), cast)
    client = sign_in(cast.qian)
    with django_assert_max_num_queries(16):
        page = client.get(reverse(LIST)).context["page"]
    assert len(page.rows) == 30
    more = client.get(reverse(LIST), {"after": page.next_after}).context["page"]
    assert len(more.rows) == 2
