"""Pages of the resident's word: codes, the link on the paper, disputes."""

import re

import pytest
from django.urls import reverse

from contracts.actions import confirm_by_link, raise_dispute
from contracts.models import OneTimeCode, ResidentLink
from contracts.views.public import address_of
from core.models import OutgoingText
from tests.contracts.own_side import TODAY, wait_for_resident
from tests.factories.contracts import sign_agreement

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def waiting(resident, cast):
    return wait_for_resident(sign_agreement(resident, cast.team_a, cast.li, on=TODAY))


@pytest.fixture
def channel(settings, tmp_path):
    settings.SMS_SENDER, settings.SMS_FILE = "file", tmp_path / "texts.txt"


def text_of(answer) -> str:
    return answer.content.decode()


def test_without_a_channel_the_page_says_so_and_offers_the_code_on_paper(sign_in, cast, waiting, settings):
    settings.SMS_SENDER = "none"
    browser = sign_in(cast.li)
    page = text_of(browser.get(reverse("agreement-confirm", args=[waiting.pk])))
    assert "没有配置短信通道" in page
    assert "发送验证码</button>" not in page
    assert reverse("agreement-print", args=[waiting.pk]) in page
    told = browser.post(reverse("agreement-code-send", args=[waiting.pk]), follow=True)
    assert "没有配置短信通道" in text_of(told)
    assert not OneTimeCode.objects.exists()


@pytest.mark.usefixtures("channel")
def test_send_and_enter_a_code(sign_in, cast, waiting, resident):
    browser, address = sign_in(cast.li), reverse("agreement-confirm", args=[waiting.pk])
    sent = text_of(browser.post(reverse("agreement-code-send", args=[waiting.pk]), follow=True))
    assert "139****5678" in sent
    assert resident.phone not in sent
    code = re.search(r"验证码 (\d{6})", OutgoingText.objects.get().text)[1]
    assert code not in sent
    wrong = text_of(browser.post(address, {"code": "1"}))
    assert "验证码不对" in wrong
    assert browser.post(address, {"code": code}).url == reverse("agreement-detail", args=[waiting.pk])
    waiting.refresh_from_db()
    assert waiting.state == "active"
    assert "已生效" in text_of(browser.get(reverse("agreement-detail", args=[waiting.pk])))


@pytest.mark.usefixtures("channel")
@pytest.mark.parametrize(
    ("name", "who", "status"),
    [
        (name, who, status)
        for name in (
            "agreement-confirm",
            "agreement-code-send",
            "agreement-confirm-document",
            "agreement-link-revoke",
        )
        for who, status in (("zhao", 404), ("zhou", 403), ("he", 403))
    ],
)
def test_only_the_own_team(sign_in, cast, waiting, name, who, status):
    assert (
        sign_in(getattr(cast, who)).post(reverse(name, args=[waiting.pk]), {"code": "1"}).status_code
        == status
    )
    assert not OneTimeCode.objects.exists()


def test_a_document_is_asked_for_its_photo(sign_in, cast, waiting):
    told = sign_in(cast.li).post(reverse("agreement-confirm-document", args=[waiting.pk]), follow=True)
    assert "请先在“签约凭证”里上传" in text_of(told)


def test_the_printed_paper_carries_the_link_and_the_next_one_the_same(sign_in, cast, waiting):
    browser, address = sign_in(cast.li), reverse("agreement-print", args=[waiting.pk])
    first = re.search(r'class="paper-qr"><img src="([^"]+)"', text_of(browser.get(address)))[1]
    assert first.startswith("data:image/svg+xml")
    assert re.search(r'class="paper-qr"><img src="([^"]+)"', text_of(browser.get(address)))[1] == first
    assert ResidentLink.objects.count() == 1
    browser.post(reverse("agreement-link-revoke", args=[waiting.pk]))
    assert re.search(r'class="paper-qr"><img src="([^"]+)"', text_of(browser.get(address)))[1] != first
    assert ResidentLink.objects.filter(revoked_at=None).count() == 1


