"""Management page of grids: adding, closing, and giving several at once to a team."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import models
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from core.refusals import Refusal, show_on
from grids import actions
from grids.admin.areas import TownshipFilter
from grids.admin.pages import form_page
from grids.models import Grid, GridResponsibility
from teams.access import Permission, may
from teams.admin_actions import ActionAdmin, ByActionForm
from teams.models import Team


class GridForm(ByActionForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.fields["opened_on"].initial = timezone.localdate()
            self.fields["name"].required = False
            self.fields["name"].help_text = "留空则按村居名称和顺序号命名。"
            self.fields["parent"].help_text = "建立微网格时选择；编码自动取下一个号。"
        elif "closed_on" in self.fields:
            self.fields["closed_on"].help_text = "填写即停用：从这一天起不再使用。须先结束责任团队和任职。"


class AssignForm(forms.Form):
    """Which team takes the chosen grids, and from when."""

    team = forms.ModelChoiceField(label="责任团队", queryset=None, empty_label="请选择团队")
    starts_on = forms.DateField(
        label="开始日期", widget=admin.widgets.AdminDateWidget, help_text="原责任团队到前一天为止。"
    )
    note = forms.CharField(label="说明", max_length=200, required=False)

    def __init__(self, *args: Any, teams: models.QuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = teams
        self.fields["team"].label_from_instance = lambda team: f"{team.institution.name} {team.name}"


class CoverageFilter(admin.SimpleListFilter):
    title = "责任团队"
    parameter_name = "covered"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "有"), ("no", "无")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        held = GridResponsibility.objects.standing_on(timezone.localdate()).values("grid")
        if self.value() == "yes":
            return queryset.filter(pk__in=held)
        return queryset.exclude(pk__in=held) if self.value() == "no" else queryset


class OpenFilter(admin.SimpleListFilter):
    title = "状态"
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "使用中"), ("no", "已停用")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        today = timezone.localdate()
        if self.value() == "yes":
            return queryset.open_on(today)
        return queryset.filter(closed_on__lte=today) if self.value() == "no" else queryset


@admin.register(Grid)
class GridAdmin(ActionAdmin):
    """Whoever assigns teams also sees the grids he may take: see ``GridQuerySet.assignable_by``."""

    view_permission = Permission.AREA_VIEW
    change_permission = Permission.AREA_MANAGE
    is_scoped = False  # get_queryset below does it
    form = GridForm
    list_display = ("name", "code", "level", "village", "township", "team", "opened_on", "closed_on")
    list_filter = (CoverageFilter, OpenFilter, "level", TownshipFilter)
    list_select_related = ("village__parent",)
    search_fields = ("name__contains", "code__startswith", "village__name__contains")
    search_help_text = "按网格名称、网格编码或村居名称查找。"
    ordering = ("code",)
    autocomplete_fields = ("village", "parent")
    actions = ("assign",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request)
        mine = rows.assignable_by if may(request.user, Permission.TEAM_MANAGE) else rows.visible_to
        standing = GridResponsibility.objects.standing_on(timezone.localdate()).filter(grid=OuterRef("pk"))
        return mine(request.user).annotate(team_name=Subquery(standing.values("team__name")[:1]))

    @admin.display(description="镇街")
    def township(self, grid: Grid) -> str:
        return grid.village.parent.name  # type: ignore[union-attr]

    @admin.display(description="责任团队", empty_value="无")
    def team(self, grid: Grid) -> str | None:
        return grid.team_name  # type: ignore[attr-defined]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ("village", "parent", "name", "opened_on")
        return ("code", "name", "level", "village", "parent", "opened_on", "closed_on")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        settled = ("code", "level", "village", "parent", "opened_on")
        return (*settled, "closed_on") if obj.stored.closed_on else settled

    def perform(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> Grid:
        today = timezone.localdate()
        data = form.cleaned_data
        if not change:
            return actions.add_grid(**data, by=request.user, on=today)
        grid = actions.rename_grid(grid=obj, name=data["name"], by=request.user, on=today)
        if data.get("closed_on"):
            grid = actions.close_grid(grid=obj, closed_on=data["closed_on"], by=request.user, on=today)
        return grid

    def has_assign_permission(self, request: HttpRequest) -> bool:
        return may(request.user, Permission.TEAM_MANAGE)

    @admin.action(description="将所选网格分派给团队", permissions=["assign"])
    def assign(self, request: HttpRequest, queryset: models.QuerySet) -> HttpResponse:
        """Asks which team from when, with the chosen grids and their teams of today in sight; then assigns them."""
        today = timezone.localdate()
        teams = Team.objects.visible_to(request.user).active_on(today).select_related("institution")
        typed = request.POST if "assign_team" in request.POST else None
        form = AssignForm(
            typed, teams=teams.order_by("institution__code", "name"), initial={"starts_on": today}
        )
        if form.is_valid():
            try:
                begun = actions.assign_team(grids=queryset, **form.cleaned_data, by=request.user, on=today)
            except Refusal as refusal:
                show_on(form, refusal)
            else:
                messages.success(request, f"已将 {len(begun)} 个网格分派给“{form.cleaned_data['team']}”。")
                return redirect(request.get_full_path())
        return form_page(
            request,
            self,
            "admin/grids/grid/assign.html",
            form,
            title="将所选网格分派给团队",
            grids=queryset.select_related("village__parent")[:200],
            count=queryset.count(),
            chosen=request.POST.getlist(ACTION_CHECKBOX_NAME),
            across=request.POST.get("select_across", "0"),
        )
