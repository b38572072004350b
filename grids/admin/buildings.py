"""Management pages of what stands in a grid: buildings, dwellings, organizations."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from grids.models import Building, Dwelling, Organization
from teams.access import Permission, may
from teams.admin_base import ScopedAdmin


class InGridAdmin(ScopedAdmin):
    """The bureau keeps these, and so does the institution whose teams work there (S0-19, S0-21)."""

    view_permission = Permission.AREA_VIEW
    change_permission = Permission.AREA_MANAGE

    def _may_change(self, request: HttpRequest) -> bool:
        return super()._may_change(request) or may(request.user, Permission.TEAM_MANAGE)


@admin.register(Building)
class BuildingAdmin(InGridAdmin):
    list_display = ("name", "grid", "kind", "units", "floors")
    list_filter = ("kind",)
    list_select_related = ("grid",)
    search_fields = ("name__contains", "grid__name__contains", "grid__code__startswith")
    search_help_text = "按楼栋名称、网格名称或网格编码查找。"
    ordering = ("grid__code", "name")
    autocomplete_fields = ("grid",)


class DwellingForm(forms.ModelForm):
    """The door lies inside the building."""

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        building = data.get("building")
        for field, count, word in (("unit", "units", "单元"), ("floor", "floors", "层")):
            if building and (data.get(field) or 0) > getattr(building, count):
                self.add_error(
                    field, f"“{building}”只有 {getattr(building, count)} {word}，请核对或先修改楼栋。"
                )
        return data


@admin.register(Dwelling)
class DwellingAdmin(InGridAdmin):
    form = DwellingForm
    list_display = ("__str__", "building", "grid", "unit", "floor", "room")
    list_select_related = ("building__grid",)
    search_fields = ("room__startswith", "building__name__contains", "building__grid__name__contains")
    search_help_text = "按房号、楼栋名称或网格名称查找。"
    ordering = ("building__grid__code", "building__name", "unit", "floor", "room")
    autocomplete_fields = ("building",)

    @admin.display(description="网格")
    def grid(self, dwelling: Dwelling) -> str:
        return dwelling.building.grid.name


@admin.register(Organization)
class OrganizationAdmin(InGridAdmin):
    list_display = ("name", "type", "grid", "headcount", "contact", "phone")
    list_filter = ("type",)
    list_select_related = ("grid",)
    search_fields = ("name__contains", "grid__name__contains", "grid__code__startswith")
    search_help_text = "按单位名称、网格名称或网格编码查找。"
    ordering = ("grid__code", "name")
    autocomplete_fields = ("grid",)
