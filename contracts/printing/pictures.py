"""A page of a PDF as a picture: what WeChat shows at once, and a finger held on it saves."""

from io import BytesIO
from threading import Lock
from typing import Any

from contracts.printing.pdf import CannotPrint

MAX_HEIGHT = 24_000  # pixels; at 1080 wide some 80 MB while it is drawn
WAIT_SECONDS = 20
_COLORS = 64  # text and a few grounds need no more; a quarter of the bytes
_one_at_a_time = Lock()  # PDFium serves one thread in a process


def to_png(made: bytes, *, width: int) -> bytes:
    """The only page of a PDF as PNG, ``width`` pixels wide, cut off below the last thing that is drawn on it.

    Raises:
        CannotPrint: others are drawing for too long, or the picture would be too tall.
    """
    if not _one_at_a_time.acquire(timeout=WAIT_SECONDS):
        raise CannotPrint("picture_busy", "正在生成的长图较多，请过一会儿再试。")
    try:
        return _drawn(made, width)
    finally:
        _one_at_a_time.release()


def _drawn(made: bytes, width: int) -> bytes:
    import pypdfium2
    from PIL import Image

    document = pypdfium2.PdfDocument(made)
    try:
        page = document[0]
        scale = width / page.get_width()
        below = _empty_below(page)
        if (page.get_height() - below) * scale > MAX_HEIGHT:
            raise CannotPrint("picture_tall", "内容太长，不能生成长图，请缩短后再试。")
        drawn = page.render(scale=scale, crop=(0, below, 0, 0), no_smoothpath=False)
        picture = drawn.to_pil().convert("RGB").quantize(_COLORS, method=Image.Quantize.FASTOCTREE, dither=0)
        page.close()
    finally:
        document.close()
    kept = BytesIO()
    picture.save(kept, "PNG", optimize=False)
    return kept.getvalue()


def _empty_below(page: Any) -> float:
    """Points between the lowest thing on the page and its lower edge; a ground as tall as the page counts for nothing."""
    found = (one.get_bounds() for one in page.get_objects(max_depth=3))
    height = page.get_height()
    lowest = min((below for _, below, _, above in found if above - below < height * 0.99), default=0.0)
    return max(float(lowest), 0.0)
