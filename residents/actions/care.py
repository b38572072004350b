"""Which team has a resident in its care: set when it signs him, cleared when the agreement ends early."""

from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from core.history import credited_to
from residents.actions.records import locked, record
from residents.models import Resident, ResidentEvent
from teams.models import Team, User


def set_managing_team(
    *, resident: Resident, team: Team | None, by: User | None, on: date, note: str = ""
) -> Resident:
    """Give the resident into a team's care, or take him out of it; nothing happens if he is there already."""
    with transaction.atomic(), credited_to(by):
        now = locked(resident)
        if now.managing_team_id == (team.pk if team else None):
            return now
        now.managing_team = team
        now.save(update_fields=["managing_team", "updated_at"])
        told = f"{team.name if team else '无'}（{on}）{note}"
        record(now, ResidentEvent.Kind.TEAM_CHANGED, told, by)
    return now


def release_from_care(*, residents: QuerySet[Resident], by: User | None, on: date, note: str = "") -> int:
    """Take all these residents out of their team's care; how many there were."""
    with transaction.atomic(), credited_to(by):
        held = residents.filter(managing_team__isnull=False).select_for_update(of=("self",))
        ids = list(held.order_by("pk").values_list("pk", flat=True))
        Resident.objects.filter(pk__in=ids).update(managing_team=None)
        ResidentEvent.objects.bulk_create(
            ResidentEvent(
                resident_id=pk, kind=ResidentEvent.Kind.TEAM_CHANGED, note=f"无（{on}）{note}", by=by
            )
            for pk in ids
        )
    return len(ids)


def give_into_care(
    *, residents: QuerySet[Resident], team: Team, by: User | None, on: date, note: str = ""
) -> int:
    """Give all these residents into a team's care, whoever has them now; how many were not there already."""
    with transaction.atomic(), credited_to(by):
        coming = residents.exclude(managing_team=team)
        ids = list(coming.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
        Resident.objects.filter(pk__in=ids).update(managing_team=team)
        told = f"{team.name}（{on}）{note}"
        ResidentEvent.objects.bulk_create(
            ResidentEvent(resident_id=pk, kind=ResidentEvent.Kind.TEAM_CHANGED, note=told, by=by)
            for pk in ids
        )
    return len(ids)
