"""Lists of agreements and one agreement in full."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, prefetch_related_objects

from contracts.choices import AgreementKind, AgreementState, RenewalMode
from contracts.models import Agreement, AgreementEvent, EnrolledPackage, Enrollment, ServicePackage, Signature
from contracts.policy import ContractsPolicy, policy_on
from contracts.rules.numbers import member_number
from contracts.rules.packages import signed_lines
from contracts.rules.renewing import may_sign_on
from contracts.rules.states import Standing, ended_sentence, standing
from core.paging import dated_page
from residents.models import Resident

PAGE_SIZE = 50
_SEALED = ("resident__id_number", "resident__phone")  # not shown here, so not unsealed


@dataclass(frozen=True)
class AgreementRow:
    """A line of a list: the agreement, how it stands, its last day in force.

    Attributes:
        resident: who stands for it: the representative of a household, else the person himself.
        others: how many more it covers.
        is_renewed: the next term is signed already; told by lists that are sorted by the end.
    """

    agreement: Agreement
    resident: Resident
    others: int
    standing: Standing
    ends_on: date
    is_renewed: bool = False

    @property
    def people(self) -> int:
        return self.others + 1


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
    """One of the list's buckets (contracts.forms.ListFilter), or anything else for all."""
    chosen = {
        "running": lambda: agreements.running_on(on),  # type: ignore[attr-defined]
        "pending": lambda: agreements.filter(state=AgreementState.PENDING_CONFIRM),
        "expiring": lambda: agreements.expiring(on, within_days=notice_days),  # type: ignore[attr-defined]
        "unreached": lambda: unreached(agreements, on=on),
        "expired": lambda: agreements.expired_by(on),  # type: ignore[attr-defined]
        "terminated": lambda: agreements.filter(state=AgreementState.TERMINATED),
    }.get(bucket, lambda: agreements)()
    return chosen.filter(team=team_id) if team_id else chosen


# Lists in which the end matters come soonest end first.
BY_END = ("expiring", "unreached")


def unreached(agreements: QuerySet[Agreement], *, on: date) -> QuerySet[Agreement]:
    """To be asked before they are renewed: at their end under a profile that renews by itself, nobody spoken with in
    the term, and nothing signed to follow (S1-27, P13). Empty where the profile does not renew by itself."""
    policy = policy_on(on)
    if policy.renewal_mode != RenewalMode.AUTO_UNLESS_TERMINATED or not policy.auto_renew_needs_contact:
        return agreements.none()
    spoken = Enrollment.objects.filter(
        agreement=OuterRef("pk"),
        last_reached_on__gte=OuterRef("starts_on"),
        last_reached_on__lte=OuterRef("ends_on"),
    )
    return at_their_end(agreements, on=on, policy=policy).exclude(Exists(spoken))


def at_their_end(
    agreements: QuerySet[Agreement], *, on: date, policy: ContractsPolicy
) -> QuerySet[Agreement]:
    """Whose next term may be signed now: they end within the days of notice, or ended within the days of grace, and
    nobody in them has a later agreement. Supplements have no next term."""
    soon = Q(state=AgreementState.ACTIVE, ends_on__lte=on + timedelta(days=policy.renewal_notice_days))
    lately = Q(state=AgreementState.EXPIRED)
    later = Enrollment.objects.binding().filter(
        resident__enrollments__agreement=OuterRef("pk"), starts_on__gt=OuterRef("ends_on")
    )
    earliest = on - timedelta(days=policy.renewal_grace_days)
    return (
        agreements.filter(soon | lately, ends_on__gte=earliest)
        .exclude(kind=AgreementKind.SUPPLEMENTARY)
        .exclude(Exists(later))
    )


def agreement_page(
    agreements: QuerySet[Agreement], *, bucket: str, after: str, on: date, notice_days: int
) -> AgreementPage:
    """The next page: soonest end first where the end matters, newest signing first elsewhere. Three queries."""
    listed = with_people(agreements)
    if bucket in BY_END:
        follows = Agreement.objects.filter(previous=OuterRef("pk")).exclude(state=AgreementState.VOID)
        listed = listed.annotate(is_renewed=Exists(follows))
        page = dated_page(listed, "ends_on", after, PAGE_SIZE)
    else:
        page = dated_page(listed, "signed_on", after, PAGE_SIZE, newest_first=True)
    return AgreementPage([row_of(one, on=on, notice_days=notice_days) for one in page.rows], page.next_after)


