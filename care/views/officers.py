"""Handover to dedicated officers: the team offers and takes back, the officer answers and gives back (S1-22)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from care.actions.handovers import (
    CannotHandOver,
    accept_handover,
    decline_handover,
    give_back,
    offer_handovers,
    take_back,
    withdraw_handover,
)
from care.choices import HandoverMode, HandoverState
from care.forms.officers import BackForm, OfferFilter, OfferForm
from care.models import Handover
from care.policy import policy_on
from care.queries.handovers import (
    BUCKETS,
    events_of,
    handover_counts,
    handover_of,
    handover_page,
    handovers_in,
    offer_page,
    officers_for,
)
from care.rules.handovers import DECLINING, GIVING_BACK, TAKING_BACK, HandoverVerb
from core.models import ReadLog
from core.readlog import log_read
from core.refusals import show_on
from residents.models import Resident
from teams.access import Permission, may, needs, scope_of
from teams.models import Team, User

FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])
TEAM_LABELS = {"offered": "待专干接收", "accepted": "专干跟踪中", "back": "未接收、交回和结束"}
OFFICER_LABELS = {"offered": "待我接收", "accepted": "我跟踪的居民", "back": "已交回和结束"}


@require_safe
@needs(Permission.CARE_VIEW)
def officer_list(request: HttpRequest) -> HttpResponse:
    """What the teams of one's scope have with officers; late answers first to the eye."""
    seen = Handover.objects.filter(from_team__in=scope_of(request.user).teams)
    return _listed(request, seen, TEAM_LABELS, is_inbox=False)


@require_safe
@needs(Permission.CARE_RECORD)
def officer_inbox(request: HttpRequest) -> HttpResponse:
    """What was offered to oneself, and whom one follows up."""
    return _listed(request, Handover.objects.filter(to_officer=request.user), OFFICER_LABELS, is_inbox=True)


def _listed(request: HttpRequest, seen: Any, labels: dict[str, str], *, is_inbox: bool) -> HttpResponse:
    today = timezone.localdate()
    policy = policy_on(today)
    bucket = request.GET.get("state", "")
    bucket = bucket if bucket in BUCKETS else "offered"
    page = handover_page(handovers_in(seen, bucket), after=request.GET.get("after", ""), on=today)
    log_read(request, "resident", page.resident_ids, action=ReadLog.Action.LIST)
    context = {
        "page": page,
        "bucket": bucket,
        "buckets": [(one, labels[one]) for one in BUCKETS],
        "counts": handover_counts(seen, on=today),
        "is_inbox": is_inbox,
        "is_on": policy.handover_mode == HandoverMode.TO_OFFICER,
        "days": policy.handover_answer_days,
        "today": today,
    }
    return render(request, "care/officers/list.html", context)


@FORM_METHODS
@needs(Permission.CARE_VIEW, Permission.CARE_HANDOVER)
def officer_offer(request: HttpRequest) -> HttpResponse:
    """Persons of a class that no officer follows up yet; those ticked are offered together."""
    today = timezone.localdate()
    policy = policy_on(today)
    teams = _own_teams(request.user, today)
    populations = policy.handover_populations
    chosen = OfferFilter(_chosen(request, teams, populations), teams=teams, populations=populations)
    context: dict[str, Any] = {"filter": chosen, "is_on": policy.handover_mode == HandoverMode.TO_OFFICER}
    context["days"] = policy.handover_answer_days
    if context["is_on"] and chosen.is_valid():
        team, population = chosen.cleaned_data["team"], chosen.cleaned_data["population"]
        form = OfferForm(
            request.POST if request.method == "POST" else None, officers=officers_for(team, on=today)
        )
        if form.is_valid() and _offered(request, form, team, population):
            return redirect("officer-list")
        page = offer_page(team, population, on=today, after=request.GET.get("after", ""))
        log_read(request, "resident", [one.pk for one in page.rows], action=ReadLog.Action.LIST)
        ticked = set(request.POST.getlist("residents"))
        rows = [(one, str(one.pk) in ticked) for one in page.rows]
        context |= {"form": form, "page": page, "rows": rows, "team": team, "population": population}
    return render(request, "care/officers/offer.html", context)


def _own_teams(user: User, today: Any) -> Any:
    own = Team.objects.visible_to(user).active_on(today).filter(pk__in=scope_of(user).teams)
    return own.select_related("institution").order_by("name", "pk")


def _chosen(request: HttpRequest, teams: Any, populations: tuple[str, ...]) -> dict[str, Any]:
    """What the address says; without a word, the first team and the first class."""
    first = teams.first()
    return {
        "team": request.GET.get("team") or (first.pk if first else ""),
        "population": request.GET.get("population") or (populations[0] if populations else ""),
    }


