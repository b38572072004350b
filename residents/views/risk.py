"""Tiering one resident: the questions of the table in force, and the result with its reason."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from core.dates import age_on
from core.readlog import log_read
from core.refusals import show_on
from residents import actions
from residents.choices import RiskKind
from residents.forms.risk import AssessForm
from residents.models import RiskTier
from residents.queries.risk import scheme_on, table_of, tiers_of
from residents.views.people import FORM_METHODS, bound, load
from teams.access import Permission, needs


@FORM_METHODS
@needs(Permission.RESIDENT_EDIT)
def risk_assess(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    if kind not in RiskKind.values:
        raise Http404
    resident, today = load(request, pk), timezone.localdate()
    scheme = scheme_on(kind, today)
    if scheme is None:
        messages.error(request, "还没有生效的分级方案，请联系区卫健局。")
        return redirect("resident-detail", pk)
    table = table_of(scheme)
    last = RiskTier.objects.running().filter(resident=resident, kind=kind).first()
    form = AssessForm(bound(request), table=table, initial=last.inputs if last else {})
    if request.method == "POST" and form.is_valid():
        try:
            tier = actions.assess_risk(
                resident=resident, kind=kind, answers=form.cleaned_data, by=request.user, on=today
            )
        except actions.CannotAssess as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, f"分级结果：{tier.get_color_display()}。{tier.explained}。")
            return redirect("resident-detail", pk)
    log_read(request, "resident", [resident.pk])
    context = {
        "resident": resident,
        "form": form,
        "scheme": scheme,
        "table": table,
        "age": age_on(resident.born_on, today) if resident.born_on else None,
        "lines": tiers_of(resident.pk)[kind],
    }
    return render(request, "residents/risk.html", context)
