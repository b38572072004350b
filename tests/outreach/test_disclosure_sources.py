"""Items 5, 6 and 10: what the database says, for all units at once, and nothing of anybody in particular."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from care.choices import Program
from care.models import PointAccount, Reading
from outreach.choices import ExceptionReason, ExceptionState
from outreach.disclosures.base import Month, Unit
from outreach.disclosures.plain import MAX_TEXT
from outreach.disclosures.sources.changes import NOTHING, changes
from outreach.disclosures.sources.last_month import last_month
from outreach.disclosures.sources.plan import NO_TIMES, plan_of_month
from outreach.models import PointException, PointTimetable
from teams.choices import Profession
from tests.factories.contracts import ensure_wording, sign_agreement
from tests.factories.grids import (
    GridFactory,
    GridResponsibilityFactory,
    MicroGridFactory,
    OrganizationFactory,
)
from tests.factories.moves import sent_up
from tests.factories.plans import plans, rule
from tests.factories.points import earned, ensure_points, goods, own_account, redeemed, visited
from tests.factories.residents import ResidentFactory
from tests.factories.teams import TeamFactory, TeamMembershipFactory, UserFactory
from tests.outreach.visiting import point_in

D = dt.date
NOVEMBER, SIGNED = Month(D(2026, 11, 1)), D(2026, 9, 1)
FIRST = dt.datetime(
    2026, 10, 31, 16, 5, tzinfo=dt.UTC
)  # five past midnight of 1 November where the district lies
NINE, ELEVEN = dt.time(9), dt.time(11)


@pytest.fixture
def units(cast) -> list[Unit]:
    return [
        Unit(cast.institution_a.pk, cast.team_a.pk, (cast.team_a.pk,)),
        Unit(cast.institution_b.pk, cast.team_b.pk, (cast.team_b.pk,)),
    ]


def facts_of(drafted) -> dict[str, int | None]:
    return {one.label: one.value for one in drafted.facts}


def queries(source, units) -> int:
    with CaptureQueriesContext(connection) as seen:
        source(units, NOVEMBER, FIRST)
    return len(seen)


@pytest.mark.parametrize(("source", "most"), [(plan_of_month, 5), (last_month, 4), (changes, 2)])
def test_a_source_asks_as_often_for_many_units_as_for_one(cast, units, source, most):
    point = point_in(GridResponsibilityFactory(grid=GridFactory(), team=cast.team_a).grid)
    hours(point, cast.team_a)
    many = [Unit(cast.institution_b.pk, one.pk, (one.pk,)) for one in TeamFactory.create_batch(8)]
    assert queries(source, units + many) == queries(source, units) <= most
    assert set(source(units + many, NOVEMBER, FIRST)) == {*units, *many}


# --- item 5 -----------------------------------------------------------------------------------------------------


def hours(point, team, weekday=3, **more) -> PointTimetable:
    facts = {"begins_at": NINE, "closes_at": ELEVEN, "starts_on": D(2026, 1, 1)} | more
    return PointTimetable.objects.create(point=point, team=team, weekday=weekday, **facts)


def test_what_is_due_counts_people_by_kind_and_hides_few(cast, units):
    plans(5, cast.team_a, D(2026, 11, 30))
    diabetes = rule(program=Program.DIABETES)
    plans(4, cast.team_a, D(2026, 11, 2), of=diabetes)
    elderly = rule(program=Program.ELDERLY)
    plans(6, cast.team_a, D(2026, 12, 1), of=elderly)  # next month
    copd = rule(program=Program.COPD)
    plans(7, cast.team_a, D(2026, 9, 10), of=copd)  # long due, still possible
    plans(8, cast.team_a, D(2026, 8, 1), of=rule(program=Program.CHILD))  # too late by now
    said = plan_of_month(units, NOVEMBER, FIRST)[units[0]]
    figures = facts_of(said)
    assert (figures["高血压随访"], figures["糖尿病随访"], figures["慢阻肺随访"]) == (5, None, 7)
    assert "老年人健康服务" not in figures and "0-6岁儿童健康服务" not in figures
    assert "高血压随访 5 人" in said.text and "糖尿病随访 不足5人" in said.text
    assert "fulfilment/tasks" in said.facts[0].page


def test_a_person_with_two_services_of_a_kind_counts_once(cast, units):
    five = plans(5, cast.team_a, D(2026, 11, 9), of=rule(program=Program.DIABETES))
    second = rule(program=Program.DIABETES)
    for other in five:
        type(other).objects.create(
            **{name: getattr(other, name) for name in ("opens_on", "due_on", "closes_on", "expires_on", "anchor_on")},
            resident_id=other.resident_id, rule=second, sequence=1, team=cast.team_a,
        )  # fmt: skip
    assert facts_of(plan_of_month(units, NOVEMBER, FIRST)[units[0]])["糖尿病随访"] == 5


@pytest.mark.parametrize(
    "facts", [{"program": Program.SMI, "is_restricted": True}, {"program": Program.SMI}, {"program": Program.TB},
              {"program": Program.CONTRACT, "is_restricted": True}],
)  # fmt: skip
def test_what_only_named_roles_may_know_is_not_even_counted(cast, units, facts):
    plans(9, cast.team_a, D(2026, 11, 3), of=rule(**facts))
    said = plan_of_month(units, NOVEMBER, FIRST)[units[0]]
    assert "没有到期的履约服务" in said.text
    assert not any("精神" in one.label or "结核" in one.label for one in said.facts)


def test_the_hours_of_points_with_their_days_and_without_days_off(cast, district, units):
    point = point_in(district.grid_a, name="东北村卫康室")
    hours(point, cast.team_a)
    off = {"reason": ExceptionReason.HOLIDAY, "asked_by": cast.li, "asked_at": FIRST, "point": point}
    PointException.objects.create(
        starts_on=D(2026, 11, 11), ends_on=D(2026, 11, 17), state=ExceptionState.APPROVED, **off
    )
    PointException.objects.create(
        starts_on=D(2026, 11, 25), ends_on=D(2026, 11, 25), state=ExceptionState.ASKED, **off
    )
    said = plan_of_month(units, NOVEMBER, FIRST)
    assert "- 东北村卫康室（文化路 1 号）：每周三 09:00-11:00，4日、18日、25日" in said[units[0]].text
    assert facts_of(said[units[0]])["本月巡诊"] == 3
    assert (said[units[0]].gap, said[units[1]].gap) == ("", NO_TIMES)


def test_hours_outside_the_month_and_of_closed_points_are_left_out(cast, district, units):
    closed = point_in(district.grid_a, name="已停用的", closed_on=D(2026, 11, 1))
    hours(closed, cast.team_a)
    begun = point_in(district.grid_a, name="月底启用的")
    hours(begun, cast.team_a, weekday=1, starts_on=D(2026, 11, 30))
    ended = point_in(district.grid_a, name="上月结束的")
    hours(ended, cast.team_a, weekday=6, ends_on=D(2026, 10, 31))
    text = plan_of_month(units, NOVEMBER, FIRST)[units[0]].text
    assert "月底启用的（文化路 1 号）：每周一 09:00-11:00，30日" in text
    assert "已停用的" not in text and "上月结束的" not in text


def test_organizations_of_the_grids_and_their_micro_grids_are_named(cast, district, units):
    OrganizationFactory(grid=district.grid_a, name="文化路小学")
    OrganizationFactory(grid=MicroGridFactory(parent=district.grid_a), name="幸福楼物业")
    OrganizationFactory(grid=district.grid_b, name="别处的工厂")
    said = plan_of_month(units, NOVEMBER, FIRST)[units[0]]
    assert "服务单位 2 家" in said.text and "文化路小学" in said.text and "幸福楼物业" in said.text
    assert "别处的工厂" not in said.text


def test_many_points_of_an_institution_fit(cast, district):
    for number in range(45):
        hours(point_in(district.grid_a, name=f"第{number:02}服务点"), cast.team_a)
    unit = Unit(cast.institution_a.pk, None, (cast.team_a.pk,))
    text = plan_of_month([unit], NOVEMBER, FIRST)[unit].text
    assert len(text) < 2000 and text.count("\n") < 60
    assert "其余 5 个时段见各服务点公示" in text


def test_long_addresses_leave_room_for_what_follows(cast, district):
    OrganizationFactory(grid=district.grid_a, name="文化路小学")
    for number in range(40):
        hours(point_in(district.grid_a, name=f"第{number:02}{'服务点' * 8}"), cast.team_a)
    unit = Unit(cast.institution_a.pk, None, (cast.team_a.pk,))
    text = plan_of_month([unit], NOVEMBER, FIRST)[unit].text
    assert len(text) <= MAX_TEXT
    told = text.count("- 第")
    assert 10 < told < 40 and f"其余 {40 - told} 个时段见各服务点公示" in text
    assert "服务单位 1 家（文化路小学）" in text


# --- item 6 -----------------------------------------------------------------------------------------------------


@pytest.fixture
def people(cast, district):
    """Five residents of team A, one of team B."""
    ensure_wording()
    ensure_points()
    found = [ResidentFactory(name=f"王{n}国", grid=district.grid_a) for n in "甲乙丙丁戊"]
    for one in found:
        sign_agreement(one, cast.team_a, cast.li, on=SIGNED)
    other = ResidentFactory(name="赵别处", grid=district.grid_b)
    sign_agreement(other, cast.team_b, cast.zhao, on=SIGNED)
    return [*found, other]


def measured(resident, at: dt.datetime, source="self") -> Reading:
    return Reading.objects.create(
        resident=resident, kind="weight", taken_at=at, first=60, source=source, client_token=uuid.uuid4()
    )


def test_last_month_is_counted_and_no_other(cast, units, people):
    for one in people[:5]:
        visited(one, cast.li, D(2026, 10, 1), form="consultation", program="contract")
        visited(one, cast.li, D(2026, 10, 31))
        visited(one, cast.li, D(2026, 9, 30), mode="home")
        visited(one, cast.li, D(2026, 11, 1), mode="home")
        measured(one, dt.datetime(2026, 10, 31, 15, 59, tzinfo=dt.UTC))
        measured(one, dt.datetime(2026, 9, 30, 16, 0, tzinfo=dt.UTC))
        measured(one, dt.datetime(2026, 10, 31, 16, 0, tzinfo=dt.UTC))  # already November
        measured(one, dt.datetime(2026, 9, 30, 15, 59, tzinfo=dt.UTC))  # still September
        measured(one, dt.datetime(2026, 10, 5, tzinfo=dt.UTC), source="staff")
    said = last_month(units, NOVEMBER, FIRST)
    figures = facts_of(said[units[0]])
    assert (figures["主动咨询"], figures["门诊、站室就诊和随访"], figures["上门服务"]) == (5, 5, 0)
    assert figures["居家自我监测"] == 10
    assert "主动咨询 5 人次" in said[units[0]].text
    assert not any(facts_of(said[units[1]])[one] for one in ("主动咨询", "居家自我监测"))


def test_few_people_are_not_told_however_often_they_came(cast, units, people):
    for one in people[:4]:
        for day in (2, 3, 4):
            visited(one, cast.li, D(2026, 10, day), mode="home")
    said = last_month(units, NOVEMBER, FIRST)[units[0]]
    assert facts_of(said)["上门服务"] is None
    assert "上门服务 不足5人" in said.text and "12" not in said.text


def test_restricted_records_and_taken_back_ones_are_not_counted(cast, units, people):
    for one in people[:5]:
        visited(one, cast.li, D(2026, 10, 2), form="smi_follow_up", program="smi", is_restricted=True)
        visited(one, cast.li, D(2026, 10, 2), state="voided")
    assert facts_of(last_month(units, NOVEMBER, FIRST)[units[0]])["门诊、站室就诊和随访"] == 0


def test_referrals_up_are_counted(cast, units, people):
    for one in people[:5]:
        sent_up(one, cast.li, cast.hospital, on=D(2026, 10, 9))
    figures = facts_of(last_month(units, NOVEMBER, FIRST)[units[0]])
    assert (figures["转诊：上转"], figures["转诊：下转"]) == (5, 0)


def test_redemptions_and_the_ranking_are_masked_agreed_and_hidden_when_few(cast, units, people):
    for at, one in enumerate(people[:5]):
        for _ in range(1 + (at == 0)):
            earned(one, cast.li, D(2026, 10, 6))
        redeemed(own_account(one), one, cast.qian, goods(5), on=D(2026, 10, 20))
    PointAccount.objects.own().update(is_ranked=True)
    hidden = PointAccount.objects.own().get(resident=people[0])
    said = last_month(units, NOVEMBER, FIRST)[units[0]]
    assert "健康积分兑换 5 次，共 25 分" in said.text
    assert "- 第1名 王*国 20分" in said.text and "- 第2名 王*国 10分" in said.text
    assert not any(one.name in said.text for one in people)
    PointAccount.objects.filter(pk=hidden.pk).update(is_ranked=False)
    said = last_month(units, NOVEMBER, FIRST)[units[0]]
    assert "不公布排行" in said.text and "王*国" not in said.text


def test_of_an_institution_all_its_teams_are_counted_together(cast, units, people):
    both = Unit(cast.institution_a.pk, None, (cast.team_a.pk, cast.team_b.pk))
    for one, by in [*((one, cast.li) for one in people[:4]), (people[5], cast.zhao)]:
        visited(one, by, D(2026, 10, 2), mode="home")
    assert facts_of(last_month([both], NOVEMBER, FIRST)[both])["上门服务"] == 5
    assert facts_of(last_month(units, NOVEMBER, FIRST)[units[0]])["上门服务"] is None


# --- item 10 ----------------------------------------------------------------------------------------------------


def test_who_joined_and_who_left_is_told(cast, units):
    TeamMembershipFactory(
        team=cast.team_a,
        user=UserFactory(name="陈药师"),
        profession=Profession.PHARMACIST,
        starts_on=D(2026, 10, 1),
    )
    TeamMembershipFactory(
        team=cast.team_a, user=UserFactory(name="刘护士"), profession=Profession.NURSE,
        starts_on=D(2025, 1, 1), ends_on=D(2026, 11, 30),
    )  # fmt: skip
    TeamMembershipFactory(
        team=cast.team_a, user=UserFactory(name="早走的"), starts_on=D(2025, 1, 1), ends_on=D(2026, 9, 30)
    )
    said = changes(units, NOVEMBER, FIRST)
    assert "- 10月1日起，陈药师（药师）加入李医生团队" in said[units[0]].text
    assert "- 11月30日后，刘护士（护士）不再为李医生团队成员" in said[units[0]].text
    assert "早走的" not in said[units[0]].text and not said[units[0]].gap
    assert (said[units[1]].text, said[units[1]].gap) == ("", NOTHING)


def test_another_post_in_the_same_team_is_no_news(cast, units):
    person = UserFactory(name="换岗的")
    TeamMembershipFactory(team=cast.team_a, user=person, starts_on=D(2025, 1, 1), ends_on=D(2026, 9, 30))
    TeamMembershipFactory(team=cast.team_a, user=person, starts_on=D(2026, 10, 1))
    assert "换岗的" not in changes(units, NOVEMBER, FIRST)[units[0]].text


def test_a_new_team_does_not_list_all_its_members(cast, units):
    team = TeamFactory(starts_on=D(2026, 11, 1))
    TeamMembershipFactory(team=team, starts_on=D(2026, 11, 1))
    unit = Unit(team.institution_id, team.pk, (team.pk,))
    assert changes([unit], NOVEMBER, FIRST)[unit].gap == NOTHING


def test_points_that_pause_until_the_end_of_next_month(cast, district, units):
    point = point_in(district.grid_a, name="东北村卫康室")
    hours(point, cast.team_a)
    off = {"point": point, "asked_by": cast.li, "asked_at": timezone.now(), "reason": ExceptionReason.VENUE}
    for first, last, state in (
        (D(2026, 11, 30), D(2026, 12, 2), ExceptionState.APPROVED),
        (D(2026, 12, 31), D(2026, 12, 31), ExceptionState.APPROVED),
        (D(2027, 1, 1), D(2027, 1, 3), ExceptionState.APPROVED),
        (D(2026, 11, 9), D(2026, 11, 9), ExceptionState.ASKED),
    ):
        PointException.objects.create(starts_on=first, ends_on=last, state=state, **off)
    text = changes(units, NOVEMBER, FIRST)[units[0]].text
    assert "- 东北村卫康室：11月30日至12月2日停诊（场地不可用）" in text
    assert "- 东北村卫康室：12月31日停诊（场地不可用）" in text
    assert "1月1日" not in text and "11月9日" not in text


def test_a_point_handed_over_pauses_for_the_team_that_serves_it_now(cast, district):
    point = point_in(district.grid_a, name="东北村卫康室")
    hours(point, cast.team_a, starts_on=D(2026, 1, 1), ends_on=D(2026, 10, 31))
    hours(point, cast.team_b, starts_on=D(2026, 11, 1))
    PointException.objects.create(
        point=point, asked_by=cast.li, asked_at=timezone.now(), reason=ExceptionReason.VENUE,
        starts_on=D(2026, 11, 30), ends_on=D(2026, 12, 2), state=ExceptionState.APPROVED,
    )  # fmt: skip
    a = Unit(cast.institution_a.pk, cast.team_a.pk, (cast.team_a.pk,))
    b = Unit(cast.institution_b.pk, cast.team_b.pk, (cast.team_b.pk,))
    told = changes([a, b], NOVEMBER, FIRST)
    assert "停诊" not in told[a].text
    assert "- 东北村卫康室：11月30日至12月2日停诊（场地不可用）" in told[b].text
