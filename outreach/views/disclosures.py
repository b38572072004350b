"""The monthly ten disclosures: the list of a month, one issue with its form and its steps, versions (S0-23)."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.refusals import Refusal, show_on
from core.sheets import Column, xlsx_response
from outreach.actions.disclosures import (
    CannotDisclose,
    add_note,
    confirm,
    edit_items,
    publish,
    redraft,
    send_back,
)
from outreach.choices import DisclosureStep, DisclosureTopic
from outreach.disclosures.content import Content
from outreach.forms.disclosures import ItemsForm, MonthFilter, NoteForm, ReturnForm, SeenForm
from outreach.models import MonthlyDisclosure
from outreach.policy import policy_on
from outreach.queries.disclosures import (
    IssueDetail,
    approves,
    counts_in,
    detail_of,
    issues_in,
    leads,
    version_of,
)
from outreach.rules.disclosures import compared
from teams.access import Permission, may, needs
from teams.models import Institution, Team

P = Permission
FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])
PAGE_SIZE = 50


def seen(request: HttpRequest) -> QuerySet[MonthlyDisclosure]:
    return MonthlyDisclosure.objects.visible_to(request.user)


def load(request: HttpRequest, pk: int) -> MonthlyDisclosure:
    found = seen(request).select_related("institution", "team", "confirmed_by", "published_by")
    return get_object_or_404(found, pk=pk)


@require_safe
@needs(P.DISCLOSURE_VIEW)
def disclosure_list(request: HttpRequest) -> HttpResponse:
    """Issues of a month: where each stands and what is missing."""
    today = timezone.localdate()
    form = MonthFilter(
        {"month": f"{today:%Y-%m}", **request.GET.dict()},
        today=today,
        institutions=Institution.objects.visible_to(request.user).filter(teams__isnull=False).distinct(),
    )
    month = form.month_first
    issues = form.narrowed(issues_in(seen(request), month))
    if "export" in request.GET:
        try:
            return _sheet(issues, request)
        except Refusal as refusal:
            show_on(form, refusal)
    page = Paginator(issues, PAGE_SIZE).get_page(request.GET.get("page"))
    params = request.GET.copy()
    params.pop("page", None)
    return render(
        request,
        "outreach/disclosures/list.html",
        {
            "form": form, "page": page, "month": month, "policy": policy_on(today),
            "counts": counts_in(seen(request), Team.objects.visible_to(request.user), month),
            "query": params.urlencode(), "pages_address": f"?{params.urlencode()}&",
        },
    )  # fmt: skip


def _sheet(issues: QuerySet[MonthlyDisclosure], request: HttpRequest) -> HttpResponse:
    columns = [
        Column("月份", 10), Column("机构", 30), Column("团队", 24), Column("状态", 12),
        Column("待补充（项）", 12, "number"), Column("公开形式（种）", 14, "number"), Column("生成时间", 18),
        Column("确认时间", 18), Column("发布时间", 18), Column("公开编码", 12),
    ]  # fmt: skip
    rows = (
        (
            f"{one.month:%Y-%m}", one.institution.name, one.team.name if one.team else "（全机构）",
            one.get_state_display(), one.gaps, one.channels, _moment(one.drafted_at),
            _moment(one.confirmed_at), _moment(one.published_at), one.code,
        )
        for one in issues
    )  # fmt: skip
    return xlsx_response("月度十公开", columns, rows, made_by=request.user.name, made_at=timezone.localtime())


def _moment(at: Any) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""


@FORM_METHODS
@needs(P.DISCLOSURE_VIEW)
def disclosure_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The ten items: to be edited while it is a draft (``?item=`` one of them alone), else to be read."""
    detail = detail_of(load(request, pk), by=request.user)
    is_sent = request.method == "POST"
    if is_sent and not may(request.user, P.DISCLOSURE_EDIT):
        raise PermissionDenied
    # What was typed comes back even if somebody confirmed meanwhile.
    form = _items_form(request, detail) if is_sent or DisclosureStep.EDITED in detail.steps else None
    if is_sent and form and form.is_valid() and _saved(request, detail, form):
        return redirect("disclosure-detail", pk)
    return _show(request, detail, form)


def _items_form(request: HttpRequest, detail: IssueDetail) -> ItemsForm:
    rows = [one.row for one in detail.items]
    alone = [one for one in rows if str(one.number) == request.GET.get("item")]
    return ItemsForm(request.POST or None, items=alone or rows, seen=detail.seen)


def _saved(request: HttpRequest, detail: IssueDetail, form: ItemsForm) -> bool:
    try:
        done = edit_items(
            by=request.user, now=timezone.now(), disclosure=detail.issue, seen=form.cleaned_data["seen"],
            entries=form.entries(),
        )  # fmt: skip
    except CannotDisclose as refusal:
        show_on(form, refusal)
        return False
    numbers = "、".join(f"第{one}项" for one in done)
    messages.success(request, f"已保存{numbers}。" if done else "没有改动。")
    return True


