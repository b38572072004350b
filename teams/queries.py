"""Teams and institutions as pages and reports see them. Every function: a fixed number of queries, whatever the rows."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from core.policy import Finding
from teams import rules
from teams.choices import InstitutionType, Profession, Role
from teams.models import Institution, RoleAssignment, Team, TeamMembership, User
from teams.policy import TeamsPolicy

# Institutions that form teams have a steward; a station or village clinic is looked after by the one above it.
STEWARDED = (InstitutionType.CHC, InstitutionType.TOWNSHIP_HOSPITAL)


@dataclass(frozen=True)
class TeamState:
    """A team on a day: who leads it, how many belong to it, and what it lacks."""

    team: Team
    leader: User | None
    members: int
    dispatched: int
    findings: tuple[Finding, ...]


def team_states(teams: QuerySet[Team], *, on: date, policy: TeamsPolicy) -> list[TeamState]:
    """The state of every team given, in the order given (S0-17, S3-3). Two queries."""
    found = list(teams.select_related("institution"))
    standing: dict[int, list[TeamMembership]] = defaultdict(list)
    for one in _standing_members(found, on):
        standing[one.team_id].append(one)
    core = {code: str(Profession(code).label) for code in policy.core_professions}
    return [_state(team, standing[team.pk], core, policy.min_dispatched_specialists) for team in found]


def _standing_members(teams: Iterable[Team], on: date) -> QuerySet[TeamMembership]:
    return (
        TeamMembership.objects.active_on(on).filter(team__in=teams).select_related("user", "home_institution")
    )


def _state(team: Team, standing: list[TeamMembership], core: dict[str, str], minimum: int) -> TeamState:
    level = team.institution.level
    members = [
        rules.Member(one.profession, one.is_leader, one.is_dispatched, one.home_institution.level, one.tier)
        for one in standing
    ]
    return TeamState(
        team=team,
        leader=next((one.user for one in standing if one.is_leader), None),
        members=len(members),
        dispatched=sum(rules.is_dispatched_from_above(one, level) for one in members),
        findings=rules.team_findings(members, level, min_dispatched=minimum, core=core),
    )


def member_board(team: Team, *, on: date) -> QuerySet[TeamMembership]:
    """Who works in the team on a day: the leader, then by tier, as the notice board shows them (S0-22). One query."""
    return (
        TeamMembership.objects.active_on(on)
        .filter(team=team)
        .select_related("user", "home_institution")
        .order_by("-is_leader", "tier", "starts_on", "pk")
    )


def stewarded_institutions(institutions: QuerySet[Institution], *, on: date) -> QuerySet[Institution]:
    """Those among them that must have a steward: primary institutions, and whoever has a team (S2-1)."""
    with_team = Team.objects.active_on(on).values("institution")
    return institutions.active().filter(Q(type__in=STEWARDED) | Q(pk__in=with_team))  # type: ignore[attr-defined]


def steward_findings(
    institutions: QuerySet[Institution], *, on: date, policy: TeamsPolicy
) -> list[tuple[Institution, Finding]]:
    """Institutions without the one steward they must have (S2-1). Two queries."""
    must = list(stewarded_institutions(institutions, on=on).order_by("code"))
    held = Counter(
        RoleAssignment.objects.active_on(on)
        .filter(role=Role.INSTITUTION_STEWARD, institution__in=must)
        .values_list("institution_id", flat=True)
    )
    required = policy.stewards_per_institution
    judged = ((one, rules.steward_finding(held[one.pk], required)) for one in must)
    return [(one, finding) for one, finding in judged if finding]


@dataclass(frozen=True)
class SpecialistLoad:
    """A specialist sent down, and everything he carries (S0-18).

    Attributes:
        teams: ids of all his teams of the day, also of those the reader may not see: the load is the whole load.
        memberships: his dispatched memberships in teams that the reader sees, by institution and team.
    """

    user: User
    teams: frozenset[int]
    memberships: tuple[TeamMembership, ...]

    @property
    def institutions(self) -> Iterator[tuple[Institution, list[TeamMembership]]]:
        """His memberships grouped by the institution he is sent to."""
        groups: dict[Institution, list[TeamMembership]] = defaultdict(list)
        for one in self.memberships:
            groups[one.team.institution].append(one)
        return iter(groups.items())


def specialist_loads(teams: QuerySet[Team], *, on: date) -> list[SpecialistLoad]:
    """Everybody dispatched to one of the teams, the busiest first (S0-18). Two queries."""
    carried: dict[User, list[TeamMembership]] = defaultdict(list)
    shown = (
        TeamMembership.objects.active_on(on)
        .filter(team__in=teams, is_dispatched=True)
        .select_related("user", "home_institution", "team__institution")
        .order_by("team__institution__code", "team__name")
    )
    for one in shown:
        carried[one.user].append(one)
    everywhere: dict[int, set[int]] = defaultdict(set)
    working = Team.objects.active_on(on)
    all_rows = TeamMembership.objects.active_on(on).filter(user__in=list(carried), team__in=working)
    for user, team in all_rows.values_list("user", "team"):
        everywhere[user].add(team)
    loads = [
        SpecialistLoad(user, frozenset(everywhere[user.pk]), tuple(mine)) for user, mine in carried.items()
    ]
    return sorted(loads, key=lambda one: (-len(one.teams), one.user.name))
