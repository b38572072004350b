"""First page, search, agreements."""

from django.urls import URLPattern, path

from contracts.views import agreements, find, home, signing

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("residents/find/", find.resident_find, name="resident-find"),
    path("residents/<int:pk>/agreements/", find.resident_agreements, name="resident-agreements"),
    path("agreements/", agreements.agreement_list, name="agreement-list"),
    path("agreements/sign/", signing.agreement_sign, name="agreement-sign"),
    path("agreements/<int:pk>/", agreements.agreement_show, name="agreement-detail"),
    path("agreements/<int:pk>/print/", agreements.agreement_print, name="agreement-print"),
    path("agreements/<int:pk>/terminate/", agreements.agreement_terminate, name="agreement-terminate"),
    path(
        "agreements/<int:pk>/signatures/<int:signature>/",
        agreements.agreement_signature,
        name="agreement-signature",
    ),
]
