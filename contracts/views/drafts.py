"""Keeping and dropping what somebody has typed into a signing form."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from contracts.actions import CannotKeepDraft, drop_draft, keep_draft
from contracts.policy import ContractsPolicy
from contracts.queries.drafts import Draft, draft_of
from contracts.views.subjects import form_address, subject_asked
from teams.access import Permission, needs

FORM_PERMISSIONS = (Permission.AGREEMENT_SIGN, Permission.RESIDENT_VIEW)


@require_POST
@needs(*FORM_PERMISSIONS)
def draft_keep(request: HttpRequest) -> HttpResponse:
    """Sent by the page itself some seconds after typing; answers when it was saved, as HH:MM."""
    subject = subject_asked(request)
    try:
        draft = keep_draft(
            by=request.user, **subject, typed=dict(request.POST.lists()), client_token=token_of(request.POST)
        )
    except CannotKeepDraft as refusal:
        return JsonResponse({"error": refusal.sentence}, status=413)
    saved = timezone.localtime(draft.saved_at).strftime("%H:%M") if draft else ""
    return JsonResponse({"saved": saved})


@require_POST
@needs(*FORM_PERMISSIONS)
def draft_drop(request: HttpRequest) -> HttpResponse:
    """Begin anew with an empty form."""
    subject = subject_asked(request)
    drop_draft(by=request.user, **subject)
    messages.success(request, "草稿已放弃，表单回到初始内容。")
    return redirect(form_address(**subject))


def token_of(sent: QueryDict) -> uuid.UUID | None:
    """Which form was sent."""
    try:
        return uuid.UUID(sent.get("client_token", ""))
    except ValueError:
        return None


def draft_for(request: HttpRequest, policy: ContractsPolicy, **subject: Any) -> Draft | None:
    """One's own draft of the form that is being opened."""
    return draft_of(request.user, **subject, now=timezone.now(), policy=policy)


def restored_at(draft: Draft | None) -> str:
    """13:20, or 11月20日 13:20 if it was not today; "" without a draft."""
    if draft is None:
        return ""
    saved = timezone.localtime(draft.saved_at)
    is_today = saved.date() == timezone.localdate()
    return f"{saved:%H:%M}" if is_today else f"{saved.month}月{saved.day}日 {saved:%H:%M}"


def restore(form: forms.Form, draft: Draft | None) -> None:
    """Put what was typed back into a form that is not sent yet; a field the draft does not know keeps its own value.

    A tick that was taken away is not in what a browser sends, so the draft of a form speaks for all of its ticks.
    """
    if draft is None:
        return
    for name, field in form.fields.items():
        key = form.add_prefix(name)
        is_tick = isinstance(field.widget, forms.CheckboxInput | forms.CheckboxSelectMultiple)
        if key in draft.typed or (is_tick and _knows(form, draft)):
            form.initial[name] = field.widget.value_from_datadict(draft.typed, {}, key)


def _knows(form: forms.Form, draft: Draft) -> bool:
    """Whether this form, or this member's part of it, stood on the page when the draft was saved."""
    marker = form.add_prefix("shown") if form.prefix else ""
    return not marker or marker in draft.typed
