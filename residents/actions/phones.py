"""Further phones of a resident: whose they are, found by search like his own."""

from datetime import date

from django.db import transaction

from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from residents.actions.particulars import usable_phone
from residents.actions.records import locked, record
from residents.models import ContactPhone, Resident, ResidentEvent
from residents.rules.phones import tail_of
from residents.searchable import phone_index, phone_tail
from teams.models import User

MOST_PHONES = 10


class CannotKeepPhone(Refusal):
    """The phone may not be entered like this."""


def add_contact_phone(*, resident: Resident, phone: str, owner: str, by: User, on: date) -> ContactPhone:
    """Enter a further number and whose it is: 本人, 儿子, 邻居.

    Raises:
        CannotKeepPhone: unusable, on file already, nobody named as its owner, or too many.
    """
    number, owner = usable_phone(phone, CannotKeepPhone), tidy(owner)
    if not number:
        raise CannotKeepPhone("phone_missing", "请填写电话号码。", field="phone")
    if not owner:
        raise CannotKeepPhone("owner_missing", "请填写号码属于谁，如：本人、儿子、邻居。", field="owner")
    with transaction.atomic(), credited_to(by):
        now = locked(resident)
        index = phone_index(number)
        known = list(now.contact_phones.values_list("phone_index", flat=True))
        if index in (now.phone_index, *known):
            raise CannotKeepPhone("phone_twice", "该居民已登记这个号码，不用重复登记。", field="phone")
        if len(known) >= MOST_PHONES:
            sentence = f"已登记 {MOST_PHONES} 个其他电话，请先删除不再使用的号码。"
            raise CannotKeepPhone("too_many_phones", sentence, field="phone")
        row = ContactPhone.objects.create(
            resident=now,
            phone=number,
            phone_index=index,
            phone_tail=phone_tail(tail_of(number)),
            owner=owner[:30],
            recorded_by=by,
        )
        record(now, ResidentEvent.Kind.CHANGED, f"登记其他电话（{row.owner}）", by)
    return row


def remove_contact_phone(*, contact_phone: ContactPhone, by: User, on: date) -> Resident:
    """The number is not his any more; its history keeps it."""
    with transaction.atomic(), credited_to(by):
        now = locked(contact_phone.resident)
        gone, _ = ContactPhone.objects.filter(pk=contact_phone.pk).delete()
        if gone:
            record(now, ResidentEvent.Kind.CHANGED, f"删除其他电话（{contact_phone.owner}）", by)
    return now
