"""Word of a sentinel that a week brought nothing to report (S2-25)."""

from dataclasses import dataclass
from datetime import date, datetime

from core.refusals import Refusal
from outreach.models import ZeroReport
from outreach.queries.weekly import sentinels_on
from outreach.rules.weekly import may_still_report, week_of
from teams.models import User


class CannotReportZero(Refusal):
    """The week's word is not taken."""


@dataclass(frozen=True)
class Zero:
    """The week that was reported; ``is_new`` is False when that was known already."""

    week_on: date
    is_new: bool


def report_zero(*, by: User, on: date, now: datetime, week_on: date | None = None) -> Zero:
    """Nothing to report in a week, for each grid where he is a sentinel; counted once, however often it is sent.

    Args:
        week_on: Monday of the week; this one if not said. The week before is taken, too: late, but heard.

    Raises:
        CannotReportZero: no sentinel today, or a week that is long over or not there yet.
    """
    week = week_of(week_on or on)
    postings = list(sentinels_on(on).filter(user=by))
    if not postings:
        raise CannotReportZero("not_sentinel", "您今天没有在任的健康哨兵身份，不需要报平安。")
    known = ZeroReport.objects.filter(posting__in=postings, week_on=week).count()
    if known == len(postings):
        return Zero(week, is_new=False)
    if not may_still_report(week, on=on):
        raise CannotReportZero("week_over", "只能报本周和上一周的平安，请回到首页按本周填报。", field="week")
    ZeroReport.objects.bulk_create(
        [ZeroReport(posting=one, week_on=week, reported_at=now) for one in postings], ignore_conflicts=True
    )
    return Zero(week, is_new=True)
