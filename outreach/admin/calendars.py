"""What feeds the disclosures, in the management site: seasons by the bureau, techniques and policies by who keeps them."""

from datetime import date
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from outreach.actions.notices import (
    PolicyFacts,
    TechniqueFacts,
    add_policy,
    add_technique,
    change_policy,
    change_technique,
)
from outreach.actions.seasons import change_season
from outreach.choices import TechniqueKind
from outreach.models import NewTechnique, PolicyNotice, SeasonEntry
from outreach.queries.keepers import Keeping, kept_by
from teams.access import Permission
from teams.admin_actions import ActionAdmin, ByActionForm


@admin.register(SeasonEntry)
class SeasonEntryAdmin(ActionAdmin):
    """The 24 solar terms and 12 months; all of them came with the system, and are reworded here."""

    view_permission = Permission.CALENDAR_MANAGE
    change_permission = Permission.POLICY_MANAGE
    is_scoped = False
    form = ByActionForm
    list_display = ("title", "kind", "number", "health")
    list_filter = ("kind",)
    search_fields = ("title", "health__contains", "diseases__contains")
    search_help_text = "按名称或内容查找。"
    ordering = ("-kind", "number")
    fields = ("kind", "number", "title", "health", "diseases")
    readonly_fields = ("kind", "number", "title")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def perform(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> SeasonEntry:
        data = form.cleaned_data
        return change_season(by=request.user, entry=obj, health=data["health"], diseases=data["diseases"])


class _NoticeAdmin(ActionAdmin):
    """Everybody who keeps calendars reads what he sees; what he does not keep himself he cannot change."""

    view_permission = Permission.CALENDAR_MANAGE
    change_permission = Permission.CALENDAR_MANAGE
    form = ByActionForm
    list_select_related = ("institution",)
    search_fields = ("title__contains", "text__contains", "institution__name__contains")
    search_help_text = "按名称、内容或机构查找。"
    ordering = ("-starts_on", "-pk")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        stored = getattr(obj, "stored", obj)
        if not super().has_change_permission(request, obj):
            return False
        if stored is None:
            return True
        is_over = stored.ends_on is not None and stored.ends_on < timezone.localdate()
        return not is_over and _keeping(request).holds(stored.institution_id)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("institution",) if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offers, and takes, only institutions that the person keeps; none of them means the district."""
        keeping = _keeping(request)
        field = super().formfield_for_foreignkey(
            db_field, request, **kwargs | {"queryset": keeping.institutions}
        )
        if field is not None and not keeping.has_district:
            field.required, field.help_text = True, ""
        return field


def _keeping(request: HttpRequest) -> Keeping:
    return kept_by(request.user, on=timezone.localdate())


def _days(data: dict[str, Any]) -> dict[str, date | None]:
    return {"starts_on": data["starts_on"], "ends_on": data["ends_on"]}


@admin.register(NewTechnique)
class NewTechniqueAdmin(_NoticeAdmin):
    list_display = ("title", "kind", "institution", "starts_on", "ends_on")
    list_filter = ("kind",)
    fields = ("institution", "kind", "title", "text", "phone", "starts_on", "ends_on")

    def perform(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> NewTechnique:
        data = form.cleaned_data
        facts = TechniqueFacts(
            kind=TechniqueKind(data["kind"]), title=data["title"], text=data["text"], phone=data["phone"],
            **_days(data),
        )  # fmt: skip
        if change:
            return change_technique(by=request.user, on=timezone.localdate(), technique=obj, facts=facts)
        return add_technique(by=request.user, institution=data["institution"], facts=facts)


@admin.register(PolicyNotice)
class PolicyNoticeAdmin(_NoticeAdmin):
    list_display = ("title", "institution", "document", "starts_on", "ends_on")
    fields = ("institution", "title", "text", "document", "starts_on", "ends_on")

    def perform(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> PolicyNotice:
        data = form.cleaned_data
        facts = PolicyFacts(title=data["title"], text=data["text"], document=data["document"], **_days(data))
        if change:
            return change_policy(by=request.user, on=timezone.localdate(), policy=obj, facts=facts)
        return add_policy(by=request.user, institution=data["institution"], facts=facts)
