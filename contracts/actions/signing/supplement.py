"""Signing a course of treatment inside the term of a main agreement (S0-9)."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from contracts.actions.evidence import Proof
from contracts.actions.locking import locked_agreement
from contracts.actions.signatures import SignedBy
from contracts.actions.signing.checking import (
    check_evidence,
    check_packages,
    made_from,
    object_to_side_a,
)
from contracts.actions.signing.deeds import Deed
from contracts.actions.signing.individual import covered_by, object_to_signers, parties_with
from contracts.actions.signing.refusing import CannotSign, refuse
from contracts.actions.signing.writing import enroll, finish, write_agreement
from contracts.choices import AgreementKind, AgreementState
from contracts.models import Agreement, Enrollment, PackageItem, ServicePackage
from contracts.queries.cases import cases_of
from contracts.queries.people import guardian_of, person_of
from contracts.rules import households, signing
from contracts.rules.households import Course
from contracts.rules.numbers import supplement_number
from core.constraints import refuse_on
from core.history import credited_to
from core.text import tidy
from residents.models import Resident
from teams.models import User


def sign_supplement(
    *, by: User, on: date, now: datetime, parent: Agreement, resident: Resident, disease: str,
    packages: Sequence[ServicePackage], chosen: Sequence[PackageItem], starts_on: date, days: int, signed_on: date,
    doctor: User, channel: str, mode: str, signatures: Sequence[SignedBy], evidence: Sequence[Proof],
    client_token: uuid.UUID, ip: str | None = None,
) -> Agreement:  # fmt: skip
    """A supplementary agreement for one person under his running one; it may run beside others of its kind.

    The main agreement is locked, so it cannot end meanwhile, and numbers -S01, -S02 follow each other.

    Args:
        days: length of the course; its last day lies within the person's own term in the main agreement.

    Raises:
        CannotSign: any rule of contracts.rules.households, signing or packages, or the form's token was used for
            something else.
    """
    course = Course(signed_on, starts_on, days, tidy(disease)[:60])
    with (
        transaction.atomic(),
        credited_to(by),
        refuse_on(Agreement, CannotSign, one_agreement_per_client_token=""),
    ):
        parent = locked_agreement(parent)
        again = made_from(client_token, parent=parent, enrollments__resident=resident)
        if again:
            return again
        deed = Deed(
            by, on, now, AgreementKind.SUPPLEMENTARY, parent.team, doctor, parent.signatory, signed_on, starts_on, 0,
            channel, mode, tuple(packages), tuple(chosen), tuple(signatures), tuple(evidence), client_token, ip,
            last_day=course.ends_on,
        )  # fmt: skip
        person = Resident.objects.get(pk=resident.pk)
        _check(deed, course, parent, person)
        return _write(deed, course, parent, person)


def _check(deed: Deed, course: Course, parent: Agreement, resident: Resident) -> None:
    main = _main_enrollment(parent, resident, deed.on)
    refuse(
        households.object_to_course(
            course,
            parent_starts_on=main.starts_on,
            parent_ends_on=main.ends_on,
            on=deed.on,
            policy=deed.policy,
        )
    )
    refuse(signing.object_to_person(person_of(resident, guardian_of(resident, on=deed.on))))
    refuse(object_to_side_a(deed))
    refuse(object_to_signers(deed, resident))
    cases = cases_of([resident.pk], [deed.team.pk], deed.kind, on=deed.on, days=course.days)
    check_packages(deed, list(cases.values()))
    check_evidence(deed)


def _main_enrollment(parent: Agreement, resident: Resident, on: date) -> Enrollment:
    """The person's own place in the main agreement, which must be in force.

    Raises:
        CannotSign: it is a supplement itself, is not in force, or does not cover him.
    """
    if parent.kind == AgreementKind.SUPPLEMENTARY:
        raise CannotSign("parent_kind", "补充协议不能再附补充协议，请在主协议上签。")
    if parent.state != AgreementState.ACTIVE or parent.ends_on < on:
        raise CannotSign("parent_not_active", "主协议不在有效期内，不能签补充协议；请先签约或续签。")
    found = parent.enrollments.filter(resident=resident, state=AgreementState.ACTIVE, ends_on__gte=on).first()
    if found is None:
        raise CannotSign("not_covered", "该居民不在这份主协议的有效签约人之中，请重选。", field="resident")
    return found


def _write(deed: Deed, course: Course, parent: Agreement, resident: Resident) -> Agreement:
    count = Agreement.objects.filter(parent=parent).count()  # none is ever deleted, so no number comes twice
    agreement = write_agreement(
        deed,
        supplement_number(parent.number, count + 1),
        parties_with(deed, resident),
        None,
        parent=parent,
        household_id=parent.household_id,
        disease=course.disease,
    )
    covered = [covered_by(deed, resident)]
    enroll(agreement, deed, covered, [], lambda: None)  # supplements may overlap: nothing bars one
    finish(agreement, deed, covered)
    return agreement
