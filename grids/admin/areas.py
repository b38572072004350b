"""Management pages of areas: names, default grids, codes that change, and loading a whole district."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from core.refusals import Refusal, show_on
from grids import actions
from grids.admin import loading
from grids.admin.pages import form_page
from grids.choices import AreaLevel
from grids.models import Area, AreaCodeChange
from grids.rules import LEVEL_OF_LENGTH, area_code_finding
from teams.access import Permission, scope_of
from teams.admin_base import ScopedAdmin, ScopedInline


class AreaForm(forms.ModelForm):
    """The level follows from the code's length; the parent must fit the code."""

    in_areas: tuple[str, ...] = ()

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.instance.pk is None and "code" in data:
            self._fit(data["code"], data.get("parent"))
        return data

    def _fit(self, code: str, parent: Area | None) -> None:
        level = LEVEL_OF_LENGTH.get(len(code))
        if level is None:
            self.add_error("code", f"代码应为 6、9 或 12 位数字，您填的是 {len(code)} 位，请核对。")
            return
        self.instance.level = level
        if not code.startswith(self.in_areas):
            self.add_error("code", f"{code} 不在您的管辖区划（{'、'.join(self.in_areas)}）内，请核对代码。")
        elif level == AreaLevel.DISTRICT and parent:
            self.add_error("parent", "区县没有上级区划，请清空。")
        elif level != AreaLevel.DISTRICT and (parent is None or parent.level != level - 1):
            self.add_error("parent", f"{len(code)} 位代码的上级应为{AreaLevel(level - 1).label}，请选择。")
        elif fault := area_code_finding(code, level, parent.code if parent else ""):
            self.add_error("code", fault.sentence)


class CodeChangeForm(forms.Form):
    new_code = forms.CharField(
        label="新代码", max_length=12, help_text="位数与现代码相同；下级区划、网格、机构和任命随之变更。"
    )
    changed_on = forms.DateField(label="变更日期", widget=admin.widgets.AdminDateWidget)
    note = forms.CharField(label="说明", max_length=200, required=False, help_text="如批复文号。")


class CodeChangeInline(ScopedInline):
    view_permission = Permission.AREA_VIEW
    is_scoped = False  # the area itself is in scope
    model = AreaCodeChange
    fields = readonly_fields = ("old_code", "new_code", "changed_on", "note", "changed_by")
    verbose_name_plural = "代码变更记录"
    max_num = 0

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("changed_by").order_by("-changed_on", "-pk")


class TownshipFilter(admin.SimpleListFilter):
    """By township, those in scope; ``path`` leads from the row to a code that begins with the township's."""

    title = "镇街"
    parameter_name = "township"
    path = "code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        townships = Area.objects.visible_to(request.user).filter(level=AreaLevel.TOWNSHIP)
        return list(townships.order_by("code").values_list("code", "name"))

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        return queryset.filter(**{f"{self.path}__startswith": self.value()}) if self.value() else queryset


@admin.register(Area)
class AreaAdmin(ScopedAdmin):
    view_permission = Permission.AREA_VIEW
    change_permission = Permission.AREA_MANAGE
    form = AreaForm
    list_display = ("name", "code", "level", "parent", "valid_from", "valid_to")
    list_filter = ("level", TownshipFilter)
    list_select_related = ("parent",)
    search_fields = ("name__contains", "code__startswith")
    search_help_text = "按名称或区划代码查找。"
    ordering = ("code",)
    autocomplete_fields = ("parent",)
    actions = ("add_default_grids",)
    change_list_template = "admin/grids/area/change_list.html"
    change_form_template = "admin/grids/area/change_form.html"

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.in_areas = scope_of(request.user).areas
        if "valid_from" in form.base_fields:
            form.base_fields["valid_from"].initial = timezone.localdate
        return form

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code", "name", "parent", "valid_from", "valid_to")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code", "parent") if obj else ()

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> tuple:
        return (CodeChangeInline,) if obj else ()

    def get_search_results(self, request: HttpRequest, queryset: models.QuerySet, search_term: str) -> tuple:
        """Where a village is asked for, only villages are offered."""
        if request.GET.get("field_name") == "village" and request.path == reverse("admin:autocomplete"):
            queryset = queryset.villages()
        return super().get_search_results(request, queryset, search_term)

    @admin.action(description="为所选村居建立默认网格", permissions=["change"])
    def add_default_grids(self, request: HttpRequest, queryset: models.QuerySet) -> None:
        today = timezone.localdate()
        villages = queryset.villages()
        made = actions.add_default_grids(villages=villages, opened_on=today, by=request.user, on=today)
        rest = villages.count() - made
        messages.success(
            request,
            f"新建默认网格 {made} 个。" + (f"{rest} 个村居已有网格或已停用，未改动。" if rest else ""),
        )
        if not made and not rest:
            messages.warning(request, "所选的都不是村居。请用右侧筛选“村居”后再选。")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("load/", wrap(self.load), name="grids_area_load"),
            path("<int:pk>/code/", wrap(self.change_code), name="grids_area_code"),
        ]
        return own + super().get_urls()

    def load(self, request: HttpRequest) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        return loading.answer(request, self)

    def change_code(self, request: HttpRequest, pk: int) -> HttpResponse:
        area = self.get_queryset(request).filter(pk=pk).first()
        if area is None:
            raise Http404
        if not self.has_change_permission(request, area):
            raise PermissionDenied
        form = CodeChangeForm(request.POST or None, initial={"changed_on": timezone.localdate()})
        if form.is_valid():
            try:
                changed = self._change_code(request, area, form.cleaned_data)
            except Refusal as refusal:
                show_on(form, refusal)
            else:
                messages.success(request, f"“{changed}”的代码已由 {area.code} 变更为 {changed.code}。")
                return redirect("admin:grids_area_change", changed.pk)
        return form_page(
            request,
            self,
            "admin/grids/area/code.html",
            form,
            title=f"变更代码：{area.name}（{area.code}）",
            area=area,
        )

    def _change_code(self, request: HttpRequest, area: Area, data: dict[str, Any]) -> Area:
        areas = scope_of(request.user).areas
        if not data["new_code"].startswith(areas):
            raise actions.CannotChangeCode(
                "out_of_scope", f"新代码不在您的管辖区划（{'、'.join(areas)}）内，请核对。", field="new_code"
            )
        return actions.change_area_code(area=area, **data, by=request.user, on=timezone.localdate())
