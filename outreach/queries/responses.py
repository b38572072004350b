"""What can be entered as the response to a report: records written since, promised services, tasks that are due."""

from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from care.models import ServiceRecord
from care.queries.person import Due, person_care
from contracts.models import Agreement
from contracts.queries.promised import AgreementPromises, promised_in_agreements, team_sees
from contracts.queries.signing import works_for
from outreach.models import GridReport
from residents.models import Resident
from teams.access import Permission, may
from teams.models import User

MOST = 20


def records_since(report: GridReport, user: User) -> QuerySet[ServiceRecord]:
    """Standing records of the person from the day of the report on, the newest first."""
    day = report.reported_at.astimezone(timezone.get_current_timezone()).date()
    since = (
        ServiceRecord.objects.visible_to(user)
        .standing()
        .filter(resident=report.resident_id, done_on__gte=day)
    )
    return since.order_by("-done_on", "-pk")


def due_for(resident: Resident, user: User, *, on: date) -> list[Due]:
    """Open tasks of a person with their names, the most pressing first."""
    return person_care(resident, user, on=on).due[:MOST]


def promises_for(resident: Resident, user: User, *, on: date) -> AgreementPromises | None:
    """What the person's agreement in force promises, if the reader's team made it."""
    held = (
        Agreement.objects.visible_to(user)
        .filter(enrollments__in=resident.enrollments.in_force_on(on).filter(is_supplementary=False))
        .select_related("team__institution")
        .first()
    )
    if held is None or not works_for(user, held.team, on=on):
        return None
    sees = team_sees(sees_restricted=may(user, Permission.RESIDENT_RESTRICTED))
    return next(iter(promised_in_agreements([held.pk], on=on, sees=sees)), None)
