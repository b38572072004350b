"""The doctors' pages of packages."""

import pytest
from django.urls import reverse

from contracts.models import ServicePackage
from tests.factories.contracts import package

pytestmark = pytest.mark.usefixtures("today", "wording")
LIST = "/packages/"


def page_of(one):
    return reverse("package-detail", args=[one.pk])


def test_the_list_by_kind_and_tier(cast, sign_in):
    client = sign_in(cast.li)
    page = client.get(LIST).content.decode()
    for words in ("基础服务包", "家庭服务包", "三高共管高级包", "每季度至少联系1次"):
        assert words in page
    assert (
        "家庭服务包"
        not in client.get(LIST + "?kind=basic_free").content.decode().split("<main")[1].split("</form>")[1]
    )
    high = client.get(LIST + "?tier=3").context["shelves"]
    assert {card.package.code for one in high for card in one.cards} == {"three_highs_advanced"}
    assert client.get(LIST + "?kind=zzz&tier=9").context["count"] > 30


def test_one_package_in_plain_words(cast, sign_in):
    page = sign_in(cast.li).get(page_of(package("family_menu"))).content.decode()
    for words in ("居家防跌倒指导", "自选", "每年1次", "免费", "入户服务记录"):
        assert words in page


def test_an_old_version_is_readable_and_says_so(cast, sign_in):
    old = ServicePackage.objects.get(code="basic", version=1)
    page = sign_in(cast.li).get(page_of(old)).content.decode()
    assert "现在不能选用" in page
    assert "建立并更新电子健康档案" in page


def test_restricted_packages_only_for_whom_may_know(cast, sign_in):
    smi = package("severe_mental")
    assert "严重精神障碍" in sign_in(cast.li).get(LIST).content.decode()
    assert sign_in(cast.li).get(page_of(smi)).status_code == 200
    assert "严重精神障碍" not in sign_in(cast.qian).get(LIST).content.decode()
    assert sign_in(cast.qian).get(page_of(smi)).status_code == 404


def test_who_sees_no_agreements_sees_no_packages(cast, sign_in):
    assert sign_in(cast.he).get(LIST).status_code == 403
    assert sign_in(cast.he).get(page_of(package("basic"))).status_code == 403


def test_the_pages_cost_the_same(cast, sign_in, django_assert_max_num_queries):
    client = sign_in(cast.li)
    with django_assert_max_num_queries(13):
        client.get(LIST)
    with django_assert_max_num_queries(13):
        client.get(page_of(package("basic")))
