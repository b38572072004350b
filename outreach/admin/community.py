"""The street's pages on grid people: changes to enter, evaluations and leave to look at (S2-23, S2-37)."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import F
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from outreach.actions.personnel import apply_change, refuse_change
from outreach.choices import ChangeState, PersonnelChangeKind
from outreach.models import Evaluation, PersonnelChange, SentinelLeave
from outreach.rules.evaluating import SHEETS
from teams.access import Permission
from teams.admin_actions import ActionAdmin, ByActionForm
from teams.admin_base import ScopedAdmin

VERDICTS = [("apply", "按上报内容办理"), ("refuse", "退回上报人")]


class ChangeForm(ByActionForm):
    verdict = forms.ChoiceField(label="办理", choices=VERDICTS, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "decision" in self.fields:
            self.fields["decision"].help_text = "上报人会看到；退回必须写明原因。"


@admin.register(PersonnelChange)
class PersonnelChangeAdmin(ActionAdmin):
    """What leaders reported: those that wait come first. Entered as reported, or sent back."""

    view_permission = Permission.POSTING_MANAGE
    change_permission = Permission.POSTING_MANAGE
    form = ChangeForm
    list_display = ("kind", "grid", "whom", "name", "since", "reported_by", "reported_at", "state")
    list_filter = ("state", "kind")
    list_select_related = ("grid", "posting", "reported_by")
    search_fields = ("name__contains", "posting__name__contains", "grid__name__contains")
    search_help_text = "按姓名或网格名称查找。"
    ordering = (F("decided_at").desc(nulls_first=True), "-reported_at", "-pk")
    told = (
        "kind", "grid", "posting", "name", "phone", "origin", "since", "note", "reported_by", "reported_at", "state",
    )  # fmt: skip
    settled = ("decision", "decided_by", "decided_at")

    @admin.display(description="原人员")
    def whom(self, row: PersonnelChange) -> str:
        return row.posting.name if row.posting else "—"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was decided stays as it is."""
        stored = getattr(obj, "stored", obj)
        return super().has_change_permission(request, obj) and (
            stored is None or stored.state == ChangeState.NEW
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*self.told, "verdict", "decision") if self.has_change_permission(request, obj) else (
            *self.told, *self.settled,
        )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.told

    def perform(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> PersonnelChange:
        who = {"by": request.user, "on": timezone.localdate(), "now": timezone.now()}
        data = form.cleaned_data
        if data["verdict"] == "refuse":
            return refuse_change(change=obj, note=data["decision"], **who)
        done = apply_change(change=obj, note=data["decision"], **who)
        if done.kind in (PersonnelChangeKind.JOINED, PersonnelChangeKind.REPLACED):
            pages = f"{reverse('admin:grids_posting_changelist')}?q={done.name}"
            messages.info(
                request,
                format_html(
                    '{}已任职。要登录网格端，请到<a href="{}">任职</a>里关联账号。', done.name, pages
                ),
            )
        return done


class _LookedAt(ScopedAdmin):
    """Entered on the telephone; here it is only read."""

    view_permission = Permission.POSTING_MANAGE

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description="网格")
    def grid(self, row: Any) -> str:
        return str(row.posting.grid or row.posting.village)


@admin.register(Evaluation)
class EvaluationAdmin(_LookedAt):
    list_display = ("posting", "grid", "year", "half", "total", "evaluated_by", "evaluated_at")
    list_filter = ("kind", "year", "half")
    list_select_related = ("posting__grid", "posting__village", "evaluated_by")
    search_fields = ("posting__name__contains", "posting__grid__name__contains")
    search_help_text = "按姓名或网格名称查找。"
    ordering = ("-year", "-half", "-pk")
    fields = (
        "kind",
        "posting",
        "grid",
        "year",
        "half",
        "sheet",
        "total",
        "note",
        "evaluated_by",
        "evaluated_at",
    )
    readonly_fields = ("grid", "sheet")

    @admin.display(description="评分")
    def sheet(self, row: Evaluation) -> str:
        """By the items of today; one that was dropped since is shown by its code."""
        named = {item.code: f"{item.label}（满分 {item.points}）" for item in SHEETS[row.kind]}
        return "；".join(f"{named.get(code, code)} {points} 分" for code, points in row.scores.items())


@admin.register(SentinelLeave)
class SentinelLeaveAdmin(_LookedAt):
    list_display = ("posting", "grid", "starts_on", "ends_on", "note", "entered_by")
    list_select_related = ("posting__grid", "posting__village", "entered_by")
    search_fields = ("posting__name__contains", "posting__grid__name__contains")
    search_help_text = "按姓名或网格名称查找。"
    ordering = ("-starts_on", "-pk")
    fields = ("posting", "grid", "starts_on", "ends_on", "note", "entered_by")
    readonly_fields = ("grid",)
