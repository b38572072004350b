"""Were residents told: by team, institution and street, the late ones, a year at a glance."""

import datetime as dt
from io import BytesIO

import openpyxl
import pytest

from core.models import PolicySetting
from outreach.choices import DisclosureChannel, DisclosureUnit
from outreach.disclosures.base import Month
from outreach.models import DisclosureProof
from outreach.policy import policy_on
from outreach.queries.compliance import Grouping
from outreach.queries.disclosure_compliance import (
    group_lines,
    late_rows,
    months_until,
    unit_months,
    year_lines,
)
from outreach.queries.policies import policies_of
from outreach.rules.proofs import Standing
from teams.models import Team
from tests.factories.grids import GridFactory, GridResponsibilityFactory
from tests.factories.teams import TeamFactory
from tests.outreach.posting import GROUP, confirmed, drafted, picture, post, published

pytestmark = pytest.mark.django_db
D = dt.date
TODAY, THIRD, FOURTH = D(2026, 11, 22), D(2026, 11, 3), D(2026, 11, 4)
NOVEMBER = Month(D(2026, 11, 1))


def judged(on=TODAY, month=NOVEMBER, teams=None):
    policies = policies_of([month.last], on=on)
    found = Team.objects.all() if teams is None else teams
    rows = unit_months(found, months=[month], on=on, policies=policies)[month.first]
    return {one.name: one for one in rows}


def order(day, **numbers):
    PolicySetting.objects.create(room="outreach", payload=numbers, in_force_from=day, source="通知")


@pytest.fixture
def posted(cast):
    issue = published(cast.team_a, THIRD, by=cast.li, steward=cast.qian)
    post(issue, by=cast.wang, day=FOURTH, photos=[picture(1)])
    post(issue, by=cast.wang, day=D(2026, 11, 9), channel=GROUP, place="一群", photos=[picture(2)])
    return issue


def test_who_is_met_and_who_is_not(cast, posted):
    found = judged()
    assert found["李医生团队"].verdict.standing == Standing.MET
    assert found["李医生团队"].told.channels == {"notice_board": FOURTH, "wechat_group": D(2026, 11, 9)}
    assert found["赵医生团队"].verdict.standing == Standing.LATE
    assert found["赵医生团队"].verdict.missing == ("待团队长确认",)
    assert [one.street for one in found.values()] == ["环翠楼街道", "鲸园街道"]


def test_a_team_without_an_issue_is_asked_all_the_same(cast):
    assert judged()["李医生团队"].verdict.missing == ("尚未生成",)
    assert judged()["李医生团队"].issue is None


@pytest.mark.parametrize(("starts_on", "is_asked"), [(D(2026, 11, 10), True), (D(2026, 11, 11), False)])
def test_asked_of_who_works_on_the_due_day(cast, starts_on, is_asked):
    team = TeamFactory(institution=cast.institution_a, name="新团队", starts_on=starts_on)
    GridResponsibilityFactory(grid=GridFactory(), team=team, starts_on=starts_on)
    assert ("新团队" in judged()) is is_asked


def test_not_asked_without_a_grid_or_after_the_end(cast):
    TeamFactory(institution=cast.institution_a, name="没有网格")
    ended = TeamFactory(institution=cast.institution_a, name="已结束", ends_on=D(2026, 11, 9))
    GridResponsibilityFactory(grid=GridFactory(), team=ended)
    assert set(judged()) == {"李医生团队", "赵医生团队"}


def test_flagged_rejected_and_withdrawn_do_not_count(cast, posted):
    for state in ("flagged", "rejected", "withdrawn"):
        DisclosureProof.objects.filter(channel=GROUP).update(state=state)
        assert judged()["李医生团队"].verdict.kinds == 1


