"""Teams as doctors, streets and grid people look them up: who they are, what they lack, which grids they cover."""

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.refusals import Refusal, show_on
from core.sheets import Column, xlsx_response
from grids.forms import TeamFilter
from grids.queries.coverage import covered_grids, grid_counts, grid_loads, teams_shown
from teams.access import Permission, needs
from teams.models import Institution
from teams.policy import policy_on
from teams.queries import TeamState, member_board, specialist_loads, steward_findings, team_states

PAGE_SIZE = 50


@require_safe
@needs(Permission.TEAM_VIEW)
def team_list(request: HttpRequest) -> HttpResponse:
    """Teams at work today with what they lack (S0-17, S3-3)."""
    today = timezone.localdate()
    teams = teams_shown(request.user, on=today)
    institutions = Institution.objects.filter(pk__in=teams.values("institution")).order_by("code")
    form = TeamFilter(request.GET, institutions=institutions)
    if form.is_valid():
        wanted = form.cleaned_data
        if wanted["q"]:
            teams = teams.filter(Q(name__contains=wanted["q"]) | Q(institution__name__contains=wanted["q"]))
        if wanted["institution"]:
            teams = teams.filter(institution=wanted["institution"])
    policy = policy_on(today)
    states = team_states(teams.order_by("institution__code", "name", "pk"), on=today, policy=policy)
    troubled = sum(bool(one.findings) for one in states)
    if form.is_valid() and form.cleaned_data["trouble"]:
        states = [one for one in states if one.findings]
    if "export" in request.GET:
        try:
            return _sheet(states, request.user.name)
        except Refusal as refusal:
            show_on(form, refusal)
    page = Paginator(states, PAGE_SIZE).get_page(request.GET.get("page"))
    counts = grid_counts([one.team.pk for one in page], on=today)
    params = request.GET.copy()
    params.pop("page", None)
    return render(
        request,
        "teams/team_list.html",
        {
            "form": form,
            "page": page,
            "rows": [(one, counts.get(one.team.pk, 0)) for one in page],
            "troubled": troubled,
            "stewards": steward_findings(
                Institution.objects.visible_to(request.user), on=today, policy=policy
            ),
            "query": params.urlencode(),
            "pages_address": f"?{params.urlencode()}&",
            "on": today,
        },
    )


def _sheet(states: list[TeamState], made_by: str) -> HttpResponse:
    counts = grid_counts([one.team.pk for one in states], on=timezone.localdate())
    columns = [
        Column("机构", 30), Column("团队", 22), Column("团队长", 12), Column("服务电话", 16),
        Column("成员数", 9, "number"), Column("上级下派", 9, "number"), Column("负责网格", 9, "number"),
        Column("存在问题", 60),
    ]  # fmt: skip
    rows = (
        (
            one.team.institution.name, one.team.name, one.leader.name if one.leader else "", one.team.phone,
            one.members, one.dispatched, counts.get(one.team.pk, 0),
            "".join(finding.sentence for finding in one.findings),
        )
        for one in states
    )  # fmt: skip
    return xlsx_response("家庭医生团队", columns, rows, made_by=made_by, made_at=timezone.localtime())


@require_safe
@needs(Permission.TEAM_VIEW)
def team_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One team: members with tier, duty and phone, what it lacks, and its grids."""
    today = timezone.localdate()
    shown = teams_shown(request.user, on=today)
    team = get_object_or_404(shown.select_related("institution"), pk=pk)
    (state,) = team_states(shown.filter(pk=team.pk), on=today, policy=policy_on(today))
    return render(
        request,
        "teams/team_detail.html",
        {
            "team": team,
            "state": state,
            "members": member_board(team, on=today),
            "grids": covered_grids(team, on=today),
            "on": today,
        },
    )


@require_safe
@needs(Permission.TEAM_VIEW)
def specialists(request: HttpRequest) -> HttpResponse:
    """Specialists sent down, with everything each of them carries (S0-18)."""
    today = timezone.localdate()
    loads = specialist_loads(teams_shown(request.user, on=today), on=today)
    page = Paginator(loads, PAGE_SIZE).get_page(request.GET.get("page"))
    grids = grid_loads({one.user.pk: one.teams for one in page}, on=today)
    return render(
        request,
        "teams/specialists.html",
        {"page": page, "rows": [(one, grids[one.user.pk]) for one in page], "on": today},
    )
