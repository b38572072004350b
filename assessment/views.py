"""The coverage page and its download."""

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from assessment import policy as assessment_policy
from assessment import tables
from assessment.choices import Level
from assessment.forms import CoverageFilter
from assessment.queries import Coverage, Line, Populations, coverage, populations
from core.dates import chinese_date
from core.sheets import xlsx_response
from grids.choices import AreaLevel
from grids.models import Area
from residents import policy as residents_policy
from teams.access import Permission, needs, scope_of
from teams.models import User

ROWS_ON_A_PAGE = 200
BELOW = {Level.TOWNSHIP: Level.VILLAGE, Level.VILLAGE: Level.GRID}
LEVELS_IN = {
    AreaLevel.DISTRICT: tuple(Level),
    AreaLevel.TOWNSHIP: (Level.VILLAGE, Level.GRID, Level.TEAM),
    AreaLevel.VILLAGE: (Level.GRID, Level.TEAM),
}


@dataclass(frozen=True)
class Asked:
    """What the page was asked, complete: every default filled in."""

    on: date
    level: Level
    area: Area | None
    sort: str
    policy: assessment_policy.AssessmentPolicy

    @property
    def compare_days(self) -> int:
        return self.policy.compare_days

    @property
    def before(self) -> date:
        return self.on - timedelta(days=self.compare_days)

    def address(self, **changes: str) -> str:
        """The query string of the same page with something changed."""
        area = self.area.code if self.area else ""
        values = {"on": self.on.isoformat(), "level": self.level, "area": area, "sort": self.sort} | changes
        return "?" + urlencode({name: value for name, value in values.items() if value})


@require_safe
@needs(Permission.COVERAGE_VIEW)
def coverage_page(request: HttpRequest) -> HttpResponse:
    form = _form(request)
    if not form.is_valid():
        return _refused(request, form)
    asked = _asked(request.user, form.cleaned_data)
    found = _found(request.user, asked)
    page = Paginator(tables.in_order(found.lines, asked.sort), ROWS_ON_A_PAGE).get_page(
        request.GET.get("page")
    )
    headings = tables.headings(asked.sort, asked.compare_days)
    context = {
        "form": form,
        "asked": asked,
        "tabs": _tabs(asked),
        "crumbs": _crumbs(asked),
        "headings": [(one, asked.address(sort=one.order)) for one in headings],
        "page": page,
        "pages_address": f"{asked.address()}&",
        "rows": [(tables.row(line), _below(asked, line)) for line in page],
        "total": tables.row(found.total),
        "goals": tables.goals(found.total.now, asked.policy),
        "counts_auto": asked.policy.auto_renewed_counts,
        "excluded": found.excluded,
        "computed_at": timezone.localtime(),
    }
    return render(request, "assessment/coverage.html", context)


@require_safe
@needs(Permission.COVERAGE_VIEW)
def coverage_export(request: HttpRequest) -> HttpResponse:
    form = _form(request)
    if not form.is_valid():
        return _refused(request, form)
    asked = _asked(request.user, form.cleaned_data)
    found = _found(request.user, asked)
    lines = tables.in_order(found.lines, asked.sort)
    columns, rows = tables.sheet(asked.level, found, lines, asked.compare_days)
    where = f"{asked.area.name}，" if asked.area else ""
    return xlsx_response(
        f"签约覆盖（按{asked.level.label}）",
        columns,
        rows,
        made_by=request.user.name,
        made_at=timezone.localtime(),
        note=f"{where}截至{chinese_date(asked.on)}；分母口径：系统在册常住居民",
    )


def _form(request: HttpRequest) -> CoverageFilter:
    """What was asked; today where no day was."""
    today = timezone.localdate()
    data = request.GET.copy()
    data["on"] = data.get("on") or today.isoformat()
    return CoverageFilter(data, today=today)


def _refused(request: HttpRequest, form: CoverageFilter) -> HttpResponse:
    return render(request, "assessment/coverage.html", {"form": form}, status=400)


