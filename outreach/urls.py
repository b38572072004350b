from django.urls import path

from outreach import mobile

urlpatterns = [
    path("g/", mobile.home, name="grid-home"),
    path("g/large-type/", mobile.large_type, name="grid-large-type"),
]
