"""The members of a household as an agreement names them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from contracts.choices import SignerParty
from contracts.parties import HouseMember
from contracts.queries.people import person_of
from contracts.queries.signing import guardian_entry
from contracts.rules.signing import resident_party
from core.dates import chinese_date
from residents.choices import RESTRICTED, Population, Relation
from residents.models import Guardian, PopulationFlag, Resident
from residents.policy import policy_on as residents_policy_on

GuardianEntry = tuple[str, str, str]


def house_members(
    people: Sequence[Resident], *, on: date, guardians: Mapping[int, GuardianEntry] | None = None
) -> tuple[HouseMember, ...]:
    """These persons as the registry has them on a day, in the order given. Two queries, however many they are.

    Args:
        guardians: resident id -> name, relation and phone of who agrees for him, where that is not the registered one.
    """
    registered, kinds = guardians_of(people, on=on), _kinds_of(people)
    minor_age = residents_policy_on(on).minor_age
    return tuple(
        _member(
            one,
            kinds[one.pk],
            registered.get(one.pk),
            (guardians or {}).get(one.pk),
            party_of(one, registered.get(one.pk), on=on, minor_age=minor_age),
        )
        for one in people
    )


def party_of(resident: Resident, guardian: Guardian | None, *, on: date, minor_age: int) -> SignerParty:
    """Who signs for somebody on a day: himself, or his guardian."""
    return resident_party(person_of(resident, guardian), on=on, minor_age=minor_age)


def guardians_of(people: Collection[Resident], *, on: date) -> dict[int, Guardian]:
    """The earliest registered guardian of each. One query."""
    found = Guardian.objects.active_on(on).filter(resident__in=people).order_by("-starts_on", "-pk")
    return {one.resident_id: one for one in found}


def _kinds_of(people: Sequence[Resident]) -> dict[int, list[Population]]:
    flags = PopulationFlag.objects.running().exclude(kind__in=RESTRICTED).filter(resident__in=people)
    held: dict[int, set[str]] = defaultdict(set)
    for resident, kind in flags.values_list("resident", "kind"):
        held[resident].add(kind)
    return defaultdict(
        list, {who: [one for one in Population if one in kinds] for who, kinds in held.items()}
    )


def _member(
    resident: Resident,
    kinds: list[Population],
    registered: Guardian | None,
    given: GuardianEntry | None,
    party: SignerParty,
) -> HouseMember:
    name, relation, phone = given or guardian_entry(registered)
    return HouseMember(
        name=resident.name,
        relation=str(resident.get_relation_display()),
        sex=str(resident.get_sex_display()),
        born_on=chinese_date(resident.born_on) if resident.born_on else "",
        id_kind=str(resident.get_id_kind_display()),
        id_number=resident.id_number,
        phone=resident.phone,
        populations=tuple(str(one.label) for one in kinds),
        is_head=resident.relation == Relation.HEAD,
        needs_guardian=party == SignerParty.GUARDIAN,
        guardian_name=name,
        guardian_relation=relation,
        guardian_phone=phone,
        resident_id=resident.pk,
    )
