"""Weekly live streams: fixed hours, the streams made from them, and what became of each (S2-10)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from core.bulk import take_time
from core.constraints import refuse_on
from core.history import credited_to
from core.refusals import Refusal
from core.sql import alone, run
from core.text import tidy
from outreach.choices import LivestreamState
from outreach.models import Livestream, LivestreamSlot
from outreach.policy import OutreachPolicy
from outreach.rules.patrols import WEEKDAYS
from teams.models import Institution, User

_PLANNING = "outreach.livestreams"
_ONE = timedelta(days=1)


class CannotKeepStream(Refusal):
    """The hour or the stream cannot be kept like this."""


@dataclass(frozen=True)
class StreamsPlanned:
    """Streams by what became of them: new ones, and those that no weekly hour wants any more."""

    made: int
    removed: int


@dataclass(frozen=True)
class StreamPlan:
    """When a stream is to be, on which platform, about what, by whom."""

    day: date
    begins_at: time
    minutes: int
    platform: str
    topic: str = ""
    host: str = ""


@dataclass(frozen=True)
class StreamResult:
    """How a stream was; ``began_at`` and ``ended_at`` are hours of its day."""

    began_at: time
    ended_at: time
    qa_enabled: bool
    questions: int
    viewers: int
    topic: str
    host: str = ""
    note: str = ""


def set_slot(
    *, by: User, on: date, policy: OutreachPolicy, institution: Institution, weekday: int, begins_at: time, minutes: int,
    platform: str, starts_on: date, ends_on: date | None = None,
) -> LivestreamSlot:  # fmt: skip
    """A fixed weekly hour; from then on the institution is judged by the week. Its streams are planned at once.

    Raises:
        CannotKeepStream: ``slot_past``, ``slot_reversed``, ``slot_taken``.
    """
    if starts_on < on:
        raise CannotKeepStream("slot_past", "固定直播时间不能从过去开始，请填今天或以后。", field="starts_on")
    if ends_on and ends_on < starts_on:
        raise CannotKeepStream("slot_reversed", "固定直播时间的结束日期不能早于开始日期。", field="ends_on")
    with transaction.atomic(), credited_to(by):
        alone(_PLANNING)
        taken = LivestreamSlot.objects.filter(institution=institution, weekday=weekday, begins_at=begins_at)
        taken = taken.exclude(ends_on__lt=starts_on)
        if ends_on:
            taken = taken.filter(starts_on__lte=ends_on)
        if taken.exists():
            raise CannotKeepStream(
                "slot_taken",
                f"{WEEKDAYS[weekday]} {begins_at:%H:%M} 已有固定直播时间，请换时间，或先结束原来的。",
                field="begins_at",
            )
        slot = LivestreamSlot.objects.create(
            institution=institution, weekday=weekday, begins_at=begins_at, minutes=minutes, platform=tidy(platform),
            starts_on=starts_on, ends_on=ends_on,
        )  # fmt: skip
        _bring_in_line(on=on, policy=policy)
    return slot


def end_slot(
    *, by: User, on: date, policy: OutreachPolicy, slot: LivestreamSlot, ends_on: date
) -> LivestreamSlot:
    """The hour is kept for the last time by that day; later streams go away unless somebody has prepared them.

    Raises:
        CannotKeepStream: ``slot_end_past``; ``slot_end_before_start``.
    """
    if ends_on < on - _ONE:
        raise CannotKeepStream("slot_end_past", "固定直播时间不能在昨天以前结束。", field="ends_on")
    if ends_on < slot.starts_on:
        raise CannotKeepStream(
            "slot_end_before_start", f"不能早于开始日期 {slot.starts_on:%Y-%m-%d}。", field="ends_on"
        )
    with transaction.atomic(), credited_to(by):
        alone(_PLANNING)
        row = LivestreamSlot.objects.select_for_update().get(pk=slot.pk)
        row.ends_on = ends_on
        row.save(update_fields=["ends_on"])
        _bring_in_line(on=on, policy=policy)
    return row


def plan_streams(*, on: date, policy: OutreachPolicy) -> StreamsPlanned:
    """Bring the streams of this week and the coming ones in line with the weekly hours. A second call changes nothing."""
    with transaction.atomic():
        take_time()
        alone(_PLANNING)
        return _bring_in_line(on=on, policy=policy)


def miss_streams(*, on: date) -> int:
    """Planned and past was not held; it may still be recorded late. How many."""
    return Livestream.objects.filter(state=LivestreamState.PLANNED, on__lt=on).update(
        state=LivestreamState.MISSED
    )


def _bring_in_line(*, on: date, policy: OutreachPolicy) -> StreamsPlanned:
    until = on + timedelta(days=7 - on.isoweekday() + 7 * policy.livestream_ahead_weeks)
    given = {"on": on, "until": until}
    return StreamsPlanned(removed=run(_REMOVE, given), made=run(_MAKE, given))


# A stream that somebody has prepared, moved or cancelled (recorded_by) stays as it is.
_REMOVE = """
    DELETE FROM outreach_livestream AS stream USING outreach_livestreamslot AS slot
    WHERE slot.id = stream.slot_id AND stream.state = 'planned' AND stream.recorded_by_id IS NULL
        AND stream."on" >= %(on)s AND (stream."on" < slot.starts_on OR stream."on" > slot.ends_on)