def _offered(request: HttpRequest, form: OfferForm, team: Team, population: str) -> bool:
    asked = [int(one) for one in request.POST.getlist("residents") if one.isdecimal() and len(one) < 19]
    seen = Resident.objects.visible_to(request.user).filter(pk__in=asked).values_list("pk", flat=True)
    try:
        made = offer_handovers(
            by=request.user,
            on=timezone.localdate(),
            team=team,
            officer=form.cleaned_data["officer"],
            population=population,
            residents=list(seen),
            note=form.cleaned_data["note"],
        )
    except CannotHandOver as refusal:
        show_on(form, refusal)
        return False
    last = made[0].answer_by
    messages.success(request, f"已移交 {len(made)} 人，请专干在 {last:%Y-%m-%d} 前答复。")
    return True


def _load(request: HttpRequest, pk: int) -> Handover:
    found = handover_of(Handover.objects.visible_to(request.user), pk)
    if found is None:
        raise Http404("no such handover")
    log_read(request, "resident", [found.resident_id])
    return found


@require_safe
@needs(Permission.CARE_VIEW)
def officer_show(request: HttpRequest, pk: int) -> HttpResponse:
    return _shown(request, _load(request, pk))


# What each side may do, with the reasons it may give and the words of the answer.
_SIDES: dict[HandoverVerb, tuple[Any, tuple[Any, ...], str]] = {
    HandoverVerb.ACCEPT: (accept_handover, (), "已接收，该项目的任务已转给您。"),
    HandoverVerb.DECLINE: (decline_handover, DECLINING, "已答复不接收，团队会看到原因。"),
    HandoverVerb.GIVE_BACK: (give_back, GIVING_BACK, "已交回团队，任务由团队继续办理。"),
    HandoverVerb.WITHDRAW: (withdraw_handover, (), "已撤回移交。"),
    HandoverVerb.TAKE_BACK: (take_back, TAKING_BACK, "已收回，任务由团队继续办理。"),
}
OFFICER_VERBS = ("ACCEPT", "DECLINE", "GIVE_BACK")
TEAM_VERBS = ("WITHDRAW", "TAKE_BACK")


def _shown(request: HttpRequest, handover: Handover, *, verb: str = "", form: Any = None) -> HttpResponse:
    """The page, with the form that was refused in its place."""
    is_mine = handover.to_officer_id == request.user.pk
    is_ours = handover.from_team_id in scope_of(request.user).teams
    is_ours = is_ours and may(request.user, Permission.CARE_HANDOVER)
    is_offered = handover.state == HandoverState.OFFERED
    is_accepted = handover.state == HandoverState.ACCEPTED
    today = timezone.localdate()
    context = {
        "handover": handover,
        "name": handover.resident.masked_name,
        "events": events_of(handover),
        "is_late": is_offered and handover.answer_by < today,
        "can_accept": is_mine and is_offered,
        "can_withdraw": is_ours and is_offered,
        "can_take_back": is_ours and is_accepted,
        "can_give_back": is_mine and is_accepted,
        "declining": form if verb == "DECLINE" else BackForm(reasons=DECLINING, prefix="decline"),
        "giving": form if verb == "GIVE_BACK" else BackForm(reasons=GIVING_BACK, prefix="give"),
        "taking": form if verb == "TAKE_BACK" else BackForm(reasons=TAKING_BACK, prefix="take"),
    }
    return render(request, "care/officers/detail.html", context)


@require_POST
@needs(Permission.CARE_VIEW, Permission.CARE_RECORD)
def officer_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """The officer's word."""
    return _done(request, pk, OFFICER_VERBS)


@require_POST
@needs(Permission.CARE_VIEW, Permission.CARE_HANDOVER)
def officer_recall(request: HttpRequest, pk: int) -> HttpResponse:
    """The team's word."""
    return _done(request, pk, TEAM_VERBS)


_PREFIXES = {"DECLINE": "decline", "GIVE_BACK": "give", "TAKE_BACK": "take"}


def _done(request: HttpRequest, pk: int, allowed: tuple[str, ...]) -> HttpResponse:
    handover, name = _load(request, pk), request.POST.get("verb", "")
    if name not in allowed:
        raise Http404("no such step")
    action, reasons, told = _SIDES[HandoverVerb[name]]
    form, given = None, {}
    if reasons:
        form = BackForm(request.POST, reasons=reasons, prefix=_PREFIXES[name])
        if not form.is_valid():
            return _shown(request, handover, verb=name, form=form)
        given = form.cleaned_data
    try:
        action(by=request.user, on=timezone.localdate(), handover=handover, **given)
    except CannotHandOver as refusal:
        if form is not None and refusal.field:
            show_on(form, refusal)
            return _shown(request, handover, verb=name, form=form)
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, told)
    return redirect("officer-detail", pk=pk)
