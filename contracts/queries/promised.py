"""Promised, done, left: one shape for the doctor, the bureau and the resident's own page (P1)."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from contracts.choices import RUNNING, AgreementState, Frequency, PackageKind, ProofKind
from contracts.models import (
    Agreement,
    ChosenItem,
    EnrolledPackage,
    Enrollment,
    Fulfillment,
    PackageItem,
    ServiceItem,
    ServicePackage,
)
from contracts.rules.fulfillment import BY_HAND, Promise, Term, due_by, is_overdue, promised_in
from contracts.rules.packages import Content, in_words
from core.sql import rows_of
from residents.models import Household

_SEALED = ("resident__id_number", "resident__phone")
# Whether a reader may know that this person (None: the household) was promised this package.
Sees = Callable[[Enrollment | None, ServicePackage], bool]


@dataclass(frozen=True)
class Proof:
    """One time that a service was given, and what shows it; ``by_hand`` if a person wrote it down himself."""

    pk: int
    done_on: date
    label: str
    note: str
    by_hand: bool


@dataclass(frozen=True)
class Line:
    """One service promised to one person, or to the household.

    Attributes:
        often: how often, in words; "" for a service that was done but is promised no more.
        term: how many times in the whole term; None for what is given by schedule or on demand. due: by today.
    """

    item: ServiceItem
    packages: tuple[str, ...]
    often: str
    term: int | None
    due: int | None
    is_overdue: bool
    proofs: tuple[Proof, ...]

    @property
    def done(self) -> int:
        return len(self.proofs)

    @property
    def left(self) -> int | None:
        return None if self.term is None else max(self.term - self.done, 0)

    @property
    def is_by_hand(self) -> bool:
        return self.item.proof in BY_HAND


@dataclass(frozen=True)
class Part:
    """What one person was promised; enrollment None: the household as a whole.

    Attributes:
        lines: what is overdue first.
        unlisted: packages of which only the printed wording is known, so that nothing can be counted.
        withheld: how many packages the reader may not know of.
    """

    enrollment: Enrollment | None
    lines: tuple[Line, ...]
    unlisted: tuple[str, ...]
    withheld: int

    @property
    def overdue(self) -> int:
        return sum(one.is_overdue for one in self.lines)

    @property
    def dated(self) -> list[Line]:
        """What can be counted, or was given at least once."""
        return [one for one in self.lines if one.term is not None or one.proofs]

    @property
    def on_demand(self) -> list[Line]:
        """What is given by schedule or on demand, and was not yet."""
        return [one for one in self.lines if one.term is None and not one.proofs]


@dataclass(frozen=True)
class AgreementPromises:
    """An agreement and everybody's part of it; ``is_counting`` False while it waits for a confirmation."""

    agreement: Agreement
    parts: tuple[Part, ...]
    is_counting: bool

    @property
    def overdue(self) -> int:
        return sum(one.overdue for one in self.parts)

    @property
    def resident_ids(self) -> list[int]:
        return [one.enrollment.resident_id for one in self.parts if one.enrollment]


def team_sees(*, sees_restricted: bool) -> Sees:
    """For doctors and the bureau: a restricted diagnosis only for the named roles."""
    return lambda enrollment, package: sees_restricted or not package.is_restricted


def promised_in_agreements(agreements: Iterable[int], *, on: date, sees: Sees) -> list[AgreementPromises]:
    """Seven queries, one more where something was done, however many agreements and persons.

    Void agreements promise nothing and are left out.
    """
    held = list(
        Agreement.objects.filter(pk__in=list(agreements))
        .exclude(state__in=[AgreementState.VOID, AgreementState.DRAFT])
        .select_related("team", "doctor")
        .defer("as_signed")
        .order_by("-starts_on", "-pk")
    )
    facts = _facts([one.pk for one in held], on=on, sees=sees)
    return [_promises_of(one, facts) for one in held]


def agreements_of(agreements: QuerySet[Agreement], household: Household, *, on: date) -> QuerySet[Agreement]:
    """Of those the reader may see: running ones of anybody who lives in a household."""
    people = Enrollment.objects.filter(
        agreement=OuterRef("pk"), resident__household=household, state__in=RUNNING, ends_on__gte=on
    )
    return agreements.filter(Exists(people))


