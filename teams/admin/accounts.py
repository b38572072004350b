"""Management pages of people and their roles."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from core.addresses import Visitor
from core.refusals import Refusal
from teams import actions, second_factor
from teams.access import Permission, scope_of
from teams.admin.places import RunningFilter
from teams.admin_actions import ActionAdmin, ByActionForm
from teams.admin_base import ScopedInline
from teams.choices import AREA_ROLES, INSTITUTION_ROLES, POSTED_ROLES, Role
from teams.models import RoleAssignment, User

# Their stock pages show secret keys, or rights that nothing here reads.
for _model in (Group, StaticDevice, TOTPDevice):
    admin.site.unregister(_model)

ASSIGNABLE = [("", "---------")] + [
    (one.value, one.label) for one in AREA_ROLES + INSTITUTION_ROLES if one not in POSTED_ROLES
]
POSTED_HELP = "网格长、健康哨兵、社区健康管家不在这里任命：请在“网格与社区任职”登记，角色随任职生效。"


def area_in_scope(code: str, areas: tuple[str, ...]) -> str:
    """The code, if it lies in one's own areas.

    Raises:
        ValidationError: it does not.
    """
    if code and not code.startswith(areas):
        raise forms.ValidationError(f"{code} 不在您的管辖区划内，请填 {'、'.join(areas)} 及其下级的代码。")
    return code


class PersonForm(ByActionForm):
    """A person; with the first role as well when he is new, or nobody would see him in any list."""

    areas: tuple[str, ...] = ()
    role = forms.ChoiceField(label="角色", choices=ASSIGNABLE, required=False, help_text=POSTED_HELP)
    area_code = RoleAssignment._meta.get_field("area_code").formfield(
        required=False, help_text="区域类角色填写，如区 6 位、镇街 9 位代码；机构类角色不填，以所属机构为准。"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "is_active" in self.fields:
            self.fields[
                "is_active"
            ].help_text = "取消勾选即停用：不能再登录，正在进行的登录立即结束；记录都保留。"

    def clean_area_code(self) -> str:
        return area_in_scope(self.cleaned_data["area_code"], self.areas)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.instance.pk is None and not data.get("institution") and not data.get("role"):
            self.add_error("institution", "请选择所属机构；没有所属机构的，请在下面任命一个区域类角色。")
        department, institution = data.get("department"), data.get("institution")
        if department and department.institution_id != getattr(institution, "pk", None):
            self.add_error("department", f"“{department}”不是所属机构的科室，请重新选择。")
        return data


class RoleInline(ScopedInline):
    """The roles a person holds or held; they are given on their own page."""

    model = RoleAssignment
    view_permission = Permission.TEAM_VIEW
    fields = readonly_fields = ("role", "institution", "area_code", "starts_on", "ends_on")
    verbose_name_plural = "角色任命"
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("institution").order_by("-starts_on", "-pk")


@admin.register(User)
class UserAdmin(ActionAdmin):
    view_permission = Permission.TEAM_VIEW
    change_permission = Permission.ACCOUNT_MANAGE
    form = PersonForm
    list_display = ("name", "username", "institution", "profession", "title", "is_active", "last_login")
    list_filter = ("is_active", "profession", ("institution", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("institution",)
    search_fields = ("name__contains", "username__startswith", "phone__startswith")
    search_help_text = "按姓名、登录名或电话查找。"
    ordering = ("institution__code", "name", "pk")
    autocomplete_fields = ("institution", "department")
    inlines = (RoleInline,)
    change_form_template = "admin/teams/user/change_form.html"
    person_fields = ("phone", "wechat", "institution", "department", "profession", "title", "specialty")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.areas = scope_of(request.user).areas
        return form

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> list:
        if obj is None:
            return [
                ("人员", {"fields": ("username", "name", *self.person_fields)}),
                ("首个角色", {"fields": ("role", "area_code")}),
            ]
        shown = ("last_login", "password_changed_at", "password_state", "code_state")
        return [
            ("人员", {"fields": ("username", "name", *self.person_fields)}),
            ("账号", {"fields": ("is_active", *shown)}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        settled = ("username", "last_login", "password_changed_at", "password_state", "code_state")
        return settled if obj else ()

    def get_inlines(self, request: HttpRequest, obj: User | None) -> tuple:
        return self.inlines if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Not an account that reaches further than one's own: that would be a way to climb."""
        if not super().has_change_permission(request, obj):
            return False
        return obj is None or not _reaches_further(obj, request.user)

    @admin.display(description="密码状态")
    def password_state(self, person: User) -> str:
        return "初始密码，下次登录须修改" if person.must_change_password else "本人已设置"

    @admin.display(description="动态口令")
    def code_state(self, person: User) -> str:
        return "已启用" if second_factor.phone_of(person) else "未启用"

    def get_search_results(self, request: HttpRequest, queryset: models.QuerySet, search_term: str) -> tuple:
        """Choosing a team member also offers the staff of institutions that send specialists down."""
        asked = (request.GET.get("model_name"), request.GET.get("field_name"))
        if request.path == reverse("admin:autocomplete") and asked == ("teammembership", "user"):
            queryset = User.objects.recruitable_by(request.user).order_by(*self.ordering)
        return super().get_search_results(request, queryset, search_term)

    @sensitive_variables()
    def perform(self, request: HttpRequest, obj: User, form: Any, change: bool) -> User:
        visitor = Visitor.of(request)
        if change:
            actions.change_person(person=obj, fields=form.changed_data, by=request.user, visitor=visitor)
            return obj
        now = timezone.now()
        today = timezone.localdate(now)
        request.first_password = actions.add_person(  # type: ignore[attr-defined]
            person=obj, by=request.user, on=today, at=now, visitor=visitor
        )
        if role := form.cleaned_data["role"]:
            own = obj.institution if role in INSTITUTION_ROLES else None
            code = form.cleaned_data["area_code"]
            actions.assign_role(
                user=obj, role=Role(role), institution=own, area_code=code, starts_on=today, by=request.user, on=today
            )  # fmt: skip
        return obj

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: Any = None) -> HttpResponse:
        return _password_page(self, request, obj, request.first_password)  # type: ignore[attr-defined]

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(f"<int:pk>/{verb}/", self._verb_view(verb), name=f"teams_user_{verb.replace('-', '_')}")
            for verb in VERBS
        ]
        return own + super().get_urls()

    def _verb_view(self, verb: str) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            person = self.get_queryset(request).filter(pk=pk).first()
            if person is None:
                raise Http404
            if not self.has_change_permission(request, person):
                raise PermissionDenied
            return _do_verb(self, request, person, verb)

        return self.admin_site.admin_view(view)


