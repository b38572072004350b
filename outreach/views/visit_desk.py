"""One visit while it goes on and afterwards: beginning, finding people, measuring, counting, ending."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from care.actions.readings import CannotRecordReadings
from care.choices import ServiceMode
from care.queries.readings import series_of
from contracts.views.signing import LAST_CHANNEL
from core.dates import age_on
from core.models import ReadLog
from core.paging import keyset_page
from core.readlog import log_read
from core.refusals import show_on
from outreach.actions.visit_hours import CannotRecordVisit, end_visit, start_visit
from outreach.actions.visit_work import CannotWorkAtVisit, count_works, measure, uncount_work
from outreach.choices import VisitKind, VisitState
from outreach.context import RUNNING
from outreach.forms.visits import CancelForm, EndForm, KitForm, PositionFields, first_values
from outreach.models import OutreachVisit, VisitWork
from outreach.policy import policy_on
from outreach.queries.education import archive_words, record_of
from outreach.queries.visit_work import Found, floor_of, found_since
from outreach.queries.visits import (
    VisitSheet,
    done_for,
    place_words,
    planned_staff,
    staff_for,
    visit_sheet,
)
from outreach.rules.education import KINDS as EDUCATION_KINDS
from outreach.rules.visiting import CHANNELS, MAY, OF_READING, object_to_day
from outreach.views.visits import forget, load, load_own
from residents.models import Resident
from residents.queries import ResidentLine, found_by, resident_lines
from residents.rules.lookup import HINT, By, read_lookup
from residents.views.people import load as load_resident
from residents.views.searching import recall, remember
from teams.access import Permission, may, needs, scope_of
from teams.models import User

P = Permission
FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])
PAGE_SIZE = 20

# Record pages offered at a visit: form, words.
RECORDS = (
    ("htn_follow_up", "高血压随访"), ("dm_follow_up", "糖尿病随访"), ("consultation", "健康咨询"),
    ("long_prescription", "长处方续方"), ("education", "健康教育"),
)  # fmt: skip
_MODES = {VisitKind.COMMUNITY: ServiceMode.HOME, VisitKind.SESSION: ServiceMode.STATION}


@require_safe
@needs(P.VISIT_VIEW)
def visit_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Plan and reality of one visit; its own team also sees for whom something was done, and finds the next person."""
    visit, today = load(request, pk), timezone.localdate()
    is_own = visit.team_id in scope_of(request.user).teams
    can_record = is_own and may(request.user, P.VISIT_RECORD)
    verbs = _verbs(visit, today) if can_record else set()
    can_work = "work" in verbs and may(request.user, P.CARE_RECORD)
    cares = is_own and may(request.user, P.CARE_VIEW)
    sheet = visit_sheet(visit, request.user, with_persons=cares, with_found=cares and can_work)
    context: dict[str, Any] = {
        "visit": visit,
        "sheet": sheet,
        "can_record": can_record,
        "verbs": verbs,
        "is_today": visit.on == today,
        "cancel": CancelForm(),
        "position": PositionFields(),
        **_education(visit, can_record=can_record),
    }
    if can_work:
        context |= _search(request, sheet)
    elif sheet.persons:
        log_read(request, "resident", sheet.persons, action=ReadLog.Action.LIST)
    return render(request, "outreach/visits/detail.html", context)


def _education(visit: OutreachVisit, *, can_record: bool) -> dict[str, Any]:
    """What the books say of a health-education activity, and whether the reader may write it."""
    if visit.kind not in EDUCATION_KINDS:
        return {}
    record, is_off = record_of(visit), visit.state in (VisitState.CANCELLED, VisitState.MISSED)
    return {
        "education": record,
        "archives": archive_words(record) if record else [],
        "teaches": can_record and not is_off,
    }


def _verbs(visit: OutreachVisit, today: date) -> set[str]:
    """What may still be done to it."""
    if object_to_day(visit.on, on=today, back_days=policy_on(today).visit_backdate_days):
        return set()
    return {verb for verb, states in MAY.items() if visit.state in states}


def _search(request: HttpRequest, sheet: VisitSheet) -> dict[str, Any]:
    """The search box of a visit that goes on, and whom it found."""
    text = recall(request, request.GET.get("s", ""))
    lookup = read_lookup(text)
    people: list[ResidentLine] = []
    next_after = ""
    if lookup.by not in (By.NOTHING, By.UNCLEAR):
        found = found_by(request.user, lookup).for_lists()
        page = keyset_page(found, request.GET.get("after", ""), PAGE_SIZE)
        people, next_after = resident_lines(page.rows, on=timezone.localdate()), page.next_after
    shown = [*sheet.persons, *(one.id for one in people)]
    log_read(request, "resident", shown, action=ReadLog.Action.LIST)
    return {
        "searches": True,
        "q": text,
        "word": request.GET.get("s", ""),
        "people": people,
        "next_after": next_after,
        "hint": HINT if lookup.by == By.UNCLEAR else "",
    }


