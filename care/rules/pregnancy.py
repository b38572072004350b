"""Days of a pregnancy (3.5). Everything is counted from the last menstrual period, or from what an ultrasound makes of it."""

from dataclasses import dataclass
from datetime import date, timedelta

TERM = timedelta(days=280)
LONGEST = timedelta(days=301)  # 43 weeks
MOST_CORRECTION = timedelta(days=42)

COLORS = {
    "green": "绿色（低风险）",
    "yellow": "黄色（一般风险）",
    "orange": "橙色（较高风险）",
    "red": "红色（高风险）",
    "purple": "紫色（传染病）",
}
# What a colour asks of the team (3.5 PR-8).
ADVICE = {
    "green": "按常规进行产前检查。",
    "yellow": "建议到二级及以上助产机构检查。",
    "orange": "建议到县级及以上危重孕产妇救治中心检查，建专案，尽快报告。",
    "red": "建议到三级医疗机构检查，建专案，尽快报告。",
    "purple": "按传染病防治要求管理，建专案；孕产期保健同常规。",
}


@dataclass(frozen=True)
class Gestation:
    """Full weeks and days."""

    weeks: int
    days: int

    def __str__(self) -> str:
        return f"孕{self.weeks}周+{self.days}天"


def due_date(lmp: date) -> date:
    return lmp + TERM


def counted_from(lmp: date, corrected: date | None) -> date:
    """What the schedule counts from: 280 days before the corrected day of birth, else the last period."""
    return corrected - TERM if corrected else lmp


def gestation(first: date, on: date) -> Gestation:
    weeks, days = divmod((on - first).days, 7)
    return Gestation(weeks, days)


def object_to_lmp(lmp: date, *, on: date) -> str:
    """Why this cannot be the last period of somebody who is pregnant today, or ""."""
    if lmp > on:
        return "末次月经不能晚于今天。"
    if on - lmp > LONGEST:
        return "末次月经距今已超过 43 周，请核对；已经分娩的，请同时登记分娩。"
    return ""


def object_to_correction(lmp: date, corrected: date) -> str:
    if abs(corrected - due_date(lmp)) > MOST_CORRECTION:
        return "超声核实的预产期与末次月经推算的相差超过 6 周，请核对两个日期。"
    return ""
