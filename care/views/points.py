"""Points of a person or a household, the catalogue, the ranking (S4-16)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from care.actions.redeeming import join_ranking
from care.choices import PointsPool
from care.forms.points import RankingFilter
from care.models import PointAccount, PointGoods
from care.policy import policy_on
from care.queries.points import goods_for, holding, pool_of, ranking, redemptions_of, rules_on, statement
from care.views.months import month_of, months_around
from core.readlog import log_read
from residents.models import Household, Resident
from teams.access import Permission, may, needs
from teams.models import Team


@require_safe
@needs(Permission.CARE_VIEW)
def points_account(request: HttpRequest, pk: int) -> HttpResponse:
    """A person's points; in a district with household pools those of his household."""
    people = Resident.objects.visible_to(request.user).select_related("household")
    person = get_object_or_404(people, pk=pk)
    log_read(request, "resident", [person.pk])
    home = pool_of(person, policy_on(timezone.localdate()).points_pool)
    return _account(request, person=person, home=home)


@require_safe
@needs(Permission.CARE_VIEW)
def points_household(request: HttpRequest, pk: int) -> HttpResponse:
    home = get_object_or_404(Household.objects.visible_to(request.user), pk=pk)
    members = home.members.unmerged().values_list("pk", flat=True)
    log_read(request, "resident", members)
    return _account(request, person=None, home=home)


def _account(request: HttpRequest, *, person: Resident | None, home: Household | None) -> HttpResponse:
    today = timezone.localdate()
    policy = policy_on(today)
    whose = {"household": home} if home else {"resident": person}
    held = holding(**whose, on=today, valid_years=policy.points_valid_years)
    month = month_of(request.GET.get("month", ""), today)
    before, after = months_around(month, today)
    manages = may(request.user, Permission.POINTS_MANAGE)
    context: dict[str, Any] = {
        "person": person,
        "home": home,
        "held": held,
        "policy": policy,
        "is_off": policy.points_pool == PointsPool.NONE,
        "worth": held.balance * policy.point_value_yuan,
        "month": month,
        "month_before": before,
        "month_after": after,
        "statement": statement(held.account, month) if held.account else None,
        "redemptions": redemptions_of(held.account) if held.account else [],
        "can_redeem": manages and held.account is not None,
        "can_rank": held.account is not None and (manages or may(request.user, Permission.CARE_RECORD)),
        "today": today,
    }
    return render(request, "care/points/account.html", context)


@require_POST
@needs(Permission.CARE_VIEW)
def points_ranked(request: HttpRequest, pk: int) -> HttpResponse:
    """The holder agreed to stand in the ranking under a masked name, or does not want to any more."""
    seen = PointAccount.objects.visible_to(request.user).own()
    account = get_object_or_404(seen, pk=pk)
    is_ranked = request.POST.get("ranked") == "yes"
    join_ranking(by=request.user, on=timezone.localdate(), account=account, is_ranked=is_ranked)
    messages.success(request, "已登记同意参加排行（姓名隐去）。" if is_ranked else "已退出排行。")
    if account.household_id:
        return redirect("points-household", pk=account.household_id)
    return redirect("points-account", pk=account.resident_id)


@require_safe
@needs(Permission.AGREEMENT_VIEW)
def points_goods(request: HttpRequest) -> HttpResponse:
    """What points are earned by, and what they are redeemed for."""
    today = timezone.localdate()
    policy = policy_on(today)
    context = {
        "goods": goods_for(PointGoods.objects.visible_to(request.user)),
        "rules": list(rules_on(today).values()),
        "policy": policy,
        "is_off": policy.points_pool == PointsPool.NONE,
        "is_pool": policy.points_pool == PointsPool.HOUSEHOLD,
    }
    return render(request, "care/points/goods.html", context)


@require_safe
@needs(Permission.FULFILMENT_VIEW)
def points_ranking(request: HttpRequest) -> HttpResponse:
    """Who earned most in a month by a team's services, masked, of those who agreed; small numbers are not shown."""
    today = timezone.localdate()
    month = month_of(request.GET.get("month", ""), today)
    teams = Team.objects.visible_to(request.user).active_on(today).order_by("name", "pk")
    first = teams.values_list("pk", flat=True).first()
    form = RankingFilter({"team": request.GET.get("team") or first or ""}, teams=teams)
    least = policy_on(today).points_ranking_least
    team = form.cleaned_data["team"] if form.is_valid() else None
    before, after = months_around(month, today)
    context = {
        "form": form,
        "team": team,
        "month": month,
        "month_before": before,
        "month_after": after,
        "ranking": ranking(team.pk, month, least=least) if team else None,
        "least": least,
    }
    return render(request, "care/points/ranking.html", context)
