"""Forming teams and changing who belongs to them."""

import datetime as dt

import pytest

from core.refusals import Refusal
from teams import actions
from teams.choices import Profession, Tier
from teams.models import TeamMembership
from tests.factories.teams import InstitutionFactory, TeamFactory, TeamMembershipFactory, UserFactory

TODAY = dt.date(2026, 11, 22)
DAY = dt.timedelta(days=1)


def refused(action, **kwargs) -> Refusal:
    with pytest.raises(Refusal) as caught:
        action(**kwargs)
    assert caught.value.sentence.endswith("。")
    return caught.value


class TestFormTeam:
    def test_a_new_team(self, cast):
        team = actions.form_team(
            institution=cast.institution_a,
            name="新团队",
            starts_on=TODAY,
            phone="06315200009",
            by=cast.qian,
            on=TODAY,
        )
        assert (team.institution, team.name, team.starts_on, team.ends_on) == (
            cast.institution_a,
            "新团队",
            TODAY,
            None,
        )

    def test_not_twice_under_one_name(self, cast):
        refusal = refused(
            actions.form_team,
            institution=cast.institution_a, name=cast.team_a.name, starts_on=TODAY, by=cast.qian, on=TODAY,
        )  # fmt: skip
        assert (refusal.code, refusal.field) == ("team_name_unique", "name")
        assert refusal.sentence == "本机构已有同名团队。"

    def test_the_same_name_in_another_institution(self, cast):
        assert actions.form_team(
            institution=cast.institution_b, name=cast.team_a.name, starts_on=TODAY, by=cast.wu, on=TODAY
        ).pk

    def test_not_in_an_institution_out_of_use(self, cast):
        closed = InstitutionFactory(is_active=False)
        refusal = refused(
            actions.form_team, institution=closed, name="甲", starts_on=TODAY, by=cast.zhou, on=TODAY
        )
        assert refusal.code == "institution_closed"

    def test_the_history_names_who_did_it_outside_of_requests_too(self, cast):
        actions.amend_team(
            team=cast.team_a,
            name="更名团队",
            phone="",
            service_times="",
            introduction="",
            by=cast.qian,
            on=TODAY,
        )
        event = cast.team_a.history.latest("pgh_created_at")
        assert event.name == "李医生团队"
        assert event.pgh_context.metadata["user"] == cast.qian.pk

    def test_renaming_to_a_name_in_use_is_refused(self, cast):
        TeamFactory(institution=cast.institution_a, name="乙")
        refusal = refused(
            actions.amend_team,
            team=cast.team_a, name="乙", phone="", service_times="", introduction="", by=cast.qian, on=TODAY,
        )  # fmt: skip
        assert refusal.code == "team_name_unique"


