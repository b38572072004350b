"""Numbers on reports that the bureau may change."""

from dataclasses import dataclass
from datetime import date

from core.policy import load, number

ROOM = "assessment"


@dataclass(frozen=True)
class AssessmentPolicy:
    compare_days: int = number(30, source="S0-39", label="签约覆盖与多少天前相比（天）", least=1, most=366)


def policy_on(day: date) -> AssessmentPolicy:
    return load(AssessmentPolicy, ROOM, day)
