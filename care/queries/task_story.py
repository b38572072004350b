"""Why a task is there, from when until when, who does it, and what came of it the times before."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from care.models import Plan, ServiceRecord, Task
from care.queries.rule_cards import RuleCard, rule_cards
from care.queries.rules import rulebook_on
from care.queries.worklist_rows import TaskRow, promised_codes, task_rows
from care.rules.tables import ServiceRule
from contracts.models import ServiceItem
from teams.models import User

SHOWN = 20


@dataclass(frozen=True)
class Past:
    """One occurrence of the same rule; ``record`` is the id of the record that proves it, if the reader may see one."""

    task: Task
    record: int | None


@dataclass(frozen=True)
class Story:
    """Everything that a task answers.

    Attributes:
        rule: of the table in force; None for a service that only the agreement names.
        source: the document that the table follows, "" without one.
        promised: names of the promised services that it gives.
        doctor: who signed for the team, None where no agreement stands behind it.
        past: newest first, this one among them.
    """

    row: TaskRow
    rule: ServiceRule | None
    source: str
    plan: Plan | None
    promised: tuple[str, ...]
    doctor: User | None
    past: list[Past]

    @property
    def card(self) -> RuleCard:
        return self.row.rule

    @property
    def is_current(self) -> bool:
        """Whether the plan still stands at this occurrence."""
        return bool(self.plan and self.plan.sequence == self.row.task.sequence)


def story_of_task(task: Task, user: User, *, on: date) -> Story:
    """Fifteen queries at most."""
    cards, book = rule_cards(on=on), rulebook_on(on)
    (row,) = task_rows([task], cards, on=on)
    plans = Plan.objects.filter(resident=task.resident_id, rule=task.rule_id)
    plan = plans.select_related("enrollment__agreement__doctor").first()
    codes = {code for _, code in promised_codes([plan])} if plan else set()
    given = ServiceItem.objects.filter(code__in=codes & set(row.rule.items)).order_by("pk")
    return Story(
        row=row,
        rule=book.rules.get(task.rule_id),
        source=table.source if (table := book.tables.get(row.rule.program)) else "",
        plan=plan,
        promised=tuple(dict.fromkeys(one.name for one in given)),
        doctor=plan.enrollment.agreement.doctor if plan and plan.enrollment else None,
        past=_past(task, user),
    )


def _past(task: Task, user: User) -> list[Past]:
    rows = Task.objects.filter(resident=task.resident_id, rule=task.rule_id).select_related("closed_by")
    found = list(rows.order_by("-sequence")[:SHOWN])
    roots = [int(one.record[7:]) for one in found if one.record and one.record.startswith("record:")]
    # A restricted visit is a contact as well, but must not be seen behind it.
    known = ServiceRecord.objects.visible_to(user).standing()
    standing = {one.root_id or one.pk: one.pk for one in known.filter(Q(pk__in=roots) | Q(root__in=roots))}
    return [
        Past(
            one,
            standing.get(int(one.record[7:])) if one.record and one.record.startswith("record:") else None,
        )
        for one in found
    ]
