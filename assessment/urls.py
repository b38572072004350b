from django.urls import path

from assessment import views

urlpatterns = [
    path("desk/coverage/", views.coverage_page, name="coverage"),
    path("desk/coverage/export/", views.coverage_export, name="coverage-export"),
]
