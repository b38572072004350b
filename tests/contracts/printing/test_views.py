"""The doors: who may print what, what is logged, what the browser is told to keep."""

import datetime as dt
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracts.actions import publish_template, terminate
from contracts.choices import AgreementKind, AgreementState, DocumentKind
from contracts.models import Agreement, AgreementTemplate, Enrollment, ServicePackage
from contracts.printing import pdf
from core.models import ReadLog
from residents.choices import Relation
from tests.contracts.printing.conftest import Pdf
from tests.factories.contracts import NOON, sign_agreement
from tests.factories.residents import HouseholdFactory, PopulationFlagFactory, ResidentFactory
from tests.factories.teams import RoleAssignmentFactory, UserFactory

pytestmark = pytest.mark.usefixtures("today", "wording")

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)


@pytest.fixture
def agreement(cast, resident):
    return sign_agreement(resident, cast.team_a, cast.li, on=DAY)


@pytest.fixture
def household_agreement(cast, district, agreement):
    """The agreement of 王建国 turned into one of his whole household, as household signing will store it."""
    home = HouseholdFactory(grid=district.grid_a)
    people = [
        ResidentFactory(
            name=f"王家{n:02d}", grid=district.grid_a, household=home, relation=Relation.SON,
            born_on=dt.date(1980 if n < 25 else 2020, 1, 1) + n * ONE,
        )
        for n in range(29)
    ]  # fmt: skip
    PopulationFlagFactory(resident=people[0], kind="hypertension")
    PopulationFlagFactory(resident=people[1], kind="smi")
    Enrollment.objects.bulk_create(
        Enrollment(
            agreement=agreement, resident=one, state=AgreementState.ACTIVE, starts_on=DAY, ends_on=agreement.ends_on
        )
        for one in people
    )  # fmt: skip
    Agreement.objects.filter(pk=agreement.pk).update(
        kind=AgreementKind.HOUSEHOLD, household=home, representative=agreement.enrollments.get(resident__name="王建国").resident,
        template=AgreementTemplate.objects.get(kind="household"),
    )  # fmt: skip
    agreement.refresh_from_db()
    return agreement


def address(name, row, query=""):
    return reverse(name, args=[row.pk]) + query


def logged():
    return [(one.action, one.subject, one.subject_ids, one.page) for one in ReadLog.objects.order_by("pk")]


needs_pango = pytest.mark.skipif(not pdf.is_available(), reason="no Pango on this machine")


# --- agreements -------------------------------------------------------------------------------------------------


@needs_pango
def test_the_pdf_is_the_page_without_its_frame(cast, resident, agreement, sign_in):
    client = sign_in(cast.li)
    began = time.perf_counter()
    answer = client.get(address("agreement-print", agreement, "?format=pdf"))
    print(
        f"\nPDF of an agreement, whole request: {time.perf_counter() - began:.2f} s, {len(answer.content):,} bytes"
    )
    assert answer["Content-Type"] == "application/pdf"
    text = Pdf(answer.content).text
    for words in (
        "王建国",
        resident.id_number,
        "13912345678",
        agreement.number,
        "李医生团队",
        "附一：服务包清单",
    ):
        assert text.count(words) >= 2
    assert "退出" not in text
    assert logged() == [("print", "resident", [resident.pk], "agreement-print")]


@needs_pango
def test_the_file_name_is_safe_and_nothing_is_cached(cast, resident, agreement, sign_in):
    answer = sign_in(cast.li).get(address("agreement-print", agreement, "?format=pdf"))
    name = answer["Content-Disposition"]
    assert name.startswith("attachment; filename*=utf-8''")
    assert name.endswith("-20261122.pdf")
    for personal in (agreement.number, "%E7%8E%8B", resident.id_number, "\n", '"'):
        assert personal not in name
    assert answer["Cache-Control"] == "no-store"


def test_the_page_offers_the_pdf(cast, agreement, sign_in):
    text = sign_in(cast.li).get(address("agreement-print", agreement)).content.decode()
    assert ("?format=pdf" in text) == pdf.is_available()
    assert "data:image/png;base64," in text
    assert "paper-song" not in text


def test_without_pango_the_page_still_prints(cast, agreement, sign_in, monkeypatch):
    monkeypatch.setattr(pdf, "is_available", lambda: False)
    client = sign_in(cast.li)
    page = client.get(address("agreement-print", agreement)).content.decode()
    assert "?format=pdf" not in page
    assert "没有安装生成 PDF 所需的组件" in page
    assert "王建国" in page
    refused = client.get(address("agreement-print", agreement, "?format=pdf"))
    assert (refused.status_code, refused["Content-Type"]) == (503, "text/html; charset=utf-8")
    assert "没有安装生成 PDF 所需的组件" in refused.content.decode()
    assert "下载 PDF" not in client.get(address("agreement-detail", agreement)).content.decode()


