"""The inbox: what waits for a person, day by day."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.models import ReadLog
from core.paging import dated_page
from core.readlog import log_read
from outreach.actions import mark_all_read, mark_read, set_channels
from outreach.forms.messages import ChannelsForm
from outreach.models import Digest
from outreach.queries.inbox import chosen_channels, first_things, in_words, inbox_of
from teams.access import signed_in

ROWS = 30  # a month and a half of working days


@signed_in
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """All messages, the newest first."""
    page = dated_page(inbox_of(request.user), "on", request.GET.get("after", ""), ROWS, newest_first=True)
    context = {
        "shown": [in_words(one) for one in page.rows],
        "next_after": page.next_after,
        "today": timezone.localdate(),
    }
    return render(request, "outreach/inbox.html", context)


@signed_in
@require_safe
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """One day's message with its links; of today, also what is most pressing. Opening it is reading it."""
    today = timezone.localdate()
    digest = get_object_or_404(Digest.objects.visible_to(request.user).shown(), pk=pk)
    mark_read(digest=digest, by=request.user, now=timezone.now())
    first = first_things(request.user, on=today) if digest.on == today else []
    log_read(request, "resident", [one.resident_id for one in first], action=ReadLog.Action.LIST)
    context = {"message": in_words(digest), "first": first, "today": today}
    return render(request, "outreach/message.html", context)


@signed_in
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    count = mark_all_read(by=request.user, now=timezone.now())
    messages.success(request, f"已将 {count} 条消息标为已读。" if count else "没有未读消息。")
    return redirect("inbox")


@signed_in
@require_POST
def read_one(request: HttpRequest, pk: int) -> HttpResponse:
    digest = get_object_or_404(Digest.objects.visible_to(request.user).shown(), pk=pk)
    mark_read(digest=digest, by=request.user, now=timezone.now())
    return redirect("inbox")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """Which outside channels a person wants."""
    chosen = chosen_channels(request.user, on=timezone.localdate())
    form = ChannelsForm(request.POST if request.method == "POST" else None, initial={"channels": chosen})
    if form.is_valid():
        set_channels(channels=form.cleaned_data["channels"], by=request.user)
        messages.success(request, "已保存，从下一条汇总起生效。")
        return redirect("inbox-settings")
    return render(request, "outreach/inbox_settings.html", {"form": form})
