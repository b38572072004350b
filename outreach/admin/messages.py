"""How the channels are doing: counts only; whose messages they are stands nowhere here."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import timezone

from outreach.channels import available
from outreach.choices import DeliveryState
from outreach.models import DigestDelivery
from outreach.queries.inbox import channel_health
from teams.access import Permission
from teams.admin_base import ScopedAdmin

SHOWN = timedelta(days=7)


@admin.register(DigestDelivery)
class DigestDeliveryAdmin(ScopedAdmin):
    """One page for whoever keeps the installation running."""

    view_permission = Permission.JOB_MANAGE

    def get_urls(self) -> list[URLPattern]:
        """Rows have no page; nobody may add one."""
        kept = ("outreach_digestdelivery_changelist", "outreach_digestdelivery_add")
        return [one for one in super().get_urls() if one.name in kept]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        today = timezone.localdate()
        offered = {one.code for one in available()}
        context = self.admin_site.each_context(request) | {
            "title": "消息发送",
            "opts": self.opts,
            "since": today - SHOWN,
            "states": DeliveryState.choices,
            "rows": channel_health(since=today - SHOWN, offered=offered),
        }
        return TemplateResponse(request, "admin/outreach/channels.html", context)
