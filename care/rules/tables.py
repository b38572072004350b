"""The shape of a programme's rule table: what is asked for, when, what proves it, and how a visit is classified (3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from care.choices import FACE_TO_FACE, Program, ScheduleKind, ServiceMode, Urgency

Value = int | Decimal | str | bool


@dataclass(frozen=True)
class Number:
    """One leaf of a table that the bureau may change.

    Attributes:
        source: requirement id or section of docs/domain.md.
        note: what a reader should know, such as that the document is silent.
        policy: field of the contracts' policy that it is, where the paper promises the same number; changed there.
    """

    name: str
    label: str
    value: int | Decimal
    unit: str
    least: int | Decimal
    most: int | Decimal
    source: str
    note: str = ""
    policy: str = ""


@dataclass(frozen=True)
class Point:
    """One moment of a series, counted from the anchor.

    Attributes:
        months, days: due so long after the anchor; months keep the day of the month.
        before: may be done so many days before.
        after_months, after: in time until so long after.
    """

    label: str
    months: int = 0
    days: int = 0
    before: int = 0
    after: int = 0
    after_months: int = 0


@dataclass(frozen=True)
class Schedule:
    """How the dates of a rule follow from its anchor.

    Attributes:
        first_months, first_days: from the anchor to the first occurrence; both 0: one step.
        opens_days: for ONCE, from the anchor to the first day on which it may be done.
        step_months, step_days: between two occurrences (INTERVAL).
        before_days, after_days: the window around the due day. For CALENDAR ``after_days`` is how long before the end
            of a period it is due.
        grace_days: how long after the window the last occurrence of a series is still accepted.
        period, times: for CALENDAR: "month", "quarter", "half_year", "year" or "contract_year", and into how many equal
            parts each is divided.
        min_days: a period that the promise covers for fewer days asks for nothing.
    """

    kind: ScheduleKind
    first_months: int = 0
    first_days: int = 0
    opens_days: int = 0
    step_months: int = 0
    step_days: int = 0
    before_days: int = 0
    after_days: int = 0
    grace_days: int = 0
    points: tuple[Point, ...] = ()
    period: str = ""
    times: int = 1
    min_days: int = 0


@dataclass(frozen=True)
class Condition:
    """``field`` compared with a value, with a number of the table, or with another field.

    Attributes:
        sign: "<", "<=", ">", ">=", "=", "!=", "in" (the field's code is one of ``values``), "has" (the
            field's list holds one of ``values``), "any" (the field holds something), "no" (not ticked), "missing".
        values: as many as the sign takes; a text that begins with "@" names a band or another field. A comparison with
            something that was not written down never holds.
    """

    field: str
    sign: str
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class ServiceRule:
    """What is asked for of one kind of person.

    Attributes:
        code: "hypertension.routine"; the programme is before the dot.
        trigger: "enrolled", "household", "born", "discharged" (of the newborn; birth where no discharge is known),
            "flag:<population>" and "aged:<full years>", both with ":<population>,<population>" for whom to leave out,
            "tier:<kind>:<color>", "episode:<program>[:<fact>]", "verdict:<program>", "reading:abnormal". The last two are
            started by a visit or a reading; which visit says ``Verdict.starts``.
        until: fact of the running episode that ends the rule on its day ("delivered_on"), or "".
        forms: records of any of these forms prove it. needs: what such a record must say besides.
        modes: ways of service that count; () any.
        yearly_minimum: how many a calendar year must have; 0 for no such number.
        items: codes of contracts/data/items.toml that it fulfils where they were promised.
    """

    code: str
    program: Program
    name: str
    trigger: str
    schedule: Schedule
    forms: tuple[str, ...]
    source: str
    needs: tuple[Condition, ...] = ()
    modes: tuple[ServiceMode, ...] = ()
    is_face_to_face: bool = False
    yearly_minimum: int = 0
    items: tuple[str, ...] = ()
    urgency: Urgency = Urgency.ROUTINE
    until: str = ""
    note: str = ""


@dataclass(frozen=True)
class Step:
    """A stretch until the next occurrence, where a visit decides it."""

    months: int = 0
    days: int = 0


@dataclass(frozen=True)
class Verdict:
    """What a visit is, by the table.

    Attributes:
        starts: codes of rules that begin with it, counted from the day of the visit.
        interval: until the next occurrence of the routine rule, where it is not the usual one.
        sentence: what to do, for the page and the paper.
    """

    code: str
    label: str
    sentence: str
    urgency: Urgency = Urgency.ROUTINE
    refer: bool = False
    starts: tuple[str, ...] = ()
    interval: Step | None = None


@dataclass(frozen=True)
class ClassRow:
    """One row of a classification: the first that holds gives the class, so every visit has exactly one.

    Attributes:
        any_of: one of these must hold, if there are any. all_of: all of these.
        after: codes of which one must be the class of the visit before, if there are any.
    """

    verdict: Verdict
    any_of: tuple[Condition, ...] = ()
    all_of: tuple[Condition, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Band:
    """A value that depends on the person: the first band whose condition holds; the last has none."""

    value: int | Decimal
    when: Condition | None = None


@dataclass(frozen=True)
class Classification:
    """How records of one form are classified.

    Attributes:
        rows: in order; the last one has no condition.
    """

    form: str
    rows: tuple[ClassRow, ...]


@dataclass(frozen=True)
class Table:
    """One version of a programme's rules, as read from ``RuleTable.table``.

    Attributes:
        numbers: by name, in the order of the file.
        bands: name -> bands; conditions may compare with the name.
        classes: by form.
        labels: field, or "field.code", -> Chinese name, for the page that shows the table.
    """

    program: Program
    title: str
    source: str
    numbers: Mapping[str, Number]
    rules: tuple[ServiceRule, ...]
    bands: Mapping[str, tuple[Band, ...]]
    classes: Mapping[str, Classification]
    labels: Mapping[str, str]

    def number(self, name: str) -> int | Decimal:
        return self.numbers[name].value

    def rule(self, code: str) -> ServiceRule | None:
        return next((one for one in self.rules if one.code == code), None)


def allows(rule: ServiceRule, mode: str) -> bool:
    """Whether a service given in this way counts: a telephone call is no face-to-face visit (3)."""
    if rule.modes:
        return mode in rule.modes
    return not rule.is_face_to_face or mode in FACE_TO_FACE
