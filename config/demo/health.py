"""Who belongs to which population. Pure.

The shares are assumptions for a believable demonstration, written down here so that nobody takes them for findings.
They mean *registered* cases. Age kinds (0-6, 60-64, 65+, 80+) are not drawn: they follow from the birth date. HIV is
not drawn at all: such records do not belong into a demonstration.

    hypertension   0.06 % of adults below 35, 5 % at 35, 15 % at 45, 32 % at 55, 55 % from 65 on
    diabetes       2 % at 35, 6 % at 45, 12 % at 55, 19 % from 65 on
    severe mental  0.5 % of adults
    perinatal      5.5 % of married women of 22 to 42
    others         see the table
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from config.demo.households import Person
from core.dates import add_years
from residents.choices import Evidence, Population, Relation

K = Population

# Kind -> (from which age, share of that age), the last one that fits counts.
SHARES: dict[Population, tuple[tuple[int, float], ...]] = {
    K.HYPERTENSION: ((18, 0.0006), (35, 0.05), (45, 0.15), (55, 0.32), (65, 0.55)),
    K.DIABETES_T2: ((18, 0.0005), (35, 0.02), (45, 0.06), (55, 0.12), (65, 0.19)),
    K.COPD: ((40, 0.01), (55, 0.025), (65, 0.05)),
    K.DYSLIPIDEMIA: ((35, 0.05), (50, 0.11), (65, 0.14)),
    K.STROKE: ((45, 0.008), (55, 0.02), (65, 0.05), (75, 0.08)),
    K.STROKE_HIGH_RISK: ((40, 0.03), (60, 0.05)),
    K.CHD: ((45, 0.01), (55, 0.03), (65, 0.08), (75, 0.12)),
    K.TUMOR: ((30, 0.002), (50, 0.01), (65, 0.02)),
    K.SMI: ((18, 0.005), (70, 0.003)),
    K.TB: ((15, 0.0004),),
    K.DISABLED: ((0, 0.004), (18, 0.012), (60, 0.05)),
    K.DISABLED_ELDER: ((65, 0.02), (75, 0.06), (85, 0.2)),
    K.DEMENTIA: ((65, 0.02), (75, 0.05), (85, 0.15)),
    K.BEDRIDDEN: ((65, 0.004), (80, 0.02)),
    K.PREFERENTIAL: ((60, 0.012),),
    K.HIGH_RISK_HTN: ((35, 0.05), (55, 0.1)),
}
# Who has the first is no longer counted under the second.
SUPERSEDES = ((K.HYPERTENSION, K.HIGH_RISK_HTN), (K.STROKE, K.STROKE_HIGH_RISK))
# Kinds of a whole household: share in urban communities, share in villages.
HOUSEHOLD_SHARES = {
    K.OUT_OF_POVERTY: (0.0, 0.012),
    K.POVERTY_MONITOR: (0.0, 0.002),
    K.LOW_INCOME: (0.006, 0.012),
}
LISTED = (
    *HOUSEHOLD_SHARES, K.EXTREME_POVERTY, K.SPECIAL_FP_FAMILY, K.PREFERENTIAL, K.DISABLED,
)  # fmt: skip
PASSING = {K.PERINATAL: 280, K.TB: 200}  # days for which it can have lasted


@dataclass(slots=True)
class Flag:
    """One population kind of a person: since when, and what it rests on."""

    kind: Population
    starts_on: date
    evidence: Evidence


def flags_of_household(
    chance: Random, people: Sequence[Person], *, is_urban: bool, on: date
) -> list[list[Flag]]:
    """The flags of each member, in the order of the members."""
    shared = _shared_kinds(chance, people, is_urban)
    return [_flags(chance, person, shared, on) for person in people]


def _shared_kinds(chance: Random, people: Sequence[Person], is_urban: bool) -> list[Population]:
    found = [
        kind for kind, shares in HOUSEHOLD_SHARES.items() if chance.random() < shares[0 if is_urban else 1]
    ]
    is_childless_couple = len(people) == 2 and people[1].relation == Relation.WIFE and people[1].age >= 49
    if is_childless_couple and chance.random() < 0.006:
        found.append(K.SPECIAL_FP_FAMILY)
    if len(people) == 1 and people[0].age >= 60 and not is_urban and chance.random() < 0.04:
        found.append(K.EXTREME_POVERTY)
    return found


def _flags(chance: Random, person: Person, shared: list[Population], on: date) -> list[Flag]:
    kinds = list(shared)
    for kind, steps in SHARES.items():
        share = next((share for age, share in reversed(steps) if person.age >= age), 0.0)
        if share and chance.random() < share:
            kinds.append(kind)
    if person.relation == Relation.WIFE and 22 <= person.age <= 42 and chance.random() < 0.055:
        kinds.append(K.PERINATAL)
    for first, second in SUPERSEDES:
        if first in kinds and second in kinds:
            kinds.remove(second)
    return [_flag(chance, person, kind, on) for kind in kinds]


def _flag(chance: Random, person: Person, kind: Population, on: date) -> Flag:
    """Since when: a passing state for some months, anything else for up to eight years, never before the onset."""
    days = PASSING.get(kind, 8 * 365)
    onset = SHARES.get(kind, ((0, 0.0),))[0][0]
    earliest = max(on - timedelta(days=days), add_years(person.born_on, onset))
    starts_on = earliest + timedelta(days=chance.randrange((on - earliest).days + 1))
    if kind in LISTED:
        return Flag(kind, starts_on, Evidence.ROSTER)
    return Flag(kind, starts_on, Evidence.MEDICAL_RECORD if chance.random() < 0.65 else Evidence.SCREENING)
