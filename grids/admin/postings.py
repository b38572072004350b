"""Management pages of the people of villages and grids, and of their pairings with medical staff."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from grids import actions
from grids.admin.areas import TownshipFilter
from grids.models import Area, Pairing, Posting
from teams.access import Permission, may
from teams.admin.places import RunningFilter
from teams.admin_actions import ActionAdmin, ByActionForm


class PostingForm(ByActionForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.fields["starts_on"].initial = timezone.localdate()
            self.fields["grid"].help_text = "网格长、健康哨兵选网格。"
            self.fields["village"].help_text = "健康管家、公共卫生委员会成员等选村居。"
            self.fields["origin"].help_text = "仅健康哨兵填写。"
            self.fields[
                "user"
            ].help_text = "网格长、哨兵、健康管家需要登录网格端时选择；角色随任职生效和结束。"
        elif "ends_on" in self.fields:
            self.fields["ends_on"].help_text = "填写即结束任职：登录角色和结对同日结束。"


class OfTownship(TownshipFilter):
    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        code = self.value()
        return (
            queryset.filter(Q(grid__code__startswith=code) | Q(village__code__startswith=code))
            if code
            else queryset
        )


@admin.register(Posting)
class PostingAdmin(ActionAdmin):
    view_permission = Permission.AREA_VIEW
    change_permission = Permission.POSTING_MANAGE
    form = PostingForm
    list_display = ("name", "role", "place", "phone", "origin", "user", "starts_on", "ends_on")
    list_filter = (RunningFilter, "role", "origin", OfTownship)
    list_select_related = ("grid", "village", "user")
    search_fields = ("name__contains", "phone__startswith", "grid__name__contains", "village__name__contains")
    search_help_text = "按姓名、电话、网格或村居名称查找。"
    ordering = ("-starts_on", "-pk")
    autocomplete_fields = ("grid", "village", "user")

    @admin.display(description="网格或村居")
    def place(self, posting: Posting) -> str:
        return str(posting.grid or posting.village)

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "village":
            kwargs["queryset"] = Area.objects.visible_to(request.user).villages()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        person = ("name", "phone", "origin", "user", "starts_on", "ends_on")
        return (
            ("role", "grid" if obj.grid_id else "village", *person)
            if obj
            else ("role", "grid", "village", *person)
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        settled = ["role", "grid", "village", "starts_on"]
        return (
            *settled,
            *(["user"] if obj.stored.user_id else []),
            *(["ends_on"] if obj.stored.ends_on else []),
        )

    def perform(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> Posting:
        who = {"by": request.user, "on": timezone.localdate()}
        data = form.cleaned_data
        if not change:
            return actions.appoint(**data, **who)
        person = {name: data[name] for name in ("name", "phone", "origin")}
        posting = actions.amend_posting(posting=obj, **person, **who)
        if data.get("user"):
            posting = actions.give_account(posting=obj, user=data["user"], **who)
        if data.get("ends_on"):
            posting = actions.end_posting(posting=obj, ends_on=data["ends_on"], **who)
        return posting


class PairingForm(ByActionForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.fields["starts_on"].initial = timezone.localdate()
        elif "ends_on" in self.fields:
            self.fields["ends_on"].required = True


@admin.register(Pairing)
class PairingAdmin(ActionAdmin):
    """Streets pair their people, and so do institutions theirs."""

    view_permission = Permission.AREA_VIEW
    change_permission = Permission.POSTING_MANAGE
    form = PairingForm
    list_display = ("level", "user", "institution", "posting", "place", "starts_on", "ends_on")
    list_filter = (RunningFilter, "level")
    list_select_related = ("user__institution", "posting__grid", "posting__village")
    search_fields = ("user__name__contains", "posting__name__contains", "posting__grid__name__contains")
    search_help_text = "按双方姓名或网格名称查找。"
    ordering = ("-starts_on", "-pk")
    autocomplete_fields = ("user", "posting")

    def _may_change(self, request: HttpRequest) -> bool:
        return super()._may_change(request) or may(request.user, Permission.TEAM_MANAGE)

    @admin.display(description="机构")
    def institution(self, pairing: Pairing) -> Any:
        return pairing.user.institution

    @admin.display(description="网格或村居")
    def place(self, pairing: Pairing) -> str:
        return str(pairing.posting.grid or pairing.posting.village)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        agreed = ("level", "user", "posting", "starts_on")
        return (*agreed, "ends_on") if obj else agreed

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("level", "user", "posting", "starts_on") if obj else ()

    def perform(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> Pairing:
        who = {"by": request.user, "on": timezone.localdate()}
        if change:
            return actions.unpair(pairing=obj, ends_on=form.cleaned_data["ends_on"], **who)
        return actions.pair(**form.cleaned_data, **who)
