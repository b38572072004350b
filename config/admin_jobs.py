"""The management page of the nightly jobs: how each went, when it runs next, and running one now."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from core import jobs
from core.jobs import CannotRunJob, JobStanding
from core.jobs.running import INTERRUPTED, MOST_ATTEMPTS
from core.models import JobRun
from teams.access import Permission, may
from teams.admin_base import ScopedAdmin
from teams.models import User

S = JobRun.State
LIST = "admin:core_jobrun_changelist"


class JobFilter(admin.SimpleListFilter):
    title = "任务"
    parameter_name = "job"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(job.name, job.label) for job in jobs.jobs()]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        return queryset.filter(job=self.value()) if self.value() else queryset


@admin.register(JobRun)
class JobRunAdmin(ScopedAdmin):
    """The first page shows every job once; a second one lists the runs. Rows are written by the engine alone."""

    view_permission = Permission.POLICY_MANAGE  # the bureau answers for what the jobs decide, and may look
    change_permission = Permission.JOB_MANAGE
    is_scoped = False  # counts of the installation, nobody's data
    list_display = ("day", "label", "state_shown", "outcome_shown", "started_at", "took", "attempts", "asker")
    list_display_links = None
    list_filter = (JobFilter, "state", ("day", admin.DateFieldListFilter))
    ordering = ("-day", "-started_at", "-pk")
    fields = ("day", "label", "state_shown", "outcome_shown", "started_at", "finished_at", "took", "attempts")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("runs/", wrap(self.runs), name="core_jobrun_runs"),
            path("run/<slug:job>/", wrap(self.run_now), name="core_jobrun_run"),
        ]
        return own + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        name = User.objects.visible_to(request.user).filter(pk=OuterRef("asked_by_id")).values("name")[:1]
        return super().get_queryset(request).annotate(asker_name=Subquery(name))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        now, today = timezone.now(), timezone.localdate()
        lines = [
            (one, in_words(one.last, now), next_run(one, now), duration(one.last))
            for one in jobs.standings(on=today)
        ]
        context = self.admin_site.each_context(request) | {
            "title": "定时任务",
            "opts": self.opts,
            "lines": lines,
            "may_run": may(request.user, Permission.JOB_MANAGE),
            "begins_at": jobs.nights_first_moment(today),
        }
        return TemplateResponse(request, "admin/core/jobrun/overview.html", context)

    def runs(self, request: HttpRequest) -> HttpResponse:
        """The days of one job, or of all: Django's own list."""
        return super().changelist_view(request, {"title": "定时任务运行记录"})

    def run_now(self, request: HttpRequest, job: str) -> HttpResponse:
        """Ask first; on POST write it down and wake a worker."""
        if not may(request.user, Permission.JOB_MANAGE):
            raise PermissionDenied
        found, today = jobs.job_named(job), timezone.localdate()
        if found is None:
            raise Http404
        refusal = None
        if request.method == "POST":
            try:
                jobs.ask_run(job=found, by=request.user, on=today)
            except CannotRunJob as error:
                refusal = error
            else:
                messages.success(
                    request, f"“{found.label}”已安排运行，一般马上开始；结果请稍后刷新本页查看。"
                )
                return redirect(LIST)
        standing = next(one for one in jobs.standings(on=today) if one.job.name == job)
        context = self.admin_site.each_context(request) | {
            "title": f"立即运行：{found.label}",
            "opts": self.opts,
            "standing": standing,
            "outcome": in_words(standing.last, timezone.now()),
            "refusal": refusal,
        }
        return TemplateResponse(request, "admin/core/jobrun/run.html", context)

    @admin.display(description="任务", ordering="job")
    def label(self, row: JobRun) -> str:
        job = jobs.job_named(row.job)
        return job.label if job else row.job

    @admin.display(description="状态", ordering="state")
    def state_shown(self, row: JobRun) -> str:
        return row.get_state_display()

    @admin.display(description="结果")
    def outcome_shown(self, row: JobRun) -> str:
        return in_words(row, timezone.now())

    @admin.display(description="用时")
    def took(self, row: JobRun) -> str:
        return duration(row)

    @admin.display(description="启动", empty_value="自动")
    def asker(self, row: Any) -> str | None:
        return row.asker_name


def in_words(row: JobRun | None, now: datetime) -> str:
    """What came of a run, in a sentence."""
    if row is None:
        return "还没有运行过"
    if row.state == S.RUNNING:
        return "正在运行" if row.lease_until >= now else "运行中断，等待接手"
    if row.state == S.WAITING:
        if row.day < timezone.localdate(now):
            return "当天没有运行，由以后的运行补做"
        return "上次运行中断，等待重新运行" if row.failure else "等待运行"
    if row.state == S.FAILED:
        cause = "多次运行中断" if row.failure == INTERRUPTED else f"出错（{row.failure}）"
        return f"{cause}，共试 {row.attempts} 次"
    job = jobs.job_named(row.job)
    return job.in_words(row.result) if job else ""


def duration(row: JobRun | None) -> str:
    """0.4 秒, 12 秒, 3 分 5 秒."""
    if row is None or not row.started_at or not row.finished_at:
        return ""
    seconds = (row.finished_at - row.started_at).total_seconds()
    if seconds < 10:
        return f"{seconds:.1f} 秒"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} 分 {rest} 秒" if minutes else f"{rest} 秒"


def next_run(standing: JobStanding, now: datetime) -> str:
    """When a job is to run again."""
    today, last = timezone.localdate(now), standing.last
    if last is not None and last.day == today:
        if last.state in (S.WAITING, S.RUNNING):
            return "轮到即运行" if last.state == S.WAITING else "正在运行"
        if last.state == S.FAILED and last.attempts < MOST_ATTEMPTS:
            return "几分钟内自动重试"
    first = jobs.nights_first_moment(today)
    if now >= first and (last is None or last.day < today):
        return "几分钟内自动运行"
    moment = first if now < first else jobs.nights_first_moment(today + timedelta(days=1))
    return f"{timezone.localtime(moment):%m-%d %H:%M}"
