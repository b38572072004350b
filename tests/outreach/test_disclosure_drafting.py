"""The issues of a month are there on the draft day, once for each unit, whatever the sources have."""

import datetime as dt
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from outreach.actions.drafting_disclosures import draft_month
from outreach.choices import DisclosureState, DisclosureStep, DisclosureTopic, ItemState
from outreach.disclosures import drafting
from outreach.disclosures.base import Drafted, Fact, Month
from outreach.disclosures.content import Content, digest_of
from outreach.disclosures.drafting import UNKNOWN, UNREAD, units_of
from outreach.models import DisclosureItem, DisclosureVersion, MonthlyDisclosure
from outreach.policy import policy_on
from tests.factories.grids import GridFactory, GridResponsibilityFactory
from tests.factories.teams import TeamFactory

D = dt.date
NOVEMBER = D(2026, 11, 1)


@pytest.fixture
def policy(cast, noon):
    return policy_on(noon)


def draft(on: D, policy, month: D | None = None):
    return draft_month(on=on, now=timezone.now(), policy=policy, month=month)


def saying(drafted: Drafted):
    return lambda units, month, now: dict.fromkeys(units, drafted)


def test_each_team_with_a_grid_has_one_issue_of_ten_items(cast, policy, noon):
    TeamFactory(institution=cast.institution_a, name="没有网格的团队")
    made = draft(noon, policy)
    assert made.issues == 2
    assert set(MonthlyDisclosure.objects.values_list("team", "month", "state")) == {
        (cast.team_a.pk, NOVEMBER, DisclosureState.DRAFT),
        (cast.team_b.pk, NOVEMBER, DisclosureState.DRAFT),
    }
    for issue in MonthlyDisclosure.objects.all():
        assert list(issue.items.order_by("number").values_list("number", flat=True)) == list(range(1, 11))
    assert made.gaps == DisclosureItem.objects.filter(state=ItemState.GAP).count() > 0


def test_a_second_call_makes_nothing_and_a_new_team_gets_its_own(cast, policy, noon):
    draft(noon, policy)
    assert draft(noon, policy).issues == 0
    late = TeamFactory(institution=cast.institution_a, name="后来的团队", starts_on=noon)
    GridResponsibilityFactory(grid=GridFactory(), team=late, starts_on=noon)
    assert draft(noon, policy).issues == 1
    assert MonthlyDisclosure.objects.filter(team=late).count() == 1


@pytest.mark.parametrize(("day", "issues"), [(4, 0), (5, 2), (6, 2), (30, 2)])
def test_nothing_is_drafted_before_the_draft_day(cast, policy, day, issues):
    policy = replace(policy, disclosure_draft_day=5)
    assert draft(D(2026, 11, day), policy).issues == issues


def test_a_month_that_somebody_asked_for_is_drafted_on_any_day(cast, policy, noon):
    assert draft(noon, policy, D(2026, 12, 31)).issues == 2
    assert set(MonthlyDisclosure.objects.values_list("month", flat=True)) == {D(2026, 12, 1)}


def test_teams_that_worked_in_the_month_for_a_day_publish_and_those_before_do_not(cast, policy, noon):
    gone = TeamFactory(institution=cast.institution_a, name="上月结束的团队", ends_on=D(2026, 10, 31))
    GridResponsibilityFactory(grid=GridFactory(), team=gone, starts_on=D(2026, 1, 1), ends_on=D(2026, 10, 31))
    last = TeamFactory(institution=cast.institution_a, name="本月第一天结束的团队", ends_on=NOVEMBER)
    GridResponsibilityFactory(grid=GridFactory(), team=last, starts_on=D(2026, 1, 1), ends_on=NOVEMBER)
    teams = {one.team for one in units_of(Month(NOVEMBER), policy)}
    assert teams == {cast.team_a.pk, cast.team_b.pk, last.pk}


def test_an_institution_publishes_once_for_all_its_teams(cast, policy, noon):
    other = TeamFactory(institution=cast.institution_a, name="第二团队")
    GridResponsibilityFactory(grid=GridFactory(), team=other)
    policy = replace(policy, disclosure_unit="institution")
    assert draft(noon, policy).issues == 2
    (unit,) = [one for one in units_of(Month(NOVEMBER), policy) if one.institution == cast.institution_a.pk]
    assert set(unit.teams) == {cast.team_a.pk, other.pk} and unit.team is None


