"""A photo that comes with a signing is believed in nothing."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, ImageFile, PngImagePlugin

from contracts.pictures import BadPicture, read_picture
from tests.contracts.photos import photo

BOUNDS = {"max_bytes": 8 * 1024 * 1024, "max_pixels": 40_000_000, "side": 1600}
ORIENTATION, GPS = 0x0112, 0x8825


def opened(raw: bytes) -> Image.Image:
    image = Image.open(BytesIO(raw))
    image.load()
    return image


def says(raw, **changes):
    with pytest.raises(BadPicture) as caught:
        read_picture(raw, **BOUNDS | changes)
    return str(caught.value)


@pytest.mark.parametrize(
    ("form", "mode"),
    [("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P")],
)
def test_a_photo_becomes_a_plain_jpeg(form, mode):
    image = opened(read_picture(photo(form=form, mode=mode), **BOUNDS))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (800, 600))


def test_the_long_side_is_bounded():
    assert opened(read_picture(photo(3200, 1000), **BOUNDS)).size == (1600, 500)
    assert opened(read_picture(photo(1000, 3200), **BOUNDS)).size == (500, 1600)


def test_the_same_file_gives_the_same_bytes():
    assert read_picture(photo(), **BOUNDS) == read_picture(photo(), **BOUNDS)


def test_what_lies_on_its_side_stands_up():
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # turn by 90 degrees clockwise: left becomes top
    image = opened(read_picture(photo(800, 400, exif=exif), **BOUNDS))
    assert image.size == (400, 800)
    red, _, blue = image.getpixel((200, 100))
    assert red > 200 > blue


def test_place_camera_and_comments_are_not_kept():
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (37.0, 30.0, 1.5)
    raw = photo(exif=exif, comment=b"where I live", icc_profile=b"profile" * 40) + b"trailing secret"
    assert b"SecretCamera" in raw
    assert b"where I live" in raw
    kept = read_picture(raw, **BOUNDS)
    image = opened(kept)
    assert not image.getexif()
    assert "exif" not in image.info
    assert "icc_profile" not in image.info
    assert not any(one in kept for one in (b"SecretCamera", b"where I live", b"secret", b"Exif"))


def test_texts_of_a_png_are_not_kept():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("comment", "<script>alert(1)</script>")
    assert b"script" not in read_picture(photo(form="PNG", pnginfo=notes), **BOUNDS)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow warns of them
def test_damaged_notes_do_not_cost_the_photo():
    broken = photo(exif=b"Exif\0\0II*\0\xff\xff\xff\xff" + b"\x7f" * 60)
    assert opened(read_picture(broken, **BOUNDS)).size == (800, 600)


def test_what_is_transparent_lies_on_white():
    kept = BytesIO()
    Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(kept, "PNG")
    assert min(opened(read_picture(kept.getvalue(), **BOUNDS)).getpixel((50, 50))) > 250


def gif() -> bytes:
    kept = BytesIO()
    Image.new("RGB", (100, 100), "white").save(kept, "GIF")
    return kept.getvalue()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"not an image at all",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        b"MZ\x90\0" + b"\0" * 500,
        gif(),
        b"\xff\xd8\xff\xe0",
        b"\xff\xd8\xff\xd9",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
    ],
)
def test_no_photo_is_refused(raw):
    assert "请选 JPG 或 PNG" in says(raw)


def test_a_large_file_is_refused_before_it_is_opened():
    assert "超过8MB" in says(b"\xff" * (BOUNDS["max_bytes"] + 1))
    assert "超过1MB" in says(photo() + b"\0" * 1024 * 1024, max_bytes=1024 * 1024)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int) -> bytes:
    """A small PNG that says it is immense."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("size", "words"), [((8000, 6000), "像素过大"), ((60_000, 60_000), "请选 JPG 或 PNG")]
)
def test_a_bomb_is_refused_before_it_is_unpacked(size, words):
    assert words in says(bomb(*size))


def test_the_bound_of_pixels_holds_exactly():
    read_picture(photo(200, 100), **BOUNDS | {"max_pixels": 20_000})
    assert "像素过大" in says(photo(200, 101), max_pixels=20_000)


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize("lenient", [True, False])
def test_a_file_cut_short_is_refused(form, lenient, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", lenient)
    raw = photo(form=form)
    assert "不完整" in says(raw[: len(raw) * 2 // 3])


def test_a_thumbnail_in_the_header_does_not_stand_in_for_the_end():
    raw = photo(exif=b"Exif\0\0" + photo(80, 60))
    assert "不完整" in says(raw[: len(raw) - 200])


def test_a_dot_is_no_photo():
    assert "太小" in says(photo(63, 400))
    read_picture(photo(64, 400), **BOUNDS)
