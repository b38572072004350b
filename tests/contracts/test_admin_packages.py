"""Management pages of packages and services: who writes what, versions, prices at the field."""

import datetime as dt

import pytest
from django.urls import reverse

from contracts.actions import draft_package_version
from contracts.models import Agreement, ServiceItem, ServicePackage
from tests.factories.contracts import draft_package, package, sign_agreement

pytestmark = pytest.mark.usefixtures("today", "wording")
DAY = dt.date(2026, 11, 22)
LIST = "/admin/contracts/servicepackage/"


def change(row):
    return reverse(f"admin:contracts_{row._meta.model_name}_change", args=[row.pk])


def verb(row, name):
    return reverse(f"admin:contracts_servicepackage_{name}", args=[row.pk])


def sent(one, **changes):
    """The form as the page shows it."""
    rows = list(one.contents.in_order()) if one.pk else []
    data = {
        "name": one.name, "code": one.code, "owner": one.owner_id or "", "kind": one.kind, "tier": one.tier,
        "intro": one.intro, "populations": one.populations, "elder_colors": one.elder_colors,
        "cardio_colors": one.cardio_colors, "course_days": one.course_days or "", "is_suggested": "on",
        "price_yuan": one.price_yuan, "discount_yuan": one.discount_yuan, "fund_yuan": one.fund_yuan,
        "insurance_yuan": one.insurance_yuan, "individual_yuan": one.individual_yuan, "is_fixed_price": "on",
        "source": one.source, "remark": one.remark, "valid_until": "",
        "contents-TOTAL_FORMS": len(rows), "contents-INITIAL_FORMS": len(rows),
        "contents-MIN_NUM_FORMS": 0, "contents-MAX_NUM_FORMS": 1000,
    }  # fmt: skip
    for place, row in enumerate(rows):
        data |= {
            f"contents-{place}-id": row.pk, f"contents-{place}-package": one.pk, f"contents-{place}-item": row.item_id,
            f"contents-{place}-position": row.position, f"contents-{place}-frequency": row.frequency,
            f"contents-{place}-times": row.times or "", f"contents-{place}-is_required": "on",
        }  # fmt: skip
    return data | changes


@pytest.fixture
def draft(cast):
    return draft_package(by=cast.zhou)


@pytest.fixture
def used(cast, resident):
    sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    return package("basic")


def test_the_bureau_makes_fills_and_publishes_a_package(cast, sign_in):
    client = sign_in(cast.zhou)
    item = ServiceItem.objects.get(code="oral_check")
    asked = sent(ServicePackage(code="teeth", name="护牙包", kind="key_population"), **{
        "contents-TOTAL_FORMS": 1, "contents-0-item": item.pk, "contents-0-position": 1,
        "contents-0-frequency": "half_year", "contents-0-times": 1, "contents-0-is_required": "on",
    })  # fmt: skip
    answer = client.post(f"{LIST}add/", asked)
    assert answer.status_code == 302, answer.context["errors"]
    made = ServicePackage.objects.get(code="teeth")
    assert (made.items, made.is_enabled) == ("口腔健康检查和指导，每半年1次", False)
    assert "草稿" in client.get(change(made)).content.decode()
    refused = client.post(verb(made, "publish"), {"valid_from": "2026-11-21"})
    assert "启用日期不能早于今天" in refused.content.decode()
    assert client.post(verb(made, "publish"), {"valid_from": "2026-11-22"}).status_code == 302
    assert package("teeth") == made
    assert client.post(verb(made, "withdraw")).status_code == 302
    assert not ServicePackage.objects.offered_on(DAY).filter(code="teeth").exists()


def test_a_package_nobody_signed_can_be_corrected(cast, sign_in, draft):
    answer = sign_in(cast.zhou).post(
        change(draft), sent(draft, name="改名", populations=["child_0_6"], **{"contents-0-times": 5})
    )
    assert answer.status_code == 302, answer.context["errors"]
    draft.refresh_from_db()
    assert (draft.name, draft.populations) == ("改名", ["child_0_6"])
    assert "每年5次" in draft.items


def test_the_price_is_checked_at_its_field(cast, sign_in, draft):
    answer = sign_in(cast.zhou).post(change(draft), sent(draft, price_yuan="100", individual_yuan="99"))
    errors = answer.context["adminform"].form.errors
    assert "三方承担之和" in errors["individual_yuan"][0]
    assert 'value="99"' in answer.content.decode()


def test_a_row_without_its_number_is_told_in_the_row(cast, sign_in, draft):
    answer = sign_in(cast.zhou).post(change(draft), sent(draft, **{"contents-0-times": ""}))
    assert answer.status_code == 200
    assert "请填写次数" in answer.content.decode()
    assert draft.contents.get().times == 2


