"""Renewal of many agreements at once: the same parties and promises for another term (C1, S0-8, S1-13, P13)."""

import uuid
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

import pghistory
from django.db import transaction

from contracts.actions.locking import locked_agreements
from contracts.actions.numbers import next_numbers
from contracts.actions.promising import write_promises
from contracts.choices import (
    AgreementState,
    EventKind,
    Occasion,
    RenewalKind,
    RenewalMode,
    SignMode,
)
from contracts.models import Agreement, AgreementEvent, AgreementTemplate, ChosenItem, Enrollment, Signature
from contracts.parties import loads
from contracts.policy import policy_on
from contracts.queries.renewing import (
    Plan,
    Renewal,
    days_to_close,
    plan_renewals,
    reached_in_term,
    templates_on,
)
from contracts.rules.states import TRANSITIONS, Verb
from core.dates import chinese_date
from core.history import credited_to
from teams.models import User

_SIGNED = TRANSITIONS[(AgreementState.DRAFT, Verb.SIGN)]


def write_successors(
    agreements: Collection[int], *, by: User | None, on: date, now: datetime, signed_on: date, years: int,
    kind: RenewalKind, mode: SignMode | None = None, note: str = "",
) -> dict[int, int]:  # fmt: skip
    """Write the next term of every agreement that ``plan_renewals`` lets pass; old id -> new id.

    Who may, and how long, is the caller's question; what stands in the way of single agreements is the plan's. The
    successor begins the day after the old one ends, which stays in force until then. An explicit renewal on paper
    keeps who signed, without an image. As many statements for a thousand as for one.

    Args:
        mode: how the successor is signed; None: nobody signs, it says what the old one says.

    Raises:
        NumbersUsedUp: an institution has no numbers left in this year.
    """
    with transaction.atomic(), credited_to(by):
        locked_agreements(agreements)
        plan = plan_renewals(agreements, on=signed_on, years=years)
        facts = {"signed_on": signed_on, "term_years": years, "renewal_kind": kind, "mode": mode}
        return _write(plan, facts, by=by, now=now, note=note)


def _write(plan: Plan, facts: dict[str, Any], *, by: User | None, now: datetime, note: str) -> dict[int, int]:
    if not plan.renewals:
        return {}
    signed_on: date = facts["signed_on"]
    numbers = next_numbers([(one.agreement.team.institution, signed_on.year) for one in plan.renewals])
    templates = templates_on(signed_on)
    rows = [
        _successor(one, number, templates[one.agreement.kind], facts, by=by)
        for one, number in zip(plan.renewals, numbers, strict=True)
    ]
    pairs = list(zip(plan.renewals, Agreement.objects.bulk_create(rows), strict=True))
    _write_people(pairs)
    _write_packages(pairs)
    if facts["renewal_kind"] == RenewalKind.EXPLICIT and facts["mode"] == SignMode.PAPER:
        _write_signers(pairs, now=now)
    write_promises([new.pk for _, new in pairs])
    _tell(pairs, by=by, on=signed_on, note=note)
    return {old.agreement.pk: new.pk for old, new in pairs}


def _successor(
    one: Renewal, number: str, template: AgreementTemplate, facts: dict[str, Any], *, by: User | None
) -> Agreement:
    old = one.agreement
    return Agreement(
        number=number,
        kind=old.kind,
        state=_SIGNED,
        team=old.team,
        signatory=old.signatory,
        doctor_id=old.doctor_id,
        household_id=old.household_id,
        representative_id=old.representative_id,
        template=template,
        previous=old,
        starts_on=one.starts_on,
        ends_on=one.ends_on,
        signed_on=facts["signed_on"],
        term_years=facts["term_years"],
        renewal_kind=facts["renewal_kind"],
        mode=facts["mode"] or old.mode,
        channel=old.channel,
        as_signed=_parties(one),
        client_token=uuid.uuid4(),
        # What the calendar renews nobody enters: it stays with whoever entered the old one.
        created_by_id=by.pk if by else old.created_by_id,
    )


