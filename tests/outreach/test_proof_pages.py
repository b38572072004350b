"""Pages of proofs: from a phone, judged by the institution, never another team's."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from outreach.choices import ProofState
from outreach.models import DisclosureProof, ProofPhoto
from tests.outreach.posting import GROUP, confirmed, photo, picture, post, published

pytestmark = pytest.mark.django_db
D = dt.date
THIRD, FOURTH = D(2026, 11, 3), D(2026, 11, 4)


@pytest.fixture
def issue(cast, noon):
    return published(cast.team_a, THIRD, by=cast.li, steward=cast.qian)


@pytest.fixture
def other(cast, noon):
    return published(cast.team_b, THIRD, by=cast.zhao, steward=cast.wu)


def typed(client, issue, **given):
    """What a person sends from the page, with the token that the page gave him."""
    form = client.get(f"/disclosures/{issue.pk}/proofs/new/").context["form"]
    values = {
        "channel": "notice_board", "place": "东门公示栏", "posted_on": "2026-11-20", "note": "",
        "client_token": str(form["client_token"].value()),
        "photos": SimpleUploadedFile("a.jpg", photo(1), "image/jpeg"),
    }  # fmt: skip
    return {name: value for name, value in (values | given).items() if value is not None}


def test_a_member_records_with_a_phone_and_sees_what_is_missing(cast, issue, sign_in):
    client = sign_in(cast.wang)
    page = client.get(f"/disclosures/{issue.pk}/proofs/new/").content.decode()
    assert 'type="file"' in page
    assert "capture" not in page
    answer = client.post(f"/disclosures/{issue.pk}/proofs/new/", typed(client, issue))
    assert answer.url == f"/disclosures/{issue.pk}/proofs/"
    text = client.get(answer.url).content.decode()
    assert "东门公示栏" in text
    assert "公开形式少 1 种" in text
    (kept,) = ProofPhoto.objects.all()
    shown = client.get(f"/disclosures/proofs/photos/{kept.pk}/")
    assert (shown["Content-Type"], shown["Cache-Control"]) == ("image/jpeg", "no-store")


def test_a_place_used_before_is_chosen(cast, issue, sign_in):
    post(issue, by=cast.wang, day=FOURTH, place="西门公示栏", photos=[picture(3)])
    client = sign_in(cast.wang)
    client.post(f"/disclosures/{issue.pk}/proofs/new/", typed(client, issue, place="", used="西门公示栏"))
    assert DisclosureProof.objects.filter(place="西门公示栏").count() == 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"photos": None}, "请至少选一张照片或截图。"),
        ({"place": " "}, "请选择用过的地点，或填写地点（群名）。"),
        ({"posted_on": "2026-11-23"}, "公开日期不能晚于今天。"),
        ({"posted_on": "2026-11-02"}, "不能早于这一天"),
        ({"channel": "radio"}, "radio"),
        ({"photos": SimpleUploadedFile("a.jpg", b"<script>", "image/jpeg")}, "不是能打开的照片"),
        ({"place": "x" * 121}, "121"),
    ],
)
def test_a_refused_form_says_why(cast, issue, sign_in, given, said):
    client = sign_in(cast.wang)
    answer = client.post(f"/disclosures/{issue.pk}/proofs/new/", typed(client, issue, **given))
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not DisclosureProof.objects.exists()


def test_before_it_is_published_there_is_nothing_to_record(cast, noon, sign_in):
    waiting = confirmed(cast.team_a, THIRD, by=cast.li)
    client = sign_in(cast.wang)
    assert "proofs/new/" not in client.get(f"/disclosures/{waiting.pk}/proofs/").content.decode()
    answer = client.post(f"/disclosures/{waiting.pk}/proofs/new/", typed(client, waiting))
    assert "这一期还没有发布" in answer.content.decode()


def test_what_is_typed_is_escaped(cast, issue, sign_in):
    client = sign_in(cast.wang)
    bad = "<script>alert(1)</script>"
    client.post(f"/disclosures/{issue.pk}/proofs/new/", typed(client, issue, place=bad, note=bad))
    for address in (f"/disclosures/{issue.pk}/proofs/", f"/disclosures/{issue.pk}/proofs/new/"):
        assert bad not in client.get(address).content.decode()


def test_another_team_finds_nothing(cast, issue, other, sign_in):
    proof = post(issue, by=cast.wang, day=FOURTH)
    picked = proof.photos.get()
    addresses = [
        f"/disclosures/{issue.pk}/proofs/", f"/disclosures/{issue.pk}/proofs/new/",
        f"/disclosures/proofs/{proof.pk}/withdraw/", f"/disclosures/proofs/photos/{picked.pk}/",
    ]  # fmt: skip
    for address in addresses:
        assert sign_in(cast.zhao).get(address).status_code == 404
    assert sign_in(cast.wu).get(f"/disclosures/proofs/{proof.pk}/decide/").status_code == 404
    assert sign_in(cast.wu).get(f"/disclosures/proofs/photos/{picked.pk}/").status_code == 404


def test_the_steward_compares_with_another_teams_picture_and_decides(cast, issue, other, sign_in):
    before = post(other, by=cast.zhao, day=FOURTH).photos.get()
    proof = post(issue, by=cast.wang, day=FOURTH)
    unseen = post(other, by=cast.zhao, day=FOURTH, channel=GROUP, photos=[picture(9)]).photos.get()
    client = sign_in(cast.qian)
    assert "东北村社区一号公示栏" in client.get("/disclosures/proofs/flagged/").content.decode()
    page = client.get(f"/disclosures/proofs/{proof.pk}/decide/").content.decode()
    assert "同一个文件" in page
    assert f"/disclosures/proofs/photos/{before.pk}/" in page
    assert client.get(f"/disclosures/proofs/photos/{before.pk}/").status_code == 200
    assert client.get(f"/disclosures/proofs/photos/{unseen.pk}/").status_code == 404
    assert sign_in(cast.wang).get(f"/disclosures/proofs/photos/{before.pk}/").status_code == 404
    client = sign_in(cast.qian)
    assert "请写明" in client.post(
        f"/disclosures/proofs/{proof.pk}/decide/", {"verdict": "rejected", "words": "\u200b"}
    ).content.decode()  # fmt: skip
    client.post(f"/disclosures/proofs/{proof.pk}/decide/", {"verdict": "rejected", "words": "是别队的"})
    proof.refresh_from_db()
    assert (proof.state, proof.decision) == (ProofState.REJECTED, "是别队的")
    assert "是别队的" in sign_in(cast.wang).get(f"/disclosures/{issue.pk}/proofs/").content.decode()


def test_members_do_not_judge_and_the_bureau_judges_but_records_nothing(cast, issue, sign_in):
    proof = post(issue, by=cast.wang, day=FOURTH)
    for user, address, status in (
        (cast.li, f"/disclosures/proofs/{proof.pk}/decide/", 403),
        (cast.he, f"/disclosures/proofs/{proof.pk}/decide/", 403),
        (cast.zhou, f"/disclosures/proofs/{proof.pk}/decide/", 200),
        (cast.zhou, f"/disclosures/{issue.pk}/proofs/new/", 403),
        (cast.zhou, f"/disclosures/proofs/{proof.pk}/withdraw/", 403),
        (cast.zhou, f"/disclosures/{issue.pk}/proofs/", 200),
        (cast.he, f"/disclosures/{issue.pk}/proofs/", 200),
        (cast.xu, f"/disclosures/{issue.pk}/proofs/", 403),
        (cast.sun, "/disclosures/proofs/flagged/", 403),
    ):
        assert sign_in(user).get(address).status_code == status


def test_taking_back(cast, issue, sign_in):
    proof = post(issue, by=cast.wang, day=FOURTH)
    client = sign_in(cast.li)
    assert client.post(f"/disclosures/proofs/{proof.pk}/withdraw/", {"words": "登记错了"}).status_code == 302
    proof.refresh_from_db()
    assert (proof.state, proof.decision) == (ProofState.WITHDRAWN, "登记错了")
    again = client.post(f"/disclosures/proofs/{proof.pk}/withdraw/", {"words": "再一次"})
    assert "已经撤回过了" in again.content.decode()


def test_a_few_queries_however_many(cast, issue, sign_in, django_assert_max_num_queries):
    for number in range(6):
        post(issue, by=cast.wang, day=FOURTH, place=f"{number}号楼", photos=[picture(number), picture(0)])
    client = sign_in(cast.qian)
    with django_assert_max_num_queries(22):
        client.get(f"/disclosures/{issue.pk}/proofs/")
    with django_assert_max_num_queries(18):
        client.get("/disclosures/proofs/flagged/")