def test_the_address_in_it(rf, settings):
    request = rf.get("/", headers={"Host": "testserver"})
    assert address_of(request, "geheim") == "http://testserver/p/a/geheim/"
    settings.PUBLIC_URL = "https://jiayi.example"
    assert address_of(request, "geheim") == "https://jiayi.example/p/a/geheim/"
    assert address_of(request, "") == ""


@pytest.fixture
def dispute(waiting):
    return raise_dispute(on=TODAY, agreement=waiting, complaint="我没有签过这份协议", text="不认识")


def test_the_list_is_for_who_may_answer(sign_in, cast, dispute):
    address = reverse("dispute-list")
    for who, status in ((cast.li, 200), (cast.qian, 200), (cast.zhou, 200), (cast.wang, 403), (cast.he, 403)):
        assert sign_in(who).get(address).status_code == status
    assert "不认识" in text_of(sign_in(cast.zhou).get(address))
    other = text_of(sign_in(cast.zhao).get(address))
    assert "不认识" not in other
    assert sign_in(cast.zhao).get(reverse("dispute-answer", args=[dispute.pk])).status_code == 404


def test_the_agreement_page_tells_of_it(sign_in, cast, dispute, waiting):
    page = text_of(sign_in(cast.qian).get(reverse("agreement-detail", args=[waiting.pk])))
    assert "居民异议（待答复）" in page
    assert reverse("dispute-answer", args=[dispute.pk]) in page
    assert "不认识" not in text_of(sign_in(cast.wang).get(reverse("agreement-detail", args=[waiting.pk])))


def test_answering(sign_in, cast, dispute):
    address = reverse("dispute-answer", args=[dispute.pk])
    assert "请由他人核实" in text_of(sign_in(cast.li).get(address))
    browser = sign_in(cast.qian)
    wrong = text_of(browser.post(address, {"outcome": "", "answer": "已电话核实"}))
    assert "请选择核实结果" in wrong
    assert "已电话核实" in wrong
    typed = {"outcome": "accepted", "answer": "确实没有签过，协议已作废。"}
    assert browser.post(address, typed).url == reverse("dispute-list")
    assert "已经答复过" in text_of(browser.post(address, typed))
    assert "协议已作废" in text_of(browser.get(reverse("dispute-list") + "?state=answered"))


def test_the_list_costs_the_same_however_long(
    sign_in, cast, dispute, resident, district, django_assert_max_num_queries
):
    from tests.factories.residents import ResidentFactory

    for _ in range(4):
        other = sign_agreement(ResidentFactory(grid=district.grid_a), cast.team_a, cast.li, on=TODAY)
        raise_dispute(on=TODAY, agreement=other, complaint="我没有签过这份协议", text="")
    browser = sign_in(cast.qian)
    browser.get(reverse("dispute-list"))
    with django_assert_max_num_queries(14):
        assert text_of(browser.get(reverse("dispute-list"))).count("核实答复") == 5


@pytest.mark.usefixtures("channel")
def test_a_landline_gets_no_button_for_a_code(sign_in, cast, waiting, resident):
    type(resident).objects.filter(pk=resident.pk).update(phone="06311234567")
    page = text_of(sign_in(cast.li).get(reverse("agreement-confirm", args=[waiting.pk])))
    assert "没有登记手机号码" in page
    assert "发送验证码</button>" not in page


def test_the_story_tells_who_spoke(sign_in, cast, waiting):
    confirm_by_link(on=TODAY, agreement=waiting)
    raise_dispute(on=TODAY, agreement=waiting, complaint="说好的服务没有做", text="")
    page = text_of(sign_in(cast.li).get(reverse("agreement-detail", args=[waiting.pk])))
    story = " ".join(page[page.index('id="story"') :].split())
    assert "居民确认 居民 " in story
    assert "居民异议 居民 " in story
