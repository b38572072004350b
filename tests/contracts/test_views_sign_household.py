"""The form of a whole household: shown, sent, refused, kept."""

import datetime as dt
import uuid
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from contracts.choices import AgreementKind, ConsentWay, Occasion, ProofKind
from contracts.models import (
    Agreement,
    ChosenItem,
    Enrollment,
    Fulfillment,
    PackageItem,
    Signature,
    SigningEvidence,
)
from core.models import PolicySetting, ReadLog
from residents.actions import record_death
from residents.choices import Population, Relation, Sex
from residents.models import Resident
from tests.contracts.photos import upload
from tests.factories.contracts import data_url, family, household_signed, package, png, sign_agreement
from tests.factories.residents import PopulationFlagFactory, ResidentFactory, id_number

pytestmark = pytest.mark.usefixtures("today")

DAY = dt.date(2026, 11, 22)
INK = data_url(png())


@pytest.fixture
def home(cast, district, wording):
    """王建国 (head, 41), 李秀英 (41), 王小明 (6)."""
    return family(district.grid_a)


def people(home):
    return list(home.members.order_by("relation", "born_on"))


def url(home):
    return reverse("agreement-sign-household") + f"?household={home.pk}"


def sent(home, cast, /, **changes):
    """What the browser sends for everybody; None leaves a field out."""
    man, wife, child = people(home)
    data = {
        "talked": "on",
        "doctor": cast.team_a.memberships.get(user=cast.li).pk,
        "signatory": "team",
        "channel": "home_visit_weekly",
        "signed_on": "2026-11-22",
        "starts_on": "2026-11-22",
        "term_years": "1",
        "packages": [package().pk],
        "representative": str(man.pk),
        "mode": "electronic",
        "representative_signature": INK,
        "doctor_signature": INK,
        "client_token": str(uuid.uuid4()),
        f"m{man.pk}-joins": "on",
        f"m{wife.pk}-joins": "on",
        f"m{wife.pk}-consent": "in_person",
        f"m{child.pk}-joins": "on",
        f"m{child.pk}-guardian_name": "王建国",
        f"m{child.pk}-guardian_relation": "父亲",
    } | changes
    return {name: value for name, value in data.items() if value is not None}


@pytest.fixture
def post(cast, home, sign_in):
    def send(**changes):
        return sign_in(cast.li).post(url(home), sent(home, cast, **changes))

    return send


def text_of(answer):
    return answer.content.decode()


def test_the_form_is_filled_in_as_far_as_it_can_be(cast, home, sign_in):
    man, _, child = people(home)
    PopulationFlagFactory(resident=child, kind=Population.CHILD_0_6)
    page = sign_in(cast.li).get(url(home))
    form, text = page.context["form"], text_of(page)
    assert [one.row.resident for one in form.rows] == people(home)
    assert all(one["joins"].value() for one in form.rows)
    assert form["representative"].value() == man.pk
    assert [one["consent"].value() for one in form.rows if not one.needs_guardian] == [None, None]
    assert form.rows[2]["guardian_name"].value() == "王建国"
    assert {one.package.code for one in page.context["choices"] if one.is_ticked} == {"basic", "child"}
    assert "适用成员：王*明" in text
    assert "不是急救服务" in text
    assert "未经本人同意不告诉家庭其他成员" in text
    assert not any(one.id_number in text for one in people(home))


def test_sending_it_signs_everybody_who_is_ticked(cast, home, post):
    man, wife, child = people(home)
    answer = post()
    made = Agreement.objects.get()
    assert answer.url == reverse("agreement-detail", args=[made.pk])
    assert (made.kind, made.household, made.representative, made.doctor) == (
        AgreementKind.HOUSEHOLD, home, man, cast.li,
    )  # fmt: skip
    consents = dict(made.enrollments.values_list("resident", "consent"))
    assert consents == {
        man.pk: ConsentWay.SIGNED,
        wife.pk: ConsentWay.IN_PERSON,
        child.pk: ConsentWay.GUARDIAN,
    }


def test_an_adult_signs_on_a_pad_of_his_own(home, post):
    wife = people(home)[1]
    own = data_url(png(280))
    post(**{f"m{wife.pk}-consent": "signed", f"m{wife.pk}-signature": own})
    signed = Signature.objects.get(resident=wife, occasion=Occasion.SIGNING)
    assert signed.image
    assert Enrollment.objects.get(resident=wife).consent == ConsentWay.SIGNED


