"""Packages as doctors and signing see them: what is offered to whom, what stands in them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Max

from contracts.choices import AgreementKind, Frequency, PackageKind, ServiceTier
from contracts.models import FulfilmentStandard, PackageItem, ServicePackage, StandardItem
from contracts.policy import ContractsPolicy
from contracts.rules import Objection
from contracts.rules.packages import FITTING, Case, Content, Suits, in_words, object_to_package
from contracts.rules.signing import Menu
from residents.choices import Population, RiskColor, RiskKind
from teams.models import Team, TeamMembership, User


@dataclass(frozen=True)
class Offer:
    """A package on the day of signing.

    Attributes:
        objection: why it is not for this resident, or None.
        is_suggested: it comes ticked when the form opens.
    """

    package: ServicePackage
    objection: Objection | None
    is_suggested: bool


def packages_offered(
    *,
    on: date,
    teams: Collection[Team] = (),
    kind: AgreementKind | None = AgreementKind.INDIVIDUAL,
    sees_restricted: bool,
) -> list[ServicePackage]:
    """Packages that may stand in such an agreement of one of these teams, in the order of the form. One query.

    ``kind`` None: whatever the agreement.

    An institution's package stands in for that of the same code of the institution above it, or of the district.
    Packages that tell a restricted diagnosis come only for whoever may know it.
    """
    nearness = _nearness(teams)
    found: dict[str, ServicePackage] = {}
    for one in ServicePackage.objects.offered_on(on).order_by("tier", "pk"):
        if one.owner_id not in nearness or (one.is_restricted and not sees_restricted):
            continue
        held = found.get(one.code)
        if held is None or nearness[one.owner_id] < nearness[held.owner_id]:
            found[one.code] = one
    places = {code: place for place, code in enumerate(PackageKind.values)}
    chosen = [one for one in found.values() if kind is None or kind in FITTING[PackageKind(one.kind)]]
    return sorted(chosen, key=lambda one: (places[one.kind], one.tier, one.pk))


def _nearness(teams: Collection[Team]) -> dict[int | None, int]:
    """Owner -> how far away: the team's institution, the one above it, the district."""
    found: dict[int | None, int] = {None: 2}
    for team in teams:
        if team.institution.parent_id:
            found.setdefault(team.institution.parent_id, 1)
    return found | {team.institution_id: 0 for team in teams}


def offered(
    team: Team,
    populations: Collection[str],
    *,
    on: date,
    kind: AgreementKind = AgreementKind.INDIVIDUAL,
    colors: Mapping[str, str] | None = None,
    days: int | None = None,
    sees_restricted: bool = False,
) -> list[Offer]:
    """What a team may promise to such a resident, the unsuitable ones with their reason. Two queries.

    Args:
        populations: those of the resident; for a household, of all its members.
        colors: ``RiskKind`` -> ``RiskColor`` of today; missing where nobody assessed.
        days: length of a supplementary agreement.
    """
    known = colors or {}
    case = Case(
        agreement=kind,
        populations=populations,
        team_tier=highest_tier(team, on=on),
        elder_color=known.get(RiskKind.ELDER),
        cardio_color=known.get(RiskKind.CARDIOVASCULAR),
        days=days,
    )
    packages = packages_offered(on=on, teams=[team], kind=kind, sees_restricted=sees_restricted)
    return [_offer(one, case) for one in packages]


def _offer(package: ServicePackage, case: Case) -> Offer:
    objection = object_to_package(package.name, suits_of(package), case)
    return Offer(package, objection, objection is None and package.is_suggested)


def suits_of(package: ServicePackage) -> Suits:
    return Suits(
        kind=PackageKind(package.kind),
        tier=ServiceTier(package.tier),
        populations=package.populations,
        elder_colors=package.elder_colors,
        cardio_colors=package.cardio_colors,
        course_days=package.course_days,
    )


