"""Everything on paper: the page that a browser prints, and the same page as PDF (``?format=pdf``).

Who opens one is logged as printing.
"""

from collections.abc import Sequence

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from contracts.actions import link_for_paper
from contracts.choices import LETTERS, DocumentKind
from contracts.policy import policy_on
from contracts.printing.agreements import agreement_document, notice_document, notices_for
from contracts.printing.answers import Frame, answer
from contracts.printing.documents import Document
from contracts.printing.teams import CARDS_PER_PAGE, card_document, letter_document
from contracts.queries.agreements import AgreementDetail
from contracts.queries.paper import Paper, paper_of
from contracts.views.loading import detail_or_404
from contracts.views.public import address_of
from core.models import ReadLog
from core.readlog import log_read
from grids.queries.coverage import teams_shown
from teams.access import Permission, needs
from teams.models import Team

_FULL = "A4 纸，一式两份。本页含居民完整身份信息，打开已记入查阅日志。"


@require_safe
@needs(Permission.AGREEMENT_VIEW, Permission.RESIDENT_REVEAL)
def agreement_print(request: HttpRequest, pk: int) -> HttpResponse:
    """The agreement, twice, with both parties in full: the only document that shows them so."""
    detail = detail_or_404(request, pk)
    paper = _paper(request, detail)
    document = agreement_document(paper, on=timezone.localdate(), resident_link=_link(request, detail))
    return answer(request, document, _frame(detail, "打印协议", _FULL), on=timezone.localdate())


def _link(request: HttpRequest, detail: AgreementDetail) -> str:
    """Where the resident sees his agreement; made at the first printing, the same on every copy."""
    policy = policy_on(timezone.localdate())
    secret = link_for_paper(agreement=detail.agreement, at=timezone.now(), policy=policy)
    return address_of(request, secret)


@require_safe
@needs(Permission.AGREEMENT_VIEW, Permission.RESIDENT_REVEAL)
def agreement_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """A notice to the resident, one of those that fit how the agreement stands; ``?kind=`` chooses."""
    detail = detail_or_404(request, pk)
    kinds = notices_for(detail)
    kind = _chosen(request, kinds)
    paper = _paper(request, detail)
    document = notice_document(detail, paper, kind, on=timezone.localdate())
    others = [(one.label, f"?kind={one.value}") for one in kinds if one != kind]
    note = "A4 纸，正文交居民，回执由团队留存。打开已记入查阅日志。"
    return answer(
        request, document, _frame(detail, f"打印{kind.label}", note, others), on=timezone.localdate()
    )


def _paper(request: HttpRequest, detail: AgreementDetail) -> Paper:
    """One agreement in full, written into the read log; 403 for who may not see all that stands on it."""
    if detail.withheld:
        raise PermissionDenied("the paper names a service that only the team may see")
    paper = paper_of(detail)
    log_read(
        request, "resident", paper.resident_ids, action=ReadLog.Action.PRINT, reason=detail.agreement.number
    )
    return paper


def _frame(
    detail: AgreementDetail, heading: str, note: str, choices: Sequence[tuple[str, str]] = ()
) -> Frame:
    agreement = detail.agreement
    crumbs = [
        ("协议", reverse("agreement-list")),
        (agreement.number, reverse("agreement-detail", args=[agreement.pk])),
    ]
    return Frame(heading, note, crumbs, choices)


@require_safe
@needs(Permission.TEAM_VIEW)
def team_card(request: HttpRequest, pk: int) -> HttpResponse:
    """The team's contact card: one large, or ``?per=8`` on a sheet for cutting (S0-22)."""
    team = _team(request, pk)
    try:
        per_page = int(request.GET.get("per", "1"))
    except ValueError:
        per_page = 0
    if per_page not in CARDS_PER_PAGE:
        raise Http404("no such layout")
    document = card_document(team, on=timezone.localdate(), per_page=per_page)
    other = ("每张一份", "?per=1") if per_page > 1 else ("每张八份，裁开使用", "?per=8")
    frame = Frame("打印联系卡", "A4 纸，印好后沿虚线裁开，交给签约居民。", _team_crumbs(team), [other])
    return _team_answer(request, team, document, frame)


@require_safe
@needs(Permission.TEAM_VIEW)
def team_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """A letter to residents, of one of three kinds; ``?kind=`` chooses (S4-6)."""
    team = _team(request, pk)
    kind = _chosen(request, LETTERS)
    document = letter_document(team, kind, on=timezone.localdate())
    others = [(one.label, f"?kind={one.value}") for one in LETTERS if one != kind]
    frame = Frame("打印致居民的信", "A4 纸，红头版式。", _team_crumbs(team), others)
    return _team_answer(request, team, document, frame)


def _team(request: HttpRequest, pk: int) -> Team:
    shown = teams_shown(request.user, on=timezone.localdate())
    return get_object_or_404(shown.select_related("institution"), pk=pk)


def _team_crumbs(team: Team) -> list[tuple[str, str]]:
    return [("家庭医生团队", reverse("team-list")), (team.name, reverse("team-detail", args=[team.pk]))]


def _chosen(request: HttpRequest, kinds: Sequence[DocumentKind]) -> DocumentKind:
    """The kind asked for, else the first; one that does not fit is not there."""
    wanted = request.GET.get("kind") or (kinds[0] if kinds else "")
    if wanted not in kinds:
        raise Http404("no such document")
    return DocumentKind(wanted)


def _team_answer(request: HttpRequest, team: Team, document: Document, frame: Frame) -> HttpResponse:
    log_read(request, "team", [team.pk], action=ReadLog.Action.PRINT, reason=str(document.kind.label))
    return answer(request, document, frame, on=timezone.localdate())
