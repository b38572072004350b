"""What a team hands out: contact cards, letters to residents. No resident stands on any of it (S0-22, S4-6)."""

from datetime import date

from contracts.choices import DocumentKind
from contracts.printing.documents import Document, document_of, text_on
from contracts.printing.qr import qr_image
from core.dates import chinese_date
from teams.models import Team, TeamMembership
from teams.queries import member_board

CARD_MEMBERS = 5  # as many as fit on a card of a wallet's size
CARDS_PER_PAGE = (1, 8)


def team_values(team: Team, leader: TeamMembership | None, *, on: date) -> dict[str, str]:
    """Every placeholder that a team can fill."""
    institution = team.institution
    return {
        "机构名称": institution.name,
        "机构地址": institution.address,
        "团队名称": team.name,
        "团队长": leader.user.name if leader else "",
        "团队电话": team.phone or institution.phone,
        "服务时间": team.service_times,
        "监督电话": institution.complaint_phone or institution.phone,
        "打印日期": chinese_date(on),
    }


def card_document(team: Team, *, on: date, per_page: int = 1, link: str = "") -> Document:
    """The team's card: one large, or several on a sheet for cutting. Two queries."""
    board = list(member_board(team, on=on))
    shown = board if per_page == 1 else board[:CARD_MEMBERS]
    return document_of(
        text_on(DocumentKind.CONTACT_CARD, on=on),
        team_values(team, _leader(board), on=on),
        team=team,
        members=shown,
        more=len(board) - len(shown),
        is_large=per_page == 1,
        cards=range(per_page),
        qr=qr_image(link),
    )


def letter_document(team: Team, kind: DocumentKind, *, on: date) -> Document:
    """A letter to the residents, under the head of the institution. Two queries."""
    leader = _leader(list(member_board(team, on=on)))
    return document_of(
        text_on(kind, on=on), team_values(team, leader, on=on), team=team, dated=chinese_date(on)
    )


def _leader(board: list[TeamMembership]) -> TeamMembership | None:
    return next((one for one in board if one.is_leader), None)
