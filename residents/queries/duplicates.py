"""Reads for the review of duplicates: the queue, one pair side by side, and who may be meant while somebody types."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from residents.choices import DuplicateState
from residents.models import ContactPhone, DuplicatePair, Resident, ResidentMerge
from residents.queries.candidates import facts_of
from residents.rules.duplicates import TABLE, Advice, Facts, Reason, Verdict, advice_for, compare
from residents.searchable import phone_index
from teams.models import User

PAGE_SIZE = 50
MOST_TYPED = 50  # entries compared with what is being typed, for each clue
SHOWN_TYPED = 5
_PLACE = re.compile(r"(\d{1,3})\.(\d{1,18})", re.ASCII)
_NUMBER_REASONS = frozenset((Reason.SAME_NUMBER, Reason.FORMER_NUMBER, Reason.TWINS_CROSSED))


@dataclass(frozen=True)
class PairLine:
    """One pair of the queue, masked."""

    id: int
    score: int
    first: Resident
    second: Resident
    reasons: tuple[str, ...]
    advice: Advice
    found_on: date


@dataclass(frozen=True)
class QueuePage:
    """Pairs of one page, likeliest first, and where the next begins ("" at the end)."""

    lines: list[PairLine]
    next_after: str


def waiting_pairs(user: User, reason: str = "") -> QuerySet[DuplicatePair]:
    """Pairs of which both entries are in one's scope and that nobody has decided."""
    pairs: QuerySet[DuplicatePair] = DuplicatePair.objects.visible_to(user).waiting()
    return pairs.filter(reasons__contains=[reason]) if reason in TABLE else pairs


def queue_page(pairs: QuerySet[DuplicatePair], after: str) -> QueuePage:
    """One page by score and id; a token that cannot be read starts from the beginning. One query."""
    place = _PLACE.fullmatch(after)
    if place:
        score, pk = int(place[1]), int(place[2])
        pairs = pairs.filter(Q(score__lt=score) | Q(score=score, pk__gt=pk), score__lte=score)
    people = [
        f"{side}__{name}"
        for side in ("first", "second")
        for name in ("name", "sex", "born_on", "address", "life_status", "grid__name", "grid__village__name")
    ]
    rows = list(
        pairs.select_related("first__grid__village", "second__grid__village")
        .only("score", "reasons", "found_on", *people)
        .order_by("-score", "pk")[: PAGE_SIZE + 1]
    )
    shown = rows[:PAGE_SIZE]
    more = len(rows) > PAGE_SIZE
    return QueuePage([_pair_line(one) for one in shown], f"{shown[-1].score}.{shown[-1].pk}" if more else "")


def _pair_line(one: DuplicatePair) -> PairLine:
    return PairLine(
        id=one.pk,
        score=one.score,
        first=one.first,
        second=one.second,
        reasons=labels_of(one.reasons),
        advice=advice_for(one.reasons),
        found_on=one.found_on,
    )


def labels_of(reasons: Iterable[str]) -> tuple[str, ...]:
    return tuple(TABLE[Reason(code)].label for code in reasons if code in TABLE)


def sentences_of(reasons: Iterable[str]) -> tuple[str, ...]:
    return tuple(TABLE[Reason(code)].sentence for code in reasons if code in TABLE)


def reason_counts(pairs: QuerySet[DuplicatePair]) -> dict[str, int]:
    """How many pairs each reason stands for, and under "" how many there are. One query."""
    sql, values = pairs.order_by().values("reasons").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH waiting AS MATERIALIZED ({sql}) "  # noqa: S608 - the queryset's own SQL, its values stay parameters
            "SELECT code, count(*) FROM waiting, jsonb_array_elements_text(reasons) AS code GROUP BY code "
            "UNION ALL SELECT '', count(*) FROM waiting",
            values,
        )
        return dict(cursor.fetchall())


def standing_merges(user: User, resident: Resident) -> QuerySet[ResidentMerge]:
    """What was merged into an entry and may be taken apart, newest first."""
    merges = ResidentMerge.objects.visible_to(user).standing().filter(kept=resident)
    return merges.select_related("merged_by").defer("snapshot").order_by("-merged_at", "-pk")


