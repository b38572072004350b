from django.urls import path

from assessment import views

urlpatterns = [
    path("desk/coverage/", views.coverage_page, name="coverage"),
    path("desk/coverage/export/", views.coverage_export, name="coverage-export"),
    path("desk/coverage/populations/", views.coverage_populations, name="coverage-populations"),
    path(
        "desk/coverage/populations/export/",
        views.coverage_populations_export,
        name="coverage-populations-export",
    ),
]
