"""Writing services down: the record page of one visit, one record with its versions, correcting, voiding."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from care.actions import (
    CannotRecord,
    Entry,
    check_entry,
    save_visit,
)
from care.choices import RecordState
from care.formbook import current_forms, form_of
from care.forms.records import Page
from care.forms.visits import ItemsForm, VisitForm
from care.models import ServiceRecord
from care.queries.colleagues import colleagues_of
from care.queries.drafts import RecordDraftTyped, record_draft_of
from care.queries.records import effects_of, last_values, offered_items, versions_of
from care.queries.rules import rulebook_on
from care.queries.verdicts import Judged, verdict_of
from care.querysets import sees_restricted
from care.rules.forms import FormSchema
from core.dates import age_on
from core.readlog import log_read
from core.refusals import show_on
from residents.models import Resident
from teams.access import Permission, needs
from teams.models import User

FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])
P = Permission


def load_resident(request: HttpRequest, pk: int) -> Resident:
    people = Resident.objects.visible_to(request.user)
    return get_object_or_404(people.select_related("grid__village", "managing_team", "household"), pk=pk)


def load_record(request: HttpRequest, pk: int) -> ServiceRecord:
    found = ServiceRecord.objects.visible_to(request.user)
    return get_object_or_404(found.select_related("resident", "team", "done_by"), pk=pk)


def schemas_asked(request: HttpRequest, form: str) -> list[FormSchema]:
    """The form of the address and those that stand on the page with it; a form that one may not know is not there."""
    known = {
        code: one
        for code, one in current_forms().items()
        if not one.is_restricted or sees_restricted(request.user)
    }
    if form not in known:
        raise Http404
    sent = request.POST if request.method == "POST" else request.GET
    wanted = sent.getlist("with")
    asked_for = sent.get("do", "")
    if asked_for.startswith("with:"):
        wanted.append(asked_for.removeprefix("with:"))
    return [known[form], *(known[one] for one in known[form].together if one in wanted and one in known)]


class _Visit:
    """The parts of the record page, bound to what was sent, to a draft, or to nothing."""

    def __init__(
        self, request: HttpRequest, resident: Resident, schemas: list[FormSchema], today: date
    ) -> None:
        self.request, self.resident, self.schemas, self.today = request, resident, schemas, today
        user = request.user
        self.draft: RecordDraftTyped | None = None
        data = request.POST if request.method == "POST" else None
        if data is None and "fresh" not in request.GET:
            self.draft = record_draft_of(user, resident, [one.code for one in schemas])
            data = self.draft.typed if self.draft else None
        colleagues = colleagues_of(user, on=today).exclude(pk=user.pk)
        first = {"done_on": today, "mode": request.GET.get("mode", ""), "client_token": uuid4()}
        sent = request.POST if request.method == "POST" else None
        if self.draft:
            known = {key: self.draft.typed.get(key) for key in ("done_on", "mode", "done_by")}
            first |= {key: value for key, value in known.items() if value}
        self.form = VisitForm(sent, colleagues=colleagues, initial=first)
        last = last_values(ServiceRecord.objects.visible_to(user), resident)
        self.page = Page(schemas, data=data, last=last)
        codes = {
            item
            for rule in rulebook_on(today).rules.values()
            if _proves(rule, schemas)
            for item in rule.items
        }
        offered = offered_items(
            resident, schemas, on=today, of_rules=codes, sees_restricted=sees_restricted(user)
        )
        self.items = ItemsForm(
            sent,
            offered=offered,
            initial={"items": data.getlist("items") if data else request.GET.getlist("item")},
        )

    def entries(self) -> list[Entry] | None:
        """What was sent, form by form; ticked services go with the first. None if a next date cannot be read."""
        found, is_good = [], True
        for number, schema in enumerate(self.schemas):
            next_on = None
            try:
                next_on = forms.DateField(required=False).clean(self.page.next_typed(schema))
            except forms.ValidationError:
                self.page.show_next(schema, "请填日期，例如 2026-11-22。")
                is_good = False
            items = [int(one) for one in self.items.cleaned_data["items"]] if number == 0 else []
            typed, confirmed = self.page.typed(schema), self.page.confirmed(schema)
            found.append(Entry(schema.code, typed, items, next_on, confirmed))
        return found if is_good else None

    def show(self, refusal: CannotRecord) -> None:
        """A refusal where it belongs."""
        schema = next((one for one in self.schemas if one.code == refusal.form), None)
        if schema and (refusal.problems or refusal.questions):
            self.page.show(schema, problems=refusal.problems, questions=refusal.questions)
        elif schema and refusal.field == "next_on":
            self.page.show_next(schema, refusal.sentence)
        else:
            show_on(self.form, refusal)


def _proves(rule: Any, schemas: list[FormSchema]) -> bool:
    return any(one.code in rule.forms for one in schemas)


@FORM_METHODS
@needs(P.CARE_RECORD)
def record_new(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """The record page: one or several forms of one visit, one save."""
    resident, today = load_resident(request, pk), timezone.localdate()
    schemas = schemas_asked(request, form)
    visit = _Visit(request, resident, schemas, today)
    judged: list[tuple[FormSchema, Judged]] = []
    if request.method == "POST":
        wish = request.POST.get("do", "save")
        if wish.startswith("rows:"):
            visit.page.more_rows = wish.removeprefix("rows:")
        elif not wish.startswith("with:"):
            saved = _submit(request, visit, judged, is_preview=wish == "preview")
            if saved:
                return saved
    log_read(request, "resident", [resident.pk])
    return render(request, "care/record_form.html", _context(visit, judged))


def _submit(
    request: HttpRequest, visit: _Visit, judged: list[tuple[FormSchema, Judged]], *, is_preview: bool
) -> HttpResponse | None:
    """Save, or only judge. None: back to the page, with everything that was typed."""
    are_good = [visit.form.is_valid(), visit.items.is_valid()]
    entries = visit.entries() if all(are_good) else None
    if entries is None:
        return None
    data, now = visit.form.cleaned_data, timezone.now()
    frame = {
        "by": request.user, "on": visit.today, "resident": visit.resident, "done_on": data["done_on"],
        "mode": data["mode"], "done_by": data["done_by"],
    }  # fmt: skip
    if not is_preview:
        try:
            saved = save_visit(**frame, now=now, entries=entries, client_token=data["client_token"])
        except CannotRecord:
            pass  # every form is asked again below, so that all of them tell what is wrong
        else:
            _tell(request, saved)
            return redirect("record-detail", saved[0].record.pk)
    for schema, entry in zip(visit.schemas, entries, strict=True):
        try:
            judged.append((schema, check_entry(**frame, entry=entry)))
        except CannotRecord as refusal:
            visit.show(refusal)
            if not refusal.form:
                break
    if not is_preview:
        judged.clear()
    return None


def _tell(request: HttpRequest, saved: list[Any]) -> None:
    if not any(one.is_new for one in saved):
        messages.info(request, "这张表单已经保存过，没有重复登记。")
        return
    words = "、".join(form_of(one.record.form).short for one in saved)
    messages.success(request, f"{words}已保存。")
    for one in saved:
        if one.judged.verdict and (one.judged.verdict.refer or one.judged.verdict.urgency):
            messages.warning(request, f"{form_of(one.record.form).short}：{one.judged.verdict.sentence}")
    # A class that asks for a visit within two weeks starts a rule of its own, beside the one that goes on as usual.
    proposed = [one.judged.proposal.due_on for one in saved if one.judged.proposal]
    planned = [one.settled.next_on for one in saved if one.settled and one.settled.next_on]
    if planned:
        messages.info(request, f"下次应于 {min(planned + proposed):%Y-%m-%d} 前后办理。")
    if any(one.is_outside_term for one in saved):
        messages.warning(request, "服务日期不在签约期内：已作为服务记录保存，不计入协议履约。")


def _context(visit: _Visit, judged: list[tuple[FormSchema, Judged]]) -> dict[str, Any]:
    resident, first = visit.resident, visit.schemas[0]
    codes = [one.code for one in visit.schemas]
    known = current_forms()
    return {
        "resident": resident,
        "age": age_on(resident.born_on, visit.today) if resident.born_on else None,
        "schema": first,
        "others": visit.schemas[1:],
        "more": [known[one] for one in first.together if one not in codes and one in known],
        "form": visit.form,
        "items": visit.items if visit.items.fields["items"].choices else None,
        "page": visit.page,
        "judged": judged,
        "draft_at": timezone.localtime(visit.draft.saved_at) if visit.draft else None,
        "today": visit.today,
    }


@require_safe
@needs(P.CARE_VIEW)
def record_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One record: every version, what it closed and proves, what comes next."""
    record = load_record(request, pk)
    versions = versions_of(record)
    newest = versions[0].record
    log_read(request, "resident", [record.resident_id])
    return render(request, "care/record_detail.html", {
        "record": newest,
        "resident": record.resident,
        "schema": versions[0].schema,
        "versions": versions,
        "verdict": verdict_of(newest),
        "effects": effects_of(newest, request.user),
        "siblings": _siblings(request.user, newest),
        "stands": newest.state == RecordState.STANDING,
    })  # fmt: skip


def _siblings(user: User, record: ServiceRecord) -> list[tuple[ServiceRecord, str]]:
    """Other records of the same page, of the same person."""
    if record.sheet is None:
        return []
    same = (
        ServiceRecord.objects.visible_to(user)
        .standing()
        .filter(sheet=record.sheet, resident=record.resident_id)
    )
    return [
        (one, form_of(one.form, one.form_version).short) for one in same.exclude(pk=record.pk).order_by("pk")
    ]


def token_sent(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.POST.get("client_token", ""))
    except ValueError:
        return None


def address_of(resident: Resident, schemas: list[FormSchema]) -> str:
    """The record page with the same forms on it."""
    address = reverse("record-new", args=[resident.pk, schemas[0].code])
    others = "&".join(f"with={one.code}" for one in schemas[1:])
    return f"{address}?{others}" if others else address
