"""The worklist of the registry's quality: what is looked for in which place, and how many findings there are.

Every condition is SQL over the persons or households of a bounded place: the grids of one's scope are found first, so
that the planner starts from ``resident_grid_id`` and ``household_grid_id`` and never reads the whole table.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable

from grids.models import Area, Grid
from residents.choices import PROVISIONAL_KINDS, RESTRICTED, LifeStatus, Relation
from residents.models import ContactPhone, Guardian, Household, PastIdentifier, PopulationFlag, Resident
from residents.policy import ResidentsPolicy
from residents.rules.population import latest_birth
from residents.rules.quality import GENERATIONS, RULES, UPGRADED, months_before
from teams.models import User
from teams.querysets import scope_of

MOST_GRIDS = 150  # a wider scope looks at one village at a time
PRESENT = Q(life_status=LifeStatus.PRESENT)
Condition = Q | Combinable  # what Q and Exists become when they are joined


@dataclass(frozen=True)
class Reach:
    """Where a worklist looks: ids of grids, and of teams whose residents elsewhere count too."""

    grids: tuple[int, ...]
    teams: tuple[int, ...]

    @property
    def is_too_wide(self) -> bool:
        return len(self.grids) > MOST_GRIDS

    def people(self) -> QuerySet[Resident]:
        place = Q(grid__in=self.grids)
        found = Resident.objects.filter(place | Q(managing_team__in=self.teams) if self.teams else place)
        return found.exclude(life_status=LifeStatus.MERGED)

    def households(self) -> QuerySet[Household]:
        return Household.objects.filter(grid__in=self.grids, closed_on__isnull=True)


def reach_of(user: User, village: Area | None = None) -> Reach:
    """One's own place, or one village of it. One query."""
    grids = Grid.objects.visible_to(user)
    if village is not None:
        return Reach(tuple(grids.filter(village=village).values_list("pk", flat=True)), ())
    return Reach(tuple(grids.values_list("pk", flat=True)), tuple(scope_of(user).teams))


def villages_of(user: User) -> QuerySet[Area]:
    """The villages in which one has grids."""
    return Area.objects.filter(pk__in=Grid.objects.visible_to(user).values("village")).order_by("code")


def counts_by_kind(reach: Reach, *, policy: ResidentsPolicy, on: date) -> dict[str, int]:
    """Code -> how many findings. Two queries, each one walk over the place."""
    people, households = reach.people(), reach.households()
    found = people.aggregate(**_counts(_person_conditions(people, policy, on)))
    found |= households.aggregate(**_counts(_household_conditions(policy)))
    return {one.code: found[one.code] for one in RULES}


def _counts(conditions: dict[str, Condition]) -> dict[str, Count]:
    return {code: Count("pk", filter=Q(condition)) for code, condition in conditions.items()}


def found_people(reach: Reach, code: str, *, policy: ResidentsPolicy, on: date) -> QuerySet[Resident]:
    people = reach.people()
    return people.filter(_person_conditions(people, policy, on)[code])


def found_households(reach: Reach, code: str, *, policy: ResidentsPolicy) -> QuerySet[Household]:
    return reach.households().filter(_household_conditions(policy)[code])


def _person_conditions(people: QuerySet[Resident], policy: ResidentsPolicy, on: date) -> dict[str, Condition]:
    here = {"resident": OuterRef("pk"), "starts_on__lte": on}
    guardians = Guardian.objects.active_on(on).filter(**here)
    gone = (LifeStatus.DECEASED, LifeStatus.MOVED_OUT)
    old_number = PastIdentifier.objects.filter(resident=OuterRef("pk"), reason=UPGRADED)
    unverified = Q(confirmed_on__isnull=True) | Exists(
        old_number.filter(replaced_on__gte=OuterRef("confirmed_on"))
    )
    due = PopulationFlag.objects.running().listable().filter(resident=OuterRef("pk"), review_on__lte=on)
    return {
        "generation": PRESENT & _implausible(policy),
        "other_grid": PRESENT & ~Q(household__grid=F("grid")) & Q(household__isnull=False),
        "no_household": PRESENT & Q(household__isnull=True),
        "phone_shared": PRESENT & Q(phone_index__in=_crowded(people, policy.phone_max_households)),
        "minor_no_guardian": PRESENT & Q(born_on__gt=latest_birth(policy.minor_age, on)) & ~Exists(guardians),
        "guardian_gone": PRESENT & Exists(guardians.filter(guardian__life_status__in=gone)),
        "number_missing": PRESENT & _unnumbered(policy, on),
        "number_upgraded": PRESENT & Exists(old_number) & unverified,
        "birth_missing": PRESENT & Q(born_on__isnull=True),
        "address_missing": PRESENT & Q(address="") & (Q(household__isnull=True) | Q(household__address="")),
        "flag_review": PRESENT & Exists(due),
        "stale": PRESENT & stale(policy, on),
    }


