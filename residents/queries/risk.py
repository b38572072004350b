"""Decision tables and tiers: which version holds, who stands in which color, and what another table would change."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F

from core.dates import age_on
from residents.choices import RiskColor, RiskKind
from residents.models import RiskScheme, RiskTier
from residents.rules.faults import Fault
from residents.rules.risk import RiskTable, answered, judge, said_answers
from residents.rules.risk_table import read_table


def scheme_on(kind: str, day: date) -> RiskScheme | None:
    """The version that holds on a day: the latest in force, of those the newest."""
    standing = RiskScheme.objects.filter(kind=kind, in_force_from__lte=day)
    return standing.order_by("-in_force_from", "-version").first()


def table_of(scheme: RiskScheme) -> RiskTable:
    """The decision table of a stored version; it was checked before it was stored."""
    found = read_table(scheme.table)
    if isinstance(found, Fault):
        raise ValueError(f"{scheme}: {found.cause}")
    return found


@dataclass(frozen=True)
class TierLine:
    """One assessment on a person's page."""

    tier: RiskTier
    answers: list[tuple[str, str]]

    @property
    def is_running(self) -> bool:
        return self.tier.ends_on is None


@dataclass(frozen=True)
class TierCard:
    """What the page of a person says of one kind of tier."""

    kind: RiskKind
    running: TierLine | None
    former: int


def tier_cards(resident_id: int) -> list[TierCard]:
    """One for every kind of tier. One query."""
    return [
        TierCard(
            RiskKind(kind),
            next((one for one in lines if one.is_running), None),
            sum(not one.is_running for one in lines),
        )
        for kind, lines in tiers_of(resident_id).items()
    ]


def tiers_of(resident_id: int) -> dict[str, list[TierLine]]:
    """Assessments of a person by kind, the running one first. One query."""
    rows = RiskTier.objects.filter(resident=resident_id).select_related("scheme", "assessed_by")
    found: dict[str, list[TierLine]] = {kind: [] for kind in RiskKind.values}
    for tier in rows.order_by(F("ends_on").desc(nulls_first=True), "-starts_on", "-pk"):
        table = table_of(tier.scheme)
        known = {one.code: tier.inputs.get(one.code, "") for one in table.inputs}
        found[tier.kind].append(TierLine(tier, said_answers(table, known)))
    return found


@dataclass(frozen=True)
class Preview:
    """What another table would make of the running tiers of a kind.

    Attributes:
        moves: (color now, color then) -> persons, only where they differ.
        same: persons whose color stays.
        unanswered: persons whose kept answers do not fit the new inputs; they keep their tier until assessed again.
    """

    moves: dict[tuple[RiskColor, RiskColor], int]
    same: int
    unanswered: int

    @property
    def changed(self) -> int:
        return sum(self.moves.values())

    @property
    def lines(self) -> list[tuple[str, str, int]]:
        return [
            (str(a.label), str(b.label), count)
            for (a, b), count in sorted(self.moves.items(), key=lambda one: -one[1])
        ]


def preview(kind: str, table: RiskTable, *, on: date) -> Preview:
    """Judge everybody again by another table, age as of the day. One query; persons with the same facts count at once."""
    rows = (
        RiskTier.objects.running()
        .filter(kind=kind)
        .values_list("color", "inputs", "resident__born_on", "resident__sex")
        .annotate(persons=Count("pk"))
        .order_by()
    )
    moves: Counter[tuple[RiskColor, RiskColor]] = Counter()
    same = unanswered = 0
    for color, inputs, born_on, sex, persons in rows.iterator(chunk_size=5_000):
        answers = answered(table, inputs, years=age_on(born_on, on) if born_on else None, sex=sex)
        if isinstance(answers, Fault):
            unanswered += persons
            continue
        then = judge(table, answers).color
        if then == color:
            same += persons
        else:
            moves[RiskColor(color), then] += persons
    return Preview(dict(moves), same, unanswered)
