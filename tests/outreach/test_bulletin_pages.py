"""The published issue for everybody, and what staff take from it."""

import datetime as dt
import io
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from PIL import Image

from contracts.printing import pdf
from contracts.printing.pdf import CannotPrint
from outreach.actions.disclosures import add_note
from outreach.choices import DisclosureStep
from outreach.disclosures import picture
from outreach.disclosures.plain import MAX_TEXT
from outreach.models import DisclosureVersion, MonthlyDisclosure
from outreach.queries.bulletins import archive_of, latest_codes, published_bulletin, published_bulletins
from tests.outreach.bulletins import AT, HOSTILE, content
from tests.outreach.disclosing import drafted, filled, last, published, write

pytestmark = pytest.mark.django_db
MOST_BYTES = 60_000  # all that a telephone loads


@pytest.fixture
def issue(noon, cast):
    cache.clear()
    return published(cast.team_a, cast.li, cast.qian)


@pytest.fixture
def anybody():
    return Client()


def an_issue(institution, team, month: dt.date, code: str) -> MonthlyDisclosure:
    """A published one of an earlier month, without its steps."""
    found = MonthlyDisclosure.objects.create(
        institution=institution, team=team, month=month, state="published", code=code, drafted_at=AT, confirmed_at=AT,
        published_at=AT, digest="d" * 64,
    )  # fmt: skip
    DisclosureVersion.objects.create(
        disclosure=found,
        number=1,
        step=DisclosureStep.PUBLISHED,
        at=AT,
        content=content().as_json(),
        digest="d" * 64,
    )
    return found


def loaded(html: str) -> int:
    """Bytes of the page and of every sheet and picture it asks for."""
    names = re.findall(r'(?:href|src)="/static/([^"]+)"', html)
    assert names
    return len(html.encode()) + sum(
        (Path(settings.BASE_DIR) / "static" / one).stat().st_size for one in names
    )


class TestPublicPage:
    def test_everything_is_told_and_nothing_internal(self, issue, anybody):
        answer = anybody.get(f"/p/d/{issue.code}/")
        assert answer.status_code == 200
        html = answer.content.decode()
        for number in range(1, 11):
            assert f"第{number}项的内容" in html
        assert "环翠楼街道社区卫生服务中心" in html
        assert issue.digest[:16] in html
        assert "未发布" not in html
        for inside in ("/disclosures/", "/residents/", "/visits/", "/points/", "<script", "csrf", "style="):
            assert inside not in html
        assert not re.search(rf"\b{issue.pk}\b/", html)

    def test_kept_by_caches_and_the_same_for_everybody(self, issue, anybody, sign_in, cast):
        answer = anybody.get(f"/p/d/{issue.code}/")
        assert "public" in answer["Cache-Control"]
        assert "Set-Cookie" not in answer
        assert not answer.cookies
        assert (
            anybody.get(f"/p/d/{issue.code}/", headers={"if-none-match": answer["ETag"]}).status_code == 304
        )
        assert sign_in(cast.li).get(f"/p/d/{issue.code}/").content == answer.content

    def test_three_queries(self, issue, anybody, django_assert_max_num_queries):
        with django_assert_max_num_queries(
            4
        ):  # the issue, its words, its corrections; the numbers of the policy
            anybody.get(f"/p/d/{issue.code}/")

    def test_a_whole_page_is_small(self, issue, anybody):
        assert loaded(anybody.get(f"/p/d/{issue.code}/").content.decode()) < 20_000

    def test_small_even_with_much_to_say(self, noon, cast, anybody):
        issue = an_issue(cast.institution_a, cast.team_a, dt.date(2026, 10, 1), "mmmmmmmm")
        told = content("老年人体检安排见公示栏，" * 115).as_json()  # 13,800 characters in all
        DisclosureVersion.objects.create(
            disclosure=issue, number=2, step=DisclosureStep.PUBLISHED, at=AT, content=told, digest="e" * 64
        )
        assert loaded(anybody.get("/p/d/mmmmmmmm/").content.decode()) < MOST_BYTES

    @pytest.mark.parametrize("stage", [drafted, filled])
    def test_not_before_it_is_published(self, noon, cast, anybody, stage):
        issue = stage(cast.team_a) if stage is drafted else stage(cast.team_a, cast.li)
        for address in ("", "all/", "picture.png"):
            answer = anybody.get(f"/p/d/{issue.code}/{address}")
            assert answer.status_code == 404
            assert answer["Cache-Control"] == "no-store"

    def test_an_unknown_code(self, noon, db, anybody):
        assert anybody.get("/p/d/zzzzzzzz/").status_code == 404

    def test_a_correction_stands_above_what_stays_as_it_was(self, issue, cast, anybody):
        before = anybody.get(f"/p/d/{issue.code}/")
        add_note(by=cast.qian, now=timezone.now(), disclosure=issue, number=7, text="11月20日改为下午。<b>")
        after = anybody.get(f"/p/d/{issue.code}/")
        html = after.content.decode()
        assert "更正" in html
        assert "专家坐诊安排：11月20日改为下午。&lt;b&gt;" in html
        assert "第7项的内容" in html
        assert after["ETag"] != before["ETag"]

    def test_what_is_typed_comes_out_clean_everywhere(self, noon, cast, anybody):
        issue = drafted(cast.team_a)
        for number, text in enumerate(HOSTILE[:10], start=1):
            write(issue, cast.li, **{f"n{number}": text[:MAX_TEXT]})
        told = bulletin_words(issue)
        assert not re.search("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\x00-\x09\x0b-\x1f]", told)


