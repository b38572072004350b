"""Transfers: finding whom to ask for, answering, deciding, withdrawing; the lists of one's teams."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contracts.actions import (
    CannotTransfer,
    agree_to_transfer,
    decide_transfer,
    object_to_transfer,
    open_transfer,
    withdraw_transfer,
)
from contracts.choices import RequestState
from contracts.forms.moves import DecisionForm, NumberForm, ObjectionForm, TransferForm
from contracts.models import Transfer
from contracts.policy import policy_on
from contracts.queries.transfers import (
    BUCKETS,
    Candidate,
    candidate_of,
    line_of,
    people_to_sign,
    transfer_counts,
    transfer_of,
    transfer_page,
    transfers_in,
)
from core.models import ReadLog
from core.readlog import log_read
from core.refusals import show_on
from residents.models import Resident
from residents.views.searching import recall, remember
from teams.access import Permission, may, needs, scope_of
from teams.models import Team, User

FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])
LABELS = {"out": "待本团队答复（转出）", "in": "本团队提出（转入）", "objected": "有异议", "done": "已办结"}


@require_safe
@needs(Permission.AGREEMENT_VIEW)
def transfer_list(request: HttpRequest) -> HttpResponse:
    """Outgoing and incoming while they are under way; the bureau sees those it has to decide first."""
    today, teams = timezone.localdate(), scope_of(request.user).teams
    first = "out" if teams else "objected"
    bucket = request.GET.get("state", "")
    bucket = bucket if bucket in BUCKETS else first
    seen = transfers_in(Transfer.objects.visible_to(request.user), bucket, teams)
    page = transfer_page(seen, after=request.GET.get("after", ""), on=today)
    log_read(request, "resident", page.resident_ids, action=ReadLog.Action.LIST)
    shown = BUCKETS if teams else ("objected", "done")
    context = {
        "page": page,
        "bucket": bucket,
        "buckets": [(one, LABELS[one]) for one in shown],
        "counts": transfer_counts(teams),
        "review_days": policy_on(today).transfer_review_days,
    }
    return render(request, "contracts/moves/transfers.html", context)


@FORM_METHODS
@sensitive_post_parameters("number")
@needs(Permission.AGREEMENT_SIGN)
def transfer_find(request: HttpRequest) -> HttpResponse:
    """Somebody by his full number, also outside one's scope; the number never stands in an address."""
    form = NumberForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        number = form.cleaned_data["number"]
        found = candidate_of(number, on=timezone.localdate())
        if found:
            return redirect(f"{reverse('transfer-open')}?s={remember(request, number)}")
        form.add_error("number", "没有找到该证件号码的居民，请核对完整号码；确实没有登记的，先登记再签约。")
    return render(request, "contracts/moves/transfer_find.html", {"form": form})


@FORM_METHODS
@needs(Permission.AGREEMENT_SIGN)
def transfer_open(request: HttpRequest) -> HttpResponse:
    """No more than masked name and team of whoever was found; asking for him."""
    today, number = timezone.localdate(), recall(request, request.GET.get("s", ""))
    found = candidate_of(number, on=today) if number else None
    if found is None:
        messages.warning(request, "查找内容已过期，请重新输入证件号码。")
        return redirect("transfer-find")
    form = TransferForm(
        request.POST if request.method == "POST" else None, teams=_own_teams(request.user, today)
    )
    if form.is_valid():
        transfer = _opened(request, form, found.resident)
        if transfer:
            return redirect("transfer-detail", pk=transfer.pk)
    log_read(request, "resident", [found.resident.pk], reason="转签查询")
    context = {"form": form, "found": found, "obstacle": _obstacle(found), "today": today}
    context["is_visible"] = Resident.objects.visible_to(request.user).filter(pk=found.resident.pk).exists()
    context["review_days"] = policy_on(today).transfer_review_days
    return render(request, "contracts/moves/transfer_open.html", context)


def _own_teams(user: User, today: Any):
    return Team.objects.visible_to(user).active_on(today).filter(pk__in=scope_of(user).teams).order_by("name")


def _obstacle(found: Candidate) -> str:
    """Why there is nothing to ask for, before anything is typed."""
    if found.enrollment is None:
        return "该居民目前没有生效的签约，不必转签，可直接签约。"
    if found.moving:
        return "该居民已有一项转签在办理，请等它办结后再提出。"
    return ""


