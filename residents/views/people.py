"""One resident: his page, registering, changing, correcting the number, revealing."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.addresses import client_ip
from core.dates import age_on
from core.readlog import log_read
from core.refusals import show_on
from residents import actions
from residents.choices import LifeStatus
from residents.forms.people import EditForm, NumberForm, RegisterForm, RevealForm
from residents.models import Household, Resident
from residents.policy import policy_on
from residents.queries import person_sheet, place_of, responsible_teams
from residents.queries.duplicates import Warned, kept_instead, standing_merges
from residents.queries.risk import tier_cards
from residents.rules.quality import is_stale
from residents.views.warning import is_confirmed, must_ask, warned_of
from teams.access import Permission, may, needs
from teams.models import Team

# What may happen next to somebody of a status: page, words of the link.
_DEATH, _MOVE_OUT = ("resident-death", "登记死亡"), ("resident-move-out", "登记迁出")
LIFE_EVENTS = {
    LifeStatus.PRESENT: (_DEATH, _MOVE_OUT, ("resident-lost", "登记失访")),
    LifeStatus.LOST: (("resident-return", "登记找到，恢复在册"), _MOVE_OUT, _DEATH),
    LifeStatus.MOVED_OUT: (("resident-return", "登记迁回，恢复在册"), _DEATH),
    LifeStatus.DECEASED: (("resident-return", "撤销死亡登记，恢复在册"),),
    LifeStatus.MERGED: (),
}
FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])


def bound(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: an empty post is an answer too, and is told what is missing."""
    return request.POST if request.method == "POST" else None


def load(request: HttpRequest, pk: int) -> Resident:
    """A resident in the reader's scope, or 404."""
    people = Resident.objects.visible_to(request.user)
    return get_object_or_404(
        people.select_related("grid__village__parent", "household", "managing_team"), pk=pk
    )


@require_safe
@needs(Permission.RESIDENT_VIEW)
def resident_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """His page; an entry that was merged away leads to the one that was kept."""
    try:
        resident = load(request, pk)
    except Http404:
        kept = kept_instead(request.user, pk)
        if kept is None:
            raise
        messages.info(request, "这份登记已经合并，下面是保留的登记。")
        return redirect("resident-detail", kept)
    return _person_page(request, resident, RevealForm())


def _person_page(
    request: HttpRequest, resident: Resident, reveal: RevealForm, status: int = 200
) -> HttpResponse:
    today = timezone.localdate()
    policy = policy_on(today)
    sheet = person_sheet(request.user, resident, on=today)
    log_read(request, "resident", [resident.pk, *(one.id for one in sheet.members)])
    context = {
        "resident": resident,
        "sheet": sheet,
        "place": place_of(resident.grid),
        "age": age_on(resident.born_on, today) if resident.born_on else None,
        "is_minor": bool(resident.born_on) and age_on(resident.born_on, today) < policy.minor_age,
        "responsible": Team.objects.filter(
            pk=responsible_teams([resident.grid_id], on=today).get(resident.grid_id)
        ).first(),
        "reveal": reveal,
        "tiers": tier_cards(resident.pk),
        "today": today,
        "merges": standing_merges(request.user, resident)
        if may(request.user, Permission.RESIDENT_MERGE)
        else (),
        "life_events": LIFE_EVENTS[LifeStatus(resident.life_status)],
        "is_stale": resident.life_status == LifeStatus.PRESENT
        and is_stale(resident.confirmed_on, on=today, months=policy.stale_months),
        "stale_months": policy.stale_months,
    }
    return render(request, "residents/detail.html", context, status=status)


@FORM_METHODS
@sensitive_post_parameters()
@needs(Permission.RESIDENT_EDIT)
def resident_create(request: HttpRequest) -> HttpResponse:
    """Register somebody; ``?household=`` starts as a member of it, ``?next=`` is the page one came from."""
    today = timezone.localdate()
    form = RegisterForm(bound(request), user=request.user, on=today, initial=_initial(request))
    warned = warned_of(request) if request.method == "POST" else Warned()
    is_asked = must_ask(request, warned)
    if request.method == "POST" and form.is_valid() and not is_asked:
        try:
            resident = actions.register_resident(
                **form.facts(), policy=policy_on(today), by=request.user, on=today
            )
        except (actions.CannotRegister, actions.CannotFoundHousehold) as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, f"已登记 {resident.masked_name}。")
            return redirect(_way_back(request) or reverse("resident-detail", args=[resident.pk]))
    context = {
        "form": form,
        "warned": warned,
        "is_asked": is_asked,
        "is_confirmed": is_confirmed(request, warned),
    }
    return render(request, "residents/create.html", context)


