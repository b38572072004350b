"""The registry: residents, households, roster import."""

from django.urls import URLPattern, path

from residents.views import care, households, lists, people, roster

urlpatterns: list[URLPattern] = [
    path("residents/", lists.resident_list, name="resident-list"),
    path("residents/search/", lists.resident_search, name="resident-search"),
    path("residents/new/", people.resident_create, name="resident-create"),
    path("residents/<int:pk>/", people.resident_detail, name="resident-detail"),
    path("residents/<int:pk>/edit/", people.resident_edit, name="resident-edit"),
    path("residents/<int:pk>/number/", people.resident_number, name="resident-number"),
    path("residents/<int:pk>/status/", people.resident_status, name="resident-status"),
    path("residents/<int:pk>/confirm/", people.resident_confirm, name="resident-confirm"),
    path("residents/<int:pk>/reveal/", people.resident_reveal, name="resident-reveal"),
    path("residents/<int:pk>/household/", households.resident_move, name="resident-move"),
    path("residents/<int:pk>/guardians/new/", care.guardian_add, name="guardian-add"),
    path("residents/<int:pk>/flags/new/", care.flag_add, name="flag-add"),
    path("residents/guardians/<int:pk>/end/", care.guardian_end, name="guardian-end"),
    path("residents/flags/<int:pk>/end/", care.flag_end, name="flag-end"),
    path("households/", lists.household_list, name="household-list"),
    path("households/<int:pk>/", households.household_detail, name="household-detail"),
    path("households/<int:pk>/head/", households.household_head, name="household-head"),
    path("roster/", roster.roster_upload, name="roster-upload"),
    path("roster/template.xlsx", roster.roster_template, name="roster-template"),
    path("roster/<uuid:pk>/", roster.roster_preview, name="roster-preview"),
    path("roster/<uuid:pk>/apply/", roster.roster_apply, name="roster-apply"),
    path("roster/<uuid:pk>/cancel/", roster.roster_cancel, name="roster-cancel"),
    path("roster/<uuid:pk>/errors.xlsx", roster.roster_errors, name="roster-errors"),
]