def test_a_pdf_that_cannot_be_made_is_answered_with_the_page(cast, agreement, sign_in, monkeypatch):
    def refuse(html):
        raise pdf.CannotPrint("busy", "正在生成的文件较多")

    monkeypatch.setattr(pdf, "to_pdf", refuse)
    answer = sign_in(cast.li).get(address("agreement-print", agreement, "?format=pdf"))
    assert answer.status_code == 503
    assert "正在生成的文件较多" in answer.content.decode()


def test_an_agreement_keeps_the_text_it_was_signed_under(cast, agreement, sign_in):
    publish_template(
        kind="individual", title="新的协议书", body="全新的条款。", in_force_from=DAY, by=cast.zhou, on=DAY
    )
    text = sign_in(cast.li).get(address("agreement-print", agreement)).content.decode()
    assert "新的协议书" not in text
    assert "全新的条款" not in text
    assert "家庭医生签约服务协议书（第1版）" in text


def test_a_text_with_placeholders_is_filled(cast, district, sign_in):
    publish_template(
        kind="individual", title="{{机构名称}}协议书", body="{{居民姓名}}与{{团队名称}}约定：{{服务包}}，至{{到期日期}}。",
        in_force_from=DAY, by=cast.zhou, on=DAY,
    )  # fmt: skip
    resident = ResidentFactory(name="<i>王{{协议编号}}", grid=district.grid_a)
    made = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    text = sign_in(cast.li).get(address("agreement-print", made)).content.decode()
    assert "&lt;i&gt;王{{协议编号}}与李医生团队约定：基础服务包，至2027年11月21日。" in text
    assert "<i>王" not in text


def test_a_household_is_printed_with_all_its_members(cast, household_agreement, sign_in):
    text = sign_in(cast.li).get(address("agreement-print", household_agreement)).content.decode()
    numbers = household_agreement.enrollments.values_list("resident__id_number", flat=True)
    assert len(numbers) == 30
    assert all(text.count(one) == 2 for one in numbers)
    assert text.count("不同意</td>") == 2 * 29  # the representative agreed by signing
    assert text.count("data:image/png;base64,") == 4
    assert "严重精神障碍" not in text
    (row,) = ReadLog.objects.all()
    assert len(row.subject_ids) == 30


def test_a_household_paper_names_no_package_that_tells_a_diagnosis(cast, household_agreement, sign_in):
    apart = ServicePackage.objects.filter(populations__contains=["smi"]).latest("version")
    household_agreement.packages.add(apart)
    text = sign_in(cast.li).get(address("agreement-print", household_agreement)).content.decode()
    assert apart.name not in text
    assert "另有 1 个服务包只与有关成员本人约定" in text


def test_printing_costs_the_same_for_one_and_for_thirty(cast, household_agreement, sign_in):
    client, counts = sign_in(cast.li), []
    client.get(address("agreement-print", household_agreement))
    for keep in (30, 2):
        Enrollment.objects.filter(
            pk__in=list(household_agreement.enrollments.order_by("pk").values_list("pk", flat=True)[keep:])
        ).delete()
        with CaptureQueriesContext(connection) as queries:
            client.get(address("agreement-print", household_agreement))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 25


def test_printing_one_agreement_asks_little(cast, agreement, sign_in, django_assert_max_num_queries):
    client = sign_in(cast.li)
    client.get(address("agreement-print", agreement))
    with django_assert_max_num_queries(21):
        client.get(address("agreement-print", agreement))


# --- notices ----------------------------------------------------------------------------------------------------


def test_notices_of_a_running_agreement(cast, resident, agreement, sign_in):
    client = sign_in(cast.li)
    text = client.get(address("agreement-notice", agreement)).content.decode()
    assert "家庭医生签约告知书" in text
    assert "王建国：" in text
    assert "签收人" in text
    assert resident.id_number not in text
    assert "13912345678" not in text
    assert logged() == [("print", "resident", [resident.pk], "agreement-notice")]
    renewal = client.get(address("agreement-notice", agreement, "?kind=notice_renewal"))
    assert "将于2027年11月21日到期" in renewal.content.decode()
    for wrong in ("notice_ended", "individual", "x"):
        assert client.get(address("agreement-notice", agreement, f"?kind={wrong}")).status_code == 404


def test_notice_of_the_end_tells_when_and_why(cast, agreement, sign_in):
    terminate(
        by=cast.li, on=DAY, now=dt.datetime.combine(DAY, NOON), agreement=agreement, reason="moved_out", last_day=DAY
    )  # fmt: skip
    client = sign_in(cast.li)
    text = client.get(address("agreement-notice", agreement, "?kind=notice_ended")).content.decode()
    assert "原因：迁出。最后有效日为2026年11月22日" in text
    assert client.get(address("agreement-notice", agreement, "?kind=notice_renewal")).status_code == 404
    page = client.get(address("agreement-detail", agreement)).content.decode()
    assert "服务终止告知书" in page
    assert "到期续签告知书" not in page


