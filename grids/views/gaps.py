"""The gaps report: what is missing where, with drill-down and download (S3-28, P9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.refusals import Refusal, show_on
from core.sheets import Column, xlsx_response
from grids.choices import Gap, PairingLevel, PostingRole
from grids.forms import GapFilter
from grids.queries.coverage import teams_shown
from grids.queries.gaps import (
    GapRow,
    TownshipGaps,
    gap_rows,
    grids_reported,
    township_gaps,
    villages_reported,
)
from teams.access import Permission, may, needs
from teams.models import User
from teams.policy import policy_on
from teams.queries import team_states

PAGE_SIZE = 50


@require_safe
@needs(Permission.AREA_VIEW)
def gaps(request: HttpRequest) -> HttpResponse:
    """Summary by township; with a township or a kind chosen, the places themselves."""
    today = timezone.localdate()
    on = _day(request, today)
    villages, grids = villages_reported(request.user, on=on), grids_reported(request.user, on=on)
    lines = township_gaps(villages, grids, on=on)
    asked = {"on": today.isoformat(), **request.GET.dict()}
    form = GapFilter(asked, townships=[one.township for one in lines], today=today)
    chosen = form.cleaned_data if form.is_valid() else {}
    township, kinds = chosen.get("township"), _kinds(chosen.get("gap"))
    rows: list[GapRow] = []
    if form.is_valid() and (township or chosen["gap"] or "export" in request.GET):
        if township:
            villages, grids = (
                villages.filter(parent__code=township),
                grids.filter(village__parent__code=township),
            )
        rows = list(gap_rows(kinds, villages, grids, on=on))
    if "export" in request.GET and form.is_valid():
        try:
            return _sheet(rows, request.user, on)
        except Refusal as refusal:
            show_on(form, refusal)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "grids/gaps.html",
        {
            "form": form,
            "on": on,
            "lines": _lines(lines, request.GET),
            "totals": _total(lines),
            "gaps": list(Gap),
            "is_listed": bool(township or chosen.get("gap")),
            "page": page,
            "rows": [(row, _remedy(row, request.user)) for row in page],
            "query": _query(request.GET),
            "pages_address": f"?{_query(request.GET)}&",
            "troubled": sum(
                bool(one.findings)
                for one in team_states(teams_shown(request.user, on=on), on=on, policy=policy_on(on))
            ),
        },
    )


def _day(request: HttpRequest, today: date) -> date:
    """The as-of day asked for; a bad one is told by the form, and the report falls back to today."""
    probe = GapFilter(request.GET, townships=(), today=today)
    probe.is_valid()
    return probe.cleaned_data.get("on") or today


def _kinds(gap: str | None) -> tuple[Gap, ...]:
    return (Gap(gap),) if gap else tuple(Gap)


def _query(params: Any, **changed: str) -> str:
    """The filter as a query string, for links that keep it."""
    kept = {name: params[name] for name in ("township", "gap", "on") if params.get(name)}
    return urlencode(kept | {name: value for name, value in changed.items() if value})


@dataclass(frozen=True)
class Cell:
    """A number of the table, and the query that lists the places behind it."""

    number: int
    query: str


def _lines(lines: Sequence[TownshipGaps], params: Any) -> list[tuple[TownshipGaps, list[Cell]]]:
    return [
        (
            one,
            [
                Cell(number, _query(params, township=one.township.code, gap=str(gap)))
                for gap, number in one.cells
            ],
        )
        for one in lines
    ]


def _total(lines: Sequence[TownshipGaps]) -> dict[str, Any]:
    villages, grids = sum(one.villages for one in lines), sum(one.grids for one in lines)
    counts = {gap: sum(one.counts[gap] for one in lines) for gap in Gap}
    covered = villages - counts[Gap.VILLAGE_TEAM]
    return {
        "villages": villages,
        "grids": grids,
        "cells": [(gap, counts[gap]) for gap in Gap],
        "covered": covered,
        "covered_share": f"{covered / villages:.2%}" if villages else "—",
        "uncovered": counts[Gap.VILLAGE_TEAM],
        "grids_uncovered": counts[Gap.GRID_TEAM],
    }


# Kind -> who may mend it, on which management page, filled in how, and the word on the link.
_REMEDIES: dict[Gap, tuple[Permission, str, dict[str, str], str]] = {
    Gap.VILLAGE_GRID: (Permission.AREA_MANAGE, "admin:grids_grid_add", {"village": "village"}, "建立网格"),
    Gap.VILLAGE_TEAM: (Permission.TEAM_MANAGE, "admin:grids_grid_changelist", {"q": "code"}, "分派团队"),
    Gap.GRID_TEAM: (Permission.TEAM_MANAGE, "admin:grids_gridresponsibility_add", {"grid": "grid"}, "分派团队"),
    Gap.VILLAGE_STEWARD: (
        Permission.POSTING_MANAGE, "admin:grids_posting_add",
        {"village": "village", "role": PostingRole.COMMUNITY_STEWARD}, "登记健康管家",
    ),
    Gap.GRID_LEADER: (
        Permission.POSTING_MANAGE, "admin:grids_posting_add",
        {"grid": "grid", "role": PostingRole.GRID_LEADER}, "登记网格长",
    ),
    Gap.GRID_SENTINEL: (
        Permission.POSTING_MANAGE, "admin:grids_posting_add",
        {"grid": "grid", "role": PostingRole.SENTINEL}, "登记哨兵",
    ),
    Gap.STEWARD_PAIR: (Permission.POSTING_MANAGE, "admin:grids_pairing_add", {"level": PairingLevel.STEWARD}, "登记结对"),
    Gap.LEADER_PAIR: (Permission.POSTING_MANAGE, "admin:grids_pairing_add", {"level": PairingLevel.LEADER}, "登记结对"),
    Gap.MEMBER_PAIR: (Permission.POSTING_MANAGE, "admin:grids_pairing_add", {"level": PairingLevel.MEMBER}, "登记结对"),
}  # fmt: skip


def _remedy(row: GapRow, user: User) -> tuple[str, str] | None:
    """The link that mends a gap, for whoever may: (address, word)."""
    permission, page, given, word = _REMEDIES[row.gap]
    if not (may(user, permission) and may(user, Permission.ADMIN_SITE)):
        return None
    here = {"village": row.village.pk, "grid": row.grid.pk if row.grid else "", "code": row.place.code}
    values = {name: here.get(value, value) for name, value in given.items()}
    return f"{reverse(page)}?{urlencode(values)}", word


def _sheet(rows: Sequence[GapRow], user: User, on: date) -> HttpResponse:
    columns = [
        Column("镇街", 16),
        Column("村居", 22),
        Column("代码", 20),
        Column("网格", 28),
        Column("缺口", 18),
    ]
    lines = (
        (
            row.village.parent.name if row.village.parent else "",
            row.village.name,
            row.place.code,
            row.grid.name if row.grid else "",
            row.gap.label,
        )
        for row in rows
    )
    return xlsx_response(
        "网格缺口清单", columns, lines, made_by=user.name, made_at=timezone.localtime(), note=f"截至 {on}"
    )
