"""How institutions keep their weekly live streams: week by week, and stream by stream (S2-10)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from outreach.choices import LivestreamState
from outreach.models import Livestream, LivestreamSlot
from outreach.queries.policies import Policies
from outreach.rules.clinics import hours_in_words
from outreach.rules.livestreams import HeldStream, StreamWeek, StreamWeekState, judge_week, shortcomings
from outreach.rules.patrols import WEEKDAYS, monday_of
from teams.models import Institution

_SIX = timedelta(days=6)


@dataclass(frozen=True)
class InstitutionStreams:
    """An obliged institution: its weekly hours in words and its weeks, in the order that was asked for."""

    institution: Institution
    slots: tuple[LivestreamSlot, ...]
    weeks: tuple[StreamWeek, ...]

    @property
    def asked(self) -> int:
        return sum(one.counts for one in self.weeks)

    @property
    def met(self) -> int:
        return sum(one.state == StreamWeekState.MET for one in self.weeks)

    @property
    def share(self) -> float | None:
        return self.met / self.asked if self.asked else None


def institution_streams(
    slots: QuerySet[LivestreamSlot], *, weeks: Sequence[date], on: date, policies: Policies
) -> list[InstitutionStreams]:
    """Institutions with a weekly hour in force in these weeks, by name. Two queries.

    Args:
        slots: as far as the reader sees them. weeks: Mondays. policies: by the Sundays of these weeks.
    """
    first, last = weeks[0], weeks[-1] + _SIX
    asked = slots.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=first), starts_on__lte=last)
    by_institution: dict[Institution, list[LivestreamSlot]] = defaultdict(list)
    for slot in asked.select_related("institution").order_by("weekday", "begins_at"):
        by_institution[slot.institution].append(slot)
    held = _held({one.pk for one in by_institution}, first, last)
    return [
        InstitutionStreams(
            institution, tuple(mine), tuple(
                judge_week(
                    monday, slots=mine, streams=held.get((institution.pk, monday), ()), on=on,
                    need=policies[monday + _SIX].livestreams_per_week,
                    least_minutes=policies[monday + _SIX].livestream_min_minutes,
                )
                for monday in weeks
            ),
        )
        for institution, mine in sorted(by_institution.items(), key=lambda one: (one[0].name, one[0].pk))
    ]  # fmt: skip


def _held(institutions: set[int], first: date, last: date) -> dict[tuple[int, date], list[HeldStream]]:
    rows = Livestream.objects.filter(
        institution__in=institutions, on__range=(first, last), state=LivestreamState.HELD
    )
    found: dict[tuple[int, date], list[HeldStream]] = defaultdict(list)
    for one in rows:
        found[one.institution_id, monday_of(one.on)].append(HeldStream(minutes_of(one) or 0, one.qa_enabled))
    return found


def minutes_of(stream: Livestream) -> int | None:
    """Whole minutes that it really ran; None before it was recorded."""
    if stream.began_at is None or stream.ended_at is None:
        return None
    return int((stream.ended_at - stream.began_at).total_seconds() // 60)


@dataclass(frozen=True)
class StreamLine:
    """A stream in a list: minutes as it was, and why it does not count, "" where it does or is still to come."""

    stream: Livestream
    minutes: int | None
    flaw: str


def stream_lines(streams: Sequence[Livestream], policies: Policies) -> list[StreamLine]:
    """Streams as they stand, each judged by the numbers of its week."""
    return [_line(one, policies) for one in streams]


def _line(stream: Livestream, policies: Policies) -> StreamLine:
    minutes = minutes_of(stream)
    if stream.state != LivestreamState.HELD or minutes is None:
        return StreamLine(stream, minutes, "")
    least = policies[monday_of(stream.on) + _SIX].livestream_min_minutes
    flaws = shortcomings(HeldStream(minutes, stream.qa_enabled), least_minutes=least)
    return StreamLine(stream, minutes, "，".join(flaws))


def slot_words(slot: LivestreamSlot) -> str:
    """每周三 19:00-19:30"""
    begun = slot.begins_at.hour * 60 + slot.begins_at.minute
    over = min(begun + slot.minutes, 23 * 60 + 59)
    closes = slot.begins_at.replace(hour=over // 60, minute=over % 60)
    return f"每{WEEKDAYS[slot.weekday]} {hours_in_words(slot.begins_at, closes)}"
