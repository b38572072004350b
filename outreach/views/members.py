"""The member detail table (S2-38) and the pairing report (S2-7): looked at page by page, downloaded whole."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.models import ReadLog
from core.readlog import log_read
from core.refusals import Refusal, show_on
from core.sheets import Column, xlsx_response
from grids.choices import PairingLevel
from grids.models import Area, Posting
from grids.queries.coverage import teams_shown
from outreach.forms.members import MemberFilter, PairFilter
from outreach.queries.member_table import (
    MemberRow,
    PairRow,
    grids_listed,
    member_rows,
    pair_counts,
    pair_rows,
    people_paired,
)
from teams.access import Permission, needs
from teams.models import TeamMembership, User

PAGE_SIZE = 50

COLUMNS = [
    Column("序号", 6, "number"), Column("镇街", 14), Column("村居", 18), Column("网格编码", 18),
    Column("网格名称", 22), Column("社区健康管家", 12), Column("健康管家电话", 14), Column("网格长", 10),
    Column("网格长电话", 14), Column("健康哨兵（来源、电话）", 40), Column("医疗机构", 26),
    Column("机构家医管家", 12), Column("家医管家电话", 14), Column("家庭医生团队", 20), Column("团队长", 10),
    Column("团队长职称", 12), Column("团队长电话", 14), Column("团队成员（岗位、专业特长、电话）", 60),
    Column("区级下派专科医师", 40), Column("备注", 30),
]  # fmt: skip
PAIR_COLUMNS = [
    Column("序号", 6, "number"), Column("层次", 26), Column("镇街", 14), Column("村居", 18), Column("网格", 22),
    Column("社区方身份", 14), Column("社区方姓名", 10), Column("社区方电话", 14), Column("医疗机构方姓名", 14),
    Column("医疗机构", 26), Column("医疗机构方电话", 14), Column("结对日期", 12, "date"), Column("结对情况", 10),
]  # fmt: skip


def townships_of(user: User, *, on: date) -> list[Area]:
    """Those in which he has grids."""
    grids = grids_listed(user, on=on).order_by().values("village__parent")
    return list(Area.objects.visible_to(user).filter(pk__in=grids).order_by("code"))


@require_safe
@needs(Permission.AREA_VIEW)
def member_table(request: HttpRequest) -> HttpResponse:
    """Grid after grid with everybody who works it."""
    today = timezone.localdate()
    teams = (
        teams_shown(request.user, on=today)
        .select_related("institution")
        .order_by("institution__code", "name")
    )
    form = MemberFilter(
        _asked(request, today), townships=townships_of(request.user, on=today), teams=teams, today=today
    )
    chosen = form.cleaned_data if form.is_valid() else {}
    on = chosen.get("on") or today
    team = chosen.get("team")
    grids = grids_listed(
        request.user, on=on, township=chosen.get("township", ""), team=team.pk if team else None
    )
    if "export" in request.GET and form.is_valid():
        try:
            rows = member_rows(list(grids), on=on)
            log_read(request, "posting", _people(rows), action=ReadLog.Action.EXPORT)
            return _download(request, "成员明细表", COLUMNS, _lines(rows), on)
        except Refusal as refusal:
            show_on(form, refusal)
    page = Paginator(grids, PAGE_SIZE).get_page(request.GET.get("page"))
    shown = {"form": form, "on": on, "page": page, "rows": member_rows(list(page), on=on)}
    return render(request, "outreach/members/table.html", shown | _queries(request))


@require_safe
@needs(Permission.AREA_VIEW)
def pairings(request: HttpRequest) -> HttpResponse:
    """The three levels of pairing, those that are missing among them."""
    today = timezone.localdate()
    form = PairFilter(_asked(request, today), townships=townships_of(request.user, on=today), today=today)
    chosen = form.cleaned_data if form.is_valid() else {}
    on = chosen.get("on") or today
    wanted = {name: chosen[name] for name in ("township", "level") if chosen.get(name)}
    people = people_paired(request.user, on=on, **wanted)
    counts = pair_counts(people, on=on)
    if chosen.get("missing"):
        people = people_paired(request.user, on=on, missing=True, **wanted)
    if "export" in request.GET and form.is_valid():
        try:
            rows = pair_rows(people, on=on)
            log_read(request, "posting", [one.posting.pk for one in rows], action=ReadLog.Action.EXPORT)
            return _download(request, "结对情况表", PAIR_COLUMNS, _pair_lines(rows), on)
        except Refusal as refusal:
            show_on(form, refusal)
    page = Paginator(people, PAGE_SIZE).get_page(request.GET.get("page"))
    shown = {
        "form": form,
        "on": on,
        "page": page,
        "rows": pair_rows(page, on=on),
        "counts": [(level.label, *counts[level]) for level in PairingLevel],
    }
    return render(request, "outreach/members/pairings.html", shown | _queries(request))


def _asked(request: HttpRequest, today: date) -> dict[str, Any]:
    return {"on": today.isoformat(), **request.GET.dict()}


def _queries(request: HttpRequest) -> dict[str, str]:
    """The filter for the download and for further pages."""
    params = request.GET.copy()
    params.pop("page", None)
    params.pop("export", None)
    return {"query": params.urlencode(), "pages_address": f"?{params.urlencode()}&"}


def _people(rows: Iterable[MemberRow]) -> list[int]:
    return [pk for one in rows for pk in one.posting_ids]


def _download(
    request: HttpRequest, title: str, columns: list[Column], rows: Iterable[tuple], on: date
) -> HttpResponse:
    return xlsx_response(
        title, columns, rows, made_by=request.user.name, made_at=timezone.localtime(), note=f"截至 {on}"
    )


def _lines(rows: Iterable[MemberRow]) -> Iterator[tuple]:
    for number, one in enumerate(rows, start=1):
        village = one.grid.village
        institution = one.team.institution.name if one.team else ""
        head = one.team_leader.user if one.team_leader else None
        yield (
            number, village.parent.name if village.parent else "", village.name, one.grid.code, one.grid.name,
            *_named(one.community_steward), *_named(one.leader),
            "；".join(_sentinel(person) for person in one.sentinels), institution,
            "、".join(person.name for person in one.stewards), "、".join(person.phone for person in one.stewards),
            one.team.name if one.team else "", head.name if head else "", head.title if head else "",
            head.phone if head else "", "；".join(_member(person) for person in one.members),
            "；".join(_member(person) for person in one.specialists), one.remark,
        )  # fmt: skip


def _named(posting: Posting | None) -> tuple[str, str]:
    return (posting.name, posting.phone) if posting else ("", "")


def _sentinel(posting: Posting) -> str:
    origin = f"（{posting.get_origin_display()}）" if posting.origin else ""
    return f"{posting.name}{origin}{posting.phone}"


def _member(membership: TeamMembership) -> str:
    """张三（护士，糖尿病护理）13900000000; of somebody sent down also from where."""
    user = membership.user
    about = [membership.get_profession_display(), user.specialty]
    if membership.is_dispatched:
        about.append(membership.home_institution.name)
    return f"{user.name}（{'，'.join(one for one in about if one)}）{user.phone}"


def _pair_lines(rows: Iterable[PairRow]) -> Iterator[tuple]:
    for number, one in enumerate(rows, start=1):
        posting = one.posting
        yield (
            number, one.level.label, one.township.name if one.township else "", one.village.name,
            posting.grid.name if posting.grid else "", posting.get_role_display(), posting.name, posting.phone,
            "、".join(pair.user.name for pair in one.pairings),
            "、".join(pair.user.institution.name for pair in one.pairings if pair.user.institution),
            "、".join(pair.user.phone for pair in one.pairings),
            min((pair.starts_on for pair in one.pairings), default=None), "已结对" if one.pairings else "未结对",
        )  # fmt: skip
