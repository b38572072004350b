"""Weekly live streams: who kept them, one stream, fixed hours (S2-10)."""

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.refusals import Refusal, show_on
from core.sheets import Column, xlsx_response
from outreach.actions.livestreams import (
    CannotKeepStream,
    add_stream,
    cancel_stream,
    prepare_stream,
    record_stream,
)
from outreach.choices import LivestreamState
from outreach.forms.livestreams import (
    SPANS,
    StreamCancelForm,
    StreamFilter,
    StreamPlanForm,
    StreamResultForm,
    new_stream_values,
    plan_values,
    result_values,
)
from outreach.models import Livestream, LivestreamSlot
from outreach.policy import policy_on
from outreach.queries.livestreams import (
    InstitutionStreams,
    StreamLine,
    institution_streams,
    slot_words,
    stream_lines,
)
from outreach.queries.policies import Policies, policies_of
from outreach.rules.patrols import monday_of, mondays, week_name
from outreach.views.calendars import (
    FORM_METHODS,
    asked_institution,
    institutions_of,
    keeps,
    kept_institutions,
    looks,
    options,
    refuse_stranger,
)
from outreach.views.points import PAGE_SIZE
from teams.access import Permission, may, needs
from teams.models import Institution

P = Permission
_WEEK, _SIX = timedelta(days=7), timedelta(days=6)


def _load(request: HttpRequest, pk: int) -> Livestream:
    seen = Livestream.objects.visible_to(request.user).select_related("institution", "slot", "recorded_by")
    return get_object_or_404(seen, pk=pk)


def _load_own(request: HttpRequest, pk: int) -> Livestream:
    """403 for one that is seen but kept by others."""
    found = _load(request, pk)
    refuse_stranger(request, found.institution_id)
    return found


@require_safe
@looks
def stream_list(request: HttpRequest) -> HttpResponse:
    """Obliged institutions by weeks, and the streams of these weeks and the coming ones."""
    today, institutions = timezone.localdate(), institutions_of(request)
    form = StreamFilter({"weeks": SPANS[0][0], **request.GET.dict()}, institutions=options(institutions))
    wanted = form.cleaned_data if form.is_valid() else {}
    this, policy = monday_of(today), policy_on(today)
    back = wanted.get("weeks") or SPANS[0][0]
    weeks = mondays(this - (back - 1) * _WEEK, this)
    ahead = mondays(weeks[0], this + policy.livestream_ahead_weeks * _WEEK)
    policies = policies_of((one + _SIX for one in ahead), on=today)
    slots, streams = _of(request, wanted.get("institution"))
    rows = institution_streams(slots, weeks=weeks, on=today, policies=policies)
    until = (
        ahead[-1] if wanted.get("ahead") else this + _WEEK
    )  # what is prepared next, not all that is planned
    streams = streams.filter(on__range=(weeks[0], until + _SIX)).select_related("institution")
    streams = streams.order_by("-on", "-begins_at", "pk")
    export = request.GET.get("export")
    if export:
        try:
            return _export(export, rows, streams, policies, request)
        except Refusal as refusal:
            show_on(form, refusal)
    page = Paginator(streams, PAGE_SIZE).get_page(request.GET.get("page"))
    params = request.GET.copy()
    for name in ("page", "export"):
        params.pop(name, None)
    context = {
        "form": form, "rows": rows, "weeks": [(one, week_name(one)) for one in weeks], "policy": policy,
        "page": page, "lines": stream_lines(_known(page, policies), policies), "query": params.urlencode(),
        "pages_address": f"?{params.urlencode()}&", "asked": sum(one.asked for one in rows),
        "met": sum(one.met for one in rows), "slots": [(one, slot_words(one)) for one in _running(slots, today)],
        "kept": {one.pk for one in kept_institutions(request)},
        "can_record": may(request.user, P.LIVESTREAM_RECORD), "can_manage": may(request.user, P.CALENDAR_MANAGE),
    }  # fmt: skip
    return render(request, "outreach/livestreams/list.html", context)


def _running(slots: QuerySet[LivestreamSlot], today: date) -> QuerySet[LivestreamSlot]:
    """Fixed hours that are in force or will be."""
    kept = slots.exclude(ends_on__lt=today).select_related("institution")
    return kept.order_by("institution__name", "weekday", "begins_at")


def _known(streams: Any, policies: Policies) -> list[Livestream]:
    return [one for one in streams if monday_of(one.on) + _SIX in policies]


def _of(
    request: HttpRequest, institution: int | None
) -> tuple[QuerySet[LivestreamSlot], QuerySet[Livestream]]:
    slots = LivestreamSlot.objects.visible_to(request.user)
    streams = Livestream.objects.visible_to(request.user)
    if institution:
        return slots.filter(institution=institution), streams.filter(institution=institution)
    return slots, streams


def _export(
    what: str,
    rows: list[InstitutionStreams],
    streams: QuerySet[Livestream],
    policies: Policies,
    request: HttpRequest,
) -> HttpResponse:
    if what == "weeks":
        return _weeks_sheet(rows, request)
    return _streams_sheet(stream_lines(_known(streams, policies), policies), request)


def _weeks_sheet(rows: list[InstitutionStreams], request: HttpRequest) -> HttpResponse:
    weeks = rows[0].weeks if rows else ()
    columns = [Column("机构", 30), Column("固定直播时间", 26)]
    columns += [Column(week_name(one.monday), 14) for one in weeks]
    columns += [
        Column("应播周数", 9, "number"), Column("达标周数", 9, "number"), Column("达标率", 10, "percent"),
    ]  # fmt: skip
    lines = (
        [
            one.institution.name, "；".join(slot_words(slot) for slot in one.slots),
            *(_week_words(week) for week in one.weeks), one.asked, one.met, one.share,
        ]
        for one in rows
    )  # fmt: skip
    return xlsx_response(
        "健康直播达标", columns, lines, made_by=request.user.name, made_at=timezone.localtime()
    )