def test_notice_of_an_agreement_that_ran_out(cast, resident, sign_in):
    old = sign_agreement(resident, cast.team_a, cast.li, on=DAY - 400 * ONE)
    text = sign_in(cast.li).get(address("agreement-notice", old, "?kind=notice_ended")).content.decode()
    assert "原因：协议期限届满" in text


# --- teams ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("query", "cards"), [("", 1), ("?per=1", 1), ("?per=8", 8)])
def test_contact_cards(cast, sign_in, query, cards):
    text = sign_in(cast.li).get(address("team-card", cast.team_a, query)).content.decode()
    assert text.count('<article class="paper-card">') == cards
    assert text.count("王护士") == cards
    assert "急危重症请立即拨打120" in text
    assert logged() == [("print", "team", [cast.team_a.pk], "team-card")]


@pytest.mark.parametrize("query", ["?per=0", "?per=7", "?per=x", "?per=-1", "?per=999999"])
def test_other_numbers_of_cards_are_not_there(cast, sign_in, query):
    assert sign_in(cast.li).get(address("team-card", cast.team_a, query)).status_code == 404


@pytest.mark.parametrize(
    ("kind", "words"),
    [("", "家庭医生是您身边的医生"), ("letter_record", "健康档案"), ("letter_points", "健康积分")],
)
def test_letters_to_residents(cast, sign_in, kind, words):
    query = f"?kind={kind}" if kind else ""
    text = sign_in(cast.li).get(address("team-letter", cast.team_a, query)).content.decode()
    assert words in text
    assert "环翠楼街道社区卫生服务中心" in text
    assert logged() == [("print", "team", [cast.team_a.pk], "team-letter")]


@needs_pango
def test_letters_and_cards_as_pdf(cast, sign_in):
    client = sign_in(cast.li)
    for name, query in (
        ("team-letter", "?kind=letter_points&format=pdf"),
        ("team-card", "?per=8&format=pdf"),
    ):
        answer = client.get(address(name, cast.team_a, query))
        assert answer["Content-Type"] == "application/pdf"
        assert len(Pdf(answer.content).pages) <= 2


def test_the_notice_is_no_letter(cast, sign_in):
    assert sign_in(cast.li).get(address("team-letter", cast.team_a, "?kind=notice_signed")).status_code == 404


def test_the_team_page_leads_to_them(cast, sign_in):
    page = sign_in(cast.li).get(address("team-detail", cast.team_a)).content.decode()
    assert address("team-card", cast.team_a) in page
    assert address("team-letter", cast.team_a) in page


def test_a_card_asks_little(cast, sign_in, django_assert_max_num_queries):
    client = sign_in(cast.li)
    with django_assert_max_num_queries(14):
        client.get(address("team-card", cast.team_a, "?per=8"))


# --- who may ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["agreement-print", "agreement-notice"])
@pytest.mark.parametrize("query", ["", "?format=pdf"])
def test_out_of_scope_is_404(cast, agreement, sign_in, name, query):
    for who in (cast.zhao, cast.wu):
        assert sign_in(who).get(address(name, agreement, query)).status_code == 404
    assert not ReadLog.objects.exists()


@pytest.mark.parametrize("query", ["", "?format=pdf"])
def test_who_may_not_see_numbers_prints_no_notice(cast, agreement, sign_in, query):
    officer = UserFactory(institution=cast.institution_a)
    RoleAssignmentFactory(
        user=officer, role="dedicated_officer", institution=cast.institution_a, area_code=""
    )
    client = sign_in(officer)
    for name in ("agreement-print", "agreement-notice"):
        assert client.get(address(name, agreement, query)).status_code == 403
    assert "告知书" not in client.get(address("agreement-detail", agreement)).content.decode()
    assert not ReadLog.objects.filter(action="print").exists()


def test_a_team_out_of_scope_is_404(cast, sign_in):
    for name in ("team-card", "team-letter"):
        assert sign_in(cast.zhao).get(address(name, cast.team_a)).status_code == 404


@pytest.mark.parametrize("name", ["agreement-print", "agreement-notice"])
def test_printing_takes_no_post(cast, agreement, sign_in, name):
    assert sign_in(cast.li).post(address(name, agreement)).status_code == 405


def test_the_kinds_are_those_of_the_stored_texts(db):
    assert set(AgreementTemplate.objects.values_list("kind", flat=True)) == {
        one.value for one in DocumentKind
    }