def test_each_month_by_its_own_numbers(cast):
    issue = published(cast.team_a, D(2026, 10, 3), by=cast.li, steward=cast.qian)
    post(issue, by=cast.wang, day=D(2026, 10, 5), photos=[picture(1)])
    post(issue, by=cast.wang, day=D(2026, 10, 15), channel=GROUP, photos=[picture(2)])
    order(D(2026, 11, 1), disclosure_min_channels=3, disclosure_due_day=20)
    october = judged(month=Month(D(2026, 10, 1)))["李医生团队"]
    assert (october.verdict.standing, october.asked.channels) == (Standing.MET_LATE, 2)
    assert judged()["李医生团队"].asked.channels == 3


class TestWholeInstitutions:
    @pytest.fixture
    def whole(self, cast):
        order(D(2026, 1, 1), disclosure_unit=DisclosureUnit.INSTITUTION)
        second = TeamFactory(institution=cast.institution_a, name="第二团队")
        GridResponsibilityFactory(grid=GridFactory(), team=second)
        return second

    def test_one_issue_for_all_its_teams(self, cast, whole):
        policy = policy_on(TODAY)
        issue = published(cast.team_a, THIRD, by=cast.li, steward=cast.qian, policy=policy)
        assert issue.team is None
        post(issue, by=cast.wang, day=FOURTH, photos=[picture(1)])
        post(issue, by=cast.wang, day=FOURTH, channel=GROUP, photos=[picture(2)])
        found = judged()
        assert [one.name for one in found.values()] == [
            cast.institution_a.name,
            cast.institution_b.name,
        ]
        assert found[cast.institution_a.name].verdict.is_met
        months = months_until(NOVEMBER, 2)
        policies = policies_of([one.last for one in months], on=TODAY)
        lines = {
            one.team.name: one
            for one in year_lines(Team.objects.all(), months=months, on=TODAY, policies=policies)
        }
        assert lines["第二团队"].months[1].issue == lines["李医生团队"].months[1].issue == issue.pk

    def test_who_has_begun_the_month_ends_it_like_that(self, cast, whole):
        drafted(cast.team_a, THIRD)  # by team, as the shipped policy says
        assert set(judged()) == {"李医生团队", "第二团队", "赵医生团队"}


def test_months_before_the_first_issue_are_not_asked(cast):
    assert set(judged()) == {"李医生团队", "赵医生团队"}  # nobody has begun: this month alone
    assert judged(month=Month(D(2026, 10, 1))) == {}
    drafted(cast.team_b, D(2026, 9, 3))
    assert judged(month=Month(D(2026, 8, 1))) == {}
    assert judged(month=Month(D(2026, 10, 1)))["李医生团队"].verdict.standing == Standing.FAILED


def test_groups_and_the_late_list(cast, posted):
    rows = list(judged().values())
    by_street = {one.name: one for one in group_lines(rows, Grouping.STREET)}
    assert (by_street["环翠楼街道"].rate.percent, by_street["鲸园街道"].behind) == ("100.00%", 1)
    assert [one.name for one in group_lines(rows, Grouping.INSTITUTION)] == [
        cast.institution_b.name,
        cast.institution_a.name,
    ]
    assert [one.name for one in late_rows(rows)] == ["赵医生团队"]


def test_a_year_at_a_glance(cast, posted):
    months = months_until(NOVEMBER, 12)
    assert (months[0].first, months[-1].first) == (D(2025, 12, 1), D(2026, 11, 1))
    policies = policies_of([one.last for one in months], on=TODAY)
    lines = {
        one.team.name: one
        for one in year_lines(Team.objects.all(), months=months, on=TODAY, policies=policies)
    }
    assert lines["李医生团队"].months[-1].verdict.standing == Standing.MET
    assert (lines["李医生团队"].rate.met, lines["李医生团队"].rate.asked) == (1, 1)
    assert lines["李医生团队"].months[0] is None  # before anybody had an issue
    assert lines["赵医生团队"].rate.asked == 0  # the month that is not over is not decided


