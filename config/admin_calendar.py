"""The management page of the work calendar: single days, and a whole year by pasting the notice."""

from hashlib import sha256
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone

from core.calendar import keep_day, set_year
from core.holidays import SpecialDay, read_notice
from core.models import WorkDay
from core.refusals import Refusal, show_on
from grids.admin.pages import form_page
from teams.access import Permission
from teams.admin_actions import ActionAdmin, ByActionForm


class NoticeForm(forms.Form):
    year = forms.IntegerField(label="年份", min_value=2020, max_value=2100)
    source = forms.CharField(
        label="依据", max_length=100, help_text="通知的文号，例如“国办发明电〔2026〕7号”。"
    )
    text = forms.CharField(
        label="通知原文",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="每个节日一行，例如“春节：2月15日（周日）至23日（周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。”",
    )

    days: list[SpecialDay]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self.days = []
        if "year" in data and "text" in data:
            try:
                self.days = read_notice(data["text"], data["year"])
            except Refusal as refusal:
                self.add_error("text", refusal.sentence)
        return data


@admin.register(WorkDay)
class WorkDayAdmin(ActionAdmin):
    """Days that differ from their weekday. Everybody in the bureau may look, changing asks for the numbers' permission."""

    is_scoped = False  # nobody's data
    view_permission = Permission.ADMIN_SITE
    change_permission = Permission.POLICY_MANAGE
    form = ByActionForm
    change_list_template = "admin/core/workday/change_list.html"
    list_display = ("day", "weekday", "kind", "name", "source")
    list_filter = (("day", admin.DateFieldListFilter), "is_working")
    ordering = ("-day",)
    fields = ("day", "is_working", "name", "source")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("day",) if obj else ()

    @admin.display(description="星期")
    def weekday(self, row: WorkDay) -> str:
        return "周" + "一二三四五六日"[row.day.weekday()]

    @admin.display(description="安排", ordering="is_working")
    def kind(self, row: WorkDay) -> str:
        return "上班" if row.is_working else "放假"

    def perform(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> WorkDay:
        data = form.cleaned_data
        day = obj.day if change else data["day"]
        return keep_day(day=day, is_working=data["is_working"], name=data["name"], source=data["source"])

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [path("notice/", wrap(self.notice), name="core_workday_notice"), *super().get_urls()]

    def notice(self, request: HttpRequest) -> HttpResponse:
        """Paste; see what was understood; confirm."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = NoticeForm(request.POST or None, initial={"year": timezone.localdate().year + 1})
        days = form.days if form.is_valid() else []
        seen = sha256(repr(days).encode()).hexdigest()
        if days and request.POST.get("seen") == seen:
            try:
                data = form.cleaned_data
                count = set_year(year=data["year"], days=days, source=data["source"])
            except Refusal as refusal:
                show_on(form, refusal)
                days = []
            else:
                messages.success(request, f"已保存 {data['year']} 年的安排，共 {count} 天。")
                return redirect("admin:core_workday_changelist")
        return form_page(
            request,
            self,
            "admin/core/workday/notice.html",
            form,
            title="粘贴放假通知",
            seen=seen,
            off=[(one, self.weekday(one)) for one in days if not one.is_working],
            on=[(one, self.weekday(one)) for one in days if one.is_working],
        )