def _parties(one: Renewal) -> str:
    """As they signed, without the members who are no longer there."""
    text = one.agreement.as_signed
    if not text:
        return ""
    parties = loads(text)
    if not parties.members:
        return str(text)
    here = {each.resident_id for each in one.people}
    members = tuple(each for each in parties.members if each.resident_id in here)
    return type(parties)(parties.a, parties.b, members).dumps()


def _write_people(pairs: list[tuple[Renewal, Agreement]]) -> None:
    Enrollment.objects.bulk_create(
        Enrollment(
            agreement=new,
            resident_id=each.resident_id,
            state=new.state,
            starts_on=new.starts_on,
            ends_on=new.ends_on,
            consent=each.consent,
            consented_on=each.consented_on,
            guardian_name=each.guardian_name,
            position=place,
        )
        for old, new in pairs
        for place, each in enumerate(old.people, start=1)
    )


def _write_packages(pairs: list[tuple[Renewal, Agreement]]) -> None:
    through = Agreement.packages.through
    through.objects.bulk_create(
        through(agreement_id=new.pk, servicepackage_id=one.pk) for old, new in pairs for one in old.packages
    )
    ChosenItem.objects.bulk_create(
        ChosenItem(agreement=new, content=one) for old, new in pairs for one in old.chosen
    )


def _write_signers(pairs: list[tuple[Renewal, Agreement]], *, now: datetime) -> None:
    """Who signed the last time signs on paper again; there is no image of it."""
    new_of = {old.agreement.pk: new for old, new in pairs}
    signers = Signature.objects.filter(agreement__in=list(new_of), occasion=Occasion.SIGNING)
    rows = signers.values_list("agreement", "party", "signer_name", "resident").order_by("pk")
    Signature.objects.bulk_create(
        Signature(
            agreement=new_of[pk],
            occasion=Occasion.SIGNING,
            party=party,
            signer_name=name,
            resident_id=resident,
            signed_at=now,
        )
        for pk, party, name, resident in rows
    )


def _tell(pairs: list[tuple[Renewal, Agreement]], *, by: User | None, on: date, note: str) -> None:
    """Both agreements tell the renewal: the old one what follows it, the new one what it came from."""
    events = []
    for old, new in pairs:
        begins = f"下一份协议 {new.number}，自{chinese_date(new.starts_on)}起"
        came = [note, f"续签自 {old.agreement.number}"]
        if old.dropped:
            came.append(f"不再适用而未续：{'、'.join(old.dropped)}")
        said = "；".join(one for one in came if one)
        events.append(_event(old.agreement, EventKind.RENEWED, by, on, begins))
        events.append(_event(new, EventKind.SIGNED, by, on, said))
    AgreementEvent.objects.bulk_create(events)


def _event(agreement: Agreement, kind: EventKind, by: User | None, on: date, note: str) -> AgreementEvent:
    return AgreementEvent(agreement=agreement, kind=kind, by=by, on=on, note=note[:500])


def renew_automatically(*, on: date, now: datetime) -> int:
    """Give a next term to what ran out under a profile that renews without a word; how many there were.

    Each last day is treated by the policy of the day after it, so that a night that was missed ends like one that was
    not. Where the policy asks for it, nobody is renewed whom nobody reached in the term: he stands on the list of
    those to be asked, and runs out (S1-27, P13).
    """
    count = 0
    with transaction.atomic(), pghistory.context(job="renew_automatically"):
        for last_day in days_to_close(on=on):
            count += _renew_those_of(last_day, now=now)
    return count


def _renew_those_of(last_day: date, *, now: datetime) -> int:
    day = date.fromordinal(last_day.toordinal() + 1)
    policy = policy_on(day)
    if policy.renewal_mode != RenewalMode.AUTO_UNLESS_TERMINATED:
        return 0
    over = Agreement.objects.filter(state=AgreementState.ACTIVE, ends_on=last_day)
    ids = set(over.values_list("pk", flat=True))
    if policy.auto_renew_needs_contact:
        ids &= reached_in_term(ids)
    made = write_successors(
        ids, by=None, on=day, now=now, signed_on=day, years=policy.auto_renew_years, kind=RenewalKind.AUTO,
        note="到期自动续签",
    )  # fmt: skip
    return len(made)
