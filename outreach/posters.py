"""The poster of a service point: hours, people, whom to call, a square code that leads to its page (S0-25)."""

from dataclasses import dataclass
from datetime import date
from typing import cast

from contracts.choices import DocumentKind
from contracts.printing.documents import Document
from contracts.printing.qr import qr_image
from core.dates import chinese_date
from outreach.choices import PaperKind
from outreach.queries.points import PublicPoint

_LAYOUT = "outreach/points/poster.html"


@dataclass(frozen=True)
class Poster(Document):
    """One point on A4."""

    @property
    def layout(self) -> str:
        return _LAYOUT


def poster_of(shown: PublicPoint, *, link: str, on: date) -> Poster:
    """
    Args:
        link: whole address of the point's public page.
    """
    kind = PaperKind.POINT_POSTER
    facts = {"shown": shown, "qr": qr_image(link), "link": link}
    # Only its label is asked for, which every list of codes has.
    return Poster(cast(DocumentKind, kind), str(kind.label), [], f"{chinese_date(on)}打印", [""], facts)