def with_people(agreements: QuerySet[Agreement]) -> QuerySet[Agreement]:
    """Agreements with what a line shows of them."""
    people = Enrollment.objects.select_related("resident").defer(*_SEALED).order_by("position", "pk")
    listed = agreements.select_related("team", "doctor").defer("as_signed")
    return listed.prefetch_related(Prefetch("enrollments", people))


def row_of(agreement: Agreement, *, on: date, notice_days: int) -> AgreementRow:
    people = list(agreement.enrollments.all())
    # Who left before the others is told on the page; while it runs, the line counts those who are in it.
    covered = [one for one in people if one.state == agreement.state] or people
    stands = standing_for(agreement, covered)
    state = AgreementState(agreement.state)
    seen = standing(state, agreement.starts_on, agreement.ends_on, on=on, notice_days=notice_days)
    ends_on = max(one.ends_on for one in covered)
    is_renewed = getattr(agreement, "is_renewed", False)
    return AgreementRow(agreement, stands.resident, len(covered) - 1, seen, ends_on, is_renewed)


def standing_for(agreement: Agreement, people: list[Enrollment]) -> Enrollment:
    """The representative's enrolment, or the first."""
    own = agreement.representative_id
    return next((one for one in people if one.resident_id == own), people[0])


@dataclass(frozen=True)
class MemberRow:
    """One person under an agreement: how his own enrolment stands, and what is promised to him.

    Attributes:
        packages: names of those the reader may see.
    """

    enrollment: Enrollment
    standing: Standing
    packages: list[str]
    is_representative: bool

    @property
    def resident(self) -> Resident:
        return self.enrollment.resident

    @property
    def number(self) -> str:
        return member_number(self.enrollment.agreement.number, self.enrollment.position)

    @property
    def is_running(self) -> bool:
        return self.enrollment.state == AgreementState.ACTIVE


@dataclass(frozen=True)
class SignedPackage:
    """A package as this agreement promises it: ``lines`` leave out what was not chosen from its menu."""

    name: str
    price_yuan: Decimal
    lines: list[str]


@dataclass(frozen=True)
class AgreementDetail:
    """All that the page of one agreement shows.

    Attributes:
        enrollment: that of the representative of a household, else of the person himself.
        members: everybody who is or was in it, in the order of the paper.
        packages: those the reader may see.
        chosen: names of the services that were chosen from their menus.
        withheld: how many he may not see, because their name tells a restricted diagnosis.
        signatures: without their images.
        last_day: when the last of them is, or was, covered.
        is_running: active and not past its last day.
        ended: why and when it is no longer in force, a sentence; "" while it is.
        supplements: supplementary agreements to it, also those that are over.
        successor: the agreement that continues it, or None.
        may_renew: its next term may be signed now.
    """

    agreement: Agreement
    enrollment: Enrollment
    members: list[MemberRow]
    standing: Standing
    packages: list[ServicePackage]
    chosen: frozenset[str]
    withheld: int
    signatures: list[Signature]
    events: list[AgreementEvent]
    last_day: date
    is_running: bool
    ended: str
    supplements: list[Agreement]
    successor: Agreement | None
    may_renew: bool

    @property
    def resident(self) -> Resident:
        return self.enrollment.resident

    @property
    def promised(self) -> list[SignedPackage]:
        return [
            SignedPackage(one.name, one.price_yuan, signed_lines(one.item_list, self.chosen))
            for one in self.packages
        ]

    @property
    def resident_ids(self) -> list[int]:
        """Everybody whom the page names, for the read log."""
        return [one.enrollment.resident_id for one in self.members]

    @property
    def is_household(self) -> bool:
        return self.agreement.kind == AgreementKind.HOUSEHOLD

    @property
    def running_members(self) -> list[MemberRow]:
        return [one for one in self.members if one.is_running]