def test_who_is_not_ticked_stays_out(home, post):
    child = people(home)[2]
    post(**{f"m{child.pk}-joins": None, f"m{child.pk}-guardian_name": ""})
    assert not Enrollment.objects.filter(resident=child).exists()


def test_items_of_the_menu_are_chosen(home, post):
    menu = package("family_menu")
    first, second = PackageItem.objects.filter(package=menu)[:2]
    post(packages=[package().pk, menu.pk], chosen=[first.pk, second.pk])
    assert set(ChosenItem.objects.values_list("content", flat=True)) == {first.pk, second.pk}


def test_what_was_done_on_the_visit_is_written_down_where_it_was_promised(home, post):
    man, wife, _ = people(home)
    post(**{f"m{man.pk}-handed_out": "on", f"m{man.pk}-record_done": "on", f"m{wife.pk}-record_done": "on"})
    done = Fulfillment.objects.values_list("enrollment__resident", "proof", "done_on", "key")
    key = f"signing:{Agreement.objects.get().pk}"
    assert set(done) == {
        (man.pk, ProofKind.HANDOUT, DAY, key),
        (man.pk, ProofKind.HEALTH_RECORD, DAY, key),
        (wife.pk, ProofKind.HEALTH_RECORD, DAY, key),
    }
    assert set(Fulfillment.objects.values_list("item__code", flat=True)) == {
        "health_record",
        "education_material",
    }


def test_evidence_comes_with_place(home, post):
    post(
        evidence=[upload()],
        latitude="37.513068",
        longitude="122.120420",
        accuracy_m="25",
    )
    row = SigningEvidence.objects.get()
    assert (str(row.latitude), str(row.longitude), row.accuracy_m) == ("37.513068", "122.120420", 25)


def test_the_same_form_sent_twice_is_one_agreement(cast, home, sign_in):
    man = people(home)[0]
    data = sent(home, cast, **{f"m{man.pk}-handed_out": "on"})
    client = sign_in(cast.li)
    first = client.post(url(home), data)
    again = client.post(url(home), data)
    assert first.url == again.url == reverse("agreement-detail", args=[Agreement.objects.get().pk])
    assert Agreement.objects.count() == 1
    assert Fulfillment.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"talked": None}, "talked", "请先说明"),
        ({"representative_signature": ""}, "representative_signature", "框内签名"),
        ({"doctor_signature": "data:image/png;base64,AAAA"}, "doctor_signature", "清除后重签"),
        ({"packages": []}, "packages", "至少选择一个"),
        ({"signed_on": "2026-08-23", "starts_on": "2026-08-23"}, "signed_on", "不能早于2026年8月24日"),
        ({"term_years": "3"}, "term_years", ""),
        ({"representative": "999999"}, "representative", ""),
        ({"signatory": "nobody"}, "signatory", ""),
        ({"chosen": ["999999"]}, "chosen", "重新勾选"),
        ({"mode": "paper"}, "paper_archived", "归档"),
        ({"client_token": "x"}, "client_token", "重新打开"),
    ],
)
def test_a_fault_is_told_where_it_is_and_nothing_is_lost(home, post, changes, field, words):
    man, wife, child = people(home)
    kept = {
        f"m{man.pk}-handed_out": "on",
        f"m{child.pk}-guardian_name": "李秀英",
        f"m{wife.pk}-consent": "by_phone",
    }
    answer = post(**kept | changes)
    assert answer.status_code == 200
    assert not Agreement.objects.exists()
    form, text = answer.context["form"], text_of(answer)
    errors = " ".join(form.errors[field])
    assert words in errors
    assert errors.split("。")[0] in text
    assert 'value="李秀英"' in text
    assert '<option value="by_phone" selected>' in text
    assert form.rows[0]["handed_out"].value()
    if "representative_signature" not in changes:
        assert INK in text


