"""What every page of the management site obeys: rows by ``visible_to``, verbs by ``may``, never a delete button."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import Http404, HttpRequest

from teams.access import Permission, may


class Scoped:
    """What pages and the rows inside them share.

    Attributes:
        view_permission: who may look.
        change_permission: who may add and change; None makes the page read-only for everybody.
        is_scoped: False only for code tables that hold nothing personal.
    """

    view_permission: Permission
    change_permission: Permission | None = None
    is_scoped = True

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request)
        return rows.visible_to(request.user) if self.is_scoped else rows

    def _may_change(self, request: HttpRequest) -> bool:
        return self.change_permission is not None and may(request.user, self.change_permission)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request.user, self.view_permission) or self._may_change(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_change(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_change(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """A foreign key offers, and accepts, only rows inside the person's scope."""
        manager = db_field.remote_field.model._default_manager
        if "queryset" not in kwargs and hasattr(manager, "visible_to"):
            kwargs["queryset"] = manager.visible_to(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class ScopedAdmin(Scoped, admin.ModelAdmin):
    """Base of all management pages."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    save_on_top = False
    actions_selection_counter = True

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> None:
        """Out of scope is 404, as everywhere; Django would answer with a redirect."""
        raise Http404


class ScopedInline(Scoped, admin.TabularInline):
    """Base of all rows inside a management page."""

    extra = 0
    can_delete = False