def agreement_detail(
    agreements: QuerySet[Agreement], pk: int, *, on: date, policy: ContractsPolicy, sees_restricted: bool
) -> AgreementDetail | None:
    """One agreement out of those the reader may see; None if it is not among them.

    Eight queries, nine for who may not know of restricted packages.
    """
    agreement = _with_everything(agreements).filter(pk=pk).first()
    if agreement is None:
        return None
    people = list(agreement.enrollments.all())
    enrollment = standing_for(agreement, people)
    row = row_of(agreement, on=on, notice_days=policy.renewal_notice_days)
    packages = list(agreement.packages.order_by("kind", "pk"))
    shown = [one for one in packages if sees_restricted or not one.is_restricted]
    names = {one.pk: one.name for one in shown}
    relatives = list(_relatives(pk))
    if not sees_restricted:
        _withhold_diseases(relatives)
    successor = next((one for one in relatives if one.previous_id == pk), None)
    return AgreementDetail(
        agreement=agreement,
        enrollment=enrollment,
        members=[_member(one, agreement, names, on=on, policy=policy) for one in people],
        standing=row.standing,
        packages=shown,
        chosen=frozenset(agreement.chosen.values_list("content__item__name", flat=True)),
        withheld=len(packages) - len(shown),
        signatures=list(_signatures(agreement)),
        events=list(agreement.events.select_related("by").order_by("-at", "-pk")),
        last_day=row.ends_on,
        is_running=agreement.state == AgreementState.ACTIVE and agreement.ends_on >= on,
        ended=ended_sentence(AgreementState(agreement.state), row.ends_on, on=on),
        supplements=[one for one in relatives if one.parent_id == pk],
        successor=successor,
        may_renew=successor is None and _may_renew(agreement, on=on, policy=policy),
    )


def _with_everything(agreements: QuerySet[Agreement]) -> QuerySet[Agreement]:
    own = Prefetch("own_packages", EnrolledPackage.objects.order_by("pk"))
    people = (
        Enrollment.objects.select_related("resident__grid")
        .defer("resident__id_number")
        .prefetch_related(own)
        .order_by("position", "pk")
    )
    near = ("team__institution", "doctor", "created_by", "template", "previous", "parent", "household")
    return (
        agreements.select_related(*near)
        .defer("as_signed", "previous__as_signed", "parent__as_signed")
        .prefetch_related(Prefetch("enrollments", people))
    )


def _signatures(agreement: Agreement) -> QuerySet[Signature]:
    sealed = ("image", "resident__id_number", "resident__phone")
    return agreement.signatures.select_related("resident").defer(*sealed).order_by("occasion", "pk")


def _relatives(pk: int) -> QuerySet[Agreement]:
    """Its supplements, and what continues it; a void successor is none."""
    follows = Q(previous=pk) & ~Q(state=AgreementState.VOID)
    return Agreement.objects.filter(Q(parent=pk) | follows).defer("as_signed").order_by("starts_on", "pk")


def _withhold_diseases(supplements: list[Agreement]) -> None:
    """A course that only the team may know of is not told by its disease either; nothing is saved. At most one query."""
    prefetch_related_objects(supplements, "packages")
    for one in supplements:
        if any(package.is_restricted for package in one.packages.all()):
            one.disease = ""


def _member(
    one: Enrollment, agreement: Agreement, names: dict[int, str], *, on: date, policy: ContractsPolicy
) -> MemberRow:
    state, days = AgreementState(one.state), policy.renewal_notice_days
    return MemberRow(
        enrollment=one,
        standing=standing(state, one.starts_on, one.ends_on, on=on, notice_days=days),
        packages=[names[own.package_id] for own in one.own_packages.all() if own.package_id in names],
        is_representative=one.resident_id == agreement.representative_id,
    )


def _may_renew(agreement: Agreement, *, on: date, policy: ContractsPolicy) -> bool:
    ends, goes_on = agreement.ends_on, (AgreementState.ACTIVE, AgreementState.EXPIRED)
    if agreement.state not in goes_on or agreement.kind == AgreementKind.SUPPLEMENTARY:
        return False
    return may_sign_on(
        ends, on=on, notice_days=policy.renewal_notice_days, grace_days=policy.renewal_grace_days
    )
