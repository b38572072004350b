"""What residents objected to: the list for who may answer, one of them with its answer."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from contracts.actions import CannotDispute, answer_dispute
from contracts.choices import RequestState
from contracts.forms.confirming import DisputeAnswerForm
from contracts.models import Dispute
from contracts.queries.disputes import STATES, disputes_of, may_answer, may_see_disputes
from core.readlog import log_read
from core.refusals import show_on
from teams.access import Permission, needs

PAGE_SIZE = 30


@require_safe
@needs(Permission.AGREEMENT_VIEW)
def dispute_list(request: HttpRequest) -> HttpResponse:
    """Open ones first, or those answered."""
    if not may_see_disputes(request.user):
        raise PermissionDenied
    is_open = request.GET.get("state") != "answered"
    rows = disputes_of(Dispute.objects.visible_to(request.user), is_open=is_open)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "contracts/disputes.html", {"page": page, "is_open": is_open, "states": STATES})


@needs(Permission.AGREEMENT_VIEW)
def dispute_answer(request: HttpRequest, pk: int) -> HttpResponse:
    if not may_see_disputes(request.user):
        raise PermissionDenied
    found = get_object_or_404(
        Dispute.objects.visible_to(request.user).select_related(
            "agreement__team__institution", "agreement__doctor", "answered_by"
        ),
        pk=pk,
    )
    form = DisputeAnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _answered(request, form, found):
        return redirect("dispute-list")
    people = found.agreement.enrollments.values_list("resident_id", flat=True)
    log_read(request, "resident", people)
    signed_it = request.user.pk in (found.agreement.doctor_id, found.agreement.created_by_id)
    context = {
        "dispute": found,
        "agreement": found.agreement,
        "form": form,
        "state": STATES.get(RequestState(found.state), ""),
        "is_open": found.state == RequestState.OPEN,
        "signed_it": signed_it,
        "can_answer": not signed_it and may_answer(request.user, found.agreement, on=timezone.localdate()),
    }
    return render(request, "contracts/dispute.html", context)


def _answered(request: HttpRequest, form: DisputeAnswerForm, found: Dispute) -> bool:
    try:
        answer_dispute(
            by=request.user,
            on=timezone.localdate(),
            now=timezone.now(),
            dispute=found,
            outcome=form.cleaned_data["outcome"],
            answer=form.cleaned_data["answer"],
        )
    except CannotDispute as refusal:
        show_on(form, refusal)
        return False
    messages.success(request, "已答复，居民会在自己的页面看到。")
    return True
