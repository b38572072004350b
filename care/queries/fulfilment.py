"""Fulfilment as tables: by institution, team, doctor, service, programme; from the sums of the night before (4.8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from django.db.models import F, Max, QuerySet, Sum
from django.db.models.functions import Coalesce

from care.actions.figures import SWEEP
from care.choices import Program
from care.models import AgreementFigure, ItemFigure, Sweep, TaskFigure
from contracts.models import Agreement
from contracts.queries.promised import AgreementPromises, promised_in_agreements, team_sees
from core.paging import Page, keyset_page
from teams.models import User

PAGE_SIZE = 50
_COUNTED = ("promised", "due", "kept", "done", "remaining", "on_demand")
_HEADS = ("agreements", "owing", "met", "people", "silent")


def rate(part: int, whole: int) -> Fraction | None:
    """None where there is nothing to compare with: no rate is not a rate of nought."""
    return Fraction(part, whole) if whole else None


@dataclass(frozen=True)
class Figures:
    """One row. What does not apply to it is None: services have no agreements.

    Attributes:
        id: of the institution, team, doctor or service; None for the total.
        within: what it lies in.
    """

    id: int | None
    name: str
    within: str
    promised: int = 0
    due: int = 0
    kept: int = 0
    done: int = 0
    remaining: int = 0
    on_demand: int = 0
    agreements: int | None = None
    owing: int | None = None
    met: int | None = None
    people: int | None = None
    silent: int | None = None

    @property
    def item_rate(self) -> Fraction | None:
        """Services given / services due (b of 4.8)."""
        return rate(self.kept, self.due)

    @property
    def agreement_rate(self) -> Fraction | None:
        """Agreements with everything due given / agreements with something due (a of 4.8)."""
        return None if self.owing is None else rate(self.met or 0, self.owing)


@dataclass(frozen=True)
class AsOf:
    """Until which day the sums reckon, and when they were made; both None before the first night."""

    day: date | None
    at: datetime | None


def as_of() -> AsOf:
    found = Sweep.objects.filter(name=SWEEP).first()
    return AsOf(found.through_on, found.through_at) if found else AsOf(None, None)


# Level -> path of its key, of its name, of what it lies in; from a row of sums.
BY = {
    "institution": ("team__institution", "team__institution__name", "team__institution__area_code"),
    "team": ("team", "team__name", "team__institution__name"),
    "doctor": ("doctor", "doctor__name", "team__name"),
    "item": ("item", "item__name", "item__nature"),
}


def table(user: User, by: str, *, institution: int = 0, team: int = 0) -> list[Figures]:
    """One row for each institution, team, doctor (in each of his teams) or service; two queries."""
    items = ItemFigure.objects.visible_to(user)
    heads = AgreementFigure.objects.visible_to(user)
    if institution:
        items = items.filter(team__institution=institution)
        heads = heads.filter(team__institution=institution)
    if team:
        items, heads = items.filter(team=team), heads.filter(team=team)
    sums = _sums(items, by, _COUNTED)
    if by == "item":
        return [Figures(key[0], name, "", **row) for key, (name, _, row) in sums.items()]
    found = _sums(heads, by, _HEADS)
    return [
        Figures(key[0], name, within if by != "institution" else "", **sums.get(key, ("", "", {}))[2], **row)
        for key, (name, within, row) in found.items()
    ]


def _sums(
    figures: QuerySet[Any], by: str, numbers: Iterable[str]
) -> dict[tuple, tuple[str, str, dict[str, int]]]:
    """(id, id of the team for doctors) -> name, what it lies in, sums."""
    path, name, within = BY[by]
    keys = [F(path), F("team")] if by == "doctor" else [F(path)]
    named = {f"key{at}": one for at, one in enumerate(keys)}
    rows = figures.values(**named, title=F(name), place=F(within)).annotate(
        **{f"sum_{one}": Coalesce(Sum(one), 0) for one in numbers}
    )
    return {
        tuple(row[one] for one in named): (
            row["title"], row["place"], {one: row[f"sum_{one}"] for one in numbers},
        )
        for row in rows.order_by("place", "title", "key0")
    }  # fmt: skip


def total(rows: list[Figures]) -> Figures:
    """The sum of a table."""
    names = [*_COUNTED, *(_HEADS if rows and rows[0].agreements is not None else ())]
    return Figures(None, "合计", "", **{one: sum(getattr(row, one) or 0 for row in rows) for one in names})


@dataclass(frozen=True)
class Punctual:
    """Tasks of one team in one programme: done in time, done late, never done; and those that count for nothing."""

    team: str
    institution: str
    program: str
    on_time: int
    late: int
    missed: int
    excused: int

    @property
    def rate(self) -> Fraction | None:
        """Done in time / all that could be done."""
        return rate(self.on_time, self.on_time + self.late + self.missed)


def punctual(user: User, *, since: date, until: date, institution: int = 0, team: int = 0) -> list[Punctual]:
    """By team and programme, over whole months. One query."""
    figures = TaskFigure.objects.visible_to(user).filter(month__gte=since, month__lte=until)
    if institution:
        figures = figures.filter(team__institution=institution)
    if team:
        figures = figures.filter(team=team)
    rows = figures.values(
        name=F("team__name"), place=F("team__institution__name"), program=F("rule__program")
    ).annotate(
        on=Sum("on_time"), after=Sum("late"), never=Sum("missed"), no=Sum("excused"), first=Max("team_id")
    )
    return [
        Punctual(
            one["name"], one["place"], str(Program(one["program"]).label), one["on"], one["after"], one["never"],
            one["no"],
        )
        for one in rows.order_by("place", "name", "first", "program")
    ]  # fmt: skip


@dataclass(frozen=True)
class AgreementLine:
    """One agreement with the same numbers as its own page."""

    promises: AgreementPromises
    names: tuple[str, ...]
    promised: int
    due: int
    done: int
    remaining: int

    @property
    def overdue(self) -> int:
        return self.promises.overdue


def agreement_page(agreements: QuerySet[Agreement], after: str, *, on: date, sees_restricted: bool) -> Page:
    """Agreements of one team, by id; eleven queries, however many."""
    page = keyset_page(agreements.only("pk"), after, PAGE_SIZE, is_narrow=True)
    found = promised_in_agreements(
        [one.pk for one in page.rows], on=on, sees=team_sees(sees_restricted=sees_restricted)
    )
    found.sort(key=lambda one: one.agreement.pk)
    return Page([_line(one) for one in found], page.next_after)


def _line(one: AgreementPromises) -> AgreementLine:
    lines = [line for part in one.parts for line in part.lines if line.term is not None]
    names = [part.enrollment.resident.masked_name for part in one.parts if part.enrollment]
    return AgreementLine(
        one,
        tuple(names),
        promised=sum(line.term or 0 for line in lines),
        due=sum(line.due or 0 for line in lines),
        done=sum(line.done for line in lines),
        remaining=sum(line.left or 0 for line in lines),
    )
