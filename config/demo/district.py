"""Building the demonstration district, step after step, in one transaction. The same seed and day give the same district
(but for the nonces of sealed values and the moment of building)."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

import pgtrigger
from django.db import connection, transaction

from config.demo import (
    agreements,
    care,
    community,
    disclosures,
    families,
    field,
    fulfilled,
    institutions,
    keeping,
    papers,
    places,
    promises,
    registry,
)
from config.demo.chance import stream
from config.demo.institutions import Crew, Staff
from config.demo.numbers import FIRST_STAFF_PHONE, Phones
from config.demo.places import Spot, Village
from config.demo.registry import Entry, Register
from config.profiles.loading import store
from config.profiles.reading import Profile
from contracts.actions import find_review_flags
from contracts.policy import policy_on as contracts_policy_on
from core.refusals import Refusal
from grids.actions import load_divisions
from grids.divisions import parse, shipped
from grids.models import Area
from residents.choices import Population
from residents.policy import ResidentsPolicy
from residents.policy import policy_on as residents_policy_on
from residents.rules.population import age_bands, kinds_by_age
from teams.models import Institution

LEAST_RESIDENTS, MOST_RESIDENTS = 200, 2_000_000
Say = Callable[[str], None]


class CannotSeed(Refusal):
    """The district cannot be built here; nothing was written."""


@dataclass(frozen=True)
class Wish:
    """What to build: which district, for how many people, by which seed, as of which day."""

    profile: Profile
    residents: int
    seed: int
    on: date
    at: datetime

    @property
    def since(self) -> date:
        """When everything began: 1 January three years before."""
        return date(self.on.year - 3, 1, 1)


class Progress:
    """Tells each step when it begins to matter: after it, with its figures and seconds."""

    def __init__(self, say: Say) -> None:
        self._say = say

    @contextmanager
    def step(self, what: str) -> Iterator[list[str]]:
        began, figures = time.perf_counter(), []
        yield figures
        self._say(f"  {what}：{'，'.join(figures) or '完成'}（{time.perf_counter() - began:.1f} 秒）")


def build(wish: Wish, say: Say) -> None:
    """Write the whole district.

    Raises:
        CannotSeed: there are institutions already, or the number of residents is out of bounds.
    """
    if not LEAST_RESIDENTS <= wish.residents <= MOST_RESIDENTS:
        bounds = f"{LEAST_RESIDENTS} 至 {MOST_RESIDENTS}"
        raise CannotSeed("residents", f"居民人数应在 {bounds} 之间，现为 {wish.residents}。")
    with transaction.atomic(), pgtrigger.ignore(*_first_row_triggers()):
        if Institution.objects.exists():
            raise CannotSeed(
                "not_empty", "数据库里已有机构。请换一个空数据库，或先用 make reset 删除演示数据。"
            )
        with connection.cursor() as cursor:  # inventing takes longer than a page may sit in a transaction
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        progress = Progress(say)
        villages, spots = _places(wish, progress)
        crews, covered = _people_at_work(wish, villages, progress)
        _residents(wish, spots, crews, covered, progress)
        with progress.step("更新统计信息"), connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    # As the first night would; what ignores triggers takes no statements with named values.
    with progress.step("写入一年的服务") as figures:
        figures += care.write_year(seed=wish.seed, people=wish.residents, on=wish.on, now=wish.at)
    with progress.step("写入两个月的外出服务和网格上报") as figures:
        figures += field.write_field(seed=wish.seed, on=wish.on, now=wish.at)
    with progress.step("写入公开日程、三个月的十公开和问卷") as figures:
        figures += disclosures.write_disclosures(seed=wish.seed, on=wish.on, now=wish.at)
    with progress.step("查找签约核查线索") as figures:
        figures += [f"{kind.label} {count} 条" for kind, count in find_review_flags(on=wish.on).items()]


def _first_row_triggers() -> list[str]:
    """History of first rows tells who added them. Nobody added these, and the triggers would double the time."""
    return [
        f"{model._meta.label}:{trigger.name}"
        for model, trigger in pgtrigger.registered()
        if trigger.name == "insert_insert"
    ]


def _places(wish: Wish, progress: Progress) -> tuple[list[Village], list[Spot]]:
    with progress.step("政策参数"):
        store(wish.profile, on=wish.since, today=wish.on)
    with progress.step("区划与网格") as figures:
        divisions = parse(shipped(wish.profile.district))
        load_divisions(divisions=divisions, valid_from=wish.since, by=None, on=wish.on)
        areas = Area.objects.filter(level=3, code__startswith=wish.profile.district).select_related("parent")
        chance = stream(wish.seed, "places")
        villages = places.plan_villages(chance, list(areas.order_by("code")), wish.residents)
        spots = places.make_grids(chance, villages, wish.since)
        figures += [f"{len(villages)} 个村居", f"{sum(len(one.grids) for one in villages)} 个网格"]
    return villages, spots


def _people_at_work(
    wish: Wish, villages: list[Village], progress: Progress
) -> tuple[list[Crew], dict[int, int]]:
    """Institutions, teams and community posts; the teams, and grid id -> id of the team that answers for it."""
    chance, phones, since = stream(wish.seed, "staff"), Phones(FIRST_STAFF_PHONE), wish.since
    district = villages[0].township.parent
    townships = list({one.township.code: one.township for one in villages}.values())
    with progress.step("机构与团队") as figures:
        found = institutions.make_institutions(wish.profile, district, townships, phones)
        primary = [one for one in found if len(one.area_code) == 9]
        institutions.make_stations(primary, villages, phones)
        staff = Staff(chance, phones, wish.at)
        crews = institutions.make_teams(chance, staff, primary, villages, since)
        institutions.join_teams(chance, staff, found[1:4], crews, since)
        stewards = institutions.assign_roles(staff, found, primary, since)
        figures += [f"{Institution.objects.count()} 家机构", f"{len(crews)} 个团队"]
    with progress.step("网格责任、任职与结对") as figures:
        chance = stream(wish.seed, "community")
        covered = community.assign_grids(chance, crews, since, wish.on)
        postings = community.post_people(chance, staff, crews, phones, since)
        community.pair_people(chance, crews, stewards, covered, postings, since)
        community.found_organizations(chance, villages, phones)
        figures.append(f"{len(postings)} 个任职")
    return crews, covered


def _residents(
    wish: Wish, spots: list[Spot], crews: list[Crew], covered: dict[int, int], progress: Progress
) -> None:
    policy = residents_policy_on(wish.on)
    housing = places.Housing(stream(wish.seed, "housing"))
    with progress.step("虚构居民和家庭") as figures:
        register = registry.invent(
            stream(wish.seed, "people"), spots, housing, wish.profile.district, wish.on
        )
        figures += [f"{len(register.entries)} 人", f"{len(register.homes)} 户"]
    with progress.step("拟定协议") as figures:
        deeds = _deeds(wish, register, crews, covered, policy)
        figures.append(f"{len(deeds)} 份")
    chance = stream(wish.seed, "keeping")
    keeping.confirm_and_appoint(chance, register, policy, wish.on)
    with progress.step("写入楼栋、家庭、居民"):
        registry.write(register, housing.write())
    with progress.step("写入人群标识") as figures:
        figures.append(f"{registry.write_flags(register, policy, wish.on)} 条")
    with progress.step("写入掌门人、风险分级") as figures:
        figures += keeping.write_keeping(chance, register, wish.on)
    with progress.step("写入协议"):
        promises.offer_courses(wish.since)
        papers.write_agreements(
            deeds, _kinds_of(policy, wish.on), lambda entry: register.homes[entry.home].id, wish.on
        )
    with progress.step("写入履约登记、居民异议") as figures:
        figures += fulfilled.write_fulfilled(wish.on)


def _deeds(
    wish: Wish, register: Register, crews: list[Crew], covered: dict[int, int], policy: ResidentsPolicy
) -> list[agreements.Deed]:
    kinds_of, by_team = _kinds_of(policy, wish.on), {crew.team.pk: crew for crew in crews}
    keys = frozenset(policy.key_populations)
    signing = agreements.Signing(
        stream(wish.seed, "agreements"),
        crews,
        contracts_policy_on(wish.on),
        wish.on,
        lambda entry: not keys.isdisjoint(kinds_of(entry)),
    )
    for entry in register.entries:
        grid = entry.spot.grid
        team = covered.get(grid.pk) or covered.get(grid.parent_id or 0)
        signing.decide(entry, by_team[team] if team else None)
    chance, deeds = stream(wish.seed, "families"), signing.deeds
    families.sign_together(chance, deeds, register.entries, wish.on)
    families.enter_late(chance, deeds, contracts_policy_on(wish.on), wish.on)
    families.treat(chance, deeds, wish.on)
    families.make_odd(chance, deeds, wish.on)
    return deeds


def _kinds_of(policy: ResidentsPolicy, on: date) -> Callable[[Entry], list[Population]]:
    """What a person belongs to on the day: what was drawn, and what follows from age."""
    bands = age_bands(on, policy)
    return lambda entry: [
        *(flag.kind for flag in entry.flags),
        *kinds_by_age(entry.person.born_on, bands),
    ]
