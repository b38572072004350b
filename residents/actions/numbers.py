"""Correcting an identity number: the person stays the same and is still found by the former number."""

from datetime import date

from django.db import transaction

from core.constraints import refuse_on
from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from residents.actions.ages import align_age_flags
from residents.actions.records import locked, record, refuse_taken_number
from residents.choices import IdKind
from residents.models import PastIdentifier, Resident, ResidentEvent
from residents.policy import ResidentsPolicy
from residents.rules.faults import Fault
from residents.rules.identity import Identity, normal_number, read_document
from residents.rules.quality import UPGRADED
from residents.searchable import number_index, searchable_columns
from teams.models import User


class CannotCorrectNumber(Refusal):
    """The number may not be replaced like this."""


def correct_number(
    *,
    resident: Resident,
    id_kind: str,
    id_number: str,
    reason: str,
    policy: ResidentsPolicy,
    by: User,
    on: date,
) -> Resident:
    """Replace a wrong or changed number. The former one is kept; birth date and sex follow the new one.

    Raises:
        CannotCorrectNumber: no reason, an unusable number, the same number, or somebody else's.
    """
    reason = tidy(reason)
    if not reason:
        raise CannotCorrectNumber("reason_missing", "请填写更正原因。", field="reason")
    if id_kind == IdKind.NONE:
        raise CannotCorrectNumber("number_needed", "更正时须选择证件类型并填写新号码。", field="id_kind")
    identity = read_document(id_kind, id_number, on=on)
    if isinstance(identity, Fault):
        raise CannotCorrectNumber(identity.code, identity.sentence, field="id_number")
    with (
        transaction.atomic(),
        credited_to(by),
        refuse_on(Resident, CannotCorrectNumber, resident_number_unique="id_number"),
    ):
        now = locked(resident)
        if now.id_number == identity.number:
            raise CannotCorrectNumber("same_number", "新号码与原号码相同，不用更正。", field="id_number")
        refuse_taken_number(identity.number, CannotCorrectNumber, by=by, besides=now)
        _keep_former(now, reason, by=by, on=on)
        _write(now, identity)
        keep_old_form(now, id_number, by=by, on=on)
        align_age_flags(now, policy=policy, on=on)
        record(now, ResidentEvent.Kind.NUMBER_CHANGED, reason, by)
    return now


def _keep_former(now: Resident, reason: str, *, by: User, on: date) -> None:
    if now.id_index is None:
        return
    PastIdentifier.objects.create(
        resident=now,
        id_kind=now.id_kind,
        id_number=now.id_number,
        id_index=now.id_index,
        replaced_on=on,
        reason=reason[:100],
        replaced_by=by,
    )


def keep_old_form(now: Resident, typed: str, *, by: User, on: date) -> None:
    """A 15-digit number was completed by rule: keep what was typed, until somebody has seen the new card."""
    old = normal_number(typed)
    if now.id_kind != IdKind.ID_CARD or len(old) != 15 or not old.isdigit():
        return
    PastIdentifier.objects.create(
        resident=now,
        id_kind=now.id_kind,
        id_number=old,
        id_index=number_index(old),
        replaced_on=on,
        reason=UPGRADED,
        replaced_by=by,
    )


def _write(now: Resident, identity: Identity) -> None:
    now.id_kind, now.id_number = identity.kind, identity.number
    now.born_on = identity.born_on or now.born_on
    now.sex = identity.sex or now.sex
    searchable = searchable_columns(now.name, now.id_number, now.phone)
    now.id_index, now.id_tail = searchable["id_index"], searchable["id_tail"]
    now.save(update_fields=["id_kind", "id_number", "id_index", "id_tail", "born_on", "sex", "updated_at"])
