"""Finding residents by what somebody typed."""

from django.db.models import Prefetch, QuerySet

from residents.models import ContactPhone, Household, Resident
from residents.querysets import ResidentQuerySet
from residents.rules.lookup import By, Lookup, read_lookup
from residents.searchable import phone_tail
from teams.models import User

MOST_CANDIDATES = 2_000  # persons whose last four digits agree; more than that is no search


def search(user: User, text: str) -> QuerySet[Resident]:
    """Residents in one's scope who answer to what was typed; nothing for text that cannot be understood.

    Names (two characters anywhere, one character as a surname), pinyin initials, a whole identity number (also a former
    one), the last 4 to 6 characters of a number or of a phone, a whole phone, a household number.
    """
    return found_by(user, read_lookup(text))


def found_by(user: User, lookup: Lookup) -> QuerySet[Resident]:
    people: ResidentQuerySet = Resident.objects.visible_to(user)
    match lookup.by:
        case By.NAME | By.SURNAME:
            return people.named(lookup.value)
        case By.INITIALS:
            return people.with_initials(lookup.value)
        case By.NUMBER:
            return people.with_number(lookup.value)
        case By.PHONE:
            return people.with_phone(lookup.value)
        case By.HOUSEHOLD:
            return people.filter(household__in=Household.objects.numbered(lookup.value))
        case By.TAIL:
            return people.filter(pk__in=_same_tail(lookup.value))
        case By.LONG_TAIL:
            return people.filter(pk__in=_ending_in(people, lookup.value))
        case By.NOTHING:
            return people
        case _:
            return people.none()


def _same_tail(digits: str) -> QuerySet:
    """Ids of those whose number, phone or further phone ends in these four; each by its own index."""
    phone = phone_tail(digits[-4:])
    return (
        Resident.objects.with_number_tail(digits[-4:])
        .values("pk")
        .union(
            Resident.objects.filter(phone_tail=phone).values("pk"),
            ContactPhone.objects.filter(phone_tail=phone).values("resident"),
        )
    )


def _ending_in(people: ResidentQuerySet, digits: str) -> list[int]:
    """Ids of those whose number or a phone ends like this: the index finds the last four, unsealing decides."""
    found = people.filter(pk__in=_same_tail(digits)).only("id_number", "phone")
    further = ContactPhone.objects.filter(phone_tail=phone_tail(digits[-4:])).only("phone", "resident_id")
    candidates = found.prefetch_related(Prefetch("contact_phones", further))[:MOST_CANDIDATES]
    return [one.pk for one in candidates if any(text.endswith(digits) for text in _texts(one))]


def _texts(one: Resident) -> list[str]:
    return [one.id_number, one.phone, *(further.phone for further in one.contact_phones.all())]