def _show(request: HttpRequest, detail: IssueDetail, form: ItemsForm | None, **more: Any) -> HttpResponse:
    shown = [one for one in detail.items if form is None or f"text_{one.row.number}" in form.fields]
    parts = [
        (one, form[f"text_{one.row.number}"], form[f"state_{one.row.number}"]) if form else (one, None, None)
        for one in shown
    ]
    context = {
        "detail": detail, "issue": detail.issue, "form": form, "parts": parts,
        "seen_form": SeenForm(initial={"seen": detail.seen}), "return_form": ReturnForm(),
        "note_form": NoteForm(), "is_alone": len(parts) < len(detail.items),
        "is_own": detail.issue.confirmed_by_id == request.user.pk,
        "may_confirm": DisclosureStep.CONFIRMED in detail.steps
        and leads(request.user, detail.issue, on=timezone.localdate()),
    }  # fmt: skip
    return render(request, "outreach/disclosures/detail.html", context | more)


def _answer(request: HttpRequest, pk: int, act: Callable[[], object], done: str) -> HttpResponse:
    """Take a step and go back to the issue with what became of it."""
    try:
        act()
    except CannotDisclose as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, done)
    return redirect("disclosure-detail", pk)


@require_POST
@needs(P.DISCLOSURE_EDIT)
def disclosure_redraft(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the sources again: one item (``number``), or all that nobody has edited."""
    issue = load(request, pk)
    wanted = request.POST.get("number", "")
    numbers = [one.value for one in DisclosureTopic if str(one.value) == wanted]
    done = (
        f"第{numbers[0]}项已重新取数。" if numbers else "已重新取数；您或同事修改过的文字没有动，数字已更新。"
    )
    return _answer(
        request, pk,
        lambda: redraft(by=request.user, now=timezone.now(), disclosure=issue, numbers=numbers), done,
    )  # fmt: skip


@require_POST
@needs(P.DISCLOSURE_CONFIRM)
def disclosure_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    issue, today = load(request, pk), timezone.localdate()
    if not leads(request.user, issue, on=today):
        raise PermissionDenied
    return _answer(
        request, pk,
        lambda: confirm(
            by=request.user, now=timezone.now(), policy=policy_on(today), disclosure=issue, seen=_seen(request)
        ),
        "已确认，等待机构审核发布。",
    )  # fmt: skip


def _seen(request: HttpRequest) -> int:
    form = SeenForm(request.POST)
    return form.cleaned_data["seen"] if form.is_valid() else 0


def _load_to_approve(request: HttpRequest, pk: int) -> MonthlyDisclosure:
    """403 for one that is seen, but approved by others."""
    issue = load(request, pk)
    if not approves(request.user, issue, on=timezone.localdate()):
        raise PermissionDenied
    return issue


@require_POST
@needs(P.DISCLOSURE_APPROVE)
def disclosure_return(request: HttpRequest, pk: int) -> HttpResponse:
    issue = _load_to_approve(request, pk)
    reason = request.POST.get("reason", "")
    return _answer(
        request, pk,
        lambda: send_back(by=request.user, now=timezone.now(), disclosure=issue, reason=reason),
        "已退回团队修改。",
    )  # fmt: skip


@require_POST
@needs(P.DISCLOSURE_APPROVE)
def disclosure_publish(request: HttpRequest, pk: int) -> HttpResponse:
    issue = _load_to_approve(request, pk)
    return _answer(
        request, pk,
        lambda: publish(by=request.user, now=timezone.now(), disclosure=issue, seen=_seen(request)),
        "已发布，内容从此固定。请用海报、长图或文字稿公开，并登记公开凭证。",
    )  # fmt: skip


@require_POST
@needs(P.DISCLOSURE_APPROVE)
def disclosure_note(request: HttpRequest, pk: int) -> HttpResponse:
    """A correction below what was published."""
    issue = _load_to_approve(request, pk)
    form = NoteForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            add_note(
                by=request.user,
                now=timezone.now(),
                disclosure=issue,
                number=data["number"],
                text=data["correction"],
            )
        except CannotDisclose as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "更正说明已发布。")
            return redirect("disclosure-detail", pk)
    return _show(request, detail_of(issue, by=request.user), None, note_form=form)


@require_safe
@needs(P.DISCLOSURE_VIEW)
def disclosure_versions(request: HttpRequest, pk: int) -> HttpResponse:
    """Two versions side by side: ``?left=`` and ``?right=``; without, the last two."""
    issue = load(request, pk)
    versions = list(issue.versions.select_related("by").order_by("-number"))
    if not versions:
        raise Http404
    right = version_of(versions, request.GET.get("right", "")) or versions[0]
    left = version_of(versions, request.GET.get("left", "")) or (
        next((one for one in versions if one.number < right.number), right)
    )
    rows = compared(Content.from_json(left.content), Content.from_json(right.content))
    context = {"issue": issue, "versions": versions, "left": left, "right": right, "rows": rows}
    return render(request, "outreach/disclosures/versions.html", context)
