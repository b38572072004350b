"""Field work of two months: accounts of the grid people, visits, reports, weekly words, leave, evaluations, errands.

Written straight into the tables, as of the day; only the visits ahead are made by their own job. Practice is
among it, once, and in no count.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID

import pgtrigger
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from config.demo.chance import stream
from config.demo.errands import book_responses, write_errands
from config.demo.names import full_name
from config.demo.patrols import Crew, crews_on, residents_of, write_patrols
from config.demo.whistles import Whistles, write_alerts
from grids.actions.postings import ROLE_OF_POST
from grids.choices import PostingRole, SentinelOrigin
from grids.models import Grid, Posting
from outreach.choices import ChangeState, PersonnelChangeKind
from outreach.models import (
    Evaluation,
    GridReport,
    OutreachVisit,
    PersonnelChange,
    SentinelLeave,
    VisitCheckIn,
    ZeroReport,
)
from outreach.policy import OutreachPolicy, policy_on
from outreach.rules.evaluating import SHEETS, half_of, total_of
from outreach.rules.weekly import WEEK, week_of
from residents.models import Resident
from teams.choices import Profession, Role
from teams.models import RoleAssignment, User

SILENT, FORGETFUL = 0.05, 0.2  # of the sentinels; of their weeks
EVALUATED, AWAY = 0.7, 0.03
WEEKS = 8
_DAY = timedelta(days=1)


def write_field(*, seed: int, on: date, now: datetime) -> list[str]:
    """Everything of the field; figures for the report."""
    policy = policy_on(on)
    with transaction.atomic():
        crews = crews_on(on)
        patrols = write_patrols(stream(seed, "patrols"), crews, policy=policy, on=on, now=now)
        people = _with_accounts(on, now)
        teams = {grid.pk: crew.team_id for crew in crews for grid in crew.grids}
        teams |= {
            pk: teams[above]
            for pk, above in Grid.objects.filter(parent__in=list(teams)).values_list("pk", "parent")
        }
        residents = residents_of(set(teams), each=6)
        reports = _whistles(stream(seed, "whistles"), crews, people, teams, residents, policy, on, now)
        chance = stream(seed, "grid-people")
        _weekly(chance, people, on)
        _leave(chance, people, on)
        judged = _evaluate(chance, people, on)
        _changes(chance, people, on, now)
        own = _shown(people, PostingRole.SENTINEL)
        errands = write_errands(chance, crews, _sentinels(people), own, residents, policy, on)
        _check_in(chance, people, on)
    return [*patrols, f"{len(reports)} 条网格上报", f"{errands} 件代办", f"{judged} 份评价"]


def _with_accounts(on: date, now: datetime) -> list[Posting]:
    """Postings of the community health team by id; whoever had no account gets one that cannot sign in."""
    posts = Posting.objects.active_on(on).filter(role__in=ROLE_OF_POST).order_by("pk")
    people = list(posts.select_related("grid__village", "village", "user"))
    bare = [one for one in people if one.user is None]
    unusable = make_password(None)
    users = [
        User(
            username=f"grid{number:04d}", name=one.name, phone=one.phone, profession=Profession.OTHER,
            password=unusable, must_change_password=False, is_active=False, date_joined=now,
        )
        for number, one in enumerate(bare, start=1)
    ]  # fmt: skip
    User.objects.bulk_create(users)
    roles = []
    for one, user in zip(bare, users, strict=True):
        place = one.grid or one.village
        role = ROLE_OF_POST[PostingRole(one.role)]
        roles.append(
            RoleAssignment(
                user=user, role=role, area_code=place.code if place else "", starts_on=one.starts_on
            )
        )
    RoleAssignment.objects.bulk_create(roles)
    for one, user, role in zip(bare, users, roles, strict=True):
        one.user, one.role_assignment = user, role
    with pgtrigger.ignore("grids.Posting:update_update"):  # nobody changed them
        Posting.objects.bulk_update(bare, ["user", "role_assignment"], batch_size=500)
    return people


def _whistles(
    chance: Random, crews: Sequence[Crew], people: Sequence[Posting], teams: dict[int, int],
    residents: dict[int, list[Resident]], policy: OutreachPolicy, on: date, now: datetime,
) -> list[GridReport]:  # fmt: skip
    drawn = Whistles(
        chance, teams=teams, leaders={crew.team_id: crew.leader for crew in crews}, residents=residents,
        policy=policy, on=on, now=now,
    )  # fmt: skip
    drawn.life(people)
    sentinel = _shown(people, PostingRole.SENTINEL)
    near = [
        one
        for one in people
        if one.role != PostingRole.COMMUNITY_STEWARD
        and one.grid.village_id == sentinel.grid.village_id
        and one.user_id != sentinel.user_id
    ]
    symptoms = drawn.by_hand(sentinel, near[:2])
    drawn.write()
    old = next(one for one in people if one.grid and one.grid.village_id != sentinel.grid.village_id)
    write_alerts(symptoms, old, crews[0].leader, policy=policy, on=on, now=now)
    book_responses(drawn.sent.reports, now=now)
    return drawn.sent.reports


def _shown(people: Sequence[Posting], role: PostingRole) -> Posting:
    """The posting of the demonstration's own account."""
    return next(one for one in people if one.role == role and one.user is not None and one.user.is_active)


def _sentinels(people: Sequence[Posting]) -> list[Posting]:
    return [one for one in people if one.role == PostingRole.SENTINEL]


