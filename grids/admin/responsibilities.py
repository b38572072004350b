"""Management page of grid responsibility: one grid to one team, ending it, taking it back."""

from typing import Any

from django.contrib import admin, messages
from django.db import models, transaction
from django.http import HttpRequest
from django.utils import timezone

from core.refusals import Refusal
from grids import actions
from grids.admin.areas import TownshipFilter
from grids.models import Grid, GridResponsibility
from teams.access import Permission
from teams.admin.places import RunningFilter
from teams.admin_actions import ActionAdmin, ByActionForm


class ResponsibilityForm(ByActionForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.fields["starts_on"].initial = timezone.localdate()
            self.fields["starts_on"].help_text = "该网格原来的责任团队到前一天为止。"
        elif "ends_on" in self.fields:
            self.fields["ends_on"].required = True
            self.fields["ends_on"].help_text = "该团队负责此网格的最后一天；之后须另行分派。"


class OfTownship(TownshipFilter):
    path = "grid__code"


@admin.register(GridResponsibility)
class GridResponsibilityAdmin(ActionAdmin):
    view_permission = Permission.TEAM_VIEW
    change_permission = Permission.TEAM_MANAGE
    form = ResponsibilityForm
    list_display = ("grid", "code", "village", "team", "institution", "starts_on", "ends_on")
    list_filter = (RunningFilter, OfTownship, ("team", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("grid__village", "team__institution")
    search_fields = ("grid__name__contains", "grid__code__startswith", "team__name__contains")
    search_help_text = "按网格名称、网格编码或团队名称查找。"
    ordering = ("grid__code", "-starts_on")
    autocomplete_fields = ("grid", "team")
    actions = ("withdraw",)

    @admin.display(description="网格编码", ordering="grid__code")
    def code(self, row: GridResponsibility) -> str:
        return row.grid.code

    @admin.display(description="村居")
    def village(self, row: GridResponsibility) -> str:
        return row.grid.village.name

    @admin.display(description="机构")
    def institution(self, row: GridResponsibility) -> str:
        return row.team.institution.name

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "grid":
            kwargs["queryset"] = Grid.objects.assignable_by(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (
            ("grid", "team", "starts_on", "ends_on", "note") if obj else ("grid", "team", "starts_on", "note")
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("grid", "team", "starts_on", "note") if obj else ()

    def perform(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> GridResponsibility:
        today = timezone.localdate()
        data = form.cleaned_data
        if change:
            return actions.end_responsibility(
                responsibility=obj, ends_on=data["ends_on"], by=request.user, on=today
            )
        chosen = Grid.objects.filter(pk=data.pop("grid").pk)
        begun = actions.assign_team(grids=chosen, **data, by=request.user, on=today)
        if not begun:
            raise actions.CannotAssignTeam(
                "holds_already", "该团队已经负责此网格，不必再分派。", field="team"
            )
        return begun[0]

    @admin.action(description="撤回所选分派（今天或以后开始的）", permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: models.QuerySet) -> None:
        rows = list(queryset)
        try:
            with transaction.atomic():
                for row in rows:
                    actions.withdraw_assignment(responsibility=row, by=request.user, on=timezone.localdate())
        except Refusal as refusal:
            messages.error(request, f"{refusal.sentence}未撤回任何分派。")
        else:
            messages.success(request, f"已撤回 {len(rows)} 项分派，这些网格可以重新分派。")
