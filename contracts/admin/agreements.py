"""Management page of agreements."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from contracts.models import Agreement
from teams.access import Permission
from teams.admin_base import ScopedAdmin


@admin.register(Agreement)
class AgreementAdmin(ScopedAdmin):
    """A read-only list without persons; the agreement's own page shows the rest and logs who looked."""

    view_permission = Permission.AGREEMENT_VIEW
    list_display = ("number", "team", "doctor", "signed_on", "starts_on", "ends_on", "state", "page")
    list_filter = ("state", "kind", "channel", "mode", "signed_on")
    list_select_related = ("team", "doctor")
    search_fields = ("number__startswith",)
    search_help_text = "按协议编号查找，如 FD371002-012-2026。"
    ordering = ("-signed_on", "-id")
    fields = (
        "number", "kind", "state", "team", "doctor", "template", "signed_on", "starts_on", "ends_on", "term_years",
        "channel", "mode", "created_by", "created_at", "page",
    )  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).defer("as_signed")

    @admin.display(description="协议页面")
    def page(self, agreement: Agreement) -> str:
        return format_html('<a href="{}">打开</a>', reverse("agreement-detail", args=[agreement.pk]))
