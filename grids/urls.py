"""Pages on places, and on the teams that cover them."""

from django.urls import URLPattern, path

from grids.views import gaps, teams

urlpatterns: list[URLPattern] = [
    path("grids/gaps/", gaps.gaps, name="grid-gaps"),
    path("teams/", teams.team_list, name="team-list"),
    path("teams/specialists/", teams.specialists, name="specialist-list"),
    path("teams/<int:pk>/", teams.team_detail, name="team-detail"),
]