@pytest.mark.parametrize(
    ("who", "changes", "field", "words"),
    [
        (1, {"consent": ""}, "consent", "李*英是成年人，须本人同意"),
        (1, {"consent": "guardian"}, "consent", ""),
        (1, {"consent": "signed"}, "signature", "缺少李*英的签名"),
        (2, {"guardian_name": " "}, "guardian_name", "须由监护人同意"),
        (2, {"guardian_phone": "12"}, "guardian_phone", ""),
    ],
)
def test_a_members_fault_stands_in_his_row(home, post, who, changes, field, words):
    one = people(home)[who]
    answer = post(**{f"m{one.pk}-{name}": value for name, value in changes.items()})
    assert not Agreement.objects.exists()
    row = answer.context["form"].rows[who]
    errors = " ".join(row.errors[field])
    assert words in errors
    assert errors.split("。")[0] in text_of(answer)
    assert "有几处需要更正" in text_of(answer)


def test_every_fault_is_told_at_once(home, post):
    _, wife, child = people(home)
    answer = post(
        **{"talked": None, f"m{wife.pk}-consent": "", f"m{child.pk}-guardian_name": ""},
    )
    form = answer.context["form"]
    assert set(form.errors) == {"talked"}
    assert [set(one.errors) for one in form.rows] == [set(), {"consent"}, {"guardian_name"}]


def test_too_few_members_is_told_above_the_rows(home, post):
    _, wife, child = people(home)
    answer = post(**{f"m{wife.pk}-joins": None, f"m{child.pk}-joins": None})
    assert "至少覆盖2位家庭成员" in " ".join(answer.context["form"].errors["members"])
    assert "至少覆盖2位家庭成员" in text_of(answer)


def test_photos_are_asked_for_again(home, post):
    answer = post(talked=None, evidence=[upload()])
    assert "照片不能随表单保留，请重新选择" in text_of(answer)


def test_a_file_that_is_no_photo_is_told_at_its_field(home, post):
    answer = post(evidence=[upload(), upload(b"MZ virus")])
    assert "第2张：文件不是能打开的照片" in " ".join(answer.context["form"].errors["evidence"])
    assert not Agreement.objects.exists()


def test_who_cannot_be_signed_is_shown_with_the_reason(cast, home, sign_in):
    _, wife, _ = people(home)
    sign_agreement(wife, cast.team_b, cast.zhao, on=DAY)
    page = sign_in(cast.li).get(url(home))
    assert [one.row.resident for one in page.context["form"].left_out] == [wife]
    assert "李*英</a>（妻，41 岁）：该居民已由“赵医生团队”签约" in text_of(page)


def test_who_was_signed_by_somebody_else_meanwhile_is_not_left_out_silently(cast, home, sign_in):
    wife = people(home)[1]
    data = sent(home, cast)
    sign_agreement(wife, cast.team_b, cast.zhao, on=DAY)
    answer = sign_in(cast.li).post(url(home), data)
    assert "李*英：该居民已由“赵医生团队”签约" in " ".join(answer.context["form"].errors["members"])
    assert not Agreement.objects.filter(kind=AgreementKind.HOUSEHOLD).exists()


def test_a_household_that_cannot_sign_is_told_before_anything_is_typed(cast, home, sign_in):
    _, wife, child = people(home)
    for one in (wife, child):
        record_death(resident=one, since=DAY, by=cast.li, on=DAY)
    text = text_of(sign_in(cast.li).get(url(home)))
    assert "现在不能签家庭协议" in text
    assert "签名方式" not in text
    assert "已登记死亡" in text


def test_late_entry_is_explained_before_and_said_after(cast, home, sign_in):
    page = sign_in(cast.li).get(url(home))
    assert "早于2026年11月15日的属于补录，须机构家医管家审批" in text_of(page)
    client = sign_in(cast.li)
    data = sent(home, cast, signed_on="2026-11-01", starts_on="2026-11-01")
    answer = client.post(url(home), data, follow=True)
    assert "须机构家医管家审批后生效" in text_of(answer)
    assert Agreement.objects.get().waits_for == "approval"


def test_the_residents_own_word_is_announced_where_the_district_asks_for_it(cast, home, sign_in):
    PolicySetting.objects.create(
        room="contracts", payload={"resident_confirms": True}, in_force_from=DAY, source="试点"
    )
    assert "还须居民本人用短信验证码或居民链接确认" in text_of(sign_in(cast.li).get(url(home)))


