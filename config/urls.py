"""The map of doors: which path belongs to which room."""

from django.contrib import admin
from django.urls import include, path

from config.health import healthz, readyz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("", include("teams.urls")),
    path("", include("grids.urls")),
    path("", include("residents.urls")),
    path("", include("contracts.urls")),
    path("", include("care.urls")),
    path("", include("outreach.urls")),
    path("", include("assessment.urls")),
    path("admin/", admin.site.urls),
]
