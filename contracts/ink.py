"""Finger signatures as they arrive: a PNG in a data URL, of which nothing is believed."""

import base64
import binascii
from io import BytesIO

from PIL import Image, UnidentifiedImageError

_PREFIX = "data:image/png;base64,"
_END = b"IEND\xaeB`\x82"  # asked for here: the PDF library tells Pillow to take files that were cut short
_KEPT_SIZE = (900, 360)
_INK_BELOW = 160  # grey level, 0 black to 255 white
_MIN_INK = 60  # pixels; a single tap leaves fewer
_MAX_INK_SHARE = 0.5

_DAMAGED = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


class BadInk(ValueError):
    """The image is not a usable signature; the text says in Chinese what to do."""


def read_ink(data_url: str, *, max_bytes: int, max_pixels: int) -> bytes:
    """A signature drawn in the browser, drawn anew here as a grey PNG without anything hidden in it.

    Args:
        data_url: what the canvas gave, ``data:image/png;base64,...``.
        max_bytes: bound of the decoded file.
        max_pixels: bound of width times height, checked before a pixel is unpacked.

    Raises:
        BadInk: no PNG, too large, damaged, blank or all black.
    """
    raw = _decode(data_url, max_bytes)
    try:
        with Image.open(BytesIO(raw), formats=("PNG",)) as image:
            if image.width * image.height > max_pixels:
                raise BadInk("签名图像尺寸过大，请清除后重签。")
            grey = _on_white(image)
    except BadInk:
        raise
    except _DAMAGED as error:
        raise BadInk("签名图像无法读取，请清除后重签。") from error
    _check_ink(grey)
    grey.thumbnail(_KEPT_SIZE)
    kept = BytesIO()
    grey.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _decode(data_url: str, max_bytes: int) -> bytes:
    if not data_url.startswith(_PREFIX):
        raise BadInk("签名图像格式不对，请清除后重签。")
    body = data_url[len(_PREFIX) :]
    too_large = BadInk(f"签名图像超过{max_bytes // 1024}KB，请清除后重签。")
    if len(body) > 4 * -(-max_bytes // 3):
        raise too_large
    try:
        raw = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInk("签名图像无法读取，请清除后重签。") from error
    if len(raw) > max_bytes:
        raise too_large
    if not raw.endswith(_END):
        raise BadInk("签名图像无法读取，请清除后重签。")
    return raw


def _on_white(image: Image.Image) -> Image.Image:
    drawn = image.convert("RGBA")
    paper = Image.new("RGBA", drawn.size, "white")
    return Image.alpha_composite(paper, drawn).convert("L")


def _check_ink(grey: Image.Image) -> None:
    ink = sum(grey.histogram()[:_INK_BELOW])
    if ink < _MIN_INK:
        raise BadInk("签名是空白的，请在框内手写姓名。")
    if ink > grey.width * grey.height * _MAX_INK_SHARE:
        raise BadInk("签名无法辨认，请清除后重签。")
