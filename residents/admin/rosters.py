"""Management page of the imports."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from residents.models import RosterImport
from teams.access import Permission
from teams.admin_base import ScopedAdmin


@admin.register(RosterImport)
class RosterImportAdmin(ScopedAdmin):
    """What was uploaded and what became of it, in numbers; the rows themselves are not shown."""

    view_permission = Permission.ROSTER_IMPORT
    list_display = (
        "file_name", "state", "institution", "uploaded_by", "uploaded_at", "row_count", "created", "updated", "refused",
    )  # fmt: skip
    list_filter = ("state", "purpose")
    list_select_related = ("institution", "uploaded_by")
    ordering = ("-uploaded_at",)
    fields = (
        "file_name", "purpose", "state", "failure", "attempts", "institution", "uploaded_by", "uploaded_at", "file_bytes",
        "applied_at", "undone_at", "undone_by", "row_count", "created", "updated", "refused",
    )  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[RosterImport]:
        return super().get_queryset(request).defer("report", "mapping")

    def _count(self, roster: RosterImport, name: str) -> Any:
        return roster.result.get(name, "—")

    @admin.display(description="行数")
    def row_count(self, roster: RosterImport) -> Any:
        return self._count(roster, "rows")

    @admin.display(description="新增（人）")
    def created(self, roster: RosterImport) -> Any:
        return self._count(roster, "created_residents")

    @admin.display(description="变更（人）")
    def updated(self, roster: RosterImport) -> Any:
        return self._count(roster, "updated_residents")

    @admin.display(description="错误（行）")
    def refused(self, roster: RosterImport) -> Any:
        return self._count(roster, "errors")
