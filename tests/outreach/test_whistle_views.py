"""The team's pages: what they show to whom, each step through the door, bounded queries."""

import datetime as dt
import re
from io import BytesIO
from uuid import uuid4

import openpyxl
import pytest
from django.urls import reverse

from contracts.pictures import read_picture
from core.models import ReadLog
from grids.choices import PostingRole
from outreach.actions import answering
from outreach.choices import BookedAs, Outcome, ReportKind, ReportState, UrgentBehavior
from outreach.models import GridReport
from residents.choices import LifeStatus, Population
from tests.contracts.photos import photo
from tests.factories.grids import GridFactory, PostingFactory
from tests.factories.reports import report_from
from tests.factories.residents import ResidentFactory, id_number

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
NOW = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)
FRIDAY = dt.datetime(2026, 11, 13, 3, 0, tzinfo=dt.UTC)


def report(user, kind=ReportKind.NEW_PERSON, **more):
    return report_from(user, kind, **{"now": NOW} | more)


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def detail(one):
    return reverse("whistle-detail", args=[one.pk])


def take_step(client, one, verb, **given):
    named = {f"{verb}-{name}": value for name, value in given.items()}
    return client.post(reverse("whistle-step", args=[one.pk]), {"verb": verb, **named})


@pytest.fixture
def resident(cast, district):
    return ResidentFactory(
        grid=district.grid_a, managing_team=cast.team_a, name="刘桂兰", address="3号楼2单元101"
    )


# --- the inbox --------------------------------------------------------------------------------------------------


def test_the_inbox_shows_what_waits_with_its_clock(cast, sign_in):
    late = report(cast.sun, now=FRIDAY)
    report(cast.sun, ReportKind.NEED)
    urgent = report(cast.sun, ReportKind.URGENT)
    page = text(sign_in(cast.wang).get(reverse("whistle-list")))
    assert page.index(f"{urgent.pk} 号") < page.index(f"{late.pk} 号")
    assert page.index(f"{late.pk} 号") < page.index("请医生上门")
    assert "刘*兰" in page
    assert "刘桂兰" not in page
    assert "已超时" in page
    assert ReadLog.objects.filter(subject="report", action=ReadLog.Action.LIST).exists()


def test_tabs_and_kinds(cast, sign_in):
    mine, need = report(cast.sun), report(cast.sun, ReportKind.NEED)
    answering.take_report(by=cast.wang, on=NOW.date(), now=NOW, report=mine)
    answering.close_report(by=cast.wang, on=NOW.date(), now=NOW, report=need, outcome=Outcome.SERVED)
    client = sign_in(cast.wang)

    def shown(query):
        page = text(client.get(reverse("whistle-list") + query))
        return [one.pk for one in (mine, need) if f"{one.pk} 号" in page]

    assert shown("") == [mine.pk]
    assert shown("?state=new") == []
    assert shown("?state=mine") == [mine.pk]
    assert shown("?state=late") == []
    assert shown("?state=done") == [need.pk]
    assert shown("?state=open&kind=need") == []
    assert shown("?state=%00&kind=%00&after=%00") == [mine.pk]


def test_fifty_on_a_page_and_the_queries_are_bounded(cast, sign_in, django_assert_max_num_queries):
    for _ in range(55):
        report(cast.sun)
    client = sign_in(cast.wang)
    with django_assert_max_num_queries(14):
        page = text(client.get(reverse("whistle-list")))
    assert page.count("whistle-step") == 0
    assert page.count(" 号</span>") == 100  # in the row and for who listens
    after = page.split("after=")[1].split('"')[0]
    assert text(client.get(reverse("whistle-list") + f"?after={after}")).count(" 号</span>") == 10


