"""Episodes of one person: a pregnancy, a newborn's discharge, a course of tuberculosis treatment."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from care.actions.pregnancies import (
    change_pregnancy,
    end_pregnancy,
    record_delivery,
    register_discharge,
    register_pregnancy,
)
from care.actions.tuberculosis import change_course, close_course, receive_notice, stop_course
from care.choices import Program
from care.forms.episodes import (
    CourseForm,
    DeliveryForm,
    DischargeForm,
    EndForm,
    NoticeForm,
    PregnancyForm,
    StopForm,
    day,
)
from care.models import Episode
from care.queries.episodes import cards_of, newborns_of
from core.readlog import log_read
from core.refusals import Refusal, show_on
from residents.models import Resident
from residents.views.people import bound, load
from teams.access import Permission, needs

_MAY_RECORD = (Permission.RESIDENT_VIEW, Permission.CARE_RECORD)


@require_safe
@needs(Permission.RESIDENT_VIEW, Permission.CARE_VIEW)
def episode_list(request: HttpRequest, pk: int) -> HttpResponse:
    resident, today = load(request, pk), timezone.localdate()
    log_read(request, "resident", [resident.pk])
    cards = cards_of(request.user, resident, on=today, now=timezone.now())
    running = {one.episode.program for one in cards if one.is_open}
    context = {
        "resident": resident,
        "cards": cards,
        "running": running,
        "is_infant": _is_infant(resident, today),
    }
    return render(request, "care/episodes.html", context)


def _is_infant(resident: Resident, today: date) -> bool:
    return resident.born_on is not None and today - resident.born_on <= timedelta(days=90)


def _answered(
    request: HttpRequest, resident: Resident, form: forms.Form, do: Callable[[], object], *, heading: str,
    said: str, note: str = "", danger: bool = False,
) -> HttpResponse:  # fmt: skip
    """The form, or after a valid post the action and back to the person's episodes; a refusal stands in the form."""
    if request.method == "POST" and form.is_valid():
        try:
            do()
        except Refusal as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, said)
            return redirect("episode-list", resident.pk)
    log_read(request, "resident", [resident.pk])
    context = {"resident": resident, "form": form, "heading": heading, "note": note, "danger": danger}
    return render(request, "care/episode_form.html", context)


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"by": request.user, "on": timezone.localdate(), "now": timezone.now()}


def _running(request: HttpRequest, pk: int, program: Program) -> Episode:
    rows = Episode.objects.visible_to(request.user).running().select_related("resident")
    return get_object_or_404(rows, pk=pk, program=program)


@needs(*_MAY_RECORD)
def pregnancy_new(request: HttpRequest, pk: int) -> HttpResponse:
    resident = load(request, pk)
    form = PregnancyForm(bound(request))

    def do() -> object:
        return register_pregnancy(resident=resident, **form.cleaned_data, **_by(request))

    return _answered(request, resident, form, do, heading="登记妊娠", said="已登记，各次产前检查已列入计划。")


@needs(*_MAY_RECORD)
def pregnancy_edit(request: HttpRequest, pk: int) -> HttpResponse:
    episode = _running(request, pk, Program.PERINATAL)
    held = episode.facts
    first = {"lmp": day(held, "lmp"), "corrected_edd": day(held, "corrected_edd"), "color": held.get("risk")}
    form = PregnancyForm(bound(request), initial=first)

    def do() -> object:
        return change_pregnancy(episode=episode, **form.cleaned_data, **_by(request))

    return _answered(
        request, episode.resident, form, do, heading="更正妊娠信息", said="已保存，检查时间已重新推算。"
    )


