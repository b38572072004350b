import datetime as dt

import pytest
from django.contrib.admin import site
from django.db import transaction
from django.urls import reverse

from contracts.models import Agreement, AgreementTemplate, ServicePackage
from tests.factories.contracts import package, sign_agreement

pytestmark = pytest.mark.usefixtures("today", "wording")

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)


def change(row):
    return reverse(f"admin:contracts_{row._meta.model_name}_change", args=[row.pk])


@pytest.fixture
def used(cast, resident):
    sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    return package("basic")


def test_wording_is_added_and_never_changed(cast, sign_in):
    client = sign_in(cast.zhou)
    url = reverse("admin:contracts_agreementtemplate_add")
    assert "签约服务不是急救服务" in client.get(url).content.decode()
    data = {"kind": "individual", "title": "新协议书", "body": "正文", "in_force_from": "2026-12-01"}
    assert client.post(url, data).status_code == 302
    made = AgreementTemplate.objects.get(version=2)
    assert made.in_force_from == dt.date(2026, 12, 1)
    page = client.get(change(made))
    assert page.status_code == 200
    assert client.post(change(made), data | {"title": "改了"}).status_code == 403
    with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
        AgreementTemplate.objects.update(title="改了")


@pytest.mark.parametrize(("day", "words"), [("2026-11-21", "不能早于今天"), ("2026-11-30", "不能早于上一版")])
def test_wording_does_not_reach_back(cast, sign_in, day, words):
    client, url = sign_in(cast.zhou), reverse("admin:contracts_agreementtemplate_add")
    data = {"kind": "individual", "title": "新协议书", "body": "正文", "in_force_from": "2026-12-01"}
    client.post(url, data)
    answer = client.post(url, data | {"in_force_from": day, "title": "又一版"})
    assert words in answer.content.decode()
    assert 'value="又一版"' in answer.content.decode()
    assert not AgreementTemplate.objects.filter(version=3).exists()


def test_agreements_are_listed_in_scope_without_persons(cast, sign_in, used, resident):
    url = reverse("admin:contracts_agreement_changelist")
    number = Agreement.objects.get().number
    for who, sees in ((cast.zhou, True), (cast.qian, True), (cast.wu, False)):
        page = sign_in(who).get(url)
        assert (number in page.content.decode()) == sees
        assert "王" not in page.content.decode().split("<main")[-1].replace("王护士", "")


def test_an_agreement_is_read_only_and_404_out_of_scope(cast, sign_in, used):
    agreement = Agreement.objects.get()
    page = sign_in(cast.zhou).get(change(agreement))
    assert page.status_code == 200
    assert reverse("agreement-detail", args=[agreement.pk]) in page.content.decode()
    assert sign_in(cast.zhou).post(change(agreement), {"state": "void"}).status_code == 403
    assert sign_in(cast.wu).get(change(agreement)).status_code == 404
    assert sign_in(cast.he).get(change(agreement)).status_code == 403


@pytest.mark.parametrize("model", [ServicePackage, AgreementTemplate, Agreement])
def test_nothing_is_deleted_here(cast, rf, model):
    request = rf.get("/")
    request.user = cast.zhou
    assert not site.get_model_admin(model).has_delete_permission(request)


def test_the_list_of_agreements_costs_the_same(cast, sign_in, used, django_assert_max_num_queries):
    client = sign_in(cast.zhou)
    with django_assert_max_num_queries(14):
        client.get(reverse("admin:contracts_agreement_changelist"))
