"""Contacts alone: attempts to speak with a resident, and what came of them (S2-18, P10).

A contact that is part of a visit is written by the record of the visit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from care.actions.settling import Settled, settle_contact, unsettle
from care.choices import ContactOutcome, ServiceMode
from care.models import Contact
from care.policy import CarePolicy, policy_on
from care.queries.serving import Serving, serving
from care.rules.contacts import counts, fits, is_two_way
from contracts.actions import Done, fulfill, note_reached, take_back_reached, withdraw
from contracts.choices import AgreementState, ProofKind, ReachWay
from contracts.models import ServiceItem
from contracts.queries.promised import promised_pairs
from contracts.queries.signing import works_for
from core.dates import chinese_date
from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from residents.choices import LifeStatus
from residents.models import Resident
from teams.models import User

_WAYS = {
    ServiceMode.PHONE: ReachWay.PHONE,
    ServiceMode.HOME: ReachWay.HOME,
    ServiceMode.CLINIC: ReachWay.CLINIC,
    ServiceMode.STATION: ReachWay.CLINIC,
    ServiceMode.COMMUNITY: ReachWay.CLINIC,
    ServiceMode.HOSPITAL: ReachWay.CLINIC,
    ServiceMode.ONLINE: ReachWay.ONLINE,
    ServiceMode.SMS: ReachWay.ONLINE,
}


class CannotLogContact(Refusal):
    """No contact was written down."""


class CannotVoidContact(Refusal):
    """The contact stays as it is."""


@dataclass(frozen=True)
class Attempt:
    """One line of a list of contacts."""

    resident: Resident
    mode: str
    outcome: str
    topic: str = ""


def log_contact(
    *, by: User, on: date, now: datetime, resident: Resident, contacted_on: date, mode: str, outcome: str,
    topic: str, client_token: UUID, done_by: User | None = None,
) -> Contact:  # fmt: skip
    """Write down one attempt. If it counts as reached, the quarter's task and the promised contact are done by it.

    Args:
        client_token: of the form; sent again, the first contact is returned and nothing changes.
        done_by: who called, if not the one who writes it down.

    Raises:
        CannotLogContact: a mode that cannot end like this, a day to come or too long ago, or nobody in care.
    """
    with transaction.atomic(), credited_to(by):
        held = (
            Resident.objects.select_for_update(of=("self",))
            .select_related("managing_team")
            .get(pk=resident.pk)
        )
        known = Contact.objects.filter(client_token=client_token, resident=held).first()
        if known:
            return known
        policy, served = policy_on(on), serving(held, on=contacted_on)
        _refuse(held, served, mode=mode, outcome=outcome, day=contacted_on, on=on, policy=policy)
        contact = Contact.objects.create(  # type: ignore[misc]  # refused above
            resident=held,
            team=served.team,
            enrollment=served.enrollment,
            contacted_on=contacted_on,
            mode=mode,
            outcome=outcome,
            topic=tidy(topic)[:200],
            client_token=client_token,
            done_by=done_by or by,
        )
        if counts(outcome, sms_counts=policy.sms_counts):
            _prove(contact, served, by=by, on=on, now=now)
    return contact


def log_contacts(
    *, by: User, on: date, now: datetime, attempts: Sequence[Attempt], contacted_on: date, client_token: UUID
) -> list[Contact]:
    """A whole list at once, such as an afternoon of telephone calls: all of it, or nothing.

    Args:
        client_token: of the page; one contact of it for each person.

    Raises:
        CannotLogContact: as ``log_contact``; ``field`` ends in the id of the resident ("outcome.12").
    """
    made = []
    with transaction.atomic():
        for one in sorted(attempts, key=lambda one: one.resident.pk):
            try:
                made.append(
                    log_contact(
                        by=by, on=on, now=now, resident=one.resident, contacted_on=contacted_on, mode=one.mode,
                        outcome=one.outcome, topic=one.topic, client_token=client_token,
                    )
                )  # fmt: skip
            except CannotLogContact as refusal:
                field = f"{refusal.field or 'outcome'}.{one.resident.pk}"
                raise CannotLogContact(refusal.code, refusal.sentence, field=field) from refusal
    return made


def _refuse(
    held: Resident, served: Serving, *, mode: str, outcome: str, day: date, on: date, policy: CarePolicy
) -> None:
    if mode not in ServiceMode.values or outcome not in ContactOutcome.values or not fits(mode, outcome):
        raise CannotLogContact(
            "outcome_of_other_mode", "这种联系方式不会有这个结果，请重新选择。", field="outcome"
        )
    if day > on:
        raise CannotLogContact("contact_to_come", "联系日期不能是以后的日子。", field="contacted_on")
    first = on - timedelta(days=policy.late_entry_days)
    if day < first:
        sentence = f"只能补录 {policy.late_entry_days} 天以内的联系，即{chinese_date(first)}以后。"
        raise CannotLogContact("contact_too_late", sentence, field="contacted_on")
    if held.life_status in (LifeStatus.DECEASED, LifeStatus.MOVED_OUT, LifeStatus.MERGED):
        sentence = f"该居民已登记{held.get_life_status_display()}，不再登记联系。"
        raise CannotLogContact("contact_of_departed", sentence)
    if served.team is None:
        raise CannotLogContact(
            "nobody_serves", "该居民没有签约团队，也没有管理团队，请先签约或指定管理团队。"
        )


def _prove(contact: Contact, served: Serving, *, by: User, on: date, now: datetime) -> None:
    settled = settle_contact(contact=contact, by=by, on=on, now=now)
    enrolled = served.enrollment
    if enrolled is None:
        return
    _fulfill(contact, settled, by=by, on=on)
    way = _WAYS.get(ServiceMode(contact.mode))
    stands = enrolled.state == enrolled.agreement.state == AgreementState.ACTIVE
    # The agreement tells only what its own team says; an officer's call is in the log of contacts.
    if way and stands and is_two_way(contact.outcome) and works_for(by, enrolled.agreement.team, on=on):
        note_reached(
            by=by, on=on, agreement=enrolled.agreement, residents=[contact.resident_id],
            day=contact.contacted_on, how=way,
        )  # fmt: skip


def _fulfill(contact: Contact, settled: Settled, *, by: User, on: date) -> None:
    """What the closed rules promise, if it was promised to this person."""
    enrolled = contact.enrollment
    if enrolled is None:
        return
    items = ServiceItem.objects.filter(code__in=settled.items, owner=None).values_list("pk", flat=True)
    wanted = {(enrolled.agreement_id, enrolled.pk, item) for item in items}
    facts = [
        Done(agreement, person, item, contact.contacted_on, ProofKind.CONTACT, key_of(contact))
        for agreement, person, item in sorted(wanted & promised_pairs([enrolled.agreement_id]), key=str)
    ]
    fulfill(by=by, on=on, facts=facts)


def key_of(contact: Contact) -> str:
    """What tasks and fulfilments know a contact by."""
    return f"contact:{contact.pk}"


def void_contact(*, by: User, on: date, now: datetime, contact: Contact, note: str) -> Contact:
    """Take back a contact that was written down wrongly, with everything that rested on it. The row stays.

    Raises:
        CannotVoidContact: ``void_no_reason``, ``void_of_visit`` for one that belongs to a visit.
    """
    why = tidy(note)[:200]
    with transaction.atomic(), credited_to(by):
        list(Resident.objects.select_for_update().filter(pk=contact.resident_id).values_list("pk"))
        held = Contact.objects.select_for_update(of=("self",)).select_related("enrollment").get(pk=contact.pk)
        if held.voided_at:
            return held
        if held.record_id:
            raise CannotVoidContact("void_of_visit", "这次联系随服务记录登记，请到那条服务记录里更正或作废。")
        if not why:
            raise CannotVoidContact("void_no_reason", "请写明为什么作废这次联系。", field="note")
        held.voided_at, held.voided_by, held.voided_note = now, by, why
        held.save(update_fields=["voided_at", "voided_by", "voided_note"])
        unsettle(key_of(held), by=by, on=on, now=now)
        withdraw(by=by, now=now, keys=[key_of(held)], note=why)
        _take_back(held, by=by, on=on)
    return held


def _take_back(contact: Contact, *, by: User, on: date) -> None:
    """The agreement forgets this day, unless another contact of the same day stands."""
    if contact.enrollment is None or not is_two_way(contact.outcome):
        return
    others = Contact.objects.standing().filter(enrollment=contact.enrollment, outcome=ContactOutcome.REACHED)
    latest = others.order_by("-contacted_on").values_list("contacted_on", flat=True).first()
    take_back_reached(by=by, on=on, enrollment=contact.enrollment, day=contact.contacted_on, latest=latest)
