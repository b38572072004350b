"""Search, lists, one agreement, its paper, its end."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracts.actions import expire_ended, terminate
from contracts.choices import EventKind
from contracts.models import Agreement
from core.models import ReadLog
from residents.choices import Population
from residents.models import Resident
from tests.factories.contracts import NOON, data_url, package, png, sign_agreement
from tests.factories.residents import PopulationFlagFactory, ResidentFactory
from tests.factories.teams import RoleAssignmentFactory, TeamMembershipFactory, UserFactory

pytestmark = pytest.mark.usefixtures("today")

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
WHOLE_NUMBER = re.compile(r"\d{17}[\dXx]")


@pytest.fixture
def agreement(cast, resident):
    PopulationFlagFactory(resident=resident, kind=Population.ELDERLY_65)
    return sign_agreement(resident, cast.team_a, cast.li, on=DAY, packages=[package(), package("elderly")])


def address(name, agreement):
    return reverse(name, args=[agreement.pk])


def logged():
    return [(one.action, one.subject_ids, one.page) for one in ReadLog.objects.order_by("pk")]


# --- search -----------------------------------------------------------------------------------------------------


def find(client, text):
    return client.post(reverse("resident-find"), {"q": text}, follow=True)


@pytest.mark.parametrize("kind", ["name", "part", "initials", "id_tail", "phone_tail", "phone"])
def test_a_resident_is_found_and_shown_masked(cast, resident, sign_in, kind):
    typed = {
        "name": "王建国", "part": "建国", "initials": "wjg", "id_tail": resident.id_number[-4:],
        "phone_tail": "5678", "phone": "13912345678",
    }[kind]  # fmt: skip
    text = find(sign_in(cast.li), typed).content.decode()
    assert "王*国" in text
    assert "139****5678" in text
    assert "未签约" in text
    assert reverse("agreement-sign") + f"?resident={resident.pk}" in text
    assert not WHOLE_NUMBER.search(text)
    assert logged() == [("list", [resident.pk], "resident-find")]


def test_a_row_tells_how_the_person_is_signed(cast, resident, agreement, sign_in):
    text = find(sign_in(cast.li), "王建国").content.decode()
    assert "李医生团队" in text
    assert "至 2027-11-21" in text
    assert reverse("agreement-sign") not in text  # nothing to sign


def test_after_the_last_day_he_can_be_signed_again(cast, resident, sign_in):
    sign_agreement(resident, cast.team_a, cast.li, on=DAY - 370 * ONE)
    text = find(sign_in(cast.li), "王建国").content.decode()
    assert "到期" in text
    assert reverse("agreement-sign") in text


def test_nothing_typed_shows_nobody(cast, resident, sign_in):
    for answer in (sign_in(cast.li).get(reverse("resident-find")), find(sign_in(cast.li), " ")):
        assert "王*国" not in answer.content.decode()
    assert not ReadLog.objects.exists()


def test_what_is_not_understood_says_what_can_be_typed(cast, resident, sign_in):
    assert "看不懂" in find(sign_in(cast.li), "#!?").content.decode()


def test_only_the_own_scope_is_searched(cast, resident, sign_in):
    assert "没有找到居民" in find(sign_in(cast.zhao), "王建国").content.decode()


def test_what_was_searched_is_in_no_address_and_the_result_can_be_loaded_again(cast, resident, sign_in):
    client = sign_in(cast.li)
    assert "王*国" not in client.get(reverse("resident-find"), {"q": "王建国"}).content.decode()
    address = client.post(reverse("resident-find"), {"q": "王建国"}).url
    assert re.fullmatch(r"/residents/find/\?s=[\w-]{8}", address)
    assert "王*国" in client.get(address).content.decode()
    assert "查找内容已过期" in sign_in(cast.wang).get(address).content.decode()  # of one's own session only


def test_search_pages_and_costs_the_same(
    cast, district, wording, sign_in, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr("contracts.views.find.PAGE_SIZE", 3)
    people = ResidentFactory.create_batch(5, name="赵大海", grid=district.grid_a)
    for one in people:
        sign_agreement(one, cast.team_a, cast.li, on=DAY)
    client = sign_in(cast.li)
    address = client.post(reverse("resident-find"), {"q": "赵大海"}).url
    with django_assert_max_num_queries(14):
        first = client.get(address)
    second = client.get(f"{reverse('resident-find')}?{first.context['next_page']}")
    rows = first.context["rows"] + second.context["rows"]
    assert [one.person.id for one in rows] == [one.pk for one in people]


# --- list -------------------------------------------------------------------------------------------------------


def test_the_list_shows_masked_persons_and_is_logged(cast, resident, agreement, sign_in):
    text = sign_in(cast.li).get(reverse("agreement-list")).content.decode()
    assert agreement.number in text
    assert "王*国" in text
    assert "王建国" not in text
    assert logged() == [("list", [resident.pk], "agreement-list")]


def test_the_list_filters(cast, district, agreement, sign_in):
    over = sign_agreement(ResidentFactory(grid=district.grid_a), cast.team_a, cast.li, on=DAY - 400 * ONE)
    soon = sign_agreement(ResidentFactory(grid=district.grid_a), cast.team_a, cast.li, on=DAY - 350 * ONE)
    client = sign_in(cast.li)

    def shown(**query):
        return {one.agreement for one in client.get(reverse("agreement-list"), query).context["page"].rows}

    assert shown() == {agreement, over, soon}
    assert shown(state="running") == {agreement, soon}
    assert shown(state="expiring") == {soon}
    assert shown(state="expired") == {over}
    assert shown(team=cast.team_a.pk) == {agreement, over, soon}
    assert shown(team=cast.team_b.pk) == {agreement, over, soon}  # not one of his: no filter
    assert shown(state="nonsense", team="x", after="x") == {agreement, over, soon}
    assert shown(number=agreement.number.lower()) == {agreement}


def test_a_mistyped_number_is_told(cast, agreement, sign_in):
    wrong = agreement.number[:-1] + ("0" if agreement.number[-1] != "0" else "1")
    text = sign_in(cast.li).get(reverse("agreement-list"), {"number": wrong}).content.decode()
    assert "协议编号不对" in text


def test_the_list_costs_the_same_however_long(cast, district, wording, sign_in):
    client, counts = sign_in(cast.li), []
    client.get(reverse("agreement-list"))
    for many in (1, 5):
        for one in ResidentFactory.create_batch(many, grid=district.grid_a):
            sign_agreement(one, cast.team_a, cast.li, on=DAY)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("agreement-list"))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


# --- one agreement ----------------------------------------------------------------------------------------------


def test_the_page_of_an_agreement(cast, resident, agreement, sign_in):
    text = sign_in(cast.li).get(address("agreement-detail", agreement)).content.decode()
    for words in (
        agreement.number,
        "王*国",
        "139****5678",
        "李医生团队",
        "老年人服务包",
        "2027-11-21",
        "门诊或住院就诊时",
    ):
        assert words in text
    assert "王建国" not in text
    assert not WHOLE_NUMBER.search(text)
    assert logged() == [("view", [resident.pk], "agreement-detail")]


def test_the_signature_is_an_image_that_nobody_keeps(cast, resident, agreement, sign_in):
    signature = agreement.signatures.first()
    answer = sign_in(cast.li).get(reverse("agreement-signature", args=[agreement.pk, signature.pk]))
    assert answer["Content-Type"] == "image/png"
    assert answer["Cache-Control"] == "no-store"
    assert answer.content == bytes(signature.image)
    assert logged() == [("view", [resident.pk], "agreement-signature")]


def test_a_signature_of_another_agreement_is_404(cast, district, agreement, sign_in):
    other = sign_agreement(ResidentFactory(grid=district.grid_b), cast.team_b, cast.zhao, on=DAY)
    client = sign_in(cast.li)
    theirs = other.signatures.first().pk
    assert client.get(reverse("agreement-signature", args=[other.pk, theirs])).status_code == 404
    assert client.get(reverse("agreement-signature", args=[agreement.pk, theirs])).status_code == 404


def test_the_paper_shows_both_parties_in_full_twice(cast, resident, agreement, sign_in):
    text = sign_in(cast.li).get(address("agreement-print", agreement)).content.decode()
    for words in ("王建国", resident.id_number, "13912345678", agreement.number, "06315200002", "王护士"):
        assert text.count(words) >= 2
    assert text.count("附一：服务包清单") == 2
    assert "自2026年11月22日起至2027年11月21日止，共1年" in text
    row = ReadLog.objects.get()
    assert (row.action, row.subject_ids, row.reason) == ("print", [resident.pk], agreement.number)


def test_the_paper_of_an_ended_agreement_says_so(cast, agreement, sign_in):
    terminate(
        by=cast.li, on=DAY, now=dt.datetime.combine(DAY, NOON), agreement=agreement, reason="moved_out", last_day=DAY
    )  # fmt: skip
    text = sign_in(cast.li).get(address("agreement-print", agreement)).content.decode()
    assert "本协议已解约，最后有效日为2026年11月22日。" in text


def test_a_restricted_service_is_told_to_the_team_only(cast, resident, sign_in):
    PopulationFlagFactory(resident=resident, kind=Population.SMI)
    agreement = sign_agreement(
        resident, cast.team_a, cast.li, on=DAY, packages=[package(), package("severe_mental")]
    )
    team, steward = address("agreement-detail", agreement), sign_in(cast.qian)
    assert "严重精神障碍" not in steward.get(team).content.decode()
    assert "另有 1 个服务包只对签约团队成员显示" in steward.get(team).content.decode()
    assert steward.get(address("agreement-print", agreement)).status_code == 403
    doctor = sign_in(cast.wang)
    assert "严重精神障碍" in doctor.get(team).content.decode()
    assert "严重精神障碍" in doctor.get(address("agreement-print", agreement)).content.decode()


PAGES = ["agreement-detail", "agreement-print", "agreement-terminate"]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("who", ["zhao", "wu"])
def test_out_of_scope_is_404(cast, agreement, sign_in, who, name):
    answer = sign_in(getattr(cast, who)).get(address(name, agreement))
    assert answer.status_code == 404
    assert not ReadLog.objects.exists()


@pytest.mark.parametrize(
    ("who", "codes"),
    [
        ("li", [200, 200, 200]), ("wang", [200, 200, 403]), ("qian", [200, 200, 200]), ("zhou", [200, 200, 403]),
        ("he", [403, 403, 403]), ("xu", [403, 403, 403]), ("shen", [403, 403, 403]), ("sun", [403, 403, 403]),
    ],
)  # fmt: skip
def test_in_scope_the_permission_decides(cast, agreement, sign_in, who, codes):
    client = sign_in(getattr(cast, who))
    assert [client.get(address(name, agreement)).status_code for name in PAGES] == codes


def test_a_dedicated_officer_reads_but_does_not_print(cast, agreement, sign_in):
    officer = UserFactory(institution=cast.institution_a)
    RoleAssignmentFactory(
        user=officer, role="dedicated_officer", institution=cast.institution_a, area_code=""
    )
    client = sign_in(officer)
    page = client.get(address("agreement-detail", agreement))
    assert page.status_code == 200
    assert address("agreement-print", agreement) not in page.content.decode()
    assert client.get(address("agreement-print", agreement)).status_code == 403


@pytest.mark.parametrize("name", ["agreement-list", "agreement-detail", "agreement-print"])
def test_reading_pages_take_no_post(cast, agreement, sign_in, name):
    where = reverse(name) if name == "agreement-list" else address(name, agreement)
    assert sign_in(cast.li).post(where).status_code == 405


def test_all_agreements_of_a_person(cast, resident, agreement, sign_in):
    client = sign_in(cast.li)
    whole = client.get(reverse("resident-agreements", args=[resident.pk])).content.decode()
    part = client.get(reverse("resident-agreements", args=[resident.pk]), headers={"HX-Request": "true"})
    assert agreement.number in whole
    assert agreement.number in part.content.decode()
    assert "<html" in whole
    assert "<html" not in part.content.decode()
    assert sign_in(cast.zhao).get(reverse("resident-agreements", args=[resident.pk])).status_code == 404


# --- early end --------------------------------------------------------------------------------------------------


def ending(**changes):
    return {"reason": "resident_request", "last_day": "2026-11-22", "confirmed": "on", "note": "", **changes}


def test_an_agreement_is_ended(cast, agreement, sign_in):
    client = sign_in(cast.li)
    answer = client.post(
        address("agreement-terminate", agreement), ending(signature=data_url(png()), signer_name="王建国")
    )
    assert answer.url == address("agreement-detail", agreement)
    agreement.refresh_from_db()
    assert agreement.state == "terminated"
    assert agreement.signatures.filter(occasion="ending").count() == 1
    page = client.get(answer.url).content.decode()
    assert "解约（居民申请解约） 李医生" in re.sub(r"\s+", " ", page)
    assert "重新签约" in page


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"reason": ""}, "reason", ""),
        ({"reason": "other"}, "note", "写明原因"),
        ({"last_day": "2026-11-21"}, "last_day", "不能早于生效日期"),
        ({"last_day": "2028-01-01"}, "last_day", "不能晚于协议到期日"),
        ({"confirmed": ""}, "confirmed", "确认"),
        ({"signature": data_url(png())}, "signer_name", "签名人姓名"),
        ({"signature": data_url(png(ink=False)), "signer_name": "王建国"}, "signature", "空白"),
    ],
)
def test_a_fault_keeps_what_was_typed(cast, agreement, sign_in, changes, field, words):
    answer = sign_in(cast.li).post(
        address("agreement-terminate", agreement), ending(**{"note": "", **changes})
    )
    assert answer.status_code == 200
    assert words in " ".join(answer.context["form"].errors[field])
    agreement.refresh_from_db()
    assert agreement.state == "active"
    if "signature" in changes:
        assert changes["signature"] in answer.content.decode()


def test_a_leader_of_another_team_hears_that_it_is_not_his(cast, agreement, sign_in):
    TeamMembershipFactory(team=cast.team_a, user=cast.zhao)
    answer = sign_in(cast.zhao).post(address("agreement-terminate", agreement), ending())
    assert "只有签约团队的团队长" in answer.content.decode()
    page = sign_in(cast.zhao).get(address("agreement-detail", agreement)).content.decode()
    assert "解约" not in page or address("agreement-terminate", agreement) in page


def test_an_ended_agreement_has_no_form(cast, resident, sign_in):
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=DAY - 400 * ONE)
    expire_ended(on=DAY)
    page = sign_in(cast.li).get(address("agreement-terminate", agreement)).content.decode()
    assert "不必再办理解约" in page
    assert "确定解约" not in page
    answer = sign_in(cast.li).post(address("agreement-terminate", agreement), ending(last_day="2026-10-01"))
    assert answer.status_code == 200
    assert not agreement.events.filter(kind=EventKind.TERMINATED).exists()


def test_nobody_signed_in_is_sent_to_the_login(client, db):
    for name in ("home", "resident-find", "agreement-list"):
        assert reverse("login") in client.get(reverse(name)).url


def test_the_whole_number_is_only_on_paper(cast, resident, agreement, sign_in):
    """Crawl every page of this room: identity number and phone in clear stand on the paper alone."""
    client = sign_in(cast.li)
    pages = [reverse("home"), reverse("agreement-list"), reverse("resident-find")]
    pages += [address(name, agreement) for name in ("agreement-detail", "agreement-terminate")]
    pages += [reverse("resident-agreements", args=[resident.pk])]
    pages += [reverse("agreement-sign") + f"?resident={resident.pk}"]
    number = Resident.objects.get(pk=resident.pk).id_number
    for page in pages:
        text = client.get(page).content.decode()
        assert number not in text
        assert "13912345678" not in text
        assert "王建国" not in text
    assert number in client.get(address("agreement-print", agreement)).content.decode()
    assert Agreement.objects.count() == 1
