"""Writing the agreements: numbers from the institutions' series, both parties as they stood, signatures on paper."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from config.demo.agreements import Deed
from config.demo.copying import copy_in, reserve_ids
from config.demo.promises import Promised
from config.demo.registry import Entry, at_work, guardian_relation
from contracts.choices import (
    AgreementKind,
    AgreementState,
    ConsentWay,
    EventKind,
    RenewalKind,
    RenewalMode,
    Signatory,
    SignerParty,
    SignMode,
    WaitsFor,
)
from contracts.models import Agreement, AgreementEvent, ChosenItem, EnrolledPackage, Enrollment, Signature
from contracts.parties import HouseMember, Parties, PartyA, PartyB
from contracts.policy import ContractsPolicy, policy_on
from contracts.queries.signing import parties_of, template_on
from contracts.rules.numbers import AgreementNumber, supplement_number
from core.crypto import seal
from core.dates import chinese_date
from core.numbering import next_serials
from residents.choices import RESTRICTED, IdKind, Population, Relation
from residents.models import Resident

KindsOf = Callable[[Entry], Sequence[Population]]
HOUSEHOLD, SUPPLEMENTARY = AgreementKind.HOUSEHOLD, AgreementKind.SUPPLEMENTARY


def write_agreements(
    deeds: list[Deed], kinds_of: KindsOf, home_ids: Callable[[Entry], int], on: date
) -> None:
    """Write agreements with everything that hangs on them, in order of signing.

    Args:
        home_ids: the household that somebody lives in.
    """
    deeds.sort(key=lambda deed: (deed.crew.team.institution.serial, deed.signed_on, str(deed.token)))
    for deed, pk in zip(deeds, reserve_ids(Agreement, len(deeds)), strict=True):
        deed.id = pk
    _give_numbers(deeds)
    writer = _Writer(deeds, kinds_of, home_ids, on)
    copy_in(Agreement, _AGREEMENT, (writer.agreement(deed) for deed in deeds))
    enrollments = reserve_ids(Enrollment, sum(len(deed.covered) for deed in deeds))
    places = [(deed, place) for deed in deeds for place in range(len(deed.covered))]
    copy_in(
        Enrollment,
        _ENROLLMENT,
        (_enrollment(pk, *one, on) for pk, one in zip(enrollments, places, strict=True)),
    )
    promised = Promised(deeds, kinds_of, on)
    copy_in(Agreement.packages.through, ("agreement_id", "servicepackage_id"), promised.packages())
    copy_in(EnrolledPackage, ("enrollment_id", "package_id"), promised.own_packages(enrollments, places))
    copy_in(ChosenItem, ("agreement_id", "content_id"), promised.chosen())
    copy_in(
        Signature, ("agreement_id", "party", "signer_name", "resident_id", "signed_at"), _signatures(deeds)
    )
    copy_in(
        AgreementEvent, ("agreement_id", "kind", "at", "on", "by_id", "reason", "note"), _events(deeds, on)
    )


def _give_numbers(deeds: Iterable[Deed]) -> None:
    """Numbers rise with the day of signing within each institution and year; a supplement carries its parent's."""
    main = [one for one in deeds if one.parent is None]
    for (institution, year), group in groupby(
        main, key=lambda one: (one.crew.team.institution, one.signed_on.year)
    ):
        here = list(group)
        series = AgreementNumber(institution.area_code[:6], institution.serial, year, 0)
        for deed, serial in zip(here, next_serials(series.prefix, len(here)), strict=True):
            deed.number = str(AgreementNumber(series.county, series.institution, year, serial))
    counts: Counter[int] = Counter()
    for deed in deeds:
        if deed.parent is not None:
            counts[deed.parent.id] += 1
            deed.number = supplement_number(deed.parent.number, counts[deed.parent.id])


def _side(deed: Deed) -> tuple[int, int]:
    return deed.crew.team.pk, deed.doctor.pk