def test_practice_and_other_teams_are_not_there(cast, district, sign_in):
    report(cast.sun, is_training=True)
    PostingFactory(role=PostingRole.SENTINEL, grid=district.grid_b, user=cast.wu)
    elsewhere = report(cast.wu)
    client = sign_in(cast.wang)
    assert "没有这样的上报" in text(client.get(reverse("whistle-list")))
    assert client.get(detail(elsewhere)).status_code == 404
    assert take_step(client, elsewhere, "take").status_code == 404
    practice = GridReport.objects.get(is_training=True)
    assert client.get(detail(practice)).status_code == 404


def test_restricted_reports_only_for_who_may_know_them(cast, sign_in):
    one = report(cast.sun, facts={"populations": ["smi"]})
    client = sign_in(cast.wang)
    assert "严重精神障碍" in text(client.get(detail(one)))
    listed = text(client.get(reverse("whistle-list")))
    assert "受限类别" in listed
    assert "严重精神障碍" not in listed
    urgent = report(cast.sun, ReportKind.URGENT)
    (row,) = re.findall(
        rf"<tr.*?{urgent.pk} 号.*?</tr>", text(client.get(reverse("whistle-list"))), re.DOTALL
    )
    assert "紧急上报" in row
    assert "精神" not in row
    assert str(UrgentBehavior(urgent.facts["behaviors"][0]).label) not in row
    client = sign_in(cast.qian)
    assert client.get(detail(one)).status_code == 404
    assert "没有这样的上报" in text(client.get(reverse("whistle-list")))


def test_of_a_restricted_duplicate_nobody_hears_who_may_not_know_it(cast, sign_in):
    plain, closed = report(cast.sun), report(cast.sun, facts={"populations": ["smi"]})
    answering.mark_duplicate(by=cast.li, on=NOW.date(), now=NOW, report=closed, of=plain)
    assert f"{closed.pk} 号" in text(sign_in(cast.wang).get(detail(plain)))
    assert f"{closed.pk} 号" not in text(sign_in(cast.qian).get(detail(plain)))
    other = report(cast.sun)
    answering.reopen_report(by=cast.li, on=NOW.date(), now=NOW, report=closed, note="分开办")
    answering.mark_duplicate(by=cast.li, on=NOW.date(), now=NOW, report=other, of=closed)
    assert detail(closed) in text(sign_in(cast.wang).get(detail(other)))
    page = text(sign_in(cast.qian).get(detail(other)))
    assert "与另一条上报重复" in page
    assert detail(closed) not in page


@pytest.mark.parametrize("who", ["zhou", "he", "xu", "shen", "sun"])
def test_nobody_else_enters(cast, sign_in, who):
    one = report(cast.sun)
    client = sign_in(getattr(cast, who))
    for name in ("whistle-list",):
        assert client.get(reverse(name)).status_code == 403
    assert client.get(detail(one)).status_code == 403
    assert take_step(client, one, "take").status_code == 403


# --- one report -------------------------------------------------------------------------------------------------


def test_name_and_phone_are_masked_until_they_are_asked_for(cast, sign_in):
    one = report(cast.sun, phone="13800001234", description="头晕")
    client = sign_in(cast.wang)
    page = text(client.get(detail(one)))
    assert "刘桂兰" not in page
    assert "13800001234" not in page
    assert "138****1234" in page
    assert "头晕" in page
    clear = text(client.post(reverse("whistle-reveal", args=[one.pk])))
    assert "刘桂兰" in clear
    assert 'href="tel:13800001234"' in clear
    assert ReadLog.objects.filter(
        subject="report", action=ReadLog.Action.REVEAL, user_id=cast.wang.pk
    ).exists()


def test_two_taps(cast, sign_in):
    one = report(cast.sun, ReportKind.NEED)
    client = sign_in(cast.wang)
    assert "已电话联系并解决" in text(client.get(detail(one)))
    assert take_step(client, one, "take").url == detail(one)
    response = client.post(
        reverse("whistle-step", args=[one.pk]), {"verb": "phone", "client_token": str(uuid4())}
    )
    assert response.url == detail(one)
    one.refresh_from_db()
    assert (one.state, one.outcome) == (ReportState.CLOSED, Outcome.CONTACTED)


