"""The seven ones: exactly seven, verified, from a day on, and then as they are."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from contracts.actions import CannotKeepStandard, draft_standard, publish_standard, set_standard_items
from contracts.actions.standards import StandardRow
from contracts.models import FulfilmentStandard, HomeCareLabel, StandardItem
from contracts.queries.packages import standard_on

pytestmark = pytest.mark.usefixtures("today", "wording")
DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)


def rows(count: int, *, verified: bool = True) -> list[StandardRow]:
    return [StandardRow(f"第{place}个一", "manual", verified) for place in range(1, count + 1)]


@pytest.fixture
def bureau(cast):
    return {"by": cast.zhou, "on": DAY}


@pytest.fixture
def standard(db, wording):
    return FulfilmentStandard.objects.get()


@pytest.mark.parametrize(("count", "code"), [(0, "not_seven"), (6, "not_seven"), (7, None), (8, "too_many")])
def test_it_has_exactly_seven(standard, bureau, count, code):
    if code == "too_many":
        with pytest.raises(CannotKeepStandard, match="只有 7 条"):
            set_standard_items(standard=standard, rows=rows(count), **bureau)
        return
    set_standard_items(standard=standard, rows=rows(count), **bureau)
    if code is None:
        publish_standard(standard=standard, in_force_from=DAY, **bureau)
        assert [one.position for one in standard_on(DAY)[1]] == [1, 2, 3, 4, 5, 6, 7]
        assert standard_on(DAY - ONE) is None
        return
    with pytest.raises(CannotKeepStandard) as met:
        publish_standard(standard=standard, in_force_from=DAY, **bureau)
    assert met.value.code == code


def test_the_database_knows_no_eighth(standard):
    with pytest.raises(IntegrityError, match="standard_item_of_seven"), transaction.atomic():
        StandardItem.objects.create(standard=standard, position=8, text="第八个一")


def test_candidates_are_not_published(standard, bureau):
    with pytest.raises(CannotKeepStandard) as met:
        publish_standard(standard=standard, in_force_from=DAY, **bureau)
    assert met.value.code == "not_verified"
    assert "第 1、2、3、4、5、6、7 条" in met.value.sentence


def test_a_published_version_stays_and_the_next_follows_it(standard, bureau):
    set_standard_items(standard=standard, rows=rows(7), **bureau)
    publish_standard(standard=standard, in_force_from=DAY + ONE, **bureau)
    with pytest.raises(CannotKeepStandard, match="不能再改"):
        set_standard_items(standard=standard, rows=rows(7), **bureau)
    for attempt in (
        lambda: StandardItem.objects.update(text="改了"),
        lambda: StandardItem.objects.all().delete(),
        lambda: FulfilmentStandard.objects.update(name="改了"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()
    second = draft_standard(name=standard.name, source="新文件", **bureau)
    assert second.version == 2
    assert next(one.text for one in second.items.order_by("position")) == "第1个一"
    with pytest.raises(CannotKeepStandard) as met:
        publish_standard(standard=second, in_force_from=DAY, **bureau)
    assert met.value.code == "in_force_before_last"
    with pytest.raises(CannotKeepStandard, match="不能早于今天"):
        publish_standard(standard=second, in_force_from=DAY - ONE, **bureau)


def test_the_bureau_writes_verifies_and_publishes(cast, sign_in, standard):
    client = sign_in(cast.zhou)
    page = reverse("admin:contracts_fulfilmentstandard_change", args=[standard.pk])
    assert "待核定" in client.get(page).content.decode()
    data = {
        "items-TOTAL_FORMS": 7,
        "items-INITIAL_FORMS": 7,
        "items-MAX_NUM_FORMS": 7,
        "items-MIN_NUM_FORMS": 0,
    }
    for place, one in enumerate(standard.items.order_by("position")):
        data |= {
            f"items-{place}-id": one.pk, f"items-{place}-standard": standard.pk, f"items-{place}-position": place + 1,
            f"items-{place}-text": f"正式{place + 1}", f"items-{place}-proof": one.proof, f"items-{place}-is_verified": "on",
        }  # fmt: skip
    assert client.post(page, data).status_code == 302
    publish = reverse("admin:contracts_fulfilmentstandard_publish", args=[standard.pk])
    refused = client.post(publish, {"in_force_from": "2026-11-21"})
    assert "不能早于今天" in refused.content.decode()
    assert client.post(publish, {"in_force_from": "2026-11-22"}).status_code == 302
    assert next(one.text for one in standard_on(DAY)[1]) == "正式1"
    assert "正式7" in client.get(reverse("package-list")).content.decode()
    version = reverse("admin:contracts_fulfilmentstandard_version", args=[standard.pk])
    assert client.post(version).status_code == 302
    assert FulfilmentStandard.objects.filter(version=2, in_force_from=None).exists()


def test_a_steward_reads_only(cast, sign_in, standard):
    client = sign_in(cast.qian)
    assert (
        client.get(reverse("admin:contracts_fulfilmentstandard_change", args=[standard.pk])).status_code
        == 200
    )
    assert (
        client.get(reverse("admin:contracts_fulfilmentstandard_publish", args=[standard.pk])).status_code
        == 403
    )


def test_labels_are_written_not_added(cast, sign_in):
    label = HomeCareLabel.objects.filter(group="guarantee").first()
    page = reverse("admin:contracts_homecarelabel_change", args=[label.pk])
    assert sign_in(cast.zhou).post(page, {"text": "保障就医", "is_verified": "on"}).status_code == 302
    label.refresh_from_db()
    assert (label.text, label.is_verified) == ("保障就医", True)
    assert sign_in(cast.zhou).get(reverse("admin:contracts_homecarelabel_add")).status_code == 403
    with pytest.raises(IntegrityError, match="home_care_label_counts"), transaction.atomic():
        HomeCareLabel.objects.create(group="priority", position=5, text="第五")
