"""登记质量: which entries are wrong, incomplete or old, why, and who does what next."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.models import ReadLog
from core.readlog import log_read
from residents import actions
from residents.forms.quality import QualityForm
from residents.models import Household, Resident
from residents.policy import policy_on
from residents.queries.findings import finding_page
from residents.queries.quality import counts_by_kind, reach_of
from residents.rules.quality import BY_CODE, RULES, Rule
from teams.access import Permission, may, needs

PAGE_SIZE = 50


@require_safe
@needs(Permission.RESIDENT_VIEW)
def quality_list(request: HttpRequest) -> HttpResponse:
    """How many findings of each kind, and one page of the kind that was asked for or that comes first."""
    today = timezone.localdate()
    policy, form = policy_on(today), QualityForm(request.GET, user=request.user)
    picked = form.cleaned_data if form.is_valid() else {}
    reach = reach_of(request.user, picked.get("village"))
    context = {"form": form, "village": picked.get("village"), "is_too_wide": reach.is_too_wide}
    if reach.is_too_wide:
        return render(request, "residents/quality.html", context)
    counts = counts_by_kind(reach, policy=policy, on=today)
    rule = _shown(picked.get("kind", ""), counts)
    rows, after = finding_page(
        reach, rule.code, request.GET.get("after", ""), PAGE_SIZE, policy=policy, on=today
    )
    log_read(request, "resident", [pk for one in rows for pk in one.people], action=ReadLog.Action.LIST)
    context |= {
        "kinds": [(one, counts[one.code]) for one in RULES if counts[one.code]],
        "total": sum(counts.values()),
        "rule": rule,
        "count": counts[rule.code],
        "rows": rows,
        "can_confirm": may(request.user, Permission.RESIDENT_EDIT) and rule.code != "no_member",
        "next_address": f"?{_narrowed(request, rule, after)}" if after else "",
        "stale_months": policy.stale_months,
    }
    return render(request, "residents/quality.html", context)


def _shown(asked: str, counts: dict[str, int]) -> Rule:
    first = next((code for code, count in counts.items() if count), RULES[0].code)
    return BY_CODE[asked or first]


def _narrowed(request: HttpRequest, rule: Rule, after: str = "") -> str:
    address = request.GET.copy()
    address["kind"] = rule.code
    address.pop("after", None)
    if after:
        address["after"] = after
    return address.urlencode()


@require_POST
@needs(Permission.RESIDENT_EDIT)
def quality_confirm(request: HttpRequest) -> HttpResponse:
    """The ticked rows were checked and are true: persons, or everybody of the ticked households."""
    form = QualityForm(request.POST, user=request.user)
    rule = BY_CODE[(form.is_valid() and form.cleaned_data["kind"]) or RULES[0].code]
    ticked = [int(one) for one in request.POST.getlist("row")[:PAGE_SIZE] if one.isascii() and one.isdigit()]
    people = Resident.objects.visible_to(request.user)
    if rule.is_household:
        homes = Household.objects.visible_to(request.user).filter(pk__in=ticked)
        people = people.filter(household__in=homes)
    else:
        people = people.filter(pk__in=ticked)
    try:
        count = actions.confirm_residents(residents=people, by=request.user, on=timezone.localdate())
    except actions.CannotConfirm as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, f"已记录：今天核实过 {count} 人，登记信息属实。")
    village = form.cleaned_data.get("village") if form.is_valid() else None
    kept = f"?kind={rule.code}" + (f"&village={village.pk}" if village else "")
    return redirect(reverse("quality-list") + kept)
