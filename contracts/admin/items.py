"""Management page of the catalog of services, and what it shares with packages: whose rows one may write."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from contracts.actions import keep_item
from contracts.models import Agreement, ServiceItem
from teams.access import Permission, may, scope_of
from teams.admin_actions import ActionAdmin, ByActionForm
from teams.choices import Profession

WORDS = ("name", "code", "owner", "nature", "level", "parent", "description", "is_face_to_face", "proof")


class OwnedAdmin(ActionAdmin):
    """The district's rows are the bureau's; a steward writes those of his own institutions, and reads the rest."""

    view_permission = Permission.AGREEMENT_VIEW
    change_permission = Permission.PACKAGE_MANAGE

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not super().has_change_permission(request, obj):
            return False
        if obj is None or may(request.user, Permission.POLICY_MANAGE):
            return True
        stored = getattr(obj, "stored", obj)
        return stored.owner_id is not None and stored.owner_id in scope_of(request.user).institutions

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A steward's rows belong to one of his institutions, always."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "owner" and not may(request.user, Permission.POLICY_MANAGE):
            field.queryset = field.queryset.filter(pk__in=scope_of(request.user).institutions)
            field.required = True
            field.help_text = "全区通用的由区卫健局维护；这里维护本机构自己的。"
        return field

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        own = () if may(request.user, Permission.POLICY_MANAGE) else scope_of(request.user).institutions
        return {**({"owner": own[0]} if own else {}), **super().get_changeform_initial_data(request)}

    @admin.display(description="所属机构", ordering="owner")
    def whose(self, row: Any) -> str:
        return row.owner.name if row.owner else "全区"


class ItemForm(ByActionForm):
    """Professions as ticks."""

    providers = forms.MultipleChoiceField(
        label="可由谁提供",
        choices=Profession,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="都不选表示团队任何成员。",
    )


@admin.register(ServiceItem)
class ServiceItemAdmin(OwnedAdmin):
    """A service that was promised in a signed agreement keeps its words; who gives it may change."""

    form = ItemForm
    list_display = ("name", "whose", "nature", "is_face_to_face", "proof", "is_enabled", "source")
    list_filter = ("nature", "proof", "is_face_to_face", "is_enabled")
    list_select_related = ("owner",)
    search_fields = ("name", "code")
    search_help_text = "按名称或编码查找。"
    ordering = ("pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        signed = Agreement.packages.through.objects.filter(servicepackage__contents__item=OuterRef("pk"))
        return super().get_queryset(request).annotate(used=Exists(signed))

    def get_fields(self, request: HttpRequest, obj: ServiceItem | None = None) -> tuple[str, ...]:
        who = "providers" if obj is None or self.has_change_permission(request, obj) else "givers"
        return (*WORDS, who, "price_yuan", "insurance_percent", "source", "is_enabled")

    def get_readonly_fields(self, request: HttpRequest, obj: ServiceItem | None = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        kept = (
            tuple(one for one in WORDS if one != "parent")
            if getattr(obj, "used", False)
            else ("code", "owner")
        )
        return (*kept, "givers")

    @admin.display(description="可由谁提供")
    def givers(self, item: ServiceItem) -> str:
        return "、".join(str(Profession(one).label) for one in item.providers) or "团队任何成员"

    def perform(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> ServiceItem:
        return keep_item(item=obj, by=request.user, on=timezone.localdate())
