"""The desk of an institution where points are redeemed: finding the holder, giving out, taking back (S4-16)."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from care.actions.redeeming import CannotRedeem, cancel_redemption, redeem
from care.forms.points import CancelRedemptionForm, FindForm, RedeemForm
from care.models import PointAccount, PointGoods, PointRedemption
from care.policy import policy_on
from care.queries.points import goods_for, redemption_page
from core.models import ReadLog
from core.readlog import log_read
from core.refusals import show_on
from residents.models import Resident
from residents.queries.search import search
from residents.views.searching import recall, remember
from teams.access import Permission, needs

FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])
FOUND_MOST = 20


@FORM_METHODS
@sensitive_post_parameters("q")
@needs(Permission.POINTS_MANAGE, Permission.RESIDENT_VIEW)
def points_desk(request: HttpRequest) -> HttpResponse:
    """Whoever stands at the desk is looked for by POST; below, what was given out lately."""
    if request.method == "POST":
        word = remember(request, request.POST.get("q", ""))
        return redirect(f"{reverse('points-desk')}?s={word}" if word else "points-desk")
    text = recall(request, request.GET.get("s", ""))
    found = list(search(request.user, text).for_lists()[:FOUND_MOST]) if text else []
    seen = PointRedemption.objects.visible_to(request.user)
    page = redemption_page(seen, request.GET.get("after", ""))
    shown = [one.pk for one in found] + [one.resident_id for one in page.rows]
    log_read(request, "resident", shown, action=ReadLog.Action.LIST)
    context = {"form": FindForm(initial={"q": text}), "text": text, "found": found, "page": page}
    return render(request, "care/points/desk.html", context)


@FORM_METHODS
@needs(Permission.POINTS_MANAGE, Permission.RESIDENT_VIEW)
def points_redeem(request: HttpRequest, pk: int) -> HttpResponse:
    """Goods or a service for points of one account."""
    seen = PointAccount.objects.visible_to(request.user).own()
    account = get_object_or_404(seen.select_related("resident", "household"), pk=pk)
    people = _people(account)
    log_read(request, "resident", [one.pk for one in people])
    form = RedeemForm(
        request.POST if request.method == "POST" else None,
        goods=goods_for(PointGoods.objects.visible_to(request.user), balance=account.balance),
        people=people,
        initial={"client_token": uuid.uuid4()},
    )
    if form.is_valid():
        given = _redeemed(request, form, account)
        if given:
            messages.success(request, f"已兑换，凭证编号 {given.number}。")
            return redirect("points-receipt", pk=given.pk)
    value = policy_on(timezone.localdate()).point_value_yuan
    context = {"form": form, "account": account, "people": people, "worth": account.balance * value}
    return render(request, "care/points/redeem.html", context)


def _people(account: PointAccount) -> list[Resident]:
    """Who may come for it: the holder, or any member of the household."""
    if account.household is None:
        return [account.resident] if account.resident else []
    return list(account.household.members.present().for_lists().order_by("relation", "pk"))


def _redeemed(request: HttpRequest, form: RedeemForm, account: PointAccount) -> PointRedemption | None:
    data = form.cleaned_data
    try:
        return redeem(
            by=request.user,
            on=timezone.localdate(),
            now=timezone.now(),
            account=account,
            resident=form.people[data["resident"]],
            goods=form.goods[data["goods"]],
            quantity=data["quantity"],
            client_token=data["client_token"],
        )
    except CannotRedeem as refusal:
        show_on(form, refusal)
        return None


def _load(request: HttpRequest, pk: int) -> PointRedemption:
    told = ("resident", "institution", "redeemed_by", "cancelled_by", "account")
    seen = PointRedemption.objects.visible_to(request.user).select_related(*told)
    found = get_object_or_404(seen.defer("resident__id_number", "resident__phone"), pk=pk)
    log_read(request, "resident", [found.resident_id])
    return found


@require_safe
@needs(Permission.POINTS_MANAGE, Permission.RESIDENT_VIEW)
def points_receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """The receipt, to be printed and signed."""
    return _receipt(request, _load(request, pk), CancelRedemptionForm())


def _receipt(request: HttpRequest, redemption: PointRedemption, form: Any) -> HttpResponse:
    value = policy_on(redemption.redeemed_on).point_value_yuan
    context = {"one": redemption, "form": form, "worth": redemption.points * value}
    return render(request, "care/points/receipt.html", context)


@require_POST
@needs(Permission.POINTS_MANAGE, Permission.RESIDENT_VIEW)
def points_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Goods came back: points and stock return."""
    redemption = _load(request, pk)
    form = CancelRedemptionForm(request.POST)
    if not form.is_valid():
        return _receipt(request, redemption, form)
    try:
        cancel_redemption(
            by=request.user,
            on=timezone.localdate(),
            now=timezone.now(),
            redemption=redemption,
            note=form.cleaned_data["note"],
        )
    except CannotRedeem as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, "已取消兑换，积分和库存已退回。")
    return redirect("points-receipt", pk=pk)
