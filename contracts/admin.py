"""Management pages of packages, wording and agreements."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from contracts.actions import draft_package_version, keep_package, publish_template
from contracts.choices import AgreementKind
from contracts.models import Agreement, AgreementTemplate, ServicePackage
from residents.choices import Population
from teams.access import Permission
from teams.admin_actions import ActionAdmin, ByActionForm
from teams.admin_base import ScopedAdmin

WORDING = ("code", "version", "name", "kind", "items", "price_yuan")


class PackageForm(ByActionForm):
    """Populations as ticks instead of comma-separated codes."""

    populations = forms.MultipleChoiceField(
        label="适用人群",
        choices=Population,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="签约时对这些人群自动选中；都不选则适用于所有人。",
    )


@admin.register(ServicePackage)
class ServicePackageAdmin(ActionAdmin):
    """A version that was signed once keeps its wording; a change is a new version."""

    is_scoped = False
    view_permission = Permission.AGREEMENT_VIEW
    change_permission = Permission.POLICY_MANAGE
    form = PackageForm
    list_display = ("name", "code", "version", "kind", "price_yuan", "is_enabled", "is_signed", "source")
    list_filter = ("kind", "is_enabled")
    ordering = ("kind", "code", "-version")
    actions = ("new_version",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        used = Agreement.packages.through.objects.filter(servicepackage=OuterRef("pk"))
        return super().get_queryset(request).annotate(used=Exists(used))

    def get_fields(self, request: HttpRequest, obj: ServicePackage | None = None) -> tuple[str, ...]:
        shown = "suits" if getattr(obj, "used", False) else "populations"
        return (*WORDING, shown, "source", "is_enabled")

    def get_readonly_fields(self, request: HttpRequest, obj: ServicePackage | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("version",)
        return (*WORDING, "suits") if getattr(obj, "used", False) else ("code", "version")

    @admin.display(description="适用人群")
    def suits(self, package: ServicePackage) -> str:
        return "、".join(str(Population(one).label) for one in package.populations) or "所有人"

    def perform(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> ServicePackage:
        return keep_package(package=obj, by=request.user, on=timezone.localdate())

    @admin.display(description="已有协议使用", boolean=True)
    def is_signed(self, package: ServicePackage) -> bool:
        return bool(getattr(package, "used", False))

    @admin.action(description="以所选服务包为基础建立新版本", permissions=["add"])
    def new_version(self, request: HttpRequest, chosen: QuerySet) -> HttpResponse | None:
        packages = list(chosen[:2])
        if len(packages) != 1:
            messages.error(request, "请只选一个服务包。")
            return None
        made = draft_package_version(package=packages[0], by=request.user, on=timezone.localdate())
        messages.success(
            request, f"已建立“{made.name}”第{made.version}版，还没有启用：修改后停用旧版本，再启用它。"
        )
        return redirect(reverse("admin:contracts_servicepackage_change", args=[made.pk]))


@admin.register(AgreementTemplate)
class AgreementTemplateAdmin(ActionAdmin):
    """Wording is added, never changed: every signed agreement prints the version it was signed under."""

    is_scoped = False
    view_permission = Permission.AGREEMENT_VIEW
    change_permission = Permission.POLICY_MANAGE
    form = ByActionForm
    list_display = ("title", "kind", "version", "in_force_from")
    list_filter = ("kind",)
    ordering = ("kind", "-version")
    fields = ("kind", "title", "body", "in_force_from")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new version starts from the last one."""
        last = AgreementTemplate.objects.filter(kind=AgreementKind.INDIVIDUAL).order_by("-version").first()
        start = {"title": last.title, "body": last.body} if last else {}
        return {"kind": AgreementKind.INDIVIDUAL, "in_force_from": timezone.localdate()} | start

    def perform(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> AgreementTemplate:
        data = form.cleaned_data
        return publish_template(
            kind=data["kind"],
            title=data["title"],
            body=data["body"],
            in_force_from=data["in_force_from"],
            by=request.user,
            on=timezone.localdate(),
        )


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
