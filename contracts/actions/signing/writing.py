"""Writing an agreement that nothing speaks against: number, rows, proofs, promises, its first event."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from contracts.actions.evidence import told, write_evidence
from contracts.actions.giving_way import give_way
from contracts.actions.numbers import NumbersUsedUp, next_numbers
from contracts.actions.promising import write_promises
from contracts.actions.refusals import convert_refusals
from contracts.actions.signatures import write_signatures
from contracts.actions.signing.deeds import Covered, Deed
from contracts.actions.signing.refusing import CannotSign
from contracts.choices import AgreementKind, AgreementState, EventKind, Occasion, RenewalKind, SignMode
from contracts.models import Agreement, AgreementEvent, ChosenItem, Enrollment
from contracts.parties import Parties
from contracts.queries.signing import template_on
from contracts.queries.transfers import Way
from contracts.rules import Objection, signing, states
from core.constraints import refuse_on
from core.dates import chinese_date
from core.events import announce
from residents.actions import give_into_care
from residents.models import Resident
from teams.models import Team

DRAFT = AgreementState.DRAFT


def next_number(team: Team, year: int) -> str:
    """The next number of the institution's series; its row stays locked until the transaction ends."""
    try:
        (number,) = next_numbers([(team.institution, year)])
    except NumbersUsedUp as met:
        raise CannotSign(met.code, met.sentence) from met
    return number


def write_agreement(
    deed: Deed, number: str, parties: Parties, previous: signing.Promise | None, **facts: Any
) -> Agreement:
    """The agreement with its packages; pending if somebody's word is still missing.

    Args:
        facts: what only one kind of agreement has.
    """
    waits = signing.waits_for(deed.signed_on, deed.mode, on=deed.on, policy=deed.policy)
    agreement = Agreement.objects.create(
        number=number,
        kind=deed.kind,
        state=states.TRANSITIONS[DRAFT, states.Verb.SUBMIT if waits else states.Verb.SIGN],
        waits_for=waits or "",
        team=deed.team,
        signatory=deed.signatory,
        doctor=deed.doctor,
        template=template_on(deed.kind, on=deed.signed_on),
        previous_id=previous.agreement_id if previous else None,
        renewal_kind=RenewalKind.EXPLICIT if previous else RenewalKind.FIRST,
        signed_on=deed.signed_on,
        starts_on=deed.starts_on,
        ends_on=deed.ends_on,
        term_years=deed.years,
        channel=deed.channel,
        mode=deed.mode,
        as_signed=parties.dumps(),
        client_token=deed.client_token,
        created_by=deed.by,
        **facts,
    )
    agreement.packages.set(deed.packages)
    return agreement


def enroll(
    agreement: Agreement,
    deed: Deed,
    people: Sequence[Covered],
    ways: Collection[Way],
    why_not: Callable[[], Objection | None],
) -> None:
    """Everybody in one statement. The database has the last word on one team at a time, whoever went around the lock.

    Args:
        ways: what gives way first, of those whose transfer to this team was accepted.
        why_not: reads again who else has signed one of them in the meantime.
    """
    give_way(by=deed.by, on=deed.on, ways=ways, successor=agreement)
    try:
        with refuse_on(Enrollment, CannotSign, one_running_enrollment=""):
            Enrollment.objects.bulk_create(
                _enrollment(agreement, one, place) for place, one in enumerate(people, 1)
            )
    except CannotSign as met:
        objection = why_not()
        raise CannotSign("overlap", objection.sentence if objection else met.sentence) from met


def _enrollment(agreement: Agreement, one: Covered, place: int) -> Enrollment:
    return Enrollment(
        agreement=agreement,
        resident=one.resident,
        state=agreement.state,
        starts_on=agreement.starts_on,
        ends_on=agreement.ends_on,
        is_supplementary=agreement.kind == AgreementKind.SUPPLEMENTARY,
        consent=one.consent,
        consented_on=one.consented_on,
        guardian_name=one.guardian_name,
        position=place,
    )


def finish(
    agreement: Agreement,
    deed: Deed,
    people: Sequence[Covered],
    previous: signing.Promise | None = None,
    note: str = "",
) -> None:
    """Signatures, what was chosen, pictures, whose packages they are, the first line of its story; then into care."""
    write_signatures(agreement, Occasion.SIGNING, deed.signatures, now=deed.now, ip=deed.ip)
    ChosenItem.objects.bulk_create(ChosenItem(agreement=agreement, content=one) for one in deed.chosen)
    write_evidence(agreement, deed.evidence, by=deed.by)
    write_promises([agreement.pk])
    announce("enrollment.changed", ids=[one.resident.pk for one in people])
    _tell(agreement, deed, previous, note)
    if agreement.kind == AgreementKind.SUPPLEMENTARY:
        return
    residents = [one.resident.pk for one in people]
    convert_refusals(residents=residents, agreement=agreement)
    if not agreement.waits_for:  # until then the team does not look after them
        give_into_care(
            residents=Resident.objects.filter(pk__in=residents),
            team=deed.team,
            by=deed.by,
            on=deed.on,
            note=f"签约 {agreement.number}",
        )


def _tell(agreement: Agreement, deed: Deed, previous: signing.Promise | None, note: str) -> None:
    notes = (
        "纸质签名，原件已归档" if deed.mode == SignMode.PAPER else "",
        f"凭证：{told(deed.evidence)}" if deed.evidence else "",
        f"等待{agreement.get_waits_for_display()}" if agreement.waits_for else "",
        note,
    )
    kind = EventKind.SUBMITTED if agreement.waits_for else EventKind.SIGNED
    told_so = "；".join(one for one in notes if one)[:500]
    events = [AgreementEvent(agreement=agreement, kind=kind, on=deed.signed_on, by=deed.by, note=told_so)]
    if previous:
        following = f"下一份协议 {agreement.number}，自{chinese_date(agreement.starts_on)}起"
        events.append(
            AgreementEvent(
                agreement_id=previous.agreement_id,
                kind=EventKind.RENEWED,
                on=deed.signed_on,
                by=deed.by,
                note=following,
            )
        )
    AgreementEvent.objects.bulk_create(events)