class TestAddMember:
    def add(self, cast, **changes):
        given = {
            "team": cast.team_a, "user": UserFactory(institution=cast.institution_a), "profession": Profession.NURSE,
            "starts_on": TODAY, "by": cast.qian, "on": TODAY,
        } | changes  # fmt: skip
        return actions.add_member(**given)

    def test_his_own_institution_sends_him(self, cast):
        specialist = UserFactory(institution=cast.hospital)
        member = self.add(cast, user=specialist, is_dispatched=True, tier=Tier.SECOND, duty="每周三坐诊")
        assert member.home_institution == cast.hospital
        assert (member.is_dispatched, member.tier, member.duty) == (True, Tier.SECOND, "每周三坐诊")

    def test_without_an_institution_the_teams_own(self, cast):
        assert self.add(cast, user=UserFactory(institution=None)).home_institution == cast.institution_a

    def test_one_specialist_in_several_teams(self, cast):
        specialist = UserFactory(institution=cast.hospital)
        self.add(cast, user=specialist, is_dispatched=True)
        self.add(cast, team=cast.team_b, user=specialist, is_dispatched=True)
        assert specialist.memberships.count() == 2

    def test_not_twice_at_once(self, cast):
        refusal = refused(self.add, cast=cast, user=cast.wang)
        assert (refusal.code, refusal.field) == ("member_once_per_team", "user")

    def test_again_after_he_left(self, cast):
        row = TeamMembership.objects.get(team=cast.team_a, user=cast.wang)
        actions.end_membership(membership=row, ends_on=TODAY - DAY, by=cast.qian, on=TODAY)
        assert self.add(cast, user=cast.wang).starts_on == TODAY

    def test_not_on_his_last_day(self, cast):
        row = TeamMembership.objects.get(team=cast.team_a, user=cast.wang)
        actions.end_membership(membership=row, ends_on=TODAY, by=cast.qian, on=TODAY)
        assert refused(self.add, cast=cast, user=cast.wang).code == "member_once_per_team"

    def test_no_second_leader(self, cast):
        refusal = refused(self.add, cast=cast, is_leader=True)
        assert (refusal.code, refusal.field) == ("one_leader_per_team", "is_leader")

    def test_nobody_is_dispatched_from_inside(self, cast):
        assert refused(self.add, cast=cast, is_dispatched=True).code == "dispatched_from_inside"

    def test_not_before_the_team(self, cast):
        assert refused(self.add, cast=cast, starts_on=dt.date(2019, 12, 31)).code == "before_team"

    @pytest.mark.parametrize(("starts_on", "is_refused"), [(TODAY, False), (TODAY + DAY, True)])
    def test_not_after_the_teams_last_day(self, cast, starts_on, is_refused):
        team = TeamFactory(institution=cast.institution_a, ends_on=TODAY)
        if is_refused:
            assert refused(self.add, cast=cast, team=team, starts_on=starts_on).code == "team_closed"
        else:
            assert self.add(cast, team=team, starts_on=starts_on).ends_on == TODAY

    def test_the_end_is_not_before_the_start(self, cast):
        assert refused(self.add, cast=cast, ends_on=TODAY - DAY).code == "membership_ends_after_start"


class TestEndMembership:
    def test_his_last_day(self, cast):
        row = TeamMembership.objects.get(team=cast.team_a, user=cast.wang)
        assert actions.end_membership(membership=row, ends_on=TODAY, by=cast.qian, on=TODAY).ends_on == TODAY

    def test_sooner_than_planned_but_not_later(self, cast):
        row = TeamMembershipFactory(team=cast.team_a, ends_on=TODAY)
        assert refused(
            actions.end_membership, membership=row, ends_on=TODAY + DAY, by=cast.qian, on=TODAY
        ).code == "ended"  # fmt: skip
        assert actions.end_membership(membership=row, ends_on=TODAY - DAY, by=cast.qian, on=TODAY)

    def test_not_before_he_came(self, cast):
        row = TeamMembershipFactory(team=cast.team_a, starts_on=TODAY)
        refusal = refused(actions.end_membership, membership=row, ends_on=TODAY - DAY, by=cast.qian, on=TODAY)
        assert (refusal.code, refusal.field) == ("before_start", "ends_on")

    def test_corrections_keep_person_and_days(self, cast):
        row = TeamMembership.objects.get(team=cast.team_a, user=cast.wang)
        actions.amend_membership(
            membership=row, profession=Profession.PUBLIC_HEALTH, tier=Tier.CORE, is_dispatched=False, duty="公卫随访",
            by=cast.qian, on=TODAY,
        )  # fmt: skip
        row.refresh_from_db()
        assert (row.user, row.profession, row.duty) == (cast.wang, Profession.PUBLIC_HEALTH, "公卫随访")

    def test_a_correction_does_not_dispatch_from_inside(self, cast):
        row = TeamMembership.objects.get(team=cast.team_a, user=cast.wang)
        refusal = refused(
            actions.amend_membership,
            membership=row, profession=Profession.NURSE, tier=1, is_dispatched=True, duty="", by=cast.qian, on=TODAY,
        )  # fmt: skip
        assert refusal.code == "dispatched_from_inside"


