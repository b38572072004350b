"""The ten disclosures are told to whoever has the next step, and to those above before the month ends."""

import datetime as dt

import pytest

from core.models import PolicySetting
from outreach.actions import raise_reminders
from outreach.choices import Audience, DisclosureUnit, ProofState
from outreach.models import DisclosureProof, MonthlyDisclosure, Reminder
from outreach.policy import policy_on
from outreach.reminders import SOURCES
from tests.factories.grids import GridFactory, GridResponsibilityFactory
from tests.factories.teams import TeamFactory
from tests.outreach.posting import GROUP, confirmed, drafted, picture, post, published

pytestmark = pytest.mark.django_db
D = dt.date
THIRD, FOURTH, DUE = D(2026, 11, 3), D(2026, 11, 4), D(2026, 11, 10)
LAST_BEGINS = D(2026, 11, 24)  # the last seven days


@pytest.fixture
def begun(cast):
    """The district has been at it since October; nothing of November is drafted."""
    drafted(cast.team_a, D(2026, 10, 3))


def told(stage, on):
    raise_reminders(on=on)
    rows = Reminder.objects.open().filter(source="disclosure", stage=stage)
    return {one.team_id: one.count for one in rows}


def days(stage, *days):
    return [bool(told(stage, one)) for one in days]


def test_a_draft_waits_for_its_leader_until_it_is_confirmed(cast):
    drafted(cast.team_a, THIRD)
    both = {cast.team_a.pk: 1, cast.team_b.pk: 1}
    assert told("confirm", THIRD) == both
    assert told("publish", THIRD) == {}
    confirmed(cast.team_a, THIRD, by=cast.li)
    assert told("confirm", FOURTH) == {cast.team_b.pk: 1}
    assert told("publish", FOURTH) == {cast.team_a.pk: 1}
    audiences = set(Reminder.objects.filter(source="disclosure").values_list("stage", "audience"))
    assert audiences == {("confirm", Audience.LEADER), ("publish", Audience.STEWARD)}


def test_published_but_not_posted_from_the_due_day_and_closer_at_the_end(cast):
    issue = published(cast.team_a, THIRD, by=cast.li, steward=cast.qian)
    day = dt.timedelta(days=1)
    assert days("post", DUE - day, DUE, LAST_BEGINS - day, LAST_BEGINS) == [False, True, True, False]
    assert days("post_last", LAST_BEGINS - day, LAST_BEGINS, D(2026, 11, 30)) == [False, True, True]
    assert told("post_last", LAST_BEGINS) == {cast.team_a.pk: 1}
    post(issue, by=cast.wang, day=LAST_BEGINS, photos=[picture(1)])
    assert told("post_last", LAST_BEGINS) == {cast.team_a.pk: 1}
    proof = post(issue, by=cast.wang, day=LAST_BEGINS, channel=GROUP, photos=[picture(2)])
    assert told("post_last", LAST_BEGINS) == {}
    DisclosureProof.objects.filter(pk=proof.pk).update(state=ProofState.WITHDRAWN)  # told again
    assert told("post_last", LAST_BEGINS) == {cast.team_a.pk: 1}


def test_those_above_hear_of_what_is_late(cast, begun):
    day = dt.timedelta(days=1)
    assert days("late", DUE, DUE + day, D(2026, 11, 30)) == [False, True, True]
    assert told("late", DUE + day) == {cast.team_a.pk: 1, cast.team_b.pk: 1}  # not even drafted
    assert days("late_bureau", LAST_BEGINS - day, LAST_BEGINS) == [False, True]


def test_nothing_before_the_district_has_begun(cast):
    raise_reminders(on=LAST_BEGINS)
    assert not Reminder.objects.filter(source="disclosure").exists()


def test_a_month_that_is_over_is_told_no_more(cast):
    drafted(cast.team_a, THIRD)
    assert told("late", D(2026, 11, 30)) == {cast.team_a.pk: 1, cast.team_b.pk: 1}
    assert told("confirm", D(2026, 12, 1)) == {}
    assert told("late", D(2026, 12, 1)) == {}


