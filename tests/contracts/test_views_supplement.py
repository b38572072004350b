"""The form of a supplementary agreement: one course of treatment under a main agreement."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from contracts.actions import publish_package
from contracts.choices import AgreementKind, PackageKind
from contracts.models import Agreement
from residents.choices import Population
from tests.factories.contracts import (
    data_url,
    draft_package,
    family,
    household_signed,
    package,
    png,
    sign_agreement,
)
from tests.factories.residents import PopulationFlagFactory

pytestmark = pytest.mark.usefixtures("today")

DAY = dt.date(2026, 11, 22)
INK = data_url(png())


@pytest.fixture
def course(cast, wording):
    """An offered course of 14 days."""
    made = draft_package(
        "course_own", by=cast.zhou, kind=PackageKind.DISEASE_COURSE, course_days=14, name="颈肩腰腿痛疗程包"
    )
    return publish_package(package=made, valid_from=DAY, by=cast.zhou, on=DAY)


@pytest.fixture
def parent(cast, resident, course):
    return sign_agreement(resident, cast.team_a, cast.li, on=DAY)


def url(parent):
    return reverse("agreement-supplement", args=[parent.pk])


def sent(cast, course, /, **changes):
    data = {
        "disease": "颈肩腰腿痛",
        "days": "14",
        "doctor": cast.team_a.memberships.get(user=cast.li).pk,
        "channel": "clinic_visit",
        "signed_on": "2026-11-22",
        "starts_on": "2026-11-23",
        "packages": [course.pk],
        "consent": "on",
        "mode": "electronic",
        "resident_signature": INK,
        "doctor_signature": INK,
        "client_token": str(uuid.uuid4()),
    } | changes
    return {name: value for name, value in data.items() if value is not None}


def test_the_form_knows_the_length_of_the_course(cast, parent, sign_in):
    page = sign_in(cast.li).get(url(parent))
    form = page.context["form"]
    assert form["days"].value() == 14
    assert "主协议至 2027-11-21" in page.content.decode()
    assert "basic" not in {one.package.code for one in page.context["choices"]}


def test_sending_it_signs(cast, parent, course, sign_in):
    answer = sign_in(cast.li).post(url(parent), sent(cast, course))
    made = Agreement.objects.get(kind=AgreementKind.SUPPLEMENTARY)
    assert answer.url == reverse("agreement-detail", args=[made.pk])
    assert (made.parent, made.number, made.disease, made.ends_on) == (
        parent, f"{parent.number}-S01", "颈肩腰腿痛", dt.date(2026, 12, 6),
    )  # fmt: skip


def test_the_same_form_sent_twice_is_one_agreement(cast, parent, course, sign_in):
    data = sent(cast, course)
    client = sign_in(cast.li)
    assert client.post(url(parent), data).url == client.post(url(parent), data).url
    assert Agreement.objects.filter(parent=parent).count() == 1


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"disease": ""}, "disease", ""),
        ({"days": "0"}, "days", ""),
        ({"days": "20"}, "packages", "疗程为14天"),
        ({"starts_on": "2027-11-20"}, "starts_on", "不能晚于"),
        ({"days": "400"}, "days", "主协议有效至2027年11月21日"),
        ({"packages": []}, "packages", "至少选择一个"),
        ({"consent": None}, "consent", "取得同意"),
        ({"resident_signature": ""}, "resident_signature", "框内签名"),
    ],
)
def test_a_fault_is_told_where_it_is(cast, parent, course, sign_in, changes, field, words):
    answer = sign_in(cast.li).post(url(parent), sent(cast, course, **changes))
    assert answer.status_code == 200
    errors = " ".join(answer.context["form"].errors[field])
    assert words in errors
    assert errors.split("。")[0] in answer.content.decode()
    assert not Agreement.objects.filter(parent=parent).exists()


def test_what_does_not_fit_is_told_with_the_reason(cast, parent, sign_in):
    made = draft_package(
        "course_stroke_own", by=cast.zhou, kind=PackageKind.DISEASE_COURSE, course_days=90, name="脑卒中疗程包",
        populations=[Population.STROKE],
    )  # fmt: skip
    publish_package(package=made, valid_from=DAY, by=cast.zhou, on=DAY)
    page = sign_in(cast.li).get(url(parent))
    assert made.pk not in {one.package.pk for one in page.context["choices"]}
    assert "“脑卒中疗程包”适用于" in page.content.decode()
    PopulationFlagFactory(resident=parent.enrollments.get().resident, kind=Population.STROKE)
    page = sign_in(cast.li).get(url(parent))
    assert made.pk in {one.package.pk for one in page.context["choices"]}


def test_of_a_household_one_is_picked(cast, district, course, sign_in):
    home = family(district.grid_a)
    parent = household_signed(home, cast.team_a, cast.li, on=DAY)
    client = sign_in(cast.li)
    assert "请选择是谁" in client.get(url(parent)).content.decode()
    child = home.members.get(name="王小明")
    page = client.get(url(parent) + f"?resident={child.pk}")
    assert page.context["sheet"].resident == child
    assert "由监护人签名" in page.content.decode()
    assert client.get(url(parent) + "?resident=999999").status_code == 404


def test_nothing_is_offered_says_why(cast, resident, wording, sign_in):
    parent = sign_agreement(resident, cast.team_a, cast.li, on=DAY, packages=[package()])
    text = sign_in(cast.li).get(url(parent)).content.decode()
    assert "现在不能签补充协议" in text or "签补充协议" in text


@pytest.mark.parametrize(("who", "status"), [("zhao", 404), ("zhou", 403), ("sun", 403)])
def test_only_the_own_team(cast, parent, course, sign_in, who, status):
    client = sign_in(getattr(cast, who))
    assert client.get(url(parent)).status_code == status
    assert client.post(url(parent), sent(cast, course)).status_code == status


def test_the_page_costs_a_bounded_number_of_queries(cast, parent, sign_in, django_assert_max_num_queries):
    client = sign_in(cast.li)
    with django_assert_max_num_queries(27):
        client.get(url(parent))
