"""Management page of the decision tables: read as tables, changed as text, and only by adding a version."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from core.refusals import show_on
from residents.actions.risk import CannotPublishScheme, publish_scheme, usable_table
from residents.choices import RiskKind
from residents.forms.risk import SchemeForm, start_of
from residents.models import RiskScheme
from residents.queries.risk import preview, scheme_on, table_of
from residents.rules.risk_table import as_text
from teams.access import Permission
from teams.admin_base import ScopedAdmin


@admin.register(RiskScheme)
class RiskSchemeAdmin(ScopedAdmin):
    """Versions are added, never changed: every tier names the version it was judged by."""

    view_permission = Permission.POLICY_MANAGE
    is_scoped = False  # tables of the district, nobody's data
    list_display = ("kind", "version", "in_force_from", "source", "created_at", "created_by")
    list_filter = ("kind",)
    list_select_related = ("created_by",)
    ordering = ("kind", "-version")
    change_form_template = "admin/residents/riskscheme/table.html"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One version as people read it."""
        scheme = self.get_object(request, object_id)
        if scheme is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, scheme) or request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        today = timezone.localdate()
        context = self.admin_site.each_context(request) | {
            "title": str(scheme),
            "opts": self.opts,
            "scheme": scheme,
            "table": table_of(scheme),
            "is_in_force": scheme_on(scheme.kind, today) == scheme,
        }
        return TemplateResponse(request, self.change_form_template, context)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Write the next version, see it as a table with what it would change, and confirm."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        today = timezone.localdate()
        kind = next((one for one in RiskKind if one.value == request.GET.get("kind")), RiskKind.ELDER)
        standing = scheme_on(kind, today)
        text = as_text(table_of(standing)) if standing else ""
        if request.method == "POST":
            form = SchemeForm(request.POST, request.FILES)
        else:
            form = SchemeForm(initial=start_of(kind, text, today))
        is_checked = form.is_bound and form.is_valid() and "again" not in request.POST
        table = self._checked(form) if is_checked else None
        if table and "confirm" in request.POST and self._publish(request, form):
            return redirect("admin:residents_riskscheme_changelist")
        context = self.admin_site.each_context(request) | {
            "title": f"{kind.label}：新版本",
            "opts": self.opts,
            "kinds": RiskKind,
            "kind": kind,
            "form": form,
            "table": table,
            "text": form.cleaned_data["text"] if table else "",
            "preview": preview(form.cleaned_data["kind"], table, on=today) if table else None,
        }
        return TemplateResponse(request, "admin/residents/riskscheme/add.html", context)

    def _checked(self, form: SchemeForm) -> Any:
        try:
            return usable_table(form.cleaned_data["text"])
        except CannotPublishScheme as refusal:
            show_on(form, refusal)
            return None

    def _publish(self, request: HttpRequest, form: SchemeForm) -> bool:
        try:
            scheme = publish_scheme(**form.facts(), by=request.user, on=timezone.localdate())
        except CannotPublishScheme as refusal:
            show_on(form, refusal)
            return False
        messages.success(request, f"已保存：{scheme}，自 {scheme.in_force_from:%Y-%m-%d} 起执行。")
        return True
