"""Coverage (签约覆盖) of townships, villages, grids and teams on a day (4.8).

Denominator: residents on the register that day, those who died, moved away or were lost by then taken out. Numerator:
those of them with an agreement in force that day, so a rate of an area never exceeds 100 %. What the register cannot
tell about the past is not guessed: somebody entered later is not counted before his entry, and everybody is counted in
the grid where he lives now. Teams are counted by the responsibility of that very day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.db.models import Count, Q, QuerySet

from assessment.choices import Level
from assessment.queries.heads import Tallies, inside, present, residents_known, tallies
from assessment.rules import Tally, points_gained
from contracts.choices import AgreementState
from contracts.models import Enrollment
from grids.choices import AreaLevel, GridLevel
from grids.models import Area, Grid
from residents.choices import LifeStatus
from residents.models import Resident
from residents.policy import ResidentsPolicy
from teams.models import Team, User

_PENDING = (AgreementState.DRAFT, AgreementState.PENDING_CONFIRM)


@dataclass(frozen=True)
class Line:
    """One row: a place or a team with its figures now and some days before.

    Attributes:
        id: None for the rest of a table of teams: grids without a team, teams outside the reader's scope.
        code: leads to the level below, "" where there is none.
        within: name of the area or institution it lies in.
        is_rated: False where signed and residents are not the same people, so that there is no rate.
    """

    id: int | None
    code: str
    name: str
    within: str
    now: Tally
    before: Tally
    is_rated: bool = True

    @property
    def rate(self) -> Fraction | None:
        return self.now.rate if self.is_rated else None

    @property
    def rate_before(self) -> Fraction | None:
        return self.before.rate if self.is_rated else None

    @property
    def gained(self) -> Fraction | None:
        """Percentage points."""
        return points_gained(self.rate, self.rate_before)

    @property
    def key_rate(self) -> Fraction | None:
        return self.now.key_rate if self.is_rated else None

    @property
    def near_rate(self) -> Fraction | None:
        return self.now.near_rate if self.is_rated else None

    @property
    def family_share(self) -> Fraction | None:
        """Also where there is no rate: both sides are the same agreements."""
        return self.now.family_share


@dataclass(frozen=True)
class Excluded:
    """Who and what is left out, on the day: persons off the register, and agreements that are not (or not yet) one."""

    deceased: int
    moved_out: int
    lost: int
    absent_signed: int
    void: int
    pending: int
    supplementary: int


@dataclass(frozen=True)
class Coverage:
    """A coverage table; ``total`` is the sum of its lines."""

    lines: tuple[Line, ...]
    total: Line
    excluded: Excluded


def coverage(
    user: User,
    level: Level,
    *,
    area: Area | None,
    on: date,
    before: date,
    policy: ResidentsPolicy,
    counts_auto: bool = True,
) -> Coverage:
    """The table of one level, within ``area`` and within what ``user`` may see. Five queries, however many rows.

    Args:
        before: the earlier day to compare with; its key populations are those of ``policy``, too.
        counts_auto: whether terms that the calendar renewed count as signed.
    """
    known = residents_known(user, area, on)
    now = tallies(level, known, on=on, policy=policy, counts_auto=counts_auto)
    known_then = residents_known(user, area, before)
    then = tallies(level, known_then, on=before, policy=policy, counts_auto=counts_auto)
    lines = tuple(_lines(user, level, area, on, now, then))
    total = Line(
        None,
        "",
        "合计",
        "",
        sum((one.now for one in lines), Tally()),
        sum((one.before for one in lines), Tally()),
    )
    return Coverage(lines, total, _excluded(known, on))


def _lines(
    user: User, level: Level, area: Area | None, on: date, now: Tallies, then: Tallies
) -> Iterable[Line]:
    """Places of the level in code order, also those where nobody lives; teams by institution and name."""
    counted = {one for one in now.keys() | then.keys() if one is not None}
    if level == Level.TEAM:
        named = _teams(user, area, on, counted)
    elif level == Level.GRID:
        named = _grids(user, area, on, counted)
    else:
        named = _areas(user, level, area, on, counted)
    for pk, (code, name, within) in named.items():
        yield Line(pk, code, name, within, now.get(pk, Tally()), then.get(pk, Tally()))
    others = counted - named.keys()
    if others:
        yield Line(
            None, "", "其他团队", "不在您的管理范围", _sum(now, others), _sum(then, others), is_rated=False
        )
    if None in now or None in then:
        yield Line(None, "", "未分派团队的网格", "", _sum(now, (None,)), _sum(then, (None,)), is_rated=False)


def _sum(found: Mapping[int | None, Tally], ids: Iterable[int | None]) -> Tally:
    return sum((found.get(one, Tally()) for one in ids), Tally())


Named = dict[int, tuple[str, str, str]]  # id -> code for the level below, name, name of what it lies in


def _areas(user: User, level: Level, area: Area | None, on: date, counted: set[int]) -> Named:
    """Today's townships or villages that the user may see, and every other one that somebody was counted in."""
    rank = AreaLevel.TOWNSHIP if level == Level.TOWNSHIP else AreaLevel.VILLAGE
    standing = Area.objects.visible_to(user).valid_on(on).filter(level=rank)
    found = Area.objects.filter(Q(pk__in=counted) | Q(pk__in=_ids(standing))).select_related("parent")
    if area is not None:
        found = found.filter(Q(pk=area.pk) | inside(area, "parent"))
    is_village = rank == AreaLevel.VILLAGE
    return {
        one.pk: (one.code, one.name, str(one.parent) if is_village else "") for one in found.order_by("code")
    }


