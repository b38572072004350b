"""Promised, done, left: from the district down to one team's agreements; tasks in time; whom nobody saw."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from care.forms.fulfilment import TableFilter
from care.policy import policy_on
from care.queries.fulfilment import Figures, Punctual, agreement_page, as_of, punctual, table, total
from care.queries.silent import silent_enrollments, silent_page
from care.querysets import sees_restricted
from contracts.choices import AgreementState
from contracts.models import Agreement
from core.dates import chinese_date
from core.models import ReadLog
from core.readlog import log_read
from core.sheets import Column, xlsx_response
from teams.access import Permission, needs
from teams.models import Team

COLUMNS = [
    Column("名称", 28),
    Column("所属", 28),
    Column("协议（份）", 11, "number"),
    Column("有应完成项目", 13, "number"),
    Column("全部按约完成", 13, "number"),
    Column("协议履约率", 11, "percent"),
    Column("约定（次）", 11, "number"),
    Column("应完成（次）", 12, "number"),
    Column("按约完成（次）", 13, "number"),
    Column("项目履约率", 11, "percent"),
    Column("已完成（次）", 12, "number"),
    Column("剩余（次）", 11, "number"),
    Column("按需提供（次）", 13, "number"),
    Column("签约人数", 10, "number"),
    Column("长期没有服务（人）", 16, "number"),
]
TASK_COLUMNS = [
    Column("机构", 28),
    Column("团队", 24),
    Column("项目", 24),
    Column("按时完成", 10, "number"),
    Column("超期完成", 10, "number"),
    Column("未完成", 10, "number"),
    Column("按时率", 10, "percent"),
    Column("不计（失访、拒绝、取消）", 20, "number"),
]


@dataclass(frozen=True)
class Asked:
    """Which table: rows by what, within what."""

    by: str
    institution: int
    team: int
    form: TableFilter


def _asked(request: HttpRequest) -> Asked:
    form = TableFilter(request.GET, user=request.user, teams=Team.objects.visible_to(request.user))
    form.is_valid()
    given = form.cleaned_data
    institution, team = given.get("institution"), given.get("team")
    by = given.get("by") or form.first_level(institution, team)
    return Asked(by, institution.pk if institution else 0, team.pk if team else 0, form)


def _rows(request: HttpRequest, asked: Asked) -> list[Figures]:
    return table(request.user, asked.by, institution=asked.institution, team=asked.team)


@require_safe
@needs(Permission.FULFILMENT_VIEW)
def fulfilment_table(request: HttpRequest) -> HttpResponse:
    """Sums of the night before by institution, team, doctor or service."""
    asked = _asked(request)
    rows = _rows(request, asked)
    context: dict[str, Any] = {
        "asked": asked, "form": asked.form, "rows": rows, "total": total(rows), "as_of": as_of(),
        "tabs": asked.form.tabs(asked.by), "query": request.GET.urlencode(), "days": _days(),
        "is_item": asked.by == "item",
    }  # fmt: skip
    return render(request, "care/fulfilment/table.html", context)


@require_safe
@needs(Permission.FULFILMENT_VIEW)
def fulfilment_export(request: HttpRequest) -> HttpResponse:
    """What the page shows, with the total as its last row."""
    asked = _asked(request)
    rows = _rows(request, asked)
    title = f"履约情况（按{asked.form.label_of(asked.by)}）"
    cells = [_cells(one) for one in (*rows, total(rows))]
    return _sheet(request, title, COLUMNS, cells)


def _sheet(request: HttpRequest, title: str, columns: list[Column], cells: list[list[Any]]) -> HttpResponse:
    day = as_of().day
    note = f"截至{chinese_date(day)}" if day else "尚未统计"
    return xlsx_response(
        title, columns, cells, made_by=request.user.name, made_at=timezone.localtime(), note=note
    )


def _cells(one: Figures) -> list[Any]:
    return [
        one.name, one.within, one.agreements, one.owing, one.met, _percent(one.agreement_rate), one.promised,
        one.due, one.kept, _percent(one.item_rate), one.done, one.remaining, one.on_demand, one.people, one.silent,
    ]  # fmt: skip


def _percent(rate: Any) -> float | None:
    return None if rate is None else float(rate)


def _days() -> int:
    return policy_on(timezone.localdate()).no_service_days


@require_safe
@needs(Permission.FULFILMENT_VIEW, Permission.AGREEMENT_VIEW)
def fulfilment_team(request: HttpRequest, pk: int) -> HttpResponse:
    """Every agreement of one team that is in force, with the numbers of its own page, as of now."""
    team = get_object_or_404(Team.objects.visible_to(request.user).select_related("institution"), pk=pk)
    on = timezone.localdate()
    held = Agreement.objects.visible_to(request.user).filter(
        team=team, state=AgreementState.ACTIVE, starts_on__lte=on, ends_on__gte=on
    )
    page = agreement_page(
        held, request.GET.get("after", ""), on=on, sees_restricted=sees_restricted(request.user)
    )
    shown = [pk for one in page.rows for pk in one.promises.resident_ids]
    log_read(request, "resident", shown, action=ReadLog.Action.LIST)
    figures = table(request.user, "team", team=team.pk)
    context = {
        "team": team, "page": page, "figures": figures[0] if figures else None, "as_of": as_of(), "on": on,
        "days": _days(), "doctors": table(request.user, "doctor", team=team.pk),
    }  # fmt: skip
    return render(request, "care/fulfilment/team.html", context)


@require_safe
@needs(Permission.FULFILMENT_VIEW)
def task_table(request: HttpRequest) -> HttpResponse:
    """Tasks kept in time, late, or missed, by team and programme."""
    asked = _asked(request)
    year = asked.form.year(timezone.localdate())
    rows = _tasks(request, asked, year)
    context = {
        "asked": asked, "form": asked.form, "rows": rows, "as_of": as_of(), "year": year,
        "query": request.GET.urlencode(), "sum": _sum(rows),
    }  # fmt: skip
    return render(request, "care/fulfilment/tasks.html", context)


@require_safe
@needs(Permission.FULFILMENT_VIEW)
def task_export(request: HttpRequest) -> HttpResponse:
    asked = _asked(request)
    year = asked.form.year(timezone.localdate())
    rows = _tasks(request, asked, year)
    cells = [
        [
            one.institution, one.team, one.program, one.on_time, one.late, one.missed, _percent(one.rate),
            one.excused,
        ]
        for one in (*rows, _sum(rows))
    ]  # fmt: skip
    return _sheet(request, f"任务按时完成情况（{year}年）", TASK_COLUMNS, cells)


def _tasks(request: HttpRequest, asked: Asked, year: int) -> list[Punctual]:
    return punctual(
        request.user,
        since=date(year, 1, 1),
        until=date(year, 12, 31),
        institution=asked.institution,
        team=asked.team,
    )


def _sum(rows: list[Punctual]) -> Punctual:
    names = ("on_time", "late", "missed", "excused")
    return Punctual("合计", "", "", **{one: sum(getattr(row, one) for row in rows) for one in names})


@require_safe
@needs(Permission.FULFILMENT_VIEW, Permission.AGREEMENT_VIEW)
def silent_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Whom of one team's people nobody served or reached for so many days, as of now."""
    team = get_object_or_404(Team.objects.visible_to(request.user).select_related("institution"), pk=pk)
    on, days = timezone.localdate(), _days()
    people = silent_enrollments(on=on, days=days).filter(agreement__team=team)
    page = silent_page(people, request.GET.get("after", ""))
    shown = [one.enrollment.resident_id for one in page.rows]
    log_read(request, "resident", shown, action=ReadLog.Action.LIST)
    context = {"team": team, "page": page, "days": days, "on": on}
    return render(request, "care/fulfilment/silent.html", context)
