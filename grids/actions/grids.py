"""Opening and closing grids."""

from datetime import date

from django.db import transaction
from django.db.models import Q, QuerySet

from core.history import credited_to
from core.refusals import Refusal
from grids import rules
from grids.choices import AreaLevel, GridLevel
from grids.models import Area, Grid
from teams.models import User


class CannotAddGrid(Refusal):
    """No grid may be opened there."""


class CannotCloseGrid(Refusal):
    """The grid is still in use."""


def add_grid(
    *, village: Area, opened_on: date, by: User, on: date, parent: Grid | None = None, name: str = ""
) -> Grid:
    """A new grid of a village, or a micro-grid below ``parent``; its code is the next one free.

    Raises:
        CannotAddGrid: no village, a parent elsewhere or itself a micro-grid, a closed place, or 99 numbers used up.
    """
    with transaction.atomic(), credited_to(by):
        locked = Area.objects.select_for_update().get(pk=village.pk)
        _check_place(locked, parent, opened_on)
        prefix = parent.code if parent else locked.code
        level = GridLevel.MICRO if parent else GridLevel.GRID
        taken = Grid.objects.filter(code__startswith=prefix, level=level).values_list("code", flat=True)
        code = rules.next_code(prefix, taken)
        if code is None:
            raise CannotAddGrid("numbers_used_up", "该处的两位网格号（01 至 99）已用完，请在其他网格下增设。")
        return Grid.objects.create(
            code=code, name=name or _name(locked, parent, code), level=level, village=locked, parent=parent,
            opened_on=opened_on,
        )  # fmt: skip


def _check_place(village: Area, parent: Grid | None, opened_on: date) -> None:
    if village.level != AreaLevel.VILLAGE:
        raise CannotAddGrid("not_a_village", "网格只能建在村居一级，请选择村居。", field="village")
    if village.valid_to and village.valid_to < opened_on:
        raise CannotAddGrid("village_closed", f"该村居已于 {village.valid_to} 停用。", field="village")
    if parent is None:
        return
    if parent.level != GridLevel.GRID:
        raise CannotAddGrid("parent_is_micro", "微网格下不能再设网格，请选择一个网格。", field="parent")
    if parent.village_id != village.pk:
        raise CannotAddGrid(
            "parent_elsewhere", f"“{parent}”不属于{village}，请选择同一村居的网格。", field="parent"
        )
    if parent.closed_on and parent.closed_on <= opened_on:
        raise CannotAddGrid("parent_closed", f"“{parent}”已于 {parent.closed_on} 停用。", field="parent")


def _name(village: Area, parent: Grid | None, code: str) -> str:
    return (
        f"{parent.name[:50]}微网格{int(code[-2:])}"
        if parent
        else f"{village.name[:50]}第{int(code[-2:])}网格"
    )


def add_default_grids(*, villages: QuerySet[Area], opened_on: date, by: User | None, on: date) -> int:
    """One grid for each of these villages that never had any; how many were made. Villages in use only."""
    with transaction.atomic(), credited_to(by):
        without = villages.valid_on(opened_on).filter(level=AreaLevel.VILLAGE, grids__isnull=True)  # type: ignore[attr-defined]
        # The rows are locked by a second statement: an outer join cannot be locked.
        chosen = list(
            Area.objects.select_for_update().filter(pk__in=list(without.values_list("pk", flat=True)))
        )
        taken = set(Grid.objects.filter(village__in=chosen).values_list("village_id", flat=True))
        made = [
            Grid(
                code=f"{one.code}01",
                name=_name(one, None, "01"),
                level=GridLevel.GRID,
                village=one,
                opened_on=opened_on,
            )
            for one in chosen
            if one.pk not in taken
        ]
        Grid.objects.bulk_create(made)
    return len(made)


def rename_grid(*, grid: Grid, name: str, by: User, on: date) -> Grid:
    """Another name for a grid; its code and everything filed under it stay."""
    with transaction.atomic(), credited_to(by):
        locked = Grid.objects.select_for_update().get(pk=grid.pk)
        locked.name = name
        locked.save(update_fields=["name"])
    return locked


def close_grid(*, grid: Grid, closed_on: date, by: User, on: date) -> Grid:
    """The first day on which the grid is no longer there; its number is not given again.

    Raises:
        CannotCloseGrid: closed already, before it was opened, or micro-grids, a team or people still work there then.
    """
    with transaction.atomic(), credited_to(by):
        locked = Grid.objects.select_for_update().get(pk=grid.pk)
        if locked.closed_on:
            raise CannotCloseGrid("closed", f"该网格已于 {locked.closed_on} 停用。", field="closed_on")
        if closed_on <= locked.opened_on:
            raise CannotCloseGrid(
                "before_opening", f"停用日期须晚于启用日期 {locked.opened_on}。", field="closed_on"
            )
        _check_unused(locked, closed_on)
        locked.closed_on = closed_on
        locked.save(update_fields=["closed_on"])
    return locked


def _check_unused(grid: Grid, day: date) -> None:
    still = Q(ends_on__isnull=True) | Q(ends_on__gte=day)
    micro = grid.micro_grids.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=day)).first()
    held = grid.responsibilities.filter(still).select_related("team").first()
    posted = grid.postings.filter(still).first()
    cause = (
        f"微网格“{micro}”仍在使用" if micro
        else f"“{held.team}”仍负责该网格" if held
        else f"{posted}仍在该网格任职" if posted
        else ""
    )  # fmt: skip
    if cause:
        raise CannotCloseGrid("in_use", f"{cause}，请先在停用日期之前办理结束。", field="closed_on")
