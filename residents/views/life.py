"""Life events of one resident: death, moving out, losing touch, being back. One short form each."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from core.refusals import show_on
from residents import actions
from residents.choices import LifeStatus
from residents.forms.heirs import staying_without
from residents.forms.life import GoneForm, ReturnForm
from residents.models import Household, Resident
from residents.views.people import FORM_METHODS, bound, form_page, load
from teams.access import Permission, needs


@dataclass(frozen=True)
class Event:
    """What a form of a life event says, and the action behind it."""

    heading: str
    day: str
    hint: str
    button: str
    done: str
    action: Callable[..., Resident]


DEATH = Event(
    "登记死亡",
    "死亡日期",
    "如：家属告知、死亡医学证明。保存后该居民的签约随之结束。",
    "确认登记死亡",
    "已登记死亡，签约随之结束。",
    actions.record_death,
)
MOVE_OUT = Event(
    "登记迁出",
    "迁出日期",
    "如：迁往何处。保存后该居民的签约随之结束。",
    "确认登记迁出",
    "已登记迁出，签约随之结束。",
    actions.record_move_out,
)
LOST = Event(
    "登记失访",
    "失访日期",
    "如：电话停机、多次上门无人。签约不受影响，协议页面会有提示。",
    "确认登记失访",
    "已登记失访。找到以后请办理“恢复在册”。",
    actions.record_lost,
)


@FORM_METHODS
@needs(Permission.RESIDENT_EDIT)
def resident_death(request: HttpRequest, pk: int) -> HttpResponse:
    return _gone(request, pk, DEATH)


@FORM_METHODS
@needs(Permission.RESIDENT_EDIT)
def resident_move_out(request: HttpRequest, pk: int) -> HttpResponse:
    return _gone(request, pk, MOVE_OUT)


@FORM_METHODS
@needs(Permission.RESIDENT_EDIT)
def resident_lost(request: HttpRequest, pk: int) -> HttpResponse:
    return _gone(request, pk, LOST)


def _gone(request: HttpRequest, pk: int, event: Event) -> HttpResponse:
    resident, today = load(request, pk), timezone.localdate()
    staying = staying_without(resident, request.user)
    form = GoneForm(bound(request), day=event.day, hint=event.hint, staying=staying, on=today)
    if request.method == "POST" and form.is_valid():
        try:
            event.action(resident=resident, **form.facts(), by=request.user, on=today)
        except actions.CannotSetStatus as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, event.done)
            return redirect("resident-detail", pk)
    shown = [one.pk for one in staying]
    return form_page(request, resident, form, event.heading, event.button, also_shown=shown)


@FORM_METHODS
@needs(Permission.RESIDENT_EDIT)
def resident_return(request: HttpRequest, pk: int) -> HttpResponse:
    """Found again, moved back in, or a death taken back."""
    resident, today = load(request, pk), timezone.localdate()
    form = ReturnForm(
        bound(request), resident=resident, former=_former(resident), user=request.user, on=today
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.bring_back(resident=resident, **form.facts(), by=request.user, on=today)
        except (actions.CannotSetStatus, actions.CannotFoundHousehold) as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "已恢复在册。此前结束的签约不会自动恢复，需要服务的请重新签约。")
            return redirect("resident-detail", pk)
    heading = {LifeStatus.LOST: "登记找到", LifeStatus.MOVED_OUT: "登记迁回"}.get(
        LifeStatus(resident.life_status), "恢复在册"
    )
    return form_page(request, resident, form, heading, "确认恢复在册")


def _former(resident: Resident) -> Household | None:
    """The household he left, or the one into which it was merged since."""
    home = resident.household
    return home.merged_into if home and home.merged_into_id else home