class TestChangeLeader:
    def test_the_former_leader_stays_as_a_member(self, cast):
        actions.change_leader(team=cast.team_a, user=cast.wang, starts_on=TODAY, by=cast.qian, on=TODAY)

        def leaders(day):
            rows = TeamMembership.objects.active_on(day).filter(team=cast.team_a, is_leader=True)
            return [one.user for one in rows]

        members = TeamMembership.objects.active_on(TODAY).filter(team=cast.team_a)
        assert leaders(TODAY - DAY) == [cast.li]
        assert leaders(TODAY) == [cast.wang]
        assert {one.user for one in members} == {cast.li, cast.wang}
        assert {one.profession for one in members} == {Profession.GP, Profession.NURSE}

    def test_changed_back_on_the_same_day_without_empty_rows(self, cast):
        actions.change_leader(team=cast.team_a, user=cast.wang, starts_on=TODAY, by=cast.qian, on=TODAY)
        actions.change_leader(team=cast.team_a, user=cast.li, starts_on=TODAY, by=cast.qian, on=TODAY)
        rows = TeamMembership.objects.filter(team=cast.team_a, starts_on=TODAY)
        assert {(one.user, one.is_leader) for one in rows} == {(cast.li, True), (cast.wang, False)}

    def test_a_team_without_leader_gets_one(self, cast):
        row = TeamMembership.objects.get(team=cast.team_a, user=cast.li)
        actions.end_membership(membership=row, ends_on=TODAY - DAY, by=cast.qian, on=TODAY)
        assert actions.change_leader(
            team=cast.team_a, user=cast.wang, starts_on=TODAY, by=cast.qian, on=TODAY
        ).is_leader

    def test_only_a_member_leads(self, cast):
        refusal = refused(
            actions.change_leader, team=cast.team_a, user=cast.zhao, starts_on=TODAY, by=cast.qian, on=TODAY
        )
        assert (refusal.code, refusal.field) == ("no_member", "user")

    def test_not_who_leads_already(self, cast):
        assert refused(
            actions.change_leader, team=cast.team_a, user=cast.li, starts_on=TODAY, by=cast.qian, on=TODAY
        ).code == "leads_already"  # fmt: skip

    def test_not_into_the_days_of_a_leader_set_for_later(self, cast):
        old = TeamMembership.objects.get(team=cast.team_a, user=cast.li)
        actions.end_membership(membership=old, ends_on=TODAY - DAY, by=cast.qian, on=TODAY)
        TeamMembershipFactory(team=cast.team_a, is_leader=True, starts_on=TODAY + 30 * DAY)
        refusal = refused(
            actions.change_leader, team=cast.team_a, user=cast.wang, starts_on=TODAY, by=cast.qian, on=TODAY
        )
        assert refusal.code == "one_leader_per_team"
        assert TeamMembership.objects.active_on(TODAY).filter(team=cast.team_a, user=cast.wang).count() == 1


class TestCloseTeam:
    def test_members_leave_on_the_last_day(self, cast):
        gone = TeamMembershipFactory(team=cast.team_a, ends_on=TODAY - DAY)
        actions.close_team(team=cast.team_a, ends_on=TODAY, by=cast.qian, on=TODAY)
        cast.team_a.refresh_from_db()
        gone.refresh_from_db()
        assert cast.team_a.ends_on == TODAY
        assert gone.ends_on == TODAY - DAY
        assert not TeamMembership.objects.active_on(TODAY + DAY).filter(team=cast.team_a).exists()

    def test_not_twice(self, cast):
        actions.close_team(team=cast.team_a, ends_on=TODAY, by=cast.qian, on=TODAY)
        assert refused(
            actions.close_team, team=cast.team_a, ends_on=TODAY + DAY, by=cast.qian, on=TODAY
        ).code == "closed"  # fmt: skip

    def test_not_before_it_began(self, cast):
        team = TeamFactory(starts_on=TODAY)
        assert refused(
            actions.close_team, team=team, ends_on=TODAY - DAY, by=cast.zhou, on=TODAY
        ).code == "before_start"  # fmt: skip

    def test_not_over_a_member_who_is_to_come(self, cast):
        TeamMembershipFactory(team=cast.team_a, starts_on=TODAY + 3 * DAY)
        refusal = refused(actions.close_team, team=cast.team_a, ends_on=TODAY, by=cast.qian, on=TODAY)
        assert refusal.code == "later_member"
        assert TeamMembership.objects.filter(team=cast.team_a, ends_on__isnull=True).count() == 3