def test_taken_in_the_list_one_stays_in_the_list(cast, sign_in):
    one = report(cast.sun)
    client = sign_in(cast.wang)
    response = client.post(
        reverse("whistle-step", args=[one.pk]), {"verb": "take", "from": "list"}, follow=True
    )
    assert response.redirect_chain[0][0] == reverse("whistle-list")
    assert "已接单" in text(response)
    again = client.post(reverse("whistle-step", args=[one.pk]), {"verb": "take"}, follow=True)
    assert "已经有人接单" in text(again)


def test_every_step_with_a_form(cast, sign_in):
    client = sign_in(cast.wang)
    one, other = report(cast.sun), report(cast.sun)
    assert take_step(client, one, "note", note="先打电话").url == detail(one)
    assert take_step(client, one, "hand_on", to=cast.li.pk, note="").url == detail(one)
    assert take_step(client, one, "duplicate", of=str(other.pk), note="").url == detail(one)
    assert take_step(client, one, "reopen", note="看错了").url == detail(one)
    assert take_step(client, one, "duplicate", of="other", number=other.pk, note="").url == detail(one)
    assert take_step(client, other, "invalid", outcome="not_true", note="量过血压").url == detail(other)
    page = text(client.get(detail(one)))
    for words in ("先打电话", "转给李医生", "看错了", "重复上报", "上报人看到"):
        assert words in page


def test_what_is_missing_is_told_where_it_was_typed(cast, sign_in):
    client, one = sign_in(cast.wang), report(cast.sun)
    for verb, given in (
        ("close", {}),
        ("note", {"note": ""}),
        ("hand_on", {"to": cast.zhao.pk}),
        ("duplicate", {"of": "other"}),
        ("duplicate", {"of": "other", "number": 999_999}),
        ("invalid", {"outcome": "not_true"}),
    ):
        assert 'role="alert"' in text(take_step(client, one, verb, **given)), verb
    assert take_step(client, one, "fly").status_code == 404
    one.refresh_from_db()
    assert one.state == ReportState.NEW


def test_the_words_to_the_sender_do_not_go_with_a_restricted_report(cast, sign_in):
    one = report(cast.sun, facts={"populations": ["smi"]})
    assert "给上报人的话" not in text(sign_in(cast.wang).get(detail(one)))


def test_similar_reports_and_likely_residents_are_offered(cast, resident, sign_in):
    first, second = report(cast.sun), report(cast.sun, person_name="老刘")
    page = text(sign_in(cast.wang).get(detail(second)))
    assert "可能重复的上报" in page
    assert detail(first) in page
    assert "可能是这位居民" in page or "核实：找到这位居民" in page
    page = text(sign_in(cast.wang).get(detail(first)))
    assert reverse("whistle-confirm", args=[first.pk, resident.pk]) in page
    assert "姓名相同、住址相同" in page


def test_the_page_of_a_report_has_bounded_queries(cast, resident, sign_in, django_assert_max_num_queries):
    for _ in range(12):
        report(cast.sun, phone=resident.phone)
    one = report(cast.sun)
    client = sign_in(cast.wang)
    with django_assert_max_num_queries(36):
        text(client.get(detail(one)))


def test_pictures_for_who_may_see_the_report(cast, sign_in):
    picture = read_picture(photo(), max_bytes=10**7, max_pixels=10**8, side=800)
    one = report(cast.sun, photos=[picture])
    url = reverse("whistle-photo", args=[one.photos.get().pk])
    for who in (cast.wang, cast.sun):
        response = sign_in(who).get(url)
        assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")
        assert response["Cache-Control"] == "no-store"
        assert response.content == picture
    for who in (cast.zhao, cast.zhou):
        assert sign_in(who).get(url).status_code == 404


# --- confirming -------------------------------------------------------------------------------------------------