@pytest.mark.parametrize(("first", "then"), [("team", "institution"), ("institution", "team")])
def test_who_changes_the_unit_within_a_month_does_not_publish_twice(cast, policy, noon, first, then):
    assert draft(noon, replace(policy, disclosure_unit=first)).issues == 2
    assert draft(noon, replace(policy, disclosure_unit=then)).issues == 0


def test_what_a_source_says_stands_in_the_item_and_in_the_first_version(cast, policy, noon, monkeypatch):
    said = Drafted("一行\r\n• 一点\u202e\u200b", (Fact("坐诊", 3, "次", "/calendars/"),))
    monkeypatch.setattr(drafting, "SOURCES", {DisclosureTopic.SPECIALISTS: saying(said)})
    draft(noon, policy)
    issue = MonthlyDisclosure.objects.get(team=cast.team_a)
    item = issue.items.get(number=7)
    assert (item.state, item.text, item.drafted, item.gap) == ("filled", "一行\n- 一点", "一行\n- 一点", "")
    assert item.facts == [
        {
            "label": "坐诊",
            "value": 3,
            "unit": "次",
            "as_of": "2026-11-22T04:00:00+00:00",
            "page": "/calendars/",
        }
    ]
    version = issue.versions.get()
    assert (version.number, version.step, version.by) == (1, DisclosureStep.DRAFTED, None)
    assert version.digest == digest_of(version.content)
    assert Content.from_json(version.content) == Content.of_issue(issue, issue.items.all())


def test_text_with_a_gap_waits_for_somebody(cast, policy, noon, monkeypatch):
    said = Drafted("门诊时间", gap="疫苗供应由接种门诊补充")
    monkeypatch.setattr(drafting, "SOURCES", {DisclosureTopic.IMMUNIZATION: saying(said)})
    draft(noon, policy)
    item = DisclosureItem.objects.get(disclosure__team=cast.team_a, number=3)
    assert (item.state, item.text, item.gap) == ("gap", "门诊时间", "疫苗供应由接种门诊补充")


def test_an_item_without_a_source_and_one_whose_source_fails_are_gaps(
    cast, policy, noon, monkeypatch, caplog
):
    def broken(units, month, now):
        MonthlyDisclosure.objects.get(pk=0)

    monkeypatch.setattr(drafting, "SOURCES", {DisclosureTopic.SEASON: broken})
    draft(noon, policy)
    gaps = dict(DisclosureItem.objects.filter(disclosure__team=cast.team_a).values_list("number", "gap"))
    assert gaps[1] == UNREAD.gap and gaps[2] == UNKNOWN.gap
    assert "item 1 failed" in caplog.text


def test_a_long_draft_is_cut_at_a_line_and_says_so(cast, policy, noon, monkeypatch):
    said = Drafted("\n".join("长" * 50 for _ in range(300)))
    monkeypatch.setattr(drafting, "SOURCES", {DisclosureTopic.OTHER: saying(said)})
    draft(noon, policy)
    item = DisclosureItem.objects.filter(number=10).first()
    assert len(item.text) <= 2000 and len(item.drafted) <= 4000
    assert item.text.endswith("\n…") and item.text.count("\n") <= 60


def test_queries_do_not_grow_with_the_teams(cast, policy, noon, django_assert_num_queries):
    def count(on: D) -> int:
        with CaptureQueries() as seen:
            draft(on, policy)
        return len(seen)

    few = count(noon)
    for number in range(12):
        team = TeamFactory(institution=cast.institution_b, name=f"第{number}团队")
        GridResponsibilityFactory(grid=GridFactory(), team=team)
    assert count(D(2026, 12, 3)) <= few
    assert MonthlyDisclosure.objects.filter(month=D(2026, 12, 1)).count() == 14


def CaptureQueries():
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    return CaptureQueriesContext(connection)


def test_the_command_tells_the_numbers_and_a_rehearsal_leaves_nothing(cast, noon):
    out = StringIO()
    call_command("draft_disclosures", "--on", "2026-11-22", "--dry-run", stdout=out)
    assert "新生成 2" in out.getvalue() and "未修改" in out.getvalue()
    assert not MonthlyDisclosure.objects.exists()
    call_command("draft_disclosures", "--on", "2026-11-22", "--month", "2026-12", stdout=out)
    assert set(MonthlyDisclosure.objects.values_list("month", flat=True)) == {D(2026, 12, 1)}
    assert DisclosureVersion.objects.count() == 2
