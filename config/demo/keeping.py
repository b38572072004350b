"""What keeping the register leaves behind: entries confirmed again, household stewards and their trainings, elders in red,
yellow and green. Drawn from a stream of its own, so that nobody else's luck changes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from random import Random

from config.demo.chance import Weighted
from config.demo.copying import copy_in
from config.demo.registry import Entry, Home, Register, at_work
from residents.choices import RiskKind
from residents.models import HouseholdEvent, ResidentEvent, RiskTier, StewardTraining
from residents.policy import ResidentsPolicy
from residents.queries.risk import scheme_on, table_of
from residents.rules.risk import answered, judge
from teams.models import TeamMembership

CONFIRMED_SHARE, STEWARD_SHARE, TRAINED_SHARE, TIERED_SHARE = 0.8, 0.75, 0.5, 0.8
LAST_YEAR = 330  # days
TOPICS = (
    "家庭健康掌门人培训：慢性病用药与监测",
    "家庭健康掌门人培训：老年人防跌倒",
    "家庭健康掌门人培训：合理膳食",
)
DISEASE = Weighted([("stable", 0.85), ("unstable", 0.15)])
VACCINATION = Weighted([("full", 0.7), ("partial", 0.2), ("none", 0.1)])
_LONG_ILLNESS = ("hypertension", "diabetes_t2", "copd", "chd", "stroke", "tumor")


def confirm_and_appoint(chance: Random, register: Register, policy: ResidentsPolicy, on: date) -> None:
    """Before anything is written: whose entry was looked at within the year, and who stewards a household."""
    homes: dict[int, list[Entry]] = defaultdict(list)
    for entry in register.entries:
        homes[entry.home].append(entry)
    for at, family in homes.items():
        home = register.homes[at]
        day = on - timedelta(days=chance.randrange(1, LAST_YEAR))
        if chance.random() < CONFIRMED_SHARE and day > home.registered_on:
            for entry in family:
                entry.confirmed_on = max(day, entry.entered_on)
        adults = [
            one for one in family if one.is_present and policy.minor_age <= one.person.age < policy.aged_age
        ]
        if adults and chance.random() < STEWARD_SHARE:
            home.steward = chance.choice(adults)


def write_keeping(chance: Random, register: Register, on: date) -> list[str]:
    """After the register: the households' stories, trainings, and the elders' tiers; figures of what was written."""
    leaders = dict(
        TeamMembership.objects.active_on(on).filter(is_leader=True).values_list("team_id", "user_id")
    )
    copy_in(HouseholdEvent, ("household_id", "kind", "at", "by_id", "note"), _stories(register.homes, on))
    trained = copy_in(
        StewardTraining,
        ("household_id", "steward_id", "trained_on", "topic", "recorded_by_id", "recorded_at"),
        _trainings(chance, register.homes, leaders, on),
    )
    tiered = list(_tiers(chance, register.entries, leaders, on))
    copy_in(RiskTier, _TIER, tiered)
    copy_in(
        ResidentEvent,
        ("resident_id", "kind", "at", "by_id"),
        ((row[0], ResidentEvent.Kind.RISK_TIERED, row[-1], row[-2]) for row in tiered),
    )
    return [
        f"{sum(one.steward is not None for one in register.homes)} 位掌门人",
        f"{trained} 人次培训",
        f"{len(tiered)} 人分级",
    ]


def _stories(homes: Iterable[Home], on: date) -> Iterator[tuple]:
    kind = HouseholdEvent.Kind
    for home in homes:
        yield home.id, kind.FOUNDED, at_work(home.registered_on, home.id), None, ""
        if home.steward is not None:
            day = min(home.registered_on + timedelta(days=30), on)
            yield home.id, kind.STEWARD_CHANGED, at_work(day, home.id), None, "确定家庭健康掌门人"


def _trainings(chance: Random, homes: Iterable[Home], leaders: dict[int, int], on: date) -> Iterator[tuple]:
    for home in homes:
        steward = home.steward
        if steward is None or steward.team_id not in leaders or chance.random() > TRAINED_SHARE:
            continue
        day = max(home.registered_on, on - timedelta(days=chance.randrange(1, LAST_YEAR)))
        yield (
            home.id,
            steward.id,
            day,
            chance.choice(TOPICS),
            leaders[steward.team_id],
            at_work(day, steward.id),
        )


_TIER = (
    "resident_id", "kind", "scheme_id", "color", "inputs", "explained", "starts_on", "assessed_by_id", "assessed_at",
)  # fmt: skip


def _tiers(chance: Random, entries: Iterable[Entry], leaders: dict[int, int], on: date) -> Iterator[tuple]:
    """Elders whom a team has signed, by the table in force."""
    scheme = scheme_on(RiskKind.ELDER, on)
    if scheme is None:
        return
    table = table_of(scheme)
    for entry in entries:
        leader = leaders.get(entry.team_id or 0)
        if not leader or not entry.is_present or entry.person.age < 65 or chance.random() > TIERED_SHARE:
            continue
        is_ill = any(flag.kind in _LONG_ILLNESS for flag in entry.flags)
        answers = {
            "disease": DISEASE.draw(chance) if is_ill else "none",
            "vaccination": VACCINATION.draw(chance),
        }
        found = answered(table, answers, years=entry.person.age, sex=int(entry.person.sex))
        if not isinstance(found, dict):
            continue
        verdict = judge(table, found)
        day = max(entry.entered_on, on - timedelta(days=chance.randrange(1, LAST_YEAR)))
        yield (
            entry.id, RiskKind.ELDER, scheme.pk, verdict.color, found, verdict.explained[:200], day, leader,
            at_work(day, entry.id),
        )  # fmt: skip