def test_search_then_confirm(cast, resident, sign_in):
    one = report(cast.sun, person_name="老刘")
    client = sign_in(cast.wang)
    where = reverse("whistle-person", args=[one.pk])
    assert "没有查到" in text(client.post(where, {"q": "赵钱孙"}))
    found = text(client.post(where, {"q": "刘桂兰"}))
    target = reverse("whistle-confirm", args=[one.pk, resident.pk])
    assert target in found
    assert "刘桂兰</" not in found
    page = text(client.get(target))
    assert "高血压患者" in page
    response = client.post(
        target, {"populations": ["hypertension"], "evidence": "1", "note": "", "reply": ""}
    )
    assert response.url == detail(one)
    one.refresh_from_db()
    assert (one.state, one.resident) == (ReportState.CONFIRMED, resident)
    assert resident.flags.filter(kind=Population.HYPERTENSION).exists()
    assert client.get(target).status_code == 404


def test_who_may_not_know_restricted_kinds_is_not_offered_them(cast, resident, sign_in):
    one = report(cast.sun)
    url = reverse("whistle-confirm", args=[one.pk, resident.pk])
    assert "艾滋病患者" in text(sign_in(cast.wang).get(url))
    client = sign_in(cast.qian)
    page = text(client.get(url)) + text(client.get(reverse("whistle-register", args=[one.pk])))
    assert "艾滋病" not in page
    assert "严重精神障碍" not in page
    client.post(url, {"populations": ["smi"], "evidence": "1"})
    assert not resident.flags.exists()


def test_a_resident_out_of_scope_is_not_there(cast, district, sign_in):
    stranger = ResidentFactory(grid=district.grid_b)
    one = report(cast.sun)
    client = sign_in(cast.wang)
    assert client.get(reverse("whistle-confirm", args=[one.pk, stranger.pk])).status_code == 404
    need = report(cast.sun, ReportKind.NEED)
    url = reverse("whistle-person", args=[need.pk])
    assert client.post(url, {"resident": stranger.pk}).status_code == 404


def test_a_need_is_linked_and_booked(cast, resident, sign_in):
    one = report(cast.sun, ReportKind.NEED)
    client = sign_in(cast.wang)
    book = reverse("whistle-book", args=[one.pk])
    assert client.get(book).status_code == 404
    assert client.post(reverse("whistle-person", args=[one.pk]), {"resident": resident.pk}).url == detail(one)
    assert "联系了居民" in text(client.get(book))
    given = {
        "way": "contact", "mode": "phone", "outcome": "reached", "contacted_on": "2026-11-22", "topic": "",
        "client_token": str(uuid4()),
    }  # fmt: skip
    assert "不会有这个结果" in text(client.post(book, given | {"outcome": "delivered"}))
    assert client.post(book, given).url == detail(one)
    assert one.bookings.get().kind == BookedAs.CONTACT
    assert "登记的服务" in text(client.get(detail(one)))


def test_somebody_new_is_registered(cast, district, sign_in):
    one = report(cast.sun, phone="13800001234")
    client, url = sign_in(cast.wang), reverse("whistle-register", args=[one.pk])
    page = text(client.get(url))
    assert 'value="刘桂兰"' in page
    assert ReadLog.objects.filter(page="whistle-register", action=ReadLog.Action.REVEAL).exists()
    given = {
        "name": "刘桂兰", "id_kind": "01", "id_number": id_number(dt.date(1951, 5, 6), 5, 2), "sex": "",
        "grid": district.grid_a.pk, "address": "3号楼2单元101", "mode": "new", "registration": "1",
        "populations": ["hypertension"], "evidence": "1", "phone": "13800001234", "note": "核对过身份证",
    }  # fmt: skip
    assert "证件" in text(client.post(url, given | {"id_number": "1"}))
    assert client.post(url, given).url == detail(one)
    one.refresh_from_db()
    assert (one.outcome, one.resident.name) == (Outcome.REGISTERED, "刘桂兰")
    assert one.events.last().note == "核对过身份证"


