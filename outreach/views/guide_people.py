"""The lists of S0-20 with dwelling and contacts, people on no drawing, the analysis, and contacting somebody."""

from collections.abc import Iterator

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from core.addresses import client_ip
from core.readlog import log_read
from core.sheets import Column, xlsx_response
from outreach.forms.guide import ContactForm, ListFilter
from outreach.policy import policy_on
from outreach.queries.grid_analysis import analysis_of
from outreach.queries.guide_map import PEOPLE
from outreach.queries.guide_people import (
    LISTS,
    guardians_of,
    household_contacts,
    people_listed,
    people_shown,
    unplaced_listed,
)
from outreach.rules.grid_analysis import Analysis, Line, drawn
from outreach.views.guide_maps import about, load_place
from residents.actions import CannotReveal, reveal_resident
from residents.models import Resident
from residents.policy import policy_on as residents_policy_on
from teams.access import Permission, needs

P = Permission
HIDDEN = "＊"

_COLUMNS = [Column("项目", 16), Column("分类", 26), Column("男", 8, "number"), Column("女", 8, "number"),
            Column("人数", 10, "number"), Column("占比（%）", 10, "number")]  # fmt: skip


@require_safe
@needs(P.GUIDE_MAP)
def guide_people(request: HttpRequest, pk: int, is_village: bool) -> HttpResponse:
    """One list: who, where he lives, his own and his guardian's contact, masked."""
    today = timezone.localdate()
    place = load_place(request, pk, is_village=is_village)
    form = ListFilter(request.GET)
    who = form.chosen()
    page = Paginator(people_listed(request.user, place, who), PEOPLE).get_page(request.GET.get("page"))
    people = people_shown(request.user, list(page), on=today)
    log_read(request, "resident", [one.id for one in people])
    context = about(place) | {
        "page": page,
        "people": people,
        "who": who,
        "lists": [(code, words) for code, (words, _) in LISTS.items()],
        "heading": LISTS[who][0],
        "address": f"?who={who}&",
    }
    return render(request, "outreach/guide/people.html", context)


@require_safe
@needs(P.GUIDE_MAP)
def guide_unplaced(request: HttpRequest, pk: int, is_village: bool) -> HttpResponse:
    """People behind no registered door: they are on no drawing until somebody enters their dwelling."""
    today = timezone.localdate()
    place = load_place(request, pk, is_village=is_village)
    page = Paginator(unplaced_listed(request.user, place), PEOPLE).get_page(request.GET.get("page"))
    people = people_shown(request.user, list(page), on=today)
    log_read(request, "resident", [one.id for one in people])
    context = about(place) | {"page": page, "people": people, "address": "?", "is_unplaced": True}
    return render(request, "outreach/guide/people.html", context)


@require_safe
@needs(P.GUIDE_MAP)
def guide_analysis(request: HttpRequest, pk: int, is_village: bool) -> HttpResponse:
    """The tables: on the team's own screen exact, in the file (``?export=1``) with small cells hidden."""
    today = timezone.localdate()
    place = load_place(request, pk, is_village=is_village)
    policy = policy_on(today)
    is_file = "export" in request.GET
    found = analysis_of(
        request.user,
        place,
        on=today,
        ages=residents_policy_on(today),
        below=policy.suppress_below,
        leaves=is_file,
    )
    shown = about(place)
    if is_file:
        note = f"{shown['where']}　截至 {today}　{HIDDEN}：少于{policy.suppress_below}人，或为防止推算而隐去"
        return xlsx_response(
            "网格健康分析",
            _COLUMNS,
            _lines(found.tables),
            made_by=request.user.name,
            made_at=timezone.localtime(),
            note=note,
        )
    context = shown | {
        "found": found,
        "bars": drawn(found.tables.bands),
        "below": policy.suppress_below,
        "today": today,
    }
    return render(request, "outreach/guide/analysis.html", context)


def _lines(tables: Analysis) -> Iterator[tuple]:
    def told(number: int | None) -> int | str:
        return HIDDEN if number is None else number

    def line(title: str, one: Line) -> tuple:
        share = HIDDEN if one.share is None else round(one.share, 1)
        return title, one.label, "", "", told(one.number), share

    yield "在册居民", "合计", "", "", told(tables.people), ""
    for one in tables.by_sex:
        yield line("性别", one)
    if tables.incomplete.number != 0:
        yield line("性别", tables.incomplete)
    for row in tables.groups:
        yield "年龄", row.label, told(row.male), told(row.female), told(row.total), ""
    for title, rows in (("重点人群", tables.kinds), ("老年人分级", tables.tiers), ("独居", tables.alone)):
        for one in rows:
            yield line(title, one)
    yield line("签约", tables.signed)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("clear", "own")
@needs(P.GUIDE_MAP, P.RESIDENT_REVEAL)
def guide_contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Why is this person contacted? One tap on the reason shows his and his guardian's telephone, once, and is logged."""
    today = timezone.localdate()
    people = Resident.objects.visible_to(request.user).present()
    resident = get_object_or_404(people.select_related("household__dwelling__building"), pk=pk)
    (person,) = people_shown(request.user, [resident], on=today, with_restricted=True)
    others = household_contacts(request.user, resident, on=today)
    form = ContactForm(request.POST if request.method == "POST" else None)
    context = {
        "resident": resident,
        "person": person,
        "others": others,
        "form": form,
    }
    if request.method == "POST" and form.is_valid():
        try:
            clear = reveal_resident(
                resident=resident,
                reason=form.in_words(),
                policy=residents_policy_on(today),
                by=request.user,
                on=today,
                ip=client_ip(request),
                page=request.resolver_match.view_name,
            )
        except CannotReveal as refusal:
            form.add_error(None, refusal.sentence)
        else:
            own = [("本人", clear.phone)] * bool(clear.phone) + [
                (whose or "其他", number) for whose, number in clear.phones if number
            ]
            context["phones"] = [*own, *guardians_of(request.user, resident, on=today)]
    else:
        log_read(request, "resident", [resident.pk, *(one.id for one in others)])
    response = render(request, "outreach/guide/contact.html", context)
    response["Cache-Control"] = "no-store"
    return response
