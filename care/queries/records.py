"""What was written down about a resident: the last values, the newest rows, one record with all of its versions."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum

from care.choices import AccountKind
from care.formbook import form_of
from care.models import Plan, PointEntry, ServiceRecord, Task
from care.queries.verdicts import goals_for
from care.querysets import sees_restricted as may_see
from care.rules.forms import Field, FormSchema, Last, in_words, is_abnormal
from contracts.choices import ProofKind
from contracts.models import Enrollment, Fulfillment, PackageItem, ServiceItem
from contracts.queries.promised import promised_pairs
from residents.choices import RESTRICTED
from residents.models import Resident
from teams.models import User

Goals = Mapping[str, Decimal]  # field -> highest normal value for the person
_LOOKED_THROUGH = 30  # records; older values are no longer "the last"
TREND = ("sbp", "dbp", "glucose_fasting", "weight")
_TREND_ROWS = 6


def last_values(
    records: QuerySet[ServiceRecord], resident: Resident, *, before: date | None = None
) -> dict[str, Last]:
    """Key -> what was recorded last, of the records that the reader may see. One query.

    An own field stands under "<form>.<key>": it means something else in every form.
    One query more where a blood pressure is among them.
    """
    rows = records.standing().filter(resident=resident).order_by("-done_on", "-pk")  # type: ignore[attr-defined]
    if before:
        rows = rows.filter(done_on__lte=before)
    found: dict[str, Last] = {}
    for row in rows.only("form", "form_version", "values", "done_on")[:_LOOKED_THROUGH]:
        own = {one.key for one in form_of(row.form, row.form_version).fields if one.is_own}
        for key, value in row.values.items():
            found.setdefault(f"{row.form}.{key}" if key in own else key, Last(value, row.done_on))
    if "sbp" in found or "dbp" in found:
        goals = goals_for(resident, on=max(one.on for one in found.values()))
        found |= {key: replace(found[key], most=most) for key, most in goals.items() if key in found}
    return found


def _plain_items() -> QuerySet[PackageItem, Any]:
    """Ids of services that some package holds which is not of a restricted population."""
    plain = PackageItem.objects.exclude(package__populations__overlap=[str(one) for one in RESTRICTED])
    return plain.values("item")


def offered_items(
    resident: Resident,
    schemas: Iterable[FormSchema],
    *,
    on: date,
    of_rules: Collection[str],
    sees_restricted: bool,
) -> list[tuple[int, str]]:
    """Promised services that such a record proves and no task of it stands for: what may be ticked. Four queries.

    What is written down by hand, and the health record that is kept at every visit, may be ticked on any form.

    Args:
        of_rules: codes of items that the tasks of these forms stand for by themselves.
    """
    enrolled = Enrollment.objects.in_force_on(on).filter(resident=resident)
    people = dict(enrolled.values_list("agreement", "pk"))
    pairs = promised_pairs(people) if people else set()
    wanted = {item for agreement, person, item in pairs if person in (None, people[agreement])}
    if not wanted:
        return []
    proofs = [*{str(one.proof) for one in schemas}, str(ProofKind.MANUAL), str(ProofKind.HEALTH_RECORD)]
    items = ServiceItem.objects.filter(pk__in=wanted, proof__in=proofs).exclude(
        code__in=list(of_rules), owner=None
    )
    if not sees_restricted:
        items = items.filter(pk__in=_plain_items())
    return list(items.order_by("name", "pk").values_list("pk", "name"))


@dataclass(frozen=True)
class Line:
    """One answer of a record. ``before``: what the former version said, if it said something else."""

    label: str
    words: str
    is_abnormal: bool
    before: str = ""
    is_changed: bool = False


@dataclass(frozen=True)
class Version:
    """One version with its answers group by group, changes against the version before it marked."""

    record: ServiceRecord
    schema: FormSchema
    groups: list[tuple[str, list[Line]]]
    frame: list[Line]

    @property
    def changes(self) -> list[Line]:
        return [
            one
            for one in [*self.frame, *(line for _, some in self.groups for line in some)]
            if one.is_changed
        ]


def versions_of(record: ServiceRecord) -> list[Version]:
    """All versions of a record, the newest first. Two queries."""
    root = record.root_id or record.pk
    rows = list(
        ServiceRecord.objects.filter(Q(pk=root) | Q(root=root))
        .select_related("done_by", "recorded_by", "closed_by", "team")
        .order_by("pk")
    )
    goals = goals_for(record.resident, on=record.done_on)
    found = [_version(one, rows[number - 1] if number else None, goals) for number, one in enumerate(rows)]
    return found[::-1]


def _version(record: ServiceRecord, former: ServiceRecord | None, goals: Goals) -> Version:
    schema = form_of(record.form, record.form_version)
    groups = []
    for group in schema.groups:
        lines = [_line(one, record, former, goals) for one in group.fields]
        kept = [one for one in lines if one.words or one.is_changed]
        if kept:
            groups.append((group.label, kept))
    return Version(record, schema, groups, _frame(record, former))


def _line(one: Field, record: ServiceRecord, former: ServiceRecord | None, goals: Goals) -> Line:
    value = record.values.get(one.key)
    words = in_words(one, value)
    before = in_words(one, former.values.get(one.key)) if former else words
    return Line(one.label, words, is_abnormal(one, value, goals.get(one.key)), before, before != words)


def _frame(record: ServiceRecord, former: ServiceRecord | None) -> list[Line]:
    def facts(one: ServiceRecord) -> list[tuple[str, str]]:
        return [
            ("服务日期", f"{one.done_on:%Y-%m-%d}"),
            ("服务方式", one.get_mode_display()),
            ("服务人", one.done_by.name),
            ("服务团队", one.team.name),
            ("约定下次日期", f"{one.next_on:%Y-%m-%d}" if one.next_on else ""),
        ]

    old: dict[str, str] = dict(facts(former)) if former else {}
    return [
        Line(label, words, False, old.get(label, words), former is not None and old[label] != words)
        for label, words in facts(record)
        if words or old.get(label)
    ]


@dataclass(frozen=True)
class Effects:
    """What a record stands for: tasks it closed, promised services it proves, what comes next for its rules, points."""

    tasks: list[Task]
    fulfilled: list[Fulfillment]
    coming: list[Plan]
    points: int

    @property
    def is_nothing(self) -> bool:
        return not (self.tasks or self.fulfilled or self.points)


def effects_of(record: ServiceRecord, user: User) -> Effects:
    """As far as the reader may see them. Four queries."""
    tasks = Task.objects.visible_to(user).filter(record=record.key).select_related("rule").order_by("due_on")
    closed = list(tasks)
    counted = Fulfillment.objects.standing().filter(key=record.key).select_related("item", "agreement")
    if not may_see(user):  # a check-up is one of a restricted programme as well
        counted = counted.filter(item__in=_plain_items())
    plans = Plan.objects.visible_to(user).running().filter(resident=record.resident_id)
    mine = Q(rule__in=[one.rule_id for one in closed]) | Q(started_by=record.key)
    earned = PointEntry.objects.filter(
        transaction__source=record.key, account__kind__in=[AccountKind.OWN, AccountKind.DEBT]
    )
    return Effects(
        closed,
        list(counted.order_by("pk")),
        list(plans.filter(mine).select_related("rule").order_by("due_on", "rule_id")),
        earned.aggregate(points=Sum("points"))["points"] or 0,
    )


@dataclass(frozen=True)
class TrendRow:
    """One day of the small table of last values: (words, is abnormal) by key of TREND, None where not measured."""

    on: date
    cells: list[tuple[str, bool] | None]


def trend(records: Iterable[ServiceRecord], goals: Goals) -> list[TrendRow]:
    """Blood pressure, glucose and weight of the newest records that measured one of them; no query."""
    rows = []
    for record in records:
        if record.state != "standing" or not any(key in record.values for key in TREND):
            continue
        rows.append(TrendRow(record.done_on, [_cell(record, key, goals) for key in TREND]))
        if len(rows) == _TREND_ROWS:
            break
    return rows


def _cell(record: ServiceRecord, key: str, goals: Goals) -> tuple[str, bool] | None:
    value: Any = record.values.get(key)
    if value is None:
        return None
    one = form_of(record.form, record.form_version).field(key)
    return in_words(one, value).split(" ")[0], is_abnormal(one, value, goals.get(key))
