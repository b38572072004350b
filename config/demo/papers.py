"""Writing the agreements: numbers from the institutions' series, both parties as they stood, signatures on paper."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from itertools import groupby

from config.demo.agreements import Deed
from config.demo.copying import copy_in, reserve_ids
from config.demo.registry import Entry, at_work, guardian_relation
from contracts.choices import AgreementKind, AgreementState, EventKind, Signatory, SignerParty, SignMode
from contracts.models import Agreement, AgreementEvent, Enrollment, ServicePackage, Signature
from contracts.parties import Parties, PartyA, PartyB
from contracts.queries.packages import packages_offered, suits_of
from contracts.queries.signing import parties_of, template_on
from contracts.rules.numbers import AgreementNumber
from contracts.rules.packages import Case, object_to_package
from core.crypto import seal
from core.dates import chinese_date
from core.numbering import next_serials
from residents.choices import RESTRICTED, IdKind, Population
from residents.models import Resident

KindsOf = Callable[[Entry], Sequence[Population]]


def write_agreements(deeds: list[Deed], kinds_of: KindsOf, on: date) -> None:
    """Write agreements with everything that hangs on them, in order of signing."""
    deeds.sort(key=lambda deed: (deed.crew.team.institution.serial, deed.signed_on, str(deed.token)))
    for deed, pk in zip(deeds, reserve_ids(Agreement, len(deeds)), strict=True):
        deed.id = pk
    _give_numbers(deeds)
    template = template_on(AgreementKind.INDIVIDUAL, on=on).pk
    parties = _parties_a(deeds, on)
    offered = [one for one in packages_offered(on=on, sees_restricted=True) if one.is_suggested]
    copy_in(
        Agreement, _AGREEMENT, (_agreement(deed, template, parties[_side(deed)], kinds_of) for deed in deeds)
    )
    copy_in(
        Enrollment,
        ("agreement_id", "resident_id", "state", "starts_on", "ends_on", "end_reason"),
        ((one.id, one.entry.id, one.state, one.starts_on, one.last_day, one.reason) for one in deeds),
    )
    copy_in(
        Agreement.packages.through, ("agreement_id", "servicepackage_id"), _packages(deeds, offered, kinds_of)
    )
    copy_in(Signature, ("agreement_id", "party", "signer_name", "signed_at"), _signatures(deeds))
    copy_in(
        AgreementEvent, ("agreement_id", "kind", "at", "on", "by_id", "reason", "note"), _events(deeds, on)
    )


def _give_numbers(deeds: Iterable[Deed]) -> None:
    """Numbers rise with the day of signing within each institution and year."""
    for (institution, year), group in groupby(
        deeds, key=lambda one: (one.crew.team.institution, one.signed_on.year)
    ):
        here = list(group)
        series = AgreementNumber(institution.area_code[:6], institution.serial, year, 0)
        for deed, serial in zip(here, next_serials(series.prefix, len(here)), strict=True):
            deed.number = str(AgreementNumber(series.county, series.institution, year, serial))


def _side(deed: Deed) -> tuple[int, int]:
    return deed.crew.team.pk, deed.doctor.pk


def _parties_a(deeds: Iterable[Deed], on: date) -> dict[tuple[int, int], PartyA]:
    """Party A of each team and signing doctor, read as signing reads it; whose agreement it is makes no difference."""
    anybody = Resident.objects.order_by("pk")[:1].get()
    sides = {_side(deed): (deed.crew.team, deed.doctor) for deed in deeds}
    return {
        key: parties_of(resident=anybody, guardian=("", "", ""), team=team, doctor=doctor, on=on).a
        for key, (team, doctor) in sides.items()
    }


_AGREEMENT = (
    "id", "number", "kind", "state", "team_id", "signatory", "doctor_id", "template_id", "previous_id", "signed_on",
    "starts_on", "ends_on", "term_years", "channel", "mode", "as_signed", "client_token", "created_by_id",
    "created_at",
)  # fmt: skip


def _agreement(deed: Deed, template: int, party_a: PartyA, kinds_of: KindsOf) -> tuple:
    as_signed = Parties(party_a, _party_b(deed.entry, kinds_of(deed.entry))).dumps()
    return (
        deed.id, deed.number, AgreementKind.INDIVIDUAL, deed.state, deed.crew.team.pk, Signatory.TEAM, deed.doctor.pk,
        template, deed.previous.id if deed.previous else None, deed.signed_on, deed.starts_on, deed.ends_on, deed.years,
        deed.channel, SignMode.PAPER, seal(as_signed, purpose="agreement.as_signed"), deed.token, deed.clerk.pk,
        at_work(deed.signed_on, deed.id),
    )  # fmt: skip


def _party_b(entry: Entry, kinds: Sequence[Population]) -> PartyB:
    person, guardian = entry.person, entry.guardian
    return PartyB(
        name=person.name,
        sex=str(person.sex.label),
        born_on=chinese_date(person.born_on),
        id_kind=str(IdKind.ID_CARD.label),
        id_number=entry.id_number,
        phone=entry.phone,
        address=entry.address,
        populations=tuple(str(one.label) for one in kinds if one not in RESTRICTED),
        guardian_name=guardian.person.name if guardian else "",
        guardian_relation=guardian_relation(entry) if guardian else "",
        guardian_phone=guardian.phone if guardian else "",
    )


def _packages(
    deeds: Iterable[Deed], offered: Sequence[ServicePackage], kinds_of: KindsOf
) -> Iterable[tuple[int, int]]:
    """The basic package and those of the person's populations."""
    suits = [(one, suits_of(one)) for one in offered]
    for deed in deeds:
        case = Case(populations=set(kinds_of(deed.entry)))
        for package, suit in suits:
            if object_to_package(package.name, suit, case) is None:
                yield deed.id, package.pk


def _signatures(deeds: Iterable[Deed]) -> Iterable[tuple]:
    for deed in deeds:
        entry, at = deed.entry, at_work(deed.signed_on, deed.id)
        signer = entry.guardian or entry
        party = SignerParty.GUARDIAN if entry.guardian else SignerParty.RESIDENT
        yield deed.id, party, signer.person.name, at
        yield deed.id, SignerParty.DOCTOR, deed.doctor.name, at


def _events(deeds: Iterable[Deed], on: date) -> Iterable[tuple]:
    for deed in deeds:
        signed_at = at_work(deed.signed_on, deed.id)
        yield deed.id, EventKind.SIGNED, signed_at, deed.signed_on, deed.clerk.pk, "", "纸质签名，原件已归档"
        if deed.state == AgreementState.TERMINATED:
            at = max(signed_at, at_work(min(deed.last_day, on - timedelta(days=1)), deed.id))
            yield deed.id, EventKind.TERMINATED, at, deed.last_day, deed.crew.leader.pk, deed.reason, ""
        elif deed.state == AgreementState.EXPIRED:
            yield deed.id, EventKind.EXPIRED, at_work(deed.last_day, deed.id), deed.last_day, None, "", ""
