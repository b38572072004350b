"""First page, search, agreements."""

from django.urls import URLPattern, path

from contracts.views import agreements, find, home, packages, printing, signing

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("residents/find/", find.resident_find, name="resident-find"),
    path("residents/<int:pk>/agreements/", find.resident_agreements, name="resident-agreements"),
    path("packages/", packages.package_list, name="package-list"),
    path("packages/<int:pk>/", packages.package_show, name="package-detail"),
    path("agreements/", agreements.agreement_list, name="agreement-list"),
    path("agreements/sign/", signing.agreement_sign, name="agreement-sign"),
    path("agreements/<int:pk>/", agreements.agreement_show, name="agreement-detail"),
    path("agreements/<int:pk>/print/", printing.agreement_print, name="agreement-print"),
    path("agreements/<int:pk>/notice/", printing.agreement_notice, name="agreement-notice"),
    path("teams/<int:pk>/card/", printing.team_card, name="team-card"),
    path("teams/<int:pk>/letter/", printing.team_letter, name="team-letter"),
    path("agreements/<int:pk>/terminate/", agreements.agreement_terminate, name="agreement-terminate"),
    path(
        "agreements/<int:pk>/signatures/<int:signature>/",
        agreements.agreement_signature,
        name="agreement-signature",
    ),
]