def stale(policy: ResidentsPolicy, on: date) -> Q:
    return Q(confirmed_on__isnull=True) | Q(confirmed_on__lt=months_before(on, policy.stale_months))


def _unnumbered(policy: ResidentsPolicy, on: date) -> Q:
    """No document of one's own; a newborn has some months for it."""
    grown = Q(born_on__isnull=True) | Q(born_on__lt=months_before(on, policy.newborn_number_months))
    return Q(id_kind__in=PROVISIONAL_KINDS) & grown


def _crowded(people: QuerySet[Resident], most: int) -> QuerySet:
    """Indexes of phones of these people that stand in more than ``most`` households, wherever those are."""
    phones = people.filter(phone_index__isnull=False).values("phone_index")
    holders = Resident.objects.present().filter(phone_index__in=phones).order_by().values("phone_index")
    crowded = holders.annotate(homes=Count("household", distinct=True)).filter(homes__gt=most)
    return crowded.values("phone_index")


def _implausible(policy: ResidentsPolicy) -> Condition:
    """Parents and children by relation, but not by age."""
    head = Resident.objects.present().filter(household=OuterRef("household"), relation=Relation.HEAD)
    found: Condition = Q()
    for (is_elder, gaps), relations in _alike().items():
        between = timedelta(days=round(365.2425 * policy.generation_gap_years * gaps))
        if is_elder:
            wrong = Exists(head.filter(born_on__lt=OuterRef("born_on") + between))
        else:
            wrong = Exists(head.filter(born_on__gt=OuterRef("born_on") - between))
        found |= Q(relation__in=relations) & wrong
    return found


def _alike() -> dict[tuple[bool, int], list[Relation]]:
    """Relations that are judged alike, together: one look at the head for all of them."""
    alike: dict[tuple[bool, int], list[Relation]] = {}
    for relation, judged in GENERATIONS.items():
        alike.setdefault(judged, []).append(relation)
    return alike


def _household_conditions(policy: ResidentsPolicy) -> dict[str, Condition]:
    members = Resident.objects.filter(household=OuterRef("pk"))
    present = members.filter(life_status=LifeStatus.PRESENT)
    waiting = members.filter(life_status__in=(LifeStatus.PRESENT, LifeStatus.LOST))
    headless = Exists(present) & ~Exists(present.filter(relation=Relation.HEAD))
    gone_heads = members.filter(relation=Relation.HEAD).exclude(life_status=LifeStatus.PRESENT)
    further = ContactPhone.objects.filter(
        resident__household=OuterRef("pk"), resident__life_status=LifeStatus.PRESENT
    )
    kinds = [one for one in policy.key_populations if one not in RESTRICTED]  # a list must not hint at those
    flags = PopulationFlag.objects.running().filter(
        resident__household=OuterRef("pk"), resident__life_status=LifeStatus.PRESENT, kind__in=kinds
    )
    return {
        "no_head": headless & ~Exists(gone_heads),
        "gone_head": headless & Exists(gone_heads),
        "no_member": ~Exists(waiting),
        "no_phone": Exists(present) & ~Exists(present.filter(phone_index__isnull=False)) & ~Exists(further),
        "no_steward": Q(steward__isnull=True) & Exists(flags),
    }