@dataclass(frozen=True)
class _Facts:
    """What the lines are made of; ``packages`` and ``done`` by (agreement, enrollment or None).

    Attributes:
        homes: item done -> every package that holds it in any version.
    """

    on: date
    sees: Sees
    people: dict[int, list[Enrollment]]
    packages: dict[tuple[int, int | None], list[ServicePackage]]
    contents: dict[int, list[PackageItem]]
    chosen: set[tuple[int, int]]
    done: dict[tuple[int, int | None], list[Fulfillment]]
    homes: dict[int, list[ServicePackage]]

    def may_know(self, enrollment: Enrollment | None, item: int) -> bool:
        """Of a service that is promised no more: whether the reader may know some package that holds it."""
        return any(self.sees(enrollment, one) for one in self.homes.get(item, ()))


def _facts(agreements: Collection[int], *, on: date, sees: Sees) -> _Facts:
    people: dict[int, list[Enrollment]] = defaultdict(list)
    enrolled = Enrollment.objects.filter(agreement__in=agreements).exclude(state=AgreementState.VOID)
    for one in enrolled.select_related("resident").defer(*_SEALED).order_by("position", "pk"):
        people[one.agreement_id].append(one)
    packages = _packages(agreements)
    contents: dict[int, list[PackageItem]] = defaultdict(list)
    ids = {package.pk for some in packages.values() for package in some}
    for content in PackageItem.objects.filter(package__in=ids).in_order():
        contents[content.package_id].append(content)
    chosen = ChosenItem.objects.filter(agreement__in=agreements).values_list("agreement", "content")
    done: dict[tuple[int, int | None], list[Fulfillment]] = defaultdict(list)
    standing = Fulfillment.objects.standing().filter(agreement__in=agreements).select_related("item")
    for fact in standing.order_by("done_on", "pk"):
        done[fact.agreement_id, fact.enrollment_id].append(fact)
    homes = _homes({fact.item_id for some in done.values() for fact in some})
    return _Facts(on, sees, people, packages, contents, set(chosen), done, homes)


def _homes(items: Collection[int]) -> dict[int, list[ServicePackage]]:
    """One query, or none."""
    found: dict[int, list[ServicePackage]] = defaultdict(list)
    if items:
        for one in PackageItem.objects.filter(item__in=items).select_related("package"):
            found[one.item_id].append(one.package)
    return found


def _packages(agreements: Collection[int]) -> dict[tuple[int, int | None], list[ServicePackage]]:
    """Each person's own, and the menu of a household. Two queries."""
    found: dict[tuple[int, int | None], list[ServicePackage]] = defaultdict(list)
    own = EnrolledPackage.objects.filter(enrollment__agreement__in=agreements)
    for one in own.select_related("package", "enrollment").order_by("package__kind", "package"):
        found[one.enrollment.agreement_id, one.enrollment_id].append(one.package)
    signed = Agreement.packages.through.objects.filter(agreement__in=agreements)
    menus = signed.filter(servicepackage__kind=PackageKind.FAMILY_MENU)
    for menu in menus.select_related("servicepackage"):
        found[menu.agreement_id, None].append(menu.servicepackage)
    return found


def _promises_of(agreement: Agreement, facts: _Facts) -> AgreementPromises:
    people = facts.people[agreement.pk]
    is_counting = agreement.state != AgreementState.PENDING_CONFIRM
    parts = [
        _part(agreement, one, Term(one.starts_on, agreement.ends_on, one.ends_on), facts, is_counting)
        for one in people
    ]
    if facts.packages.get((agreement.pk, None)) or facts.done.get((agreement.pk, None)):
        last_day = max((one.ends_on for one in people), default=agreement.ends_on)
        term = Term(agreement.starts_on, agreement.ends_on, last_day)
        parts.insert(0, _part(agreement, None, term, facts, is_counting))
    return AgreementPromises(agreement, tuple(parts), is_counting)


