"""Health education: the record beside a visit, and the year against the norms (S2-20, 3.11)."""

from datetime import date

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.refusals import Refusal, show_on
from core.sheets import Column, xlsx_response
from outreach.actions.education import CannotRecordEducation, record_education
from outreach.choices import EducationForm, VisitState
from outreach.forms.education import RecordForm, YearFilter, record_values
from outreach.models import OutreachVisit
from outreach.policy import policy_on
from outreach.queries.education import (
    InstitutionEducation,
    activities,
    activity_line,
    institution_education,
    record_of,
)
from outreach.queries.visits import place_words
from outreach.views.calendars import FORM_METHODS
from outreach.views.points import PAGE_SIZE
from outreach.views.visits import load_own
from teams.access import Permission, needs
from teams.models import Institution

P = Permission
INSTITUTIONS = 20  # on a page above the activities


@require_safe
@needs(P.VISIT_VIEW)
def education_list(request: HttpRequest) -> HttpResponse:
    """The activities of a year with their records; institutions against the norms."""
    today = timezone.localdate()
    form = YearFilter({"year": today.year, **request.GET.dict()}, this_year=today.year)
    wanted = form.cleaned_data if form.is_valid() else {}
    year = wanted.get("year") or today.year
    rows = activities(OutreachVisit.objects.visible_to(request.user), year=year)
    if wanted.get("lacking"):
        rows = rows.filter(education__isnull=True, state=VisitState.DONE)
    institutions = institution_education(
        Institution.objects.visible_to(request.user), year=year, on=today,
        policy=policy_on(min(today, date(year, 12, 31))),
    )  # fmt: skip
    export = request.GET.get("export")
    if export:
        try:
            return (
                _norms_sheet(institutions, year, request)
                if export == "norms"
                else _sheet(rows, year, request)
            )
        except Refusal as refusal:
            show_on(form, refusal)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    params = request.GET.copy()
    for name in ("page", "export"):
        params.pop(name, None)
    context = {
        "form": form, "year": year, "institutions": Paginator(institutions, INSTITUTIONS).get_page(request.GET.get("of")),
        "forms": EducationForm, "page": page, "lines": [activity_line(one) for one in page],
        "query": params.urlencode(), "pages_address": f"?{params.urlencode()}&",
    }  # fmt: skip
    return render(request, "outreach/calendars/education.html", context)


def _sheet(rows: QuerySet[OutreachVisit], year: int, request: HttpRequest) -> HttpResponse:
    columns = [
        Column("日期", 12, "date"), Column("机构", 30), Column("团队", 22), Column("地点", 30), Column("形式", 20),
        Column("主题", 30), Column("组织者", 16), Column("对象", 20), Column("人数", 8, "number"),
        Column("资料种类与数量", 36), Column("内容", 50), Column("总结评价", 50), Column("存档材料", 30), Column("状态", 10),
    ]  # fmt: skip
    lines = (
        (
            one.visit.on, one.visit.team.institution.name, one.visit.team.name, one.place,
            one.record.get_form_display() if one.record else "没有登记", one.visit.topic,
            one.record.organizer if one.record else "", one.record.audience if one.record else "", one.visit.visitors,
            one.record.materials if one.record else "", one.record.content if one.record else "",
            one.record.summary if one.record else "", "、".join(one.archives), one.visit.get_state_display(),
        )
        for one in map(activity_line, rows)
    )  # fmt: skip
    return xlsx_response(
        "健康教育活动记录",
        columns,
        lines,
        made_by=request.user.name,
        made_at=timezone.localtime(),
        note=f"{year}年",
    )


def _norms_sheet(rows: list[InstitutionEducation], year: int, request: HttpRequest) -> HttpResponse:
    columns = [Column("机构", 30)]
    for one in EducationForm:
        columns += [Column(one.label, 12, "number"), Column(f"{one.label}要求", 12, "number")]
    columns.append(Column("没有讲座的月份", 30))
    lines = (
        [
            one.institution.name, *(cell for norm in one.norms for cell in (norm.count, norm.need or None)),
            "、".join(one.without_lecture),
        ]
        for one in rows
    )  # fmt: skip
    return xlsx_response(
        "健康教育达标",
        columns,
        lines,
        made_by=request.user.name,
        made_at=timezone.localtime(),
        note=f"{year}年",
    )


@FORM_METHODS
@needs(P.VISIT_RECORD)
def education_record(request: HttpRequest, pk: int) -> HttpResponse:
    """The record of one visit of the reader's team."""
    visit, today = load_own(request, pk), timezone.localdate()
    record = record_of(visit)
    first = record_values(record) or {"organizer": request.user.name}
    form = RecordForm(request.POST if request.method == "POST" else None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            record_education(by=request.user, on=today, visit=visit, facts=form.facts())
        except CannotRecordEducation as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "健康教育活动记录已保存。")
            return redirect("visit-detail", pk)
    return render(
        request,
        "outreach/calendars/record.html",
        {"visit": visit, "form": form, "record": record, "place": place_words(visit)},
    )
