"""Guardians: who signs and answers for somebody."""

from datetime import date, timedelta

from django.db import transaction

from core.history import credited_to
from core.refusals import Refusal
from core.text import clean_name, tidy
from residents.actions.records import locked, record
from residents.models import Guardian, Resident, ResidentEvent
from residents.rules.phones import normal_phone
from teams.models import User


class CannotChangeGuardian(Refusal):
    """A guardian may not be entered or ended like this."""


def add_guardian(
    *,
    resident: Resident,
    relation: str,
    by: User,
    on: date,
    guardian: Resident | None = None,
    name: str = "",
    phone: str = "",
    starts_on: date | None = None,
) -> Guardian:
    """Enter who answers for a resident: another resident, or somebody by name and phone.

    Raises:
        CannotChangeGuardian: oneself, no name, no relation, an unusable phone, or the same person twice.
    """
    if guardian is not None and guardian.pk == resident.pk:
        raise CannotChangeGuardian("own_guardian", "本人不能做自己的监护人。", field="guardian")
    name = guardian.name if guardian else clean_name(name)
    relation = tidy(relation)
    number = (guardian.phone if guardian and not phone else normal_phone(phone)) or ""
    if not name:
        raise CannotChangeGuardian("name_missing", "请填写监护人姓名。", field="name")
    if not relation:
        raise CannotChangeGuardian("relation_missing", "请填写监护人与该居民的关系。", field="relation")
    if phone and not number:
        raise CannotChangeGuardian("phone_form", "请填 11 位手机号，或带区号的座机号。", field="phone")
    with transaction.atomic(), credited_to(by):
        now = locked(resident)
        for one in Guardian.objects.active_on(on).filter(resident=now):
            if one.name == name:
                raise CannotChangeGuardian("guardian_twice", "该监护人已经登记，不用重复登记。", field="name")
        row = Guardian.objects.create(
            resident=now,
            guardian=guardian,
            name=name,
            relation=relation,
            phone=number,
            starts_on=starts_on or on,
        )
        record(now, ResidentEvent.Kind.GUARDIAN_CHANGED, f"登记监护人：{row}", by)
    return row


def end_guardian(*, guardian: Guardian, by: User, on: date) -> Guardian:
    """The guardianship ended: its last day was yesterday; one entered today by mistake lasts today only.

    Raises:
        CannotChangeGuardian: it has ended already.
    """
    with transaction.atomic(), credited_to(by):
        now = Guardian.objects.select_for_update(of=("self",)).select_related("resident").get(pk=guardian.pk)
        if now.ends_on is not None:
            raise CannotChangeGuardian("guardian_ended", "该监护关系已经结束。")
        now.ends_on = max(now.starts_on, on - timedelta(days=1))
        now.save(update_fields=["ends_on"])
        record(now.resident, ResidentEvent.Kind.GUARDIAN_CHANGED, f"结束监护：{now}", by)
    return now
