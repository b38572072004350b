"""Pages between teams: transfers, refusals, hand-overs."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from contracts.actions import agree_to_transfer, object_to_transfer, open_transfer, record_refusal
from contracts.models import Agreement, Refusal, Transfer
from core.models import ReadLog
from grids.models import GridResponsibility
from tests.factories.contracts import NOON, sign_agreement
from tests.factories.grids import GridResponsibilityFactory
from tests.factories.residents import ResidentFactory
from tests.factories.teams import TeamFactory, TeamMembershipFactory, UserFactory

pytestmark = pytest.mark.usefixtures("today")

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
NOW = dt.datetime.combine(DAY, NOON)
WHOLE_NUMBER = re.compile(r"\d{17}[\dXx]")


@pytest.fixture
def agreement(cast, resident):
    return sign_agreement(resident, cast.team_a, cast.li, on=DAY - 100 * ONE)


@pytest.fixture
def transfer(cast, resident, agreement):
    return open_transfer(by=cast.zhao, on=DAY, resident=resident, to_team=cast.team_b, reason="已搬家")


def text_of(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def logged():
    return [(one.action, one.subject_ids, one.page) for one in ReadLog.objects.order_by("pk")]


# --- asking -----------------------------------------------------------------------------------------------------


def find(client, number):
    return client.post(reverse("transfer-find"), {"number": number})


def test_somebody_elsewhere_is_found_by_his_full_number_only(cast, resident, agreement, sign_in):
    client = sign_in(cast.zhao)
    for typed in ("王建国", resident.id_number[-4:], "13912345678", "371099199001011233"):
        assert "没有找到" in text_of(find(client, typed))
    assert not ReadLog.objects.exists()
    address = find(client, resident.id_number).url
    assert not WHOLE_NUMBER.search(address)
    text = text_of(client.get(address))
    assert "王*国" in text
    assert "李医生团队" in text
    for hidden in (resident.address or "无此地址", "王建国", "139****5678", agreement.number):
        assert hidden not in text
    assert reverse("resident-detail", args=[resident.pk]) not in text
    assert logged() == [("view", [resident.pk], "transfer-open")]


def test_asking_leads_to_the_page_of_the_transfer(cast, resident, agreement, sign_in):
    client = sign_in(cast.zhao)
    address = find(client, resident.id_number).url
    asked = {"team": cast.team_b.pk, "reason": "已搬到菊花顶", "agreed": "on"}
    empty = text_of(client.post(address, asked | {"reason": "", "agreed": ""}))
    assert "请写明居民要求转签的理由" in empty
    assert "转签须由居民（监护人）本人提出" in empty
    assert not Transfer.objects.exists()
    answer = client.post(address, asked, follow=True)
    made = Transfer.objects.get()
    assert answer.redirect_chain[-1][0] == reverse("transfer-detail", args=[made.pk])
    text = text_of(answer)
    assert "等原团队答复" in text
    assert "可提异议还剩 6 天" in text
    assert "已有一项转签在办理" in text_of(client.get(address))


def test_a_team_of_others_cannot_be_chosen(cast, resident, agreement, sign_in):
    client = sign_in(cast.zhao)
    address = find(client, resident.id_number).url
    client.post(address, {"team": cast.team_a.pk, "reason": "已搬家", "agreed": "on"})
    assert not Transfer.objects.exists()


def test_a_search_of_another_session_is_forgotten(cast, resident, agreement, sign_in):
    address = find(sign_in(cast.zhao), resident.id_number).url
    answer = sign_in(cast.wu).get(address)
    assert (answer.status_code, answer.url) == (302, reverse("transfer-find"))


def test_who_is_not_signed_needs_no_transfer(cast, district, wording, sign_in):
    person = ResidentFactory(grid=district.grid_b)
    client = sign_in(cast.zhao)
    text = text_of(client.get(find(client, person.id_number).url))
    assert "可直接签约" in text
    assert reverse("agreement-sign") + f"?resident={person.pk}" in text


# --- the page and its answers -----------------------------------------------------------------------------------


def page(client, transfer):
    return client.get(reverse("transfer-detail", args=[transfer.pk]))


def answer(client, verb, transfer, **typed):
    return client.post(reverse(f"transfer-{verb}", args=[transfer.pk]), typed, follow=True)


def test_both_teams_and_the_bureau_see_it_each_with_his_own_buttons(cast, transfer, sign_in):
    old, new, bureau = (text_of(page(sign_in(one), transfer)) for one in (cast.li, cast.zhao, cast.zhou))
    assert "同意转签" in old
    assert "提出异议</summary>" in old
    assert "撤回转签" not in old
    assert "撤回转签" in new
    assert "同意转签</button>" not in new
    assert "处理异议" not in bureau
    assert reverse("agreement-detail", args=[transfer.enrollment.agreement_id]) not in new
    assert "王建国" not in old + new + bureau


def test_other_peoples_transfers_are_not_there(cast, district, sign_in, wording):
    doctor = UserFactory(name="外人")
    TeamMembershipFactory(team=TeamFactory(), user=doctor, is_leader=True)
    person = ResidentFactory(grid=district.grid_a)
    sign_agreement(person, cast.team_a, cast.li, on=DAY - ONE)
    transfer = open_transfer(by=cast.zhao, on=DAY, resident=person, to_team=cast.team_b, reason="已搬家")
    client = sign_in(doctor)
    assert page(client, transfer).status_code == 404
    for verb in ("agree", "object", "withdraw"):
        assert answer(client, verb, transfer).status_code == 404
    assert answer(client, "decide", transfer).status_code == 403
    assert person.masked_name not in text_of(client.get(reverse("transfer-list")))


def test_members_without_the_lead_do_not_answer(cast, transfer, sign_in):
    assert answer(sign_in(cast.wang), "agree", transfer).status_code == 403
    assert answer(sign_in(cast.sun), "agree", transfer).status_code == 403
    transfer.refresh_from_db()
    assert transfer.state == "open"


def test_agreeing_opens_the_signing_form_to_a_team_elsewhere(cast, resident, transfer, sign_in):
    sign = reverse("agreement-sign") + f"?resident={resident.pk}"
    assert sign_in(cast.zhao).get(sign).status_code == 404
    assert "已同意转签" in text_of(answer(sign_in(cast.li), "agree", transfer))
    client = sign_in(cast.zhao)
    assert sign in text_of(page(client, transfer))
    assert "王*国" in text_of(client.get(sign))


def test_an_objection_is_typed_decided_and_kept(cast, transfer, sign_in):
    client = sign_in(cast.li)
    assert "请写明异议理由" in text_of(answer(client, "object", transfer, reason=" "))
    assert "已提出异议" in text_of(answer(client, "object", transfer, reason="居民不愿转"))
    bureau = sign_in(cast.zhou)
    missing = text_of(answer(bureau, "decide", transfer, decision="已核实"))
    assert "请选择处理结果" in missing
    assert "已核实" in missing
    text = text_of(answer(bureau, "decide", transfer, outcome="upheld", decision="居民确不愿转"))
    assert "异议成立，不予转签" in text
    assert "居民确不愿转" in text


def test_a_late_objection_is_told_at_its_field_with_what_was_typed(cast, transfer, sign_in):
    Transfer.objects.update(object_until=DAY - ONE)
    text = text_of(answer(sign_in(cast.li), "object", transfer, reason="居民不愿转"))
    assert "异议期已于2026年11月21日截止" in text
    assert "居民不愿转" in text


def test_a_second_answer_is_told_that_it_is_too_late(cast, transfer, sign_in):
    answer(sign_in(cast.zhao), "withdraw", transfer)
    text = text_of(answer(sign_in(cast.li), "agree", transfer))
    assert "这项转签“已撤回”" in text


def test_lists_by_direction_masked_counted_and_bounded(
    cast, district, transfer, sign_in, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr("contracts.queries.transfers.PAGE_SIZE", 2)
    for one in ResidentFactory.create_batch(3, grid=district.grid_a):
        sign_agreement(one, cast.team_a, cast.li, on=DAY - ONE)
        open_transfer(by=cast.zhao, on=DAY, resident=one, to_team=cast.team_b, reason="已搬家")
    client = sign_in(cast.li)
    client.get(reverse("transfer-list"))
    with django_assert_max_num_queries(14):
        first = client.get(reverse("transfer-list"))
    after = first.context["page"].next_after
    second = client.get(reverse("transfer-list"), {"state": "out", "after": after})
    rows = first.context["page"].rows + second.context["page"].rows
    assert len({one.transfer.pk for one in rows}) == 4
    assert "王建国" not in text_of(first) + text_of(second)
    assert "没有这样的转签" in text_of(client.get(reverse("transfer-list"), {"state": "in"}))
    assert len(sign_in(cast.zhao).get(reverse("transfer-list"), {"state": "in"}).context["page"].rows) == 2
    object_to_transfer(by=cast.li, on=DAY, now=NOW, transfer=transfer, reason="不愿")
    bureau = sign_in(cast.zhou).get(reverse("transfer-list"))
    assert [one.transfer.pk for one in bureau.context["page"].rows] == [transfer.pk]


def test_the_first_page_tells_what_waits(cast, transfer, sign_in):
    text = text_of(sign_in(cast.li).get(reverse("home")))
    assert "转出待答复" in text
    assert "最早 11月27日截止" in text
    assert "转入等答复" in text_of(sign_in(cast.zhao).get(reverse("home")))
    agree_to_transfer(by=cast.li, on=DAY, now=NOW, transfer=transfer)
    assert "转入可以签约" in text_of(sign_in(cast.zhao).get(reverse("home")))


def test_the_agreement_tells_of_its_transfer(cast, agreement, transfer, sign_in):
    text = text_of(sign_in(cast.li).get(reverse("agreement-detail", args=[agreement.pk])))
    assert reverse("transfer-detail", args=[transfer.pk]) in text
    assert "等原团队答复" in text


# --- refusals ---------------------------------------------------------------------------------------------------


def refuse(cast, resident, *, on=DAY, again=DAY + 90 * ONE):
    return record_refusal(
        by=cast.wang, on=on, resident=resident, team=cast.team_a, reason="privacy", refused_on=on, ask_again_on=again
    )  # fmt: skip


def test_a_refusal_is_written_down(cast, resident, sign_in):
    client, address = sign_in(cast.wang), reverse("refusal-record", args=[resident.pk])
    form = text_of(client.get(address))
    assert 'value="2027-05-21"' in form  # 180 days on
    typed = {
        "team": cast.team_a.pk, "reason": "other", "refused_on": "2026-11-22", "ask_again_on": "2027-05-21", "note": "",
    }  # fmt: skip
    assert "请写明原因" in text_of(client.post(address, typed))
    assert not Refusal.objects.exists()
    text = text_of(client.post(address, typed | {"note": "想再等等"}, follow=True))
    assert "已登记拒签" in text
    assert "想再等等" in text
    assert Refusal.objects.get().recorded_by == cast.wang


def test_a_refusal_is_seen_where_the_person_is(cast, resident, sign_in):
    refuse(cast, resident)
    client = sign_in(cast.li)
    found = text_of(client.post(reverse("resident-find"), {"q": "王建国"}, follow=True))
    assert "拒签：不愿提供个人信息" in found
    assert "2027-02-20 再联系" in found
    assert "拒签记录" in text_of(client.get(reverse("resident-agreements", args=[resident.pk])))


def test_residents_elsewhere_are_not_there(cast, resident, sign_in):
    client = sign_in(cast.zhao)
    assert client.get(reverse("refusal-record", args=[resident.pk])).status_code == 404
    refuse(cast, resident, again=DAY + ONE)
    Refusal.objects.update(ask_again_on=DAY)
    assert "王*国" not in text_of(client.get(reverse("refusal-list")))
    assert sign_in(cast.zhou).get(reverse("refusal-record", args=[resident.pk])).status_code == 403


def test_the_list_of_those_to_be_asked_today(
    cast, district, resident, sign_in, django_assert_max_num_queries
):
    for one in (resident, *ResidentFactory.create_batch(2, grid=district.grid_a)):
        refuse(cast, one, on=DAY - 90 * ONE, again=DAY)
    client = sign_in(cast.li)
    with django_assert_max_num_queries(14):
        text = text_of(client.get(reverse("refusal-list")))
    assert text.count("仍不签") == 3
    assert "王建国" not in text
    assert "王*国" in text
    assert ReadLog.objects.get().page == "refusal-list"
    sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    assert text_of(client.get(reverse("refusal-list"))).count("仍不签") == 2
    assert "已签约" in text_of(client.get(reverse("refusal-list"), {"state": "converted"}))


# --- hand-over --------------------------------------------------------------------------------------------------


@pytest.fixture
def moved(cast, district, agreement):
    """The grid of 王建国 is answered for by team B."""
    GridResponsibility.objects.filter(grid=district.grid_a).update(ends_on=DAY - ONE)
    GridResponsibilityFactory(grid=district.grid_a, team=cast.team_b, starts_on=DAY)
    return agreement


def test_what_has_to_be_handed_over_is_listed_with_its_reason(
    cast, moved, sign_in, django_assert_max_num_queries
):
    client = sign_in(cast.li)
    with django_assert_max_num_queries(14):
        text = text_of(client.get(reverse("handover-list")))
    assert "居住网格已由其他团队负责" in text
    assert "现由赵医生团队负责" in text
    assert "王*国" in text
    assert "没有需要移交的协议" in text_of(client.get(reverse("handover-list"), {"reason": "doctor"}))
    assert "王*国" not in text_of(sign_in(cast.zhao).get(reverse("handover-list")))
    assert sign_in(cast.wang).get(reverse("handover-list")).status_code == 403
    assert "居住网格已由其他团队负责" in text_of(
        sign_in(cast.li).get(reverse("agreement-detail", args=[moved.pk]))
    )


def test_it_is_handed_over_to_whoever_answers_now(cast, moved, sign_in):
    client, address = sign_in(cast.li), reverse("agreement-reassign", args=[moved.pk])
    text = text_of(client.get(address))
    assert "赵医生团队" in text
    assert "请选择接收的团队和医生" in text_of(client.post(address, {}))
    post = cast.team_b.memberships.get(user=cast.zhao)
    assert client.post(address, {"doctor": post.pk, "note": "网格调整"}).status_code == 302
    assert Agreement.objects.get(pk=moved.pk).team == cast.team_b


def test_a_refused_hand_over_keeps_what_was_typed(cast, agreement, sign_in):
    client, address = sign_in(cast.qian), reverse("agreement-reassign", args=[agreement.pk])
    post = cast.team_a.memberships.get(user=cast.li)
    text = text_of(client.post(address, {"doctor": post.pk, "note": "网格调整"}))
    assert "团队和医生都没有变化" in text
    assert "网格调整" in text


def test_agreements_of_others_are_not_handed_over(cast, agreement, sign_in):
    address = reverse("agreement-reassign", args=[agreement.pk])
    assert sign_in(cast.zhao).get(address).status_code == 404
    assert sign_in(cast.wang).get(address).status_code == 403
