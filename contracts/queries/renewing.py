"""What stands to be renewed without a new form: who goes on, with which packages, and what stands in the way."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from contracts.choices import AgreementKind, AgreementState, PackageKind
from contracts.models import (
    Agreement,
    AgreementTemplate,
    ChosenItem,
    Enrollment,
    PackageItem,
    ServicePackage,
    Transfer,
)
from contracts.policy import policy_on
from contracts.queries.transfers import UNDER_WAY
from contracts.rules import Objection, renewing
from residents.choices import LifeStatus
from residents.models import PopulationFlag
from teams.models import Team, TeamMembership


@dataclass(frozen=True)
class Renewal:
    """One agreement as it will go on: the people who stay, what they are promised in the versions on offer.

    Attributes:
        dropped: names of packages that nobody in it belongs to any more.
    """

    agreement: Agreement
    starts_on: date
    ends_on: date
    people: list[Enrollment]
    packages: list[ServicePackage]
    chosen: list[PackageItem]
    dropped: list[str]


@dataclass(frozen=True)
class Plan:
    """``left_out``: agreement id -> why it is not renewed; agreements that do not run at all are in neither."""

    renewals: list[Renewal]
    left_out: dict[int, Objection]


def plan_renewals(agreements: Collection[int], *, on: date, years: int) -> Plan:
    """What renewing these agreements on a day would do. Twelve queries at most, however many they are."""
    held = (
        Agreement.objects.filter(pk__in=list(agreements), state=AgreementState.ACTIVE)
        .select_related("team__institution")
        .order_by("pk")
    )
    facts = _Facts(list(held), on=on, years=years)
    policy = policy_on(on)
    least = 1 if policy.allow_single_person_family else policy.family_min_members
    plan = Plan([], {})
    for one in facts.agreements:
        renewal = facts.renewal_of(one)
        objection = renewing.object_to_renewal(facts.candidate(renewal), least_members=least)
        if objection:
            plan.left_out[one.pk] = objection
        else:
            plan.renewals.append(renewal)
    return plan


def templates_on(day: date) -> dict[str, AgreementTemplate]:
    """Kind -> the newest wording in force on a day. One query."""
    found = AgreementTemplate.objects.filter(in_force_from__lte=day, kind__in=AgreementKind.values)
    return {one.kind: one for one in found.order_by("version")}


class _Facts:
    """All that the plan reads, once for all agreements."""

    def __init__(self, agreements: list[Agreement], *, on: date, years: int) -> None:
        ids = [one.pk for one in agreements]
        self.agreements = agreements
        self.terms = {one.pk: renewing.next_term(one.ends_on, years) for one in agreements}
        self.people = _people(ids)
        everybody = {one.resident_id for some in self.people.values() for one in some}
        self.taken = _taken(everybody, self.terms)
        later = Agreement.objects.filter(previous__in=ids).exclude(state=AgreementState.VOID)
        self.succeeded = set(later.values_list("previous", flat=True))
        moving = Transfer.objects.filter(enrollment__agreement__in=ids, state__in=UNDER_WAY)
        self.moving = set(moving.values_list("enrollment__agreement", flat=True))
        self.teams = set(
            Team.objects.active_on(on)
            .filter(pk__in={one.team_id for one in agreements})
            .values_list("pk", flat=True)
        )
        posts = TeamMembership.objects.active_on(on).filter(team__in=self.teams)
        self.doctors = set(posts.values_list("team", "user"))
        self.shelf = _Shelf(ids, everybody, on=on)

    def renewal_of(self, one: Agreement) -> Renewal:
        starts_on, ends_on = self.terms[one.pk]
        stay = [each for each in self.people[one.pk] if self._stays(one, each)]
        packages, dropped = self.shelf.packages_for(one, {each.resident_id for each in stay})
        chosen = self.shelf.chosen_for(one, packages)
        return Renewal(one, starts_on, ends_on, stay, packages, chosen, dropped)

    def _stays(self, one: Agreement, person: Enrollment) -> bool:
        is_present = person.resident.life_status == LifeStatus.PRESENT
        return is_present and (one.pk, person.resident_id) not in self.taken

    def candidate(self, renewal: Renewal) -> renewing.Candidate:
        one = renewal.agreement
        stay = {each.resident_id for each in renewal.people}
        return renewing.Candidate(
            kind=AgreementKind(one.kind),
            present=len(stay),
            is_taken=any((one.pk, each.resident_id) in self.taken for each in self.people[one.pk]),
            has_successor=one.pk in self.succeeded,
            has_transfer=one.pk in self.moving,
            is_team_active=one.team_id in self.teams,
            has_doctor=(one.team_id, one.doctor_id) in self.doctors,
            has_representative=one.kind != AgreementKind.HOUSEHOLD or one.representative_id in stay,
            packages_gone=self.shelf.gone(one),
            items_gone=self.shelf.items_gone(one, renewal.packages),
            packages=len(renewal.packages),
        )


def _people(agreements: list[int]) -> dict[int, list[Enrollment]]:
    """Agreement -> those in it until its end; who left before is not asked again. One query."""
    found: dict[int, list[Enrollment]] = defaultdict(list)
    rows = Enrollment.objects.filter(agreement__in=agreements, state=AgreementState.ACTIVE)
    shown = ("agreement_id", "resident__life_status", "state", "consent", "consented_on", "guardian_name")
    for one in rows.select_related("resident").only(*shown, "position").order_by("position", "pk"):
        found[one.agreement_id].append(one)
    return found


def _taken(people: Collection[int], terms: dict[int, tuple[date, date]]) -> set[tuple[int, int]]:
    """(agreement, resident) whose next term would meet another promise. One query."""
    if not terms:
        return set()
    first = min(starts for starts, _ in terms.values())
    later = Enrollment.objects.binding().filter(resident__in=people, ends_on__gte=first)
    promises: dict[int, list[tuple[int, date, date]]] = defaultdict(list)
    for who, deed, starts, ends in later.values_list("resident", "agreement", "starts_on", "ends_on"):
        promises[who].append((deed, starts, ends))
    return {
        (pk, who)
        for pk, (starts, ends) in terms.items()
        for who, held in promises.items()
        if any(deed != pk and begun <= ends and over >= starts for deed, begun, over in held)
    }


class _Shelf:
    """What is on offer on a day, and what these agreements hold of it."""

    def __init__(self, agreements: list[int], people: Collection[int], *, on: date) -> None:
        self.offers = {(one.code, one.owner_id): one for one in ServicePackage.objects.offered_on(on)}
        through = Agreement.packages.through.objects.filter(agreement__in=agreements)
        self.held: dict[int, list[ServicePackage]] = defaultdict(list)
        for one in through.select_related("servicepackage").order_by("pk"):
            self.held[one.agreement_id].append(one.servicepackage)
        self.chosen: dict[int, list[PackageItem]] = defaultdict(list)
        rows = ChosenItem.objects.filter(agreement__in=agreements)
        for row in rows.select_related("content__item", "content__package").order_by("pk"):
            self.chosen[row.agreement_id].append(row.content)
        menus = PackageItem.objects.filter(package__in=[one.pk for one in self.offers.values()])
        self.menu = {(one.package_id, one.item_id): one for one in menus} if self.chosen else {}
        flags = PopulationFlag.objects.running().filter(resident__in=people)
        self.kinds: dict[int, set[str]] = defaultdict(set)
        for who, kind in flags.values_list("resident", "kind"):
            self.kinds[who].add(kind)

    def offer(self, agreement: Agreement, package: ServicePackage) -> ServicePackage | None:
        """The package of the same code that the team's institution offers, or the one above it, or the district."""
        institution = agreement.team.institution
        owners = (institution.pk, institution.parent_id, None)
        found = (self.offers.get((package.code, owner)) for owner in owners)
        return next((one for one in found if one), None)

    def gone(self, agreement: Agreement) -> list[str]:
        return [_told(one) for one in self.held[agreement.pk] if self.offer(agreement, one) is None]

    def packages_for(
        self, agreement: Agreement, people: Iterable[int]
    ) -> tuple[list[ServicePackage], list[str]]:
        """Those offered that still suit somebody, and the names of those that suit nobody."""
        kinds: set[str] = set().union(*(self.kinds[who] for who in people))
        offers = [self.offer(agreement, one) for one in self.held[agreement.pk]]
        now = [one for one in offers if one]
        return (
            [one for one in now if _suits(one, kinds)],
            [_told(one) for one in now if not _suits(one, kinds)],
        )

    def chosen_for(self, agreement: Agreement, packages: list[ServicePackage]) -> list[PackageItem]:
        """The same services in the new versions of their packages."""
        by_code = {one.code: one for one in packages}
        wanted = [
            (by_code[one.package.code], one)
            for one in self.chosen[agreement.pk]
            if one.package.code in by_code
        ]
        found = (self.menu.get((package.pk, one.item_id)) for package, one in wanted)
        return [one for one in found if one]

    def items_gone(self, agreement: Agreement, packages: list[ServicePackage]) -> list[str]:
        kept = {one.item_id for one in self.chosen_for(agreement, packages)}
        codes = {one.code for one in packages}
        chosen = [one for one in self.chosen[agreement.pk] if one.package.code in codes]
        gone = [one for one in chosen if one.item_id not in kept]
        return ["专项服务" if one.package.is_restricted else one.item.name for one in gone]