def _grids(user: User, area: Area | None, on: date, counted: set[int]) -> Named:
    """Open grids that the user may see, and every other one that somebody was counted in; no micro-grids."""
    standing = Grid.objects.visible_to(user).open_on(on).filter(level=GridLevel.GRID)
    found = Grid.objects.filter(Q(pk__in=counted) | Q(pk__in=_ids(standing))).select_related("village")
    if area is not None:
        found = found.filter(inside(area, "village"))
    return {one.pk: (one.code, one.name, str(one.village)) for one in found.order_by("code")}


def _teams(user: User, area: Area | None, on: date, counted: set[int]) -> Named:
    """Teams in the user's scope: those counted, and without an area also those that cover nobody."""
    found = Team.objects.visible_to(user).select_related("institution")
    standing = Q(pk__in=counted)
    if area is None:
        standing |= Q(pk__in=_ids(Team.objects.active_on(on)))
    return {
        one.pk: ("", one.name, one.institution.name)
        for one in found.filter(standing).order_by("institution__area_code", "institution__name", "name")
    }


def _ids(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.order_by().values("pk")


def _excluded(known: QuerySet[Resident], on: date) -> Excluded:
    absent = known.exclude(present(on))
    people = absent.aggregate(**{one.value: Count("pk", filter=Q(life_status=one)) for one in LifeStatus})
    promises = Enrollment.objects.filter(starts_on__lte=on, ends_on__gte=on, resident__in=known.values("pk"))
    in_force = Q(is_supplementary=False) & ~Q(state__in=(*_PENDING, AgreementState.VOID))
    papers = promises.aggregate(
        absent=Count("pk", filter=in_force & Q(resident__in=absent.values("pk"))),
        void=Count("pk", filter=Q(state=AgreementState.VOID)),
        pending=Count("pk", filter=Q(state__in=_PENDING)),
        supplementary=Count(
            "pk", filter=Q(is_supplementary=True) & ~Q(state__in=(*_PENDING, AgreementState.VOID))
        ),
    )
    return Excluded(
        deceased=people[LifeStatus.DECEASED],
        moved_out=people[LifeStatus.MOVED_OUT],
        lost=people[LifeStatus.LOST],
        absent_signed=papers["absent"],
        void=papers["void"],
        pending=papers["pending"],
        supplementary=papers["supplementary"],
    )
