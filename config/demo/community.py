"""Who works the grids: responsible teams, grid leaders, sentinels, stewards, their pairings, and the organizations.

Left incomplete on purpose: two villages without a team (S3-28), some grids without a leader or a sentinel, some pairs
that do not know each other yet. One village changed hands three weeks ago, so that the past differs from today.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from random import Random

from config.demo.institutions import Crew, Staff
from config.demo.names import full_name
from config.demo.numbers import Phones
from config.demo.places import Village
from grids.choices import OrganizationType, PairingLevel, PostingRole, SentinelOrigin
from grids.models import Grid, GridResponsibility, Organization, Pairing, Posting
from teams.choices import Profession, Role
from teams.models import RoleAssignment, User

VILLAGES_WITHOUT_TEAM = 2
GRIDS_WITHOUT_LEADER = 3
GRIDS_WITHOUT_SENTINEL = 0.04
PAIRED = 0.85
HANDED_OVER_DAYS = 21
ORIGINS = (
    SentinelOrigin.FULL_TIME, SentinelOrigin.PART_TIME, SentinelOrigin.BUILDING_HEAD, SentinelOrigin.PROPERTY,
    SentinelOrigin.VOLUNTEER,
)  # fmt: skip
ORGANIZATIONS = (
    (OrganizationType.SCHOOL, "小学", 400),
    (OrganizationType.SCHOOL, "幼儿园", 120),
    (OrganizationType.ENTERPRISE, "物业公司", 40),
    (OrganizationType.ENTERPRISE, "食品厂", 150),
    (OrganizationType.GOVERNMENT, "便民服务中心", 20),
    (OrganizationType.OFFICE_BUILDING, "商务大厦", 300),
    (OrganizationType.NURSING_HOME, "养老院", 60),
)


def assign_grids(chance: Random, crews: Sequence[Crew], since: date, on: date) -> dict[int, int]:
    """Write which team answers for which grid; grid id -> team id as of today, without the deliberate gaps."""
    villages = [village for crew in crews[1:] for village in crew.villages]
    gaps = {one.area.pk for one in chance.sample(villages, min(VILLAGES_WITHOUT_TEAM, len(villages)))}
    rows: list[GridResponsibility] = []
    covered: dict[int, int] = {}
    for crew in crews:
        for village in crew.villages:
            if village.area.pk not in gaps:
                rows += [
                    GridResponsibility(grid=grid, team=crew.team, starts_on=since) for grid in village.grids
                ]
                covered |= {grid.pk: crew.team.pk for grid in village.grids}
    moved = _hand_over(crews, rows, covered, on)
    GridResponsibility.objects.bulk_create(rows + moved)
    return covered


def _hand_over(
    crews: Sequence[Crew], rows: list[GridResponsibility], covered: dict[int, int], on: date
) -> list[GridResponsibility]:
    """The last village of the second team went to the first team of the same institution three weeks ago."""
    giver, taker = crews[1], crews[0]
    village = next((one for one in reversed(giver.villages) if one.grids[0].pk in covered), None)
    if village is None or giver.team.institution_id != taker.team.institution_id:
        return []
    first_day = on - timedelta(days=HANDED_OVER_DAYS)
    found = []
    for row in rows:
        if row.grid in village.grids:
            row.ends_on = first_day - timedelta(days=1)
            found.append(
                GridResponsibility(grid=row.grid, team=taker.team, starts_on=first_day, note="网格调整")
            )
            covered[row.grid.pk] = taker.team.pk
    return found


def post_people(
    chance: Random, staff: Staff, crews: Sequence[Crew], phones: Phones, since: date
) -> list[Posting]:
    """Write the postings; three of them, in the first team's first village, belong to demonstration accounts."""
    first = crews[0].villages[0]
    cast = {
        PostingRole.COMMUNITY_STEWARD: (Role.COMMUNITY_STEWARD, first.area.code),
        PostingRole.GRID_LEADER: (Role.GRID_LEADER, first.grids[0].code),
        PostingRole.SENTINEL: (Role.SENTINEL, first.grids[0].code),
    }
    users = {post: staff.cast(role, Profession.OTHER, None) for post, (role, _) in cast.items()}
    staff.write()
    roles = {
        post: RoleAssignment(user=users[post], role=role, area_code=code, starts_on=since)
        for post, (role, code) in cast.items()
    }
    RoleAssignment.objects.bulk_create(roles.values())
    found = list(_postings(chance, crews, phones, since))
    for post, user in users.items():
        place = first.area.pk if post == PostingRole.COMMUNITY_STEWARD else first.grids[0].pk
        one = next(one for one in found if one.role == post and place in (one.village_id, one.grid_id))
        one.user, one.role_assignment, one.name, one.phone = user, roles[post], user.name, user.phone
    Posting.objects.bulk_create(found)
    return found


