"""Which team answers for which grid (S0-19): exactly one on any day."""

from collections import defaultdict
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from core.constraints import refuse_on
from core.history import credited_to
from core.refusals import Refusal
from grids import rules
from grids.models import Grid, GridResponsibility
from teams.models import Team, User

ONE_DAY = timedelta(days=1)


class CannotAssignTeam(Refusal):
    """The team may not take one of these grids from that day; none of them was assigned."""


class CannotEndResponsibility(Refusal):
    """The responsibility may not end, or be taken back, like this."""


def assign_team(
    *, grids: QuerySet[Grid], team: Team, starts_on: date, by: User, on: date, note: str = ""
) -> list[GridResponsibility]:
    """The team takes these grids from a day on, without end; whoever held one ends the day before.

    Grids that the team holds without end already are left as they are. All or none. Returns what was begun.

    Raises:
        CannotAssignTeam: no grid, a closed grid, the team not yet or no longer at work, or another team is to begin
            on that day or later (also when two people assign the same grid at once: one wins).
    """
    with transaction.atomic(), credited_to(by):
        chosen = list(Grid.objects.select_for_update().filter(pk__in=grids.values("pk")).order_by("pk"))
        _check(chosen, Team.objects.get(pk=team.pk), starts_on)
        rows = _running_rows(chosen, starts_on)
        ended, begun = [], []
        for grid in chosen:
            spans = {rules.Span(one.team_id, one.starts_on, one.ends_on): one for one in rows[grid.pk]}
            verdict = rules.hand_over(spans, team.pk, starts_on)
            if verdict.blocker:
                raise _blocked(grid, spans[verdict.blocker])
            if verdict.ended:
                ended.append(spans[verdict.ended].pk)
            if verdict.verdict == "assign":
                begun.append(GridResponsibility(grid=grid, team=team, starts_on=starts_on, note=note))
        GridResponsibility.objects.filter(pk__in=ended).update(ends_on=starts_on - ONE_DAY)
        with refuse_on(GridResponsibility, CannotAssignTeam, one_team_per_grid="grid"):
            return GridResponsibility.objects.bulk_create(begun)


def _check(grids: list[Grid], team: Team, day: date) -> None:
    if not grids:
        raise CannotAssignTeam("no_grid", "请至少选择一个网格。", field="grid")
    closed = next((one for one in grids if one.closed_on and one.closed_on <= day), None)
    if closed:
        raise CannotAssignTeam(
            "grid_closed", f"“{closed}”已于 {closed.closed_on} 停用，不能分派。", field="grid"
        )
    if day < team.starts_on:
        raise CannotAssignTeam(
            "before_team", f"该团队自 {team.starts_on} 组建，请填此日或以后。", field="starts_on"
        )
    if team.ends_on:
        raise CannotAssignTeam(
            "team_closed", f"该团队服务到 {team.ends_on} 为止，请选择其他团队。", field="team"
        )


def _running_rows(grids: list[Grid], day: date) -> dict[int, list[GridResponsibility]]:
    """Rows that hold on that day or begin later, earliest first."""
    rows: dict[int, list[GridResponsibility]] = defaultdict(list)
    for one in (
        GridResponsibility.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), grid__in=grids)
        .select_related("team")
        .order_by("starts_on")
    ):
        rows[one.grid_id].append(one)
    return rows


def _blocked(grid: Grid, row: GridResponsibility) -> CannotAssignTeam:
    return CannotAssignTeam(
        "one_team_per_grid",
        f"“{grid}”自 {row.starts_on} 起已分派给“{row.team}”。如需改派，请先撤回该分派，或把开始日期改到 {row.starts_on} 之后。",
        field="grid",
    )


def end_responsibility(
    *, responsibility: GridResponsibility, ends_on: date, by: User, on: date
) -> GridResponsibility:
    """The team's last day in the grid; afterwards nobody answers for it until it is assigned anew.

    Raises:
        CannotEndResponsibility: over by then already, or before its first day.
    """
    with transaction.atomic(), credited_to(by):
        row = GridResponsibility.objects.select_for_update().get(pk=responsibility.pk)
        if row.ends_on and row.ends_on <= ends_on:
            raise CannotEndResponsibility("ended", f"该责任已于 {row.ends_on} 结束。", field="ends_on")
        if ends_on < row.starts_on:
            raise CannotEndResponsibility(
                "before_start",
                f"结束日期不能早于开始日期 {row.starts_on}；分派有误时请用“撤回分派”。",
                field="ends_on",
            )
        row.ends_on = ends_on
        row.save(update_fields=["ends_on"])
    return row


def withdraw_assignment(*, responsibility: GridResponsibility, by: User, on: date) -> None:
    """Take back an assignment of today or of a day to come; history keeps it.

    Who held the grid before is not restored by guess: the grid is free to be assigned anew from that day.

    Raises:
        CannotEndResponsibility: it began before today: then it is ended, not undone.
    """
    with transaction.atomic(), credited_to(by):
        Grid.objects.select_for_update().get(pk=responsibility.grid_id)
        row = GridResponsibility.objects.get(pk=responsibility.pk)
        if row.starts_on < on:
            raise CannotEndResponsibility(
                "begun", f"该责任自 {row.starts_on} 起已生效，不能撤回，请填写结束日期。"
            )
        row.delete()