def _weekly(chance: Random, people: Sequence[Posting], on: date) -> None:
    """Word that there was nothing: most weeks of most; a few have been silent for a month."""
    sent = set(
        GridReport.objects.real()
        .filter(reported_at__gte=_at(on - 5 * WEEK, time(0)))
        .values_list("posting", flat=True)
    )
    rows = []
    for one in _sentinels(people):
        is_silent = chance.random() < SILENT and one.pk not in sent
        for back in range(1, WEEKS + 1):
            monday = week_of(on) - back * WEEK
            if not (is_silent and back <= 4) and chance.random() >= FORGETFUL:
                at = _at(monday + chance.randint(4, 6) * _DAY, time(17, chance.randrange(60)))
                rows.append(ZeroReport(posting=one, week_on=monday, reported_at=at))
    ZeroReport.objects.bulk_create(rows, batch_size=2000)


def _leave(chance: Random, people: Sequence[Posting], on: date) -> None:
    own = _shown(people, PostingRole.SENTINEL)
    rows = []
    for one in _sentinels(people):
        if one is not own and chance.random() < AWAY:
            starts_on = on - chance.randint(0, 10) * _DAY
            rows.append(
                SentinelLeave(
                    posting=one, starts_on=starts_on, ends_on=starts_on + chance.randint(3, 20) * _DAY,
                    note=chance.choice(("住院", "回老家", "照顾家人")), entered_by=one.user,
                )
            )  # fmt: skip
    SentinelLeave.objects.bulk_create(rows)


def _evaluate(chance: Random, people: Sequence[Posting], on: date) -> int:
    """The half-year before: stewards on leaders, leaders on sentinels."""
    half = half_of(on).before
    stewards = {one.village_id: one.user for one in people if one.role == PostingRole.COMMUNITY_STEWARD}
    leaders = {one.grid_id: one.user for one in people if one.role == PostingRole.GRID_LEADER}
    rows = []
    for one in people:
        if one.grid is None or chance.random() >= EVALUATED:
            continue
        kind = "leader" if one.role == PostingRole.GRID_LEADER else "sentinel"
        by = (
            stewards.get(one.grid.village_id)
            if kind == "leader"
            else leaders.get(one.grid.parent_id or one.grid_id)
        )
        if by is None:
            continue
        scores = {item.code: item.points - chance.choice((0, 0, 1, 2, 4)) for item in SHEETS[kind]}
        at = _at(half.last_on + chance.randint(1, 12) * _DAY, time(10, chance.randrange(60)))
        rows.append(
            Evaluation(
                kind=kind, posting=one, year=half.year, half=half.half, scores=scores, total=total_of(scores),
                note=chance.choice(("工作主动", "上报及时", "")), evaluated_by=by, evaluated_at=at,
            )
        )  # fmt: skip
    return len(Evaluation.objects.bulk_create(rows, batch_size=1000))


def _changes(chance: Random, people: Sequence[Posting], on: date, now: datetime) -> None:
    """Two wait for the street, one was sent back, one entered."""
    leader = _shown(people, PostingRole.GRID_LEADER)
    street = RoleAssignment.objects.active_on(on).filter(role=Role.STREET, user__is_active=True).first()
    others = [one for one in _sentinels(people) if one.grid.parent_id is None and one.grid != leader.grid][:2]
    by_grid = {one.grid_id: one for one in people if one.role == PostingRole.GRID_LEADER}

    def reported(kind: PersonnelChangeKind, by: Posting, days: int, **facts: object) -> PersonnelChange:
        return PersonnelChange(
            client_token=UUID(int=chance.getrandbits(128), version=4), kind=kind, grid=by.grid,
            since=on - days * _DAY, reported_by=by.user, reported_at=now - days * _DAY, **facts,
        )  # fmt: skip

    decided = {"decided_by": street.user if street else leader.user, "decided_at": now - 20 * _DAY}
    rows = [
        reported(
            PersonnelChangeKind.JOINED, leader, 1, name=full_name(chance, False, 1971), phone="19900090001",
            origin=SentinelOrigin.VOLUNTEER, note="社区舞蹈队队长，热心",
        ),
        reported(
            PersonnelChangeKind.JOINED, leader, 22, name=full_name(chance, True, 1966), phone="19900090002",
            origin=SentinelOrigin.PROPERTY, state=ChangeState.REFUSED, decision="请补充物业公司证明后再报", **decided,
        ),
    ]  # fmt: skip
    for one in others:
        by = by_grid.get(one.grid_id)
        if by:
            rows.append(reported(PersonnelChangeKind.LEFT, by, 2, posting=one, note="搬离本区"))
    own = next((one for one in _sentinels(people) if one.grid == leader.grid), None)
    if own:
        rows.append(
            reported(
                PersonnelChangeKind.PHONE, leader, 24, posting=own, phone=own.phone, state=ChangeState.APPLIED,
                decision="已更新", **decided,
            )
        )  # fmt: skip
    PersonnelChange.objects.bulk_create(rows)


def _check_in(chance: Random, people: Sequence[Posting], on: date) -> None:
    """Sentinels who came along when the team was in their grid."""
    by_grid: dict[int, list[Posting]] = {}
    for one in _sentinels(people):
        by_grid.setdefault(one.grid_id or 0, []).append(one)
    visits = OutreachVisit.objects.done().filter(grids__isnull=False, on__lt=on).order_by("on", "pk")
    rows = []
    for pk, grid, at in visits.values_list("pk", "grids", "began_at"):
        for one in by_grid.get(grid, ()):
            if chance.random() < 0.4:
                token = UUID(int=chance.getrandbits(128), version=4)
                rows.append(VisitCheckIn(visit_id=pk, posting=one, client_token=token, at=at, typed_at=at))
    VisitCheckIn.objects.bulk_create(rows, batch_size=1000)


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=timezone.get_default_timezone())
