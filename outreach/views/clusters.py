"""Alerts of symptoms that pile up in a village (S0-10): the list, and one with its reports."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core.refusals import show_on
from outreach.actions.clusters import CannotHandleAlert, close_alert, take_alert
from outreach.forms.clusters import CloseAlertForm
from outreach.models import ClusterAlert
from outreach.policy import policy_on
from outreach.queries.clusters import alerts_of, in_words, may_handle, may_look, members_of
from teams.access import signed_in

PAGE_SIZE = 50


@signed_in
@require_safe
def alert_list(request: HttpRequest) -> HttpResponse:
    """Running alerts; ``?state=all`` those that are over as well. Numbers and places only."""
    _look(request)
    is_all = request.GET.get("state") == "all"
    found = alerts_of(request.user) if is_all else alerts_of(request.user).running()
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "is_all": is_all, "policy": policy_on(timezone.localdate())}
    return render(request, "outreach/urgent/alerts.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def alert_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Its reports by grid and day, and what is done about it."""
    _look(request)
    alert = get_object_or_404(alerts_of(request.user), pk=pk)
    form = CloseAlertForm(request.POST if request.POST.get("verb") == "close" else None)
    if request.method == "POST" and _done(request, alert, form):
        return redirect("whistle-alert", pk)
    context = {
        "alert": alert,
        "form": form,
        "rows": in_words(members_of(alert), user=request.user),
        "may_handle": may_handle(request.user),
        "policy": policy_on(timezone.localdate(alert.raised_at)),
    }
    return render(request, "outreach/urgent/alert.html", context)


def _look(request: HttpRequest) -> None:
    if not may_look(request.user) or (request.method == "POST" and not may_handle(request.user)):
        raise PermissionDenied


def _done(request: HttpRequest, alert: ClusterAlert, form: CloseAlertForm) -> bool:
    is_closing = request.POST.get("verb") == "close"
    if is_closing and not form.is_valid():
        return False
    try:
        if is_closing:
            close_alert(alert=alert, by=request.user, now=timezone.now(), note=form.cleaned_data["note"])
        else:
            take_alert(alert=alert, by=request.user, now=timezone.now())
    except CannotHandleAlert as refusal:
        if refusal.field:
            show_on(form, refusal)
            return False
        messages.error(request, refusal.sentence)
        return True
    messages.success(request, "预警已结束。" if is_closing else "已记下由您处置。")
    return True
