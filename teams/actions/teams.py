"""Forming teams and changing who belongs to them."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction

from core.constraints import refuse_on
from core.history import credited_to
from core.refusals import Refusal
from teams.choices import Tier
from teams.models import Institution, Team, TeamMembership, User

ONE_DAY = timedelta(days=1)


class CannotFormTeam(Refusal):
    """A team may not be formed or renamed like this."""


class CannotCloseTeam(Refusal):
    """A team may not be closed on that day."""


class CannotAddMember(Refusal):
    """This person may not become a member like this."""


class CannotChangeMembership(Refusal):
    """A membership may not be changed or ended like this."""


class CannotChangeLeader(Refusal):
    """This person may not lead the team from that day."""


def form_team(
    *, institution: Institution, name: str, starts_on: date, by: User, on: date,
    phone: str = "", service_times: str = "", introduction: str = "",
) -> Team:  # fmt: skip
    """A new team without members.

    Raises:
        CannotFormTeam: the institution is out of use, or has a team of that name.
    """
    if not institution.is_active:
        raise CannotFormTeam("institution_closed", "该机构已停用，不能组建团队。", field="institution")
    with transaction.atomic(), credited_to(by), refuse_on(Team, CannotFormTeam, team_name_unique="name"):
        return Team.objects.create(
            institution=institution,
            name=name,
            phone=phone,
            service_times=service_times,
            introduction=introduction,
            starts_on=starts_on,
        )


def amend_team(
    *, team: Team, name: str, phone: str, service_times: str, introduction: str, by: User, on: date
) -> Team:
    """Correct what the notice board says of a team (S0-22); members and institution stay.

    Raises:
        CannotFormTeam: the institution has another team of that name.
    """
    with transaction.atomic(), credited_to(by), refuse_on(Team, CannotFormTeam, team_name_unique="name"):
        locked = _locked(team)
        locked.name, locked.phone = name, phone
        locked.service_times, locked.introduction = service_times, introduction
        locked.save(update_fields=["name", "phone", "service_times", "introduction"])
    return locked


def close_team(*, team: Team, ends_on: date, by: User, on: date) -> Team:
    """The team's last day of work; whoever still belongs to it leaves on that day.

    Its grids are not touched from here: they count as grids without a team from the next day on, until assigned anew.

    Raises:
        CannotCloseTeam: closed already, or before its first day or the first day of a member.
    """
    with transaction.atomic(), credited_to(by):
        locked = _locked(team)
        if locked.ends_on and locked.ends_on <= ends_on:
            raise CannotCloseTeam("closed", f"该团队已于 {locked.ends_on} 撤销。", field="ends_on")
        if ends_on < locked.starts_on:
            raise CannotCloseTeam(
                "before_start", f"撤销日期不能早于组建日期 {locked.starts_on}。", field="ends_on"
            )
        running = locked.memberships.exclude(ends_on__lte=ends_on)
        later = running.filter(starts_on__gt=ends_on).select_related("user").first()
        if later:
            raise CannotCloseTeam(
                "later_member",
                f"{later.user}自 {later.starts_on} 起才加入，请先结束或更正该成员，再撤销团队。",
                field="ends_on",
            )
        running.update(ends_on=ends_on)
        locked.ends_on = ends_on
        locked.save(update_fields=["ends_on"])
    return locked


def add_member(
    *, team: Team, user: User, profession: str, starts_on: date, by: User, on: date,
    is_leader: bool = False, tier: int = Tier.CORE, home_institution: Institution | None = None,
    is_dispatched: bool = False, duty: str = "", ends_on: date | None = None,
) -> TeamMembership:  # fmt: skip
    """A person joins a team (S0-4, S0-17, S2-12). His own institution sends him unless another is named.

    Raises:
        CannotAddMember: the team is closed by then, the person is in it already, it has a leader already,
            or he is called dispatched although he comes from the team's own institution.
    """
    with transaction.atomic(), credited_to(by):
        locked = _locked(team)
        home = home_institution or user.institution or locked.institution
        _check_days(locked, starts_on, ends_on, CannotAddMember)
        if is_dispatched and home == locked.institution:
            raise CannotAddMember(
                "dispatched_from_inside",
                f"{user}来自本机构，不是上级下派人员。请先维护此人的所属机构，或取消“上级下派”。",
                field="is_dispatched",
            )
        with refuse_on(
            TeamMembership, CannotAddMember,
            member_once_per_team="user", one_leader_per_team="is_leader", membership_ends_after_start="ends_on",
        ):  # fmt: skip
            return TeamMembership.objects.create(
                team=locked,
                user=user,
                profession=profession,
                is_leader=is_leader,
                tier=tier,
                home_institution=home,
                is_dispatched=is_dispatched,
                duty=duty,
                starts_on=starts_on,
                ends_on=ends_on if ends_on else locked.ends_on,
            )


def amend_membership(
    *,
    membership: TeamMembership,
    profession: str,
    tier: int,
    is_dispatched: bool,
    duty: str,
    by: User,
    on: date,
) -> TeamMembership:
    """Correct what a member does in the team; who it is and since when stays.

    Raises:
        CannotChangeMembership: called dispatched although he comes from the team's own institution.
    """
    with transaction.atomic(), credited_to(by):
        team = _locked(membership.team)
        if is_dispatched and membership.home_institution_id == team.institution_id:
            raise CannotChangeMembership(
                "dispatched_from_inside",
                f"{membership.user}由本机构派出，不能标为上级下派。",
                field="is_dispatched",
            )
        membership.profession, membership.tier = profession, tier
        membership.is_dispatched, membership.duty = is_dispatched, duty
        membership.save(update_fields=["profession", "tier", "is_dispatched", "duty"])
    return membership


def end_membership(*, membership: TeamMembership, ends_on: date, by: User, on: date) -> TeamMembership:
    """The member's last day in the team. A team left without leader shows it as a finding.

    Raises:
        CannotChangeMembership: ended already by then, or before his first day.
    """
    with transaction.atomic(), credited_to(by):
        locked = TeamMembership.objects.select_for_update().select_related("user").get(pk=membership.pk)
        if locked.ends_on and locked.ends_on <= ends_on:
            raise CannotChangeMembership(
                "ended", f"{locked.user}的任职已于 {locked.ends_on} 结束。", field="ends_on"
            )
        if ends_on < locked.starts_on:
            raise CannotChangeMembership(
                "before_start",
                f"结束日期不能早于{locked.user}的加入日期 {locked.starts_on}。",
                field="ends_on",
            )
        locked.ends_on = ends_on
        locked.save(update_fields=["ends_on"])
    return locked


def change_leader(*, team: Team, user: User, starts_on: date, by: User, on: date) -> TeamMembership:
    """A member leads from a day on; the former leader stays as a member. Both keep their earlier rows.

    Raises:
        CannotChangeLeader: he is no member on that day, leads already, or another leader is set for a later day.
    """
    with transaction.atomic(), credited_to(by):
        locked = _locked(team)
        standing = TeamMembership.objects.active_on(starts_on).filter(team=locked).select_related("user")
        members = list(standing.select_for_update(of=("self",)))
        chosen = next((one for one in members if one.user_id == user.pk), None)
        if chosen is None:
            raise CannotChangeLeader(
                "no_member", f"{user}在 {starts_on} 不是本团队成员，请先添加为成员。", field="user"
            )
        if chosen.is_leader:
            raise CannotChangeLeader("leads_already", f"{user}已经是团队长。", field="user")
        with refuse_on(TeamMembership, CannotChangeLeader, one_leader_per_team="starts_on"):
            for former in (one for one in members if one.is_leader):
                _turn(former, starts_on, is_leader=False)
            return _turn(chosen, starts_on, is_leader=True)


def _turn(membership: TeamMembership, day: date, *, is_leader: bool) -> TeamMembership:
    """Lead, or no longer lead, from a day on: the row so far ends the day before."""
    if membership.starts_on == day:
        membership.is_leader = is_leader
        membership.save(update_fields=["is_leader"])
        return membership
    kept = _plain(membership) | {"starts_on": day, "is_leader": is_leader}
    membership.ends_on = day - ONE_DAY
    membership.save(update_fields=["ends_on"])
    return TeamMembership.objects.create(**kept)


def _plain(membership: TeamMembership) -> dict[str, Any]:
    return {
        f.attname: getattr(membership, f.attname)
        for f in membership._meta.concrete_fields
        if not f.primary_key
    }


def _locked(team: Team) -> Team:
    return Team.objects.select_for_update(of=("self",)).select_related("institution").get(pk=team.pk)


def _check_days(team: Team, starts_on: date, ends_on: date | None, refusal: type[Refusal]) -> None:
    if starts_on < team.starts_on:
        raise refusal("before_team", f"加入日期不能早于团队组建日期 {team.starts_on}。", field="starts_on")
    if team.ends_on and (starts_on > team.ends_on or (ends_on and ends_on > team.ends_on)):
        raise refusal("team_closed", f"该团队已于 {team.ends_on} 撤销，不能在此之后任职。", field="starts_on")