def bulletin_words(issue: MonthlyDisclosure) -> str:
    from outreach.queries.bulletins import bulletin_of

    return "".join(one.text for one in bulletin_of(issue).content.items)


class TestArchive:
    def test_own_issues_and_those_of_the_whole_institution_newest_first(self, issue, cast, anybody):
        an_issue(cast.institution_a, cast.team_a, dt.date(2026, 9, 1), "mmmmmmmm")
        an_issue(cast.institution_a, None, dt.date(2026, 10, 1), "nnnnnnnn")
        an_issue(cast.institution_b, cast.team_b, dt.date(2026, 10, 1), "kkkkkkkk")
        html = anybody.get(f"/p/d/{issue.code}/all/").content.decode()
        assert re.findall(r"/p/d/(\w{8})/", html) == [issue.code, "nnnnnnnn", "mmmmmmmm"]
        whole = anybody.get("/p/d/nnnnnnnn/all/").content.decode()
        assert re.findall(r"/p/d/(\w{8})/", whole) == ["nnnnnnnn"]

    def test_two_queries(self, issue, cast, django_assert_num_queries):
        for month in range(1, 10):
            an_issue(
                cast.institution_a, cast.team_a, dt.date(2026, month, 1), f"aaaaaaa{'bcdefghjk'[month - 1]}"
            )
        with django_assert_num_queries(2):
            assert len(archive_of(issue.code)[1]) == 10

    def test_the_latest_of_each_team(self, issue, cast, django_assert_num_queries):
        an_issue(cast.institution_b, None, dt.date(2026, 10, 1), "nnnnnnnn")
        with django_assert_num_queries(3):
            found = latest_codes([cast.team_a.pk, cast.team_b.pk])
        assert found == {cast.team_a.pk: issue.code, cast.team_b.pk: "nnnnnnnn"}
        assert latest_codes([]) == {}

    def test_many_issues_two_queries(self, issue, cast, django_assert_num_queries):
        for month in range(1, 10):
            an_issue(
                cast.institution_b, cast.team_b, dt.date(2026, month, 1), f"aaaaaaa{'bcdefghjk'[month - 1]}"
            )
        with django_assert_num_queries(3):  # the issues themselves
            assert len(published_bulletins(MonthlyDisclosure.objects.published())) == 10