"""
# One a week and hour: a stream moved to another day of its week is still that week's.
_MAKE = """
    INSERT INTO outreach_livestream (institution_id, slot_id, "on", begins_at, minutes, topic, host, platform, state,
        qa_enabled, questions, viewers, note)
    SELECT slot.institution_id, slot.id, one.day::date, slot.begins_at, slot.minutes, '', '', slot.platform, 'planned',
        false, 0, 0, ''
    FROM outreach_livestreamslot AS slot
    JOIN teams_institution AS institution ON institution.id = slot.institution_id AND institution.is_active
    CROSS JOIN generate_series(greatest(slot.starts_on, %(on)s::date)::timestamp,
        least(slot.ends_on, %(until)s::date)::timestamp, '1 day') AS one (day)
    WHERE extract(isodow FROM one.day) = slot.weekday AND NOT EXISTS (
        SELECT FROM outreach_livestream AS known WHERE known.slot_id = slot.id
            AND date_trunc('week', known."on"::timestamp) = date_trunc('week', one.day))
    ORDER BY one.day, slot.id
    ON CONFLICT DO NOTHING
"""


def add_stream(
    *, by: User, on: date, policy: OutreachPolicy, institution: Institution, plan: StreamPlan
) -> Livestream:
    """A stream beside the fixed hours, also one of the last days that is recorded afterwards.

    Raises:
        CannotKeepStream: ``stream_long_ago``; ``livestream_once``.
    """
    _refuse_long_ago(plan.day, on=on, policy=policy, field="day")
    row = Livestream(institution=institution, recorded_by=by)
    _write_plan(row, plan)
    with (
        transaction.atomic(),
        credited_to(by),
        refuse_on(Livestream, CannotKeepStream, livestream_once="begins_at"),
    ):
        alone(_PLANNING)
        row.save()
    return row


def prepare_stream(
    *, by: User, on: date, policy: OutreachPolicy, stream: Livestream, plan: StreamPlan
) -> Livestream:
    """Say what it will be about, or move it; a stream of a fixed hour stays within its week.

    Raises:
        CannotKeepStream: ``stream_not_planned``, ``stream_other_week``, ``stream_long_ago``; ``livestream_once``.
    """
    _refuse_long_ago(plan.day, on=on, policy=policy, field="day")
    with (
        transaction.atomic(),
        credited_to(by),
        refuse_on(Livestream, CannotKeepStream, livestream_once="begins_at"),
    ):
        alone(_PLANNING)
        row = _held(stream)
        if row.state not in (LivestreamState.PLANNED, LivestreamState.MISSED):
            raise CannotKeepStream("stream_not_planned", "这场直播已登记或已取消，不能再改安排。")
        if row.slot_id and plan.day.isocalendar()[:2] != row.on.isocalendar()[:2]:
            raise CannotKeepStream(
                "stream_other_week", "固定直播只能改到同一周内；改到其他周请取消后另加一场。", field="day"
            )
        _write_plan(row, plan)
        row.state, row.recorded_by = LivestreamState.PLANNED, by
        row.save()
    return row


def record_stream(
    *, by: User, on: date, now: datetime, policy: OutreachPolicy, stream: Livestream, result: StreamResult
) -> Livestream:
    """How it was, also where it had been given up for missed; said again, it is corrected.

    Raises:
        CannotKeepStream: ``stream_cancelled``, ``stream_too_late``, ``stream_times``, ``stream_ahead``,
            ``stream_no_topic``, ``stream_questions``.
    """
    with transaction.atomic(), credited_to(by):
        row = _held(stream)
        if row.state == LivestreamState.CANCELLED:
            raise CannotKeepStream("stream_cancelled", "这场直播已取消，不能登记；另外开展的请另加一场。")
        if row.on < on - timedelta(days=policy.livestream_backdate_days):
            raise CannotKeepStream(
                "stream_too_late", f"只能补录、更正 {policy.livestream_backdate_days} 天以内的直播。"
            )
        _refuse_result(row.on, result, now=now)
        row.began_at, row.ended_at = _moment(row.on, result.began_at), _moment(row.on, result.ended_at)
        row.qa_enabled, row.questions, row.viewers = result.qa_enabled, result.questions, result.viewers
        row.topic, row.host, row.note = tidy(result.topic), tidy(result.host), tidy(result.note)
        row.state, row.recorded_by = LivestreamState.HELD, by
        row.save()
    return row


def cancel_stream(*, by: User, on: date, policy: OutreachPolicy, stream: Livestream, note: str) -> Livestream:
    """It does not take place, with the reason; or what was entered wrongly is taken back. Its week stays asked for.

    Raises:
        CannotKeepStream: ``stream_no_reason``, ``stream_cancel_late``.
    """
    why = tidy(note)[:200]
    if not why:
        raise CannotKeepStream("stream_no_reason", "请写明取消直播的原因。", field="note")
    with transaction.atomic(), credited_to(by):
        row = _held(stream)
        if row.on < on - timedelta(days=policy.livestream_backdate_days):
            raise CannotKeepStream(
                "stream_cancel_late", f"只能取消 {policy.livestream_backdate_days} 天以内的直播。"
            )
        if row.state != LivestreamState.CANCELLED:
            row.state, row.note, row.recorded_by = LivestreamState.CANCELLED, why, by
            row.save(update_fields=["state", "note", "recorded_by"])
    return row


def _held(stream: Livestream) -> Livestream:
    return Livestream.objects.select_for_update(of=("self",)).get(pk=stream.pk)


def _write_plan(row: Livestream, plan: StreamPlan) -> None:
    row.on, row.begins_at, row.minutes = plan.day, plan.begins_at, plan.minutes
    row.platform, row.topic, row.host = tidy(plan.platform), tidy(plan.topic), tidy(plan.host)


def _refuse_long_ago(day: date, *, on: date, policy: OutreachPolicy, field: str) -> None:
    if day < on - timedelta(days=policy.livestream_backdate_days):
        raise CannotKeepStream(
            "stream_long_ago", f"日期不能早于 {policy.livestream_backdate_days} 天以前。", field=field
        )


def _refuse_result(day: date, result: StreamResult, *, now: datetime) -> None:
    if result.ended_at <= result.began_at:
        raise CannotKeepStream("stream_times", "直播的实际结束时间须晚于实际开始时间。", field="ended_at")
    if _moment(day, result.ended_at) > now:
        raise CannotKeepStream("stream_ahead", "直播还没有结束，请结束后再登记。", field="ended_at")
    if not tidy(result.topic):
        raise CannotKeepStream("stream_no_topic", "请填写直播主题。", field="topic")
    if result.questions and not result.qa_enabled:
        raise CannotKeepStream(
            "stream_questions",
            "没有开通居民提问时，提问数应为 0；请勾选“开通居民提问”或改数。",
            field="questions",
        )


def _moment(day: date, hour: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, hour))