def _week_words(week: Any) -> str:
    return f"{week.words}：{'；'.join(week.reasons)}" if week.reasons else str(week.words)


def _streams_sheet(lines: list[StreamLine], request: HttpRequest) -> HttpResponse:
    columns = [
        Column("机构", 30), Column("日期", 12, "date"), Column("计划开始", 10), Column("主题", 30), Column("主讲人", 16),
        Column("平台（账号）", 26), Column("状态", 10), Column("实际时长（分钟）", 10, "number"), Column("居民提问", 10),
        Column("提问（条）", 9, "number"), Column("观看人次", 10, "number"), Column("核对", 30), Column("说明", 30),
    ]  # fmt: skip
    rows = (
        (
            one.stream.institution.name, one.stream.on, f"{one.stream.begins_at:%H:%M}", one.stream.topic,
            one.stream.host, one.stream.platform, one.stream.get_state_display(), one.minutes,
            "已开通" if one.stream.qa_enabled else "", one.stream.questions, one.stream.viewers, one.flaw,
            one.stream.note,
        )
        for one in lines
    )  # fmt: skip
    return xlsx_response("健康直播", columns, rows, made_by=request.user.name, made_at=timezone.localtime())


@require_safe
@looks
def stream_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One stream: plan and result, and what may still be done."""
    stream, today = _load(request, pk), timezone.localdate()
    policies = policies_of([monday_of(stream.on) + _SIX], on=today)
    context = {
        "stream": stream, "line": stream_lines([stream], policies)[0], "cancel": StreamCancelForm(),
        "can_record": stream.state != LivestreamState.CANCELLED and may(request.user, P.LIVESTREAM_RECORD)
        and keeps(request, stream.institution_id),
        "is_over": stream.on <= today, "may_plan": stream.state in (LivestreamState.PLANNED, LivestreamState.MISSED),
    }  # fmt: skip
    return render(request, "outreach/livestreams/detail.html", context)


@FORM_METHODS
@needs(P.LIVESTREAM_RECORD)
def stream_new(request: HttpRequest) -> HttpResponse:
    """A stream beside the fixed hours, of the institution that ``?institution=`` names or one's own."""
    institution, today = asked_institution(request), timezone.localdate()
    form = StreamPlanForm(request.POST or None, initial=new_stream_values(today))
    if request.method == "POST" and form.is_valid():
        try:
            stream = add_stream(
                by=request.user, on=today, policy=policy_on(today), institution=institution, plan=form.plan()
            )
        except CannotKeepStream as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "已加入直播安排。")
            return redirect("livestream-detail", stream.pk)
    return form_page(request, institution, form, "加一场直播", choices=choices_of(request))


@FORM_METHODS
@needs(P.LIVESTREAM_RECORD)
def stream_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what it will be about, or move it."""
    stream, today = _load_own(request, pk), timezone.localdate()
    form = StreamPlanForm(request.POST or None, initial=plan_values(stream))
    if request.method == "POST" and form.is_valid():
        try:
            prepare_stream(
                by=request.user, on=today, policy=policy_on(today), stream=stream, plan=form.plan()
            )
        except CannotKeepStream as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "直播安排已保存。")
            return redirect("livestream-detail", pk)
    return form_page(request, stream.institution, form, "直播预告")


@FORM_METHODS
@needs(P.LIVESTREAM_RECORD)
def stream_record(request: HttpRequest, pk: int) -> HttpResponse:
    """How it was: times, questions, viewers."""
    stream, today, now = _load_own(request, pk), timezone.localdate(), timezone.now()
    form = StreamResultForm(request.POST or None, initial=_first_result(stream))
    if request.method == "POST" and form.is_valid():
        try:
            record_stream(
                by=request.user,
                on=today,
                now=now,
                policy=policy_on(today),
                stream=stream,
                result=form.result(),
            )
        except CannotKeepStream as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "直播情况已登记。")
            return redirect("livestream-detail", pk)
    return form_page(request, stream.institution, form, "登记直播情况", stream=stream)


def _first_result(stream: Livestream) -> dict[str, Any]:
    began, ended = stream.began_at, stream.ended_at
    if began is None or ended is None:
        began = timezone.make_aware(datetime.combine(stream.on, stream.begins_at))
        ended = began + timedelta(minutes=stream.minutes)
    return result_values(
        stream, began=timezone.localtime(began).time(), ended=timezone.localtime(ended).time()
    )


@require_POST
@needs(P.LIVESTREAM_RECORD)
def stream_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    stream, today, form = _load_own(request, pk), timezone.localdate(), StreamCancelForm(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else ""
    try:
        cancel_stream(by=request.user, on=today, policy=policy_on(today), stream=stream, note=note)
    except CannotKeepStream as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, "这场直播已取消；本周仍需另行开展才算达标。")
    return redirect("livestream-detail", pk)


def choices_of(request: HttpRequest) -> list[Institution]:
    """Where one keeps the calendars of several institutions, one is chosen first."""
    found = kept_institutions(request)
    return found if len(found) > 1 else []


def form_page(
    request: HttpRequest, institution: Institution, form: Any, heading: str, **more: Any
) -> HttpResponse:
    context = {"form": form, "institution": institution, "heading": heading} | more
    return render(request, "outreach/livestreams/form.html", context)