@require_POST
@needs(P.VISIT_RECORD, P.CARE_RECORD)
def visit_find(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a name by POST, so that it stands in no address."""
    load_own(request, pk)
    word = remember(request, request.POST.get("q", ""))
    address = reverse("visit-detail", args=[pk])
    return redirect(f"{address}?s={word}#find" if word else address)


@require_POST
@needs(P.VISIT_RECORD)
def visit_start(request: HttpRequest, pk: int) -> HttpResponse:
    visit, form = load_own(request, pk), PositionFields(request.POST)
    position = form.position() if form.is_valid() else None  # a place that cannot be read hinders nobody
    try:
        start_visit(
            by=request.user, on=timezone.localdate(), now=timezone.now(), visit=visit, position=position
        )
    except CannotRecordVisit as refusal:
        messages.error(request, str(refusal))
    else:
        request.session[LAST_CHANNEL] = CHANNELS[VisitKind(visit.kind)]
        _find_back(request, visit)
        messages.success(request, "已开始。请逐人登记，结束时填写人次。")
    return redirect("visit-detail", pk)


def _find_back(request: HttpRequest, visit: OutreachVisit) -> None:
    """Every page of this browser leads back to the visit, for the rest of the day or until it is over."""
    request.session[RUNNING] = {"pk": visit.pk, "on": f"{visit.on}"}


@FORM_METHODS
@needs(P.VISIT_RECORD)
def visit_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Ending, writing down afterwards, correcting: the same form."""
    visit, now = load_own(request, pk), timezone.localtime()
    cares = may(request.user, P.CARE_VIEW)
    found = found_since(visit, request.user) if cares else []
    staff = _staff(visit)
    form = EndForm(
        request.POST if request.method == "POST" else None,
        visit=visit, staff=staff, found=found, initial=_first(request, visit, found),
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            end_visit(by=request.user, on=now.date(), now=now, visit=visit, **form.facts())
        except CannotRecordVisit as refusal:
            if f"count_{refusal.field}" in form.fields:
                refusal.field = f"count_{refusal.field}"
            show_on(form, refusal)
        else:
            forget(request, visit)
            messages.success(request, "已登记完成。")
            return redirect("visit-detail", pk)
    log_read(request, "resident", [one.resident.pk for one in found], action=ReadLog.Action.LIST)
    return render(
        request, "outreach/visits/end.html", {"visit": visit, "form": form, "place": place_words(visit)}
    )


def _staff(visit: OutreachVisit) -> list[User]:
    """Members of the team on that day, and whoever else was planned."""
    members = {one.pk: one for one in staff_for([visit.team_id], on=visit.on)}
    return list((members | {one.pk: one for one in planned_staff(visit)}).values())


def _first(request: HttpRequest, visit: OutreachVisit, found: list[Found]) -> dict[str, Any]:
    floor, people = floor_of(visit, also=found)
    came = planned_staff(visit, only_present=visit.state == VisitState.DONE)
    present = [one.pk for one in came] or [request.user.pk]
    first = first_values(visit, now=timezone.localtime(), present=present, floor=floor, people=people)
    return first | {"keys": [one.key for one in found]}


@FORM_METHODS
@needs(P.VISIT_RECORD, P.CARE_RECORD)
def visit_person(request: HttpRequest, pk: int, resident: int) -> HttpResponse:
    """One person at a visit: measured in one line, and the way to everything else that may be done there."""
    visit, person, today = load_own(request, pk), load_resident(request, resident), timezone.localdate()
    form = KitForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            return _measured(request, visit, person, form)
        except CannotRecordReadings as refusal:
            if refusal.filled:
                form.show(refusal.filled)
            else:
                form.add_error(None, str(refusal))
        except CannotWorkAtVisit as refusal:
            show_on(form, refusal)
    log_read(request, "resident", [person.pk])
    if visit.state == VisitState.ONGOING:
        _find_back(request, visit)
    mode = _MODES.get(VisitKind(visit.kind), ServiceMode.COMMUNITY)
    context = {
        "visit": visit,
        "resident": person,
        "age": age_on(person.born_on, today) if person.born_on else None,
        "form": form,
        "confirmed": request.POST.getlist("confirmed"),
        "series": [one for one in series_of(person, on=today) if one.kind in OF_READING],
        "records": [
            (f"{reverse('record-new', args=[person.pk, code])}?mode={mode}", word) for code, word in RECORDS
        ],
        "works": done_for(visit, person.pk),
        "is_open": "work" in _verbs(visit, today),
    }
    return render(request, "outreach/visits/person.html", context)


def _measured(request: HttpRequest, visit: OutreachVisit, person: Resident, form: KitForm) -> HttpResponse:
    made = measure(
        by=request.user,
        on=timezone.localdate(),
        now=timezone.now(),
        visit=visit,
        resident=person,
        typed=form.typed(),
        client_token=form.cleaned_data["client_token"],
        confirmed=request.POST.getlist("confirmed"),
    )
    abnormal, name = sum(one.is_abnormal for one in made), person.masked_name
    if abnormal:
        messages.warning(request, f"{name}已登记 {len(made)} 项，其中 {abnormal} 项异常，已列入随访任务。")
    else:
        messages.success(request, f"{name}已登记 {len(made)} 项。")
    return redirect("visit-detail", visit.pk)


@require_POST
@needs(P.VISIT_RECORD, P.CARE_RECORD)
def visit_count(request: HttpRequest, pk: int) -> HttpResponse:
    """Count at the visit what was entered in its time on other pages."""
    visit = load_own(request, pk)
    try:
        counted = count_works(
            by=request.user, on=timezone.localdate(), now=timezone.now(), visit=visit,
            keys=request.POST.getlist("keys"),
        )  # fmt: skip
    except CannotWorkAtVisit as refusal:
        messages.error(request, str(refusal))
    else:
        messages.info(request, f"已计入 {counted} 项。" if counted else "没有新计入的。")
    return redirect("visit-detail", pk)


@require_POST
@needs(P.VISIT_RECORD, P.CARE_RECORD)
def visit_uncount(request: HttpRequest, pk: int) -> HttpResponse:
    """Take out what was not done at this visit; ``pk`` is of the work."""
    work = get_object_or_404(VisitWork.objects.visible_to(request.user).select_related("visit"), pk=pk)
    load_own(request, work.visit_id)
    try:
        uncount_work(by=request.user, on=timezone.localdate(), now=timezone.now(), work=work)
    except CannotWorkAtVisit as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "已移出本次服务；原来的登记还在。")
    return redirect("visit-detail", work.visit_id)