def _postings(chance: Random, crews: Sequence[Crew], phones: Phones, since: date) -> Iterator[Posting]:
    villages = [village for crew in crews for village in crew.villages]
    grids = [grid for village in villages for grid in village.grids]
    leaderless = {grid.pk for grid in chance.sample(grids[3:], min(GRIDS_WITHOUT_LEADER, len(grids[3:])))}
    unwatched = {grid.pk for grid in grids[3:] if chance.random() < GRIDS_WITHOUT_SENTINEL}

    def somebody(role: PostingRole, **place: object) -> Posting:
        name = full_name(chance, chance.random() < 0.5, chance.randrange(1958, 1995))
        return Posting(role=role, name=name, phone=phones.next(), starts_on=since, **place)

    for village in villages:
        yield somebody(PostingRole.COMMUNITY_STEWARD, village=village.area)
        yield somebody(PostingRole.COMMISSION, village=village.area)
        if village.is_urban:
            yield somebody(PostingRole.POLICE, village=village.area)
        for grid in village.grids:
            if grid.pk not in leaderless:
                yield somebody(PostingRole.GRID_LEADER, grid=grid)
            if grid.pk not in unwatched:
                for _ in range(chance.choice((1, 1, 2))):
                    yield somebody(PostingRole.SENTINEL, grid=grid, origin=chance.choice(ORIGINS))


def pair_people(
    chance: Random,
    crews: Sequence[Crew],
    stewards: Mapping[int, User],
    covered: Mapping[int, int],
    postings: Sequence[Posting],
    since: date,
) -> None:
    """Steward with community steward, team leader with grid leader, member with sentinel (S2-7), most of them."""
    by_team = {crew.team.pk: crew for crew in crews}
    institutions = {village.area.pk: crew.team.institution_id for crew in crews for village in crew.villages}
    rows = []
    for one in postings:
        if chance.random() >= PAIRED:
            continue
        if one.role == PostingRole.COMMUNITY_STEWARD:
            rows.append((PairingLevel.STEWARD, stewards[institutions[one.village_id]], one))
        elif one.grid_id in covered:
            crew = by_team[covered[one.grid_id]]
            if one.role == PostingRole.GRID_LEADER:
                rows.append((PairingLevel.LEADER, crew.leader, one))
            else:
                own = [user for user in crew.members if user.institution_id == crew.team.institution_id]
                rows.append((PairingLevel.MEMBER, chance.choice(own), one))
    Pairing.objects.bulk_create(
        Pairing(level=level, user=user, posting=posting, starts_on=since) for level, user, posting in rows
    )


def found_organizations(chance: Random, villages: Sequence[Village], phones: Phones) -> None:
    """Two organizations in three urban communities out of four, a school or a home in some villages."""
    rows = []
    for village in villages:
        count = chance.choice((0, 1, 2, 2)) if village.is_urban else chance.choice((0, 0, 0, 1))
        for kind, word, size in chance.sample(ORGANIZATIONS, count):
            name = f"{village.name.removesuffix('社区').removesuffix('村')}{word}（演示）"
            grid: Grid = chance.choice(village.grids)
            headcount = max(round(size * chance.uniform(0.5, 1.6)), 5)
            contact = full_name(chance, chance.random() < 0.5, 1980)
            rows.append(
                Organization(
                    grid=grid, name=name, type=kind, headcount=headcount, contact=contact, phone=phones.next()
                )
            )
    Organization.objects.bulk_create(rows)
