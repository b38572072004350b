"""The weekly word of sentinels, and who has been silent for some weeks (S2-25). Practice counts nowhere."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet
from django.db.models.functions import TruncWeek
from django.utils import timezone

from core.calendar import working_test
from grids.choices import PostingRole
from grids.models import Area, Posting
from outreach.models import GridReport, SentinelLeave, ZeroReport
from outreach.policy import OutreachPolicy
from outreach.rules.weekly import WEEK, Word, is_excused, silence_begins, week_of, word_of
from teams.models import User

Words = dict[tuple[int, date], Word]


@dataclass(frozen=True)
class MyWeeks:
    """A sentinel's own weeks: this one and the one before.

    Attributes:
        this, last: as what they count; None for somebody who is no sentinel.
    """

    monday: date
    this: Word | None = None
    last: Word | None = None

    @property
    def last_monday(self) -> date:
        return self.monday - WEEK

    @property
    def is_asked(self) -> bool:
        """Nothing has been heard this week yet."""
        return self.this in (Word.NOT_DUE, Word.LATE)

    @property
    def is_late(self) -> bool:
        return self.last == Word.LATE


def sentinels_on(day: date) -> QuerySet[Posting]:
    """Sentinels in post who can report: those with an account."""
    return Posting.objects.active_on(day).filter(role=PostingRole.SENTINEL, user__isnull=False)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


def _own_reports() -> QuerySet[GridReport]:
    """Of the posting of the outer query; found by who sent them, for which there is an index."""
    return GridReport.objects.real().filter(reporter=OuterRef("user"), posting=OuterRef("pk"))


def silent_postings(*, on: date, policy: OutreachPolicy) -> QuerySet[Posting]:
    """Sentinels in post through all of the last weeks of whom nothing was heard, and who were not on leave in them."""
    since = silence_begins(on, weeks=policy.silent_weeks)
    zero = ZeroReport.objects.filter(posting=OuterRef("pk"), week_on__gte=since)
    away = SentinelLeave.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=since), posting=OuterRef("pk"), starts_on__lte=on
    )
    return sentinels_on(on).filter(
        ~Exists(_own_reports().filter(reported_at__gte=midnight(since))),
        ~Exists(zero),
        ~Exists(away),
        starts_on__lte=since,
    )


def last_words(postings: Iterable[int]) -> dict[int, date]:
    """Posting id -> day of the last report or zero report. Two queries."""
    ids = list(postings)
    sent = GridReport.objects.real().filter(posting__in=ids, reporter=F("posting__user"))
    zero = ZeroReport.objects.filter(posting__in=ids)
    found: dict[int, date] = {}
    zone = timezone.get_current_timezone()
    for rows in (sent, zero):
        for pk, at in rows.values_list("posting").annotate(at=Max("reported_at")):
            day = at.astimezone(zone).date()
            found[pk] = max(day, found.get(pk, day))
    return found


def words_of(postings: Iterable[Posting], *, weeks: Sequence[date], on: date) -> Words:
    """What each of these weeks (Mondays) of each posting counts as on a day. Four queries."""
    people = list(postings)
    ids = [one.pk for one in people]
    reported, zeros, leaves = _reported(ids, weeks), _zeros(ids, weeks), _leaves(ids)
    working = working_test(min(weeks), max(weeks) + WEEK)
    return {
        (one.pk, week): word_of(
            week,
            on=on,
            has_reported=(one.pk, week) in reported,
            has_zero=(one.pk, week) in zeros,
            is_excused=is_excused(week, leaves[one.pk], is_working=working),
            is_expected=_is_expected(one, week),
        )
        for one in people
        for week in weeks
    }


def _is_expected(posting: Posting, week: date) -> bool:
    sunday = week + WEEK - timedelta(days=1)
    return posting.starts_on <= week and (posting.ends_on is None or posting.ends_on >= sunday)


def _reported(ids: list[int], weeks: Sequence[date]) -> set[tuple[int, date]]:
    span = (midnight(min(weeks)), midnight(max(weeks) + WEEK))
    sent = GridReport.objects.real().filter(
        posting__in=ids, reporter=F("posting__user"), reported_at__gte=span[0], reported_at__lt=span[1]
    )
    rows = sent.annotate(week=TruncWeek("reported_at")).values_list("posting", "week").distinct()
    return {(pk, week.date()) for pk, week in rows if pk is not None}


def _zeros(ids: list[int], weeks: Sequence[date]) -> set[tuple[int, date]]:
    rows = ZeroReport.objects.filter(posting__in=ids, week_on__in=weeks)
    return set(rows.values_list("posting", "week_on"))


def _leaves(ids: list[int]) -> dict[int, list[tuple[date, date | None]]]:
    found: dict[int, list[tuple[date, date | None]]] = defaultdict(list)
    for pk, first, last in SentinelLeave.objects.filter(posting__in=ids).values_list(
        "posting", "starts_on", "ends_on"
    ):
        found[pk].append((first, last))
    return found


@dataclass(frozen=True)
class VillageWeek:
    """How many sentinels of a village gave word in a week, each counted once; no village: the sum of all."""

    village: Area | None
    counts: Counter[Word]

    @property
    def people(self) -> int:
        return sum(self.counts.values())

    @property
    def columns(self) -> list[tuple[Word, int]]:
        return [(one, self.counts[one]) for one in Word]


def villages_of_week(postings: QuerySet[Posting], *, week: date, on: date) -> list[VillageWeek]:
    """A line for each village by its code, and the sum last. Five queries, however many people.

    Args:
        postings: sentinels, see ``sentinels_on``.
    """
    people = list(postings.select_related("grid__village"))
    words = words_of(people, weeks=[week], on=on)
    found: dict[Area, Counter[Word]] = defaultdict(Counter)
    for one in people:
        if one.grid:
            found[one.grid.village][words[one.pk, week]] += 1
    rows = [VillageWeek(area, found[area]) for area in sorted(found, key=lambda one: one.code)]
    return [*rows, VillageWeek(None, sum(found.values(), Counter()))]


def my_weeks(user: User, *, on: date) -> MyWeeks:
    """This week and the last one of a person: over all his postings as a sentinel, what is asked of him first."""
    monday = week_of(on)
    postings = list(sentinels_on(on).filter(user=user))
    if not postings:
        return MyWeeks(monday)
    words = words_of(postings, weeks=[monday - WEEK, monday], on=on)

    def over_all(week: date) -> Word:
        found = {words[one.pk, week] for one in postings}
        return next(one for one in (Word.LATE, Word.NOT_DUE, *Word) if one in found)

    return MyWeeks(monday, over_all(monday), over_all(monday - WEEK))