def highest_tier(team: Team, *, on: date) -> int:
    """The highest tier on which somebody stands in a team today. One query."""
    standing = TeamMembership.objects.active_on(on).filter(team=team)
    return int(standing.aggregate(tier=Max("tier"))["tier"] or ServiceTier.PRIMARY)


@dataclass(frozen=True)
class PackageCard:
    """A package on the doctors' page, in plain words."""

    package: ServicePackage
    whom: str
    payers: tuple[tuple[str, object], ...]


@dataclass(frozen=True)
class Shelf:
    """All packages of one kind."""

    kind: PackageKind
    cards: list[PackageCard]


def shelves(
    user: User, *, on: date, kind: str = "", tier: int | None = None, sees_restricted: bool
) -> list[Shelf]:
    """What is offered today in the person's places, kind by kind. One query."""
    rows = ServicePackage.objects.visible_to(user).offered_on(on).select_related("owner")
    if kind:
        rows = rows.filter(kind=kind)
    if tier:
        rows = rows.filter(tier=tier)
    cards = [card(one) for one in rows.order_by("tier", "pk") if sees_restricted or not one.is_restricted]
    found = [Shelf(one, [each for each in cards if each.package.kind == one]) for one in PackageKind]
    return [one for one in found if one.cards]


def card(package: ServicePackage) -> PackageCard:
    shares = (
        ("公卫经费", package.fund_yuan), ("医保基金", package.insurance_yuan), ("个人", package.individual_yuan)
    )  # fmt: skip
    return PackageCard(package, whom(package), tuple(one for one in shares if one[1]))


def whom(package: ServicePackage) -> str:
    """For whom it is, in words: populations, and the colors of their tiers."""
    words = "、".join(str(Population(one).label) for one in package.populations) or "所有人"
    for what, colors in (("老年人分级", package.elder_colors), ("心血管风险分级", package.cardio_colors)):
        if colors:
            words += f"；{what}为{'、'.join(str(RiskColor(one).label) for one in colors)}"
    return words


def contents_of(package: ServicePackage) -> list[PackageItem]:
    """The services of a package in order. One query."""
    return list(PackageItem.objects.filter(package=package).in_order())


def menus_of(packages: Collection[ServicePackage]) -> list[Menu]:
    """What each package lets choose. One query."""
    found: dict[int, tuple[list[int], list[int]]] = {one.pk: ([], []) for one in packages}
    rows = PackageItem.objects.filter(package__in=list(found))
    for pk, package, is_required in rows.values_list("pk", "package_id", "is_required"):
        found[package][0 if is_required else 1].append(pk)
    return [Menu(one.name, *found[one.pk]) for one in packages]


def menu_of(packages: Collection[ServicePackage]) -> dict[int, list[PackageItem]]:
    """Package id -> its services to choose from, in order; a package without such is not in it. One query."""
    found: dict[int, list[PackageItem]] = {}
    for one in PackageItem.objects.filter(package__in=packages, is_required=False).in_order():
        found.setdefault(one.package_id, []).append(one)
    return found


def lines_of(contents: Collection[PackageItem]) -> list[str]:
    return [
        in_words(
            Content(one.item.name, Frequency(one.frequency), one.times, one.item.description, one.is_required)
        )
        for one in contents
    ]


def standing_promises(policy: ContractsPolicy) -> list[str]:
    """What every agreement promises beside its packages, by today's policy (S2-18, S1-6)."""
    return [
        f"每位签约居民每季度至少联系{policy.contacts_per_quarter}次",
        f"每个签约家庭每年至少评估{policy.household_assessments_per_year}次健康状况",
    ]


def standard_on(day: date) -> tuple[FulfilmentStandard, list[StandardItem]] | None:
    """The fulfilment standard in force on a day, with its seven items. At most two queries."""
    standing = FulfilmentStandard.objects.filter(in_force_from__lte=day)
    found = standing.order_by("-in_force_from", "-version").first()
    return (found, list(found.items.order_by("position"))) if found else None