def _told(package: ServicePackage) -> str:
    """A name that tells a restricted diagnosis does not stand in a story that more people read."""
    return "专项服务包" if package.is_restricted else package.name


def _suits(package: ServicePackage, kinds: Collection[str]) -> bool:
    if package.kind != PackageKind.KEY_POPULATION or not package.populations:
        return True
    return bool(set(package.populations) & set(kinds))


def days_to_close(*, on: date) -> list[date]:
    """Last days of agreements that are over and still stored as running, the earliest first. One query."""
    over = Agreement.objects.past_end(on).exclude(kind=AgreementKind.SUPPLEMENTARY)
    return list(over.order_by("ends_on").values_list("ends_on", flat=True).distinct())


def reached_in_term(agreements: Collection[int]) -> set[int]:
    """Agreements under which somebody was spoken with inside the term. One query."""
    rows = Enrollment.objects.filter(agreement__in=list(agreements), state=AgreementState.ACTIVE)
    spoken: dict[int, list[date | None]] = defaultdict(list)
    terms: dict[int, tuple[date, date]] = {}
    for pk, reached, starts, ends in rows.values_list(
        "agreement", "last_reached_on", "agreement__starts_on", "agreement__ends_on"
    ):
        spoken[pk].append(reached)
        terms[pk] = (starts, ends)
    return {
        pk
        for pk, days in spoken.items()
        if renewing.was_reached(days, starts_on=terms[pk][0], ends_on=terms[pk][1])
    }
