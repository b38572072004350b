"""One task and why it is there; closing it with a reason; planning many; the route of a day on paper."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from care.actions import (
    CannotAssignTasks,
    CannotCloseTask,
    CannotReopenTask,
    assign_tasks,
    close_task,
    reopen_task,
)
from care.actions.closing import BY_HAND
from care.choices import CloseReason, TaskState
from care.forms.tasks import CloseForm
from care.forms.worklist import MOST_TICKED, PlanForm, RouteFilter, read_keys
from care.models import Task
from care.queries.colleagues import members_of
from care.queries.rule_cards import rule_cards
from care.queries.task_story import Story, story_of_task
from care.queries.worklist import route_of_day, worklist
from care.queries.worklist_rows import task_rows, units
from core.models import ReadLog
from core.readlog import log_read
from core.refusals import show_on
from teams.access import Permission, may, needs, scope_of

FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])


def _task(request: HttpRequest, pk: int, rule: int, sequence: int) -> Task:
    known = Task.objects.visible_to(request.user).select_related("team", "rule", "assigned_to", "closed_by")
    return get_object_or_404(known, resident=pk, rule=rule, sequence=sequence)


def _works_on(request: HttpRequest, task: Task) -> bool:
    """Who works in the team, or to whom it was given, closes it."""
    own = task.team_id in scope_of(request.user).teams or task.assigned_to_id == request.user.pk
    return own and may(request.user, Permission.CARE_RECORD)


@require_safe
@needs(Permission.CARE_VIEW)
def task_show(request: HttpRequest, pk: int, rule: int, sequence: int) -> HttpResponse:
    """Why it is there, from when until when, who does it, what came of it before."""
    task = _task(request, pk, rule, sequence)
    story = story_of_task(task, request.user, on=timezone.localdate())
    log_read(request, "resident", [pk])
    works = _works_on(request, task)
    context = {
        "story": story,
        "task": task,
        "can_close": works and task.state == TaskState.DUE,
        "can_reopen": works and task.reason in BY_HAND,
        "by_hand": _promises_page(request, story),
        "form": CloseForm(),
    }
    return render(request, "care/task.html", context)


def _promises_page(request: HttpRequest, story: Story) -> str:
    """Where a service without a form of its own is written down as done; "" for all others."""
    enrollment = story.plan.enrollment if story.plan else None
    if story.card.form or enrollment is None or not may(request.user, Permission.AGREEMENT_SIGN):
        return ""
    return reverse("agreement-promises", args=[enrollment.agreement_id])


@FORM_METHODS
@needs(Permission.CARE_VIEW, Permission.CARE_RECORD)
def task_close(request: HttpRequest, pk: int, rule: int, sequence: int) -> HttpResponse:
    """Close it without the record that it asks for."""
    task = _task(request, pk, rule, sequence)
    if not _works_on(request, task):
        raise PermissionDenied
    form = CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _closed(request, form, task):
        return redirect("task-detail", pk, rule, sequence)
    log_read(request, "resident", [pk])
    return render(request, "care/task_close.html", {"form": form, "task": task})


def _closed(request: HttpRequest, form: CloseForm, task: Task) -> bool:
    given = form.cleaned_data
    try:
        close_task(
            by=request.user, on=timezone.localdate(), now=timezone.now(), task=task,
            reason=CloseReason(given["reason"]), note=given["note"],
        )  # fmt: skip
    except CannotCloseTask as refusal:
        show_on(form, refusal)
        return False
    messages.success(request, "任务已关闭。居民情况变化时可以重新打开。")
    return True


@require_POST
@needs(Permission.CARE_VIEW, Permission.CARE_RECORD)
def task_reopen(request: HttpRequest, pk: int, rule: int, sequence: int) -> HttpResponse:
    task = _task(request, pk, rule, sequence)
    if not _works_on(request, task):
        raise PermissionDenied
    try:
        reopen_task(by=request.user, on=timezone.localdate(), now=timezone.now(), task=task)
        messages.success(request, "任务已重新打开。")
    except CannotReopenTask as refusal:
        messages.error(request, refusal.sentence)
    return redirect("task-detail", pk, rule, sequence)


@require_POST
@needs(Permission.CARE_VIEW, Permission.CARE_RECORD)
def task_plan(request: HttpRequest) -> HttpResponse:
    """A day and a colleague for the tasks ticked in the worklist; what is wrong is told with the ticks kept."""
    today = timezone.localdate()
    cards = rule_cards(on=today)
    keys = read_keys(request.POST.getlist("task"))[:MOST_TICKED]
    tasks = (
        list(worklist(request.user, cards).filter(pk__in=keys).select_related("assigned_to")) if keys else []
    )
    form = PlanForm(request.POST, colleagues=members_of(request.user, on=today), on=today)
    back = request.POST.get("back", "")
    if form.is_valid() and _planned(request, form, tasks, today):
        return redirect(f"{reverse('home')}?{_query(back)}")
    rows = task_rows(tasks, cards, on=today)
    log_read(request, "resident", [one.person.pk for one in rows], action=ReadLog.Action.LIST)
    context = {"form": form, "rows": rows, "back": back}
    return render(request, "care/task_plan.html", context, status=422)


def _query(back: str) -> str:
    """Only what may stand behind the question mark of our own page."""
    return "".join(one for one in back if one.isalnum() or one in "=&-_%+.")[:500]


def _planned(request: HttpRequest, form: PlanForm, tasks: list[Task], today: date) -> bool:
    given = form.cleaned_data
    try:
        number = assign_tasks(
            by=request.user,
            on=today,
            tasks=tasks,
            planned_on=given["planned_on"],
            assigned_to=given["assigned_to"],
        )
    except CannotAssignTasks as refusal:
        show_on(form, refusal)
        return False
    day = f"{given['planned_on']:%Y-%m-%d}" if given["planned_on"] else "不定日期"
    who = given["assigned_to"].name if given["assigned_to"] else "不指定人员"
    messages.success(request, f"已安排 {number} 项任务：{day}，{who}。")
    return True


@require_safe
@needs(Permission.CARE_VIEW)
def route(request: HttpRequest) -> HttpResponse:
    """One person's tasks of one day in walking order, for paper."""
    today = timezone.localdate()
    if not scope_of(request.user).teams:
        raise Http404("no team, no route")
    data = request.GET.copy()
    data["day"] = data.get("day") or today.isoformat()
    data["who"] = data.get("who") or str(request.user.pk)
    form = RouteFilter(data, colleagues=members_of(request.user, on=today))
    cards = rule_cards(on=today)
    context: dict[str, Any] = {"form": form, "units": [], "rows": [], "today": today}
    if form.is_valid():
        day, who = form.cleaned_data["day"], form.cleaned_data["who"] or request.user
        tasks, homes = route_of_day(worklist(request.user, cards), day=day, who=who)
        rows = task_rows(tasks, cards, on=today)
        found = units(rows, homes, by_household=True, with_headings=True)
        context |= {"units": found, "rows": rows, "day": day, "who": who}
        log_read(request, "resident", [one.person.pk for one in rows], action=ReadLog.Action.PRINT)
    return render(request, "care/route.html", context)
