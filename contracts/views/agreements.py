"""The list of agreements, one agreement, its signatures."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from contracts.choices import RenewalMode
from contracts.forms import ListFilter
from contracts.models import Agreement, Signature
from contracts.policy import policy_on
from contracts.printing import pdf
from contracts.printing.agreements import notices_for
from contracts.queries.agreements import BY_END, agreement_page, narrowed
from contracts.rules.numbers import read_number
from contracts.rules.stories import story_of
from contracts.views import blocks
from contracts.views.loading import detail_or_404, is_own
from core.models import ReadLog
from core.readlog import log_read
from teams.access import Permission, may, needs, scope_of
from teams.models import Team


@require_safe
@needs(Permission.AGREEMENT_VIEW)
def agreement_list(request: HttpRequest) -> HttpResponse:
    """Agreements in one's scope, by bucket, team or number."""
    today = timezone.localdate()
    policy = policy_on(today)
    notice = policy.renewal_notice_days
    chosen = ListFilter(request.GET, teams=_teams(request))
    chosen.is_valid()
    picked = chosen.cleaned_data
    bucket, team, number = picked.get("state", ""), picked.get("team"), picked.get("number", "")
    agreements = Agreement.objects.visible_to(request.user)
    if number:
        agreements = agreements.filter(number=str(read_number(number) or number))
    rows = narrowed(
        agreements, bucket=bucket, team_id=team.pk if team else None, on=today, notice_days=notice
    )
    page = agreement_page(rows, bucket=bucket, after=picked.get("after", ""), on=today, notice_days=notice)
    log_read(request, "resident", page.resident_ids, action=ReadLog.Action.LIST)
    context = {"filter": chosen, "page": page, "bucket": bucket, "team": team, "number": number}
    context["is_mistyped"] = bool(number) and read_number(number) is None
    context |= {"notice_days": notice, "today": today, "is_by_end": bucket in BY_END}
    renews = policy.renewal_mode == RenewalMode.AUTO_UNLESS_TERMINATED and policy.auto_renew_needs_contact
    context["buckets"] = [one for one in chosen.BUCKETS if renews or one[0] != "unreached"]
    return render(request, "contracts/list.html", context)


def _teams(request: HttpRequest):
    """One's own teams; who has none chooses among the teams of his area."""
    own = scope_of(request.user).teams
    teams = Team.objects.filter(pk__in=own) if own else Team.objects.visible_to(request.user)
    return teams.order_by("name")


@require_safe
@needs(Permission.AGREEMENT_VIEW)
def agreement_show(request: HttpRequest, pk: int) -> HttpResponse:
    detail = detail_or_404(request, pk)
    today, user = timezone.localdate(), request.user
    log_read(request, "resident", detail.resident_ids)
    cards = list(blocks.shown(blocks.CARDS, request, detail, on=today))
    context = {
        "detail": detail,
        "agreement": detail.agreement,
        "can_print": may(user, Permission.RESIDENT_REVEAL) and not detail.withheld,
        "has_pdf": pdf.is_available(),
        "papers": notices_for(detail),
        "is_own": is_own(request, detail),
        "can_terminate": may(user, Permission.AGREEMENT_TERMINATE)
        and is_own(request, detail)
        and detail.is_running,
        "notices": list(blocks.shown(blocks.NOTICES, request, detail, on=today)),
        "cards": cards,
        "has_dealings": any(one.template == blocks.DEALINGS for one in cards),
        "story": story_of(detail.events),
    }
    return render(request, "contracts/detail.html", context)


@require_safe
@needs(Permission.AGREEMENT_VIEW)
def agreement_signature(request: HttpRequest, pk: int, signature: int) -> HttpResponse:
    """The image of one signature, kept by no cache."""
    found = get_object_or_404(
        Signature.objects.visible_to(request.user).exclude(image=b""), agreement=pk, pk=signature
    )
    people = found.agreement.enrollments.values_list("resident_id", flat=True)
    log_read(request, "resident", people)
    return HttpResponse(bytes(found.image), content_type="image/png", headers={"Cache-Control": "no-store"})
