"""Showing a number and a phone in clear: a reason, a log row and a daily bound, or nothing."""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction
from django.utils import timezone

from core.models import ReadLog
from core.refusals import Refusal
from core.text import tidy
from residents.models import Resident
from residents.policy import ResidentsPolicy
from teams.models import User


class CannotReveal(Refusal):
    """Nothing is shown in clear."""


@dataclass(frozen=True)
class InClear:
    """What one reveal shows, once."""

    name: str
    id_number: str
    phone: str
    phones: tuple[tuple[str, str], ...] = ()  # further ones: whose, number


def reveal_resident(
    *, resident: Resident, reason: str, policy: ResidentsPolicy, by: User, on: date, ip: str | None, page: str
) -> InClear:
    """Log the reveal and return what may now be shown; both happen or neither (GB/T 35273 7.1).

    Raises:
        CannotReveal: no reason, or the daily bound of the person is reached.
    """
    reason = tidy(reason)
    if not reason:
        raise CannotReveal("reason_missing", "请选择查看事由；选“其他”时请写明原因。", field="reason")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)  # two windows of one person count one after the other
        midnight = timezone.make_aware(datetime.combine(on, time.min))
        used = ReadLog.objects.filter(user_id=by.pk, at__gte=midnight, action=ReadLog.Action.REVEAL).count()
        if used >= policy.reveals_per_day:
            sentence = f"您今天查看明文已达 {policy.reveals_per_day} 次上限，请明天再试，或联系机构管理人员。"
            raise CannotReveal("reveals_used_up", sentence)
        ReadLog.objects.create(
            user_id=by.pk,
            user_name=by.get_username(),
            ip=ip,
            action=ReadLog.Action.REVEAL,
            subject="resident",
            subject_ids=[resident.pk],
            reason=reason[:200],
            page=page,
        )
        now = Resident.objects.get(pk=resident.pk)
        further = tuple((one.owner, one.phone) for one in now.contact_phones.order_by("pk"))
        return InClear(now.name, now.id_number, now.phone, further)
