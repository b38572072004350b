"""Those whom a grid leader or a community steward leads: when they were last heard of, away, silent, evaluated
(S2-22, S2-23, S2-25). A bounded number of queries, however many people."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from grids.choices import PostingRole
from grids.models import Posting
from outreach.choices import ChangeState, ErrandState, EvaluationKind
from outreach.models import (
    ErrandOrder,
    Evaluation,
    GridReport,
    PersonnelChange,
    SentinelLeave,
    VisitCheckIn,
    ZeroReport,
)
from outreach.policy import OutreachPolicy
from outreach.queries.weekly import last_words, silent_postings, words_of
from outreach.rules.evaluating import HalfYear, half_of, was_in_post
from outreach.rules.weekly import WEEK, Word, week_of
from teams.models import User


@dataclass(frozen=True)
class Lead:
    """Where somebody leads on a day: ids of grids that he is the leader of, of villages that he is the steward of."""

    grids: frozenset[int]
    villages: frozenset[int]

    def evaluates(self, posting: Posting) -> EvaluationKind | None:
        """As what he evaluates that person: each the level right below him (S2-22, S2-23)."""
        grid = posting.grid
        if grid is None:
            return None
        if posting.role == PostingRole.GRID_LEADER and grid.village_id in self.villages:
            return EvaluationKind.LEADER
        if posting.role == PostingRole.SENTINEL and not self.grids.isdisjoint((grid.pk, grid.parent_id)):
            return EvaluationKind.SENTINEL
        return None


def lead_of(user: User, *, on: date) -> Lead:
    """One query."""
    mine = Posting.objects.active_on(on).filter(
        user=user, role__in=(PostingRole.GRID_LEADER, PostingRole.COMMUNITY_STEWARD)
    )
    grids, villages = set(), set()
    for role, grid, village in mine.values_list("role", "grid", "village"):
        if role == PostingRole.GRID_LEADER:
            grids.add(grid)
        else:
            villages.add(village)
    return Lead(frozenset(grids), frozenset(villages))


def led_by(user: User, *, on: date, lead: Lead | None = None) -> QuerySet[Posting]:
    """Postings of that day below him, himself left out: of a leader the sentinels of his grid and its micro-grids, of a
    steward the leaders and sentinels of the village."""
    lead = lead or lead_of(user, on=on)
    below = Q(role=PostingRole.SENTINEL) & (Q(grid__in=lead.grids) | Q(grid__parent__in=lead.grids))
    below |= Q(role__in=(PostingRole.GRID_LEADER, PostingRole.SENTINEL), grid__village__in=lead.villages)
    return (
        Posting.objects.active_on(on)
        .filter(below)
        .exclude(Q(user=user) & Q(user__isnull=False))
        .select_related("grid")
    )


@dataclass(frozen=True)
class Led:
    """One person on the page of whoever leads him.

    Attributes:
        heard_on: when he last reported anything, nothing-to-report included; None: never.
        away: the leave he is on. is_silent: nothing for the weeks of the policy, and not on leave.
        is_late: the word of last week is missing.
        kind: as what the reader evaluates him, None: another does. due: half-years without an evaluation, of the two
            that are open. evaluated: those that have one, the newest first.
        has_change: a change of his person waits for the street.
    """

    posting: Posting
    heard_on: date | None
    away: SentinelLeave | None
    is_silent: bool
    is_late: bool
    kind: EvaluationKind | None
    due: tuple[HalfYear, ...]
    evaluated: tuple[Evaluation, ...]
    has_change: bool


def led_people(user: User, *, on: date, policy: OutreachPolicy) -> list[Led]:
    """By grid, leaders before sentinels. Twelve queries."""
    lead = lead_of(user, on=on)
    people = list(led_by(user, on=on, lead=lead).order_by("grid__code", "role", "pk"))
    ids = [one.pk for one in people]
    heard, away, marks = last_words(ids), leaves_on(ids, on), _evaluations(ids, on)
    silent = set(silent_postings(on=on, policy=policy).filter(pk__in=ids).values_list("pk", flat=True))
    last_week = week_of(on) - WEEK
    can_report = [one for one in people if one.role == PostingRole.SENTINEL and one.user_id]
    words = words_of(can_report, weeks=[last_week], on=on)
    changes = PersonnelChange.objects.filter(posting__in=ids, state=ChangeState.NEW)
    changing = set(changes.values_list("posting", flat=True))
    return [
        Led(
            posting=one,
            heard_on=heard.get(one.pk),
            away=away.get(one.pk),
            is_silent=one.pk in silent,
            is_late=words.get((one.pk, last_week)) == Word.LATE,
            kind=lead.evaluates(one),
            due=halves_due(one, marks[one.pk], on=on, policy=policy) if lead.evaluates(one) else (),
            evaluated=tuple(marks[one.pk]),
            has_change=one.pk in changing,
        )
        for one in people
    ]


def halves_due(
    posting: Posting, evaluated: Iterable[Evaluation], *, on: date, policy: OutreachPolicy
) -> tuple[HalfYear, ...]:
    """Half-years in which he was in post and that ended without an evaluation; of the running one in its last month."""
    if not policy.evaluations_per_half_year:
        return ()
    made = {(one.year, one.half) for one in evaluated}
    running = half_of(on)
    asked = [running.before] + ([running] if on.month == running.last_on.month else [])
    return tuple(
        one
        for one in asked
        if (one.year, one.half) not in made and was_in_post(posting.starts_on, posting.ends_on, one)
    )


def leaves_on(postings: Iterable[int], on: date) -> dict[int, SentinelLeave]:
    """Posting -> the leave of that day. One query."""
    return {
        one.posting_id: one for one in SentinelLeave.objects.active_on(on).filter(posting__in=list(postings))
    }


def leaves_ahead(postings: Iterable[Posting], *, on: date) -> QuerySet[SentinelLeave]:
    """Leave that runs on the day or comes later, the next first."""
    rows = SentinelLeave.objects.filter(posting__in=list(postings), ends_on__gte=on)
    return rows.select_related("posting__grid").order_by("starts_on", "pk")


def _evaluations(postings: list[int], on: date) -> dict[int, list[Evaluation]]:
    """Posting -> evaluations of the open half-years, the newest first. One query."""
    running = half_of(on)
    before = running.before
    rows = Evaluation.objects.filter(
        Q(year=running.year, half=running.half) | Q(year=before.year, half=before.half), posting__in=postings
    )
    found: dict[int, list[Evaluation]] = defaultdict(list)
    for one in rows.order_by("-year", "-half"):
        found[one.posting_id].append(one)
    return found


@dataclass(frozen=True)
class Deeds:
    """What somebody did in a half-year, shown beside the sheet on which he is judged. Practice is not among it."""

    reports: int
    zero_weeks: int
    errands: int
    check_ins: int


def deeds_of(posting: Posting, half: HalfYear) -> Deeds:
    """Four queries."""
    first, last = half.first_on, half.last_on
    reports = GridReport.objects.real().filter(posting=posting, reported_at__date__range=(first, last))
    errands = ErrandOrder.objects.filter(
        posting=posting, state=ErrandState.DONE, ended_at__date__range=(first, last)
    )
    return Deeds(
        reports=reports.count(),
        zero_weeks=ZeroReport.objects.filter(posting=posting, week_on__range=(first, last)).count(),
        errands=errands.count(),
        check_ins=VisitCheckIn.objects.filter(posting=posting, at__date__range=(first, last)).count(),
    )


def evaluations_of(posting: Posting) -> QuerySet[Evaluation]:
    """All evaluations of a person, the newest first."""
    rows = Evaluation.objects.filter(posting=posting).select_related("evaluated_by")
    return rows.order_by("-year", "-half")
