"""Management pages of the points: versions of the rules, and the catalogue."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from care.actions.point_rules import RuleWording, keep_goods, publish_point_rule
from care.choices import ServiceMode
from care.formbook import current_forms
from care.models import PointGoods, PointRule
from teams.access import Permission, may
from teams.admin_actions import ActionAdmin, ByActionForm


class PointRuleForm(ByActionForm):
    """A version of a rule; forms and modes by their Chinese names."""

    form = forms.ChoiceField(label="表单")
    modes = forms.MultipleChoiceField(
        label="限服务方式", choices=ServiceMode, required=False, widget=forms.CheckboxSelectMultiple,
        help_text="不选表示不限。",
    )  # fmt: skip
    verdicts = forms.CharField(
        label="限本次分类",
        required=False,
        help_text="服务规则页上的分类编码，多个用逗号隔开；留空表示不限。",
    )

    class Meta:
        model = PointRule
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "form" in self.fields:
            self.fields["form"].choices = [(code, one.name) for code, one in current_forms().items()]

    def clean_verdicts(self) -> list[str]:
        text = self.cleaned_data["verdicts"].replace("，", ",")
        return [one.strip() for one in text.split(",") if one.strip()]


@admin.register(PointRule)
class PointRuleAdmin(ActionAdmin):
    """Versions are added, never changed: saving a rule of the same code is its next version."""

    is_scoped = False  # nobody's data
    view_permission = Permission.POINTS_MANAGE
    change_permission = Permission.CARE_RULES
    form = PointRuleForm
    list_display = ("name", "points", "period", "most", "on_time_only", "in_force_from", "code", "source")
    list_filter = ("period", "on_time_only")
    search_fields = ("code", "name")
    ordering = ("code", "-in_force_from", "-id")
    fields = (
        "code", "name", "form", "verdicts", "modes", "on_time_only", "points", "period", "times", "in_force_from",
        "source",
    )  # fmt: skip

    @admin.display(description="周期内最多次数", ordering="times")
    def most(self, row: PointRule) -> str:
        return str(row.times) if row.times else "不限"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def perform(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> PointRule:
        data = form.cleaned_data
        wording = RuleWording(
            **{name: data[name] for name in self.fields if name not in ("verdicts", "modes")},
            verdicts=tuple(data["verdicts"]),
            modes=tuple(data["modes"]),
        )
        return publish_point_rule(by=request.user, on=timezone.localdate(), wording=wording)


@admin.register(PointGoods)
class PointGoodsAdmin(ActionAdmin):
    """The catalogue: the bureau's goods for everybody, an institution's own."""

    empty_value_display = "不限"
    view_permission = Permission.POINTS_MANAGE
    change_permission = Permission.POINTS_MANAGE
    form = ByActionForm
    list_display = ("name", "kind", "points", "stock", "institution", "is_active")
    list_filter = ("kind", "is_active")
    search_fields = ("name",)
    ordering = ("points", "name")
    fields = ("name", "kind", "points", "stock", "institution", "description", "is_active")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The district's own goods are the bureau's."""
        allowed = super().has_change_permission(request, obj)
        stored = getattr(obj, "stored", obj)
        return allowed and (stored is None or stored.institution_id is not None or _of_district(request))

    def perform(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> PointGoods:
        return keep_goods(
            by=request.user, on=timezone.localdate(), goods=obj, is_district=_of_district(request)
        )


def _of_district(request: HttpRequest) -> bool:
    return may(request.user, Permission.CARE_RULES)