def _entered_at(deed: Deed) -> datetime:
    return deed.entered_at or at_work(deed.signed_on, deed.id)


_AGREEMENT = (
    "id", "number", "kind", "state", "team_id", "signatory", "doctor_id", "household_id", "template_id", "previous_id",
    "parent_id", "disease", "representative_id", "signed_on", "starts_on", "ends_on", "term_years", "renewal_kind",
    "waits_for", "channel", "mode", "as_signed", "client_token", "created_by_id", "created_at",
)  # fmt: skip


class _Writer:
    """Rows of agreements: what is read once for all of them is kept."""

    def __init__(
        self, deeds: Sequence[Deed], kinds_of: KindsOf, home_ids: Callable[[Entry], int], on: date
    ) -> None:
        self._kinds_of, self._home_ids = kinds_of, home_ids
        self._templates = {kind: template_on(kind, on=on).pk for kind in AgreementKind}
        self._parties = _parties_a(deeds, on)
        self._renewed = _renewal_kind(policy_on(on))

    def agreement(self, deed: Deed) -> tuple:
        is_household = deed.kind == HOUSEHOLD
        waits = WaitsFor.APPROVAL if deed.state == AgreementState.PENDING_CONFIRM else ""
        renewal = RenewalKind.FIRST if deed.previous is None else self._renewed
        return (
            deed.id, deed.number, deed.kind, deed.state, deed.crew.team.pk, Signatory.TEAM, deed.doctor.pk,
            self._home_ids(deed.entry) if is_household else None, self._templates[deed.kind],
            deed.previous.id if deed.previous else None, deed.parent.id if deed.parent else None, deed.disease,
            deed.entry.id if is_household else None, deed.signed_on, deed.starts_on, deed.ends_on, deed.years,
            RenewalKind.EXPLICIT if is_household and deed.previous else renewal, waits, deed.channel, SignMode.PAPER,
            seal(self._as_signed(deed), purpose="agreement.as_signed"), deed.token, deed.clerk.pk, _entered_at(deed),
        )  # fmt: skip

    def _as_signed(self, deed: Deed) -> str:
        members = [self._member(one) for one in deed.covered] if deed.kind == HOUSEHOLD else ()
        return Parties(self._parties[_side(deed)], self._party_b(deed.entry), tuple(members)).dumps()

    def _party_b(self, entry: Entry) -> PartyB:
        person, (name, relation, phone) = entry.person, _guardian(entry)
        return PartyB(
            name=person.name,
            sex=str(person.sex.label),
            born_on=chinese_date(person.born_on),
            id_kind=str(IdKind.ID_CARD.label),
            id_number=entry.id_number,
            phone=entry.phone,
            address=entry.address,
            populations=self._labels(entry),
            guardian_name=name,
            guardian_relation=relation,
            guardian_phone=phone,
        )

    def _member(self, entry: Entry) -> HouseMember:
        person, (name, relation, phone) = entry.person, _guardian(entry)
        return HouseMember(
            name=person.name,
            relation=str(person.relation.label),
            sex=str(person.sex.label),
            born_on=chinese_date(person.born_on),
            id_kind=str(IdKind.ID_CARD.label),
            id_number=entry.id_number,
            phone=entry.phone,
            populations=self._labels(entry),
            is_head=person.relation == Relation.HEAD,
            needs_guardian=entry.guardian is not None,
            guardian_name=name,
            guardian_relation=relation,
            guardian_phone=phone,
            resident_id=entry.id,
        )

    def _labels(self, entry: Entry) -> tuple[str, ...]:
        return tuple(str(one.label) for one in self._kinds_of(entry) if one not in RESTRICTED)


def _guardian(entry: Entry) -> tuple[str, str, str]:
    guardian = entry.guardian
    return (guardian.person.name, guardian_relation(entry), guardian.phone) if guardian else ("", "", "")


