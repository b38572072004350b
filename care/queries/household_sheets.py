"""What is due for everybody of a household, member by member."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from care.choices import PlanState
from care.formbook import current_forms
from care.models import Plan, Task
from care.queries.rules import Rulebook, rulebook_on
from care.querysets import sees_restricted
from care.rules.forms import FormSchema
from contracts.choices import AgreementKind, AgreementState
from contracts.models import Agreement
from core.dates import age_on
from residents.models import Household, Resident
from teams.models import User

# What may be given to anybody at a visit, whether a rule asks for it or not.
ALWAYS = ("consultation", "medication_guidance", "education")
# More boxes than these are a page of their own.
MOST_BOXES = 16


@dataclass(frozen=True)
class Due:
    """One open task of a member, with the form that proves it."""

    task: Task
    form: str
    is_overdue: bool


@dataclass(frozen=True)
class Member:
    """One member.

    Attributes:
        forms: short enough for the sheet, of what is due. elsewhere: those that need a page of their own.
        offered: what else may be recorded: what comes next, and what is always possible.
    """

    resident: Resident
    age: int | None
    due: tuple[Due, ...]
    forms: tuple[FormSchema, ...]
    elsewhere: tuple[FormSchema, ...]
    offered: tuple[FormSchema, ...]


def members_of(user: User, household: Household, *, on: date) -> list[Member]:
    """Who is present and in one's scope, the head first. Seven queries, however many members and tasks."""
    people = Resident.objects.visible_to(user).present().filter(household=household)
    rows = list(people.select_related("managing_team").order_by("relation", "born_on", "pk"))
    ids = [one.pk for one in rows]
    book = rulebook_on(on)
    due: dict[int, list[Due]] = defaultdict(list)
    tasks = Task.objects.visible_to(user).open().filter(resident__in=ids).select_related("rule")
    for task in tasks.order_by("due_on", "rule"):
        due[task.resident_id].append(Due(task, _form_of(book, task.rule_id), task.closes_on < on))
    coming: dict[int, list[str]] = defaultdict(list)
    plans = Plan.objects.visible_to(user).filter(resident__in=ids, state=PlanState.RUNNING)
    for resident, rule in plans.order_by("due_on", "rule").values_list("resident", "rule"):
        coming[resident].append(_form_of(book, rule))
    known = {
        code: one for code, one in current_forms().items() if not one.is_restricted or sees_restricted(user)
    }
    return [_member(one, due[one.pk], coming[one.pk], known, on=on) for one in rows]


def _form_of(book: Rulebook, rule: int) -> str:
    """The first form that proves a rule; "" for one that a contact or a reading proves."""
    found = book.rules.get(rule)
    return found.forms[0] if found and found.forms else ""


def _member(
    resident: Resident, due: list[Due], coming: list[str], known: dict[str, FormSchema], *, on: date
) -> Member:
    wanted = [known[code] for code in dict.fromkeys(one.form for one in due) if code in known]
    others = [known[code] for code in dict.fromkeys([*coming, *ALWAYS]) if code in known]
    return Member(
        resident,
        age_on(resident.born_on, on) if resident.born_on else None,
        tuple(due),
        tuple(one for one in wanted if is_short(one)),
        tuple(one for one in wanted if not is_short(one)),
        tuple(one for one in others if one not in wanted and is_short(one)),
    )


def is_short(form: FormSchema) -> bool:
    """Whether it fits beside others, and whether anything of it shows that it was filled in."""
    boxes = [one for one in form.asked if one.is_required or one.is_brief]
    return len(boxes) <= MOST_BOXES and any(not one.keeps for one in boxes)


def representative_of(user: User, household: Household, *, on: date) -> Resident | None:
    """On whom the household's own services are recorded: who signed for it. One query."""
    running = Agreement.objects.visible_to(user).filter(
        household=household, kind=AgreementKind.HOUSEHOLD, state=AgreementState.ACTIVE, starts_on__lte=on,
        ends_on__gte=on,
    )  # fmt: skip
    found = running.select_related("representative").order_by("-starts_on", "-pk").first()
    return found.representative if found else None
