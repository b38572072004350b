"""The issue as one long picture for WeChat, 1080 pixels wide; drawn from the same template as the poster."""

from collections.abc import Iterator
from hashlib import sha256

from django.core.cache import cache

from contracts.printing.pictures import to_png
from outreach.choices import PaperKind
from outreach.disclosures.poster import Sheet, fitting, laid_out
from outreach.queries.bulletins import Bulletin
from outreach.rules.posters import PICTURE

WIDTH = 1080  # pixels
KEPT_SECONDS = 2 * 3600  # in the cache; drawn again in a second
_LAYOUT = "outreach/disclosures/picture.html"


def picture_of(bulletin: Bulletin, *, link: str) -> bytes:
    """PNG.

    Raises:
        CannotPrint: Pango is missing, or others are drawing for too long.
    """
    return to_png(fitting(_sheets(bulletin, link))[1], width=WIDTH)


def kept_picture(bulletin: Bulletin, *, link: str) -> bytes:
    """Of a published issue: drawn once, then from the cache until something is corrected. A lost cache only costs time.

    Raises:
        CannotPrint: as ``picture_of``.
    """
    key = f"disclosure-picture:{bulletin.code}:{bulletin.mark}:{sha256(link.encode()).hexdigest()[:16]}"
    kept = cache.get(key)
    if isinstance(kept, bytes):
        return kept
    made = picture_of(bulletin, link=link)
    cache.set(key, made, KEPT_SECONDS)
    return made


def _sheets(bulletin: Bulletin, link: str) -> Iterator[Sheet]:
    return laid_out(bulletin, PICTURE, PaperKind.DISCLOSURE_PICTURE, _LAYOUT, link=link, facts={})
