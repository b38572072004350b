"""Guide maps on A3, as a page for the browser's own printing or as PDF (S0-21). Every sheet is a logged export."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from contracts.printing.answers import Frame, answer
from core.models import ReadLog
from core.readlog import log_read
from outreach.guide_sheets import sheet_of_building, sheet_of_place
from outreach.policy import policy_on
from outreach.queries.grid_analysis import analysis_of
from outreach.queries.guide_map import GuidePlace, building_sheet, grid_place, place_sheet
from outreach.rules.grid_analysis import Analysis
from outreach.views.guide_maps import about, load_building, load_place
from residents.policy import policy_on as residents_policy_on
from residents.queries import place_of
from teams.access import Permission, needs

_NOTE = "A3 纸横向。内部资料，用后妥善保管或销毁；受限人群、姓名和电话不打印。"
_ON_PAPER = 200  # buildings and yards of one sheet


@require_safe
@needs(Permission.GUIDE_MAP)
def guide_print(request: HttpRequest, pk: int, is_village: bool) -> HttpResponse:
    """The buildings and yards of a grid or a village."""
    place = load_place(request, pk, is_village=is_village)
    sheet = place_sheet(
        request.user, place, page=request.GET.get("page"), size=_ON_PAPER, with_restricted=False
    )
    log_read(request, "resident", sheet.shown, action=ReadLog.Action.EXPORT)
    shown = about(place)
    document = sheet_of_place(
        sheet,
        _tables(request, place),
        where=shown["where"],
        made=_made(request),
        below=policy_on(timezone.localdate()).suppress_below,
    )
    crumbs = [
        ("分布导引图", reverse("guide-map")),
        (str(place.area), reverse(f"guide-{shown['kind']}", args=[pk])),
    ]
    others = [
        (f"第{number}张", f"?page={number}")
        for number in sheet.page.paginator.page_range
        if sheet.page.has_other_pages()
    ]
    frame = Frame("打印导引图", _NOTE, crumbs, others)
    return answer(request, document, frame, on=timezone.localdate())


@require_safe
@needs(Permission.GUIDE_MAP)
def guide_building_print(request: HttpRequest, pk: int) -> HttpResponse:
    """Floors by rooms of one building."""
    today = timezone.localdate()
    building = load_building(request, pk)
    sheet = building_sheet(request.user, building, on=today, with_restricted=False)
    log_read(request, "resident", sheet.shown, action=ReadLog.Action.EXPORT)
    place = grid_place(request.user, building.grid, on=today)
    document = sheet_of_building(
        sheet,
        _tables(request, place),
        where=place_of(building.grid),
        made=_made(request),
        below=policy_on(today).suppress_below,
    )
    crumbs = [
        ("分布导引图", reverse("guide-map")),
        (building.grid.name, reverse("guide-grid", args=[building.grid_id])),
        (building.name, reverse("guide-building", args=[pk])),
    ]
    return answer(request, document, Frame("打印导引图", _NOTE, crumbs), on=today)


def _tables(request: HttpRequest, place: GuidePlace) -> Analysis:
    today = timezone.localdate()
    found = analysis_of(
        request.user,
        place,
        on=today,
        ages=residents_policy_on(today),
        below=policy_on(today).suppress_below,
        leaves=True,
    )
    return found.tables


def _made(request: HttpRequest) -> str:
    return f"打印人：{request.user.name}　打印时间：{timezone.localtime():%Y-%m-%d %H:%M}"