def _reaches_further(person: User, than: User) -> bool:
    """Whether the person holds, or will hold, a role outside the other's scope."""
    today = timezone.localdate()
    standing = person.role_assignments.filter(models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=today))
    return standing.exclude(pk__in=RoleAssignment.objects.visible_to(than).values("pk")).exists()


# verb -> (button, what the page asks before it is done)
VERBS = {
    "reset-password": (
        "重置密码",
        "原密码立即失效，此人的登录全部结束。新的初始密码只显示一次，请当面或电话告知本人。",
    ),
    "unlock": ("解除锁定", "清除此人的登录失败次数，可以立即再试。请先核实确是本人。"),
    "end-sessions": ("结束全部登录", "此人在所有设备上的登录立即结束，须重新登录。"),
    "reset-code": (
        "重置动态口令",
        "用于手机丢失或更换：原手机和备用码失效，登录全部结束，下次登录重新启用。请先核实确是本人。",
    ),
}


@sensitive_variables()
def _do_verb(page: UserAdmin, request: HttpRequest, person: User, verb: str) -> HttpResponse:
    """Ask on GET; on POST do it and go back to the person."""
    label, question = VERBS[verb]
    address = reverse("admin:teams_user_change", args=[person.pk])
    if request.method != "POST":
        context = page.admin_site.each_context(request) | {
            "title": f"{label}：{person.name}",
            "question": question,
            "label": label,
            "back": address,
            "person": person,
        }
        return TemplateResponse(request, "admin/teams/user/verb.html", context)
    now, visitor = timezone.now(), Visitor.of(request)
    try:
        if verb == "reset-password":
            password = actions.reset_password(
                user=person, by=request.user, on=timezone.localdate(now), at=now, visitor=visitor
            )
            return _password_page(page, request, person, password)
        plain = {
            "unlock": actions.unlock,
            "end-sessions": actions.end_sessions,
            "reset-code": actions.reset_second_factor,
        }
        plain[verb](user=person, by=request.user, visitor=visitor)
        messages.success(request, f"已办理：{label}（{person.name}）。")
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect(address)


@sensitive_variables()
def _password_page(page: UserAdmin, request: HttpRequest, person: User, password: str) -> HttpResponse:
    """The first password, straight in the answer: shown once, kept nowhere."""
    context = page.admin_site.each_context(request) | {
        "title": f"初始密码：{person.name}",
        "person": person,
        "password": password,
    }
    return TemplateResponse(
        request, "admin/teams/user/first_password.html", context, headers={"Cache-Control": "no-store"}
    )


class RoleForm(ByActionForm):
    areas: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.fields["role"] = forms.ChoiceField(label="角色", choices=ASSIGNABLE, help_text=POSTED_HELP)
            self.fields["starts_on"].initial = timezone.localdate()

    def clean_area_code(self) -> str:
        return area_in_scope(self.cleaned_data["area_code"], self.areas)


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(ActionAdmin):
    """Given here; afterwards only its last day may be changed."""

    view_permission = change_permission = Permission.ACCOUNT_MANAGE
    form = RoleForm
    list_display = ("user", "role", "institution", "area_code", "starts_on", "ends_on")
    list_filter = (RunningFilter, "role")
    list_select_related = ("user", "institution")
    search_fields = ("user__name__contains", "institution__name__contains", "area_code__startswith")
    search_help_text = "按姓名、机构名称或区划编码查找。"
    ordering = ("-starts_on", "-pk")
    autocomplete_fields = ("user", "institution")
    fields = ("user", "role", "institution", "area_code", "starts_on", "ends_on")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.areas = scope_of(request.user).areas
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields[:-1] if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_posted = obj is not None and obj.role in POSTED_ROLES
        return super().has_change_permission(request, obj) and not is_posted

    def perform(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> RoleAssignment:
        today = timezone.localdate()
        data = form.cleaned_data
        if change:
            return actions.end_role(assignment=obj, ends_on=data["ends_on"], by=request.user, on=today)
        return actions.assign_role(**data | {"role": Role(data["role"])}, by=request.user, on=today)
