import datetime as dt

import pytest
from django.contrib.admin import site
from django.db import IntegrityError, transaction
from django.urls import reverse

from contracts.models import Agreement, AgreementTemplate, ServicePackage
from tests.factories.contracts import package, sign_agreement

pytestmark = pytest.mark.usefixtures("today", "wording")

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)


def change(row):
    return reverse(f"admin:contracts_{row._meta.model_name}_change", args=[row.pk])


def sent(one, **changes):
    data = {
        "code": one.code, "name": one.name, "kind": one.kind, "items": one.items, "populations": one.populations,
        "price_yuan": one.price_yuan, "source": one.source, "is_enabled": "on",
    }  # fmt: skip
    return data | changes


@pytest.fixture
def used(cast, resident):
    sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    return package("basic")


def test_a_package_nobody_signed_can_be_corrected(cast, sign_in):
    one = package("child")
    answer = sign_in(cast.zhou).post(
        change(one), sent(one, items="新生儿访视", populations=["child_0_6", "disabled"])
    )
    assert answer.status_code == 302
    one.refresh_from_db()
    assert (one.items, one.populations, one.code) == ("新生儿访视", ["child_0_6", "disabled"], "child")


def test_a_signed_package_keeps_its_wording(cast, sign_in, used):
    client = sign_in(cast.zhou)
    assert client.get(change(used)).context["adminform"].readonly_fields
    client.post(change(used), {"items": "别的", "name": "别的", "source": "新依据"})
    used.refresh_from_db()
    assert (used.name, used.source, used.is_enabled) == ("基础服务包", "新依据", False)


@pytest.mark.parametrize(
    "changes",
    [{"items": "别的"}, {"name": "别的"}, {"price_yuan": 1}, {"populations": ["tb"]}, {"version": 9}],
)
def test_the_database_keeps_a_signed_package_too(used, changes):
    with pytest.raises(IntegrityError, match="part of a signed agreement"), transaction.atomic():
        ServicePackage.objects.filter(pk=used.pk).update(**changes)
    ServicePackage.objects.filter(pk=used.pk).update(is_enabled=False, source="停用")


def test_a_new_version_is_drafted_from_the_old_one(cast, sign_in, used):
    url = reverse("admin:contracts_servicepackage_changelist")
    answer = sign_in(cast.zhou).post(url, {"action": "new_version", "_selected_action": [used.pk]})
    made = ServicePackage.objects.get(code="basic", version=2)
    assert answer.url == change(made)
    assert (made.items, made.is_enabled) == (used.items, False)
    both_on = sign_in(cast.zhou).post(change(made), sent(made, items="新的内容"))
    assert "同一服务包只能有一个版本可选用" in both_on.content.decode()
    ServicePackage.objects.filter(pk=used.pk).update(is_enabled=False)
    assert sign_in(cast.zhou).post(change(made), sent(made, items="新的内容")).status_code == 302
    assert package("basic") == made
    assert Agreement.objects.get().packages.get() == used


def test_several_at_once_are_refused(cast, sign_in):
    url = reverse("admin:contracts_servicepackage_changelist")
    chosen = list(ServicePackage.objects.values_list("pk", flat=True))
    answer = sign_in(cast.zhou).post(url, {"action": "new_version", "_selected_action": chosen}, follow=True)
    assert "请只选一个服务包" in answer.content.decode()
    assert not ServicePackage.objects.filter(version=2).exists()


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


def test_stewards_read_packages_but_do_not_change_them(cast, sign_in):
    one = package("basic")
    assert sign_in(cast.qian).get(change(one)).status_code == 200
    assert sign_in(cast.qian).post(change(one), sent(one, name="别的")).status_code == 403


@pytest.mark.parametrize("model", [ServicePackage, AgreementTemplate, Agreement])
def test_nothing_is_deleted_here(cast, rf, model):
    request = rf.get("/")
    request.user = cast.zhou
    assert not site.get_model_admin(model).has_delete_permission(request)


def test_the_list_of_agreements_costs_the_same(cast, sign_in, used, django_assert_max_num_queries):
    client = sign_in(cast.zhou)
    with django_assert_max_num_queries(14):
        client.get(reverse("admin:contracts_agreement_changelist"))
