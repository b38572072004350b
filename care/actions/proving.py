"""What a record of work proves: tasks, a contact, promised services, points. Told once, taken back once."""

from collections.abc import Collection
from datetime import date, datetime

from care.actions.points import earn, reverse
from care.actions.settling import Settled, settle, unsettle
from care.choices import ContactOutcome, ServiceMode
from care.formbook import form_of
from care.models import Contact, ServiceRecord
from care.rules.tables import Verdict
from contracts.actions import Done, fulfill, note_reached, take_back_reached, withdraw
from contracts.choices import AgreementState, ProofKind, ReachWay
from contracts.models import Enrollment, ServiceItem
from contracts.queries.promised import promised_pairs
from contracts.queries.signing import works_for
from teams.models import User

# A text message or a paper alone is no talk.
_WAYS = {
    ServiceMode.CLINIC: ReachWay.CLINIC,
    ServiceMode.STATION: ReachWay.CLINIC,
    ServiceMode.COMMUNITY: ReachWay.CLINIC,
    ServiceMode.HOSPITAL: ReachWay.CLINIC,
    ServiceMode.HOME: ReachWay.HOME,
    ServiceMode.PHONE: ReachWay.PHONE,
    ServiceMode.ONLINE: ReachWay.ONLINE,
}


def prove(record: ServiceRecord, verdict: Verdict | None, *, by: User, on: date, now: datetime) -> Settled:
    """Everything that one entry serves at once (P3), inside the caller's transaction."""
    _be_contact(record, by=by, on=on)
    settled = settle(record=record, verdict=verdict, by=by, on=on, now=now, items=record.items)
    _fulfill(record, settled.items, of_home=settled.is_of_home, by=by, on=on)
    earn(record=record, by=by, on=on, now=now)
    return settled


def is_contact(record: ServiceRecord) -> bool:
    """Whether somebody spoke with the resident: not at a desk, not by a text message, and he was there."""
    form = form_of(record.form, record.form_version)
    if not form.is_contact or record.mode not in _WAYS:
        return False
    return record.values.get("is_reached") is not False and record.values.get("found") is not False


def _be_contact(record: ServiceRecord, *, by: User, on: date) -> None:
    if not is_contact(record):
        return
    Contact.objects.create(
        resident=record.resident,
        team=record.team,
        enrollment=record.enrollment,
        contacted_on=record.done_on,
        mode=record.mode,
        outcome=ContactOutcome.REACHED,
        record=record,
        client_token=record.client_token,
        done_by=record.done_by,
    )
    enrolled = record.enrollment
    if enrolled is None or enrolled.state != AgreementState.ACTIVE:
        return
    agreement = enrolled.agreement
    # The agreement tells only what its own team says; an officer's visit is in the log of contacts.
    if agreement.state == AgreementState.ACTIVE and works_for(by, agreement.team, on=on):
        way = _WAYS[ServiceMode(record.mode)]
        residents = [record.resident_id]
        note_reached(by=by, on=on, agreement=agreement, residents=residents, day=record.done_on, how=way)


def _fulfill(record: ServiceRecord, codes: Collection[str], *, of_home: bool, by: User, on: date) -> None:
    """What its tasks stand for and what was ticked, wherever it was promised to this person or his household."""
    of_tasks = ServiceItem.objects.filter(code__in=list(codes), owner=None).values_list("pk", flat=True)
    wanted = {*record.items, *(of_tasks if codes else ())}
    if not wanted:
        return
    enrolled = Enrollment.objects.in_force_on(record.done_on)
    people = dict(enrolled.filter(resident=record.resident_id).values_list("agreement", "pk"))
    proof = ProofKind(form_of(record.form, record.form_version).proof)
    served = {None, *people.values()}
    if of_home:  # one assessment of the household is what each member was promised
        served |= set(enrolled.filter(agreement__in=people).values_list("pk", flat=True))
    facts = [
        Done(agreement, person, item, record.done_on, proof, record.key)
        for agreement, person, item in sorted(promised_pairs(people), key=str)
        if item in wanted and person in served
    ]
    fulfill(by=by, on=on, facts=facts)


def disprove(record: ServiceRecord, *, by: User, on: date, now: datetime, note: str, is_void: bool) -> None:
    """Take back what a record proved. A second time changes nothing.

    Args:
        is_void: the points go too; after a correction ``earn`` puts them right.
    """
    _drop_contact(record, by=by, on=on, now=now, note=note)
    unsettle(record.key, by=by, on=on, now=now)
    withdraw(by=by, now=now, keys=[record.key], note=note)
    if is_void:
        reverse(key=record.key, by=by, on=on, now=now)


def _drop_contact(record: ServiceRecord, *, by: User, on: date, now: datetime, note: str) -> None:
    standing = Contact.objects.standing().filter(record=record)
    if not standing.update(voided_at=now, voided_by=by, voided_note=note[:200]):
        return
    if record.enrollment is None:
        return
    rest = Contact.objects.standing().filter(enrollment=record.enrollment, outcome=ContactOutcome.REACHED)
    latest = rest.order_by("-contacted_on").values_list("contacted_on", flat=True).first()
    take_back_reached(by=by, on=on, enrollment=record.enrollment, day=record.done_on, latest=latest)
