"""Days on which a grid worker is away (S2-25): then he is not late, and not called silent."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction

from core.constraints import refuse_on
from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from grids.models import Posting
from outreach.models import SentinelLeave
from teams.models import User

LONGEST = timedelta(days=366)  # longer than that, he has left
_ONE = timedelta(days=1)


class CannotTakeLeave(Refusal):
    """These days cannot be entered."""


class CannotEndLeave(Refusal):
    """The leave cannot be shortened like this."""


def take_leave(
    *, by: User, on: date, postings: Sequence[Posting], starts_on: date, ends_on: date, note: str = ""
) -> list[SentinelLeave]:
    """Enter days away, first and last included; of this week also those gone by. Sent again, it is the same leave.

    Args:
        postings: of one person: who works two grids is away from both, or from none.

    Raises:
        CannotTakeLeave: ``ends_before_start``, ``too_long``, ``over``: all of it lies before this week,
            ``not_posted``, ``not_in_post`` on the first day, ``one_leave_at_a_time``.
    """
    if not postings:
        raise CannotTakeLeave("not_posted", "今天没有您的任职，不用请假。如有疑问，请联系镇街工作人员。")
    if ends_on < starts_on:
        raise CannotTakeLeave("ends_before_start", "最后一天不能早于第一天。", field="ends_on")
    if ends_on - starts_on > LONGEST:
        raise CannotTakeLeave(
            "too_long", "请假最长一年。长期不在岗请上报人员变动，由镇街办理离任。", field="ends_on"
        )
    if ends_on < on - timedelta(days=on.weekday()):
        raise CannotTakeLeave("over", "这几天已经过去，请填写本周以后的日期。", field="ends_on")
    with transaction.atomic(), credited_to(by):
        rows = Posting.objects.select_for_update().filter(pk__in=[one.pk for one in postings]).order_by("pk")
        return [_taken(row, starts_on, ends_on, tidy(note)[:100], by) for row in rows]


def _taken(posting: Posting, starts_on: date, ends_on: date, note: str, by: User) -> SentinelLeave:
    if starts_on < posting.starts_on or (posting.ends_on and posting.ends_on < starts_on):
        raise CannotTakeLeave(
            "not_in_post", f"{posting.name}在 {starts_on} 不在任，请核对日期。", field="starts_on"
        )
    same = SentinelLeave.objects.filter(posting=posting, starts_on=starts_on, ends_on=ends_on).first()
    if same:
        return same
    with refuse_on(SentinelLeave, CannotTakeLeave, one_leave_at_a_time="starts_on"):
        return SentinelLeave.objects.create(
            posting=posting, starts_on=starts_on, ends_on=ends_on, note=note, entered_by=by
        )


def end_leave(*, by: User, on: date, leave: SentinelLeave) -> SentinelLeave | None:
    """Back today: yesterday was the last day away. None when the leave had not begun: it is taken out.

    Raises:
        CannotEndLeave: ``over``.
    """
    with transaction.atomic(), credited_to(by):
        row = SentinelLeave.objects.select_for_update().filter(pk=leave.pk).first()
        if row is None or (row.ends_on and row.ends_on < on):
            raise CannotEndLeave("over", "这次请假已经结束。")
        if row.starts_on >= on:
            row.delete()
            return None
        row.ends_on = on - _ONE
        row.save(update_fields=["ends_on"])
    return row
