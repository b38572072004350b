"""The PDF: nothing fetched, fonts inside, bounded, and a clear word when it cannot be made."""

import re
import threading
import zlib
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command

from contracts.choices import DocumentKind
from contracts.printing import fonts, pdf
from contracts.printing.agreements import agreement_document
from contracts.printing.checks import pango_is_there
from tests.contracts.printing.conftest import DAY, paper

A4 = (595.3, 841.9)  # points


def test_it_is_a4_with_chinese_text_and_numbered_pages(to_pdf):
    made = to_pdf(agreement_document(paper(), on=DAY))
    assert made.size == pytest.approx(A4, abs=0.5)
    assert "甲、乙双方本着自愿、平等、诚信的原则" in made.text
    assert "—1—" in "".join(made.pages[0].split())
    assert len(made.raw) < 500_000


def test_the_fonts_are_ours_and_inside(to_pdf):
    made = to_pdf(agreement_document(paper(), on=DAY))
    objects = made.raw + b"".join(_inflated(made.raw))
    families = {one.decode() for one in re.findall(rb"/BaseFont\s*/[A-Z]{6}\+([\w-]+)", objects)}
    assert families == {"Paper-Song", "Paper-Hei-Bold"}
    assert b"/FontFile3" in objects


def _inflated(raw: bytes):
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", raw, re.DOTALL):
        try:
            yield zlib.decompress(found[1])
        except zlib.error:
            continue


def test_each_copy_counts_its_own_pages_and_begins_on_a_front_side(to_pdf):
    made = to_pdf(agreement_document(paper(), on=DAY))
    first = ["—1—" in "".join(one.split()) for one in made.pages]
    starts = [number for number, is_first in enumerate(first) if is_first]
    assert len(starts) == 2
    assert starts[1] % 2 == 0
    assert "乙方（居民）留存" in made.pages[starts[1]]


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/x.png", "https://example.com/x.css", "ftp://example.com/x", "file:///etc/passwd",
        "FILE:///etc/passwd", "gopher://x/", "//example.com/x.png", "jar:file:///x",
        "https://paper.invalid/etc/passwd", "https://paper.invalid/static/../config/settings.py",
        "https://paper.invalid/static/%2e%2e/%2e%2e/etc/passwd.css", "https://paper.invalid/static/js/app.js",
        "https://paper.invalid.example.com/static/css/print.css", "https://paper.invalid@example.com/static/css/print.css",
    ],
)  # fmt: skip
def test_nothing_is_fetched_from_anywhere(to_pdf, address):
    with pytest.raises((ValueError, OSError)):
        pdf._fetcher()().fetch(address)


def test_our_own_files_and_pictures_inside_the_page_are_served(to_pdf):
    fetcher = pdf._fetcher()()
    sheet = fetcher.fetch("https://paper.invalid/static/css/print-documents.css?v=1")
    assert sheet.content_type == "text/css"
    assert b"Paper Song" in sheet.read()
    assert fetcher.fetch("data:text/plain;base64,eA==").read() == b"x"


def test_a_page_that_asks_for_a_file_or_an_address_gets_neither(to_pdf, tmp_path, caplog):
    secret = tmp_path / "secret.css"
    secret.write_text("body::before{content:'secret'}")
    html = (
        f'<html><link rel="stylesheet" href="{secret.as_uri()}"><link rel="stylesheet" href="http://127.0.0.1:1/x.css">'
        f'<body>正文<img src="{secret.as_uri()}"><object data="file:///etc/passwd"></object></body></html>'
    )
    made = pdf.to_pdf(html)
    assert made.startswith(b"%PDF")
    assert b"EmbeddedFile" not in made
    assert "disallowed protocol" in caplog.text


def test_a_page_that_is_too_long_is_refused(to_pdf, monkeypatch):
    monkeypatch.setattr(pdf, "MAX_LETTERS", 10)
    with pytest.raises(pdf.CannotPrint) as refused:
        pdf.to_pdf("x" * 11)
    assert refused.value.code == "too_long"


