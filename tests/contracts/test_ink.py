"""What a browser sends as a signature is believed in nothing."""

import base64
import hashlib
import zlib
from io import BytesIO

import pytest
from PIL import Image, ImageFile, PngImagePlugin

from contracts.ink import BadInk, read_ink
from tests.factories.contracts import data_url, png

BOUNDS = {"max_bytes": 200 * 1024, "max_pixels": 2_000_000}


def test_a_drawn_signature_becomes_a_grey_png_on_white():
    kept = read_ink(data_url(png()), **BOUNDS)
    with Image.open(BytesIO(kept)) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "L", (300, 120))
        assert image.getpixel((0, 0)) == 255
        assert image.getextrema() == (0, 255)


def test_the_same_drawing_gives_the_same_bytes():
    first, second = (hashlib.sha256(read_ink(data_url(png()), **BOUNDS)).hexdigest() for _ in range(2))
    assert first == second


def test_what_hides_in_the_file_is_not_kept():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("comment", "<script>alert(1)</script>")
    kept = BytesIO()
    with Image.open(BytesIO(png())) as image:
        image.save(kept, "PNG", pnginfo=notes)
    assert b"script" in kept.getvalue()
    assert b"script" not in read_ink(data_url(kept.getvalue()), **BOUNDS)


def test_a_large_drawing_is_made_smaller():
    with Image.open(BytesIO(read_ink(data_url(png(1800, 600)), **BOUNDS))) as image:
        assert image.width <= 900


def says(url, **changes):
    with pytest.raises(BadInk) as caught:
        read_ink(url, **BOUNDS | changes)
    return str(caught.value)


def gif() -> bytes:
    kept = BytesIO()
    Image.new("RGB", (100, 100), "white").save(kept, "GIF")
    return kept.getvalue()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "格式不对"),
        ("hello", "格式不对"),
        ("data:image/svg+xml;base64,AAAA", "格式不对"),
        ("data:image/png;base64,", "无法读取"),
        ("data:image/png;base64,@@@@", "无法读取"),
        (data_url(b"\x89PNG\r\n\x1a\n" + b"0" * 100), "无法读取"),
        (data_url(gif()), "无法读取"),
        (data_url(png()[:-40]), "无法读取"),
        (data_url(png(ink=False)), "空白"),
        (data_url(png(ink=False, mode="L")), "空白"),
    ],
)
def test_what_is_no_signature(url, words):
    assert words in says(url)


def test_a_black_sheet_is_no_signature():
    kept = BytesIO()
    Image.new("RGB", (300, 120), "black").save(kept, "PNG")
    assert "无法辨认" in says(data_url(kept.getvalue()))


def test_a_single_dot_is_no_signature():
    kept = BytesIO()
    image = Image.new("RGBA", (300, 120), (0, 0, 0, 0))
    for x in range(5):
        for y in range(5):
            image.putpixel((x, y), (0, 0, 0, 255))
    image.save(kept, "PNG")
    assert "空白" in says(data_url(kept.getvalue()))


def test_too_many_bytes_are_refused_before_they_are_decoded():
    raw = png()
    assert "200KB" in says(data_url(raw + b"\0" * 200 * 1024))
    assert "0KB" in says(data_url(raw), max_bytes=len(raw) - 1)
    assert read_ink(data_url(raw), **BOUNDS | {"max_bytes": len(raw)})


def bomb(width: int, height: int) -> bytes:
    """A small file that claims to be enormous."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [1_415, 5_000, 12_000, 30_000, 2**31 - 1])
def test_a_bomb_is_not_unpacked(side):
    sentence = says(data_url(bomb(side, side)))
    assert "尺寸过大" in sentence or "无法读取" in sentence


def test_the_bound_of_pixels_is_exact():
    assert read_ink(data_url(png(200, 100)), **BOUNDS | {"max_pixels": 20_000})
    assert "尺寸过大" in says(data_url(png(200, 100)), max_pixels=19_999)


def test_white_space_inside_base64_is_refused():
    body = base64.b64encode(png()).decode()
    assert "无法读取" in says(f"data:image/png;base64,{body[:50]} {body[50:]}")


def test_one_that_was_cut_short_is_refused_though_pillow_was_told_to_take_it(monkeypatch):
    """WeasyPrint sets this for the whole process as soon as it is imported."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    assert "无法读取" in says(data_url(png()[:-40]))