def _asked(user: User, cleaned: dict) -> Asked:
    """Fill in what was left out.

    Raises:
        Http404: the area does not exist, or is none of the user's.
    """
    area = None
    if cleaned["area"]:
        known = Area.objects.visible_to(user).select_related("parent__parent")
        area = get_object_or_404(known, code=cleaned["area"])
    levels = LEVELS_IN[area.level if area else AreaLevel.DISTRICT]
    level = Level(cleaned["level"]) if cleaned["level"] else _first_level(user, area)
    policy = assessment_policy.policy_on(cleaned["on"])
    return Asked(
        on=cleaned["on"],
        level=level if level in levels else levels[0],
        area=area,
        sort=cleaned["sort"],
        policy=policy,
    )


def _first_level(user: User, area: Area | None) -> Level:
    """The district compares its townships; whoever works below a district has one or two of them at most."""
    if area is not None:
        return LEVELS_IN[area.level][0]
    is_district_wide = any(len(code) == 6 for code in scope_of(user).areas)
    return Level.TOWNSHIP if is_district_wide else Level.VILLAGE


def _found(user: User, asked: Asked) -> Coverage:
    policy = residents_policy.policy_on(asked.on)
    return coverage(
        user,
        asked.level,
        area=asked.area,
        on=asked.on,
        before=asked.before,
        policy=policy,
        counts_auto=asked.policy.auto_renewed_counts,
    )


@require_safe
@needs(Permission.COVERAGE_VIEW)
def coverage_populations(request: HttpRequest) -> HttpResponse:
    """Each key population with its rate and its share of household agreements."""
    form = _form(request)
    if not form.is_valid():
        return _refused(request, form)
    asked = _asked(request.user, form.cleaned_data)
    found = _populations(request.user, asked)
    context = {
        "form": form,
        "asked": asked,
        "tabs": _tabs(asked),
        "crumbs": _crumbs(asked),
        "rows": [tables.kind_row(one) for one in found.lines],
        "total": tables.kind_row(found.total),
        "withheld": found.withheld,
        "target": asked.policy.target_family_share,
        "counts_auto": asked.policy.auto_renewed_counts,
        "computed_at": timezone.localtime(),
    }
    return render(request, "assessment/populations.html", context)


@require_safe
@needs(Permission.COVERAGE_VIEW)
def coverage_populations_export(request: HttpRequest) -> HttpResponse:
    form = _form(request)
    if not form.is_valid():
        return _refused(request, form)
    asked = _asked(request.user, form.cleaned_data)
    columns, rows = tables.kind_sheet(_populations(request.user, asked))
    where = f"{asked.area.name}，" if asked.area else ""
    return xlsx_response(
        "重点人群签约覆盖",
        columns,
        rows,
        made_by=request.user.name,
        made_at=timezone.localtime(),
        note=f"{where}截至{chinese_date(asked.on)}；同属几类的人在各类分别计数，合计只计一次",
    )


def _populations(user: User, asked: Asked) -> Populations:
    policy = residents_policy.policy_on(asked.on)
    return populations(
        user, area=asked.area, on=asked.on, policy=policy, counts_auto=asked.policy.auto_renewed_counts
    )


def _tabs(asked: Asked) -> list[tuple[Level, str]]:
    levels = LEVELS_IN[asked.area.level if asked.area else AreaLevel.DISTRICT]
    return [(level, asked.address(level=level)) for level in levels]


def _crumbs(asked: Asked) -> list[tuple[str, str]]:
    """The whole scope, then each area above the one shown: name and address."""
    found: list[tuple[str, str]] = []
    area = asked.area.parent if asked.area else None
    while area is not None and area.level != AreaLevel.DISTRICT:
        found.insert(0, (area.name, asked.address(area=area.code, level=LEVELS_IN[area.level][0])))
        area = area.parent
    return [("全部", asked.address(area="", level="")), *found]


def _below(asked: Asked, line: Line) -> str:
    """Where a click on the line leads: the places inside it."""
    below = BELOW.get(asked.level)
    return asked.address(area=line.code, level=below) if below and line.code else ""
