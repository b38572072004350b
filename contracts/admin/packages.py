"""Management pages of services and packages: the district's by the bureau, an institution's own by its steward."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from contracts.actions import keep_package, set_contents
from contracts.actions.packages import Row
from contracts.admin.items import OwnedAdmin
from contracts.admin.package_verbs import VERBS, PackageState, answer_verb, state_of
from contracts.models import PackageItem, ServiceItem, ServicePackage
from contracts.queries.packages import whom
from residents.choices import Population, RiskColor
from teams.access import Permission, scope_of
from teams.admin_actions import ActionInline, ByActionForm

HEAD = ("name", "code", "version", "owner", "kind", "tier", "intro")
WHOM = ("populations", "is_suggested", "elder_colors", "cardio_colors", "course_days")
PRICE = (
    "price_yuan", "discount_yuan", "fund_yuan", "insurance_yuan", "individual_yuan", "is_fixed_price",
    "waives_registration_fee",
)  # fmt: skip
READ = ("words", "suits")  # in place of the fields, where they cannot be changed


class ContentForm(forms.ModelForm):
    """One service of the package; the row's number decides its place."""

    class Meta:
        model = PackageItem
        fields = ("position", "item", "frequency", "times", "is_required", "is_first_week")


class ContentInline(ActionInline):
    """What stands in the package. All rows are kept by one action, which also writes the printed wording."""

    model = PackageItem
    form = ContentForm
    view_permission = Permission.AGREEMENT_VIEW
    change_permission = Permission.PACKAGE_MANAGE
    extra = 3
    can_delete = True
    verbose_name_plural = "服务内容（保存后按此生成协议书上的文字）"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).in_order()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_write(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_write(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_write(request, obj)

    def _may_write(self, request: HttpRequest, package: ServicePackage | None) -> bool:
        """Not in a signed version, and not in somebody else's package."""
        if getattr(package, "used", False):
            return False
        page = self.admin_site.get_model_admin(ServicePackage)
        return page.has_change_permission(request, package)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name != "item":
            return super().formfield_for_foreignkey(db_field, request, **kwargs)
        package = request.resolver_match.kwargs.get("object_id") if request.resolver_match else None
        standing = PackageItem.objects.visible_to(request.user).filter(package=package).values("item")
        kwargs["queryset"] = (
            ServiceItem.objects.visible_to(request.user)
            .filter(Q(is_enabled=True) | Q(pk__in=standing))
            .order_by("pk")
        )
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        field.choices = list(field.choices)  # read once for all rows of the page
        return field


class PackageForm(ByActionForm):
    """Populations and colors as ticks instead of comma-separated codes."""

    populations = forms.MultipleChoiceField(
        label="适用人群",
        choices=Population,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="都不选则适用于所有人。",
    )
    elder_colors = forms.MultipleChoiceField(
        label="老年人分级", choices=RiskColor, required=False, widget=forms.CheckboxSelectMultiple,
        help_text="只适用于这些颜色的老年人；都不选不限。",
    )  # fmt: skip
    cardio_colors = forms.MultipleChoiceField(
        label="心血管风险分级", choices=RiskColor, required=False, widget=forms.CheckboxSelectMultiple,
        help_text="只适用于这些颜色的三高患者；都不选不限。",
    )  # fmt: skip


class OfferFilter(admin.SimpleListFilter):
    """Where a version stands in its life."""

    title = "状态"
    parameter_name = "offer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("offered", "正在选用"), ("draft", "草稿")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "offered":
            return queryset.offered_on(timezone.localdate())
        if self.value() == "draft":
            return queryset.filter(is_enabled=False, used=False, valid_from__isnull=True)
        return queryset


@admin.register(ServicePackage)
class ServicePackageAdmin(OwnedAdmin):
    """A version that was signed once keeps its wording; a change is a new version, published with a first day."""

    form = PackageForm
    inlines = (ContentInline,)
    change_form_template = "admin/contracts/servicepackage/change_form.html"
    list_display = (
        "name",
        "version",
        "whose",
        "kind",
        "tier",
        "price_yuan",
        "state",
        "valid_from",
        "is_signed",
    )
    list_filter = (OfferFilter, "kind", "tier")
    list_select_related = ("owner",)
    search_fields = ("name", "code")
    search_help_text = "按名称或编码查找。"
    ordering = ("kind", "tier", "code", "-version")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        seen = ServicePackage.objects.visible_to(request.user)
        now = seen.offered_on(timezone.localdate()).filter(pk=OuterRef("pk"))
        return super().get_queryset(request).with_use().annotate(is_offered=Exists(now))

    def get_fieldsets(self, request: HttpRequest, obj: ServicePackage | None = None) -> list:
        head = HEAD if obj else tuple(one for one in HEAD if one != "version")
        is_read = obj is not None and (
            getattr(obj, "used", False) or not self.has_change_permission(request, obj)
        )
        shown = ("words", "suits", "is_suggested") if is_read else WHOM
        return [
            (None, {"fields": head}),
            ("适用", {"fields": shown}),
            ("价格和承担", {"fields": PRICE}),
            ("其他", {"fields": ("labels", "valid_from", "valid_until", "source", "remark")}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: ServicePackage | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("valid_from",)
        if not getattr(obj, "used", False):
            return ("code", "version", "owner", "valid_from", *READ)
        return (*HEAD, *PRICE, *READ, "valid_from")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["widget"] = forms.CheckboxSelectMultiple()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.display(description="协议书上的文字")
    def words(self, package: ServicePackage) -> str:
        return package.items

    @admin.display(description="适用人群")
    def suits(self, package: ServicePackage) -> str:
        return whom(package)

    @admin.display(description="状态")
    def state(self, package: Any) -> str:
        return str(state_of(package, timezone.localdate()).value)

    @admin.display(description="已有协议使用", boolean=True)
    def is_signed(self, package: ServicePackage) -> bool:
        return bool(getattr(package, "used", False))

    def perform(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> ServicePackage:
        return keep_package(package=obj, by=request.user, on=timezone.localdate())

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """All rows in one call, in the order of their numbers."""
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        if getattr(form.instance, "used", False) or not formset.has_changed():
            return
        kept = [
            row.cleaned_data
            for row in formset.forms
            if row.cleaned_data.get("item") and not row.cleaned_data.get("DELETE")
        ]
        kept.sort(key=lambda row: row["position"])
        names = ("item", "frequency", "times", "is_required", "is_first_week")
        set_contents(
            package=form.instance,
            rows=[Row(**{name: row[name] for name in names}) for row in kept],
            by=request.user,
            on=timezone.localdate(),
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        package = self.get_object(request, object_id)
        if package is not None:
            extra_context = (extra_context or {}) | self._story(request, package)
        return super().change_view(request, object_id, form_url, extra_context)

    def _story(self, request: HttpRequest, package: Any) -> dict[str, Any]:
        today = timezone.localdate()
        state = state_of(package, today)
        return {
            "state": state.value,
            "is_used": package.used,
            "may_write": self.has_change_permission(request, package),
            "may_publish": state in (PackageState.DRAFT, PackageState.WITHDRAWN),
            "may_withdraw": package.is_enabled,
            "own": scope_of(request.user).institutions,
        }

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(f"<int:pk>/{verb}/", self._verb_view(verb), name=f"contracts_servicepackage_{verb}")
            for verb in VERBS
        ]
        return own + super().get_urls()

    def _verb_view(self, verb: str) -> Any:
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            package = self.get_queryset(request).filter(pk=pk).first()
            if package is None:
                raise Http404
            # Copying is reading the one and making another; everything else changes the package itself.
            asked = None if verb == "copy" else package
            if not self.has_change_permission(request, asked):
                raise PermissionDenied
            return answer_verb(self, request, package, verb)

        return self.admin_site.admin_view(view)
