"""The clock and the phases of tuberculosis management (3.7)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

FIRST_VISIT = timedelta(hours=72)
REGULAR_FROM = Decimal(90)  # percent of the doses that were due

CASES = {"new": "初治", "again": "复治"}
PHASES = {"intensive": "强化期", "continuation": "继续期"}
SUPERVISORS = {"medical": "医务人员", "family": "家属", "volunteer": "志愿者", "self": "自服药"}
ENDINGS = {
    "completed": "完成疗程",
    "died": "死亡",
    "lost": "丢失",
    "mdr": "转入耐多药治疗",
    "other": "其他",
}


@dataclass(frozen=True)
class Clock:
    """How a first visit stands against its 72 hours, in clock hours."""

    due_at: datetime
    hours_left: int

    @property
    def is_over(self) -> bool:
        return self.hours_left < 0


def first_visit(notice_at: datetime, now: datetime) -> Clock:
    due = notice_at + FIRST_VISIT
    return Clock(due, int((due - now).total_seconds() // 3600))


def is_regular(rate: Decimal) -> bool:
    """Whether so many percent of the doses that were due is regular taking (TB-5)."""
    return rate >= REGULAR_FROM


def day_of(notice_at: datetime) -> date:
    """The calendar day of the notice, in the zone that it carries."""
    return notice_at.date()