def test_who_moved_out_is_not_registered_anew(cast, sign_in):
    one = report(cast.sun, ReportKind.CHANGE)
    assert sign_in(cast.wang).get(reverse("whistle-register", args=[one.pk])).status_code == 404


def test_a_death_through_the_door(cast, resident, sign_in):
    one = report(cast.sun, ReportKind.CHANGE, facts={"change": "died", "since": "2026-11-20"})
    client, url = sign_in(cast.wang), reverse("whistle-confirm", args=[one.pk, resident.pk])
    assert 'value="2026-11-20"' in text(client.get(url))
    assert client.post(url, {"since": "2026-11-20", "reason": "家属告知"}).url == detail(one)
    resident.refresh_from_db()
    assert (resident.life_status, resident.life_status_on) == (LifeStatus.DECEASED, dt.date(2026, 11, 20))


@pytest.mark.parametrize("change", ["phone", "moved_in"])
def test_other_changes_through_the_door(cast, resident, sign_in, change):
    one = report(cast.sun, ReportKind.CHANGE, facts={"change": change}, phone="13900001111")
    client, url = sign_in(cast.wang), reverse("whistle-confirm", args=[one.pk, resident.pk])
    text(client.get(url))
    given = {"phone": "13900001111", "since": "2026-11-20", "note": "", "reply": ""}
    assert client.post(url, given).url == detail(one)


def test_another_team_confirms_nothing(cast, resident, sign_in):
    one = report(cast.sun)
    client = sign_in(cast.zhao)
    for name, args in (
        ("whistle-person", [one.pk]),
        ("whistle-confirm", [one.pk, resident.pk]),
        ("whistle-register", [one.pk]),
        ("whistle-book", [one.pk]),
    ):
        assert client.get(reverse(name, args=args)).status_code == 404


# --- overseers --------------------------------------------------------------------------------------------------


def test_overseers_see_numbers_and_clocks_and_nothing_else(cast, district, sign_in):
    report(cast.sun, now=FRIDAY, description="头晕")
    report(cast.sun, ReportKind.URGENT)
    report(cast.sun, grid=GridFactory(village=district.village_a))
    report(cast.sun, is_training=True)
    for who in (cast.zhou, cast.he, cast.qian):
        page = text(sign_in(who).get(reverse("whistle-oversight")))
        assert "李医生团队" in page
        for word in ("刘", "头晕", "高血压", "精神", "3号楼", "新增人员"):
            assert word not in page.split("<main")[1], word
    page = text(sign_in(cast.he).get(reverse("whistle-oversight")))
    assert "无责任团队" in page
    assert '<td class="num" data-label="本月收到">3</td>' in page


def test_another_street_sees_none_of_it(cast, sign_in):
    report(cast.sun)
    assert "李医生团队" not in text(sign_in(cast.wu).get(reverse("whistle-oversight")))


def test_the_export_says_what_the_page_says(cast, sign_in):
    report(cast.sun)
    response = sign_in(cast.zhou).get(reverse("whistle-oversight-export") + "?month=2026-11")
    sheet = openpyxl.load_workbook(BytesIO(response.content)).active
    values = [[cell for cell in row if cell is not None] for row in sheet.values]
    assert ["环翠楼街道社区卫生服务中心", "李医生团队", 1, 0, 1, 1, 0, 0] in values


def test_the_overview_has_bounded_queries(cast, sign_in, django_assert_max_num_queries):
    for _ in range(5):
        report(cast.sun, now=FRIDAY)
    client = sign_in(cast.zhou)
    with django_assert_max_num_queries(12):
        client.get(reverse("whistle-oversight"))


@pytest.mark.parametrize("who", ["wang", "sun", "xu", "shen"])
def test_who_oversees_nothing_stays_outside(cast, sign_in, who):
    client = sign_in(getattr(cast, who))
    assert client.get(reverse("whistle-oversight")).status_code == 403
    assert client.get(reverse("whistle-oversight-export")).status_code == 403
