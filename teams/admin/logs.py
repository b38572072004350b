"""Read-only pages of the logs, for auditors: who signed in, and who looked at whom."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from core.models import ReadLog
from teams.access import Permission
from teams.admin_base import ScopedAdmin
from teams.models import LoginRecord, User

# The log keeps codes; an auditor reads names. By URL name, of every page that shows persons.
SUBJECTS = {"resident": "居民"}
PAGES = {
    "home": "首页",
    "resident-list": "居民列表",
    "resident-search": "居民列表（查找）",
    "resident-find": "查找居民",
    "resident-create": "登记居民",
    "resident-detail": "居民详情",
    "resident-edit": "修改登记信息",
    "resident-number": "更正证件号码",
    "resident-status": "变更居民状态",
    "resident-confirm": "核实居民",
    "resident-reveal": "查看明文",
    "resident-move": "迁户",
    "resident-agreements": "居民的协议",
    "flag-add": "登记人群标识",
    "flag-end": "取消人群标识",
    "guardian-add": "登记监护人",
    "guardian-end": "结束监护",
    "household-list": "家庭列表",
    "household-detail": "家庭详情",
    "household-head": "变更户主",
    "roster-upload": "花名册上传",
    "roster-template": "花名册模板",
    "roster-preview": "花名册核对",
    "roster-apply": "花名册导入",
    "roster-cancel": "花名册取消",
    "roster-errors": "花名册错误行",
    "agreement-list": "协议列表",
    "agreement-detail": "协议详情",
    "agreement-sign": "签约",
    "agreement-signature": "协议签名",
    "agreement-print": "打印协议",
    "agreement-terminate": "解约",
}


@admin.register(LoginRecord)
class LoginRecordAdmin(ScopedAdmin):
    view_permission = Permission.AUDIT_VIEW
    list_display = ("at", "username", "user", "outcome", "by", "ip", "agent")
    list_filter = ("outcome", ("at", admin.DateFieldListFilter))
    list_select_related = ("user", "by")
    search_fields = ("username__startswith", "user__name__contains", "ip__startswith")
    search_help_text = "按登录名、姓名或 IP 地址查找。"
    ordering = ("-at", "-pk")
    fields = ("at", "username", "user", "outcome", "by", "ip", "agent")


@admin.register(ReadLog)
class ReadLogAdmin(ScopedAdmin):
    """Rows of people in one's scope. The log keeps ids, so a person is found by his number in the system."""

    view_permission = Permission.AUDIT_VIEW
    list_display = ("at", "user_name", "action", "subject_name", "count", "reason", "page_name", "ip")
    list_filter = ("action", ("at", admin.DateFieldListFilter))
    search_fields = ("user_name__startswith",)
    search_help_text = "按登录名查找；输入数字则查找谁看过该编号的对象。"
    ordering = ("-at", "-pk")
    fields = readonly_fields = (
        "at",
        "user_name",
        "ip",
        "action",
        "subject_name",
        "subject_ids",
        "reason",
        "page_name",
    )
    is_scoped = False  # by hand below: the log has no foreign key, it outlives what it speaks of

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return (
            super()
            .get_queryset(request)
            .filter(user_id__in=User.objects.visible_to(request.user).values("pk"))
        )

    def get_search_results(self, request: HttpRequest, queryset: models.QuerySet, search_term: str) -> tuple:
        if search_term.isascii() and search_term.isdigit() and len(search_term) < 18:
            return queryset.filter(subject_ids__contains=[int(search_term)]), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description="人数")
    def count(self, row: Any) -> int:
        return len(row.subject_ids)

    @admin.display(description="对象类别", ordering="subject")
    def subject_name(self, row: Any) -> str:
        return SUBJECTS.get(row.subject, row.subject)

    @admin.display(description="页面", ordering="page")
    def page_name(self, row: Any) -> str:
        return PAGES.get(row.page, row.page)
