"""Poster, long picture and words for the group, of issues that need no database."""

import io
import re
import zlib
from dataclasses import replace

import pypdfium2
import pytest
from django.template.loader import render_to_string
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from contracts.printing import pdf, pictures
from contracts.printing.pdf import CannotPrint
from contracts.printing.pictures import to_png
from outreach.choices import ItemState, PaperSize
from outreach.disclosures.page import PAGE, page_of
from outreach.disclosures.picture import picture_of
from outreach.disclosures.poster import poster_of, poster_pdf
from outreach.disclosures.words import MOST, UNPUBLISHED, group_text
from outreach.queries.bulletins import Bulletin
from tests.outreach.bulletins import HOSTILE, LINK, POINT, SENTENCE, bulletin

MM = 72 / 25.4


@pytest.fixture(autouse=True)
def _pango():
    if not pdf.is_available():
        pytest.skip("no Pango on this machine")


def look(raw: bytes) -> tuple[int, tuple[float, float], str]:
    """Pages, size in millimetres, words."""
    document = pypdfium2.PdfDocument(raw)
    try:
        texts = []
        for number in range(len(document)):
            page = document[number]
            reader = page.get_textpage()
            texts.append(reader.get_text_bounded())
            size = tuple(one / MM for one in page.get_size())
            reader.close()
            page.close()
        return len(document), size, "".join("".join(texts).split())
    finally:
        document.close()


LENGTHS = {
    "a few words": "本月安排见公示栏。",
    "usual": SENTENCE * 2,
    "points": POINT * 3,
    "many points": POINT * 12,
    "long": SENTENCE * 12,
    "as long as can be": SENTENCE * 52,
    "sixty short lines": "- 测血压\n" * 60,
    "no blank": "a" * 2000,
}


class TestPoster:
    @pytest.mark.parametrize("name", LENGTHS)
    def test_one_page_whatever_it_says(self, name):
        sheet, made = poster_of(
            bulletin(LENGTHS[name], corrections=("改为11月20日下午。",)), size=PaperSize.A4, link=LINK
        )
        pages, found, words = look(made)
        assert pages == 1
        assert found == pytest.approx((210, 297), abs=0.5)
        for title in ("本月节气与健康养生", "其他事项", "更正", "咨询电话：0631-5200001", "120"):
            assert title in words
        assert ("看全文" in words) == sheet.facts["is_cut"] == ("全文请扫码" in words)

    @pytest.mark.parametrize("name", ["usual", "points", "as long as can be"])
    def test_a3_is_one_page_too(self, name):
        pages, found, _ = look(poster_pdf(bulletin(LENGTHS[name]), size=PaperSize.A3, link=LINK))
        assert pages == 1
        assert found == pytest.approx((297, 420), abs=0.5)

    def test_corrections_without_end_do_not_push_it_off_the_page(self):
        assert (
            look(poster_pdf(bulletin(corrections=(SENTENCE * 10,) * 20), size=PaperSize.A4, link=LINK))[0]
            == 1
        )

    def test_little_text_is_large_and_whole(self):
        sheet, _ = poster_of(bulletin("见公示栏。"), size=PaperSize.A4, link=LINK)
        assert (sheet.facts["step"], sheet.facts["is_cut"]) == (0, False)

    def test_the_fonts_are_ours_and_inside(self):
        made = poster_pdf(bulletin(), size=PaperSize.A4, link=LINK)
        parts = [made]
        for one in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", made, re.DOTALL):
            try:
                parts.append(zlib.decompress(one[1]))
            except zlib.error:
                continue
        families = set(re.findall(rb"/BaseFont\s*/[A-Z]{6}\+([\w-]+)", b"".join(parts)))
        assert families == {b"Paper-Song", b"Paper-Hei-Bold"}
        assert len(made) < 300_000

    def test_what_there_is_none_of_is_said(self):
        words = look(poster_pdf(bulletin(nothing=(8,)), size=PaperSize.A4, link=LINK))[2]
        assert "新技术与中医适宜技术本月无此项" in words

    def test_a_preview_says_so_and_has_no_square_code(self):
        sheet, made = poster_of(bulletin(is_published=False), size=PaperSize.A4, link=LINK)
        words = look(made)[2]
        assert sheet.facts["qr"] == ""
        assert words.count("未发布") >= 10
        assert "二维码" in words
        assert "未发布" not in look(poster_pdf(bulletin(), size=PaperSize.A4, link=LINK))[2]

    def test_a_fault_is_not_tried_again_and_again(self, monkeypatch):
        tries = []

        def broken(html, *, most_pages):
            tries.append(most_pages)
            raise CannotPrint("busy", "忙")

        monkeypatch.setattr(pdf, "to_pdf", broken)
        with pytest.raises(CannotPrint):
            poster_pdf(bulletin(), size=PaperSize.A4, link=LINK)
        assert tries == [1]


