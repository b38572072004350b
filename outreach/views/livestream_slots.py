"""Fixed weekly hours of live streams: set, ended (S2-10)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from core.refusals import show_on
from outreach.actions.livestreams import CannotKeepStream, end_slot, set_slot
from outreach.forms.livestreams import SlotEndForm, SlotForm
from outreach.models import LivestreamSlot
from outreach.policy import policy_on
from outreach.views.calendars import FORM_METHODS, asked_institution, refuse_stranger
from outreach.views.livestreams import choices_of, form_page
from teams.access import Permission, needs

P = Permission


@FORM_METHODS
@needs(P.CALENDAR_MANAGE)
def slot_new(request: HttpRequest) -> HttpResponse:
    """A fixed weekly hour; the institution is judged by the week from then on."""
    institution, today = asked_institution(request), timezone.localdate()
    form = SlotForm(request.POST or None, initial={"starts_on": today, "begins_at": "19:00"})
    if request.method == "POST" and form.is_valid():
        try:
            set_slot(
                by=request.user,
                on=today,
                policy=policy_on(today),
                institution=institution,
                **form.cleaned_data,
            )
        except CannotKeepStream as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "固定直播时间已保存，今后几周已排好。")
            return redirect("livestream-list")
    return form_page(request, institution, form, "固定直播时间", choices=choices_of(request))


@FORM_METHODS
@needs(P.CALENDAR_MANAGE)
def slot_end(request: HttpRequest, pk: int) -> HttpResponse:
    seen = LivestreamSlot.objects.visible_to(request.user).select_related("institution")
    slot, today = get_object_or_404(seen, pk=pk), timezone.localdate()
    refuse_stranger(request, slot.institution_id)
    form = SlotEndForm(request.POST or None, initial={"ends_on": max(today, slot.starts_on)})
    if request.method == "POST" and form.is_valid():
        try:
            end_slot(
                by=request.user,
                on=today,
                policy=policy_on(today),
                slot=slot,
                ends_on=form.cleaned_data["ends_on"],
            )
        except CannotKeepStream as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "结束日期已保存。")
            return redirect("livestream-list")
    return form_page(request, slot.institution, form, "结束固定直播时间")
