"""Somebody has checked that entries are still true: one person, a household, or the ticked rows of a page."""

from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from core.history import credited_to
from core.refusals import Refusal
from residents.actions.records import locked, record
from residents.choices import LifeStatus
from residents.models import Resident, ResidentEvent
from teams.models import User


class CannotConfirm(Refusal):
    """There is nothing to confirm."""


def confirm_resident(*, resident: Resident, by: User, on: date) -> Resident:
    """Somebody has checked that the entry is still true.

    Raises:
        CannotConfirm: the person is no longer in the registry's care.
    """
    with transaction.atomic(), credited_to(by):
        now = locked(resident)
        if now.life_status in (LifeStatus.DECEASED, LifeStatus.MOVED_OUT):
            raise CannotConfirm("not_present", f"该居民状态为“{now.get_life_status_display()}”，不能核实。")
        now.confirmed_on = on
        now.save(update_fields=["confirmed_on", "updated_at"])
        record(now, ResidentEvent.Kind.CONFIRMED, "", by)
    return now


def confirm_residents(*, residents: QuerySet[Resident], by: User, on: date) -> int:
    """Confirm everybody present among them at once; how many there were. Four statements whatever the number.

    Raises:
        CannotConfirm: nobody present among them.
    """
    with transaction.atomic(), credited_to(by):
        present = Resident.objects.present().filter(pk__in=residents.values("pk"))
        ids = list(present.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
        if not ids:
            raise CannotConfirm("nobody", "请先勾选要核实的在册居民。")
        Resident.objects.filter(pk__in=ids).update(confirmed_on=on)
        ResidentEvent.objects.bulk_create(
            ResidentEvent(resident_id=pk, kind=ResidentEvent.Kind.CONFIRMED, by=by) for pk in ids
        )
    return len(ids)
