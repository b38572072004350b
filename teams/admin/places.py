"""Management pages of institutions, departments, teams and their members."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.http import HttpRequest
from django.utils import timezone

from core.refusals import Refusal
from teams import actions
from teams.access import Permission, scope_of
from teams.admin_actions import ActionAdmin, ActionInline, ByActionForm, at_row
from teams.admin_base import ScopedAdmin
from teams.models import Department, Institution, Team, TeamMembership, User


class InstitutionForm(forms.ModelForm):
    """Adds what needs the person: the area must be his; and what needs other rows."""

    in_areas: tuple[str, ...] = ()

    def clean_area_code(self) -> str:
        code = self.cleaned_data["area_code"]
        if not code.startswith(self.in_areas):
            raise forms.ValidationError(
                f"{code} 不在您的管辖区划内，请填 {'、'.join(self.in_areas)} 及其下级的代码。"
            )
        return code

    def clean_is_active(self) -> bool:
        stays = self.cleaned_data["is_active"]
        if not stays and self.instance.pk:
            running = self.instance.teams.active_on(timezone.localdate()).first()
            if running:
                raise forms.ValidationError(f"“{running}”仍在服务，请先撤销本机构的团队，再停用机构。")
        return stays

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.instance.pk and data.get("parent") == self.instance:
            self.add_error("parent", "上级机构不能是本机构自己。")
        return data


@admin.register(Institution)
class InstitutionAdmin(ScopedAdmin):
    view_permission = Permission.TEAM_VIEW
    change_permission = Permission.INSTITUTION_MANAGE
    form = InstitutionForm
    list_display = ("name", "code", "type", "level", "parent", "area_code", "phone", "is_active")
    list_filter = ("type", "level", "ownership", "is_active")
    list_select_related = ("parent",)
    search_fields = ("name__contains", "code__startswith")
    search_help_text = "按机构名称或机构编码查找。"
    ordering = ("code",)
    autocomplete_fields = ("parent",)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.in_areas = scope_of(request.user).areas
        return form


@admin.register(Department)
class DepartmentAdmin(ScopedAdmin):
    view_permission = Permission.TEAM_VIEW
    change_permission = Permission.INSTITUTION_MANAGE
    list_display = ("name", "institution", "service", "phone")
    list_filter = ("service", ("institution", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("institution",)
    search_fields = ("name__contains", "institution__name__contains")
    search_help_text = "按科室名称或机构名称查找。"
    ordering = ("institution__code", "name")
    autocomplete_fields = ("institution",)


class RunningFilter(admin.SimpleListFilter):
    """Rows that hold today, or that are over."""

    title = "状态"
    parameter_name = "running"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "现行"), ("no", "已结束"), ("later", "尚未开始")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        today = timezone.localdate()
        if self.value() == "yes":
            return queryset.active_on(today)
        if self.value() == "no":
            return queryset.filter(ends_on__lt=today)
        return queryset.filter(starts_on__gt=today) if self.value() == "later" else queryset


class MembershipForm(ByActionForm):
    """Who it is and since when is settled once saved; the rest may be corrected."""

    settled = ("team", "user", "starts_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in self.settled:
                if name in self.fields:
                    self.fields[name].disabled = True
        elif "starts_on" in self.fields:
            self.fields["starts_on"].initial = timezone.localdate()


class RecruitingAdmin:
    """The person of a membership may come from an institution that sends specialists down."""

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "user":
            kwargs["queryset"] = User.objects.recruitable_by(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class MembershipInline(RecruitingAdmin, ActionInline):
    view_permission = Permission.TEAM_VIEW
    change_permission = Permission.TEAM_MANAGE
    model = TeamMembership
    form = MembershipForm
    fields = ("user", "profession", "is_leader", "tier", "is_dispatched", "duty", "starts_on", "ends_on")
    autocomplete_fields = ("user",)
    extra = 1
    formfield_overrides = {
        models.DateField: {"widget": forms.DateInput}
    }  # narrower than the admin's own calendar
    verbose_name_plural = "现有成员（更换团队长：直接勾选新的团队长，自今日起生效）"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        today = timezone.localdate()
        rows = super().get_queryset(request).select_related("user", "home_institution")
        return rows.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today)).order_by(
            "-is_leader", "tier", "pk"
        )


class TeamForm(ByActionForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.fields["starts_on"].initial = timezone.localdate()
        elif "ends_on" in self.fields:
            self.fields["ends_on"].help_text = "填写即撤销团队：最后服务日；仍在任的成员同日结束。"


@admin.register(Team)
class TeamAdmin(ActionAdmin):
    view_permission = Permission.TEAM_VIEW
    change_permission = Permission.TEAM_MANAGE
    form = TeamForm
    list_display = ("name", "institution", "leader", "members", "phone", "starts_on", "ends_on")
    list_filter = (RunningFilter, ("institution", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("institution",)
    search_fields = ("name__contains", "institution__name__contains")
    search_help_text = "按团队名称或机构名称查找。"
    ordering = ("institution__code", "name")
    autocomplete_fields = ("institution",)
    inlines = (MembershipInline,)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        today = timezone.localdate()
        standing = TeamMembership.objects.active_on(today).filter(team=OuterRef("pk"))
        leader = standing.filter(is_leader=True).values("user__name")[:1]
        counted = standing.order_by().values("team").annotate(n=Count("pk")).values("n")
        return (
            super()
            .get_queryset(request)
            .annotate(leader_name=Subquery(leader), member_count=Subquery(counted))
        )

    @admin.display(description="团队长", empty_value="无")
    def leader(self, team: Team) -> str | None:
        return team.leader_name  # type: ignore[attr-defined]

    @admin.display(description="成员数")
    def members(self, team: Team) -> int:
        return team.member_count or 0  # type: ignore[attr-defined]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        days = ("starts_on", "ends_on") if obj else ("starts_on",)
        return ("institution", "name", "phone", "service_times", "introduction", *days)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        return ("institution", "starts_on", "ends_on") if obj.stored.ends_on else ("institution", "starts_on")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        own = scope_of(request.user).institutions
        return {"institution": own[0], **super().get_changeform_initial_data(request)} if own else {}

    def perform(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> Team:
        today = timezone.localdate()
        data = {name: form.cleaned_data[name] for name in ("name", "phone", "service_times", "introduction")}
        if not change:
            place = {name: form.cleaned_data[name] for name in ("institution", "starts_on")}
            return actions.form_team(**data, **place, by=request.user, on=today)
        team = actions.amend_team(team=obj, **data, by=request.user, on=today)
        if form.cleaned_data.get("ends_on"):
            team = actions.close_team(
                team=team, ends_on=form.cleaned_data["ends_on"], by=request.user, on=today
            )
        return team

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """New and corrected rows first, then the leader: he may be one of the new ones."""
        today = timezone.localdate()
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        touched = [row for row in formset.forms if row.has_changed()]
        for row in touched:
            with at_row(row):
                save_row(row, form.instance, by=request.user, on=today)
        for row in touched:
            with at_row(row):
                _save_leader(row, touched, form.instance, by=request.user, on=today)


def save_row(row: Any, team: Team, *, by: User, on: Any) -> None:
    """A new membership, or what was corrected in one."""
    data = row.cleaned_data
    if row.instance.pk is None:
        names = ("user", "profession", "is_leader", "tier", "is_dispatched", "duty", "starts_on", "ends_on")
        actions.add_member(team=team, **{name: data[name] for name in names}, by=by, on=on)
        return
    if {"profession", "tier", "is_dispatched", "duty"} & set(row.changed_data):
        names = ("profession", "tier", "is_dispatched", "duty")
        actions.amend_membership(
            membership=row.instance, **{name: data[name] for name in names}, by=by, on=on
        )
    if "ends_on" in row.changed_data and data["ends_on"]:
        actions.end_membership(membership=row.instance, ends_on=data["ends_on"], by=by, on=on)


def _save_leader(row: Any, touched: list[Any], team: Team, *, by: User, on: Any) -> None:
    if row.instance.pk is None or "is_leader" not in row.changed_data:
        return
    if row.cleaned_data["is_leader"]:
        actions.change_leader(team=team, user=row.instance.user, starts_on=on, by=by, on=on)
    elif not any(one.cleaned_data["is_leader"] for one in touched):
        raise Refusal("leader_needed", "取消团队长时，请同时勾选新的团队长。", field="is_leader")


@admin.register(TeamMembership)
class TeamMembershipAdmin(RecruitingAdmin, ActionAdmin):
    view_permission = Permission.TEAM_VIEW
    change_permission = Permission.TEAM_MANAGE
    form = MembershipForm
    list_display = (
        "user", "team", "institution", "profession", "is_leader", "tier", "is_dispatched", "starts_on", "ends_on",
    )  # fmt: skip
    list_filter = (RunningFilter, "is_dispatched", "tier", "profession")
    list_select_related = ("user", "team__institution", "home_institution")
    search_fields = ("user__name__contains", "team__name__contains")
    search_help_text = "按姓名或团队名称查找。"
    ordering = ("team__institution__code", "team__name", "-is_leader", "pk")
    autocomplete_fields = ("team", "user")
    fields = ("team", "user", "profession", "tier", "is_dispatched", "duty", "starts_on", "ends_on")

    @admin.display(description="机构")
    def institution(self, membership: TeamMembership) -> Institution:
        return membership.team.institution

    def perform(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> TeamMembership:
        today = timezone.localdate()
        if not change:
            return actions.add_member(**form.cleaned_data, by=request.user, on=today)
        save_row(form, obj.team, by=request.user, on=today)
        return TeamMembership.objects.get(pk=obj.pk)
