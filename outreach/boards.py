"""Paper of the team: cards with a square code for every lift, the board for the wall (S0-22, S1-20)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

from contracts.choices import DocumentKind
from contracts.printing.documents import Document
from contracts.printing.qr import qr_image
from core.dates import chinese_date
from outreach.choices import PaperKind, PaperSize
from outreach.queries.public_board import TeamPage
from outreach.queries.qr_sheets import GridCards
from outreach.slogans import slogans
from teams.models import Team

PER_PAGE = (4, 8)
MOST_CARDS = 300  # 75 pages of four: what one PDF holds; a larger village is printed grid by grid
# Sizes in which a board is set, by the class of css/boards.css; A3 is the same sheet larger by √2.
_GRADES = (("", 12.0), ("dense", 10.0), ("small", 8.5), ("tiny", 7.0))  # pt on A4
_POINT = 0.353  # mm
_SHEET, _COLUMN = 277, 64  # mm: height between the margins, width of the column of specialties
_MOST_POINTS = 10  # named on a board; a team with more of them leads to the list by its square code
_HEAD_LINES = 14  # names above, table head, foot


@dataclass(frozen=True)
class Paper(Document):
    """A document of ours with a layout and a sheet of its own."""

    layout_name: str = ""

    @property
    def layout(self) -> str:
        return self.layout_name

    @property
    def sheets(self) -> tuple[str, ...]:
        return ("css/boards.css",)


@dataclass(frozen=True)
class Card:
    """What hangs in one lift.

    Attributes:
        title: what one finds behind the code, a team's name as a rule. giver: who stands behind it.
        area, place: where it is meant to hang. qr: picture of the code, leading to ``link``.
    """

    title: str
    giver: str
    link: str
    qr: str
    phone: str = ""
    area: str = ""
    place: str = ""

    @property
    def typed(self) -> str:
        """The address for who has no camera at hand."""
        return self.link.split("://", 1)[-1]


def cards_for(groups: Iterable[GridCards], links: dict[int, str]) -> list[Card]:
    """A card for each place of the grids that somebody answers for.

    Args:
        links: grid -> whole address that its code leads to.
    """
    made: list[Card] = []
    for group in groups:
        if group.team is None:
            continue
        card = card_for_team(group.team, links[group.grid.pk])
        area = f"{group.grid.village.name} {group.grid.name}"
        made += [replace(card, area=area, place=place) for place in group.places]
    return made


def card_for_team(team: Team, link: str) -> Card:
    """``team`` with its institution read."""
    return card_of(team.name, team.institution.name, link, phone=team.phone or team.institution.phone)


def card_of(title: str, giver: str, link: str, *, phone: str = "") -> Card:
    return Card(title, giver, link, qr_image(link), phone)


def one_page_of(card: Card, *, per_page: int, on: date) -> Paper:
    """A sheet of equal cards for cutting."""
    return qr_sheet([card] * per_page, per_page=per_page, on=on)


def qr_sheet(cards: Sequence[Card], *, per_page: int, on: date) -> Paper:
    pages = [cards[start : start + per_page] for start in range(0, len(cards), per_page)]
    facts = {"pages": pages, "per": per_page, "slogan": slogans()[0]}
    return _paper(PaperKind.QR_SHEET, "outreach/boards/cards.html", on, facts)


def team_board(page: TeamPage, *, link: str, size: PaperSize, on: date) -> Paper:
    """The board of a team on one A4 or A3; many members are set smaller."""
    points = page.points if len(page.points) <= _MOST_POINTS else ()
    shown = replace(page, points=points)
    facts = {
        "page": shown,
        "more": len(page.points) - len(points),
        "qr": qr_image(link),
        "link": link,
        "size": PaperSize(size).value,
        "density": _density(shown),
        "slogan": slogans()[0],
    }
    return _paper(PaperKind.TEAM_BOARD, "outreach/boards/board.html", on, facts)


def _density(page: TeamPage) -> str:
    """The largest letters in which the board is likely to fit on its sheet; the smallest if none is."""
    return next(
        (name for name, size in _GRADES if _lines(page, size) * size * _POINT * 1.4 <= _SHEET), _GRADES[-1][0]
    )


def _lines(page: TeamPage, size: float) -> float:
    """About how many lines it takes in letters of that size."""
    across = int(_COLUMN / (size * _POINT))
    members = sum(max(2, -(-len(one.about) // across)) + 0.5 for one in page.board.members)
    told = sum(1 + len("；".join(one.hours)) // (across * 2) for one in page.points)
    return _HEAD_LINES + members + told + len(page.neighbors)


def _paper(kind: PaperKind, layout: str, on: date, facts: dict) -> Paper:
    # Only its label is asked for, which every list of codes has.
    kept = cast(DocumentKind, kind)
    return Paper(kept, str(kind.label), [], f"{chinese_date(on)}打印", [""], facts, layout)
