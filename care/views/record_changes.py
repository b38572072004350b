"""Correcting a record, and taking it back."""

from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from care.actions import CannotRecord, CannotVoidRecord, correct_record, void_record
from care.choices import RecordState
from care.formbook import form_of
from care.forms.records import Page
from care.forms.visits import CorrectionForm, ItemsForm, VisitForm, VoidForm
from care.models import ServiceRecord
from care.queries.colleagues import colleagues_of
from care.queries.records import offered_items
from care.querysets import sees_restricted
from care.rules.forms import FormSchema
from care.views.records import FORM_METHODS, P, load_record
from core.readlog import log_read
from core.refusals import show_on
from teams.access import needs
from teams.models import User


@FORM_METHODS
@needs(P.CARE_RECORD)
def record_correct(request: HttpRequest, pk: int) -> HttpResponse:
    """The form again with what was written down; saved, it is a further version."""
    record, today = load_record(request, pk), timezone.localdate()
    if record.state != RecordState.STANDING:
        messages.error(request, "这条记录已更正或作废，请打开最新的一版。")
        return redirect("record-detail", record.pk)
    schema = form_of(record.form, record.form_version)
    sent = request.POST if request.method == "POST" else None
    first = {
        "done_on": record.done_on, "mode": record.mode, "done_by": record.done_by_id, "client_token": uuid4(),
    }  # fmt: skip
    colleagues = colleagues_of(request.user, on=today).exclude(pk=request.user.pk)
    frame = VisitForm(sent, colleagues=colleagues | User.objects.filter(pk=record.done_by_id), initial=first)
    note = CorrectionForm(sent)
    page = Page([schema], data=sent, stored=record.values)
    offered = offered_items(
        record.resident,
        [schema],
        on=record.done_on,
        of_rules=(),
        sees_restricted=sees_restricted(request.user),
    )
    items = ItemsForm(sent, offered=offered, initial={"items": [str(one) for one in record.items]})
    wish = request.POST.get("do", "save")
    if sent is not None and wish.startswith("rows:"):
        page.more_rows = wish.removeprefix("rows:")
    elif sent is not None:
        answer = _correct(request, record, schema, frame, note, page, items)
        if answer:
            return answer
    log_read(request, "resident", [record.resident_id])
    return render(request, "care/record_correct.html", {
        "record": record,
        "resident": record.resident,
        "schema": schema,
        "form": frame,
        "note": note,
        "page": page,
        "items": items if items.fields["items"].choices else None,
        "next_on": record.next_on,
    })  # fmt: skip


def _correct(
    request: HttpRequest, record: ServiceRecord, schema: FormSchema, frame: VisitForm, note: CorrectionForm,
    page: Page, items: ItemsForm,
) -> HttpResponse | None:  # fmt: skip
    if not all([frame.is_valid(), note.is_valid(), items.is_valid()]):
        return None
    try:
        next_on = forms.DateField(required=False).clean(page.next_typed(schema))
    except forms.ValidationError:
        page.show_next(schema, "请填日期，例如 2026-11-22。")
        return None
    data = frame.cleaned_data
    try:
        saved = correct_record(
            by=request.user, on=timezone.localdate(), now=timezone.now(), record=record, done_on=data["done_on"],
            mode=data["mode"], values=page.typed(schema), client_token=data["client_token"],
            note=note.cleaned_data["note"], done_by=data["done_by"] or request.user,
            items=[int(one) for one in items.cleaned_data["items"]], next_on=next_on,
            confirmed=page.confirmed(schema),
        )  # fmt: skip
    except CannotRecord as refusal:
        if refusal.problems or refusal.questions:
            page.show(schema, problems=refusal.problems, questions=refusal.questions)
        elif refusal.field == "next_on":
            page.show_next(schema, refusal.sentence)
        else:
            show_on(note if refusal.field == "note" else frame, refusal)
        return None
    messages.success(request, "记录已更正，原来的一版保留可查。")
    return redirect("record-detail", saved.record.pk)


@FORM_METHODS
@needs(P.CARE_RECORD)
def record_void(request: HttpRequest, pk: int) -> HttpResponse:
    record = load_record(request, pk)
    form = VoidForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            void_record(
                by=request.user,
                on=timezone.localdate(),
                now=timezone.now(),
                record=record,
                **form.cleaned_data,
            )
        except CannotVoidRecord as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "记录已作废，由它完成的任务、履约和积分已撤回。")
            return redirect("record-detail", record.pk)
    log_read(request, "resident", [record.resident_id])
    return render(request, "care/record_void.html", {
        "record": record,
        "resident": record.resident,
        "schema": form_of(record.form, record.form_version),
        "form": form,
    })  # fmt: skip
