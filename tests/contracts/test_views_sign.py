"""The signing form: shown, sent, refused, kept."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from contracts.actions import agree_to_transfer, open_transfer
from contracts.choices import SignerParty
from contracts.models import Agreement, ServicePackage, Signature
from core.models import ReadLog
from residents.actions import record_death
from residents.choices import Population
from residents.models import Guardian
from tests.factories.contracts import NOON, data_url, package, png, sign_agreement
from tests.factories.residents import PopulationFlagFactory, ResidentFactory

pytestmark = pytest.mark.usefixtures("today")

DAY = dt.date(2026, 11, 22)
INK = data_url(png())


def url(resident):
    return reverse("agreement-sign") + f"?resident={resident.pk}"


def sent(team, doctor, /, **changes):
    """What the browser sends; None leaves a field out."""
    data = {
        "doctor": team.memberships.get(user=doctor).pk,
        "signatory": "team",
        "channel": "home_visit_weekly",
        "signed_on": "2026-11-22",
        "starts_on": "2026-11-22",
        "term_years": "1",
        "packages": [package().pk],
        "consent": "on",
        "mode": "electronic",
        "resident_signature": INK,
        "doctor_signature": INK,
        "client_token": str(uuid.uuid4()),
    } | changes
    return {name: value for name, value in data.items() if value is not None}


@pytest.fixture
def post(cast, resident, sign_in):
    def send(**changes):
        return sign_in(cast.li).post(url(resident), sent(cast.team_a, cast.li, **changes))

    return send


def test_the_form_is_filled_in_as_far_as_it_can_be(cast, resident, sign_in):
    PopulationFlagFactory(resident=resident, kind=Population.ELDERLY_65)
    page = sign_in(cast.li).get(url(resident))
    form = page.context["form"]
    assert form["doctor"].value() == cast.team_a.memberships.get(user=cast.li).pk
    assert form["signed_on"].value() == form["starts_on"].value() == DAY
    chosen = ServicePackage.objects.filter(pk__in=form["packages"].value())
    assert {one.code for one in chosen} == {"basic", "elderly"}
    text = page.content.decode()
    assert "王*国" in text
    assert "139****5678" in text
    assert "王建国" not in text
    assert resident.id_number[-4:] not in text
    assert "签约服务不是急救服务" in text


def test_a_nurse_finds_her_doctor_preselected(cast, resident, sign_in):
    form = sign_in(cast.wang).get(url(resident)).context["form"]
    assert form["doctor"].value() == cast.team_a.memberships.get(user=cast.li).pk


def test_sending_it_signs(cast, resident, post):
    PopulationFlagFactory(resident=resident, kind=Population.ELDERLY_65)
    answer = post(term_years="1", packages=[package().pk, package("elderly").pk])
    agreement = Agreement.objects.get()
    assert answer.url == reverse("agreement-detail", args=[agreement.pk])
    assert (agreement.created_by, agreement.doctor, agreement.team) == (cast.li, cast.li, cast.team_a)
    assert agreement.channel == "home_visit_weekly"
    assert agreement.packages.count() == 2
    assert set(agreement.signatures.values_list("party", "signer_name")) == {
        ("resident", "王建国"), ("doctor", "李医生"),
    }  # fmt: skip
    assert all(bytes(one.image).startswith(b"\x89PNG") for one in agreement.signatures.all())


def test_sending_it_twice_leads_to_the_same_agreement(post):
    token = str(uuid.uuid4())
    first, second = post(client_token=token), post(client_token=token)
    assert first.url == second.url
    assert Agreement.objects.count() == 1


def test_the_last_channel_is_remembered(cast, resident, district, post, sign_in):
    post(channel="community_session")
    other = ResidentFactory(grid=district.grid_a)
    assert sign_in(cast.li).get(url(other)).context["form"]["channel"].value() == "community_session"


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"resident_signature": ""}, "resident_signature", "请在居民本人签名框内签名"),
        ({"doctor_signature": data_url(png(ink=False))}, "doctor_signature", "空白"),
        ({"doctor_signature": "data:text/html;base64,AAAA"}, "doctor_signature", "格式不对"),
        ({"consent": None}, "consent", "取得同意"),
        ({"packages": []}, "packages", "至少选择一个服务包"),
        ({"packages": ["999999"]}, "packages", ""),
        ({"signed_on": "2026-08-23"}, "signed_on", "不能早于2026年8月24日"),
        ({"signed_on": "2026-11-23"}, "signed_on", "不能晚于今天"),
        ({"signed_on": "2026-02-30"}, "signed_on", ""),
        ({"starts_on": "2026-11-21"}, "starts_on", "不能早于签约日期"),
        ({"starts_on": "2027-01-01"}, "starts_on", "不能晚于2026年12月23日"),
        ({"term_years": "3"}, "term_years", ""),
        ({"channel": "by_magic"}, "channel", ""),
        ({"mode": "paper"}, "paper_archived", "归档"),
        ({"doctor": "999999"}, "doctor", ""),
        ({"client_token": "1"}, "client_token", ""),
    ],
)
def test_a_fault_is_told_where_it_is_and_nothing_is_lost(post, changes, field, words):
    answer = post(**changes)
    assert answer.status_code == 200
    assert not Agreement.objects.exists()
    errors = " ".join(answer.context["form"].errors[field])
    assert words in errors
    text = answer.content.decode()
    if field != "client_token":
        assert errors.split("。")[0] in text
    if "resident_signature" not in changes:
        assert INK in text  # the drawing is still there
    assert 'value="home_visit_weekly" selected' in text or "channel" in changes


def test_a_signature_too_large_is_refused(post):
    answer = post(resident_signature=data_url(png() + b"\0" * 210 * 1024))
    assert "超过200KB" in answer.content.decode()


def test_paper_needs_no_drawing(cast, resident, post):
    post(mode="paper", paper_archived="on", resident_signature="", doctor_signature=INK)
    assert set(Signature.objects.values_list("sha256", flat=True)) == {""}
    assert Agreement.objects.get().mode == "paper"


def test_a_drawing_left_in_a_paper_form_is_not_kept(post):
    post(mode="paper", paper_archived="on")
    assert {bytes(one.image) for one in Signature.objects.all()} == {b""}


def test_a_guardian_is_asked_for_a_child(cast, district, wording, sign_in):
    child = ResidentFactory(grid=district.grid_a, born_on=dt.date(2020, 5, 1))
    client = sign_in(cast.li)
    assert "由监护人签名" in client.get(url(child)).content.decode()
    answer = client.post(url(child), sent(cast.team_a, cast.li))
    assert set(answer.context["form"].errors) == {"guardian_name", "guardian_relation"}
    client.post(url(child), sent(cast.team_a, cast.li, guardian_name="王 大山", guardian_relation="父亲"))
    signed = Signature.objects.get(party=SignerParty.GUARDIAN)
    assert (signed.signer_name, signed.agreement.enrollments.get().resident) == ("王大山", child)


def test_a_registered_guardian_stands_in_the_form(cast, resident, sign_in):
    Guardian.objects.create(
        resident=resident, name="王大山", relation="儿子", phone="13911112222", starts_on=DAY
    )
    form = sign_in(cast.li).get(url(resident)).context["form"]
    assert (form["guardian_name"].value(), form["guardian_relation"].value()) == ("王大山", "儿子")


def test_who_cannot_be_signed_is_told_before_anything_is_typed(cast, resident, sign_in):
    record_death(resident=resident, since=DAY, by=cast.li, on=DAY)
    page = sign_in(cast.li).get(url(resident)).content.decode()
    assert "已登记死亡" in page
    assert "签名方式" not in page


def test_who_is_signed_elsewhere_is_told_with_team_and_day(cast, resident, sign_in):
    sign_agreement(resident, cast.team_b, cast.zhao, on=DAY)
    page = sign_in(cast.li).get(url(resident)).content.decode()
    assert "已由“赵医生团队”签约，协议有效至2027年11月21日" in page


def test_somebody_was_quicker(cast, resident, post):
    sign_agreement(resident, cast.team_b, cast.zhao, on=DAY)
    answer = post()
    assert "已由“赵医生团队”签约" in answer.content.decode()
    assert Agreement.objects.count() == 1


def test_a_resident_of_another_teams_grid_is_pointed_out(cast, district, wording, sign_in):
    there = ResidentFactory(grid=district.grid_b, managing_team=cast.team_a)
    page = sign_in(cast.li).get(url(there)).content.decode()
    assert "住在“赵医生团队”负责的网格" in page


def test_fields_that_are_not_in_the_form_change_nothing(cast, resident, post):
    post(
        state="void",
        created_by=str(cast.zhao.pk),
        number="FD1",
        team=str(cast.team_b.pk),
        is_supplementary="1",
    )
    agreement = Agreement.objects.get()
    assert (agreement.state, agreement.created_by, agreement.team) == ("active", cast.li, cast.team_a)
    assert agreement.number.startswith("FD371002-")
    assert not agreement.enrollments.get().is_supplementary


def test_a_withdrawn_package_cannot_be_sent(post):
    gone = package("tuberculosis")
    ServicePackage.objects.filter(pk=gone.pk).update(is_enabled=False)
    assert "packages" in post(packages=[gone.pk]).context["form"].errors


@pytest.mark.parametrize("who", ["zhao", "wu"])
def test_out_of_scope_is_404(cast, resident, sign_in, who):
    client = sign_in(getattr(cast, who))
    assert client.get(url(resident)).status_code == 404
    assert client.post(url(resident), sent(cast.team_a, cast.li)).status_code == 404
    assert not Agreement.objects.exists()


@pytest.mark.parametrize("who", ["zhou", "he", "xu", "shen", "sun"])
def test_without_the_permission_is_403(cast, resident, sign_in, who):
    client = sign_in(getattr(cast, who))
    assert client.get(url(resident)).status_code == 403
    assert client.post(url(resident), sent(cast.team_a, cast.li)).status_code == 403


@pytest.mark.parametrize("query", ["", "?resident=", "?resident=x", "?resident=-1", "?resident=" + "9" * 30])
def test_an_address_without_a_resident_is_404(cast, wording, sign_in, query):
    assert sign_in(cast.li).get(reverse("agreement-sign") + query).status_code == 404


def test_another_teams_doctor_cannot_be_slipped_in(cast, resident, sign_in):
    foreign = cast.team_b.memberships.get(user=cast.zhao).pk
    answer = sign_in(cast.li).post(url(resident), sent(cast.team_a, cast.li, doctor=foreign))
    assert "doctor" in answer.context["form"].errors


def test_who_comes_by_transfer_leads_to_no_closed_page(cast, district, wording, sign_in):
    person = ResidentFactory(grid=district.grid_b)
    sign_agreement(person, cast.team_b, cast.zhao, on=DAY - dt.timedelta(days=100))
    asked = open_transfer(by=cast.li, on=DAY, resident=person, to_team=cast.team_a, reason="已搬来")
    agree_to_transfer(by=cast.zhao, on=DAY, now=dt.datetime.combine(DAY, NOON), transfer=asked)
    text = sign_in(cast.li).get(url(person)).content.decode()
    for closed in ("resident-detail", "resident-agreements"):
        assert f'href="{reverse(closed, args=[person.pk])}"' not in text
    assert f"?household={person.household_id}" not in text
    assert f'href="{reverse("transfer-list")}?state=in"' in text


def test_opening_the_form_is_logged(cast, resident, sign_in):
    sign_in(cast.li).get(url(resident))
    row = ReadLog.objects.get()
    assert (row.user_id, row.action, row.subject, row.subject_ids, row.page) == (
        cast.li.pk, "view", "resident", [resident.pk], "agreement-sign",
    )  # fmt: skip


def test_the_page_costs_a_bounded_number_of_queries(cast, resident, sign_in, django_assert_max_num_queries):
    for kind in (Population.ELDERLY_65, Population.HYPERTENSION, Population.DIABETES_T2):
        PopulationFlagFactory(resident=resident, kind=kind)
    client = sign_in(cast.li)
    with django_assert_max_num_queries(29):
        client.get(url(resident))
