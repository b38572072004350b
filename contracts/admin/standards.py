"""Management pages of the seven ones and the home-care labels."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone

from contracts.actions import draft_standard, keep_label, publish_standard, set_standard_items
from contracts.actions.standards import StandardRow
from contracts.models import FulfilmentStandard, HomeCareLabel, StandardItem
from contracts.models.standards import SEVEN
from core.refusals import Refusal, show_on
from grids.admin.pages import form_page
from teams.access import Permission
from teams.admin_actions import ActionAdmin, ActionInline, ByActionForm


class StandardItemInline(ActionInline):
    """The seven; kept by one action in the order of their numbers."""

    model = StandardItem
    view_permission = Permission.AGREEMENT_VIEW
    change_permission = Permission.POLICY_MANAGE
    is_scoped = False
    fields = ("position", "text", "proof", "is_verified")
    ordering = ("position",)
    max_num = SEVEN
    extra = SEVEN
    can_delete = True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.in_force_from)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


@admin.register(FulfilmentStandard)
class FulfilmentStandardAdmin(ActionAdmin):
    """Versions of a checklist of seven; a published one stays, the next starts from it."""

    is_scoped = False  # nobody's data
    view_permission = Permission.AGREEMENT_VIEW
    change_permission = Permission.POLICY_MANAGE
    form = ByActionForm
    inlines = (StandardItemInline,)
    change_form_template = "admin/contracts/fulfilmentstandard/change_form.html"
    list_display = ("name", "version", "state", "verified", "source")
    ordering = ("name", "-version")
    fields = ("name", "source")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        done = Count("items", filter=Q(items__is_verified=True))
        return super().get_queryset(request).annotate(done=done)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("name", "source") if obj else ()

    @admin.display(description="状态")
    def state(self, standard: FulfilmentStandard) -> str:
        day = standard.in_force_from
        return f"自 {day:%Y-%m-%d} 起执行" if day else "草稿"

    @admin.display(description="已核定")
    def verified(self, standard: Any) -> str:
        return f"{standard.done} / {SEVEN}"

    def perform(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> FulfilmentStandard:
        if change:
            return obj
        data = form.cleaned_data
        return draft_standard(
            name=data["name"], source=data["source"], by=request.user, on=timezone.localdate()
        )

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        if not formset.has_changed():
            return
        kept = [
            row.cleaned_data
            for row in formset.forms
            if row.cleaned_data.get("text") and not row.cleaned_data.get("DELETE")
        ]
        kept.sort(key=lambda row: row["position"])
        rows = [StandardRow(one["text"], one["proof"], one["is_verified"]) for one in kept]
        set_standard_items(standard=form.instance, rows=rows, by=request.user, on=timezone.localdate())

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/publish/", wrap(self.publish), name="contracts_fulfilmentstandard_publish"),
            path("<int:pk>/version/", wrap(self.version), name="contracts_fulfilmentstandard_version"),
        ]
        return own + super().get_urls()

    def _standard(self, request: HttpRequest, pk: int) -> FulfilmentStandard:
        standard = self.get_queryset(request).filter(pk=pk).first()
        if standard is None:
            raise Http404
        if not self.has_change_permission(request, standard):
            raise PermissionDenied
        return standard

    def publish(self, request: HttpRequest, pk: int) -> HttpResponse:
        standard = self._standard(request, pk)
        form = StandardDayForm(request.POST or None, initial={"in_force_from": timezone.localdate()})
        if form.is_valid():
            day = form.cleaned_data["in_force_from"]
            try:
                publish_standard(
                    standard=standard, in_force_from=day, by=request.user, on=timezone.localdate()
                )
            except Refusal as refusal:
                show_on(form, refusal)
            else:
                messages.success(request, f"已发布：{standard}，自 {day:%Y-%m-%d} 起执行。")
                return redirect("admin:contracts_fulfilmentstandard_changelist")
        question = "发布后不能再改。每一条都须核定。"
        return self._page(request, standard, form, "发布", question)

    def version(self, request: HttpRequest, pk: int) -> HttpResponse:
        standard = self._standard(request, pk)
        if request.method == "POST":
            made = draft_standard(
                name=standard.name, source=standard.source, by=request.user, on=timezone.localdate()
            )
            messages.success(request, f"已建立：{made}，修改、核定后发布。")
            return redirect("admin:contracts_fulfilmentstandard_change", made.pk)
        question = "复制最新版本成为草稿，可以修改、核定后再发布。"
        return self._page(request, standard, forms.Form(), "建立新版本", question)

    def _page(
        self, request: HttpRequest, standard: FulfilmentStandard, form: forms.Form, label: str, question: str
    ) -> HttpResponse:
        return form_page(
            request,
            self,
            "admin/contracts/fulfilmentstandard/verb.html",
            form,
            title=f"{label}：{standard}",
            label=label,
            question=question,
            standard=standard,
        )


class StandardDayForm(forms.Form):
    in_force_from = forms.DateField(label="生效日期", widget=admin.widgets.AdminDateWidget)


@admin.register(HomeCareLabel)
class HomeCareLabelAdmin(ActionAdmin):
    """Thirteen labels, neither more nor fewer: only their words are written here."""

    is_scoped = False  # nobody's data
    view_permission = Permission.AGREEMENT_VIEW
    change_permission = Permission.POLICY_MANAGE
    form = ByActionForm
    list_display = ("__str__", "group", "is_verified")
    list_filter = ("group", "is_verified")
    ordering = ("pk",)
    fields = ("group", "position", "text", "is_verified")
    readonly_fields = ("group", "position")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def perform(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> HomeCareLabel:
        return keep_label(label=obj, by=request.user, on=timezone.localdate())
