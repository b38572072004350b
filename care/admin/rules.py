"""Management page of the rule tables: read in words, changed number by number, and only by adding a version."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from care.actions.publishing import CannotPublish, edited, publish, usable
from care.actions.versions import preview_version
from care.choices import Program
from care.forms.rules import DraftForm, draft_form
from care.models import RuleTable
from care.queries.rule_pages import differences
from care.queries.rules import table_on
from care.rules.table_reading import read_table
from care.views.rules import shown
from core.refusals import show_on
from teams.access import Permission
from teams.admin_base import ScopedAdmin


@admin.register(RuleTable)
class RuleTableAdmin(ScopedAdmin):
    """Versions are added, never changed: plans and tasks name the version they were reckoned by."""

    view_permission = Permission.CARE_RULES
    is_scoped = False  # tables of the district, nobody's data
    list_display = ("program", "version", "in_force_from", "source", "created_at", "creator")
    list_filter = ("program",)
    list_select_related = ("created_by",)
    ordering = ("program", "-version")
    change_form_template = "admin/care/ruletable/table.html"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request)

    @admin.display(description="登记人", empty_value="系统")
    def creator(self, row: RuleTable) -> str | None:
        return row.created_by.name if row.created_by else None

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One version as people read it, with the others beside it."""
        row = self.get_object(request, object_id)
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, row) or request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        request.GET = request.GET.copy()
        request.GET.setdefault("version", str(row.version))
        context = self.admin_site.each_context(request) | shown(request, Program(row.program))
        context |= {"title": str(context["row"]), "opts": self.opts, "here": request.path}
        return TemplateResponse(request, self.change_form_template, context)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Change numbers, see what they do, and confirm."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        today = timezone.localdate()
        program = next(
            (one for one in Program if one.value == request.GET.get("program")), Program.HYPERTENSION
        )
        standing = table_on(program, today)
        if standing is None:
            return redirect("admin:care_ruletable_changelist")
        table = read_table(standing.table)
        shape = draft_form(table)
        form = shape(request.POST) if request.method == "POST" else shape(initial={"in_force_from": today})
        drafted = self._drafted(form, standing) if "again" not in request.POST else None
        if drafted and "confirm" in request.POST:
            row = self._published(request, form, program, drafted)
            if row is not None:
                return redirect(reverse("admin:care_ruletable_change", args=[row.pk]))
            drafted = None
        context = self.admin_site.each_context(request) | {
            "title": f"{program.label}：修改数值",
            "opts": self.opts,
            "program": program,
            "programs": Program,
            "standing": standing,
            "form": form,
            "fixed": [one for one in table.numbers.values() if one.policy],
            "differences": differences(table, read_table(drafted)) if drafted else [],
            "preview": preview_version(table=read_table(drafted), on=today) if drafted else None,
        }
        return TemplateResponse(request, "admin/care/ruletable/add.html", context)

    def _drafted(self, form: DraftForm, standing: RuleTable) -> dict[str, Any] | None:
        """The table with the numbers typed; None with the reason at the form."""
        if not form.is_valid():
            return None
        drafted = edited(standing.table, form.numbers())
        try:
            after = usable(drafted)
        except CannotPublish as refusal:
            show_on(form, refusal)
            return None
        if not differences(read_table(standing.table), after):
            form.add_error(None, "没有改动任何数值，不需要保存。")
            return None
        return drafted

    def _published(
        self, request: HttpRequest, form: DraftForm, program: Program, drafted: dict[str, Any]
    ) -> RuleTable | None:
        try:
            row = publish(
                by=request.user,
                on=timezone.localdate(),
                program=program,
                table=drafted,
                in_force_from=form.cleaned_data["in_force_from"],
                source=form.cleaned_data["source"],
            )
        except CannotPublish as refusal:
            show_on(form, refusal)
            return None
        messages.success(request, f"已保存：{row}，自 {row.in_force_from:%Y-%m-%d} 起执行，当晚更新任务。")
        return row
