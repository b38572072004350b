"""Square codes for every lift of a village, cards and board of a team, and what residents see of it (S0-22, S1-20)."""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from contracts.printing.answers import Frame, answer
from core.models import ReadLog
from core.readlog import log_read
from grids.models import Area
from grids.queries.coverage import teams_shown
from outreach.actions.short_links import short_link, short_links
from outreach.boards import (
    MOST_CARDS,
    PER_PAGE,
    Card,
    card_for_team,
    card_of,
    cards_for,
    one_page_of,
    qr_sheet,
)
from outreach.boards import team_board as board_paper
from outreach.choices import PaperKind, PaperSize, PublicKind
from outreach.policy import policy_on
from outreach.queries.public_board import team_page
from outreach.queries.qr_sheets import cards_of, lifts_in, villages_of
from teams.access import Permission, needs
from teams.models import Team

P = Permission
PAGE_SIZE = 50
GENERAL = {PublicKind.MAP.value: "家医地图", PublicKind.GUIDE.value: "如何签约家庭医生"}
_NOTE = "A4 纸，印好后裁开，贴在电梯、楼道醒目处。换了团队不用重印二维码：扫码看到的总是现在的责任团队。"
_BOARD_NOTE = "贴在卫康室、服务点等醒目处。成员、时间、电话有变时请重新打印；扫码看到的总是最新的。"