class TestPicture:
    @pytest.mark.parametrize(
        "text",
        ["见公示栏。", POINT * 3, SENTENCE * 52, "- 测血压\n" * 60],
        ids=["short", "points", "long", "lines"],
    )
    def test_1080_wide_and_ends_where_the_text_ends(self, text):
        picture = Image.open(io.BytesIO(picture_of(bulletin(text), link=LINK)))
        assert picture.format == "PNG"
        assert picture.width == 1080
        assert 2_000 < picture.height < 20_000
        colors = picture.convert("L").crop((0, picture.height - 150, 1080, picture.height)).getextrema()
        assert colors[0] < 128, "nothing is drawn near its end"

    def test_small_enough_for_a_message(self):
        assert len(picture_of(bulletin(SENTENCE * 3), link=LINK)) < 1_000_000

    def test_one_that_would_be_too_tall_is_refused(self, monkeypatch):
        monkeypatch.setattr(pictures, "MAX_HEIGHT", 100)
        with pytest.raises(CannotPrint) as refused:
            picture_of(bulletin(), link=LINK)
        assert refused.value.code == "picture_tall"

    def test_who_waits_too_long_is_told(self, monkeypatch):
        monkeypatch.setattr(pictures, "WAIT_SECONDS", 0.01)
        with pictures._one_at_a_time, pytest.raises(CannotPrint) as refused:
            to_png(b"", width=1080)
        assert refused.value.code == "picture_busy"


class TestWords:
    @pytest.mark.parametrize("text", LENGTHS.values(), ids=LENGTHS)
    def test_one_screen_with_every_item_and_the_address(self, text):
        words = group_text(bulletin(text, corrections=("改期",)), link=LINK)
        assert len(words) <= MOST
        lines = words.split("\n")
        assert lines[0] == "【环翠楼街道社区卫生服务中心 李医生团队】2026年11月“十公开”"
        assert [one.split(".")[0] for one in lines[1:11]] == [str(n) for n in range(1, 11)]
        assert lines[11:] == ["发布后有更正，以全文为准。", f"全文：{LINK}", "咨询电话：0631-5200001"]

    def test_short_words_stay_whole_and_long_ones_share_the_rest(self):
        words = group_text(bulletin("- 周三上午\n- 周五下午"), link=LINK)
        assert "3.预防接种：周三上午；周五下午\n" in words
        assert "…" not in words

    def test_what_there_is_none_of_stands_in_one_line(self):
        words = group_text(bulletin(nothing=(8, 10)), link=LINK)
        assert "本月没有：新技术、其他" in words
        assert "8." not in words

    def test_a_preview_says_so_first(self):
        assert group_text(bulletin(is_published=False), link=LINK).startswith(UNPUBLISHED)

    @given(st.text(max_size=400))
    @settings(max_examples=60)
    def test_no_text_breaks_the_frame(self, text):
        words = group_text(bulletin(text), link=LINK)
        assert len(words) <= MOST
        assert len(words.split("\n")) == 13


class TestHostile:
    """Whatever stands in the database, even without the cleaning before it is stored."""

    @pytest.mark.parametrize("text", HOSTILE)
    def test_on_the_page(self, text):
        plain = render_to_string(PAGE, page_of(bulletin("x")))
        html = render_to_string(
            PAGE, page_of(bulletin(text, corrections=(text,), institution=text, team=text, phone="120"))
        )
        names = re.findall(r"<[a-zA-Z/!][^\s>]*", html)
        assert set(names) <= set(re.findall(r"<[a-zA-Z/!][^\s>]*", plain)) | {
            "<br",
            "<ul",
            "</ul",
            "<li",
            "</li",
            "<p",
            "</p",
        }
        assert "onerror=alert(1)>" not in html
        assert not re.search(r"<h1>(?!家庭医生服务)", html)

    @pytest.mark.parametrize("texts", [HOSTILE[:10], HOSTILE[-10:]], ids=["first ten", "last ten"])
    def test_on_paper(self, texts):
        plain = bulletin(corrections=(texts[0],), team=texts[1][:60])
        items = tuple(replace(one, text=text) for one, text in zip(plain.content.items, texts, strict=True))
        hostile = replace(plain, content=replace(plain.content, items=items))
        made = poster_pdf(hostile, size=PaperSize.A4, link=LINK)
        pages, _, words = look(made)
        assert pages == 1
        assert "root:" not in words
        for name in (b"/JavaScript", b"EmbeddedFile", b"/Launch"):
            assert name not in made

    @pytest.mark.parametrize("text", HOSTILE)
    def test_in_words(self, text):
        words = group_text(bulletin(text, corrections=(text,), phone="120"), link=LINK)
        assert len(words) <= MOST
        assert not re.search("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\x00-\x09\x0b-\x1f]", words)
        assert words.split("\n")[-2:] == [f"全文：{LINK}", "咨询电话：120"]


def test_a_gap_is_shown_as_a_gap():
    content = bulletin(is_published=False).content
    gap = replace(content.items[1], state=ItemState.GAP, text="", gap="请机构补充体检时间")
    content = replace(content, items=(content.items[0], gap, *content.items[2:]))
    html = render_to_string(PAGE, page_of(Bulletin("abcdefgh", content)))
    assert "待补充：请机构补充体检时间" in html
