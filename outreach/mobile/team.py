"""The pages of grid leaders and community stewards on their people: who is silent or away, and how they did."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core.refusals import show_on
from outreach.actions.evaluating import CannotEvaluate, evaluate
from outreach.choices import EvaluationKind, PersonnelChangeKind
from outreach.forms.community import EvaluationForm, half_code
from outreach.mobile.answers import refused, saved
from outreach.mobile.practice import real_only
from outreach.models import Evaluation, PersonnelChange
from outreach.policy import policy_on
from outreach.queries.community import (
    deeds_of,
    evaluations_of,
    lead_of,
    leaves_ahead,
    led_by,
    led_people,
)
from outreach.queries.weekly import last_words
from outreach.rules.evaluating import SHEETS, half_of, halves_open, was_in_post
from teams.access import Permission, needs

FORM = ("GET", "HEAD", "POST")
CHANGES_SHOWN = 20


@needs(Permission.GRID_LEAD)
@require_safe
def team(request: HttpRequest) -> HttpResponse:
    """My people: silent ones first."""
    today = timezone.localdate()
    policy = policy_on(today)
    people = led_people(request.user, on=today, policy=policy)
    people.sort(key=lambda one: (not one.is_silent, not one.is_late, not one.due))
    sent = PersonnelChange.objects.visible_to(request.user).filter(reported_by=request.user)
    shown = {
        "people": people,
        "silent": sum(one.is_silent for one in people),
        "due": sum(bool(one.due) for one in people),
        "away": sum(bool(one.away) for one in people),
        "weeks": policy.silent_weeks,
        "changes": sent.count(),
    }
    return render(request, "outreach/team/team.html", shown)


@needs(Permission.GRID_LEAD)
@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One of my people: phone, last word, leave, evaluations."""
    today = timezone.localdate()
    posting = get_object_or_404(led_by(request.user, on=today), pk=pk)
    kind = lead_of(request.user, on=today).evaluates(posting)
    marks = list(evaluations_of(posting))
    made = {(one.year, one.half): one for one in marks}
    halves = [
        (one, half_code(one), made.get((one.year, one.half)))
        for one in halves_open(today)
        if kind and was_in_post(posting.starts_on, posting.ends_on, one)
    ]
    shown = {
        "posting": posting,
        "heard_on": last_words([posting.pk]).get(posting.pk),
        "leaves": leaves_ahead([posting], on=today),
        "today": today,
        "halves": halves,
        "deeds": deeds_of(posting, half_of(today)),
        "marks": marks,
        "changes": PersonnelChange.objects.visible_to(request.user)
        .filter(posting=posting)
        .order_by("-reported_at")[:CHANGES_SHOWN],
        "kinds": [(one.value, one.label) for one in PersonnelChangeKind if one != PersonnelChangeKind.JOINED],
    }
    return render(request, "outreach/team/person.html", shown)


@needs(Permission.GRID_LEAD)
@require_http_methods(FORM)
@real_only
def evaluate_person(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet of a half-year, empty or as it stands."""
    today = timezone.localdate()
    posting = get_object_or_404(led_by(request.user, on=today), pk=pk)
    kind = lead_of(request.user, on=today).evaluates(posting)
    if kind is None:
        raise Http404
    halves = halves_open(today)
    asked = request.POST.get("half") or request.GET.get("half")
    half = next((one for one in halves if half_code(one) == asked), halves[0])
    row = (
        Evaluation.objects.visible_to(request.user)
        .filter(posting=posting, year=half.year, half=half.half)
        .first()
    )
    posted = request.POST if request.method == "POST" else None
    form = EvaluationForm(posted, kind=kind, halves=halves, half=half, row=row)
    template, shown = (
        "outreach/team/evaluate.html",
        {
            "posting": posting,
            "half": half,
            "row": row,
            "kind": EvaluationKind(kind),
            "deeds": deeds_of(posting, half),
            "full": sum(item.points for item in SHEETS[kind]),
            "send": "保存评价",
        },
    )
    if request.method != "POST":
        return render(request, template, {"form": form} | shown)
    if form.is_valid():
        given = {"half": form.cleaned_data["half"], "scores": form.scores, "note": form.cleaned_data["note"]}
        try:
            made = evaluate(by=request.user, on=today, now=timezone.now(), posting=posting, **given)
        except CannotEvaluate as refusal:
            show_on(form, refusal)
        else:
            return saved(
                request, f"{posting.name}的评价已保存，{made.total} 分。", "grid-team-person", posting.pk
            )
    return refused(request, form, template, shown)