def _parties_a(deeds: Iterable[Deed], on: date) -> dict[tuple[int, int], PartyA]:
    """Party A of each team and signing doctor, read as signing reads it; whose agreement it is makes no difference."""
    anybody = Resident.objects.order_by("pk")[:1].get()
    sides = {_side(deed): (deed.crew.team, deed.doctor) for deed in deeds}
    return {
        key: parties_of(resident=anybody, guardian=("", "", ""), team=team, doctor=doctor, on=on).a
        for key, (team, doctor) in sides.items()
    }


def _renewal_kind(policy: ContractsPolicy) -> RenewalKind:
    is_silent = policy.renewal_mode == RenewalMode.AUTO_UNLESS_TERMINATED
    return RenewalKind.AUTO if is_silent else RenewalKind.EXPLICIT


_ENROLLMENT = (
    "id", "agreement_id", "resident_id", "state", "starts_on", "ends_on", "is_supplementary", "end_reason", "consent",
    "consented_on", "guardian_name", "position", "last_reached_on",
)  # fmt: skip
REACHED_SHARE = 0.7


def _enrollment(pk: int, deed: Deed, place: int, on: date) -> tuple:
    entry, way = deed.covered[place], deed.consents[place]
    guardian = entry.guardian.person.name if way == ConsentWay.GUARDIAN and entry.guardian else ""
    return (
        pk, deed.id, entry.id, deed.state, deed.starts_on, deed.last_day, deed.kind == SUPPLEMENTARY, deed.reason, way,
        deed.signed_on, guardian, place + 1, _reached_on(deed, pk, on),
    )  # fmt: skip


def _reached_on(deed: Deed, salt: int, on: date) -> date | None:
    """Seven in ten were spoken with in this term, some day or other."""
    days = (min(deed.last_day, on - timedelta(days=1)) - deed.starts_on).days
    turn = salt * 7919 % 1000
    return deed.starts_on + timedelta(days=turn % days) if days > 0 and turn < REACHED_SHARE * 1000 else None


def _signatures(deeds: Iterable[Deed]) -> Iterable[tuple]:
    """On paper: the resident or his guardian, in a household the representative and who else signed, and the doctor."""
    for deed in deeds:
        at, is_household = at_work(deed.signed_on, deed.id), deed.kind == HOUSEHOLD
        for entry, way in zip(deed.covered, deed.consents, strict=True):
            whose = entry.id if is_household else None
            if way == ConsentWay.SIGNED:
                yield deed.id, SignerParty.RESIDENT, entry.person.name, whose, at
            elif way == ConsentWay.GUARDIAN and entry.guardian and not is_household:
                yield deed.id, SignerParty.GUARDIAN, entry.guardian.person.name, whose, at
        yield deed.id, SignerParty.DOCTOR, deed.doctor.name, None, at


def _events(deeds: Sequence[Deed], on: date) -> Iterable[tuple]:
    following = {deed.previous.id: deed for deed in deeds if deed.previous}
    for deed in deeds:
        entered_at = _entered_at(deed)
        is_waiting = deed.state == AgreementState.PENDING_CONFIRM
        kind = EventKind.SUBMITTED if is_waiting else EventKind.SIGNED
        note = "纸质签名，原件已归档" + ("；等待补录审批" if is_waiting else "")
        yield deed.id, kind, entered_at, deed.signed_on, deed.clerk.pk, "", note
        if deed.state == AgreementState.TERMINATED:
            at = max(entered_at, at_work(min(deed.last_day, on - timedelta(days=1)), deed.id))
            yield deed.id, EventKind.TERMINATED, at, deed.last_day, deed.crew.leader.pk, deed.reason, ""
        elif deed.state in (AgreementState.EXPIRED, AgreementState.RENEWED):
            then = following.get(deed.id)
            told = f"期满，由 {then.number} 接续" if then else ""
            yield deed.id, EventKind.EXPIRED, at_work(deed.last_day, deed.id), deed.last_day, None, "", told