def _part(
    agreement: Agreement, enrollment: Enrollment | None, term: Term, facts: _Facts, is_counting: bool
) -> Part:
    key = (agreement.pk, enrollment.pk if enrollment else None)
    packages = facts.packages.get(key, [])
    seen = [one for one in packages if facts.sees(enrollment, one)]
    contents: dict[int, list[PackageItem]] = defaultdict(list)
    for content in (each for one in seen for each in facts.contents.get(one.pk, ())):
        if content.is_required or (agreement.pk, content.pk) in facts.chosen:
            contents[content.item_id].append(content)
    done: dict[int, list[Fulfillment]] = defaultdict(list)
    for fact in facts.done.get(key, ()):
        done[fact.item_id].append(fact)
    names = {one.pk: one.name for one in seen}
    counting_on = facts.on if is_counting else term.starts_on - timedelta(days=1)
    lines = [_line(some, names, done.get(item, []), term, counting_on) for item, some in contents.items()]
    if len(seen) == len(packages):  # else it might belong to a package that the reader may not know of
        former = {item: some for item, some in done.items() if item not in contents}
        lines += [_former(some) for item, some in former.items() if facts.may_know(enrollment, item)]
    return Part(
        enrollment=enrollment,
        lines=tuple(sorted(lines, key=lambda one: not one.is_overdue)),
        unlisted=tuple(one.name for one in seen if not facts.contents.get(one.pk)),
        withheld=len(packages) - len(seen),
    )


def _line(
    contents: list[PackageItem], names: dict[int, str], done: list[Fulfillment], term: Term, on: date
) -> Line:
    """A service that stands in several packages is given for all of them at once: the largest promise counts."""
    promises = [(Promise(Frequency(one.frequency), one.times, one.is_first_week), one) for one in contents]
    most, chief = max(promises, key=lambda pair: promised_in(pair[0], term) or 0)
    dues = [due for promise, _ in promises if (due := due_by(promise, term, on)) is not None]
    return Line(
        item=chief.item,
        packages=tuple(names[one.package_id] for one in contents),
        often=in_words(Content("", Frequency(chief.frequency), chief.times)).lstrip("，"),
        term=promised_in(most, term),
        due=max(dues, default=None),
        is_overdue=any(is_overdue(promise, term, len(done), on=on) for promise, _ in promises),
        proofs=tuple(map(_proof, done)),
    )


def _former(done: list[Fulfillment]) -> Line:
    """Done while it was promised; the agreement was changed since."""
    return Line(done[0].item, (), "", None, None, False, tuple(map(_proof, done)))


def _proof(one: Fulfillment) -> Proof:
    by_hand = one.key.startswith(HAND_KEYS)
    return Proof(one.pk, one.done_on, str(one.get_proof_display()), one.note, by_hand)


# Keys of facts that a person wrote down himself, on the agreement's page or while signing: he may take them back.
HAND_KEYS = ("hand:", "signing:")

_PAIRS = """
    SELECT one.agreement_id, one.id, held.item_id, held.id, held.is_required
    FROM contracts_enrollment AS one
    JOIN contracts_enrolledpackage AS own ON own.enrollment_id = one.id
    JOIN contracts_packageitem AS held ON held.package_id = own.package_id
    WHERE one.agreement_id = ANY(%(ids)s)
    UNION ALL
    SELECT signed.agreement_id, NULL, held.item_id, held.id, held.is_required
    FROM contracts_agreement_packages AS signed
    JOIN contracts_servicepackage AS package ON package.id = signed.servicepackage_id AND package.kind = %(menu)s
    JOIN contracts_packageitem AS held ON held.package_id = package.id
    WHERE signed.agreement_id = ANY(%(ids)s)
"""
PROMISED = f"""
    SELECT agreement_id, id, item_id FROM ({_PAIRS}) AS pair (agreement_id, id, item_id, content_id, is_required)
    WHERE is_required OR EXISTS (
        SELECT 1 FROM contracts_chosenitem AS one
        WHERE one.agreement_id = pair.agreement_id AND one.content_id = pair.content_id)
"""  # noqa: S608  # only the text above


def promised_pairs(agreements: Collection[int]) -> set[tuple[int, int | None, int]]:
    """(agreement, enrollment or None for the household, item) of everything promised. One query."""
    return set(rows_of(PROMISED, {"ids": list(agreements), "menu": PackageKind.FAMILY_MENU}))


def ticked_at_signing(agreement: Agreement) -> list[tuple[int | None, ServiceItem]]:
    """What may be given while signing, for whom: materials, and the record looked up and completed (S1-30). Two queries."""
    pairs = promised_pairs([agreement.pk])
    given = ServiceItem.objects.filter(proof__in=[ProofKind.HANDOUT, ProofKind.HEALTH_RECORD])
    items = given.in_bulk([item for _, _, item in pairs])
    found = [(who, items[item]) for _, who, item in pairs if item in items]
    return sorted(found, key=lambda pair: (pair[0] or 0, pair[1].pk))
