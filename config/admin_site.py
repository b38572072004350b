"""The management site: our names, our menu groups, and entry by role instead of ``is_staff``."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from config.dashboard import tiles_for
from core.calendar import missing_years
from teams.access import Permission, may

# The whole menu. A model that is not named here has no page in the management site (held by a test).
MENU: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "机构与团队",
        (
            "teams.Institution",
            "teams.Department",
            "teams.User",
            "teams.RoleAssignment",
            "teams.Team",
            "teams.TeamMembership",
        ),
    ),
    (
        "区域与网格",
        (
            "grids.Area",
            "grids.Grid",
            "grids.Building",
            "grids.Dwelling",
            "grids.Organization",
            "grids.Posting",
            "grids.Pairing",
            "grids.GridResponsibility",
        ),
    ),
    ("居民", ("residents.RosterImport", "residents.RiskScheme")),
    (
        "签约",
        (
            "contracts.Agreement",
            "contracts.ServicePackage",
            "contracts.ServiceItem",
            "contracts.FulfilmentStandard",
            "contracts.HomeCareLabel",
            "contracts.AgreementTemplate",
        ),
    ),
    ("履约与随访", ("care.RuleTable", "care.PointRule", "care.PointGoods")),
    ("网格人员", ("outreach.PersonnelChange", "outreach.SentinelLeave", "outreach.Evaluation")),
    ("公开与宣传", ("outreach.SeasonEntry", "outreach.NewTechnique", "outreach.PolicyNotice")),
    (
        "系统与日志",
        (
            "core.PolicySetting",
            "core.JobRun",
            "outreach.DigestDelivery",
            "core.WorkDay",
            "core.ReadLog",
            "teams.LoginRecord",
        ),
    ),
)


class FdcsAdminSite(admin.AdminSite):
    site_header = "家庭医生签约服务管理端"
    site_title = "家庭医生签约服务管理端"
    index_title = "工作台"
    enable_nav_sidebar = False  # templates/admin/base_site.html draws the menu of the whole site

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and may(request.user, Permission.ADMIN_SITE)

    def admin_view(self, view: Callable, cacheable: bool = False) -> Callable:
        """Somebody signed in without the permission is told so (403) instead of being asked to sign in again."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied
            return inner(request, *args, **kwargs)

        return checked

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict]:
        """Menu groups instead of apps; an app's own page shows its models in the order of the menu."""
        apps = self._build_app_dict(request, app_label)
        found = {one["model"]._meta.label: one for app in apps.values() for one in app["models"]}
        groups = [
            {
                "name": title,
                "app_label": app_label or "",
                "models": [found[label] for label in labels if label in found],
            }
            for title, labels in MENU
        ]
        return [group for group in groups if group["models"]]

    def get_urls(self) -> list[Any]:
        """Without Django's "view on site": nothing here has such an address, and it would look rows up unscoped."""
        return [one for one in super().get_urls() if getattr(one, "name", None) != "view_on_site"]

    def index(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        today = timezone.localdate()
        extra = {
            "on": today,
            "tiles": tiles_for(request.user, today),
            "missing_years": missing_years(today),
            "may_keep_calendar": may(request.user, Permission.POLICY_MANAGE),
        }
        return super().index(request, extra | (extra_context or {}))

    @login_not_required
    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """There is one sign-in page for everybody."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def logout(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("logout"), preserve_request=True)

    def password_change(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("password-change"))

    password_change_done = password_change
