"""The management page of policy numbers: they belong to every room, so it stands above all of them."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date

from config.admin_calendar import WorkDayAdmin
from config.admin_jobs import JobRunAdmin
from config.policies import ROOMS, RoomPolicy
from core.actions import CannotSetPolicy, set_policy, withdraw_policy
from core.models import PolicySetting
from core.policy_forms import changed_numbers, differences, numbers_in_words, policy_form
from core.policy_history import Step, ordered_for_later, timeline
from core.refusals import show_on
from teams.access import Permission
from teams.admin_base import ScopedAdmin
from teams.models import User

__all__ = ["JobRunAdmin", "PolicySettingAdmin", "WorkDayAdmin"]  # they register themselves

END_OF_TIME = date(2100, 1, 1)  # a later day is a slip of the finger


@admin.register(PolicySetting)
class PolicySettingAdmin(ScopedAdmin):
    """Rows of changed numbers. A change is filled in, shown beside the old numbers, confirmed, and never altered."""

    view_permission = Permission.POLICY_MANAGE
    is_scoped = False  # numbers of the district, nobody's data
    change_list_template = "admin/core/policysetting/change_list.html"
    list_display = ("room_label", "in_force_from", "changes", "source", "created_at", "creator")
    list_filter = (("in_force_from", admin.DateFieldListFilter),)
    ordering = ("-in_force_from", "-pk")
    fields = ("room_label", "in_force_from", "changes", "source", "created_at", "creator")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        name = User.objects.visible_to(request.user).filter(pk=OuterRef("created_by_id")).values("name")[:1]
        return super().get_queryset(request).annotate(creator_name=Subquery(name))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request)

    @admin.display(description="模块", ordering="room")
    def room_label(self, row: PolicySetting) -> str:
        return ROOMS[row.room].label if row.room in ROOMS else row.room

    @admin.display(description="改动")
    def changes(self, row: PolicySetting) -> str:
        if row.withdraws_id:
            return f"撤销自 {row.in_force_from:%Y-%m-%d} 起的改动（第 {row.withdraws_id} 号）"
        if row.room not in ROOMS:
            return "（已不再使用）"
        shape = ROOMS[row.room].shape
        return "；".join(f"{one.label}：{one.after}" for one in differences(shape, shape(), row.payload))

    @admin.display(description="登记人", empty_value="系统")
    def creator(self, row: Any) -> str | None:
        return row.creator_name

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Fill in; see old and new side by side; confirm."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        room = ROOMS.get(request.GET.get("room", ""), next(iter(ROOMS.values())))
        today = timezone.localdate()
        day, fault = _first_day(request.GET.get("from", ""), today)
        standing = room.on(day)
        form = policy_form(room.shape, standing)(request.POST or None)
        payload: dict[str, Any] = {}
        if form.is_valid():
            payload = changed_numbers(room.shape, standing, form.cleaned_data)
            if not payload:
                form.add_error(None, "没有改动任何数值，不需要保存。")
            elif "confirm" in request.POST and self._save(request, form, room, payload, day, today):
                return redirect("admin:core_policysetting_changelist")
        context = self.admin_site.each_context(request) | {
            "title": f"政策参数：{room.label}",
            "opts": self.opts,
            "rooms": ROOMS.values(),
            "room": room,
            "form": form,
            "day": day,
            "today": today,
            "day_fault": fault,
            "later": _later_rows(room, day, self),
            "changes": differences(room.shape, standing, payload) if form.is_valid() else [],
        }
        return TemplateResponse(request, "admin/core/policysetting/add.html", context)

    def _save(
        self, request: HttpRequest, form: Any, room: RoomPolicy, payload: dict, day: date, today: date
    ) -> bool:
        try:
            source = form.cleaned_data["source"]
            set_policy(
                room=room.room, payload=payload, in_force_from=day, source=source, by=request.user, on=today
            )
        except CannotSetPolicy as refusal:
            show_on(form, refusal)
            return False
        messages.success(request, f"已保存：{room.label}，自 {day:%Y-%m-%d} 起执行。")
        return True

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("history/", wrap(self.room_history), name="core_policysetting_timeline"),
            path("<int:pk>/withdraw/", wrap(self.withdraw), name="core_policysetting_withdraw"),
        ]
        return own + super().get_urls()

    def room_history(self, request: HttpRequest) -> HttpResponse:
        """All decisions on the numbers of one room, and what holds today."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        room = ROOMS.get(request.GET.get("room", ""), next(iter(ROOMS.values())))
        today = timezone.localdate()
        steps = timeline(room.shape, room.room, on=today)
        context = self.admin_site.each_context(request) | {
            "title": f"政策参数沿革：{room.label}",
            "opts": self.opts,
            "rooms": ROOMS.values(),
            "room": room,
            "today": today,
            "steps": _with_names(request, steps),
            "numbers": numbers_in_words(room.shape, room.on(today)),
        }
        return TemplateResponse(request, "admin/core/policysetting/history.html", context)

    def withdraw(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask with the change before one's eyes; on POST take it back by a row of its own."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        row = get_object_or_404(PolicySetting, pk=pk, room__in=ROOMS)
        room, today = ROOMS[row.room], timezone.localdate()
        form = WithdrawForm(request.POST or None)
        if form.is_valid():
            try:
                withdraw_policy(setting=row, source=form.cleaned_data["source"], by=request.user, on=today)
            except CannotSetPolicy as refusal:
                show_on(form, refusal)
            else:
                messages.success(request, f"已撤销：{room.label}自 {row.in_force_from:%Y-%m-%d} 起的改动。")
                return redirect(f"{reverse('admin:core_policysetting_timeline')}?room={row.room}")
        step = next((one for one in timeline(room.shape, row.room, on=today) if one.row.pk == row.pk), None)
        context = self.admin_site.each_context(request) | {
            "title": f"撤销改动：{room.label}",
            "opts": self.opts,
            "room": room,
            "row": row,
            "step": step,
            "form": form,
        }
        return TemplateResponse(request, "admin/core/policysetting/withdraw.html", context)


class WithdrawForm(forms.Form):
    source = forms.CharField(label="依据", max_length=200, help_text="决定撤销的文件名称、文号或会议纪要。")


def _with_names(request: HttpRequest, steps: list[Step]) -> list[tuple[Step, str, str]]:
    """Each with who registered it and who took it back; only colleagues within sight have a name here."""
    rows = [row for step in steps for row in (step.row, step.withdrawal) if row is not None]
    asked = {row.created_by_id for row in rows if row.created_by_id}
    names = dict(User.objects.visible_to(request.user).filter(pk__in=asked).values_list("pk", "name"))

    def name(row: PolicySetting | None) -> str:
        return names.get(row.created_by_id, "系统") if row else ""

    return [(step, name(step.row), name(step.withdrawal)) for step in steps]


def _first_day(text: str, today: date) -> tuple[date, str]:
    """The day asked for, or today with a sentence that says why not."""
    if not text:
        return today, ""
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None or day >= END_OF_TIME:
        return today, f"“{text[:20]}”不是有效的日期，已改为今天。"
    if day < today:
        return today, "生效日期不能早于今天：过去的数值不能改。已改为今天。"
    return day, ""


def _later_rows(room: RoomPolicy, day: date, page: PolicySettingAdmin) -> list[str]:
    """What is already ordered for after that day, and would prevail then."""
    rows = ordered_for_later(room.room, after=day)
    return [f"{row.in_force_from:%Y-%m-%d} 起：{page.changes(row)}" for row in rows]
