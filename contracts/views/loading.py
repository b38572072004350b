"""One agreement for a page: out of those the reader may see, or 404; what every form on it needs to know."""

from django.http import Http404, HttpRequest
from django.utils import timezone

from contracts.models import Agreement
from contracts.policy import policy_on
from contracts.queries.agreements import AgreementDetail, agreement_detail
from teams.access import Permission, may, scope_of


def detail_or_404(request: HttpRequest, pk: int) -> AgreementDetail:
    today = timezone.localdate()
    detail = agreement_detail(
        Agreement.objects.visible_to(request.user),
        pk,
        on=today,
        policy=policy_on(today),
        sees_restricted=may(request.user, Permission.RESIDENT_RESTRICTED),
    )
    if detail is None:
        raise Http404("no such agreement")
    return detail


def is_own(request: HttpRequest, detail: AgreementDetail) -> bool:
    """Whether it is an agreement of a team in one's own scope: what buttons are shown by; the action asks again."""
    return detail.agreement.team_id in scope_of(request.user).teams
