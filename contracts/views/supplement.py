"""Signing a supplementary agreement from the page of its main agreement."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from contracts.actions import CannotSign, sign_supplement
from contracts.forms import SupplementForm
from contracts.models import Agreement, Enrollment
from contracts.policy import ContractsPolicy, policy_on
from contracts.queries.supplements import SupplementSheet, covered_now, supplement_sheet
from contracts.views.signing import likely_values, told_signed
from core.readlog import client_ip, log_read
from core.refusals import show_on
from residents.policy import policy_on as residents_policy_on
from teams.access import Permission, may, needs, scope_of


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_SIGN)
def agreement_supplement(request: HttpRequest, pk: int) -> HttpResponse:
    """For one of those whom the main agreement covers; of several, ``?resident=`` says who."""
    today = timezone.localdate()
    parents = Agreement.objects.visible_to(request.user).filter(team__in=scope_of(request.user).teams)
    parent = get_object_or_404(parents.select_related("team").defer("as_signed"), pk=pk)
    covered = covered_now(request.user, parent, on=today)
    log_read(request, "resident", [one.resident_id for one in covered])
    chosen = _chosen(request, covered)
    if chosen is None:
        context = {"agreement": parent, "covered": covered}
        return render(request, "contracts/supplement_whom.html", context)
    return _form_page(request, parent, chosen, today)


def _chosen(request: HttpRequest, covered: list[Enrollment]) -> Enrollment | None:
    asked = request.GET.get("resident", "")
    if not asked:
        return covered[0] if len(covered) == 1 else None
    found = next((one for one in covered if str(one.resident_id) == asked), None)
    if found is None:
        raise Http404("not covered by this agreement")
    return found


def _form_page(request: HttpRequest, parent: Agreement, chosen: Enrollment, today: date) -> HttpResponse:
    policy = policy_on(today)
    sheet = supplement_sheet(
        request.user,
        chosen,
        on=today,
        policy=policy,
        minor_age=residents_policy_on(today).minor_age,
        sees_restricted=may(request.user, Permission.RESIDENT_RESTRICTED),
    )
    if request.method == "POST":
        form = SupplementForm(request.POST, request.FILES, sheet=sheet, policy=policy, on=today)
        agreement = _signed(request, form, parent) if form.is_valid() else None
        if agreement:
            return redirect("agreement-detail", pk=agreement.pk)
    else:
        first = SupplementForm.first_values(sheet, **likely_values(request, sheet.doctors), today=today)
        form = SupplementForm(sheet=sheet, policy=policy, on=today, initial=first)
    return render(request, "contracts/supplement.html", _context(form, sheet, parent, policy))


def _signed(request: HttpRequest, form: SupplementForm, parent: Agreement) -> Agreement | None:
    data = form.cleaned_data
    try:
        agreement = sign_supplement(
            by=request.user,
            on=timezone.localdate(),
            now=timezone.now(),
            parent=parent,
            resident=form.sheet.resident,
            disease=data["disease"],
            days=data["days"],
            signatures=form.signatures(),
            ip=client_ip(request),
            **form.deed(),
        )
    except CannotSign as refusal:
        show_on(form, refusal)
        return None
    told_signed(request, agreement)
    return agreement


def _context(
    form: SupplementForm, sheet: SupplementSheet, parent: Agreement, policy: ContractsPolicy
) -> dict[str, object]:
    return {
        "form": form,
        "sheet": sheet,
        "agreement": parent,
        "policy": policy,
        "choices": form.package_choices(),
        "field_errors": [form["packages"].errors, form["chosen"].errors],
    }