class TestPublicPicture:
    @pytest.fixture(autouse=True)
    def _pango(self):
        if not pdf.is_available():
            pytest.skip("no Pango on this machine")

    def test_drawn_once_and_anew_after_a_correction(self, issue, cast, anybody, monkeypatch):
        answer = anybody.get(f"/p/d/{issue.code}/picture.png")
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
        assert "public" in answer["Cache-Control"]
        assert Image.open(io.BytesIO(answer.content)).width == 1080
        drawn = []
        monkeypatch.setattr(picture, "picture_of", lambda *given, **named: drawn.append(1) or b"png")
        assert anybody.get(f"/p/d/{issue.code}/picture.png").content == answer.content
        assert drawn == []
        add_note(by=cast.qian, now=timezone.now(), disclosure=issue, number=None, text="改期")
        anybody.get(f"/p/d/{issue.code}/picture.png")
        assert drawn == [1]

    def test_a_machine_that_cannot_draw_says_so(self, issue, anybody, monkeypatch):
        def broken(*given, **named):
            raise CannotPrint("busy", "正在生成的文件较多，请过一会儿再试。")

        monkeypatch.setattr(picture, "picture_of", broken)
        answer = anybody.get(f"/p/d/{issue.code}/picture.png")
        assert answer.status_code == 503
        assert answer["Retry-After"] == "60"
        assert "看文字内容" in answer.content.decode()


class TestStaff:
    def test_everything_on_one_page(self, issue, cast, sign_in, django_assert_max_num_queries):
        browser = sign_in(cast.wang)
        with django_assert_max_num_queries(20):
            html = browser.get(f"/disclosures/{issue.pk}/outputs/").content.decode()
        assert f"http://testserver/p/d/{issue.code}/" in html
        assert "10.其他：第10项的内容" in html
        assert "未发布" not in html

    def test_of_a_draft_everything_is_marked(self, noon, cast, sign_in):
        issue = filled(cast.team_a, cast.li)
        browser = sign_in(cast.wang)
        assert (
            "【未发布，仅供内部核对，请勿转发】"
            in browser.get(f"/disclosures/{issue.pk}/outputs/").content.decode()
        )
        page = browser.get(f"/disclosures/{issue.pk}/page/")
        assert page["Cache-Control"] == "no-store"
        assert "<strong>未发布</strong>" in page.content.decode()
        poster = browser.get(f"/disclosures/{issue.pk}/poster/").content.decode()
        assert "未发布，仅供内部核对，请勿张贴" in poster
        assert "data:image/svg" not in poster

    @pytest.mark.parametrize("size", ["a4", "a3"])
    def test_a_poster_to_print_and_as_pdf(self, issue, cast, sign_in, size):
        browser = sign_in(cast.wang)
        html = browser.get(f"/disclosures/{issue.pk}/poster/?size={size}").content.decode()
        assert f"sheet-{size}" in html
        assert "disclosure-poster.css" in html
        answer = browser.get(f"/disclosures/{issue.pk}/poster/?size={size}&format=pdf")
        assert answer.content.startswith(b"%PDF")
        assert answer["Cache-Control"] == "no-store"

    def test_without_pango_there_is_still_a_page_to_print(self, issue, cast, sign_in, monkeypatch):
        monkeypatch.setattr(pdf, "is_available", lambda: False)
        browser = sign_in(cast.wang)
        assert pdf.ABSENT in browser.get(f"/disclosures/{issue.pk}/poster/").content.decode()
        assert browser.get(f"/disclosures/{issue.pk}/poster/?format=pdf").status_code == 503
        assert browser.get(f"/disclosures/{issue.pk}/picture.png").status_code == 503
        assert "disclosures" in browser.get(f"/disclosures/{issue.pk}/outputs/").content.decode()

    def test_a_picture(self, issue, cast, sign_in):
        answer = sign_in(cast.wang).get(f"/disclosures/{issue.pk}/picture.png")
        assert answer["Content-Type"] == "image/png"
        assert answer["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("what", ["outputs/", "page/", "poster/", "picture.png"])
    def test_not_of_another_team(self, issue, cast, sign_in, what):
        assert sign_in(cast.zhao).get(f"/disclosures/{issue.pk}/{what}").status_code == 404
        assert sign_in(cast.sun).get(f"/disclosures/{issue.pk}/{what}").status_code == 403


def test_what_is_shown_is_what_was_frozen(issue):
    found = published_bulletin(issue.code)
    frozen = issue.versions.get(step=DisclosureStep.PUBLISHED)
    assert frozen.number == last(issue)
    assert found.content.as_json() == frozen.content
    assert found.mark == f"{issue.digest}-0"