@require_safe
@needs(P.DISCLOSURE_VIEW)
def qr_sheets(request: HttpRequest) -> HttpResponse:
    """Choose a village."""
    today, word = timezone.localdate(), request.GET.get("q", "").replace("\0", "").strip()[:40]
    page = Paginator(villages_of(request.user, on=today, word=word), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    numbers = lifts_in(request.user, list(page), on=today)
    rows = [(one, *numbers[one.pk]) for one in page]
    params = request.GET.copy()
    params.pop("page", None)
    shown = {
        "page": page,
        "rows": rows,
        "word": word,
        "general": GENERAL.items(),
        "pages_address": f"?{params.urlencode()}&",
    }
    return render(request, "outreach/boards/villages.html", shown)


@require_safe
@needs(P.DISCLOSURE_VIEW)
def qr_village(request: HttpRequest, code: str) -> HttpResponse:
    """The grids of a village with what there is to print for each."""
    today = timezone.localdate()
    village = _village(request, code)
    groups = cards_of(request.user, village, on=today)
    number = sum(one.number for one in groups)
    shown = {
        "village": village,
        "groups": groups,
        "number": number,
        "fits": 0 < number <= MOST_CARDS,
        "most": MOST_CARDS,
        "per_page": PER_PAGE,
    }
    return render(request, "outreach/boards/village.html", shown)


@require_safe
@needs(P.DISCLOSURE_VIEW)
def qr_print(request: HttpRequest, code: str) -> HttpResponse:
    """The sheet: ``?grid=`` one grid only, ``?per=`` so many cards on a page, ``?format=pdf``."""
    today, village, per_page = timezone.localdate(), _village(request, code), _per_page(request)
    grid = request.GET.get("grid", "").replace("\0", " ")  # no code has a blank
    groups = cards_of(request.user, village, on=today, grid=grid)
    if not 0 < sum(one.number for one in groups) <= MOST_CARDS:
        raise Http404("nothing to print, or too much for one file")
    made = short_links(
        kind=PublicKind.GRID, keys=[one.grid.pk for one in groups if one.team], now=timezone.now()
    )
    links = {int(pk): _address(request, short) for pk, short in made.items()}
    paper = qr_sheet(cards_for(groups, links), per_page=per_page, on=today)
    crumbs = [
        ("二维码", reverse("qr-sheets")),
        (village.name, reverse("qr-village", args=[village.code])),
    ]
    return answer(request, paper, Frame("打印二维码", _NOTE, crumbs, _sizes(request, per_page)), on=today)


def _village(request: HttpRequest, code: str) -> Area:
    return get_object_or_404(villages_of(request.user, on=timezone.localdate()), code=code)


def _per_page(request: HttpRequest) -> int:
    try:
        per_page = int(request.GET.get("per", PER_PAGE[0]))
    except ValueError:
        per_page = 0
    if per_page not in PER_PAGE:
        raise Http404("no such layout")
    return per_page


def _sizes(request: HttpRequest, per_page: int) -> list[tuple[str, str]]:
    """The same sheet with more or fewer cards on a page."""
    query = request.GET.copy()
    found = []
    for one in PER_PAGE:
        if one != per_page:
            query["per"] = str(one)
            found.append((f"每页{one}张", f"?{query.urlencode()}"))
    return found


def _address(request: HttpRequest, code: str) -> str:
    base = settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"
    return f"{base}{reverse('public-short', args=[code])}"


@require_safe
@needs(P.TEAM_VIEW)
def qr_team(request: HttpRequest, pk: int) -> HttpResponse:
    """A page of cards with the square code of one team."""
    team = _team(request, pk)
    return _one(request, card_for_team(team, _link(request, PublicKind.TEAM, team.pk)), _team_crumbs(team))


@require_safe
@needs(P.DISCLOSURE_VIEW)
def qr_place(request: HttpRequest, code: str) -> HttpResponse:
    """A page of cards that lead to a village, to be hung where all its grids pass by."""
    village = _village(request, code)
    link = _link(request, PublicKind.VILLAGE, village.pk)
    crumbs = [("二维码", reverse("qr-sheets")), (village.name, reverse("qr-village", args=[code]))]
    return _one(request, card_of(village.name, "查找我的家庭医生团队", link), crumbs)


@require_safe
@needs(P.DISCLOSURE_VIEW)
def qr_general(request: HttpRequest, kind: str) -> HttpResponse:
    """A page of cards for the map, or for how to sign."""
    title = GENERAL.get(kind)
    if title is None:
        raise Http404("no such page")
    link = _link(request, PublicKind(kind), "")
    return _one(request, card_of(title, "", link), [("二维码", reverse("qr-sheets"))])


def _one(request: HttpRequest, card: Card, crumbs: list[tuple[str, str]]) -> HttpResponse:
    today, per_page = timezone.localdate(), _per_page(request)
    paper = one_page_of(card, per_page=per_page, on=today)
    frame = Frame("打印二维码", _NOTE, crumbs, _sizes(request, per_page))
    return answer(request, paper, frame, on=today)


@require_safe
@needs(P.TEAM_VIEW)
def team_board(request: HttpRequest, pk: int) -> HttpResponse:
    """The board for the wall, ``?size=a4`` or ``a3``."""
    today, team = timezone.localdate(), _team(request, pk)
    wanted = request.GET.get("size", PaperSize.A4)
    if wanted not in PaperSize.values:
        raise Http404("no such size")
    size = PaperSize(wanted)
    page = team_page(team, on=today, policy=policy_on(today))
    log_read(request, "team", [pk], action=ReadLog.Action.PRINT, reason=str(PaperKind.TEAM_BOARD.label))
    paper = board_paper(page, link=_link(request, PublicKind.TEAM, team.pk), size=size, on=today)
    others = [(f"改为{one.label}", f"?size={one.value}") for one in PaperSize if one != size]
    return answer(request, paper, Frame("打印团队公示牌", _BOARD_NOTE, _team_crumbs(team), others), on=today)


@require_safe
@needs(P.TEAM_VIEW)
def team_public(request: HttpRequest, pk: int) -> HttpResponse:
    """What residents see of the team."""
    code = short_link(kind=PublicKind.TEAM, key=_team(request, pk).pk, now=timezone.now())
    return redirect("public-team", code)


def _team(request: HttpRequest, pk: int) -> Team:
    shown = teams_shown(request.user, on=timezone.localdate())
    return get_object_or_404(shown.select_related("institution"), pk=pk)


def _link(request: HttpRequest, kind: PublicKind, key: int | str) -> str:
    return _address(request, short_link(kind=kind, key=key, now=timezone.now()))


def _team_crumbs(team: Team) -> list[tuple[str, str]]:
    return [("家庭医生团队", reverse("team-list")), (team.name, reverse("team-detail", args=[team.pk]))]
