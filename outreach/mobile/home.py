"""The first page of grid leaders, sentinels and community stewards, whom they call, and the large-type switch."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from grids.models import Posting
from outreach.mobile.practice import is_practice
from outreach.policy import policy_on
from outreach.queries.errands import ErrandCounts, errand_counts
from outreach.queries.grids import worked_grids
from outreach.queries.tiles import own_sums, silent_led, urgent_waiting, visits_today
from outreach.queries.weekly import my_weeks
from outreach.queries.workplaces import Workplace, workplace_of
from teams.access import Permission, needs
from teams.actions import set_large_type


@dataclass(frozen=True)
class Line:
    """Something to do or to look at: the words and where they lead.

    Attributes:
        does: what the tap does. says: a second line. is_pressing: comes before everything else.
    """

    words: str
    url: str
    does: str = ""
    says: str = ""
    is_pressing: bool = False


@needs(Permission.GRID_PAGE)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What is due, five big tiles to report, and the way to everything else."""
    now = timezone.now()
    workplace = workplace_of(request.user, on=timezone.localdate(now))
    errands = errand_counts(request.user, on=workplace.on)
    context = {
        "workplace": workplace,
        "place": _place(workplace) if workplace.postings else "",
        "due": _due(request, workplace, errands),
        "menu": _menu(workplace),
        "sums": own_sums(request.user, now=now),
        "is_practice": is_practice(request),
    }
    return render(request, "outreach/home.html", context)


def _place(workplace: Workplace) -> str:
    """As what he works, and where: 网格长 · 东北村社区第一网格."""
    first = workplace.postings[0]
    return f"{first.get_role_display()} · {first.grid or first.village}"


def _due(request: HttpRequest, workplace: Workplace, errands: ErrandCounts) -> list[Line]:
    """What waits for him today, the most pressing first."""
    user, today = request.user, workplace.on
    found = []
    if urgent := urgent_waiting(user, workplace, on=today):
        words = f"{urgent} 件紧急上报等您确认"
        found.append(Line(words, reverse("grid-urgent-list"), "去确认", is_pressing=True))
    if errands.late:
        found.append(Line(f"{errands.late} 件代办过期了", reverse("grid-errands"), "去办", is_pressing=True))
    if waiting := errands.mine - errands.late + errands.offered:
        found.append(Line(f"{waiting} 件代办等着办", reverse("grid-errands"), "去看"))
    if visits := visits_today(user, on=today):
        found.append(Line(f"今天医生来网格 {visits} 场", reverse("grid-visits"), "去签到"))
    if my_weeks(user, on=today).is_asked:
        found.append(Line("本周还没有上报", reverse("grid-weekly"), "报平安"))
    if silent := silent_led(user, workplace, on=today, policy=policy_on(today)):
        found.append(Line(f"{silent} 名哨兵很久没有上报", reverse("grid-team"), "去看"))
    return found


def _menu(workplace: Workplace) -> list[Line]:
    """Ways to the pages of other matters."""
    found = [
        Line("代办", reverse("grid-errands"), says="取药、送药"),
        Line("医生来网格", reverse("grid-visits"), says="时间、签到"),
    ]
    if workplace.leads():
        found += [
            Line("我的队伍", reverse("grid-team"), says="哨兵、人员变动、评价"),
            Line("紧急上报", reverse("grid-urgent-list"), says="精神异常情况的确认"),
        ]
    return [*found, Line("请假", reverse("grid-leave"), says="请假期间不催上报")]


@needs(Permission.GRID_PAGE)
@require_safe
def phones(request: HttpRequest) -> HttpResponse:
    """My grids of today: whom to call, and counts."""
    today = timezone.localdate()
    mine = Posting.objects.visible_to(request.user).filter(user=request.user)
    return render(request, "outreach/phones.html", {"on": today, "places": worked_grids(mine, on=today)})


@needs(Permission.GRID_PAGE)
@require_POST
def large_type(request: HttpRequest) -> HttpResponse:
    """The switch of the large-type version; it stays with the account."""
    set_large_type(is_large=request.POST.get("large") == "1", by=request.user)
    return redirect("grid-home")