def test_a_signed_package_keeps_everything_but_its_availability(cast, sign_in, used):
    client = sign_in(cast.zhou)
    page = client.get(change(used)).content.decode()
    assert "请建立新版本" in page
    asked = sent(used, name="别的", price_yuan="9", source="新依据", **{"contents-0-times": 9})
    answer = client.post(change(used), asked)
    assert answer.status_code == 302, answer.context["errors"]
    used.refresh_from_db()
    assert (used.name, used.price_yuan, used.source) == ("基础服务包", 0, "新依据")
    assert used.contents.get(position=1).times == 1


def test_a_new_version_is_drafted_and_agreements_keep_theirs(cast, sign_in, used):
    client = sign_in(cast.zhou)
    assert "已签的协议保留原来的版本" in client.get(verb(used, "version")).content.decode()
    answer = client.post(verb(used, "version"))
    made = ServicePackage.objects.get(code="basic", version=used.version + 1)
    assert answer.url == change(made)
    assert client.post(verb(made, "publish"), {"valid_from": "2026-11-22"}).status_code == 302
    assert package("basic") == made
    assert Agreement.objects.get().packages.get() == used


def test_a_steward_copies_the_menu_and_writes_only_his_own(cast, sign_in):
    client, menu = sign_in(cast.qian), package("family_menu")
    assert client.get(change(menu)).status_code == 200
    assert client.post(change(menu), sent(menu, name="别的")).status_code == 403
    for name in ("version", "publish", "withdraw"):
        assert client.post(verb(menu, name)).status_code == 403
    assert client.post(verb(menu, "copy"), {"owner": cast.institution_b.pk}).status_code == 200
    assert client.post(verb(menu, "copy"), {"owner": cast.institution_a.pk}).status_code == 302
    mine = ServicePackage.objects.get(code="family_menu", owner=cast.institution_a)
    answer = client.post(change(mine), sent(mine, name="本院家庭包"))
    assert answer.status_code == 302, answer.context["errors"]
    assert client.post(verb(mine, "publish"), {"valid_from": "2026-11-22"}).status_code == 302
    assert ServicePackage.objects.get(pk=mine.pk).name == "本院家庭包"


def test_a_steward_s_new_package_is_his_institution_s(cast, sign_in):
    client = sign_in(cast.qian)
    blank = ServicePackage(code="mine", name="本院包", kind="key_population")
    for owner in ("", cast.institution_b.pk):
        answer = client.post(f"{LIST}add/", sent(blank, owner=owner))
        assert "owner" in answer.context["adminform"].form.errors
    assert client.post(f"{LIST}add/", sent(blank, owner=cast.institution_a.pk)).status_code == 302
    assert ServicePackage.objects.get(code="mine").owner == cast.institution_a


def test_another_institution_s_package_does_not_exist(cast, sign_in):
    theirs = draft_package_version(
        package=package("family_menu"), owner=cast.institution_b, by=cast.zhou, on=DAY
    )
    client = sign_in(cast.qian)
    assert client.get(change(theirs)).status_code == 404
    assert client.get(verb(theirs, "publish")).status_code == 404
    assert client.get(reverse("package-detail", args=[theirs.pk])).status_code == 404
    assert sign_in(cast.zhou).get(change(theirs)).status_code == 200


def test_services_are_the_bureau_s_or_the_institution_s(cast, sign_in, used):
    client = sign_in(cast.qian)
    shared = ServiceItem.objects.get(code="oral_check")
    assert client.get(change(shared)).status_code == 200
    assert client.post(change(shared), {"name": "别的"}).status_code == 403
    data = {
        "name": "本院理疗", "code": "own_physio", "owner": cast.institution_a.pk, "nature": "value_added", "level": 3,
        "parent": "", "description": "", "proof": "manual", "price_yuan": "30", "insurance_percent": "101",
        "source": "", "is_enabled": "on",
    }  # fmt: skip
    refused = client.post("/admin/contracts/serviceitem/add/", data)
    assert "医保支付比例不超过 100%" in refused.content.decode()
    assert (
        client.post("/admin/contracts/serviceitem/add/", data | {"insurance_percent": "50"}).status_code
        == 302
    )
    promised = used.contents.first().item
    page = sign_in(cast.zhou).get(change(promised))
    assert "name" in page.context["adminform"].readonly_fields


@pytest.mark.parametrize("query", ["", "?offer=offered", "?offer=draft", "?q=老年"])
def test_the_list_costs_the_same(cast, sign_in, query, django_assert_max_num_queries):
    client = sign_in(cast.zhou)
    with django_assert_max_num_queries(12):
        assert client.get(LIST + query).status_code == 200
    with django_assert_max_num_queries(12):
        client.get("/admin/contracts/serviceitem/")


def test_the_page_of_a_package_costs_the_same(cast, sign_in, django_assert_max_num_queries):
    client, one = sign_in(cast.zhou), draft_package_version(package=package("basic"), by=cast.zhou, on=DAY)
    with django_assert_max_num_queries(25):
        assert client.get(change(one)).status_code == 200
