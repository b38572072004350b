"""The packages on offer, in plain words: a list by kind and tier, one package, both for paper as well."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from contracts.choices import PackageKind, ServiceTier
from contracts.forms import ShelfFilter
from contracts.models import ServicePackage
from contracts.policy import policy_on
from contracts.queries.packages import card, contents_of, shelves, standard_on, standing_promises
from contracts.rules.packages import Content, in_words
from residents.choices import RESTRICTED
from teams.access import Permission, may, needs


@require_safe
@needs(Permission.AGREEMENT_VIEW)
def package_list(request: HttpRequest) -> HttpResponse:
    """What may be signed today, kind by kind."""
    today = timezone.localdate()
    asked = ShelfFilter(request.GET)
    asked.is_valid()
    kind, tier = asked.cleaned_data.get("kind") or "", asked.cleaned_data.get("tier") or None
    found = shelves(
        request.user,
        on=today,
        kind=kind,
        tier=tier,
        sees_restricted=may(request.user, Permission.RESIDENT_RESTRICTED),
    )
    context = {
        "shelves": found,
        "count": sum(len(one.cards) for one in found),
        "kinds": PackageKind.choices,
        "tiers": ServiceTier.choices,
        "kind": kind,
        "tier": tier,
        "today": today,
        "promises": standing_promises(policy_on(today)),
        "standard": standard_on(today),
    }
    return render(request, "contracts/packages.html", context)


@require_safe
@needs(Permission.AGREEMENT_VIEW)
def package_show(request: HttpRequest, pk: int) -> HttpResponse:
    """One version of a package, also one that is no longer offered: agreements signed under it name it."""
    packages = ServicePackage.objects.visible_to(request.user).select_related("owner")
    if not may(request.user, Permission.RESIDENT_RESTRICTED):
        packages = packages.exclude(populations__overlap=[str(one) for one in RESTRICTED])
    package = get_object_or_404(packages, pk=pk)
    today = timezone.localdate()
    context: dict[str, Any] = {
        "card": card(package),
        "package": package,
        "contents": [(one, _often(one)) for one in contents_of(package)],
        "labels": package.labels.filter(is_verified=True).order_by("pk"),
        "is_offered": packages.offered_on(today).filter(pk=package.pk).exists(),
        "today": today,
    }
    return render(request, "contracts/package.html", context)


def _often(one: Any) -> str:
    return in_words(Content("", one.frequency, one.times)).lstrip("，")