def test_early_renewal_begins_the_day_after(cast, home, sign_in):
    old = household_signed(home, cast.team_a, cast.li, on=dt.date(2025, 12, 1))
    page = sign_in(cast.li).get(url(home))
    assert page.context["form"]["starts_on"].value() == old.ends_on + dt.timedelta(days=1)
    assert "这是提前续签" in text_of(page)


def test_a_missing_member_is_registered_and_leads_back(cast, home, sign_in):
    text = text_of(sign_in(cast.li).get(url(home)))
    back = f"?household={home.pk}&amp;next=%2Fagreements%2Fsign%2Fhousehold%2F%3Fhousehold%3D{home.pk}"
    assert reverse("resident-create") + back in text


def test_the_last_way_of_signing_is_remembered(cast, home, sign_in, district):
    client = sign_in(cast.li)
    client.post(url(home), sent(home, cast, mode="paper", paper_archived="on"))
    other = family(district.grid_a, born_on=dt.date(1980, 1, 1))
    form = client.get(url(other)).context["form"]
    assert (form["mode"].value(), form["channel"].value()) == ("paper", "home_visit_weekly")


def test_a_stranger_cannot_be_slipped_in(cast, home, district, post):
    stranger = ResidentFactory(grid=district.grid_a)
    post(**{f"m{stranger.pk}-joins": "on", f"m{stranger.pk}-consent": "in_person"})
    assert not Enrollment.objects.filter(resident=stranger).exists()


@pytest.mark.parametrize("who", ["zhao", "wu"])
def test_out_of_scope_is_404(cast, home, sign_in, who):
    client = sign_in(getattr(cast, who))
    assert client.get(url(home)).status_code == 404
    assert client.post(url(home), sent(home, cast)).status_code == 404


@pytest.mark.parametrize("who", ["zhou", "he", "xu", "shen", "sun"])
def test_without_the_permission_is_403(cast, home, sign_in, who):
    assert sign_in(getattr(cast, who)).get(url(home)).status_code == 403


@pytest.mark.parametrize(
    "query", ["", "?household=", "?household=x", "?household=-1", "?household=" + "9" * 30]
)
def test_an_address_without_a_household_is_404(cast, wording, sign_in, query):
    assert sign_in(cast.li).get(reverse("agreement-sign-household") + query).status_code == 404


def test_opening_the_form_is_logged(cast, home, sign_in):
    sign_in(cast.li).get(url(home))
    row = ReadLog.objects.get()
    assert (row.action, row.page) == ("view", "agreement-sign-household")
    assert row.subject_ids == sorted(Resident.objects.filter(household=home).values_list("pk", flat=True))


def test_the_page_costs_the_same_for_a_large_family(cast, home, sign_in, django_assert_max_num_queries):
    for serial in range(6):
        ResidentFactory(
            household=home,
            grid=home.grid,
            relation=Relation.NON_RELATIVE,
            born_on=dt.date(1970, 1, 1 + serial),
        )
    for one in home.members.all():
        PopulationFlagFactory(resident=one, kind=Population.HYPERTENSION)
    client = sign_in(cast.li)
    with django_assert_max_num_queries(29):
        page = client.get(url(home))
    assert len(page.context["form"].rows) == 9


@pytest.mark.parametrize(
    ("wanted", "leads_back"),
    [
        ("/agreements/sign/household/?household=1", True),
        ("https://elsewhere.example/", False),
        ("//x.example", False),
        ("", False),
    ],
)
def test_only_this_site_is_gone_back_to_after_registering(cast, home, sign_in, wanted, leads_back):
    facts = {
        "name": "王小红", "id_kind": "01", "id_number": id_number(dt.date(2022, 2, 3), 300, Sex.FEMALE),
        "phone": "13912340001", "grid": home.grid_id, "address": "", "mode": "join", "household": home.number,
        "relation": Relation.DAUGHTER, "registration": "1",
    }  # fmt: skip
    address = f"{reverse('resident-create')}?{urlencode({'household': home.pk, 'next': wanted})}"
    answer = sign_in(cast.li).post(address, facts)
    made = Resident.objects.get(name="王小红")
    assert made.household == home
    assert answer.url == (wanted if leads_back else reverse("resident-detail", args=[made.pk]))
