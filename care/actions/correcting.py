"""Putting a record right, or taking it back. The former version stays, and what rested on it follows."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from care.actions.points import earn
from care.actions.proving import disprove, is_contact, prove
from care.actions.recording import CannotRecord, Entry, Saved, judged_entry, locked, write
from care.actions.settling import Settled
from care.choices import RecordState
from care.models import ServiceRecord
from care.queries.rules import Rulebook, rulebook_on
from care.rules.conditions import proves
from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from teams.models import User


class CannotVoidRecord(Refusal):
    """The record stays as it is."""


def correct_record(
    *, by: User, on: date, now: datetime, record: ServiceRecord, done_on: date, mode: str, values: Mapping[str, Any],
    client_token: UUID, note: str, done_by: User | None = None, items: Collection[int] = (), next_on: date | None = None,
    confirmed: Collection[str] = (),
) -> Saved:  # fmt: skip
    """A further version in place of the standing one. Tasks, fulfilments and points keep its key.

    Args:
        client_token: of the form; sent again, the same correction is returned and nothing changes.
        note: why.

    Raises:
        CannotRecord: ``correct_no_reason``, ``correct_not_standing``, or as ``save_visit``.
    """
    why = tidy(note)[:200]
    if not why:
        raise CannotRecord("correct_no_reason", "请写明更正的原因。", field="note")
    with transaction.atomic(), credited_to(by):
        held = locked(record.resident)
        known = ServiceRecord.objects.filter(client_token=client_token, resident=held).first()
        if known:
            return Saved(known, is_new=False)
        former = _held(record)
        if former.state != RecordState.STANDING:
            raise CannotRecord("correct_not_standing", "这条记录已更正或作废，请打开最新的一版。")
        entry = Entry(former.form, values, items, next_on, confirmed)
        written = judged_entry(
            entry, by=by, on=on, held=held, done_on=done_on, mode=mode, done_by=done_by or former.done_by,
            instead_of=former,
        )  # fmt: skip
        _close(former, RecordState.REPLACED, by=by, now=now, note=why)
        made = write(written, by=by, token=client_token, sheet=former.sheet, replaces=former)
        settled = _follow(former, made, written.judged.verdict, by=by, on=on, now=now)
    return Saved(made, is_new=True, judged=written.judged, settled=settled)


def _follow(
    former: ServiceRecord, made: ServiceRecord, verdict: Any, *, by: User, on: date, now: datetime
) -> Settled | None:
    """What rests on a record is told anew only if it could come out differently; the points look for themselves."""
    book = rulebook_on(on)
    if _rests_on(former, book) == _rests_on(made, book):
        contact = getattr(former, "contact", None)
        if contact:
            type(contact).objects.filter(pk=contact.pk).update(record=made)
        earn(record=made, by=by, on=on, now=now)
        return None
    disprove(former, by=by, on=on, now=now, note="记录已更正", is_void=False)
    return prove(made, verdict, by=by, on=on, now=now)


def _rests_on(record: ServiceRecord, book: Rulebook) -> tuple[Any, ...]:
    return (
        record.done_on,
        record.mode,
        record.verdict,
        record.next_on,
        tuple(record.items),
        record.enrollment_id,
        record.done_by_id,
        is_contact(record),
        [one.code for one in book.rules.values() if proves(one, record.form, record.mode, record.values)],
    )


def void_record(*, by: User, on: date, now: datetime, record: ServiceRecord, note: str) -> ServiceRecord:
    """Take a record back with everything that rested on it, once. The row stays; a second time changes nothing.

    Raises:
        CannotVoidRecord: ``void_record_no_reason``, or ``void_record_replaced`` for a former version.
    """
    why = tidy(note)[:200]
    if not why:
        raise CannotVoidRecord("void_record_no_reason", "请写明作废这条记录的原因。", field="note")
    with transaction.atomic(), credited_to(by):
        locked(record.resident)
        held = _held(record)
        if held.state == RecordState.VOIDED:
            return held
        if held.state != RecordState.STANDING:
            raise CannotVoidRecord("void_record_replaced", "这一版已被更正，请作废最新的一版。")
        disprove(held, by=by, on=on, now=now, note=f"记录作废：{why}"[:200], is_void=True)
        _close(held, RecordState.VOIDED, by=by, now=now, note=why)
    return held


def _held(record: ServiceRecord) -> ServiceRecord:
    rows = ServiceRecord.objects.select_for_update(of=("self",))
    return rows.select_related("resident", "team", "enrollment__agreement__team", "done_by").get(pk=record.pk)


def _close(record: ServiceRecord, state: RecordState, *, by: User, now: datetime, note: str) -> None:
    record.state, record.closed_by, record.closed_at, record.closed_note = state, by, now, note
    record.save(update_fields=["state", "closed_by", "closed_at", "closed_note"])