def kept_instead(user: User, pk: int) -> int | None:
    """The entry that an entry was merged into, if the reader may see it."""
    dropped = Resident.objects.filter(pk=pk, merged_into__isnull=False).values("merged_into")
    return Resident.objects.visible_to(user).filter(pk__in=dropped).values_list("pk", flat=True).first()


@dataclass(frozen=True)
class Typed:
    """What somebody has typed so far, each value in its normal form or empty."""

    name: str = ""
    sex: int = 0
    born_on: date | None = None
    number: str = ""
    phone: str = ""
    address: str = ""
    household: int | None = None


@dataclass(frozen=True)
class Likely:
    """An entry that may be the person who is being typed."""

    resident: Resident
    score: int
    sentences: tuple[str, ...]
    carries_number: bool


@dataclass(frozen=True)
class Warned:
    """Whom to look at before registering.

    Attributes:
        people: in one's scope, likeliest first.
        is_elsewhere: somebody out of scope carries this very number; nothing else of him is told.
    """

    people: tuple[Likely, ...] = ()
    is_elsewhere: bool = False

    @property
    def is_taken(self) -> bool:
        """The typed number is somebody's already: there is nothing to confirm, it will be refused."""
        return self.is_elsewhere or any(one.carries_number for one in self.people)


def likely_duplicates(user: User, typed: Typed, *, least: int, besides: Resident | None = None) -> Warned:
    """Entries that may be the typed person. Nine queries at most, all by index.

    Args:
        least: the score from which an entry is shown.
        besides: the entry that is being changed; who was told apart from it before is not shown again.
    """
    ids = _meeting(typed) - ({besides.pk} if besides else set())
    if besides is not None and ids:
        ids -= _told_apart(besides.pk)
    if not ids:
        return Warned()
    facts = facts_of(ids)
    mine = Facts(
        typed.name, typed.sex, typed.born_on, typed.number,
        phones=frozenset({str(phone_index(typed.phone))} if typed.phone else ()),
        address=typed.address, household=typed.household,
    )  # fmt: skip
    verdicts = {pk: compare(mine, other) for pk, other in facts.items()}
    likely = {pk: one for pk, one in verdicts.items() if one.score >= least}
    seen = Resident.objects.visible_to(user).for_lists().in_bulk(list(likely))
    people = sorted(
        (_likely(seen[pk], one) for pk, one in likely.items() if pk in seen),
        key=lambda one: (-one.score, one.resident.pk),
    )
    hidden = [one for pk, one in likely.items() if pk not in seen]
    return Warned(tuple(people[:SHOWN_TYPED]), any(_NUMBER_REASONS & set(one.reasons) for one in hidden))


def _likely(resident: Resident, verdict: Verdict) -> Likely:
    carries_number = bool(_NUMBER_REASONS & set(verdict.reasons))
    return Likely(resident, verdict.score, sentences_of(verdict.reasons), carries_number)


def _meeting(typed: Typed) -> set[int]:
    """Entries that share a clue with what was typed."""
    people = Resident.objects.unmerged()
    found: list[QuerySet] = []
    if typed.number:
        found.append(people.with_number(typed.number))
    if typed.name and typed.born_on:
        found.append(people.filter(name=typed.name, born_on=typed.born_on))
    if typed.phone:
        index = phone_index(typed.phone)
        shared = _with_phone(people, index)
        if typed.name:
            found.append(shared.filter(name=typed.name))
        if typed.born_on:
            found.append(shared.filter(born_on=typed.born_on))
    if typed.name and typed.household:
        found.append(people.filter(household=typed.household, name=typed.name))
    return {pk for some in found for pk in some.values_list("pk", flat=True)[:MOST_TYPED]}


def _with_phone(people: QuerySet, index: UUID) -> QuerySet:
    further = ContactPhone.objects.filter(phone_index=index).values("resident")
    main = Resident.objects.filter(phone_index=index).values("pk")
    return people.filter(pk__in=main.union(further))


def _told_apart(pk: int) -> set[int]:
    pairs = DuplicatePair.objects.filter(Q(first=pk) | Q(second=pk), state=DuplicateState.DIFFERENT)
    return {one for pair in pairs.values_list("first_id", "second_id") for one in pair}
