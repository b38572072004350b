"""Who has an agreement and saw nobody: no record, no contact that reached him, no promised service, for so many days (P1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef

from care.choices import ContactOutcome
from care.models import Contact, ServiceRecord
from contracts.models import Enrollment, Fulfillment
from contracts.querysets import EnrollmentQuerySet
from core.paging import Page, keyset_page

PAGE_SIZE = 50
_COUNTS = (ContactOutcome.REACHED,)


def silent_enrollments(*, on: date, days: int) -> EnrollmentQuerySet:
    """Main enrolments in force of persons who were enrolled on the first of the days already, also under the agreement
    before, and for whom nothing stands since."""
    since = on - timedelta(days=days)
    person = OuterRef("resident")
    before = Enrollment.objects.binding().in_force_on(since).filter(resident=person)
    records = ServiceRecord.objects.standing().filter(resident=person, done_on__gt=since)
    contacts = Contact.objects.standing().filter(resident=person, contacted_on__gt=since, outcome__in=_COUNTS)
    done = Fulfillment.objects.standing().filter(enrollment__resident=person, done_on__gt=since)
    return (
        Enrollment.objects.binding()
        .in_force_on(on)
        .filter(Exists(before), ~Exists(records), ~Exists(contacts), ~Exists(done))
    )


@dataclass(frozen=True)
class SilentRow:
    """One person, and when somebody last saw or reached him; None: never."""

    enrollment: Enrollment
    last_on: date | None


def silent_page(people: EnrollmentQuerySet, after: str) -> Page:
    """By enrolment. Three queries."""
    shown = people.select_related("resident__grid__village", "agreement__doctor", "agreement__team").only(
        "starts_on", "ends_on", "last_reached_on", "resident__name", "resident__sex", "resident__born_on",
        "resident__address", "resident__grid__name", "resident__grid__village__name", "agreement__number",
        "agreement__doctor__name", "agreement__team__name",
    )  # fmt: skip
    page = keyset_page(shown, after, PAGE_SIZE, is_narrow=True)
    last = _last_days([one.resident_id for one in page.rows])
    return Page([SilentRow(one, last.get(one.resident_id)) for one in page.rows], page.next_after)


def _last_days(residents: Iterable[int]) -> dict[int, date]:
    """Resident -> the last day of a record or a contact that reached him. Two queries."""
    ids = list(residents)
    found: dict[int, date] = {}
    records = ServiceRecord.objects.standing().filter(resident__in=ids).order_by("resident", "-done_on")
    contacts = Contact.objects.standing().filter(resident__in=ids, outcome__in=_COUNTS)
    contacts = contacts.order_by("resident", "-contacted_on")
    for rows in (
        records.distinct("resident").values_list("resident_id", "done_on"),
        contacts.distinct("resident").values_list("resident_id", "contacted_on"),
    ):
        for resident, day in rows:
            found[resident] = max(day, found.get(resident, day))
    return found
