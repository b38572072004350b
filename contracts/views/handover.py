"""Agreements that another team or doctor has to take over, and handing one over."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from contracts.actions import CannotReassign, reassign
from contracts.forms.moves import ReassignForm
from contracts.models import Agreement
from contracts.policy import policy_on
from contracts.queries.agreements import row_of, with_people
from contracts.queries.handover import handover_page, narrowed_to, receivers, to_hand_over
from core.models import ReadLog
from core.readlog import log_read
from core.refusals import show_on
from teams.access import Permission, needs, scope_of

REASONS = (("", "全部"), ("grid", "网格换了团队"), ("closed", "团队停止服务"), ("doctor", "医生离开团队"))


@require_safe
@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_TERMINATE)
def handover_list(request: HttpRequest) -> HttpResponse:
    """Running agreements of one's teams with a reason to be handed over; none of them ends for it."""
    today = timezone.localdate()
    reason = request.GET.get("reason", "")
    reason = reason if reason in dict(REASONS) else ""
    found = narrowed_to(to_hand_over(_own(request), on=today), reason)
    page = handover_page(found, after=request.GET.get("after", ""))
    log_read(request, "resident", page.resident_ids, action=ReadLog.Action.LIST)
    context = {"page": page, "reason": reason, "reasons": REASONS}
    return render(request, "contracts/moves/handover.html", context)


def _own(request: HttpRequest) -> QuerySet[Agreement]:
    return Agreement.objects.visible_to(request.user).filter(team__in=scope_of(request.user).teams)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_TERMINATE)
def agreement_reassign(request: HttpRequest, pk: int) -> HttpResponse:
    """Who goes on with one agreement."""
    today = timezone.localdate()
    policy = policy_on(today)
    seen = Agreement.objects.visible_to(request.user).filter(pk=pk)
    agreement = with_people(seen).first()
    if agreement is None:
        raise Http404("no such agreement")
    row = row_of(agreement, on=today, notice_days=policy.renewal_notice_days)
    posts = receivers(scope_of(request.user).teams, seen, on=today, policy=policy)
    form = ReassignForm(request.POST if request.method == "POST" else None, posts=posts)
    if form.is_valid() and _reassigned(request, form, agreement):
        return redirect("agreement-detail", pk=pk)
    log_read(request, "resident", [row.resident.pk])
    why = handover_page(to_hand_over(seen, on=today), after="").rows
    context = {"form": form, "agreement": agreement, "row": row, "why": why[0] if why else None}
    return render(request, "contracts/moves/reassign.html", context)


def _reassigned(request: HttpRequest, form: ReassignForm, agreement: Agreement) -> bool:
    post = form.receiver
    try:
        reassign(
            by=request.user,
            on=timezone.localdate(),
            agreement=agreement,
            team=post.team,
            doctor=post.user,
            note=form.cleaned_data["note"],
        )
    except CannotReassign as refusal:
        show_on(form, refusal)
        return False
    messages.success(request, f"已移交{post.team.name}{post.user.name}，协议继续有效，编号和期限不变。")
    log_read(request, "resident", agreement.enrollments.values_list("resident_id", flat=True))
    return True