def test_bounded_queries(cast, posted, django_assert_num_queries):
    for number in range(4):
        team = TeamFactory(institution=cast.institution_b, name=f"团队{number}")
        GridResponsibilityFactory(grid=GridFactory(), team=team)
    months = months_until(NOVEMBER, 12)
    policies = policies_of([one.last for one in months], on=TODAY)
    with django_assert_num_queries(8):
        unit_months(Team.objects.all(), months=months, on=TODAY, policies=policies)
    with django_assert_num_queries(8):
        year_lines(Team.objects.all(), months=months, on=TODAY, policies=policies)


def rows_of(answer) -> list[tuple]:
    sheet = openpyxl.load_workbook(BytesIO(answer.content)).active
    return [tuple(cell.value for cell in row) for row in sheet.iter_rows(min_row=4)]


class TestPages:
    def test_one_sees_what_one_may(self, cast, posted, noon, sign_in):
        for user, seen, not_seen in (
            (cast.zhou, ["李医生团队", "赵医生团队"], []),
            (cast.he, ["李医生团队"], ["赵医生团队"]),
            (cast.qian, ["李医生团队"], ["赵医生团队"]),
            (cast.wang, ["李医生团队"], ["赵医生团队"]),
        ):
            for address in ("/disclosures/compliance/", "/disclosures/year/"):
                text = sign_in(user).get(address).content.decode()
                assert all(one in text for one in seen)
                assert not any(one in text for one in not_seen)

    @pytest.mark.parametrize("by", ["team", "institution", "street"])
    def test_every_grouping_has_a_page(self, cast, posted, noon, sign_in, by):
        client = sign_in(cast.zhou)
        answer = client.get("/disclosures/compliance/", {"by": by, "month": "2026-11"})
        assert answer.status_code == 200
        assert "逾期名单" in answer.content.decode()
        before = client.get("/disclosures/compliance/", {"by": by, "month": "2026-10"}).content.decode()
        assert "这个月没有应公开的团队" in before

    def test_bad_filters_show_this_month(self, cast, posted, noon, sign_in):
        client = sign_in(cast.zhou)
        for query in ({"month": "2026-13"}, {"month": "x", "by": "y"}, {"page": "-3"}):
            assert client.get("/disclosures/compliance/", query).status_code == 200
        for query in ({"until": "1900"}, {"until": "x"}, {"until": "2025"}):
            assert client.get("/disclosures/year/", query).status_code == 200

    def test_a_few_queries(self, cast, posted, noon, sign_in, django_assert_max_num_queries):
        client = sign_in(cast.zhou)
        with django_assert_max_num_queries(20):
            client.get("/disclosures/compliance/")
        with django_assert_max_num_queries(20):
            client.get("/disclosures/year/")

    def test_out_as_a_sheet(self, cast, posted, noon, sign_in):
        client = sign_in(cast.zhou)
        first, second = rows_of(client.get("/disclosures/compliance/", {"export": "units"}))
        assert first[2:4] == ("李医生团队", "达标")
        assert first[8].date() == FOURTH
        assert (second[3], second[4]) == ("已逾期", "待团队长确认")
        assert len(first) == 11 + len(DisclosureChannel)
        (late,) = rows_of(client.get("/disclosures/compliance/", {"export": "late"}))
        assert late[2] == "赵医生团队"
        groups = rows_of(client.get("/disclosures/compliance/", {"export": "groups", "by": "street"}))
        assert groups == [("鲸园街道", 1, 0, 0, 1, 0), ("环翠楼街道", 1, 1, 0, 0, 1)]
        year = rows_of(client.get("/disclosures/year/", {"export": "year"}))
        assert [one[13] for one in year] == ["达标", "已逾期"]


def test_confirmed_waits_for_the_institution(cast):
    confirmed(cast.team_a, THIRD, by=cast.li)
    assert judged()["李医生团队"].verdict.missing == ("待机构审核发布",)
