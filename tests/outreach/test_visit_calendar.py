"""The calendar, who sees what in it, and the work days of a month."""

import datetime as dt

import pytest

from outreach.actions.visits import cancel_visit
from outreach.choices import VisitKind, VisitState
from outreach.models import OutreachVisit
from outreach.policy import policy_on
from outreach.queries.visits import calendar_of, work_days_of
from outreach.rules.visiting import work_day_warnings
from tests.outreach.visiting import DAY, at, planned, point_in

pytestmark = pytest.mark.django_db
D = dt.timedelta(days=1)


@pytest.fixture
def point(district, noon):
    return point_in(district.grid_a)


@pytest.fixture
def visit(cast, point):
    return planned(cast.li, cast.team_a, point=point)


def test_work_days_of_a_month_are_counted_and_told(cast, district, noon):
    policy = policy_on(DAY)
    assert work_days_of(cast.team_a, DAY, on=DAY, policy=policy).warnings == [
        "本月家庭医生工作日才排了 0 天，要求不少于 1 天。"
    ]
    for back in (0, 1, 2):
        planned(cast.li, cast.team_a, kind=VisitKind.WORK_DAY, day=DAY - back * D, grids=[district.grid_a])
    month = work_days_of(cast.team_a, DAY, on=DAY, policy=policy)
    assert (month.days, month.warnings) == (3, ["本月家庭医生工作日已排 3 天，一般不多于 2 天。"])
    cancel_visit(by=cast.li, on=DAY, now=at(9), visit=OutreachVisit.objects.first(), note="改期")
    assert work_days_of(cast.team_a, DAY, on=DAY, policy=policy).days == 2
    assert work_days_of(cast.team_a, DAY + 9 * D, on=DAY, policy=policy).days == 0
    told = work_day_warnings(days=1, grids=1, least=1, most=2, least_grids=2, is_month_over=True)
    assert told == ["有工作日只到 1 个网格，要求每次不少于 2 个。"]


def test_who_sees_a_visit(cast, district, visit):
    work = planned(cast.li, cast.team_a, kind=VisitKind.WORK_DAY, grids=[district.grid_a])
    elsewhere = planned(cast.li, cast.team_a, kind=VisitKind.ACTIVITY)
    seen = {
        user.username: set(OutreachVisit.objects.visible_to(user).values_list("pk", flat=True))
        for user in (cast.li, cast.wang, cast.zhao, cast.qian, cast.wu, cast.zhou, cast.he, cast.sun)
    }
    everything = {visit.pk, work.pk, elsewhere.pk}
    assert seen == {
        "li": everything, "wang": everything, "qian": everything, "zhou": everything, "he": everything,
        "zhao": set(), "wu": set(), "sun": {visit.pk, work.pk},
    }  # fmt: skip


def test_a_week_costs_four_queries_however_much_is_in_it(
    cast, district, point, noon, django_assert_num_queries
):
    for n in range(12):
        planned(cast.li, cast.team_a, kind=VisitKind.WORK_DAY, day=DAY + (n % 7) * D, grids=[district.grid_a])
        planned(cast.li, cast.team_a, point=point, day=DAY + (n % 7) * D)
    cancel_visit(by=cast.li, on=DAY, now=at(8), visit=OutreachVisit.objects.filter(on=DAY).first(), note="雨")
    with django_assert_num_queries(4):
        found = calendar_of(OutreachVisit.objects.all(), first=DAY, last=DAY + 6 * D, own=[cast.team_a.pk])
    assert [len(lines) for _, lines in found.days] == [4, 4, 4, 4, 4, 2, 2]
    assert found.days[0][1][-1].visit.state == VisitState.CANCELLED and not found.is_cut
    assert found.tally == [("已排班", 23), ("已取消", 1)]
    assert found.days[0][1][0].is_own and found.days[0][1][0].staff == ("李医生",)