def _opened(request: HttpRequest, form: TransferForm, resident: Resident) -> Transfer | None:
    data = form.cleaned_data
    try:
        transfer = open_transfer(
            by=request.user,
            on=timezone.localdate(),
            resident=resident,
            to_team=data["team"],
            reason=data["reason"],
        )
    except CannotTransfer as refusal:
        show_on(form, refusal)
        return None
    messages.success(request, f"已提出转签，原团队提出异议的截止日期是 {transfer.object_until:%Y-%m-%d}。")
    return transfer


def _load(request: HttpRequest, pk: int) -> Transfer:
    found = transfer_of(Transfer.objects.visible_to(request.user), pk)
    if found is None:
        raise Http404("no such transfer")
    return found


@require_safe
@needs(Permission.AGREEMENT_VIEW)
def transfer_show(request: HttpRequest, pk: int) -> HttpResponse:
    return _shown(request, _load(request, pk))


def _shown(
    request: HttpRequest, transfer: Transfer, *, form: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    """The page, with the form that was refused in its place."""
    log_read(request, "resident", [transfer.enrollment.resident_id])
    today, teams = timezone.localdate(), scope_of(request.user).teams
    line, is_open = line_of(transfer, on=today), transfer.state == RequestState.OPEN
    answers = may(request.user, Permission.AGREEMENT_TERMINATE) and transfer.from_team_id in teams
    decides = may(request.user, Permission.AGREEMENT_REVIEW)
    is_ours = may(request.user, Permission.AGREEMENT_SIGN) and transfer.to_team_id in teams
    people = people_to_sign(request.user).filter(pk=transfer.enrollment.resident_id)
    context = {
        "transfer": transfer,
        "line": line,
        "can_answer": answers and is_open,
        "can_object": answers and line.days_left is not None,
        "can_decide": decides and is_open and bool(transfer.objection),
        "can_withdraw": is_ours and (is_open or transfer.state == RequestState.ACCEPTED),
        "can_sign": is_ours and transfer.state == RequestState.ACCEPTED and people.exists(),
        "sees_old": transfer.from_team_id in teams or decides,
        "sees_new": transfer.to_team_id in teams or decides,
        "objecting": form if isinstance(form, ObjectionForm) else ObjectionForm(),
        "deciding": form if isinstance(form, DecisionForm) else DecisionForm(),
    }
    return render(request, "contracts/moves/transfer.html", context, status=status)


@require_POST
@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_TERMINATE)
def transfer_agree(request: HttpRequest, pk: int) -> HttpResponse:
    return _done(request, pk, agree_to_transfer, "已同意转签，新团队可以签约了。")


@require_POST
@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_TERMINATE)
def transfer_object(request: HttpRequest, pk: int) -> HttpResponse:
    form = ObjectionForm(request.POST)
    return _filled(request, pk, form, object_to_transfer, "已提出异议，等区卫健局处理。", ("reason",))


@require_POST
@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_REVIEW)
def transfer_decide(request: HttpRequest, pk: int) -> HttpResponse:
    form = DecisionForm(request.POST)
    is_upheld = request.POST.get("outcome") == DecisionForm.UPHELD
    return _filled(
        request,
        pk,
        form,
        decide_transfer,
        "已处理，双方团队都能看到结果。",
        ("decision",),
        is_upheld=is_upheld,
    )


@require_POST
@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_SIGN)
def transfer_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    return _done(request, pk, withdraw_transfer, "已撤回转签，原签约不变。")


def _done(request: HttpRequest, pk: int, action: Callable[..., Any], told: str) -> HttpResponse:
    """An answer of one click; a refusal stands on top of the page it leads back to."""
    transfer = _load(request, pk)
    log_read(request, "resident", [transfer.enrollment.resident_id])
    try:
        action(by=request.user, on=timezone.localdate(), now=timezone.now(), transfer=transfer)
        messages.success(request, told)
    except CannotTransfer as refusal:
        messages.error(request, refusal.sentence)
    return redirect("transfer-detail", pk=pk)


def _filled(
    request: HttpRequest, pk: int, form: forms.Form, action: Callable[..., Any], told: str,
    fields: tuple[str, ...], **more: Any,
) -> HttpResponse:  # fmt: skip
    """An answer in words; a refusal stands at its field, with what was typed."""
    transfer = _load(request, pk)
    if not form.is_valid():
        return _shown(request, transfer, form=form)
    given = {name: form.cleaned_data[name] for name in fields}
    try:
        action(
            by=request.user, on=timezone.localdate(), now=timezone.now(), transfer=transfer, **given, **more
        )
    except CannotTransfer as refusal:
        show_on(form, refusal)
        return _shown(request, transfer, form=form)
    messages.success(request, told)
    log_read(request, "resident", [transfer.enrollment.resident_id])
    return redirect("transfer-detail", pk=pk)
