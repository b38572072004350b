"""Photos of a signing as they arrive: of the file nothing is believed, and of what hides in it nothing is kept."""

from contextlib import suppress
from io import BytesIO
from struct import error as StructError

from PIL import Image, ImageOps, UnidentifiedImageError

_FORMATS = ("JPEG", "PNG")
_QUALITY = 82
_PNG_END = b"IEND\xaeB`\x82"
_LEAST_SIDE = 64  # pixels; less shows nobody and nothing

_DAMAGED = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    StructError,
    Image.DecompressionBombError,
    Warning,
)


class BadPicture(ValueError):
    """The file is not a usable photo; the text says in Chinese what to do."""


def read_picture(raw: bytes, *, max_bytes: int, max_pixels: int, side: int) -> bytes:
    """A photo or scan, drawn anew as a JPEG: upright, small, without EXIF, place, comment, profile or trailer.

    The same file gives the same bytes, so that its fingerprint tells a picture that is used twice.

    Args:
        max_bytes: bound of the file as sent.
        max_pixels: bound of width times height, checked before a pixel is unpacked.
        side: the longer side of what is kept, pixels.

    Raises:
        BadPicture: no JPEG or PNG, too large, too small, or damaged.
    """
    if len(raw) > max_bytes:
        raise BadPicture(f"照片超过{max_bytes // 1024 // 1024}MB，请缩小后再选。")
    try:
        with Image.open(BytesIO(raw), formats=_FORMATS) as image:
            if image.width * image.height > max_pixels:
                raise BadPicture("照片像素过大，请在手机上改用较低分辨率重拍。")
            if not _is_whole(raw):
                raise BadPicture("照片文件不完整，请重新拍照或重新选择。")
            drawn = _drawn_anew(image, side)
    except BadPicture:
        raise
    except _DAMAGED as error:
        raise BadPicture("文件不是能打开的照片，请选 JPG 或 PNG 格式的照片。") from error
    if min(drawn.size) < _LEAST_SIDE:
        raise BadPicture("照片太小，看不清内容，请重新拍照。")
    kept = BytesIO()
    drawn.save(kept, "JPEG", quality=_QUALITY, optimize=True)
    return kept.getvalue()


def _drawn_anew(image: Image.Image, side: int) -> Image.Image:
    """Made small first: a camera's file is then never unpacked in full. A new image inherits nothing."""
    image.thumbnail((side, side))
    with suppress(*_DAMAGED):  # a photo whose notes are damaged is a photo still, perhaps lying on its side
        ImageOps.exif_transpose(image, in_place=True)
    paper = Image.new("RGB", image.size, "white")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        paper.paste(layer, mask=layer.getchannel("A"))
    else:
        paper.paste(image.convert("RGB"))
    return paper


def _is_whole(raw: bytes) -> bool:
    """Asked for here: the PDF library tells Pillow to take files that were cut short."""
    if raw.startswith(b"\x89PNG"):
        return _PNG_END in raw
    return raw.find(b"\xff\xd9", _scan_of(raw)) != -1


def _scan_of(raw: bytes) -> int:
    """Where the picture itself begins in a JPEG, behind all headers, of which one may hold a picture of its own."""
    at = 2
    while at + 4 <= len(raw) and raw[at] == 0xFF and raw[at + 1] != 0xDA:
        at += 2 + int.from_bytes(raw[at + 2 : at + 4])
    return at
