"""Services at home by agreement, and beds at home: from the first word to the last visit."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from care.actions.home_beds import assess_bed, close_bed, open_bed
from care.actions.home_services import (
    agree_to_order,
    cancel_order,
    finish_order,
    request_service,
    schedule_order,
)
from care.forms.contacts import new_token
from care.forms.home_services import (
    BedForm,
    CancelForm,
    CloseBedForm,
    ConsentFields,
    FinishForm,
    OpenBedForm,
    OrderForm,
    ScheduleForm,
)
from care.models import HomeBed, HomeServiceOrder
from care.policy import policy_on
from care.queries.home_services import (
    bed_row,
    beds_shown,
    beds_with_rounds,
    colleagues,
    is_open,
    orders_shown,
    records_for,
)
from care.rules.home_services import BED_RISKS, ORDER_RISKS
from contracts.policy import policy_on as contracts_policy_on
from core.readlog import log_read
from core.refusals import Refusal, show_on
from residents.models import Resident
from residents.views.people import bound, load
from teams.access import Permission, needs

PAGE_SIZE = 50
STATES = {"open": "没有办结的", "closed": "已办结的"}
_MAY_VIEW = (Permission.RESIDENT_VIEW, Permission.CARE_VIEW)
_MAY_RECORD = (Permission.RESIDENT_VIEW, Permission.CARE_RECORD)


def _state(request: HttpRequest) -> str:
    wanted = request.GET.get("state", "")
    return wanted if wanted in STATES else "open"


@require_safe
@needs(*_MAY_VIEW)
def service_list(request: HttpRequest) -> HttpResponse:
    """What is asked for, agreed to and given a day."""
    state = _state(request)
    page = Paginator(orders_shown(request.user, state), PAGE_SIZE).get_page(request.GET.get("page"))
    log_read(request, "resident", [one.resident_id for one in page], action="list")
    context = {"page": page, "state": state, "states": STATES, "today": timezone.localdate()}
    return render(request, "care/services.html", context)


@require_safe
@needs(*_MAY_VIEW)
def bed_list(request: HttpRequest) -> HttpResponse:
    """Beds at home, with the day of the next round."""
    state, today = _state(request), timezone.localdate()
    page = Paginator(beds_shown(request.user, state), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [bed_row(one, on=today) for one in page]
    log_read(request, "resident", [one.bed.resident_id for one in rows], action="list")
    return render(request, "care/beds.html", {"page": page, "rows": rows, "state": state, "states": STATES})


def _answered(
    request: HttpRequest, resident: Resident, form: forms.Form, do: Callable[[], Any], *, template: str,
    said: str, to: Callable[[Any], HttpResponse], **context: Any,
) -> HttpResponse:  # fmt: skip
    """The form, or after a valid post the action and on to the next page; a refusal stands in the form."""
    if request.method == "POST" and form.is_valid():
        try:
            done = do()
        except Refusal as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, said)
            return to(done)
    log_read(request, "resident", [resident.pk])
    return render(request, template, {"resident": resident, "form": form} | context)


def _to_order(order: HomeServiceOrder) -> HttpResponse:
    return redirect("service-detail", order.pk)


def _to_bed(bed: HomeBed) -> HttpResponse:
    return redirect("bed-detail", bed.pk)


@needs(*_MAY_RECORD)
def service_new(request: HttpRequest, pk: int) -> HttpResponse:
    resident = load(request, pk)
    first = {"requested_on": timezone.localdate(), "client_token": new_token()}
    form = OrderForm(bound(request), initial=first)

    def do() -> HomeServiceOrder:
        return request_service(
            by=request.user, on=timezone.localdate(), resident=resident, **form.cleaned_data
        )

    return _answered(
        request, resident, form, do, template="care/service_new.html", to=_to_order,
        said="已登记，请告知风险并取得同意。",
    )  # fmt: skip


def _order(request: HttpRequest, pk: int) -> HomeServiceOrder:
    rows = HomeServiceOrder.objects.visible_to(request.user).select_related(
        "resident", "team", "consent__told_by", "assigned_to", "record__done_by", "recorded_by"
    )
    return get_object_or_404(rows.defer("consent__image"), pk=pk)


@require_safe
@needs(*_MAY_VIEW)
def service_detail(request: HttpRequest, pk: int) -> HttpResponse:
    order = _order(request, pk)
    log_read(request, "resident", [order.resident_id])
    context = {"order": order, "resident": order.resident, "is_open": is_open(order)}
    return render(request, "care/service.html", context)


@needs(*_MAY_RECORD)
def service_consent(request: HttpRequest, pk: int) -> HttpResponse:
    order = _order(request, pk)
    policy = contracts_policy_on(timezone.localdate())
    form = ConsentFields(bound(request), policy=policy, initial={"signer_name": ""})

    def do() -> HomeServiceOrder:
        return agree_to_order(by=request.user, now=timezone.now(), order=order, agreed=form.agreed())

    return _answered(
        request, order.resident, form, do, template="care/consent.html", to=_to_order, said="已记录同意。",
        heading="上门服务风险告知", risks=ORDER_RISKS.splitlines(), back=order,
    )  # fmt: skip


@needs(*_MAY_RECORD)
def service_schedule(request: HttpRequest, pk: int) -> HttpResponse:
    order, today = _order(request, pk), timezone.localdate()
    first = {
        "scheduled_on": order.scheduled_on or today,
        "assigned_to": order.assigned_to_id or request.user.pk,
    }
    form = ScheduleForm(bound(request), colleagues=colleagues(order, on=today), initial=first)

    def do() -> HomeServiceOrder:
        return schedule_order(by=request.user, on=today, order=order, **form.cleaned_data)

    return _step(request, order, form, do, "约定上门日期", "约定", "已约定。")


def _step(
    request: HttpRequest, order: HomeServiceOrder, form: forms.Form, do: Callable[[], Any], heading: str,
    button: str, said: str, **context: Any,
) -> HttpResponse:  # fmt: skip
    return _answered(
        request, order.resident, form, do, template="care/service_step.html", to=_to_order, said=said,
        order=order, heading=heading, button=button, **context,
    )  # fmt: skip


@needs(*_MAY_RECORD)
def service_finish(request: HttpRequest, pk: int) -> HttpResponse:
    order = _order(request, pk)
    records = list(records_for(order)[:20])
    first = {"record": records[0].pk} if len(records) == 1 else {}
    form = FinishForm(bound(request), records=records, initial=first)

    def do() -> HomeServiceOrder:
        record = form.records[form.cleaned_data["record"]]
        return finish_order(by=request.user, on=timezone.localdate(), order=order, record=record)

    return _step(request, order, form, do, "登记完成", "完成", "已完成。", has_none=not records)


@needs(*_MAY_RECORD)
def service_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    order = _order(request, pk)
    form = CancelForm(bound(request))

    def do() -> HomeServiceOrder:
        return cancel_order(by=request.user, on=timezone.localdate(), order=order, **form.cleaned_data)

    return _step(request, order, form, do, "取消上门服务", "取消上门服务", "已取消。")


@needs(*_MAY_RECORD)
def bed_new(request: HttpRequest, pk: int) -> HttpResponse:
    resident, today = load(request, pk), timezone.localdate()
    first = {"assessed_on": today, "round_days": policy_on(today).bed_round_days, "client_token": new_token()}
    form = BedForm(bound(request), initial=first)

    def do() -> HomeBed:
        return assess_bed(by=request.user, on=today, resident=resident, **form.cleaned_data)

    return _answered(
        request, resident, form, do, template="care/bed_new.html", to=_to_bed,
        said="已登记评估，请告知风险并取得同意后建床。",
    )  # fmt: skip


def _bed(request: HttpRequest, pk: int) -> HomeBed:
    rows = beds_with_rounds(request.user).select_related(
        "resident", "team", "consent__told_by", "assessed_by"
    )
    return get_object_or_404(rows.defer("consent__image"), pk=pk)


@require_safe
@needs(*_MAY_VIEW)
def bed_detail(request: HttpRequest, pk: int) -> HttpResponse:
    bed = _bed(request, pk)
    log_read(request, "resident", [bed.resident_id])
    context = {"bed": bed, "resident": bed.resident, "row": bed_row(bed, on=timezone.localdate())}
    return render(request, "care/bed.html", context)


@needs(*_MAY_RECORD)
def bed_open(request: HttpRequest, pk: int) -> HttpResponse:
    bed, today = _bed(request, pk), timezone.localdate()
    form = OpenBedForm(bound(request), policy=contracts_policy_on(today), initial={"opened_on": today})

    def do() -> HomeBed:
        agreed = form.agreed()
        opened_on = form.cleaned_data["opened_on"]
        return open_bed(
            by=request.user, on=today, now=timezone.now(), bed=bed, opened_on=opened_on, agreed=agreed
        )

    return _answered(
        request, bed.resident, form, do, template="care/consent.html", to=_to_bed, said="已建床。",
        heading="家庭病床风险告知和建床", risks=BED_RISKS.splitlines(), back=bed, is_bed=True,
    )  # fmt: skip


@needs(*_MAY_RECORD)
def bed_close(request: HttpRequest, pk: int) -> HttpResponse:
    bed, today = _bed(request, pk), timezone.localdate()
    form = CloseBedForm(bound(request), initial={"closed_on": today})

    def do() -> HomeBed:
        return close_bed(by=request.user, on=today, bed=bed, **form.cleaned_data)

    return _answered(
        request, bed.resident, form, do, template="care/bed_close.html", to=_to_bed, said="已撤床。", bed=bed
    )
