"""Referrals as both sides see them: lists, one referral, and every step of it (S2-21)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from care.actions.referral_sides import CannotRefer, parties_of
from care.actions.referral_steps import (
    accept_referral,
    cancel_referral,
    close_referral,
    hand_down,
    return_referral,
    see_referred,
    take_over,
)
from care.choices import ReferralDirection, ReferralState
from care.forms.referrals import (
    AcceptForm,
    CancelForm,
    CloseForm,
    HandDownForm,
    ReturnForm,
    SeeForm,
    TakeOverForm,
)
from care.models import Referral
from care.queries.referrals import (
    BUCKETS,
    events_of,
    line_of,
    referral_counts,
    referral_of,
    referral_page,
    referrals_in,
)
from care.rules.referrals import Party, ReferralVerb, verbs_of
from core.models import ReadLog
from core.readlog import log_read
from core.refusals import show_on
from residents.models import Resident
from teams.access import Permission, may, needs, scope_of

LABELS = {"answer": "待我方办理", "open": "进行中", "over": "超期未答复", "done": "已办结"}


@require_safe
@needs(Permission.REFERRAL_ANSWER)
def referral_list(request: HttpRequest) -> HttpResponse:
    """What waits for one's own word first; then everything under way, late, settled."""
    today, now, scope = timezone.localdate(), timezone.localtime(), scope_of(request.user)
    bucket = request.GET.get("state", "")
    bucket = bucket if bucket in BUCKETS else "answer"
    seen = Referral.objects.visible_to(request.user)
    whose = {"teams": scope.teams, "institutions": scope.institutions}
    found = referrals_in(seen, bucket, now=now, **whose)
    page = referral_page(found, after=request.GET.get("after", ""), on=today, now=now)
    log_read(request, "resident", page.resident_ids, action=ReadLog.Action.LIST)
    context = {
        "page": page,
        "bucket": bucket,
        "buckets": [(one, LABELS[one]) for one in BUCKETS],
        "counts": referral_counts(seen, now=now, **whose),
        "can_send_up": may(request.user, Permission.CARE_RECORD),
    }
    return render(request, "care/referrals/list.html", context)


@dataclass(frozen=True)
class _Form:
    """One step: what it is called, its form, its action, and the words of the answer."""

    label: str
    form: type[forms.Form]
    action: Callable[..., Referral]
    told: str
    is_danger: bool = False


_STEPS: dict[ReferralVerb, _Form] = {
    ReferralVerb.ACCEPT: _Form(
        "接收并预约", AcceptForm, accept_referral, "已接收，家庭医生团队会看到预约日期。"
    ),
    ReferralVerb.SEE: _Form("登记就诊情况", SeeForm, see_referred, "已登记就诊情况。"),
    ReferralVerb.HAND_DOWN: _Form("转回团队接续", HandDownForm, hand_down, "已转回，等团队接续。"),
    ReferralVerb.TAKE_OVER: _Form("接续", TakeOverForm, take_over, "已接续，请按要求安排服务。"),
    ReferralVerb.CLOSE: _Form("办结", CloseForm, close_referral, "转诊已办结。"),
    ReferralVerb.RETURN: _Form(
        "退回", ReturnForm, return_referral, "已退回，对方会看到原因。", is_danger=True
    ),
    ReferralVerb.CANCEL: _Form("取消转诊", CancelForm, cancel_referral, "转诊已取消。", is_danger=True),
}


def _load(request: HttpRequest, pk: int) -> Referral:
    found = referral_of(Referral.objects.visible_to(request.user), pk)
    if found is None:
        raise Http404("no such referral")
    log_read(request, "resident", [found.resident_id])
    return found


@require_safe
@needs(Permission.REFERRAL_ANSWER)
def referral_show(request: HttpRequest, pk: int) -> HttpResponse:
    return _shown(request, _load(request, pk))


def _shown(
    request: HttpRequest, referral: Referral, *, verb: ReferralVerb | None = None, form: Any = None
) -> HttpResponse:
    """The page, with the form that was refused in its place."""
    today, now = timezone.localdate(), timezone.localtime()
    parties = parties_of(request.user, referral, on=today)
    direction, state = ReferralDirection(referral.direction), ReferralState(referral.state)
    steps = []
    for one in verbs_of(direction, state, parties):
        made = form if one == verb else _STEPS[one].form(prefix=one.name.lower(), initial=_first(one, today))
        steps.append((one.name, _STEPS[one], made))
    seen = Resident.objects.visible_to(request.user).filter(pk=referral.resident_id)
    is_home = Party.HOME in parties and may(request.user, Permission.CARE_VIEW) and seen.exists()
    context = {
        "referral": referral,
        "line": line_of(referral, on=today, now=now),
        "events": events_of(referral),
        "steps": steps,
        "is_home": is_home,
        "can_follow_up": is_home and may(request.user, Permission.CARE_RECORD),
    }
    return render(request, "care/referrals/detail.html", context)


def _first(verb: ReferralVerb, today: Any) -> dict[str, Any]:
    return {"seen_on": today} if verb == ReferralVerb.SEE else {}


@require_POST
@needs(Permission.REFERRAL_ANSWER)
def referral_step(request: HttpRequest, pk: int) -> HttpResponse:
    """Any step of either side; which of them one may take, the action asks."""
    referral, name = _load(request, pk), request.POST.get("verb", "")
    if name not in ReferralVerb.__members__:
        raise Http404("no such step")
    verb = ReferralVerb[name]
    step = _STEPS[verb]
    form = step.form(request.POST, prefix=verb.name.lower())
    if not form.is_valid():
        return _shown(request, referral, verb=verb, form=form)
    try:
        step.action(
            by=request.user,
            on=timezone.localdate(),
            now=timezone.localtime(),
            referral=referral,
            **form.cleaned_data,
        )
    except CannotRefer as refusal:
        if refusal.field:
            show_on(form, refusal)
            return _shown(request, referral, verb=verb, form=form)
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, step.told)
    return redirect("referral-detail", pk=pk)
