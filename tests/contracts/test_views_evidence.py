"""Pictures that prove a signing: added later, looked at, kept from others."""

import datetime as dt
from io import BytesIO

import pytest
from django.urls import reverse
from PIL import Image

from contracts.models import AgreementEvent, SigningEvidence
from core.models import PolicySetting, ReadLog
from teams.choices import Role
from tests.contracts.photos import photo, upload
from tests.factories.contracts import sign_agreement
from tests.factories.teams import RoleAssignmentFactory, UserFactory

pytestmark = pytest.mark.usefixtures("today")

DAY = dt.date(2026, 11, 22)


@pytest.fixture
def agreement(cast, resident):
    return sign_agreement(resident, cast.team_a, cast.li, on=DAY)


def url(agreement):
    return reverse("agreement-evidence", args=[agreement.pk])


@pytest.fixture
def post(cast, agreement, sign_in):
    def send(*files, who="li", **changes):
        data = {"kind": "photo", "note": "", "evidence": [upload(one) for one in files]} | changes
        return sign_in(getattr(cast, who)).post(url(agreement), data)

    return send


def picture_url(row):
    return reverse("agreement-picture", args=[row.agreement_id, row.pk])


def test_photos_are_added_with_place_and_note(cast, agreement, post):
    answer = post(
        photo(), photo(shade=1), latitude="37.513068", longitude="122.120420", accuracy_m="25", note="家中"
    )
    assert answer.url == reverse("agreement-detail", args=[agreement.pk])
    rows = SigningEvidence.objects.all()
    assert [(one.kind, one.note, one.added_by, str(one.latitude), one.accuracy_m) for one in rows] == [
        ("photo", "家中", cast.li, "37.513068", 25)
    ] * 2
    assert AgreementEvent.objects.filter(agreement=agreement, kind="evidence").exists()


def test_a_place_comes_whole_or_not_at_all(agreement, post):
    post(photo(), latitude="37.5", longitude="")
    assert SigningEvidence.objects.get().latitude is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"latitude": "91", "longitude": "122"}, "位置数据不对"),
        ({"latitude": "x", "longitude": "122"}, "位置数据不对"),
        ({"evidence": []}, "请选择照片"),
        ({"evidence": [upload(b"<svg/>")]}, "请选 JPG 或 PNG"),
        ({"evidence": [upload(photo()[:2000])]}, "不完整"),
        ({"kind": "video"}, ""),
        ({"note": "字" * 101}, ""),
    ],
)
def test_a_fault_is_told_and_nothing_is_kept(agreement, post, changes, words):
    answer = post(photo(), **changes)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert words in text
    assert "照片须重新选择" in text
    assert not SigningEvidence.objects.exists()


def test_the_same_photo_twice_is_refused_at_its_field(agreement, post):
    post(photo())
    answer = post(photo())
    assert "已经提交过" in " ".join(answer.context["form"].errors["evidence"])


def test_bounds_come_from_the_policy(agreement, post):
    numbers = {"evidence_most": 2, "evidence_side_pixels": 600, "evidence_max_bytes": 20_000}
    PolicySetting.objects.create(room="contracts", payload=numbers, in_force_from=DAY, source="试点")
    assert "一次最多2张" in post(photo(), photo(shade=1), photo(shade=2)).content.decode()
    assert "超过0MB" in post(photo() + b"\0" * 20_000).content.decode()
    post(photo())
    post(photo(shade=1))
    assert "还可以提交0张" in post(photo(shade=2)).content.decode()


def test_a_picture_is_shown_small_and_cached_by_nobody(cast, agreement, post, sign_in):
    post(photo(3000, 1000))
    row = SigningEvidence.objects.get()
    ReadLog.objects.all().delete()
    answer = sign_in(cast.wang).get(picture_url(row))
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("image/jpeg", "no-store")
    with Image.open(BytesIO(answer.content)) as image:
        assert image.size == (1600, 533)
    log = ReadLog.objects.get()
    assert (log.page, log.action, log.subject_ids) == (
        "agreement-picture", "view", [agreement.enrollments.get().resident_id],
    )  # fmt: skip


def test_it_lies_sealed(agreement, post):
    post(photo())
    assert b"JFIF" not in bytes(SigningEvidence.objects.get().sealed)


def test_a_picture_of_another_agreement_is_not_found(cast, district, agreement, post, sign_in):
    post(photo())
    row = SigningEvidence.objects.get()
    assert (
        sign_in(cast.li).get(reverse("agreement-picture", args=[row.agreement_id + 1, row.pk])).status_code
        == 404
    )
    assert sign_in(cast.zhao).get(picture_url(row)).status_code == 404
    assert sign_in(cast.sun).get(picture_url(row)).status_code == 403
    assert sign_in(cast.zhou).get(picture_url(row)).status_code == 200


@pytest.mark.parametrize(("who", "status"), [("zhao", 404), ("zhou", 403), ("sun", 403)])
def test_only_the_own_team_adds(agreement, post, who, status):
    assert post(photo(), who=who).status_code == status
    assert not SigningEvidence.objects.exists()


def test_the_agreements_page_shows_them(cast, agreement, post, sign_in):
    client = sign_in(cast.li)
    page = reverse("agreement-detail", args=[agreement.pk])
    assert "没有照片或扫描件" in client.get(page).content.decode()
    post(photo(), note="家中", latitude="37.513068", longitude="122.120420")
    text = sign_in(cast.li).get(page).content.decode()
    assert picture_url(SigningEvidence.objects.get()) in text
    assert "签约现场照片：家中" in text
    assert "北纬 37.513068" in text


@pytest.mark.parametrize("kind", ["id_photo", "paper_scan", "other"])
def test_a_document_is_opened_on_purpose_and_only_by_who_may_see_numbers(
    cast, agreement, post, sign_in, kind
):
    post(photo(), kind=kind)
    row = SigningEvidence.objects.get()
    page, picture = reverse("agreement-detail", args=[agreement.pk]), picture_url(row)
    officer = UserFactory()
    RoleAssignmentFactory(
        user=officer, role=Role.DEDICATED_OFFICER, institution=cast.team_a.institution, area_code=""
    )
    text = sign_in(officer).get(page).content.decode()
    assert "您没有查看权限" in text
    assert picture not in text
    assert sign_in(officer).get(picture).status_code == 403
    text = sign_in(cast.wang).get(page).content.decode()
    assert f'href="{picture}"' in text
    assert f'src="{picture}"' not in text
    assert sign_in(cast.wang).get(picture).status_code == 200
