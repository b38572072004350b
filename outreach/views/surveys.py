"""Surveys: the bureau makes, copies and ends them; staff write down what was said on the telephone; the results (4.8)."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.readlog import log_read
from core.refusals import Refusal, show_on
from core.sheets import Column, xlsx_response
from outreach.actions.surveys import answer_survey, change_survey, end_survey, open_survey
from outreach.choices import SurveyKind
from outreach.forms.surveys import RecordedAnswersForm, SurveyForm, facts_from, rows_for, survey_values
from outreach.models import Survey
from outreach.policy import policy_on
from outreach.queries.surveys import Results, results_of, survey_list
from outreach.rules.surveys import Question, read_questions, templates
from residents.views.people import bound, load
from teams.access import Permission, may, needs, scope_of

P = Permission
PAGE_SIZE = 30
RUNS_DAYS = 30  # what the form begins with
FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])
_HIDDEN = "不显示"


def _may_read(request: HttpRequest) -> None:
    """Who runs surveys, and who sends them to his residents."""
    if not any(may(request.user, one) for one in (P.SURVEY_MANAGE, P.RESIDENT_LINK)):
        raise PermissionDenied


@require_safe
@needs(P.RESIDENT_VIEW)
def survey_all(request: HttpRequest) -> HttpResponse:
    """All surveys of the district, the newest first."""
    _may_read(request)
    page = Paginator(survey_list(Survey.objects.all()), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "today": timezone.localdate(), "kinds": SurveyKind.choices, "pages_address": "?"}
    return render(request, "outreach/surveys/list.html", context)


@require_safe
@needs(P.RESIDENT_VIEW)
def survey_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Questions and results: the bureau's of everybody, staff's of those signed with their own teams."""
    _may_read(request)
    survey, today = get_object_or_404(Survey.objects.select_related("made_by"), pk=pk), timezone.localdate()
    can_manage = may(request.user, P.SURVEY_MANAGE)
    least = policy_on(today).suppress_below
    results = results_of(
        survey,
        least=least,
        teams=None if can_manage else scope_of(request.user).teams,
        with_words=can_manage,
    )
    if "export" in request.GET:
        return _sheet(request, survey, results, least)
    context = {
        "survey": survey,
        "results": results,
        "least": least,
        "today": today,
        "is_answered": survey.replies.exists(),
        "is_running": survey.starts_on <= today <= (survey.ends_on or today),
    }
    return render(request, "outreach/surveys/detail.html", context)


def _sheet(request: HttpRequest, survey: Survey, results: Results, least: int) -> HttpResponse:
    columns = [Column("机构", 28), Column("团队", 20), Column("回答份数", 10)]
    columns += [Column(f"{one.text}（%）", 24) for one in results.rated]
    rows = [
        (
            "合计",
            "",
            _told(results.number),
            *(_told(one.rate) for one in results.questions if one.question.is_rated),
        )
    ]
    for one in results.groups:
        rows.append(
            (one.institution, one.name or "小计", _told(one.number), *(_told(each) for each in one.rates))
        )
    return xlsx_response(
        survey.title, columns, rows, made_by=request.user.name, made_at=timezone.localtime(),
        note=f"少于 {least} 人的数字及可推算出它的数字不显示；百分比为选带 * 选项（4 分以上）的比例",
    )  # fmt: skip


def _told(number: int | None) -> str:
    return _HIDDEN if number is None else str(number)


@FORM_METHODS
@needs(P.SURVEY_MANAGE)
def survey_new(request: HttpRequest) -> HttpResponse:
    """From a template (``?kind=``) or as a copy of another one (``?copy=``)."""
    first, questions = _beginning(request)
    return _edited(request, None, first, questions)


def _beginning(request: HttpRequest) -> tuple[dict[str, Any], list[Question]]:
    today = timezone.localdate()
    days = {"starts_on": today, "ends_on": today + dt.timedelta(days=RUNS_DAYS)}
    copied = request.GET.get("copy", "")
    if copied:
        is_id = copied.isascii() and copied.isdigit() and len(copied) < 19
        other = get_object_or_404(Survey, pk=int(copied) if is_id else 0)
        return survey_values(other) | days, read_questions(other.questions)
    kind = request.GET.get("kind", "")
    if kind not in SurveyKind.values:
        return {**days, "kind": SurveyKind.SATISFACTION}, []
    found = templates()[kind]
    facts = {"title": found.title, "introduction": found.introduction, "kind": kind}
    return facts | days, list(found.questions)


@FORM_METHODS
@needs(P.SURVEY_MANAGE)
def survey_edit(request: HttpRequest, pk: int) -> HttpResponse:
    survey = get_object_or_404(Survey, pk=pk)
    return _edited(request, survey, survey_values(survey), read_questions(survey.questions))


def _edited(
    request: HttpRequest, survey: Survey | None, first: dict[str, Any], questions: list[Question]
) -> HttpResponse:  # fmt: skip
    form, rows = SurveyForm(bound(request), initial=first), rows_for(questions, bound(request))
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        asked = {"by": request.user, "on": timezone.localdate(), "facts": facts_from(form, rows)}
        try:
            kept = change_survey(survey=survey, **asked) if survey else open_survey(**asked)
        except Refusal as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "问卷已保存。")
            return redirect("survey-detail", kept.pk)
    return render(request, "outreach/surveys/form.html", {"form": form, "rows": rows, "survey": survey})


@require_POST
@needs(P.SURVEY_MANAGE)
def survey_end(request: HttpRequest, pk: int) -> HttpResponse:
    survey = get_object_or_404(Survey, pk=pk)
    try:
        end_survey(by=request.user, on=timezone.localdate(), survey=survey)
        messages.success(request, "问卷将在今天结束后截止。")
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect("survey-detail", pk)


@FORM_METHODS
@needs(P.RESIDENT_VIEW)
def survey_answer(request: HttpRequest, pk: int, resident: int) -> HttpResponse:
    """What a resident said on the telephone or wrote on paper, entered by staff."""
    _may_read(request)
    person, survey = load(request, resident), get_object_or_404(Survey, pk=pk)
    form = RecordedAnswersForm(bound(request), survey=survey)
    if request.method == "POST" and form.is_valid():
        try:
            answer_survey(
                by=request.user,
                on=timezone.localdate(),
                now=timezone.now(),
                survey=survey,
                resident=person,
                answers=form.answers(),
                way=form.cleaned_data["way"],
            )
        except Refusal as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "回答已登记。")
            return redirect("personal-link-new", person.pk)
    log_read(request, "resident", [person.pk])
    context = {"form": form, "survey": survey, "resident": person}
    return render(request, "outreach/surveys/answer.html", context)