def test_too_many_pages_are_refused(to_pdf, monkeypatch):
    monkeypatch.setattr(pdf, "MAX_PAGES", 1)
    with pytest.raises(pdf.CannotPrint) as refused:
        to_pdf(agreement_document(paper(), on=DAY))
    assert refused.value.code == "too_many_pages"


def test_who_waits_too_long_is_told(to_pdf, monkeypatch):
    monkeypatch.setattr(pdf, "WAIT_SECONDS", 0.01)
    held = threading.Lock()
    held.acquire()
    monkeypatch.setattr(pdf, "_one_at_a_time", held)
    with pytest.raises(pdf.CannotPrint) as refused:
        pdf.to_pdf("<p>x</p>")
    assert refused.value.code == "busy"


def test_a_refused_document_does_not_block_the_next(to_pdf, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(pdf, "MAX_PAGES", 0)
        with pytest.raises(pdf.CannotPrint):
            pdf.to_pdf("<p>x</p>")
    assert pdf.to_pdf("<p>x</p>").startswith(b"%PDF")


def test_a_fault_of_the_drawing_is_told_and_logged(to_pdf, monkeypatch, caplog):
    def broken(html, most_pages):
        raise ZeroDivisionError

    monkeypatch.setattr(pdf, "_drawn", broken)
    with pytest.raises(pdf.CannotPrint) as refused:
        pdf.to_pdf("<p>x</p>")
    assert refused.value.code == "failed"
    assert "ZeroDivisionError" in caplog.text


def test_without_pango_the_start_says_so(monkeypatch):
    assert [one.id for one in pango_is_there(None)] == ([] if pdf.is_available() else ["contracts.W001"])
    monkeypatch.setattr(pdf, "is_available", lambda: False)
    (warning,) = pango_is_there(None)
    assert "libpango" in warning.hint
    with pytest.raises(pdf.CannotPrint) as refused:
        pdf.to_pdf("<p>x</p>")
    assert refused.value.code == "no_pango"


def test_a_missing_library_is_noticed(monkeypatch):
    monkeypatch.setattr(pdf, "LIBRARIES", ("libno-such-thing.so.0",))
    assert not pdf.is_available.__wrapped__()


def test_the_check_is_registered(monkeypatch, capsys):
    monkeypatch.setattr(pdf, "is_available", lambda: False)
    call_command("check", "--tag", "printing")
    assert "contracts.W001" in capsys.readouterr().err


# --- fonts ------------------------------------------------------------------------------------------------------


def test_the_list_of_what_can_be_drawn_is_that_of_the_font():
    from fontTools.ttLib import TTFont

    with TTFont(finders.find("fonts/paper-song.woff2"), lazy=True) as font:
        assert fonts.drawable() == {chr(code) for code in font.getBestCmap()}


def test_everyday_and_rare_names_are_drawn():
    assert fonts.missing_in("王建国 欧阳娜娜 堃喆犇淼鑫龑昇玥珺祎翀 买买提·阿卜杜拉 12—：（）√□《》℃") == ""
    assert fonts.missing_in("".join(chr(0x4E00 + n) for n in (0, 1, 3))) == ""


def test_what_is_missing_is_told_once_in_order():
    assert fonts.missing_in("𣇉王\U0001f600𣇉") == "𣇉\U0001f600"


def test_the_log_has_code_points_and_no_names(caplog):
    caplog.set_level("WARNING", logger="contracts.printing.fonts")
    fonts.report("𣇉", DocumentKind.INDIVIDUAL)
    assert "U+231C9" in caplog.text
    assert "𣇉" not in caplog.text
    fonts.report("", DocumentKind.LETTER_POINTS)
    assert "letter_points" not in caplog.text


def test_all_fonts_together_stay_small():
    sizes = [Path(finders.find(f"fonts/paper-{one}.woff2")).stat().st_size for one in ("song", "hei")]
    assert sum(sizes) < 2_500_000
