"""The first page after signing in: the worklist of the doctors; and where it sends those who work elsewhere."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from care.choices import Grouping, Part
from care.forms.worklist import PlanForm, WorklistFilter
from care.queries.colleagues import members_of
from care.queries.rule_cards import RuleCards, rule_cards
from care.queries.worklist import (
    Found,
    counts,
    household_page,
    narrowed,
    of_part,
    person_page,
    route_page,
    rule_counts,
    task_page,
    worklist,
)
from care.queries.worklist_rows import task_rows, units
from care.querysets import TaskQuerySet
from contracts.policy import policy_on
from contracts.queries.home import doctor_home
from contracts.queries.refusals import due_count
from contracts.queries.transfers import transfer_counts
from core.models import ReadLog
from core.readlog import log_read
from residents.rules.lookup import HINT, By, read_lookup
from residents.views.searching import recall, remember
from teams.access import Permission, may, needs, scope_of, signed_in

KEPT = ("part", "group", "program", "rule", "mode", "urgency", "grid", "team", "mine", "s")


@require_safe
@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """Doctors stay; who has only the grid page, the management site or referrals is brought there."""
    user = request.user
    teams = scope_of(user).teams
    if not teams or not may(user, Permission.AGREEMENT_VIEW):
        return _elsewhere(request)
    today = timezone.localdate()
    policy = policy_on(today)
    page = doctor_home(teams, on=today, policy=policy)
    moves = transfer_counts(teams) | {"due": due_count(user, on=today)}
    shown = [one.resident.pk for one in page.ending]
    context: dict[str, Any] = {"home": page, "moves": moves, "policy": policy, "today": today}
    if may(user, Permission.CARE_VIEW):
        work = _work(request, [one.team for one in page.figures], today)
        context |= work
        shown += [row.person.pk for one in work["units"] for row in one.rows]
    log_read(request, "resident", shown, action=ReadLog.Action.LIST)
    return render(request, "care/home.html", context)


def _elsewhere(request: HttpRequest) -> HttpResponse:
    if may(request.user, Permission.ADMIN_SITE):
        return redirect("admin:index")
    if may(request.user, Permission.GRID_PAGE):
        return redirect("grid-home")
    if may(request.user, Permission.REFERRAL_ANSWER):
        return redirect("referral-list")
    return render(request, "care/home_bare.html")


@require_POST
@needs(Permission.CARE_VIEW)
def search(request: HttpRequest) -> HttpResponse:
    """Take a name by POST and show the worklist under a word that says nothing."""
    kept = {one: request.POST[one] for one in KEPT if request.POST.get(one) and one != "s"}
    word = remember(request, request.POST.get("q", ""))
    if word:
        kept["s"] = word
    return redirect(f"{reverse('home')}?{urlencode(kept)}" if kept else "home")


@dataclass(frozen=True)
class Asked:
    """What the page was asked, and its address with something changed."""

    part: Part
    group: Grouping
    kept: dict[str, str]

    def address(self, **changes: str) -> str:
        values = {one: text for one, text in (self.kept | changes).items() if text}
        return f"?{urlencode(values)}" if values else "?"


def _asked(request: HttpRequest) -> Asked:
    kept = {one: request.GET[one] for one in KEPT if request.GET.get(one)}
    part = Part(kept["part"]) if kept.get("part") in list(Part) else Part.TODAY
    group = Grouping(kept["group"]) if kept.get("group") in list(Grouping) else Grouping.TASK
    return Asked(part, group, kept)


def _work(request: HttpRequest, teams: list[Any], on: date) -> dict[str, Any]:
    """Everything that the template shows of the worklist."""
    user, asked, cards = request.user, _asked(request), rule_cards(on=on)
    text = recall(request, request.GET.get("s", ""))
    if request.GET.get("s") and not text:
        messages.warning(request, "查找内容已过期，请重新输入。")
    form = WorklistFilter(request.GET, user=user, teams=teams, cards=cards, on=on)
    everything = worklist(user, cards)
    tasks = narrowed(everything, form.wanted(text), user=user, cards=cards)
    number = counts(tasks, user=user, on=on)
    inside = of_part(tasks, asked.part, user=user, on=on)
    found = _found(request, asked, inside, everything)
    can_plan = may(user, Permission.CARE_RECORD)
    context = {
        "asked": asked,
        "form": form,
        "text": text,
        "hint": HINT if read_lookup(text).by == By.UNCLEAR else "",
        "is_narrowed": any(one in asked.kept for one in KEPT if one not in ("part", "group")),
        "tabs": [(one, asked.address(part=one.value), number.by_part[one]) for one in Part],
        "groups": [(one, asked.address(group=one.value)) for one in Grouping],
        "is_capped": number.is_capped,
        "units": _units(asked, found, cards, on),
        "by_rule": _by_rule(asked, inside, cards, on) if asked.group == Grouping.RULE else [],
        "next_address": asked.address(after=found.next_after) if found.next_after else "",
        "plan": PlanForm(colleagues=members_of(user, on=on), on=on) if can_plan else None,
    }
    return context


def _found(request: HttpRequest, asked: Asked, tasks: TaskQuerySet, everything: TaskQuerySet) -> Found:
    after = request.GET.get("after", "")
    match asked.group:
        case Grouping.PERSON:
            return person_page(tasks, after)
        case Grouping.HOUSEHOLD:
            return household_page(tasks, everything, after)
        case Grouping.ROUTE:
            return route_page(tasks, everything, int(after) if after.isascii() and after.isdigit() else 1)
        case Grouping.RULE:
            return Found([], [], "")
        case _:
            return task_page(tasks, after)


def _units(asked: Asked, found: Found, cards: RuleCards, on: date) -> list[Any]:
    return units(
        task_rows(found.tasks, cards, on=on),
        found.units,
        by_household=asked.group in (Grouping.HOUSEHOLD, Grouping.ROUTE),
        with_headings=asked.group == Grouping.ROUTE,
    )


def _by_rule(asked: Asked, tasks: TaskQuerySet, cards: RuleCards, on: date) -> list[dict[str, Any]]:
    return [
        {
            "rule": cards.by_id[one.rule],
            "tasks": one.tasks,
            "overdue": one.overdue,
            "address": asked.address(group=Grouping.TASK.value, rule=str(one.rule)),
        }
        for one in rule_counts(tasks, on=on)
        if one.rule in cards.by_id
    ]
