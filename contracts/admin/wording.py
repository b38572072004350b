"""Management page of the wording of everything that is printed."""

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from contracts.actions import publish_template
from contracts.choices import DocumentKind
from contracts.models import AgreementTemplate
from contracts.printing.answers import Frame, page
from contracts.printing.placeholders import ALLOWED, object_to_text
from contracts.printing.samples import sample_document
from teams.access import Permission
from teams.admin_actions import ActionAdmin, ByActionForm

PREVIEW = "_preview"


class TextForm(ByActionForm):
    """The placeholders are checked here as well, so that a preview tells of them before anything is published."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for field in ("title", "body"):
            if data.get("kind") and data.get(field):
                objection = object_to_text(DocumentKind(data["kind"]), data[field])
                if objection:
                    self.add_error(field, objection)
        return data


@admin.register(AgreementTemplate)
class AgreementTemplateAdmin(ActionAdmin):
    """Wording is added, never changed: every signed agreement prints the version it was signed under."""

    is_scoped = False
    view_permission = Permission.AGREEMENT_VIEW
    change_permission = Permission.POLICY_MANAGE
    form = TextForm
    add_form_template = "admin/contracts/agreementtemplate/add.html"
    list_display = ("title", "kind", "version", "in_force_from")
    list_filter = ("kind",)
    ordering = ("kind", "-version")
    fields = ("kind", "title", "body", "in_force_from")
    readonly_fields = ("next_steps", "placeholders")

    def get_fields(self, request: HttpRequest, obj: AgreementTemplate | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("kind", "title", "placeholders", "body", "in_force_from")
        return ("kind", "title", "version", "next_steps", "body", "in_force_from")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new version starts from the last one of its kind (``?kind=``)."""
        wanted = request.GET.get("kind")
        kind = DocumentKind(wanted) if wanted in DocumentKind.values else DocumentKind.INDIVIDUAL
        last = AgreementTemplate.objects.filter(kind=kind).order_by("-version").first()
        start = {"title": last.title, "body": last.body} if last else {}
        return {"kind": kind, "in_force_from": timezone.localdate()} | start

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Besides the form: how a text will look, on paper, with sample data; nothing is stored."""
        if object_id is None and request.method == "POST" and PREVIEW in request.POST:
            return self._preview_of_draft(request) or super().changeform_view(
                request, object_id, *args, **kwargs
            )
        if object_id is not None and PREVIEW in request.GET:
            stored = self.get_object(request, object_id)
            if stored is not None and self.has_view_permission(request, stored):
                return self._preview(request, stored)
        return super().changeform_view(request, object_id, *args, **kwargs)

    def _preview_of_draft(self, request: HttpRequest) -> HttpResponse | None:
        """None if the draft has faults: the form shows them."""
        form: ModelForm = self.get_form(request)(request.POST)
        if not self.has_add_permission(request) or not form.is_valid():
            return None
        data = form.cleaned_data
        last = AgreementTemplate.objects.filter(kind=data["kind"]).order_by("-version").first()
        draft = AgreementTemplate(kind=data["kind"], title=data["title"], body=data["body"])
        draft.version = last.version + 1 if last else 1
        return self._preview(request, draft)

    def _preview(self, request: HttpRequest, template: AgreementTemplate) -> HttpResponse:
        document = sample_document(template, on=timezone.localdate())
        here = [("文书文本", reverse("admin:contracts_agreementtemplate_changelist"))]
        frame = Frame(f"预览：{template.title}", "人员和机构都是示例，没有保存。", here)
        return page(request, document, frame, has_pdf=False)

    @admin.display(description="可用的占位符")
    def placeholders(self, template: AgreementTemplate) -> str:
        rows = (
            (kind.label, "　".join(f"{{{{{name}}}}}" for name in names)) for kind, names in ALLOWED.items()
        )
        told = "打印时换成实际内容；没有内容的留出横线。"
        return format_html("{}<br>{}", told, format_html_join("", "<b>{}</b>：{}<br>", rows))

    @admin.display(description="预览和修改")
    def next_steps(self, template: AgreementTemplate) -> str:
        """Read where the row is shown, so its page is known."""
        add = reverse("admin:contracts_agreementtemplate_add")
        return format_html(
            '<a href="?{}=1" target="_blank">用示例数据预览</a>　<a href="{}?kind={}">以最新版为基础写新版本</a>',
            PREVIEW, add, template.kind,
        )  # fmt: skip

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
