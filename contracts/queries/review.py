"""Review flags as the bureau reads them: a list, one of them, those of an agreement."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from contracts.choices import ReviewKind, ReviewState
from contracts.models import Agreement, Enrollment, ReviewFlag
from contracts.rules.review import ADVICE, reason_of
from core.paging import dated_page
from residents.models import Resident

PAGE_SIZE = 50
TONES = {ReviewState.OPEN: "yellow", ReviewState.CLEARED: "green", ReviewState.CONFIRMED: "red"}


@dataclass(frozen=True)
class FlagLine:
    """A flag with its reason in words and the agreement's first person."""

    flag: ReviewFlag
    resident: Resident
    people: int

    @property
    def agreement(self) -> Agreement:
        return self.flag.agreement

    @property
    def reason(self) -> str:
        return reason_of(ReviewKind(self.flag.kind), self.flag.facts)

    @property
    def advice(self) -> str:
        return ADVICE[ReviewKind(self.flag.kind)]

    @property
    def tone(self) -> str:
        return TONES[ReviewState(self.flag.state)]


@dataclass(frozen=True)
class FlagPage:
    lines: list[FlagLine]
    next_after: str


def narrowed_flags(
    flags: QuerySet[ReviewFlag], *, kind: str, team_id: int | None, state: str
) -> QuerySet[ReviewFlag]:
    """By kind, team and state; an empty one narrows nothing."""
    if kind:
        flags = flags.filter(kind=kind)
    if state:
        flags = flags.filter(state=state)
    return flags.filter(agreement__team=team_id) if team_id else flags


def flag_page(flags: QuerySet[ReviewFlag], after: str) -> FlagPage:
    """The newest findings first. Two queries."""
    page = dated_page(with_agreements(flags), "found_on", after, PAGE_SIZE, newest_first=True)
    return FlagPage(flag_lines(page.rows), page.next_after)


def with_agreements(flags: QuerySet[ReviewFlag]) -> QuerySet[ReviewFlag]:
    """Flags with what a line shows of their agreements."""
    people = (
        Enrollment.objects.select_related("resident")
        .defer("resident__id_number", "resident__phone")
        .order_by("position", "pk")
    )
    return (
        flags.select_related("agreement__team__institution", "agreement__doctor", "reviewed_by")
        .defer("agreement__as_signed")
        .prefetch_related(Prefetch("agreement__enrollments", people))
    )


def flag_lines(flags: Iterable[ReviewFlag]) -> list[FlagLine]:
    """Lines of flags that come from ``with_agreements``."""
    lines = []
    for flag in flags:
        people = flag.agreement.enrollments.all()
        lines.append(FlagLine(flag, people[0].resident, len(people)))
    return lines


def flags_of(agreement: Agreement) -> list[ReviewFlag]:
    """What was found about one agreement, the newest first. One query."""
    own = ReviewFlag.objects.filter(agreement=agreement).select_related("reviewed_by")
    return list(own.order_by("-found_on", "-pk"))