def _way_back(request: HttpRequest) -> str:
    """The page of this site that asked for a new resident, or ""."""
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else ""


def _initial(request: HttpRequest) -> dict:
    wanted = request.GET.get("household", "")
    if not (wanted.isascii() and wanted.isdigit()):
        return {}
    household = Household.objects.visible_to(request.user).filter(pk=int(wanted[:18])).first()
    if household is None:
        return {}
    return {
        "mode": "join",
        "household": household.number,
        "grid": household.grid_id,
        "address": household.address,
    }


@FORM_METHODS
@sensitive_post_parameters()
@needs(Permission.RESIDENT_EDIT)
def resident_edit(request: HttpRequest, pk: int) -> HttpResponse:
    resident, today = load(request, pk), timezone.localdate()
    form = EditForm(bound(request), resident=resident, user=request.user, on=today)
    is_other = request.method == "POST" and {"name", "phone"} & set(form.changed_data)
    warned = warned_of(request, resident) if is_other else Warned()
    is_asked = must_ask(request, warned)
    if request.method == "POST" and form.is_valid() and not is_asked:
        try:
            actions.update_resident(resident=resident, **form.facts(), by=request.user, on=today)
        except actions.CannotUpdate as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "已保存。")
            return redirect("resident-detail", pk)
    warning = {
        "warns": True,
        "warned": warned,
        "is_asked": is_asked,
        "is_confirmed": is_confirmed(request, warned),
    }
    return form_page(request, resident, form, "修改登记信息", "保存", **warning)


@FORM_METHODS
@sensitive_post_parameters()
@needs(Permission.RESIDENT_EDIT)
def resident_number(request: HttpRequest, pk: int) -> HttpResponse:
    resident, today = load(request, pk), timezone.localdate()
    form = NumberForm(bound(request), initial={"id_kind": resident.id_kind})
    if request.method == "POST" and form.is_valid():
        try:
            actions.correct_number(
                resident=resident, **form.cleaned_data, policy=policy_on(today), by=request.user, on=today
            )
        except actions.CannotCorrectNumber as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "证件号码已更正，原号码留在历史中，仍可用来查找。")
            return redirect("resident-detail", pk)
    return form_page(request, resident, form, "更正证件号码", "更正")


def form_page(
    request: HttpRequest,
    resident: Resident,
    form: object,
    heading: str,
    button: str,
    *,
    also_shown: Sequence[int] = (),
    **more: Any,
) -> HttpResponse:
    """A form about one resident, and perhaps others of his household; opening it is a read like any other."""
    log_read(request, "resident", [resident.pk, *also_shown])
    context = {"resident": resident, "form": form, "heading": heading, "button": button} | more
    return render(request, "residents/form.html", context)


@require_POST
@needs(Permission.RESIDENT_EDIT)
def resident_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        actions.confirm_resident(resident=load(request, pk), by=request.user, on=timezone.localdate())
    except actions.CannotConfirm as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, "已记录：今天核实过，登记信息属实。")
    return redirect("resident-detail", pk)


@require_POST
@needs(Permission.RESIDENT_VIEW, Permission.RESIDENT_REVEAL)
def resident_reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """Number and phone in clear, once: this answer is kept by no cache, and the reason by the read log."""
    resident, today = load(request, pk), timezone.localdate()
    form = RevealForm(request.POST)
    if not form.is_valid():
        return _person_page(request, resident, form, status=422)
    try:
        clear = actions.reveal_resident(
            resident=resident,
            reason=form.sentence(),
            policy=policy_on(today),
            by=request.user,
            on=today,
            ip=client_ip(request),
            page="resident-reveal",
        )
    except actions.CannotReveal as refusal:
        show_on(form, refusal)
        return _person_page(request, resident, form, status=422)
    response = render(
        request, "residents/reveal.html", {"resident": resident, "clear": clear, "reason": form.sentence()}
    )
    response["Cache-Control"] = "no-store"
    return response