@needs(*_MAY_RECORD)
def pregnancy_delivery(request: HttpRequest, pk: int) -> HttpResponse:
    episode = _running(request, pk, Program.PERINATAL)
    held = episode.facts
    delivered_on = day(held, "delivered_on")
    children = newborns_of(request.user, episode.resident, delivered_on)
    young = [one for one in children if _is_infant(one, timezone.localdate())]
    first = {"delivered_on": delivered_on, "discharged_on": day(held, "discharged_on")}
    form = DeliveryForm(bound(request), children=young, initial=first)

    def do() -> object:
        return record_delivery(episode=episode, **form.facts(), **_by(request))

    note = (
        "" if young else "新生儿还没有登记的，先保存分娩，再登记新生儿；登记后在孩子的“专案”里补登出院日期。"
    )
    return _answered(
        request, episode.resident, form, do, heading="登记分娩和出院", said="已登记，产后访视和42天检查已列入计划。", note=note
    )  # fmt: skip


@needs(*_MAY_RECORD)
def pregnancy_end(request: HttpRequest, pk: int) -> HttpResponse:
    episode = _running(request, pk, Program.PERINATAL)
    form = EndForm(bound(request), initial={"ends_on": timezone.localdate()})

    def do() -> object:
        return end_pregnancy(episode=episode, **form.cleaned_data, **_by(request))

    return _answered(
        request, episode.resident, form, do, heading="结束妊娠管理", said="已结案。", danger=True,
        note="结案后还没有做的检查和访视不再提醒。",
    )  # fmt: skip


@needs(*_MAY_RECORD)
def discharge_new(request: HttpRequest, pk: int) -> HttpResponse:
    """When a newborn came home from hospital."""
    child = load(request, pk)
    form = DischargeForm(bound(request))

    def do() -> object:
        return register_discharge(child=child, **form.cleaned_data, **_by(request))

    return _answered(
        request, child, form, do, heading="登记新生儿出院", said="已登记，新生儿访视已列入计划。"
    )


@needs(*_MAY_RECORD)
def tb_new(request: HttpRequest, pk: int) -> HttpResponse:
    resident, now = load(request, pk), timezone.localtime()
    form = NoticeForm(bound(request), initial={"notice_on": now.date(), "notice_time": now.time()})

    def do() -> object:
        data = form.cleaned_data
        moment = timezone.make_aware(datetime.combine(data["notice_on"], data["notice_time"]))
        return receive_notice(resident=resident, notice_at=moment, case=data["case"], **_by(request))

    return _answered(
        request, resident, form, do, heading="登记肺结核管理通知", said="已登记，请在72小时内入户。",
        note="从收到通知起72小时内第一次入户；72小时内两次没有见到患者的，报告上级结核病防治机构。",
    )  # fmt: skip


@needs(*_MAY_RECORD)
def tb_edit(request: HttpRequest, pk: int) -> HttpResponse:
    episode = _running(request, pk, Program.TB)
    held = episode.facts
    phase = held.get("phase", "intensive")
    first = {
        "phase": phase,
        "phase_from": day(held, f"{phase}_on") or episode.starts_on,
        "supervisor": held.get("supervisor"),
        "supervisor_name": held.get("supervisor_name"),
    }
    form = CourseForm(bound(request), initial=first)

    def do() -> object:
        return change_course(episode=episode, **form.cleaned_data, **_by(request))

    return _answered(
        request, episode.resident, form, do, heading="治疗阶段和督导", said="已保存，随访时间已重新推算。"
    )


@needs(*_MAY_RECORD)
def tb_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """The stop notice."""
    episode = _running(request, pk, Program.TB)
    first = {"stopped_on": day(episode.facts, "stopped_on"), "reason": episode.facts.get("ending")}
    form = StopForm(bound(request), initial=first)

    def do() -> object:
        return stop_course(episode=episode, **form.cleaned_data, **_by(request))

    return _answered(request, episode.resident, form, do, heading="停止治疗", said="已登记，请登记结案记录。")


@needs(*_MAY_RECORD)
def tb_close(request: HttpRequest, pk: int) -> HttpResponse:
    episode = _running(request, pk, Program.TB)
    form = forms.Form(bound(request))

    def do() -> object:
        return close_course(episode=episode, **_by(request))

    return _answered(
        request, episode.resident, form, do, heading="肺结核结案", said="已结案。", danger=True,
        note="按结案记录里的停止治疗原因和规律服药率结案；实际服药次数占应服药次数 90% 及以上为规律服药。",
    )  # fmt: skip