def test_postings_of_another_month_do_not_count(cast):
    issue = published(cast.team_a, THIRD, by=cast.li, steward=cast.qian)
    post(issue, by=cast.wang, day=FOURTH, photos=[picture(1)])
    proof = post(issue, by=cast.wang, day=FOURTH, channel=GROUP, photos=[picture(2)])
    assert cast.team_a.pk not in told("late", LAST_BEGINS)
    DisclosureProof.objects.filter(pk=proof.pk).update(posted_on=D(2026, 12, 1))
    assert cast.team_a.pk in told("late", LAST_BEGINS)


def test_the_numbers_are_policy(cast, begun):
    PolicySetting.objects.create(
        room="outreach", payload={"disclosure_due_day": 20, "disclosure_last_days": 3},
        in_force_from=D(2026, 11, 1), source="通知",
    )  # fmt: skip
    assert days("late", D(2026, 11, 20), D(2026, 11, 21)) == [False, True]
    assert days("late_bureau", D(2026, 11, 27), D(2026, 11, 28)) == [False, True]


def test_a_whole_institution_is_counted_once_and_every_leader_hears_of_it(cast):
    PolicySetting.objects.create(
        room="outreach", payload={"disclosure_unit": DisclosureUnit.INSTITUTION},
        in_force_from=D(2026, 1, 1), source="通知",
    )  # fmt: skip
    second = TeamFactory(institution=cast.institution_a, name="第二团队")
    GridResponsibilityFactory(grid=GridFactory(), team=second)
    drafted(cast.team_a, THIRD, policy_on(THIRD))
    assert told("confirm", THIRD) == {cast.team_a.pk: 1, cast.team_b.pk: 1, second.pk: 1}
    assert told("late", LAST_BEGINS) == {cast.team_a.pk: 1, cast.team_b.pk: 1}


def test_teams_without_a_grid_are_left_in_peace(cast, begun):
    TeamFactory(institution=cast.institution_a, name="没有网格")
    assert told("late", LAST_BEGINS) == {cast.team_a.pk: 1, cast.team_b.pk: 1}


def test_what_must_be_looked_at(cast):
    issue = published(cast.team_a, THIRD, by=cast.li, steward=cast.qian)
    for place in ("东门", "西门"):
        proof = post(issue, by=cast.wang, day=FOURTH, place=place, photos=[picture(1)])
    assert proof.state == ProofState.FLAGGED
    assert told("flagged", THIRD) == {}
    assert told("flagged", FOURTH) == {cast.team_a.pk: 1}
    assert told("flagged", D(2026, 12, 9)) == {cast.team_a.pk: 1}
    DisclosureProof.objects.update(state=ProofState.COUNTED)
    assert told("flagged", D(2026, 12, 9)) == {}


def test_a_second_sweep_changes_nothing(cast):
    drafted(cast.team_a, THIRD)
    raise_reminders(on=DUE)
    before = list(Reminder.objects.order_by("pk").values())
    raise_reminders(on=DUE)
    assert list(Reminder.objects.order_by("pk").values()) == before
    assert MonthlyDisclosure.objects.count() == 2


def test_the_source_says_where_the_work_is_done():
    (source,) = [one for one in SOURCES if one.name == "disclosure"]
    assert {source.address(one.code) for one in source.stages} == {
        "/disclosures/", "/disclosures/compliance/", "/disclosures/proofs/flagged/",
    }  # fmt: skip


def test_a_team_that_began_after_the_due_day_is_not_late(cast, begun):
    young = TeamFactory(institution=cast.institution_a, name="新团队", starts_on=DUE + dt.timedelta(days=1))
    GridResponsibilityFactory(grid=GridFactory(), team=young, starts_on=young.starts_on)
    punctual = TeamFactory(institution=cast.institution_a, name="老团队", starts_on=DUE)
    GridResponsibilityFactory(grid=GridFactory(), team=punctual, starts_on=DUE)
    late = told("late", LAST_BEGINS)
    assert young.pk not in late
    assert punctual.pk in late
