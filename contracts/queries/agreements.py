"""Lists of agreements and one agreement in full."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, QuerySet

from contracts.choices import AgreementState
from contracts.models import Agreement, AgreementEvent, Enrollment, ServicePackage, Signature
from contracts.policy import ContractsPolicy
from contracts.rules.states import Standing, ended_sentence, standing
from core.paging import dated_page
from residents.models import Resident

PAGE_SIZE = 50
_SEALED = ("resident__id_number", "resident__phone")  # not shown here, so not unsealed


@dataclass(frozen=True)
class AgreementRow:
    """A line of a list: the agreement, its first person, how it stands, its last day in force."""

    agreement: Agreement
    resident: Resident
    standing: Standing
    ends_on: date


@dataclass(frozen=True)
class AgreementPage:
    rows: list[AgreementRow]
    next_after: str

    @property
    def resident_ids(self) -> list[int]:
        return [one.resident.pk for one in self.rows]


def narrowed(
    agreements: QuerySet[Agreement], *, bucket: str, team_id: int | None, on: date, notice_days: int
) -> QuerySet[Agreement]:
    """One of the list's buckets: running, expiring, expired, terminated, or anything else for all."""
    chosen = {
        "running": lambda: agreements.running_on(on),  # type: ignore[attr-defined]
        "expiring": lambda: agreements.expiring(on, within_days=notice_days),  # type: ignore[attr-defined]
        "expired": lambda: agreements.expired_by(on),  # type: ignore[attr-defined]
        "terminated": lambda: agreements.filter(state=AgreementState.TERMINATED),
    }.get(bucket, lambda: agreements)()
    return chosen.filter(team=team_id) if team_id else chosen


def agreement_page(
    agreements: QuerySet[Agreement], *, bucket: str, after: str, on: date, notice_days: int
) -> AgreementPage:
    """The next page: soonest end first where the end matters, newest signing first elsewhere. Three queries."""
    listed = with_people(agreements)
    if bucket == "expiring":
        page = dated_page(listed, "ends_on", after, PAGE_SIZE)
    else:
        page = dated_page(listed, "signed_on", after, PAGE_SIZE, newest_first=True)
    return AgreementPage([row_of(one, on=on, notice_days=notice_days) for one in page.rows], page.next_after)


def with_people(agreements: QuerySet[Agreement]) -> QuerySet[Agreement]:
    """Agreements with what a line shows of them."""
    people = Enrollment.objects.select_related("resident").defer(*_SEALED).order_by("pk")
    listed = agreements.select_related("team", "doctor").defer("as_signed")
    return listed.prefetch_related(Prefetch("enrollments", people))


def row_of(agreement: Agreement, *, on: date, notice_days: int) -> AgreementRow:
    first = agreement.enrollments.all()[0]
    state = AgreementState(agreement.state)
    seen = standing(state, agreement.starts_on, agreement.ends_on, on=on, notice_days=notice_days)
    return AgreementRow(agreement, first.resident, seen, first.ends_on)


@dataclass(frozen=True)
class AgreementDetail:
    """All that the page of one agreement shows.

    Attributes:
        packages: those the reader may see.
        withheld: how many he may not see, because their name tells a restricted diagnosis.
        signatures: without their images.
        is_running: active and not past its last day.
        ended: why and when it is no longer in force, a sentence; "" while it is.
    """

    agreement: Agreement
    enrollment: Enrollment
    standing: Standing
    packages: list[ServicePackage]
    withheld: int
    signatures: list[Signature]
    events: list[AgreementEvent]
    is_running: bool
    ended: str

    @property
    def resident(self) -> Resident:
        return self.enrollment.resident


def agreement_detail(
    agreements: QuerySet[Agreement], pk: int, *, on: date, policy: ContractsPolicy, sees_restricted: bool
) -> AgreementDetail | None:
    """One agreement out of those the reader may see; None if it is not among them. Five queries."""
    people = Enrollment.objects.select_related("resident__grid").defer("resident__id_number").order_by("pk")
    agreement = (
        agreements.select_related("team__institution", "doctor", "created_by", "template", "previous")
        .defer("as_signed", "previous__as_signed")
        .prefetch_related(Prefetch("enrollments", people))
        .filter(pk=pk)
        .first()
    )
    if agreement is None:
        return None
    enrollment = agreement.enrollments.all()[0]
    row = row_of(agreement, on=on, notice_days=policy.renewal_notice_days)
    packages = list(agreement.packages.order_by("kind", "pk"))
    shown = [one for one in packages if sees_restricted or not one.is_restricted]
    return AgreementDetail(
        agreement=agreement,
        enrollment=enrollment,
        standing=row.standing,
        packages=shown,
        withheld=len(packages) - len(shown),
        signatures=list(agreement.signatures.defer("image").order_by("occasion", "pk")),
        events=list(agreement.events.select_related("by").order_by("-at", "-pk")),
        is_running=agreement.state == AgreementState.ACTIVE and agreement.ends_on >= on,
        ended=ended_sentence(AgreementState(agreement.state), enrollment.ends_on, on=on),
    )
