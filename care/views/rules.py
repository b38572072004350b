"""The rule tables as doctors read them: what is asked for, when, and what a visit is."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from care.choices import Program
from care.models import RuleTable
from care.queries.rule_pages import Difference, differences, page_of
from care.queries.rules import tables_on, versions_of
from care.rules.table_reading import read_table
from teams.access import Permission, needs


@needs(Permission.CARE_VIEW)
@require_safe
def rule_tables(request: HttpRequest) -> HttpResponse:
    """Every programme with the version in force today."""
    today = timezone.localdate()
    found = [(one, read_table(one.table)) for one in tables_on(today)]
    return render(request, "care/rules.html", {"tables": found, "today": today})


@needs(Permission.CARE_VIEW)
@require_safe
def rule_table(request: HttpRequest, program: str) -> HttpResponse:
    """One programme: the version in force or another one, its history, and what it changed."""
    if program not in Program.values:
        raise Http404
    return render(request, "care/rule_table.html", shown(request, Program(program)))


def shown(request: HttpRequest, program: Program) -> dict:
    """What the page of a programme shows, here and in the management site; ?version= and ?against= choose."""
    today, versions = timezone.localdate(), versions_of(program)
    standing = _standing(versions, today)
    chosen = _numbered(versions, request.GET.get("version", "")) or standing or versions[-1]
    against = _numbered(versions, request.GET.get("against", ""))
    return {
        "program": program,
        "row": chosen,
        "page": page_of(chosen, max(today, chosen.in_force_from)),
        "versions": versions,
        "standing": standing,
        "against": against,
        "differences": _between(against, chosen),
        "today": today,
    }


def _standing(versions: list[RuleTable], today) -> RuleTable | None:
    """The one in force: of the latest first day, the highest number."""
    begun = [one for one in versions if one.in_force_from <= today]
    return max(begun, key=lambda one: (one.in_force_from, one.version), default=None)


def _numbered(versions: list[RuleTable], text: str) -> RuleTable | None:
    return next((one for one in versions if str(one.version) == text), None)


def _between(before: RuleTable | None, after: RuleTable) -> list[Difference]:
    return differences(read_table(before.table), read_table(after.table)) if before else []
